//! What is told of a change between two exports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_contract::{Change, Contracts};
use serde_json::{Value, json};

fn read(contracts: &Value) -> Contracts {
    Contracts::read(&contracts.to_string()).unwrap()
}

/// The event with a schema, sent and read by one function each, or by none.
fn event(schema: &Value, sent: bool, read_by: bool) -> Contracts {
    let publishes = json!({ "event": "E", "to": { "kind": "queue", "environment": "Q" }, "form": "cloud-events" });
    let mut functions = Vec::new();
    if sent {
        functions.push(json!({ "name": "sender", "publishes": [publishes] }));
    }
    if read_by {
        functions.push(json!({ "name": "reader", "consumes": [{ "event": "E", "from": ["queue"] }] }));
    }
    read(&json!({ "contracts": 1, "events": [{ "type": "E", "schema": schema }], "functions": functions }))
}

fn changes(before: &Value, after: &Value, sent: bool, read_by: bool) -> Vec<Change> {
    event(before, sent, read_by).changes(&event(after, sent, read_by))
}

/// Whether a change of a schema breaks readers of before and messages under way, and what is said.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn schemas() {
    let object = |properties: Value, required: Value| json!({ "type": "object", "properties": properties, "required": required });
    let of = |schema: Value| object(json!({ "a": schema }), json!(["a"]));
    let text = || json!({ "type": "string" });
    let card = json!({ "type": "object", "properties": { "by": { "const": "card" } }, "required": ["by"] });
    let bill = json!({ "type": "object", "properties": { "by": { "const": "bill" } }, "required": ["by"] });
    let closed =
        |properties: Value| json!({ "type": "object", "properties": properties, "additionalProperties": false });
    for (before, after, readers, under_way, said) in [
        (
            of(text()),
            object(json!({}), json!([])),
            true,
            false,
            "the field a is gone, and readers of before require it",
        ),
        (
            object(json!({ "a": text() }), json!([])),
            object(json!({}), json!([])),
            false,
            false,
            "the field a is gone, which nobody required",
        ),
        (
            of(text()),
            object(json!({ "a": text(), "b": text() }), json!(["a"])),
            false,
            false,
            "the field b is new and may be missing",
        ),
        (
            of(text()),
            object(json!({ "a": text(), "b": text() }), json!(["a", "b"])),
            false,
            true,
            "the field b is new and required",
        ),
        (of(text()), object(json!({ "a": text() }), json!([])), true, false, "the field a may be missing now"),
        (object(json!({ "a": text() }), json!([])), of(text()), false, true, "the field a is required now"),
        (closed(json!({})), closed(json!({ "a": text() })), true, false, "refuse fields that they do not know"),
        (closed(json!({ "a": text() })), closed(json!({})), false, true, "messages under way that have it are refused"),
        (
            of(json!({ "type": "integer" })),
            of(json!({ "type": "number" })),
            true,
            false,
            "a is number instead of integer",
        ),
        (
            of(json!({ "type": "number" })),
            of(json!({ "type": "integer" })),
            false,
            true,
            "a is integer instead of number",
        ),
        (of(text()), of(json!({ "type": ["string", "null"] })), true, false, "a is null or string instead of string"),
        (of(text()), of(json!({ "type": "integer" })), true, true, "a is integer instead of string"),
        (of(json!({ "enum": ["x"] })), of(json!({ "enum": ["x", "y"] })), true, false, "a can be \"y\" now"),
        (of(json!({ "enum": ["x", "y"] })), of(json!({ "enum": ["x"] })), false, true, "a cannot be \"y\" any more"),
        (of(json!({ "enum": ["x"] })), of(text()), true, false, "a is not one of a list any more"),
        (
            of(json!({ "type": "integer", "minimum": 0 })),
            of(json!({ "type": "integer", "minimum": 1 })),
            false,
            true,
            "a is bound tighter by minimum",
        ),
        (
            of(json!({ "type": "integer", "minimum": 0 })),
            of(json!({ "type": "integer" })),
            true,
            false,
            "a is bound looser by minimum",
        ),
        (
            of(json!({ "type": "string", "maxLength": 5 })),
            of(json!({ "type": "string", "maxLength": 4 })),
            false,
            true,
            "a is bound tighter by maxLength",
        ),
        (
            of(json!({ "type": "array", "items": text() })),
            of(json!({ "type": "array", "items": { "type": "integer" } })),
            true,
            true,
            "each of a is integer",
        ),
        (of(json!({ "oneOf": [card] })), of(json!({ "oneOf": [bill, card] })), true, false, "a can be by \"bill\" now"),
        (
            of(json!({ "oneOf": [bill, card] })),
            of(json!({ "oneOf": [card] })),
            false,
            true,
            "a cannot be by \"bill\" any more",
        ),
        (json!(true), of(text()), false, true, "the data could be anything before"),
        (of(text()), of(text()), false, false, ""),
    ] {
        let found = changes(&before, &after, true, true);
        let all: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|it| it.contains(said)) || (said.is_empty() && all.is_empty()), "{said}: {all:?}");
        assert_eq!(found.iter().any(|it| it.breaking), readers || under_way, "{all:?}");
        // Who reads elsewhere is met by what is sent here, and the reverse.
        assert_eq!(changes(&before, &after, true, false).iter().any(|it| it.breaking), readers, "sent: {all:?}");
        assert_eq!(changes(&before, &after, false, true).iter().any(|it| it.breaking), under_way, "read: {all:?}");
    }
}

