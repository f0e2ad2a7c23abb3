//! Requests by chance, of what the engine in memory says that it answers.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// The tables: one with indexes and a time to live, one with a sort key, one with keys that are no strings.
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
    let sorted = table(
        "sorted",
        json!([key("id", "HASH"), key("at", "RANGE")]),
        json!([attribute("id", "S"), attribute("at", "N")]),
    );
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
        "sorted" => json!({"id": {"S": one(rng, &["1", "2"])}, "at": {"N": one(rng, &["-1.5", "-1", "0", "2", "10"])}}),
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

/// The placeholders of a request.
#[derive(Default)]
struct Placeholders {
    names: Map<String, Value>,
    values: Map<String, Value>,
}

impl Placeholders {
    fn value(&mut self, value: Value) -> String {
        let name = format!(":v{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), name.into());
        placeholder
    }

    fn path(&mut self, rng: &mut Rng) -> String {
        let paths =
            ["m", "l", "x", "y", "size_of", "n", "g", "m.a", "m.b", "l[0]", "l[1]", "l[5]", "m.c.a", "l[0].a", "id"];
        match rng.u8(..20) {
            0 => self.name("status"),
            1 => format!("m.{}", self.name("b")),
            _ => (*one(rng, &paths)).to_owned(),
        }
    }

    fn operand(&mut self, rng: &mut Rng) -> String {
        match rng.u8(..6) {
            0 | 1 => self.path(rng),
            2 => format!("size({})", self.path(rng)),
            _ => self.value_of(rng),
        }
    }

    fn value_of(&mut self, rng: &mut Rng) -> String {
        self.value(value(rng, 1))
    }

    fn condition(&mut self, rng: &mut Rng, depth: usize) -> String {
        let text = |rng: &mut Rng| json!({"S": one(rng, &TEXTS)});
        match rng.u8(..if depth == 0 { 9 } else { 12 }) {
            0 => format!("attribute_exists({})", self.path(rng)),
            1 => format!("attribute_not_exists({})", self.path(rng)),
            2 => {
                let kind = json!({"S": one(rng, &["S", "N", "M", "L", "SS", "BOOL", "NULL", "B"])});
                format!("attribute_type({}, {})", self.path(rng), self.value(kind))
            }
            3 => format!("begins_with({}, {})", self.path(rng), self.value(text(rng))),
            4 => format!("contains({}, {})", self.path(rng), self.value_of(rng)),
            5 => {
                let (low, high) = (self.value(json!({"N": "-1"})), self.value(json!({"N": "2"})));
                format!("{} BETWEEN {low} AND {high}", self.operand(rng))
            }
            6 => format!("{} IN ({}, {})", self.operand(rng), self.operand(rng), self.value_of(rng)),
            7 | 8 => {
                let comparison = one(rng, &["=", "<>", "<", "<=", ">", ">="]);
                format!("{} {comparison} {}", self.operand(rng), self.operand(rng))
            }
            9 => format!("NOT {}", self.condition(rng, depth - 1)),
            10 => format!("({} AND {})", self.condition(rng, depth - 1), self.condition(rng, depth - 1)),
            _ => format!("{} OR {}", self.condition(rng, depth - 1), self.condition(rng, depth - 1)),
        }
    }

    fn term(&mut self, rng: &mut Rng) -> String {
        let numeric = |placeholders: &mut Self, rng: &mut Rng| {
            let number = number(rng);
            format!("if_not_exists(x, {})", placeholders.value(number))
        };
        match rng.u8(..8) {
            0 => self.path(rng),
            1 => format!("if_not_exists({}, {})", self.path(rng), self.value_of(rng)),
            2 => format!("{} + {}", numeric(self, rng), self.value(number(rng))),
            3 => format!("({} - {})", numeric(self, rng), self.value(number(rng))),
            4 => {
                let (first, more) = (self.value(json!({"L": []})), self.value(json!({"L": [value(rng, 0)]})));
                format!("list_append(if_not_exists(l, {first}), {more})")
            }
            _ => self.value_of(rng),
        }
    }

    fn update(&mut self, rng: &mut Rng) -> String {
        let mut targets = vec!["x", "y", "m.a", "m.b", "l[0]", "l[1]", "l[7]", "size_of", "n", "g", "z", "m.c"];
        rng.shuffle(&mut targets);
        let mut target = || targets.pop().unwrap_or_default();
        let mut update = String::new();
        if rng.u8(..5) > 0 {
            let set = (0..rng.usize(1..4)).map(|_| {
                let target = target();
                let term = match target {
                    "n" => self.value(number(rng)),
                    "g" => self.value(json!({"S": one(rng, &["g1", "g2"])})),
                    _ => self.term(rng),
                };
                format!("{target} = {term}")
            });
            let _ = write!(update, "SET {} ", set.collect::<Vec<_>>().join(", "));
        }
        if rng.u8(..3) == 0 {
            let _ = write!(update, "REMOVE {}, {} ", target(), target());
        }
        if rng.u8(..3) == 0 {
            let added = match rng.u8(..2) {
                0 => number(rng),
                _ => json!({"SS": ["a", "d"]}),
            };
            let _ = write!(update, "ADD {} {} ", one(rng, &["tally", "tags"]), self.value(added));
        }
        if update.is_empty() || rng.u8(..4) == 0 {
            let deleted = json!({"SS": ["a", "b", "c"]});
            let _ = write!(update, "DELETE tags {}", self.value(deleted));
        }
        update
    }

    fn bind(self, request: &mut Value) {
        for (member, bound) in [("ExpressionAttributeNames", self.names), ("ExpressionAttributeValues", self.values)] {
            if !bound.is_empty() {
                request[member] = bound.into();
            }
        }
    }
}

fn table(rng: &mut Rng) -> &'static str {
    one(rng, &["indexed", "indexed", "sorted", "binary"])
}

