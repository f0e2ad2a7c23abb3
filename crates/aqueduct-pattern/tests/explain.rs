//! What an explanation says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::{Value, json};

fn explained(pattern: &Value, event: &Value) -> String {
    Pattern::parse(Dialect::Bus, pattern).unwrap().explain(event).to_string()
}

#[test]
fn a_match_says_so() {
    assert_eq!(explained(&json!({ "a": [1] }), &json!({ "a": 1 })), "the event matches");
}

#[test]
fn each_failing_condition_is_named() {
    let pattern = json!({
        "source": ["orders"],
        "detail-type": [{ "prefix": "Order" }, { "suffix": { "equals-ignore-case": "event" } }],
        "detail": {
            "status": ["confirmed", { "anything-but": { "prefix": ["void", "test"] } }],
            "total": [{ "numeric": [">", 0, "<=", 500] }],
            "customer": { "ip": [{ "cidr": "10.0.0.0/8" }], "email": [{ "exists": false }] },
        },
    });
    let event = json!({
        "source": "orders",
        "detail-type": "Payment",
        "detail": { "status": "voided", "total": 501, "customer": { "ip": ["192.168.0.1"], "email": "a@b" } },
    });
    assert_eq!(
        explained(&pattern, &event),
        r#"the event does not match:
  detail-type: wanted a text that starts with "Order" or a text that ends with "event" in any case, found "Payment"
  detail.customer.email: wanted nothing there, found "a@b"
  detail.customer.ip: wanted an IP address in 10.0.0.0/8, found "192.168.0.1"
  detail.status: wanted "confirmed" or anything but a text that starts with "void" or a text that starts with "test", found "voided"
  detail.total: wanted a number > 0 and <= 500, found 501"#
    );
}

#[test]
fn likely_mistakes_are_named() {
    for (pattern, event, expected) in [
        (
            json!({ "detail": { "Status": ["done"] } }),
            json!({ "detail": { "status": "done" } }),
            "detail.Status: wanted \"done\", found nothing (detail has \"status\": names are case-sensitive)",
        ),
        (
            json!({ "detail": { "state": ["done"] } }),
            json!({ "detail": { "id": 1, "status": "done" } }),
            "detail.state: wanted \"done\", found nothing (detail has id, status)",
        ),
        (
            json!({ "detail": { "status": ["done"] } }),
            json!({ "detail": "{\"status\":\"done\"}" }),
            "detail.status: wanted \"done\", found nothing (detail is a text that holds JSON: patterns do not look into \
             texts)",
        ),
        (
            json!({ "count": ["2"] }),
            json!({ "count": 2 }),
            "count: wanted \"2\", found 2 (the pattern wants a text, the event has a number)",
        ),
        (
            json!({ "count": [{ "numeric": ["=", 2] }] }),
            json!({ "count": "2" }),
            "count: wanted a number = 2, found \"2\" (the pattern wants a number, the event has a text)",
        ),
        (
            json!({ "detail": [{ "exists": true }] }),
            json!({ "detail": { "id": 1 } }),
            "detail: wanted any value, found an object, where only its values can be wanted",
        ),
        (json!({ "a": [1] }), json!("text"), "the event: wanted a JSON object, found \"text\""),
        (json!({ "a": [9] }), json!({ "a": [1, 2, 3, 4, 5, 6, 7] }), "a: wanted 9, found 1, 2, 3, 4, 5 and 2 more"),
    ] {
        assert_eq!(explained(&pattern, &event), format!("the event does not match:\n  {expected}"));
    }
}

#[test]
fn values_in_different_elements_are_named() {
    assert_eq!(
        explained(
            &json!({ "items": { "sku": ["tea"], "count": [2] } }),
            &json!({ "items": [{ "sku": "tea", "count": 1 }, { "sku": "cup", "count": 2 }] }),
        ),
        "the event does not match:\n  items.count and items.sku: wanted values in one element of an array, found them in \
         different elements"
    );
}

#[test]
fn the_closest_alternative_is_shown() {
    assert_eq!(
        explained(&json!({ "$or": [{ "a": [1], "b": [1] }, { "c": [1] }] }), &json!({ "c": 2 })),
        "the event matches none of the 2 alternatives; closest is the one with:\n  c: wanted 1, found 2"
    );
}

#[test]
fn no_attributes_are_named() {
    let policy = Pattern::parse(Dialect::SnsAttributes, &json!({ "store": [{ "exists": false }] })).unwrap();
    assert_eq!(
        policy.explain(&json!({})).to_string(),
        "the event does not match:\n  the event: wanted at least one message attribute, found nothing"
    );
}
