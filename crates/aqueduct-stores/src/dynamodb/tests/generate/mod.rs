//! Requests by chance, of what the engine in memory says that it answers.

mod expressions;
mod requests;

use fastrand::Rng;
use serde_json::{Map, Value, json};

pub(super) use self::requests::request;

/// The tables: one with global indexes and a time to live, one with a sort key and a local index, one with keys that are no strings.
pub(super) fn tables() -> Vec<(Value, Option<&'static str>)> {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let index = |name: &str, hash: &str, range: &str, projection: Value| json!({"IndexName": name, "KeySchema": [key(hash, "HASH"), key(range, "RANGE")], "Projection": projection});
    let table = |name: &str, keys: Value, attributes: Value| json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys, "AttributeDefinitions": attributes});
    let mut indexed = table(
        "indexed",
        json!([key("id", "HASH")]),
        json!([attribute("id", "S"), attribute("g", "S"), attribute("n", "N")]),
    );
    indexed["GlobalSecondaryIndexes"] = json!([
        index("by-g", "g", "n", json!({"ProjectionType": "ALL"})),
        index("by-n", "n", "g", json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["m"]})),
    ]);
    let mut sorted = table(
        "sorted",
        json!([key("id", "HASH"), key("at", "RANGE")]),
        json!([attribute("id", "S"), attribute("at", "N"), attribute("n", "N")]),
    );
    sorted["LocalSecondaryIndexes"] = json!([index("by-local", "id", "n", json!({"ProjectionType": "KEYS_ONLY"}))]);
    let binary = table(
        "binary",
        json!([key("id", "HASH"), key("at", "RANGE")]),
        json!([attribute("id", "N"), attribute("at", "B")]),
    );
    vec![(indexed, Some("n")), (sorted, None), (binary, None)]
}

const NUMBERS: [&str; 9] =
    ["0", "1", "-1", "2", "10", "0.5", "-2.25", "1800000000", "12345678901234567890123456789012345678"];
const TEXTS: [&str; 7] = ["", "a", "b", "ab", "ä", "abc", "😀"];
const BINARIES: [&str; 4] = ["AQ==", "AQI=", "/w==", "AA=="];
/// Attributes that hold anything.
const NAMES: [&str; 6] = ["m", "l", "x", "y", "size_of", "status"];

fn one<'a, T: ?Sized>(rng: &mut Rng, of: &[&'a T]) -> &'a T {
    of[rng.usize(..of.len())]
}

fn number(rng: &mut Rng) -> Value {
    if rng.u8(..10) == 0 {
        return json!({"N": one(rng, &["1.0", "-0", "02.50", "10.00"])});
    }
    json!({"N": one(rng, &NUMBERS)})
}

/// A value of any type.
pub(super) fn value(rng: &mut Rng, depth: usize) -> Value {
    let some = |rng: &mut Rng, of: &[&str]| {
        let mut all: Vec<_> = of.to_vec();
        rng.shuffle(&mut all);
        all.truncate(rng.usize(1..=3));
        all.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    match rng.u8(..if depth == 0 { 8 } else { 10 }) {
        0 => json!({"S": one(rng, &TEXTS)}),
        1 | 2 => number(rng),
        3 => json!({"B": one(rng, &BINARIES)}),
        4 => json!({"BOOL": rng.bool()}),
        5 => json!({"NULL": true}),
        6 => json!({"SS": some(rng, &["a", "b", "c", ""])}),
        7 if rng.bool() => json!({"NS": some(rng, &NUMBERS)}),
        7 => json!({"BS": some(rng, &BINARIES)}),
        8 => json!({"L": (0..rng.usize(..4)).map(|_| value(rng, depth - 1)).collect::<Vec<_>>()}),
        _ => json!({"M": map(rng, &["a", "b", "c"], depth - 1)}),
    }
}

fn map(rng: &mut Rng, names: &[&str], depth: usize) -> Value {
    let mut map = Map::new();
    for name in names {
        if rng.bool() {
            map.insert((*name).to_owned(), value(rng, depth));
        }
    }
    Value::Object(map)
}

/// The key of an item of a table.
fn key(rng: &mut Rng, table: &str) -> Value {
    match table {
        "indexed" => json!({"id": {"S": one(rng, &["1", "2", "3", "4"])}}),
        "sorted" => {
            json!({"id": {"S": one(rng, &["1", "2"])}, "at": {"N": one(rng, &["-1.5", "-1", "0", "2", "10", "10.0"])}})
        }
        _ => json!({"id": {"N": one(rng, &["1", "2"])}, "at": {"B": one(rng, &BINARIES)}}),
    }
}

fn item(rng: &mut Rng, table: &str) -> Value {
    let mut item = map(rng, &NAMES, 2);
    // Lists and maps are what paths lead into.
    if rng.bool() {
        item["m"] = json!({"M": map(rng, &["a", "b", "c"], 1)});
        item["l"] = json!({"L": [value(rng, 1), value(rng, 1)]});
    }
    if rng.bool() {
        item["g"] = json!({"S": one(rng, &["g1", "g2"])});
        item["n"] = if rng.u8(..30) == 0 { json!({"S": "no number"}) } else { number(rng) };
    }
    for (name, value) in key(rng, table).as_object().into_iter().flatten() {
        item[name] = value.clone();
    }
    item
}
