//! What a target gets of an event: all of it, a part, a constant, or a template filled in.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>

use std::borrow::Cow;

use aqueduct_topology::Arn;

use super::api::Target;
use super::event::Event;

mod path;
mod template;

pub(super) use path::Path;
pub(super) use template::placeholders;

/// What `target` gets of `event`, or why it gets nothing.
pub(super) fn input<'e>(target: &'e Target, rule: &Arn, event: &'e Event) -> Result<Cow<'e, str>, String> {
    if let Some(constant) = &target.input {
        return Ok(Cow::Borrowed(constant));
    }
    if let Some(path) = &target.input_path {
        let path_read = Path::parse(path);
        let part = path_read.as_ref().and_then(|path| path.find(&event.json));
        return match part {
            Some(part) => Ok(Cow::Owned(part.to_string())),
            None => Err(format!("the event has nothing at InputPath {path}")),
        };
    }
    match &target.input_transformer {
        Some(transformer) => template::fill(transformer, rule, event).map(Cow::Owned),
        None => Ok(Cow::Borrowed(&event.text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Timestamp;
    use crate::events::api::InputTransformer;

    fn event() -> Event {
        let json = json!({
            "version": "0", "id": "e-1", "detail-type": "customerCreated", "source": "shop", "account": "0",
            "time": "2026-11-22T18:40:12Z", "region": "r", "resources": ["a"],
            "detail": { "id": 7, "items": [{ "name": "ab" }], "open": true,
                        "many": ["x", "y"] }
        });
        let at = Timestamp::from_millis(1_800_000_000_500);
        Event::of(json, at, at)
    }

    fn target() -> Target {
        Target::new("t", Arn::new("arn:aws:sqs:r:0:q"))
    }

    fn rule() -> Arn {
        Arn::new("arn:aws:events:r:0:rule/Bus/OnCreated")
    }

    #[test]
    fn paths_lead_into_the_event() {
        let cases = [
            ("$.detail.id", Some("7")),
            ("$.detail-type", Some("\"customerCreated\"")),
            ("$.detail.items[0].name", Some("\"ab\"")),
            ("$.resources[0]", Some("\"a\"")),
            ("$.detail.items[1]", None),
            ("$.detail.none", None),
        ];
        for (path, expected) in cases {
            let target = Target { input_path: Some(path.to_owned()), ..target() };
            let event = event();
            assert_eq!(input(&target, &rule(), &event).ok().as_deref(), expected, "{path}");
        }
        for path in ["detail", "$detail", "$..id", "$.detail.*", "$.a[", "$.a[x]", "", "$."] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    #[test]
    fn templates_are_filled_in() {
        let cases = [
            (r#""Event of <type>, <missing>.""#, Ok(r#""Event of customerCreated, .""#)),
            (r#"{"id": <id>, "name": <name>, "text": "<id>-<name>"}"#, Ok(r#"{"id":7,"name":"ab","text":"7-ab"}"#)),
            (r#"{"open": <open>, "missing": <missing>}"#, Ok(r#"{"open":true,"missing":""}"#)),
            (
                r#"{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}"#,
                Ok(r#"{"rule":"OnCreated","arn":"arn:aws:events:r:0:rule/Bus/OnCreated"}"#),
            ),
            (r#"{"at": "<aws.events.event.ingestion-time>"}"#, Ok(r#"{"at":"2027-01-15T08:00:00Z"}"#)),
            ("1 < 2 and <type>", Ok("1 < 2 and \"customerCreated\"")),
            (r#""<many> multiple list items""#, Ok(r#""[x,y] multiple list items""#)),
            (r#"{"many": <many>, "all": [<id>, "fixed"]}"#, Ok(r#"{"many":["x","y"],"all":[7,"fixed"]}"#)),
            (r#"{"many": "<many>"}"#, Err("is not JSON")),
            (r#""{[/special <type>""#, Ok(r#""{[/special customerCreated""#)),
        ];
        let paths = [
            ("type", "$.detail-type"),
            ("id", "$.detail.id"),
            ("name", "$.detail.items[0].name"),
            ("open", "$.detail.open"),
            ("missing", "$.detail.none"),
            ("many", "$.detail.many"),
        ];
        for (template, expected) in cases {
            let transformer = InputTransformer {
                input_paths_map: paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into(),
                input_template: template.to_owned(),
            };
            let target = Target { input_transformer: Some(transformer), ..target() };
            match (input(&target, &rule(), &event()), expected) {
                (Ok(text), Ok(expected)) => assert_eq!(text, expected, "{template}"),
                (Err(reason), Err(words)) => assert!(reason.contains(words), "{template}: {reason}"),
                (other, _) => panic!("{template}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_whole_event_goes_in_with_and_without_detail() {
        let transformer = InputTransformer {
            input_template: r#"{"head": <aws.events.event>, "all": <aws.events.event.json>}"#.to_owned(),
            ..InputTransformer::default()
        };
        let target = Target { input_transformer: Some(transformer), ..target() };
        let event = event();
        let text = input(&target, &rule(), &event).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["all"], event.json);
        assert_eq!(json["head"].get("detail"), None);
        assert_eq!((&json["head"]["id"], &json["head"]["detailType"]), (&json!("e-1"), &json!("customerCreated")));
    }
}