#[test]
fn references_and_recursion() {
    let tree = |leaf: &str| {
        json!({
            "$ref": "#/$defs/Tree",
            "$defs": { "Tree": { "type": "object", "properties": { "left": { "$ref": "#/$defs/Tree" }, "leaf": { "type": leaf } } } },
        })
    };
    assert_eq!(changes(&tree("string"), &tree("string"), true, true), []);
    let found = changes(&tree("string"), &tree("integer"), true, true);
    assert!(found.iter().all(|it| it.message.starts_with("leaf is integer")) && found.len() == 2, "{found:?}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn functions() {
    let backoff = || json!({ "firstMillis": 2000, "factor": 2.0, "longestMillis": 900_000, "jitter": "half" });
    let base = || {
        json!({
            "contracts": 1,
            "events": [{ "type": "E" }],
            "functions": [
                { "name": "sender", "publishes": [{
                    "event": "E", "to": { "kind": "topic", "environment": "T" }, "form": "cloud-events", "source": "sender",
                    "attributes": [{ "name": "type", "value": "E" }], "group": true, "deduplication": true,
                }] },
                { "name": "reader", "consumes": [{ "event": "E", "from": ["queue", "topic"] }], "idempotency": { "remembersSeconds": 100 },
                  "ordering": "group", "batchResponse": "partial-in-order", "loopGuard": "it ends", "p99Millis": 10,
                  "retries": { "attempts": 5, "backoff": backoff() } },
            ],
        })
    };
    for (pointer, value, breaking, said) in [
        ("/functions/0/publishes", json!([]), true, "event E: nobody publishes it any more; reader would wait in vain"),
        ("/functions/1/consumes", json!([]), true, "event E: reader does not consume it any more"),
        (
            "/functions/0/publishes/0/to",
            json!({ "kind": "queue", "name": "q" }),
            true,
            "it sends E to the queue q instead of the topic of T",
        ),
        (
            "/functions/0/publishes/0/to/environment",
            json!("U"),
            false,
            "it sends E to the topic of U instead of the topic of T",
        ),
        ("/functions/0/publishes/0/form", json!("raw"), true, "it wraps E in another way"),
        (
            "/functions/0/publishes/0/source",
            json!("other"),
            true,
            "it names other as the source of E instead of sender",
        ),
        (
            "/functions/0/publishes/0/attributes",
            json!([]),
            true,
            "it sets the attribute type of E otherwise or not at all",
        ),
        ("/functions/0/publishes/0/group", json!(false), true, "E has no message group any more"),
        ("/functions/0/publishes/0/deduplication", json!(false), true, "E has no deduplication id any more"),
        ("/functions/1/consumes/0/from", json!(["queue"]), true, "it does not take E from a topic any more"),
        (
            "/functions/1/consumes/0/layouts",
            json!([{ "form": "raw" }]),
            true,
            "it refuses a layout of E that it took before",
        ),
        ("/functions/1/idempotency", json!(null), true, "a message that comes again has an effect again"),
        ("/functions/1/idempotency/remembersSeconds", json!(10), true, "it remembers messages for 10 s alone"),
        ("/functions/1/idempotency/remembersSeconds", json!(1000), false, "it remembers messages for longer"),
        ("/functions/1/ordering", json!("strict"), true, "it relies on the order strict instead of group"),
        ("/functions/1/ordering", json!("none"), false, "it relies on the order none instead of group"),
        ("/functions/1/batchResponse", json!(null), true, "it does not say which records of a batch failed any more"),
        ("/functions/1/loopGuard", json!(null), true, "nothing stops a message that leads back to it any more"),
        (
            "/functions/1/retries",
            json!({ "attempts": 9, "backoff": backoff() }),
            false,
            "the number of its attempts is 9 instead of 5: check the template again",
        ),
        (
            "/functions/1/retries/backoff",
            json!(null),
            false,
            "it holds failed messages back in another way: check the template again",
        ),
        (
            "/functions/1/retries",
            json!({ "attempts": 5, "patienceSeconds": 15, "backoff": backoff() }),
            false,
            "the time that its attempts span is 15 s instead of not said",
        ),
        (
            "/functions/1/latencySecondsMax",
            json!(5),
            false,
            "the time until it begins with a message is 5 s instead of not said",
        ),
        ("/functions/1/oneAtATime", json!(true), true, "it relies on handling one message at a time now"),
        ("/functions/1/p99Millis", json!(20), false, "its time per message is 20 ms instead of 10 ms"),
    ] {
        let mut after = base();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = after.pointer_mut(parent).unwrap();
        let place = match name.parse::<usize>() {
            Ok(index) => &mut parent[index],
            Err(_) => &mut parent[name],
        };
        *place = value;
        let found = read(&base()).changes(&read(&after));
        let told =
            found.iter().find(|it| it.to_string().contains(said)).unwrap_or_else(|| panic!("{pointer}: {found:?}"));
        assert_eq!(told.breaking, breaking, "{pointer}: {found:?}");
        assert_eq!(found.len(), 1, "{pointer}: {found:?}");
    }
    assert_eq!(read(&base()).changes(&read(&base())), []);
    let none = json!({ "contracts": 1, "events": [{ "type": "E" }] });
    let gone = read(&base()).changes(&read(&none));
    assert!(gone[0].breaking && gone.len() == 4, "{gone:?}");
    assert!(read(&none).changes(&read(&base())).iter().all(|it| !it.breaking));
}
