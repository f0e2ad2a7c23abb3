//! What is said of a pattern and a schema holds for random events.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_pattern::{Dialect, Pattern, Satisfiability};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "b.c"];
const TEXTS: [&str; 7] = ["", "a", "ab", "abc", "b", "A", "10.0.0.1"];

fn leaf_schema() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "type": "string" })),
        (0..3_u64, 0..3_u64)
            .prop_map(|(min, more)| json!({ "type": "string", "minLength": min, "maxLength": min + more })),
        vec(select(&TEXTS[..]), 1..3).prop_map(|texts| json!({ "enum": texts })),
        (-3..3_i64, 0..4_i64)
            .prop_map(|(min, more)| json!({ "type": "integer", "minimum": min, "maximum": min + more })),
        (-3..3_i64).prop_map(|min| json!({ "type": "number", "exclusiveMinimum": min, "maximum": min + 2 })),
        Just(json!({ "type": "number", "multipleOf": 0.5 })),
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({ "const": 1 })),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let inner = leaf_schema().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => object_schema(inner.clone()),
            1 => (inner.clone(), 0..2_u64).prop_map(|(items, min)| json!({ "type": "array", "items": items, "minItems": min })),
            1 => vec(inner.clone(), 1..3).prop_map(|any| json!({ "anyOf": any })),
            1 => (inner.clone(), inner.clone())
                .prop_map(|(first, items)| json!({ "type": "array", "prefixItems": [first], "items": items })),
            1 => (object_schema(inner.clone()), object_schema(inner.clone())).prop_map(all_of),
            1 => inner.prop_map(|of| json!({ "type": "object", "additionalProperties": of })),
        ]
    });
    object_schema(inner)
}

/// Two objects in one, which share no name but by chance: then the second says what it is.
fn all_of((one, mut other): (Value, Value)) -> Value {
    for name in one["properties"].as_object().unwrap().keys() {
        if let Some(again) = other["properties"].get_mut(name) {
            *again = json!({ "allOf": [one["properties"][name]] });
        }
    }
    json!({ "allOf": [one, other] })
}

fn object_schema(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec((select(&NAMES[..]), inner, any::<bool>()), 1..4).prop_map(|members| {
        let required: std::collections::BTreeSet<_> =
            members.iter().filter(|(.., required)| *required).map(|(name, ..)| *name).collect();
        let properties: Map<_, _> = members.into_iter().map(|(name, schema, _)| (name.to_owned(), schema)).collect();
        json!({ "type": "object", "properties": properties, "required": required })
    })
}

/// Values of the schemas that are made here.
fn instance(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(values) = schema["enum"].as_array() {
        return select(values.clone()).boxed();
    }
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([one]) => return instance(one),
        Some([one, other]) => {
            return (instance(one), instance(other)).prop_map(|(one, other)| merged(one, other)).boxed();
        }
        _ => {}
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return proptest::strategy::Union::new(any.iter().map(instance)).boxed();
    }
    if !schema["const"].is_null() {
        return Just(schema["const"].clone()).boxed();
    }
    of_type(schema)
}

