//! Who watches a table is told the same, wherever the table is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::super::DynamoDb;
use super::{NOW, declared};

/// Requests one after the other, each with the ids and the values of `n` that are told of it.
fn requests() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let item = |id: &str, n: &str| json!({"id": {"S": id}, "n": {"N": n}});
    let put = |id: &str, n: &str| json!({"TableName": "watched", "Item": item(id, n)});
    let update = |id: &str, set: &str, n: &str| {
        json!({
            "TableName": "watched", "Key": {"id": {"S": id}},
            "UpdateExpression": set, "ExpressionAttributeValues": {":n": {"N": n}},
        })
    };
    let condition = |mut request: Value, condition: &str| {
        request["ConditionExpression"] = json!(condition);
        request
    };
    let transaction = json!({
        "ClientRequestToken": "once",
        "TransactItems": [{"Put": put("c", "1")}, {"Update": update("a", "SET n = n + :n", "1")}],
    });
    let batch = json!({"RequestItems": {
        "watched": [{"PutRequest": {"Item": item("d", "1")}}, {"DeleteRequest": {"Key": {"id": {"S": "b"}}}}],
        "other": [{"PutRequest": {"Item": item("e", "1")}}],
    }});
    vec![
        ("PutItem", put("a", "1"), &["a 1"]),
        ("PutItem", put("a", "1"), &[]),
        ("PutItem", condition(put("a", "5"), "attribute_not_exists(id)"), &[]),
        ("UpdateItem", update("a", "SET n = :n", "2"), &["a 2"]),
        ("UpdateItem", update("a", "SET n = :n", "2"), &[]),
        ("UpdateItem", update("b", "ADD n :n", "7"), &["b 7"]),
        ("TransactWriteItems", transaction.clone(), &["c 1", "a 3"]),
        ("TransactWriteItems", transaction, &[]),
        ("BatchWriteItem", batch, &["d 1"]),
        ("DeleteItem", json!({"TableName": "watched", "Key": {"id": {"S": "a"}}}), &[]),
        ("GetItem", json!({"TableName": "watched", "Key": {"id": {"S": "c"}}}), &[]),
    ]
}

fn in_memory() -> DynamoDb {
    DynamoDb::with_clock(|| Duration::from_secs(NOW))
}

fn ask(dynamodb: &DynamoDb, operation: &str, request: &Value) -> StatusCode {
    let target = format!("DynamoDB_20120810.{operation}");
    let (parts, ()) = Request::post("/").header("x-amz-target", target).body(()).unwrap().into_parts();
    dynamodb.answer(&parts, request.to_string().as_bytes()).status()
}

fn watched(dynamodb: &DynamoDb) -> Arc<Mutex<Vec<String>>> {
    let table = |name: &str| {
        let create = json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        declared(create, None)
    };
    dynamodb.provision(&["watched", "other"].map(table)).unwrap();
    let told = Arc::<Mutex<Vec<String>>>::default();
    let to = Arc::clone(&told);
    dynamodb.on_item("watched", move |item| {
        let text = |name: &str, kind: &str| item[name][kind].as_str().unwrap().to_owned();
        to.lock().unwrap().push(format!("{} {}", text("id", "S"), text("n", "N")));
    });
    told
}

#[test]
fn what_a_request_changes_is_told_once() {
    let engines = [("memory", in_memory()), ("moved", in_memory()), ("engine", DynamoDb::new(None))];
    for (engine, dynamodb) in engines {
        let told = watched(&dynamodb);
        if engine == "moved" {
            ask(&dynamodb, "DescribeTable", &json!({"TableName": "watched"}));
        }
        for (nth, (operation, request, expected)) in requests().iter().enumerate() {
            ask(&dynamodb, operation, request);
            assert_eq!(std::mem::take(&mut *told.lock().unwrap()), *expected, "{engine}: request {nth}, {operation}");
        }
        assert_eq!(dynamodb.is_in_memory(), engine == "memory");
    }
}

#[test]
fn the_request_that_moves_the_tables_is_told_too() {
    let dynamodb = in_memory();
    let told = watched(&dynamodb);
    let set =
        json!({"TableName": "watched", "Key": {"id": {"S": "a"}}, "AttributeUpdates": {"n": {"Value": {"N": "4"}}}});
    assert_eq!(ask(&dynamodb, "UpdateItem", &set), StatusCode::OK);
    assert!(!dynamodb.is_in_memory());
    assert_eq!(*told.lock().unwrap(), ["a 4"]);
}
