//! Whether there is an event of a schema that a pattern matches.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_pattern::{Dialect, Pattern, Satisfiability};
use serde_json::{Value, json};

/// An order's event on a bus: closed where it says what it has.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "source": { "const": "shop" },
            "detail-type": { "const": "OrderPlaced" },
            "account": { "type": "string" },
            "detail": { "$ref": "#/$defs/Order" },
        },
        "required": ["source", "detail-type", "account", "detail"],
        "$defs": {
            "Order": {
                "type": "object",
                "properties": {
                    "id": { "type": "string" },
                    "kind": { "enum": ["retail", "wholesale"] },
                    "code": { "type": "string", "minLength": 3, "maxLength": 3 },
                    "total": { "type": "integer", "minimum": 0 },
                    "discount": { "type": ["number", "null"], "exclusiveMaximum": 100 },
                    "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" } },
                    "tags": { "type": "object", "additionalProperties": { "type": "string" } },
                    "extra": {},
                    "payment": { "oneOf": [
                        { "type": "object", "properties": { "by": { "const": "card" }, "token": { "type": "string" } },
                          "required": ["by", "token"] },
                        { "type": "object", "properties": { "by": { "const": "invoice" }, "days": { "type": "integer" } },
                          "required": ["by", "days"] },
                    ] },
                    "ip": { "type": "string", "format": "ipv4" },
                    "gift": { "type": "boolean" },
                },
                "required": ["id", "kind", "total", "payment"],
            },
            "Line": {
                "type": "object",
                "properties": { "sku": { "type": "string" }, "quantity": { "type": "integer", "minimum": 1, "maximum": 9 } },
                "required": ["sku", "quantity"],
            },
        },
    })
}

fn pattern(pattern: &Value) -> Pattern {
    Pattern::parse(Dialect::Bus, pattern).unwrap()
}

fn detail(detail: &Value) -> Satisfiability {
    pattern(&json!({ "detail": detail })).satisfiable(&schema())
}

#[test]
fn possible() {
    for wanted in [
        json!({ "id": ["ord_1"] }),
        json!({ "id": [{ "prefix": "ord_" }] }),
        json!({ "id": [{ "suffix": "-eu" }, 7] }),
        json!({ "id": [{ "wildcard": "a*b*c" }] }),
        json!({ "id": [{ "equals-ignore-case": "ABC" }] }),
        json!({ "id": [{ "anything-but": ["a", "text", "", "1"] }] }),
        json!({ "id": [{ "anything-but": { "prefix": "t" } }] }),
        json!({ "kind": ["retail"] }),
        json!({ "kind": [{ "anything-but": "retail" }] }),
        json!({ "code": ["ABC"] }),
        json!({ "code": [{ "prefix": "A" }] }),
        json!({ "code": [{ "suffix": "A" }] }),
        json!({ "code": [{ "anything-but": { "suffix": "x" } }] }),
        json!({ "total": [5] }),
        json!({ "total": [{ "numeric": [">", 99.5, "<=", 100] }] }),
        json!({ "total": [{ "anything-but": [0, 1, 2, 3] }] }),
        json!({ "discount": [null] }),
        json!({ "discount": [{ "numeric": [">", 99.999_998] }] }),
        json!({ "discount": [{ "exists": false }] }),
        json!({ "lines": { "sku": ["a"], "quantity": [9] } }),
        json!({ "lines": { "sku": [{ "exists": false }] } }),
        json!({ "tags": { "colour": ["red"] } }),
        json!({ "payment": { "by": ["card"], "token": ["tok"] } }),
        json!({ "payment": { "by": ["invoice"], "token": [{ "exists": false }] } }),
        json!({ "ip": [{ "cidr": "10.0.0.0/8" }] }),
        json!({ "gift": [true], "id": [{ "exists": true }] }),
        json!({ "$or": [{ "nothing": ["a"] }, { "kind": ["wholesale"] }] }),
    ] {
        match detail(&wanted) {
            Satisfiability::Possible { witness } => {
                assert!(pattern(&json!({ "detail": wanted })).matches(&witness), "{wanted}: {witness}");
                assert!(jsonschema::is_valid(&schema(), &witness), "{wanted}: {witness}");
            }
            other => panic!("{wanted}: {other}"),
        }
    }
}