fn of_type(schema: &Value) -> BoxedStrategy<Value> {
    let (min, max) = (schema["minimum"].as_i64().unwrap_or(-3), schema["maximum"].as_i64().unwrap_or(3));
    match schema["type"].as_str() {
        Some("object") if schema["properties"].is_object() => {
            let required = schema["required"].as_array().unwrap();
            let members: Vec<_> = schema["properties"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, of)| {
                    let always = required.contains(&json!(name));
                    (Just(name.clone()), instance(of), any::<bool>().prop_map(move |is_there| is_there || always))
                })
                .collect();
            members
                .prop_map(|members| {
                    members
                        .into_iter()
                        .filter(|(.., is_there)| *is_there)
                        .map(|(name, value, _)| (name, value))
                        .collect()
                })
                .boxed()
        }
        Some("object") => vec((select(&NAMES[..]), instance(&schema["additionalProperties"])), 0..3)
            .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            .boxed(),
        Some("array") if schema["prefixItems"].is_array() => {
            let (first, items) = (instance(&schema["prefixItems"][0]), vec(instance(&schema["items"]), 0..3));
            (first, items, any::<bool>())
                .prop_map(|(first, mut items, is_empty)| {
                    items.insert(0, first);
                    if is_empty { json!([]) } else { items.into() }
                })
                .boxed()
        }
        Some("array") => {
            let min = usize::try_from(schema["minItems"].as_u64().unwrap()).unwrap();
            vec(instance(&schema["items"]), min..min + 3).prop_map(Value::Array).boxed()
        }
        Some("integer") => (min..=max).prop_map(Value::from).boxed(),
        Some("number") if schema["multipleOf"].is_number() => {
            (-6..6_i32).prop_map(|halves| json!(f64::from(halves) / 2.0)).boxed()
        }
        Some("number") => {
            let above = schema["exclusiveMinimum"].as_f64().unwrap();
            (1..=8_i32).prop_map(move |quarters| json!(above + f64::from(quarters) / 4.0)).boxed()
        }
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("string") => {
            let (min, max) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64().unwrap_or(4));
            let fits = move |text: &&str| (min..=max).contains(&(text.chars().count() as u64));
            let texts: Vec<_> = TEXTS.into_iter().filter(fits).collect();
            let letters = proptest::string::string_regex(&format!("[abA]{{{min},{max}}}")).unwrap();
            if texts.is_empty() {
                letters.prop_map(Value::from).boxed()
            } else {
                prop_oneof![letters.prop_map(Value::from), select(texts).prop_map(Value::from)].boxed()
            }
        }
        None if schema["type"].is_array() => {
            prop_oneof![Just(Value::Null), select(&TEXTS[..]).prop_map(Value::from)].boxed()
        }
        other => panic!("no values of {other:?}"),
    }
}

/// An object with the members of both; what both have is from the first, whose schema the second repeats.
fn merged(one: Value, other: Value) -> Value {
    let (Value::Object(mut members), Value::Object(others)) = (one, other) else { panic!("objects alone are merged") };
    for (name, value) in others {
        members.entry(name).or_insert(value);
    }
    members.into()
}

