//! Input made to hurt: reading and matching stay bounded and never panic.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "hostile/shapes.rs"]
mod shapes;

use aqueduct_pattern::{Dialect, Pattern};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const DIALECTS: [Dialect; 5] =
    [Dialect::Bus, Dialect::Pipes, Dialect::Lambda, Dialect::SnsAttributes, Dialect::SnsBody];

/// Words that lead deep into the reader.
fn word() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        prop::sample::select(vec![
            "$or",
            "anything-but",
            "cidr",
            "equals-ignore-case",
            "exists",
            "numeric",
            "prefix",
            "suffix",
            "wildcard",
            "",
            ".",
            "a",
            "a.b",
            "b",
            "=",
            "<",
            "<=",
            ">",
            ">=",
            "*",
            "**",
            "\\",
            "10.0.0.0/8",
            "::/0",
            "1/2/3",
        ])
        .prop_map(ToOwned::to_owned),
        ".{0,4}",
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    shapes::nested(leaf, word())
}

proptest! {
    #[test]
    fn any_json_is_read_matched_and_explained(pattern in json_value(), event in json_value()) {
        for dialect in DIALECTS {
            if let Ok(pattern) = Pattern::parse(dialect, &pattern) {
                let explanation = pattern.explain(&event);
                prop_assert_eq!(explanation.matched, pattern.matches(&event));
                prop_assert_eq!(explanation.matched, explanation.failures.is_empty(), "{}", explanation);
            }
        }
    }

    #[test]
    fn any_text_is_read(text in ".*") {
        for dialect in DIALECTS {
            let _ = Pattern::parse_text(dialect, &text);
        }
    }

    #[test]
    fn a_wanted_value_is_found(path in prop::collection::vec("[a-z]{1,3}", 1..5), value in "[a-z]{0,5}") {
        let nest = |leaf: Value| path.iter().rev().fold(leaf, |inner, key| json!({ key: inner }));
        let pattern = Pattern::parse(Dialect::Bus, &nest(json!([value.clone()]))).unwrap();
        prop_assert!(pattern.matches(&nest(json!(value.clone()))));
        let other = format!("{value}!");
        prop_assert!(!pattern.matches(&nest(json!(other))));
    }
}

fn reason(dialect: Dialect, pattern: &Value) -> String {
    Pattern::parse(dialect, pattern).unwrap_err().reason
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| (0..levels).fold(json!(["a"]), |inner, _| json!({ "k": inner }));
    assert!(Pattern::parse(Dialect::Bus, &nested(99)).is_ok());
    assert_eq!(reason(Dialect::Bus, &nested(101)), "nested deeper than 100 levels");
    assert!(Pattern::parse_text(Dialect::SnsBody, &"[".repeat(10_000)).is_err());
}

#[test]
fn length_is_bounded() {
    let long = json!({ "key": ["x".repeat(4096)] });
    assert_eq!(reason(Dialect::Bus, &long), "4108 characters long, where at most 4096 are allowed");
    assert!(Pattern::parse(Dialect::SnsBody, &long).is_ok());
}

#[test]
fn alternatives_are_bounded() {
    let pair = |index: usize| json!([{ (format!("a{index}")): [1] }, { (format!("b{index}")): [1] }]);
    let doubled = |times: usize| {
        (0..times).fold(json!({ "leaf": [1] }), |inner, index| {
            let mut members = Map::new();
            members.insert(format!("k{index}"), inner);
            members.insert("$or".to_owned(), pair(index));
            Value::Object(members)
        })
    };
    assert!(Pattern::parse(Dialect::Bus, &doubled(9)).is_ok());
    assert_eq!(reason(Dialect::Bus, &doubled(10)), "$or makes more than 1000 combinations");
    assert_eq!(reason(Dialect::SnsBody, &doubled(8)), "FilterPolicy: Filter policy is too complex");
}

#[test]
fn conditions_are_bounded_before_they_are_copied() {
    let many: Map<String, Value> = (0..10_000).map(|index| (format!("k{index}"), json!([1]))).collect();
    let choices: Vec<Value> = (0..100).map(|index| json!({ (format!("c{index}")): [1] })).collect();
    let mut first = many;
    first.insert("$or".to_owned(), Value::from(choices));
    let policy = json!({ "$or": [first, { "x": [1] }] });
    assert_eq!(reason(Dialect::SnsBody, &policy), "FilterPolicy: Filter policy is too complex");
}

