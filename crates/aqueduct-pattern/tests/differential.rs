//! The crate's answers against those of `quamina`, a port of another engine for the same patterns, on what both know.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_pattern::{Dialect, Pattern};
use proptest::prelude::*;
use quamina::Quamina;
use serde_json::{Map, Value, json};

/// Few names, so that patterns and events meet.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(ToOwned::to_owned)
}

/// Few letters, among them pairs that differ in their case alone, what patterns escape, and more than ASCII.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(vec!['x', 'X', 'y', 'é', 'É', '/', '"', '\\', '\n']), 0..5)
            .prop_map(|letters| letters.into_iter().collect::<String>()),
        prop::sample::select(vec!["10.0.0.1", "10.0.1.255", "192.168.0.1"]).prop_map(ToOwned::to_owned),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..4).prop_map(Value::from),
        (-30_i32..40).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        prop::sample::select(vec![json!(4_999_999_999_i64), json!(0.000_001), json!(3e2), json!(300)]),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => text().prop_map(Value::from),
        3 => number(),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

/// Objects of objects and arrays.
fn event() -> impl Strategy<Value = Value> {
    let value = leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec((name(), inner.clone()), 0..4).prop_map(object),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    });
    // No event of EventBridge's is empty.
    prop::collection::vec((name(), value), 0..4).prop_map(|mut members| {
        members.push(("id".to_owned(), json!("x")));
        object(members)
    })
}

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect::<Map<_, _>>())
}

/// A wildcard of at most two stars that do not touch.
fn wildcard() -> impl Strategy<Value = String> {
    prop::collection::vec("[xXyé/]{1,2}", 1..3).prop_flat_map(|pieces| {
        (any::<bool>(), any::<bool>()).prop_map(move |(first, last)| {
            let star = |wanted: bool| if wanted { "*" } else { "" };
            format!("{}{}{}", star(first), pieces.join("*"), star(last))
        })
    })
}

/// Closed ranges: `quamina` 0.7 finds some texts in open ones, which EventBridge was recorded not to find.
fn numeric() -> impl Strategy<Value = Value> {
    let equal = (-3_i64..4).prop_map(|number| json!(["=", number]));
    let range = (prop::sample::select(vec![">", ">="]), -3_i64..1, prop::sample::select(vec!["<", "<="]), 1_i64..4)
        .prop_map(|(low, bottom, high, top)| json!([low, bottom, high, top]));
    prop_oneof![equal, range]
}

fn wanted() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => leaf(),
        1 => text().prop_map(|it| json!({ "prefix": it })),
        1 => text().prop_map(|it| json!({ "suffix": it })),
        1 => text().prop_map(|it| json!({ "equals-ignore-case": it })),
        1 => wildcard().prop_map(|it| json!({ "wildcard": it })),
        1 => prop::collection::vec(text(), 1..3).prop_map(|it| json!({ "anything-but": it })),
        1 => prop::collection::vec(number(), 1..3).prop_map(|it| json!({ "anything-but": it })),
        1 => numeric().prop_map(|it| json!({ "numeric": it })),
        1 => prop::sample::select(vec!["10.0.0.0/8", "10.0.0.0/24"]).prop_map(|it| json!({ "cidr": it })),
    ]
}

/// Lists of wanted values, or `exists: true`, in nested objects. `quamina` 0.7 finds no absent field behind another
/// `exists`, which EventBridge was recorded to find, so that `exists: false` stays out.
fn pattern() -> impl Strategy<Value = Value> {
    let condition = prop_oneof![
        4 => prop::collection::vec(wanted(), 1..3).prop_map(Value::from),
        1 => Just(json!([{ "exists": true }])),
    ];
    // Small, as `quamina` takes long to merge the automata of many conditions.
    let value =
        condition.prop_recursive(2, 4, 2, |inner| prop::collection::vec((name(), inner), 1..3).prop_map(object));
    prop::collection::vec((name(), value), 1..3).prop_map(object)
}

/// Whether wanted values are looked for where the event has an array of objects. Patterns see the values of the array
/// alone; `quamina` 0.7 sees those of the objects too.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/Event.java>
fn wants_values_of_objects(pattern: &Value, event: &Value) -> bool {
    match (pattern, event) {
        (Value::Array(_), Value::Array(elements)) => elements.iter().any(holds_objects),
        (Value::Object(_), Value::Array(elements)) => elements.iter().any(|it| wants_values_of_objects(pattern, it)),
        (Value::Object(pattern), Value::Object(members)) => {
            pattern.iter().any(|(key, pattern)| members.get(key).is_some_and(|it| wants_values_of_objects(pattern, it)))
        }
        _ => false,
    }
}

fn holds_objects(element: &Value) -> bool {
    element.is_object() || element.as_array().is_some_and(|elements| elements.iter().any(holds_objects))
}

/// What both answer.
fn answers(pattern: &Value, event: &Value) -> Option<(bool, bool)> {
    let ours = Pattern::parse(Dialect::Bus, pattern).unwrap();
    let mut theirs = Quamina::<u8>::new();
    theirs.add_pattern(0, &pattern.to_string()).ok()?;
    Some((ours.matches(event), theirs.has_matches(event.to_string().as_bytes()).unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, max_shrink_iters: 2048, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_quamina(pattern in pattern(), event in event()) {
        prop_assume!(!wants_values_of_objects(&pattern, &event));
        let (ours, theirs) = answers(&pattern, &event).unwrap();
        prop_assert_eq!(ours, theirs, "{} on {}", pattern, event);
    }
}
