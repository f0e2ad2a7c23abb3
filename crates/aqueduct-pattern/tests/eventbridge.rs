//! The crate's answers against those that EventBridge itself gave.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::{Value, json};

/// The cases for which the answer is another one than EventBridge's.
fn wrong(cases: &str, count: usize) -> Vec<String> {
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    assert_eq!(cases.len(), count);
    let wrong = |case: &Value| {
        let pattern = Pattern::parse(Dialect::Bus, &case["pattern"]);
        let answer = match &pattern {
            Err(_) => "invalid",
            Ok(pattern) if pattern.matches(&case["event"]) => "match",
            Ok(_) => "no-match",
        };
        let reason = pattern.err().map(|error| error.reason);
        let is_right =
            answer == case["expected"] && case.get("reason").is_none_or(|wanted| wanted.as_str() == reason.as_deref());
        (!is_right).then(|| format!("{}: {answer} {reason:?}, not {}", case["name"], case["expected"]))
    };
    cases.iter().filter_map(wrong).collect()
}

#[test]
fn answers_are_those_of_eventbridge() {
    assert_eq!(wrong(include_str!("eventbridge-cases/eventbridge-pattern-cases.json"), 101), Vec::<String>::new());
    assert_eq!(wrong(include_str!("eventbridge-cases/more-cases.json"), 38), Vec::<String>::new());
}

/// Recorded by LocalStack's AWS-validated tests `test_event_pattern_with_multi_key` and
/// `test_event_pattern_with_escape_characters`, whose patterns are texts.
#[test]
fn texts_are_read_as_eventbridge_reads_them() {
    let twice = r#"{"detail": {"location": [{"prefix": "us-"}], "location": [{"anything-but": "us-east"}]}}"#;
    let twice = Pattern::parse_text(Dialect::Bus, twice).unwrap();
    assert!(twice.matches(&json!({ "detail": { "location": "eu-central-1" } })));
    assert!(!twice.matches(&json!({ "detail": { "location": "us-east" } })));
    let escaped = r#"{"detail": {"escape_star": ["*"], "escape_backslash": ["\\"]}}"#;
    let escaped = Pattern::parse_text(Dialect::Bus, escaped).unwrap();
    assert!(escaped.matches(&json!({ "detail": { "escape_star": "*", "escape_backslash": "\\" } })));
}

/// The engine reads member by member, so that objects under one name add up, and so do two `$or`.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/JsonRuleCompiler.java>
#[test]
fn objects_of_one_name_add_up() {
    let objects = Pattern::parse_text(Dialect::Bus, r#"{"a": {"b": [1]}, "a": {"c": [2]}}"#).unwrap();
    let choices = r#"{"$or": [{"a": [1]}, {"b": [1]}], "$or": [{"c": [2]}, {"d": [2]}]}"#;
    let choices = Pattern::parse_text(Dialect::Bus, choices).unwrap();
    for (pattern, event, expected) in [
        (&objects, json!({ "a": { "b": 1, "c": 2 } }), true),
        (&objects, json!({ "a": { "c": 2 } }), false),
        (&choices, json!({ "b": 1, "c": 2 }), true),
        (&choices, json!({ "c": 2 }), false),
    ] {
        assert_eq!(pattern.matches(&event), expected, "{event}");
    }
    let expression = Pattern::parse_text(Dialect::Bus, r#"{"a": [{"prefix": "a", "prefix": "b"}]}"#).unwrap_err();
    assert_eq!(expression.reason, "Only one key allowed in match expression");
}