#[test]
fn wildcards_do_not_backtrack() {
    let pattern = Pattern::parse(Dialect::Bus, &json!({ "key": [{ "wildcard": "*a*a*a*a*b" }] })).unwrap();
    assert!(!pattern.matches(&json!({ "key": "a".repeat(1_000_000) })));
}

/// Choosing an element for each array one condition at a time would try 30^20 combinations here.
#[test]
fn arrays_are_not_searched_exhaustively() {
    let element = |wanted: bool| json!({ "x": 1, "y": i32::from(wanted) });
    let elements: Vec<Value> = (0..30).map(|_| element(false)).collect();
    let event: Value = (0..20).map(|index| (format!("a{index:02}"), json!(elements))).collect();
    let pattern: Value = (0..20).map(|index| (format!("a{index:02}"), json!({ "x": [1], "y": [1] }))).collect();
    assert!(!Pattern::parse(Dialect::Bus, &pattern).unwrap().matches(&event));
}

/// Looking into both members at each level, and again for each condition, would take 2^90 steps here.
#[test]
fn keys_with_dots_are_not_searched_twice() {
    let event = (0..90).fold(json!({ "b": 1 }), |inner, _| json!({ "a": inner, "a.a": 1 }));
    let path = vec!["a"; 90].join(".");
    let one = Pattern::parse(Dialect::Bus, &json!({ (format!("{path}.b")): [2] })).unwrap();
    assert!(!one.matches(&event));
    let two = Pattern::parse(Dialect::Bus, &json!({ (path): { "b": [2], "c": [1] } })).unwrap();
    assert!(!two.matches(&event));
    assert!(!two.explain(&event).matched);
}

#[test]
fn conditions_that_hold_together_are_bounded() {
    let names = |count: u32| (0..count).filter_map(|index| char::from_u32(0x4e00 + index));
    let pattern = |count: u32| names(count).map(|name| (name.to_string(), json!([1]))).collect::<Value>();
    let event: Value = names(511).map(|name| (name.to_string(), json!(1))).collect();
    let most = Pattern::parse(Dialect::Bus, &pattern(511)).unwrap();
    assert!(most.matches(&event));
    assert!(!most.matches(&json!({ "一": 1 })));
    assert_eq!(reason(Dialect::Bus, &pattern(513)), "4105 characters long, where at most 4096 are allowed");
}

proptest! {
    #[test]
    fn any_schema_is_bearable(schema in shapes::schema(), pattern in json_value()) {
        let simple = json!({ "a": { "b": ["x", 1, { "exists": false }] }, "b": [{ "numeric": [">", 0] }] });
        for dialect in DIALECTS {
            for pattern in [&pattern, &simple] {
                let Ok(pattern) = Pattern::parse(dialect, pattern) else { continue };
                let answer = pattern.satisfiable(&schema);
                if let Some(witness) = answer.witness() {
                    prop_assert!(pattern.matches(witness), "{witness}");
                }
                let _ = pattern.overlaps(&pattern, &schema).to_string();
            }
        }
    }
}

/// Schemas that would multiply for ever.
#[test]
fn schemas_that_multiply_end() {
    let doubling: Map<String, Value> = (0..60)
        .map(|level| {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            (format!("d{level}"), json!({ "anyOf": [next, next] }))
        })
        .chain([("d60".to_owned(), json!(false))])
        .collect();
    let many: Map<String, Value> = (0..1_000).map(|index| (format!("p{index}"), json!({ "type": "string" }))).collect();
    let wide = json!({
        "allOf": vec![json!({ "type": "object", "properties": many }); 200],
        "anyOf": (0..250).map(|index| json!({ "properties": { "a": { "const": index } } })).collect::<Vec<_>>(),
    });
    let pattern = Pattern::parse(Dialect::Bus, &json!({ "a": ["x"] })).unwrap();
    for schema in [json!({ "$ref": "#/$defs/d0", "$defs": doubling }), wide] {
        assert!(pattern.satisfiable(&schema).witness().is_none());
    }
}