fn matcher() -> impl Strategy<Value = Value> {
    let text = || select(&TEXTS[..]);
    let number = || prop_oneof![(-4..5_i64).prop_map(Value::from), Just(json!(0.5)), Just(json!(1.0))];
    prop_oneof![
        3 => text().prop_map(Value::from),
        3 => number(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => text().prop_map(|text| json!({ "prefix": text })),
        1 => text().prop_map(|text| json!({ "suffix": text })),
        1 => text().prop_map(|text| json!({ "equals-ignore-case": text })),
        1 => text().prop_map(|text| json!({ "wildcard": format!("{text}*b") })),
        1 => vec(text(), 1..4).prop_map(|texts| json!({ "anything-but": texts })),
        1 => vec(number(), 1..4).prop_map(|numbers| json!({ "anything-but": numbers })),
        1 => number().prop_map(|number| json!({ "numeric": [">", number] })),
        1 => number().prop_map(|number| json!({ "numeric": ["<=", number] })),
        1 => Just(json!({ "cidr": "10.0.0.0/8" })),
        2 => any::<bool>().prop_map(|there| json!({ "exists": there })),
    ]
}

/// Patterns on paths of the schema, and now and then on others.
fn pattern(schema: &Value) -> BoxedStrategy<Value> {
    let leaf = vec(matcher(), 1..3).prop_map(Value::Array).boxed();
    let items = match (schema["allOf"].get(1), schema["items"].is_object()) {
        (Some(last), _) => last,
        (None, true) => &schema["items"],
        (None, false) => schema,
    };
    let inner = |name: &str, leaf: &BoxedStrategy<Value>| {
        let below =
            items["properties"].get(name).or_else(|| items.get("additionalProperties").filter(|it| it.is_object()));
        match below.or_else(|| items["anyOf"].get(0)) {
            Some(below)
                if ["properties", "items", "anyOf", "additionalProperties"]
                    .iter()
                    .any(|it| below[*it].is_object() || below[*it].is_array()) =>
            {
                prop_oneof![4 => pattern(below), 1 => leaf.clone()].boxed()
            }
            _ => leaf.clone(),
        }
    };
    let members: Vec<_> = NAMES.map(|name| (Just(name), inner(name, &leaf), 0..3_u8)).into_iter().collect();
    members
        .prop_map(|members| {
            let last = members.last().map(|(name, value, _)| ((*name).to_owned(), value.clone()));
            let mut chosen: Map<String, Value> = members
                .into_iter()
                .filter(|(.., dice)| *dice == 0)
                .map(|(name, value, _)| (name.to_owned(), value))
                .collect();
            if chosen.is_empty() {
                chosen.extend(last);
            }
            chosen.into()
        })
        .boxed()
}

fn case() -> impl Strategy<Value = (Value, Value, Value, Vec<Value>)> {
    schema().prop_flat_map(|schema| {
        let events = vec(instance(&schema), 12);
        (Just(schema.clone()), pattern(&schema), pattern(&schema), events)
    })
}

/// The pattern that wants every leaf of an event as it is; of an array, those of its first element.
fn exactly(event: &Value) -> Option<Value> {
    match event {
        Value::Object(members) => {
            let members: Map<_, _> =
                members.iter().filter_map(|(name, value)| Some((name.clone(), exactly(value)?))).collect();
            (!members.is_empty()).then(|| members.into())
        }
        Value::Array(elements) => exactly(elements.first()?),
        leaf => Some(json!([leaf])),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_witness_matches_and_the_impossible_never_does((schema, one, other, events) in case()) {
        let [one, other] = [one, other].map(|pattern| Pattern::parse(Dialect::Bus, &pattern).unwrap());
        for event in &events {
            prop_assert!(jsonschema::is_valid(&schema, event), "the test makes events of the schema");
        }
        for event in &events {
            let Some(pattern) = exactly(event) else { continue };
            let pattern = Pattern::parse(Dialect::Bus, &pattern).unwrap();
            if pattern.matches(event) {
                let answer = pattern.satisfiable(&schema);
                prop_assert!(answer.witness().is_some(), "{event}: {answer}");
            }
        }
        let questions = [
            (one.satisfiable(&schema), vec![&one]),
            (other.satisfiable(&schema), vec![&other]),
            (one.overlaps(&other, &schema), vec![&one, &other]),
        ];
        for (answer, patterns) in questions {
            let all_match = |event: &Value| patterns.iter().all(|pattern| pattern.matches(event));
            if let Some(witness) = answer.witness() {
                prop_assert!(all_match(witness), "{witness} does not match");
                prop_assert!(jsonschema::is_valid(&schema, witness), "{witness} is no event of the schema");
            }
            if let Satisfiability::Impossible { impediments, .. } = &answer {
                prop_assert!(!impediments.is_empty());
                let matched = events.iter().find(|event| all_match(event));
                prop_assert!(matched.is_none(), "{matched:?} matches, yet: {answer}");
            }
        }
    }
}

/// That there is no telling is an answer for the seldom case.
#[test]
fn mostly_there_is_an_answer() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0_u32; 3];
    for _ in 0..1_000 {
        let (schema, one, ..) = proptest::strategy::ValueTree::current(&case().new_tree(&mut runner).unwrap());
        let place = match Pattern::parse(Dialect::Bus, &one).unwrap().satisfiable(&schema) {
            Satisfiability::Possible { .. } => 0,
            Satisfiability::Impossible { .. } => 1,
            _ => 2,
        };
        counts[place] += 1;
    }
    let [possible, impossible, unknown] = counts;
    assert!(
        possible > 50 && impossible > 50 && unknown < 20,
        "{possible} possible, {impossible} impossible, {unknown} unknown"
    );
}
