//! Each operator against values that it wants and values that it does not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aqueduct_pattern::{Dialect, Pattern};
use serde_json::{Value, json};

/// Whether `{"key": [wanted]}` matches `{"key": found}` on a bus.
fn wants(wanted: &Value, found: &Value) -> bool {
    let pattern = Pattern::parse(Dialect::Bus, &json!({ "key": [wanted] })).unwrap();
    pattern.matches(&json!({ "key": found }))
}

fn check(table: &[(Value, Value, bool)]) {
    for (wanted, found, expected) in table {
        assert_eq!(wants(wanted, found), *expected, "{wanted} on {found}");
    }
}

#[test]
fn exact_values() {
    check(&[
        (json!("a"), json!("a"), true),
        (json!("a"), json!("A"), false),
        (json!(""), json!(""), true),
        (json!("1"), json!(1), false),
        (json!(1), json!("1"), false),
        (json!(300), json!(300.0), true),
        (json!(0), json!(-0.0), true),
        (json!(123_456_789_012_i64), json!(123_456_789_012_i64), true),
        (json!(123_456_789_012_i64), json!(123_456_789_013_i64), false),
        (json!(true), json!(true), true),
        (json!(true), json!("true"), false),
        (json!(null), json!(null), true),
        (json!(null), json!("null"), false),
        (json!(null), json!([]), false),
        (json!("2001:db8::1"), json!("2001:0db8:0:0:0:0:0:1"), true),
        (json!("a"), json!(["b", "a"]), true),
        (json!("a"), json!([["a"]]), true),
        (json!("a"), json!({ "a": 1 }), false),
    ]);
}

#[test]
fn texts() {
    check(&[
        (json!({ "prefix": "ab" }), json!("abc"), true),
        (json!({ "prefix": "ab" }), json!("ABC"), false),
        (json!({ "prefix": "" }), json!("abc"), true),
        (json!({ "prefix": "1" }), json!(12), false),
        (json!({ "prefix": { "equals-ignore-case": "ÄB" } }), json!("äbc"), true),
        (json!({ "suffix": "bc" }), json!("abc"), true),
        (json!({ "suffix": "BC" }), json!("abc"), false),
        (json!({ "suffix": { "equals-ignore-case": "BC" } }), json!("abc"), true),
        (json!({ "equals-ignore-case": "aBc" }), json!("AbC"), true),
        (json!({ "equals-ignore-case": "aBc" }), json!("AbCd"), false),
        (json!({ "wildcard": "/dir/*.png" }), json!("/dir/sub/a.png"), true),
        (json!({ "wildcard": "/dir/*.png" }), json!("/dir/a.jpg"), false),
    ]);
}

#[test]
fn numbers() {
    check(&[
        (json!({ "numeric": ["=", 3.018e2] }), json!(301.8), true),
        (json!({ "numeric": ["<", 10] }), json!(10), false),
        (json!({ "numeric": ["<=", 10] }), json!(10), true),
        (json!({ "numeric": [">", -1] }), json!(-1), false),
        (json!({ "numeric": [">=", -1] }), json!(-1.0), true),
        (json!({ "numeric": [">", 0, "<=", 5] }), json!(5), true),
        (json!({ "numeric": [">", 0, "<=", 5] }), json!(5.01), false),
        (json!({ "numeric": [">", 0] }), json!("5"), false),
        (json!({ "numeric": [">", 0] }), json!(6e9), false),
        (json!({ "numeric": [">", 0] }), json!([-1, 1]), true),
    ]);
}

#[test]
fn addresses() {
    check(&[
        (json!({ "cidr": "10.0.0.0/24" }), json!("10.0.0.255"), true),
        (json!({ "cidr": "10.0.0.0/24" }), json!("10.0.1.0"), false),
        (json!({ "cidr": "10.0.0.5/24" }), json!("10.0.0.4"), false),
        (json!({ "cidr": "2001:db8::/32" }), json!("2001:db8:ffff::1"), true),
        (json!({ "cidr": "0.0.0.0/0" }), json!("::1"), false),
        (json!({ "cidr": "10.0.0.0/24" }), json!("no address"), false),
    ]);
}

#[test]
fn anything_but() {
    check(&[
        (json!({ "anything-but": "a" }), json!("b"), true),
        (json!({ "anything-but": "a" }), json!("a"), false),
        (json!({ "anything-but": "a" }), json!(["a", "b"]), true),
        (json!({ "anything-but": "a" }), json!([]), false),
        (json!({ "anything-but": 1 }), json!("1"), true),
        (json!({ "anything-but": [1, 2] }), json!(2.0), false),
        (json!({ "anything-but": { "prefix": "a" } }), json!("abc"), false),
        (json!({ "anything-but": { "prefix": ["a", "b"] } }), json!("cab"), true),
        (json!({ "anything-but": { "suffix": [".png", ".jpg"] } }), json!("a.jpg"), false),
        (json!({ "anything-but": { "equals-ignore-case": "a" } }), json!("A"), false),
        (json!({ "anything-but": { "wildcard": "*/lib/*" } }), json!("a/lib/b"), false),
        (json!({ "anything-but": { "wildcard": ["*/lib/*", "*/bin/*"] } }), json!("a/etc/b"), true),
    ]);
}

#[test]
fn exists_looks_at_leaves_alone() {
    let present = Pattern::parse(Dialect::Bus, &json!({ "detail": { "state": [{ "exists": true }] } })).unwrap();
    let absent = Pattern::parse(Dialect::Bus, &json!({ "detail": { "state": [{ "exists": false }] } })).unwrap();
    for (detail, exists) in [
        (json!({ "state": "on" }), true),
        (json!({ "state": null }), true),
        (json!({ "state": [1] }), true),
        (json!({ "state": [] }), false),
        (json!({ "state": {} }), false),
        (json!({ "state": { "since": 100 } }), false),
        (json!({}), false),
        (json!("text"), false),
        (json!([{ "other": 1 }, { "state": 1 }]), true),
    ] {
        let event = json!({ "detail": detail });
        assert_eq!(present.matches(&event), exists, "true on {event}");
        assert_eq!(absent.matches(&event), !exists, "false on {event}");
    }
}

#[test]
fn or_multiplies_and_nests() {
    let pattern = Pattern::parse(
        Dialect::Bus,
        &json!({
            "source": ["shop"],
            "$or": [
                { "kind": ["gift"] },
                { "detail": { "total": [{ "numeric": [">", 100] }], "$or": [{ "vip": [true] }, { "paid": [true] }] } },
            ],
        }),
    )
    .unwrap();
    for (event, expected) in [
        (json!({ "source": "shop", "kind": "gift" }), true),
        (json!({ "source": "bank", "kind": "gift" }), false),
        (json!({ "source": "shop", "detail": { "total": 101, "vip": true } }), true),
        (json!({ "source": "shop", "detail": { "total": 101, "paid": true } }), true),
        (json!({ "source": "shop", "detail": { "total": 101 } }), false),
        (json!({ "source": "shop", "detail": { "total": 1, "vip": true, "paid": true } }), false),
    ] {
        assert_eq!(pattern.matches(&event), expected, "{event}");
    }
}
