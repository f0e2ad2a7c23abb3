//! Operations and their requests by chance.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::{Value, json};

use super::expressions::Placeholders;
use super::{item, key, number, one};

fn table(rng: &mut Rng) -> &'static str {
    one(rng, &["indexed", "indexed", "sorted", "binary"])
}

/// An operation and its request.
pub(in super::super) fn request(rng: &mut Rng) -> (&'static str, Value) {
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
            &(Some("by-local"), ("id", json_text("1")), "n"),
        ],
    );
    let name = if hash.0 == "id" { "sorted" } else { "indexed" };
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
