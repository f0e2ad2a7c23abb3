//! JSON of any shape, for tests that want to hurt.

use proptest::prelude::*;
use serde_json::Value;

/// Leaves in lists and objects with such keys, objects more often than lists.
pub(crate) fn nested(
    leaf: impl Strategy<Value = Value> + 'static,
    key: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(6, 64, 5, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            2 => prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Keywords of JSON Schema where they belong, and where they do not.
pub(crate) fn schema() -> impl Strategy<Value = Value> {
    let keyword = prop::sample::select(vec![
        "type",
        "enum",
        "const",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "prefixItems",
        "minItems",
        "allOf",
        "anyOf",
        "oneOf",
        "$ref",
        "$defs",
        "$schema",
        "minimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "not",
        "description",
        "title",
        "a",
        "b",
        "~/",
    ]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        prop::sample::select(vec![
            "object",
            "string",
            "integer",
            "array",
            "#",
            "#/$defs/a",
            "#/properties/a",
            "a",
            "(",
            "[a",
            "é",
        ])
        .prop_map(Value::from),
    ];
    nested(leaf, keyword.prop_map(ToOwned::to_owned))
}
