//! What a target gets of an event: all of it, a part, a constant, or a template filled in.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde_json::Value;

use super::api::{InputTransformer, Target};
use super::event::{Event, time};

/// A path into an event: `$.detail.items[0].id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// Reads a path; `None` for what is none, or for a wildcard, which is not modelled.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        for part in rest.split('.').skip(usize::from(rest.starts_with('.'))).filter(|_| !rest.is_empty()) {
            let (key, indices) = part.split_once('[').map_or((part, None), |(key, indices)| (key, Some(indices)));
            if key.is_empty() || key.contains('*') {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            if let Some(indices) = indices {
                for index in indices.strip_suffix(']')?.split("][") {
                    steps.push(Step::Index(index.parse().ok()?));
                }
            }
        }
        (rest.is_empty() || rest.starts_with('.')).then_some(Self(steps))
    }

    fn find<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}

/// What `target` gets of `event`, or why it gets nothing.
pub(super) fn input(target: &Target, rule: &Arn, event: &Event) -> Result<String, String> {
    if let Some(constant) = &target.input {
        return Ok(constant.clone());
    }
    if let Some(path) = &target.input_path {
        let part = Path::parse(path).and_then(|path| path.find(&event.json).cloned());
        return part.map(|part| part.to_string()).ok_or_else(|| format!("the event has nothing at InputPath {path}"));
    }
    match &target.input_transformer {
        Some(transformer) => fill(transformer, rule, event),
        None => Ok(event.text()),
    }
}

fn fill(transformer: &InputTransformer, rule: &Arn, event: &Event) -> Result<String, String> {
    let mut values: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, path) in &transformer.input_paths_map {
        if let Some(value) = Path::parse(path).and_then(|path| path.find(&event.json).cloned()) {
            values.insert(name, value);
        }
    }
    let mut without_detail = event.json.clone();
    if let Some(fields) = without_detail.as_object_mut() {
        fields.shift_remove("detail");
    }
    values.insert("aws.events.rule-arn", Value::from(rule.as_str()));
    values.insert("aws.events.rule-name", Value::from(rule.name()));
    values.insert("aws.events.event.ingestion-time", Value::from(time(event.ingested)));
    values.insert("aws.events.event", without_detail);
    values.insert("aws.events.event.json", event.json.clone());
    let text = substitute(&transformer.input_template, &values);
    let is_object = transformer.input_template.trim_start().starts_with('{');
    match serde_json::from_str::<Value>(&text) {
        Ok(json) if is_object => Ok(json.to_string()),
        Err(error) if is_object => Err(format!("the filled-in InputTemplate is not JSON: {error}")),
        _ => Ok(text),
    }
}

/// Puts values in the place of `<name>`. Within quotes, text goes in as it is; elsewhere as JSON. A name without a value
/// leaves nothing within quotes, and an empty text elsewhere.
///
/// Recorded by LocalStack's AWS-validated test `test_put_events_with_input_transformation_to_sqs`.
fn substitute(template: &str, values: &BTreeMap<&str, Value>) -> String {
    let mut filled = String::with_capacity(template.len());
    let (mut quoted, mut escaped, mut rest) = (false, false, template);
    while let Some(char) = rest.chars().next() {
        if char == '<'
            && let Some((name, behind)) = rest[1..].split_once('>')
            && is_variable(name)
        {
            filled.push_str(&value_text(values.get(name), quoted));
            rest = behind;
            continue;
        }
        quoted ^= char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        filled.push(char);
        rest = &rest[char.len_utf8()..];
    }
    filled
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn value_text(value: Option<&Value>, quoted: bool) -> String {
    match value {
        None if quoted => String::new(),
        None => "\"\"".to_owned(),
        Some(Value::String(text)) if quoted => {
            let json = Value::from(text.as_str()).to_string();
            json[1..json.len() - 1].to_owned()
        }
        Some(value) if quoted => value.to_string().replace('"', ""),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Timestamp;

    fn event() -> Event {
        let json = json!({
            "version": "0", "id": "e-1", "detail-type": "customerCreated", "source": "shop", "account": "0",
            "time": "2026-11-22T18:40:12Z", "region": "r", "resources": ["a"],
            "detail": { "id": 7, "items": [{ "name": "a \"b\"" }], "open": true }
        });
        let at = Timestamp::from_millis(1_800_000_000_500);
        Event { id: "e-1".to_owned(), json, time: at, ingested: at }
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
            ("$.detail.items[0].name", Some(r#""a \"b\"""#)),
            ("$.resources[0]", Some("\"a\"")),
            ("$.detail.items[1]", None),
            ("$.detail.none", None),
        ];
        for (path, expected) in cases {
            let target = Target { input_path: Some(path.to_owned()), ..target() };
            assert_eq!(input(&target, &rule(), &event()).ok().as_deref(), expected, "{path}");
        }
        for path in ["detail", "$detail", "$..id", "$.detail.*", "$.a[", "$.a[x]", "", "$."] {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }

    #[test]
    fn templates_are_filled_in() {
        let cases = [
            (r#""Event of <type>, <missing>.""#, r#""Event of customerCreated, .""#),
            (
                r#"{"id": <id>, "name": <name>, "text": "<id>-<name>"}"#,
                r#"{"id":7,"name":"a \"b\"","text":"7-a \"b\""}"#,
            ),
            (r#"{"open": <open>, "missing": <missing>}"#, r#"{"open":true,"missing":""}"#),
            (
                r#"{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}"#,
                r#"{"rule":"OnCreated","arn":"arn:aws:events:r:0:rule/Bus/OnCreated"}"#,
            ),
            (r#"{"at": "<aws.events.event.ingestion-time>"}"#, r#"{"at":"2027-01-15T08:00:00Z"}"#),
            ("1 < 2 and <type>", "1 < 2 and \"customerCreated\""),
        ];
        let paths = [
            ("type", "$.detail-type"),
            ("id", "$.detail.id"),
            ("name", "$.detail.items[0].name"),
            ("open", "$.detail.open"),
            ("missing", "$.detail.none"),
        ];
        for (template, expected) in cases {
            let transformer = InputTransformer {
                input_paths_map: paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into(),
                input_template: template.to_owned(),
            };
            let target = Target { input_transformer: Some(transformer), ..target() };
            assert_eq!(input(&target, &rule(), &event()).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn the_whole_event_goes_in_with_and_without_detail() {
        let transformer = InputTransformer {
            input_template: r#"{"head": <aws.events.event>, "all": <aws.events.event.json>}"#.to_owned(),
            ..InputTransformer::default()
        };
        let target = Target { input_transformer: Some(transformer), ..target() };
        let text = input(&target, &rule(), &event()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["all"], event().json);
        assert_eq!(json["head"].get("detail"), None);
        assert_eq!(json["head"]["id"], "e-1");
    }
}
