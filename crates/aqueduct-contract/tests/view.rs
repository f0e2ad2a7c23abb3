//! What patterns and filter policies see of an event.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_contract::{Carrier, Contracts, View};
use aqueduct_pattern::{Dialect, Pattern, Satisfiability};
use serde_json::{Value, json};

fn contracts(form: &str) -> Contracts {
    let text = json!({
        "contracts": 1,
        "events": [{ "type": "OrderPlaced", "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": { "kind": { "$ref": "#/$defs/Kind" }, "total": { "type": "integer" }, "parent": { "$ref": "#" } },
            "required": ["kind", "total"],
            "$defs": { "Kind": { "enum": ["retail", "wholesale"] } },
        } }],
        "functions": [{ "name": "shop", "publishes": [{
            "event": "OrderPlaced",
            "to": { "kind": "topic", "environment": "TOPIC_ARN" },
            "form": form,
            "source": "shop",
            "attributes": [{ "name": "type", "value": "OrderPlaced" }, { "name": "total", "dataType": "Number" }],
        }] }],
    });
    Contracts::read(&text.to_string()).unwrap()
}

fn ask(form: &str, view: View, dialect: Dialect, pattern: &Value) -> Satisfiability {
    let contracts = contracts(form);
    let schema = contracts.seen(&contracts.functions[0].publishes[0], view);
    Pattern::parse(dialect, pattern).unwrap().satisfiable(&schema)
}

#[test]
fn each_view_sees_what_is_there() {
    let queue = |carrier| (View::Queue(carrier), Dialect::Lambda);
    let data = json!({ "kind": ["retail"], "parent": { "kind": ["wholesale"] } });
    for (form, (view, dialect), pattern) in [
        (
            "event-bridge",
            (View::Bus, Dialect::Bus),
            json!({ "source": ["shop"], "detail-type": ["OrderPlaced"], "detail": { "data": data } }),
        ),
        (
            "event-bridge",
            (View::Bus, Dialect::Bus),
            json!({ "detail": { "metadata": { "subject": [{ "prefix": "ord" }] } } }),
        ),
        ("raw", (View::Bus, Dialect::Bus), json!({ "detail": data })),
        (
            "cloud-events",
            (View::TopicAttributes, Dialect::SnsAttributes),
            json!({ "type": ["OrderPlaced"], "total": [{ "numeric": [">", 5] }] }),
        ),
        ("cloud-events", (View::TopicBody, Dialect::SnsBody), json!({ "type": ["OrderPlaced"], "data": data })),
        ("raw", (View::TopicBody, Dialect::SnsBody), data.clone()),
        ("cloud-events", queue(Carrier::Itself), json!({ "body": { "data": data } })),
        (
            "cloud-events",
            queue(Carrier::Itself),
            json!({ "messageAttributes": { "type": { "stringValue": ["OrderPlaced"] } } }),
        ),
        (
            "cloud-events",
            queue(Carrier::Notification),
            json!({ "body": { "MessageAttributes": { "type": { "Value": ["OrderPlaced"] } } } }),
        ),
        ("event-bridge", queue(Carrier::Rule), json!({ "body": { "detail": { "data": data } } })),
    ] {
        let answer = ask(form, view, dialect, &pattern);
        assert!(matches!(answer, Satisfiability::Possible { .. }), "{pattern}: {answer}");
    }
}

#[test]
fn what_a_view_does_not_see_is_told() {
    for (view, dialect, pattern, said) in [
        (View::Bus, Dialect::Bus, json!({ "detail": { "kind": ["retail"] } }), "did you mean detail.data.kind?"),
        (View::Bus, Dialect::Bus, json!({ "detail-type": ["OrderPlacd"] }), "did you mean \"OrderPlaced\"?"),
        (View::TopicAttributes, Dialect::SnsAttributes, json!({ "kind": ["retail"] }), "the event has total, type"),
        (View::TopicAttributes, Dialect::SnsAttributes, json!({ "total": ["5"] }), "the schema says number"),
        (
            View::Queue(Carrier::Notification),
            Dialect::Lambda,
            json!({ "body": { "data": { "kind": ["retail"] } } }),
            "there is no body.data",
        ),
        (
            View::Queue(Carrier::Itself),
            Dialect::Lambda,
            json!({ "data": { "kind": ["retail"] } }),
            "did you mean body.data",
        ),
    ] {
        let form = if view == View::Bus { "event-bridge" } else { "cloud-events" };
        let answer = ask(form, view, dialect, &pattern);
        assert!(answer.is_impossible() && answer.to_string().contains(said), "{pattern}: {answer}");
    }
}

#[test]
fn what_is_not_known_cannot_be_told() {
    let mut contracts = contracts("cloud-events");
    contracts.functions[0].publishes[0].attributes = None;
    contracts.events[0].schema = json!(true);
    let publishes = &contracts.functions[0].publishes[0];
    for (view, dialect, pattern) in [
        (View::TopicAttributes, Dialect::SnsAttributes, json!({ "kind": ["retail"] })),
        (View::TopicBody, Dialect::SnsBody, json!({ "data": { "kind": ["retail"] } })),
    ] {
        let answer = Pattern::parse(dialect, &pattern).unwrap().satisfiable(&contracts.seen(publishes, view));
        assert!(matches!(answer, Satisfiability::Unknown { witness: Some(_), .. }), "{pattern}: {answer}");
    }
}
