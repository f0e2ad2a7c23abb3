//! What each dialect rejects, in which words, and what only SNS does.

use aqueduct_pattern::Dialect::{Bus, Lambda, Pipes, SnsAttributes, SnsBody};
use aqueduct_pattern::{Dialect, Pattern};
use serde_json::{Value, json};

fn reason(dialect: Dialect, pattern: &Value) -> String {
    Pattern::parse(dialect, pattern).map_or_else(|error| error.reason, |_| "accepted".to_owned())
}

/// The reasons that LocalStack's AWS-validated tests `test_event_pattern` and `test_invalid_json_event_pattern` recorded.
#[test]
fn reasons_of_a_bus() {
    for (pattern, expected) in [
        (json!(["not", "a", "dict"]), "Filter is not an object"),
        (json!({ "int": 42 }), "\"int\" must be an object or an array"),
        (json!({ "string": "my-value" }), "\"string\" must be an object or an array"),
        (json!({ "key": [] }), "Empty arrays are not allowed"),
        (json!({ "key": [{ "EXISTS": true }] }), "Unrecognized match type EXISTS"),
        (json!({ "key": [{ "prefix": 123 }] }), "prefix match pattern must be a string"),
        (json!({ "key": [{ "suffix": [".png"] }] }), "suffix match pattern must be a string"),
        (
            json!({ "key": [{ "equals-ignore-case": { "prefix": "ec2" } }] }),
            "equals-ignore-case match pattern must be a string",
        ),
        (json!({ "key": [{ "wildcard": 123 }] }), "wildcard match pattern must be a string"),
        (json!({ "key": [{ "numeric": [">", 0, ">", 0] }] }), "Bad numeric range operator: >"),
        (json!({ "key": [{ "numeric": [">", 0, "<"] }] }), "Value of < must be numeric"),
        (json!({ "key": [{ "cidr": ["bad-type"] }] }), "prefix match pattern must be a string"),
        (json!({ "key": [{ "cidr": "bad-filter" }] }), "Malformed CIDR, one '/' required"),
        (json!({ "key": [{ "cidr": "bad-/64filter" }] }), "Malformed CIDR, mask bits must be an integer"),
        (json!({ "key": [{ "cidr": "xx.11.xx/8" }] }), "Nonstandard IP address: xx.11.xx"),
        (
            json!({ "key": [{ "anything-but": { "equals-ignore-case": [123, 456] } }] }),
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        ),
        (
            json!({ "key": [{ "anything-but": { "prefix": { "equals-ignore-case": "file" } } }] }),
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            json!({ "key": [{ "anything-but": { "suffix": [123, ".txt"] } }] }),
            "prefix/suffix match pattern must be a string",
        ),
        (json!({ "key": [{ "anything-but": { "wildcard": [123] } }] }), "wildcard match pattern must be a string"),
    ] {
        assert_eq!(reason(Bus, &pattern), expected, "{pattern}");
    }
}

