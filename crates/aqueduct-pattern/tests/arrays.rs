//! Arrays of objects, and keys with dots.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::{Value, json};

fn matches(pattern: &Value, event: &Value) -> bool {
    Pattern::parse(Dialect::Bus, pattern).unwrap().matches(event)
}

#[test]
fn conditions_hold_in_one_element() {
    let pattern = json!({ "items": { "sku": ["tea"], "count": [2] } });
    for (items, expected) in [
        (json!([{ "sku": "tea", "count": 2 }]), true),
        (json!([{ "sku": "tea", "count": 1 }, { "sku": "cup", "count": 2 }]), false),
        (json!([{ "sku": "tea", "count": 1 }, { "sku": "tea", "count": 2 }]), true),
        (json!([{ "sku": ["cup", "tea"], "count": [1, 2] }]), true),
        (json!([[{ "sku": "tea" }], [{ "count": 2 }]]), false),
        (json!([[{ "sku": "cup" }, { "sku": "tea", "count": 2 }]]), true),
        (json!([]), false),
    ] {
        assert_eq!(matches(&pattern, &json!({ "items": items })), expected, "{items}");
    }
}

#[test]
fn different_arrays_do_not_constrain_each_other() {
    let pattern = json!({ "items": { "sku": ["tea"] }, "parcels": { "weight": [5] } });
    let event = json!({ "items": [{ "sku": "cup" }, { "sku": "tea" }], "parcels": [{ "weight": 5 }, { "weight": 1 }] });
    assert!(matches(&pattern, &event));
}

#[test]
fn nested_arrays_are_followed() {
    let pattern = json!({ "orders": { "id": [1], "items": { "sku": ["tea"] } } });
    let tea_in = |first: &str, second: &str| {
        json!({ "orders": [
            { "id": 1, "items": [{ "sku": "cup" }, { "sku": first }] },
            { "id": 2, "items": [{ "sku": second }] },
        ] })
    };
    assert!(matches(&pattern, &tea_in("tea", "cup")));
    assert!(!matches(&pattern, &tea_in("cup", "tea")));
}

#[test]
fn absence_counts_in_the_element_that_an_earlier_path_chose() {
    let event = json!({ "items": [{ "a": 1 }, { "b": 2, "c": 3 }] });
    for (pattern, expected) in [
        (json!({ "items": { "a": [1], "b": [{ "exists": false }] } }), true),
        (json!({ "items": { "b": [{ "exists": false }] } }), false),
        (json!({ "items": { "b": [{ "exists": false }], "c": [3] } }), false),
        (json!({ "items": { "a": [1], "c": [{ "exists": false }, 4] } }), true),
        (json!({ "items": { "x": [{ "exists": false }] } }), true),
    ] {
        assert_eq!(matches(&pattern, &event), expected, "{pattern}");
    }
}

#[test]
fn dots_in_keys_are_steps() {
    let pattern = json!({ "object.nested.test": ["value"] });
    for event in [
        json!({ "object": { "nested": { "test": "value" } } }),
        json!({ "object.nested.test": "value" }),
        json!({ "object.nested": { "test": "value" } }),
        json!({ "object": { "nested.test": "value" } }),
        json!({ "object": "other", "object.nested": { "test": "value" } }),
    ] {
        assert!(matches(&pattern, &event), "{event}");
    }
    assert!(!matches(&pattern, &json!({ "object": { "nested": { "testing": "value" } } })));
    let both = json!({ "a": { "b": { "x": [1], "y": [2] } } });
    assert!(matches(&both, &json!({ "a.b": { "x": 1, "y": 0 }, "a": { "b": { "x": 0, "y": 2 } } })));
}

/// The example of <https://aws.amazon.com/blogs/compute/introducing-payload-based-message-filtering-for-amazon-sns/>, as
/// LocalStack's AWS-validated test `test_filter_policy_on_message_body_array_of_object_attributes` recorded it.
#[test]
fn sns_bodies_follow_arrays_of_arrays() {
    let policy = json!({
        "Records": {
            "s3": { "object": { "key": [{ "prefix": "auto-" }] } },
            "eventName": [{ "prefix": "ObjectCreated:" }],
        },
    });
    let policy = Pattern::parse(Dialect::SnsBody, &policy).unwrap();
    let record = |name: &str, key: &str| json!({ "eventName": name, "s3": { "object": { "key": key } } });
    for (records, expected) in [
        (json!([record("ObjectCreated:Put", "auto-1.xml")]), true),
        (json!([record("ObjectRemoved:Delete", "auto-1.xml")]), false),
        (json!([record("ObjectCreated:Put", "home-1.xml")]), false),
        (json!([record("ObjectCreated:Put", "home-1.xml"), record("ObjectRemoved:Delete", "auto-1.xml")]), false),
        (json!([{ "eventName": "ObjectCreated:Put", "s3": { "object": [[{ "key": "auto-1.xml" }]] } }]), true),
    ] {
        assert_eq!(policy.matches(&json!({ "Records": records })), expected, "{records}");
    }
}