/// An operation and its request.
pub(super) fn request(rng: &mut Rng) -> (&'static str, Value) {
    match rng.u8(..20) {
        0..5 => ("PutItem", write(rng, "PutItem", true)),
        5..10 => ("UpdateItem", write(rng, "UpdateItem", true)),
        10 | 11 => ("DeleteItem", write(rng, "DeleteItem", true)),
        12 | 13 => ("GetItem", get(rng)),
        14 | 15 => ("Query", query(rng)),
        16 => ("Scan", scan(rng)),
        17 => ("BatchGetItem", batch_get(rng)),
        18 => ("BatchWriteItem", batch_write(rng)),
        _ => ("TransactWriteItems", transaction(rng)),
    }
}

fn write(rng: &mut Rng, operation: &str, alone: bool) -> Value {
    let name = table(rng);
    let mut request = match operation {
        "PutItem" => json!({"TableName": name, "Item": item(rng, name)}),
        _ => json!({"TableName": name, "Key": key(rng, name)}),
    };
    let mut placeholders = Placeholders::default();
    if operation == "UpdateItem" {
        request["UpdateExpression"] = placeholders.update(rng).into();
    }
    if operation == "ConditionCheck" || rng.bool() {
        request["ConditionExpression"] = placeholders.condition(rng, 2).into();
        if rng.bool() {
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
        }
    }
    placeholders.bind(&mut request);
    if alone && rng.bool() {
        let returned: &[&str] = match operation {
            "UpdateItem" => &["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"],
            _ => &["NONE", "ALL_OLD"],
        };
        request["ReturnValues"] = one(rng, returned).into();
    }
    request
}

fn get(rng: &mut Rng) -> Value {
    let name = table(rng);
    let mut request = json!({"TableName": name, "Key": key(rng, name), "ConsistentRead": rng.bool()});
    if rng.bool() {
        let mut placeholders = Placeholders::default();
        let status = placeholders.name("status");
        request["ProjectionExpression"] = format!("{}, {status}", one(rng, &["m", "m.a, m.b", "id", "x, y"])).into();
        placeholders.bind(&mut request);
    }
    request
}