/// Those that stand in EventBridge's engine, <https://github.com/aws/event-ruler>.
#[test]
fn reasons_of_the_engine() {
    for (pattern, expected) in [
        (json!({}), "Empty objects are not allowed"),
        (json!({ "detail": {} }), "Empty objects are not allowed"),
        (json!({ "key": [{}] }), "Match expression name not found"),
        (json!({ "key": [{ "anything-but": { "prefix": "" } }] }), "Null prefix/suffix not allowed"),
        (
            json!({ "key": [{ "anything-but": ["a", 1] }] }),
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            json!({ "key": [{ "anything-but": ["a", null] }] }),
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        (json!({ "key": [{ "prefix": { "suffix": "a" } }] }), "Unsupported prefix pattern: suffix"),
        (json!({ "$or": "a" }), "It must be an Array followed with $or."),
        (json!({ "$or": [{ "a": [1] }] }), "There must have at least 2 Objects in $or relationship."),
        (json!({ "$or": [{ "a": [1] }, 1] }), "Only JSON object is allowed in array of $or relationship."),
        (
            json!({ "$or": [{ "a": [1] }, { "numeric": [1] }] }),
            "numeric is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ] {
        assert_eq!(reason(Bus, &pattern), expected, "{pattern}");
    }
}

/// The reasons that LocalStack's AWS-validated tests `test_validate_policy*` recorded.
#[test]
fn reasons_of_sns() {
    for (policy, expected) in [
        (json!({ "key": [["value"]] }), "Match value must be String, number, true, false, or null"),
        (json!({ "key": [{ "wrong-operator": true }] }), "Unrecognized match type wrong-operator"),
        (json!({ "key": [{ "suffix": "a", "prefix": "b" }] }), "Only one key allowed in match expression"),
        (json!({ "key": [{ "suffix": 100 }] }), "suffix match pattern must be a string"),
        (json!({ "key": { "suffix": "value" } }), "\"suffix\" must be an object or an array"),
        (json!({ "key": [{ "numeric": [] }] }), "Invalid member in numeric match: ]"),
        (json!({ "key": [{ "numeric": ["operator"] }] }), "Unrecognized numeric range operator: operator"),
        (json!({ "key": [{ "numeric": [1, "<="] }] }), "Invalid member in numeric match: 1"),
        (json!({ "key": [{ "numeric": ["=", "000"] }] }), "Value of equals must be numeric"),
        (json!({ "key": [{ "numeric": [">="] }] }), "Value of >= must be numeric"),
        (json!({ "key": [{ "numeric": ["<", 100, ">", 10] }] }), "Too many elements in numeric expression"),
        (json!({ "key": [{ "numeric": [">=", 1, ">", 2] }] }), "Bad numeric range operator: >"),
        (json!({ "key": [{ "numeric": [">", 3, "<", 1] }] }), "Bottom must be less than top"),
        (json!({ "key": [{ "numeric": [">", 20, 30] }] }), "Bad value in numeric range: 30"),
        (json!({ "key": [{ "numeric": [">", 20, "<", 30, "<", 50] }] }), "Too many terms in numeric range expression"),
        (json!({ "key": [{ "exists": "no" }] }), "exists match pattern must be either true or false."),
        (json!({ "key": [{ "anything-but": { "suffix": "test" } }] }), "Unsupported anything-but pattern: suffix"),
        (json!({ "key": [{ "anything-but": { "exists": false } }] }), "Unsupported anything-but pattern: exists"),
    ] {
        assert_eq!(reason(SnsAttributes, &policy), format!("FilterPolicy: {expected}"), "{policy}");
    }
    assert_eq!(reason(SnsAttributes, &json!({ "key": [{ "anything-but": { "prefix": "test-" } }] })), "accepted");
}

/// Recorded by LocalStack's AWS-validated tests `test_policy_complexity*` and `test_sub_filter_policy_nested_property*`.
#[test]
fn limits_of_sns() {
    let values = |count: usize| (0..count).map(|index| format!("value{index}")).collect::<Vec<_>>();
    let keys = |count: usize| (0..count).map(|index| (format!("key{index}"), json!(["value"]))).collect::<Value>();
    let or = |sources: usize, spaces: usize| {
        json!({
            "source": values(sources),
            "$or": [
                { "metricName": values(6) },
                { "metricType": values(4), "$or": [{ "metricId": values(4) }, { "spaceId": values(spaces) }] },
            ],
        })
    };
    let nested = json!({
        "key_a": { "key_b": { "key_c": values(4) } },
        "key_d": { "key_e": values(3) },
        "key_f": values(3),
    });
    let nested_or = json!({
        "$or": [{ "metricName": values(3) }, { "namespace": values(2) }],
        "detail": { "scope": values(2), "$or": [{ "source": values(1) }, { "type": values(3) }] },
    });
    let complex = "FilterPolicy: Filter policy is too complex";
    for (dialect, policy, expected) in [
        (SnsAttributes, json!({ "key": values(150) }), "accepted"),
        (SnsAttributes, json!({ "key": values(151) }), complex),
        (SnsAttributes, json!({ "key1": values(100), "key2": values(51) }), complex),
        (SnsAttributes, keys(5), "accepted"),
        (SnsAttributes, keys(6), "FilterPolicy: Filter policy can not have more than 5 keys"),
        (SnsAttributes, or(4, 4), complex),
        (SnsAttributes, or(3, 7), "accepted"),
        (SnsBody, nested.clone(), complex),
        (SnsBody, nested_or, complex),
        (
            SnsAttributes,
            json!({ "object": { "key": [{ "prefix": "auto-" }] } }),
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (SnsBody, json!({ "object": { "key": [{ "prefix": "auto-" }] } }), "accepted"),
    ] {
        assert_eq!(reason(dialect, &policy), expected, "{policy}");
    }
    assert_eq!(reason(Bus, &nested), "accepted");
}

#[test]
fn operators_by_dialect() {
    let all = [Bus, Pipes, Lambda, SnsAttributes, SnsBody];
    for (wanted, accepting) in [
        (json!({ "anything-but": ["a", "b"] }), &all[..]),
        (json!({ "anything-but": { "prefix": "a" } }), &[Bus, SnsAttributes, SnsBody]),
        (json!({ "anything-but": { "suffix": "a" } }), &[Bus]),
        (json!({ "anything-but": { "wildcard": "a*" } }), &[Bus]),
        (json!({ "anything-but": { "equals-ignore-case": "a" } }), &[Bus]),
        (json!({ "prefix": "a" }), &all),
        (json!({ "suffix": "a" }), &all),
        (json!({ "equals-ignore-case": "a" }), &all),
        (json!({ "exists": false }), &all),
        (json!({ "numeric": ["=", 1] }), &all),
        (json!({ "prefix": { "equals-ignore-case": "a" } }), &[Bus, Pipes]),
        (json!({ "cidr": "10.0.0.0/8" }), &all),
        (json!({ "wildcard": "a*" }), &[Bus, Pipes]),
    ] {
        for dialect in all {
            let accepted = Pattern::parse(dialect, &json!({ "key": [wanted] })).is_ok();
            assert_eq!(accepted, accepting.contains(&dialect), "{wanted} in {dialect:?}");
        }
    }
}

#[test]
fn words_around_the_reason() {
    let pattern = json!({ "key": [] });
    for (dialect, shown) in [
        (Bus, "Event pattern is not valid. Reason: Empty arrays are not allowed"),
        (Pipes, "Filter pattern is not valid. Reason: Empty arrays are not allowed"),
        (Lambda, "Invalid filter pattern definition. Empty arrays are not allowed"),
        (SnsBody, "Invalid parameter: FilterPolicy: Empty arrays are not allowed"),
    ] {
        assert_eq!(Pattern::parse(dialect, &pattern).unwrap_err().to_string(), shown);
    }
    let unreadable = Pattern::parse_text(SnsBody, "{").unwrap_err();
    assert_eq!(unreadable.message, "Invalid parameter: FilterPolicy: failed to parse JSON.");
    let lambda = Pattern::parse_text(Lambda, "{").unwrap_err();
    assert_eq!(lambda.message, "Invalid filter pattern definition.");
}

#[test]
fn attributes_are_strings_numbers_and_arrays() {
    let policy =
        json!({ "store": ["shop"], "price": [{ "numeric": [">=", 100] }], "tags": [{ "anything-but": ["old"] }] });
    let policy = Pattern::parse(SnsAttributes, &policy).unwrap();
    for (attributes, expected) in [
        (json!({ "store": "shop", "price": 100, "tags": ["old", "new"] }), true),
        (json!({ "store": "shop", "price": "100", "tags": "new" }), false),
        (json!({ "store": "shop", "price": 100, "tags": ["old"] }), false),
        (json!({ "store": "shop", "price": 100 }), false),
    ] {
        assert_eq!(policy.matches(&attributes), expected, "{attributes}");
    }
}

/// Source: <https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html>
#[test]
fn absence_needs_an_attribute_and_presence_a_value() {
    let absent = Pattern::parse(SnsAttributes, &json!({ "store": [{ "exists": false }] })).unwrap();
    assert!(!absent.matches(&json!({})));
    assert!(absent.matches(&json!({ "other": "value" })));
    let present = Pattern::parse(SnsBody, &json!({ "store": [{ "exists": true }] })).unwrap();
    for (store, expected) in [(json!("shop"), true), (json!(""), false), (json!(null), false), (json!([]), false)] {
        assert_eq!(present.matches(&json!({ "store": store })), expected, "{store}");
    }
}

#[test]
fn an_empty_policy_filters_nothing() {
    for dialect in [SnsAttributes, SnsBody] {
        let policy = Pattern::parse_text(dialect, "{}").unwrap();
        assert!(policy.matches(&json!({})));
        assert!(policy.matches(&json!("no object")));
    }
}

#[test]
fn a_body_that_is_no_object_matches_nothing() {
    let policy = Pattern::parse(SnsBody, &json!({ "key": [{ "exists": false }] })).unwrap();
    assert!(policy.matches(&json!({})));
    for body in [json!("text"), json!([{}]), json!(1), json!(null)] {
        assert!(!policy.matches(&body), "{body}");
    }
}
