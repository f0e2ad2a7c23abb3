//! Filters that look inside an envelope that they do not know.

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::Value;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "filter-on-wrapped-body",
    summary: "filter criteria on body fields of a queue that gets SNS notifications or EventBridge events",
    level: Level::Error,
    why: "The body is the envelope of SNS or EventBridge and has no such fields, so nothing matches and Lambda deletes every message.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
    bad: include_str!("../../rules/filter-on-wrapped-body/bad.yaml"),
    good: include_str!("../../rules/filter-on-wrapped-body/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// What the body of a notification has.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html>
const NOTIFICATION: &[&str] = &[
    "Type",
    "MessageId",
    "SequenceNumber",
    "TopicArn",
    "Subject",
    "Message",
    "Timestamp",
    "SignatureVersion",
    "Signature",
    "SigningCertURL",
    "UnsubscribeURL",
    "MessageAttributes",
];

/// What the body of an event has.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
const EVENT: &[&str] =
    &["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"];

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, _) in wiring.mappings().filter(|(mapping, ..)| !mapping.filters.is_empty()) {
        let subscriptions =
            wiring.topology.subscriptions.iter().filter(|it| {
                it.endpoint == queue.arn.as_str() && !it.raw && wiring.knows(&it.id, &["RawMessageDelivery"])
            });
        let notified = subscriptions
            .map(|it| (NOTIFICATION, "an SNS notification", format!("topic {}", wiring.shown(&it.topic)), it.span));
        let rules = wiring.topology.rules.iter().flat_map(|rule| {
            let sends = rule.targets.iter().filter(|it| it.arn == queue.arn);
            let whole =
                sends.filter(|it| it.input.is_none() && it.input_path.is_none() && it.input_transformer.is_none());
            whole.map(|it| (EVENT, "an EventBridge event", format!("rule {}", rule.id), it.span))
        });
        for (fields, envelope, sender, span) in notified.chain(rules) {
            let asked: Option<Vec<String>> =
                mapping.filters.iter().map(|filter| missing_field(filter, fields)).collect();
            let Some(field) = asked.and_then(|fields| fields.into_iter().next()) else { continue };
            report.add(
                Finding::at(
                    wiring.place(&mapping.id, "FilterCriteria", mapping.span),
                    format!(
                        "{} deletes every message from {sender}: the body is {envelope}, which has no `{field}`",
                        mapping.id
                    ),
                    if fields == NOTIFICATION {
                        "set RawMessageDelivery on the subscription to true, or give it the filter as its FilterPolicy"
                    } else {
                        "put the filter into the rule's EventPattern, or look under `detail`"
                    },
                )
                .and(span, "wraps the messages"),
            );
        }
    }
}

/// A field of the body that the filter must find and that is not among `fields`.
fn missing_field(filter: &str, fields: &[&str]) -> Option<String> {
    // One that Lambda refuses is `rejected-filter`.
    Pattern::parse_text(Dialect::Lambda, filter).ok()?;
    let filter: Value = serde_json::from_str(filter).ok()?;
    let body = filter.get("body")?.as_object()?;
    let demanded = |(field, wanted): (&String, &Value)| {
        // A field that must be absent is no obstacle.
        let absent = wanted.to_string().contains("\"exists\":false");
        (!absent && field != "$or" && !fields.contains(&field.as_str())).then(|| field.clone())
    };
    body.iter().find_map(demanded)
}