fn query(rng: &mut Rng) -> Value {
    let mut placeholders = Placeholders::default();
    let (index, hash, range) = *one(
        rng,
        &[
            &(Some("by-g"), ("g", json_text("g1")), "n"),
            &(Some("by-n"), ("n", json_number("1")), "g"),
            &(None, ("id", json_text("1")), "at"),
        ],
    );
    let name = if index.is_some() { "indexed" } else { "sorted" };
    let mut condition = format!("{} = {}", hash.0, placeholders.value(to_value(hash.1)));
    let of_range = |rng: &mut Rng| if range == "g" { json!({"S": one(rng, &["g1", "g2"])}) } else { number(rng) };
    match rng.u8(..4) {
        0 => {
            let comparison = one(rng, &["=", "<", "<=", ">", ">="]);
            let _ = write!(condition, " AND {range} {comparison} {}", placeholders.value(of_range(rng)));
        }
        1 if range == "g" => {
            let prefix = placeholders.value(json!({"S": "g"}));
            let _ = write!(condition, " AND begins_with({range}, {prefix})");
        }
        2 if range != "g" => {
            let (low, high) = (placeholders.value(json!({"N": "-1"})), placeholders.value(json!({"N": "2"})));
            let _ = write!(condition, " AND {range} BETWEEN {low} AND {high}");
        }
        _ => {}
    }
    let mut request = json!({"TableName": name, "KeyConditionExpression": condition});
    if let Some(index) = index {
        request["IndexName"] = index.into();
    }
    page(rng, &mut request, &mut placeholders);
    if rng.bool() {
        request["ScanIndexForward"] = rng.bool().into();
    }
    placeholders.bind(&mut request);
    request
}

fn scan(rng: &mut Rng) -> Value {
    let mut placeholders = Placeholders::default();
    let mut request = json!({"TableName": table(rng)});
    page(rng, &mut request, &mut placeholders);
    placeholders.bind(&mut request);
    request
}

fn page(rng: &mut Rng, request: &mut Value, placeholders: &mut Placeholders) {
    if rng.u8(..3) == 0 {
        let filters = ["attribute_exists(x)", "attribute_not_exists(m.a)", "size(y) > "];
        let mut filter = (*one(rng, &filters)).to_owned();
        if filter.ends_with("> ") {
            filter.push_str(&placeholders.value(json!({"N": "1"})));
        }
        request["FilterExpression"] = filter.into();
    }
    if rng.bool() {
        request["Limit"] = rng.u8(1..4).into();
    }
    match rng.u8(..4) {
        0 => request["Select"] = "COUNT".into(),
        1 => request["ProjectionExpression"] = "id, m.a, x".into(),
        _ => {}
    }
}

fn batch_get(rng: &mut Rng) -> Value {
    json!({"RequestItems": {"indexed": {"Keys": [{"id": {"S": "1"}}, {"id": {"S": "3"}}], "ConsistentRead": rng.bool()},
        "sorted": {"Keys": [key(rng, "sorted")], "ProjectionExpression": "x, m"}}})
}

fn batch_write(rng: &mut Rng) -> Value {
    json!({"RequestItems": {"indexed": [{"PutRequest": {"Item": item(rng, "indexed")}}],
        "sorted": [{"DeleteRequest": {"Key": key(rng, "sorted")}}], "binary": [{"PutRequest": {"Item": item(rng, "binary")}}]}})
}

fn transaction(rng: &mut Rng) -> Value {
    let mut targets: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for _ in 0..rng.usize(1..4) {
        let (member, operation) = *one(
            rng,
            &[
                &("Put", "PutItem"),
                &("Update", "UpdateItem"),
                &("Delete", "DeleteItem"),
                &("ConditionCheck", "ConditionCheck"),
            ],
        );
        let write = write(rng, operation, false);
        let of = if operation == "PutItem" { &write["Item"] } else { &write["Key"] };
        let target = format!("{} {} {}", write["TableName"], of["id"], of["at"]);
        if !targets.contains(&target) {
            targets.push(target);
            parts.push(json!({member: write}));
        }
    }
    let mut request = json!({"TransactItems": parts});
    if rng.bool() {
        request["ClientRequestToken"] = format!("token-{}", rng.u32(..)).into();
    }
    request
}

/// A scalar of a table of cases.
#[derive(Clone, Copy)]
struct Scalar(&'static str, &'static str);

const fn json_text(text: &'static str) -> Scalar {
    Scalar("S", text)
}

const fn json_number(text: &'static str) -> Scalar {
    Scalar("N", text)
}

fn to_value(scalar: Scalar) -> Value {
    json!({scalar.0: scalar.1})
}
