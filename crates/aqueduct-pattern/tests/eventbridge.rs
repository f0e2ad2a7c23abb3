//! The crate's answers against those that EventBridge itself gave.

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::Value;

#[test]
fn answers_are_those_of_eventbridge() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("eventbridge-cases/eventbridge-pattern-cases.json")).unwrap();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let answer = match Pattern::parse(Dialect::Bus, &case["pattern"]) {
                Err(_) => "invalid",
                Ok(pattern) if pattern.matches(&case["event"]) => "match",
                Ok(_) => "no-match",
            };
            (answer != case["expected"]).then(|| format!("{}: {answer}, not {}", case["name"], case["expected"]))
        })
        .collect();

    assert_eq!(cases.len(), 101);
    assert_eq!(wrong, Vec::<String>::new());
}