#[test]
fn impossible_and_why() {
    for (wanted, said) in [
        (
            json!({ "identity": ["ord_1"] }),
            "there is no detail.identity: detail has code, discount, extra, gift, id, ip, kind, lines, …",
        ),
        (json!({ "Kind": ["retail"] }), "did you mean detail.kind?"),
        (json!({ "sku": ["a"] }), "did you mean detail.lines.sku?"),
        // Another name for a field that has the value.
        (json!({ "category": ["wholesale"] }), "did you mean detail.kind?"),
        (
            json!({ "lines": { "skus": ["a"] } }),
            "there is no detail.lines.skus: detail.lines has quantity, sku; did you mean detail.lines.sku?",
        ),
        (json!({ "id": { "text": ["a"] } }), "detail.id.text: wanted \"a\", but the schema says string"),
        (json!({ "total": ["1"] }), "detail.total: wanted \"1\", but the schema says number; did you mean 1?"),
        (json!({ "id": [7] }), "the schema says string; did you mean \"7\"?"),
        (json!({ "gift": ["true"] }), "the schema says boolean; did you mean true?"),
        (json!({ "kind": ["Retail"] }), "allows only \"retail\", \"wholesale\"; did you mean \"retail\"?"),
        (json!({ "kind": [{ "prefix": "x" }] }), "allows only"),
        (json!({ "code": ["ABCD"] }), "the schema forbids it"),
        (json!({ "code": [{ "prefix": "ABCD" }] }), "the schema forbids it"),
        (json!({ "total": [-1] }), "the schema forbids it"),
        (json!({ "total": [{ "numeric": ["<", 0] }] }), "the schema forbids it"),
        (json!({ "total": [{ "numeric": [">", 1, "<", 2] }] }), "the schema forbids it"),
        (json!({ "discount": [{ "numeric": [">=", 100] }] }), "the schema forbids it"),
        (json!({ "lines": ["a"] }), "that is an object"),
        (json!({ "lines": { "quantity": [10] } }), "the schema forbids it"),
        (json!({ "total": [{ "exists": false }] }), "it is always there"),
        (json!({ "tags": { "colour": [1] } }), "the schema says string; did you mean \"1\"?"),
        (json!({ "payment": { "by": ["card"], "days": [30] } }), "detail.payment.by and detail.payment.days"),
        (json!({ "$or": [{ "kind": ["a"] }, { "total": [-1] }] }), "any of the 2 alternatives"),
    ] {
        let answer = detail(&wanted);
        assert!(answer.is_impossible(), "{wanted}: {answer:?}");
        assert!(answer.to_string().contains(said), "{wanted}: {answer}");
    }
    let answer = pattern(&json!({ "source": ["shops"] })).satisfiable(&schema());
    assert!(
        answer
            .to_string()
            .ends_with("source: wanted \"shops\", but the schema allows only \"shop\"; did you mean \"shop\"?"),
        "{answer}"
    );
}

#[test]
fn no_telling() {
    for (wanted, open_at) in [
        (json!({ "extra": ["a"] }), "detail.extra"),
        (json!({ "extra": { "deep": { "er": [1] } } }), "detail.extra.deep.er"),
    ] {
        match detail(&wanted) {
            Satisfiability::Unknown { witness: Some(witness), open } => {
                assert_eq!(open, [open_at]);
                assert!(pattern(&json!({ "detail": wanted })).matches(&witness), "{wanted}: {witness}");
            }
            other => panic!("{wanted}: {other:?}"),
        }
    }
    let any = pattern(&json!({ "a": [1] })).satisfiable(&json!(true));
    assert_eq!(any.witness(), Some(&json!({ "a": 1 })));
    assert!(!any.is_impossible());
    // What the schema says with words that are not understood.
    let not = json!({ "properties": { "a": { "type": "string", "not": { "const": "x" } } } });
    assert!(matches!(pattern(&json!({ "a": ["x"] })).satisfiable(&not), Satisfiability::Unknown { witness: None, .. }));
}

#[test]
fn sns_looks_at_attributes_and_bodies() {
    let attributes = json!({ "properties": { "type": { "const": "OrderPlaced" }, "total": { "type": "number" } } });
    let policy = |policy| Pattern::parse(Dialect::SnsAttributes, &policy).unwrap();
    assert!(matches!(
        policy(json!({ "type": ["OrderPlaced"] })).satisfiable(&attributes),
        Satisfiability::Possible { .. }
    ));
    let wrong = policy(json!({ "type": ["OrderPlacd"] })).satisfiable(&attributes);
    assert!(wrong.to_string().contains("did you mean \"OrderPlaced\"?"), "{wrong}");
    let none = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let none = policy(json!({ "type": ["OrderPlaced"] })).satisfiable(&none);
    assert!(none.to_string().ends_with("but there is no type: the event has no fields"), "{none}");
    // Absence needs another attribute, and finds one.
    let absent = policy(json!({ "total": [{ "exists": false }] })).satisfiable(&attributes);
    assert_eq!(absent, Satisfiability::Possible { witness: json!({ "type": "OrderPlaced" }) });
    let all = policy(json!({})).satisfiable(&attributes);
    assert!(matches!(all, Satisfiability::Possible { .. }), "{all}");
    let body = Pattern::parse(Dialect::SnsBody, &json!({ "detail": { "kind": ["retail"] } })).unwrap();
    assert!(matches!(body.satisfiable(&schema()), Satisfiability::Possible { .. }));
}

#[test]
fn overlaps() {
    let both = |one: Value, other: Value| pattern(&one).overlaps(&pattern(&other), &schema());
    for (one, other) in [
        (json!({ "source": ["shop"] }), json!({ "detail-type": ["OrderPlaced"] })),
        (json!({ "detail": { "id": [{ "prefix": "ord" }] } }), json!({ "detail": { "id": [{ "suffix": "-eu" }] } })),
        (json!({ "detail": { "id": [{ "prefix": "ord_e" }] } }), json!({ "detail": { "id": [{ "suffix": "_eu" }] } })),
        (
            json!({ "detail": { "total": [{ "numeric": [">", 10] }] } }),
            json!({ "detail": { "total": [{ "numeric": ["<", 12] }] } }),
        ),
        // Each pattern may take another line of the order.
        (json!({ "detail": { "lines": { "sku": ["a"] } } }), json!({ "detail": { "lines": { "sku": ["b"] } } })),
    ] {
        match both(one.clone(), other.clone()) {
            Satisfiability::Possible { witness } => {
                assert!(
                    pattern(&one).matches(&witness) && pattern(&other).matches(&witness),
                    "{one} {other} {witness}"
                );
                assert!(jsonschema::is_valid(&schema(), &witness), "{witness}");
            }
            other => panic!("{one}: {other}"),
        }
    }
    for (one, other) in [
        (json!({ "detail": { "kind": ["retail"] } }), json!({ "detail": { "kind": ["wholesale"] } })),
        (json!({ "detail": { "kind": ["retail"] } }), json!({ "detail": { "kind": [{ "anything-but": "retail" }] } })),
        (json!({ "detail": { "id": [{ "prefix": "a" }] } }), json!({ "detail": { "id": [{ "prefix": "b" }] } })),
        (
            json!({ "detail": { "total": [{ "numeric": [">", 10] }] } }),
            json!({ "detail": { "total": [{ "numeric": ["<", 11] }] } }),
        ),
        (json!({ "detail": { "gift": [true] } }), json!({ "detail": { "gift": [{ "exists": false }] } })),
    ] {
        let answer = both(one.clone(), other.clone());
        assert!(answer.is_impossible(), "{one} {other}: {answer:?}");
    }
    // Without a schema a list of both is an event of both.
    let open = pattern(&json!({ "a": ["x"] })).overlaps(&pattern(&json!({ "a": ["y"] })), &json!(true));
    assert_eq!(open.witness(), Some(&json!({ "a": ["x", "y"] })));
}

#[test]
fn hostile_schemas_end() {
    let recursive = json!({ "$ref": "#" });
    let tree = json!({ "type": "object", "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" }, "name": { "type": "string" } },
        "required": ["left", "right", "name"] });
    let wide = json!({ "allOf": vec![json!({ "anyOf": vec![json!({ "type": "object" }); 100] }); 20] });
    let strange =
        json!({ "type": 3, "properties": [], "items": 7, "enum": "x", "required": {}, "additionalProperties": 4 });
    for schema in [recursive, tree, wide, strange, json!(7), json!(null), json!({ "$ref": "https://example.com" })] {
        let answer = pattern(&json!({ "name": ["a"], "left": { "name": [{ "exists": false }] } })).satisfiable(&schema);
        assert!(!matches!(answer, Satisfiability::Possible { .. }), "{schema}: {answer}");
    }
}
