//! The move from memory to the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::super::Told;
use super::super::moving::Moving;
use super::super::watch::Watch;
use super::generate::tables;
use super::{NOW, declared};

/// Tables by a clock that the test sets.
struct Clocked {
    moving: Moving,
    watch: Watch,
    now: Arc<AtomicU64>,
}

impl Clocked {
    fn new() -> Self {
        let now = Arc::new(AtomicU64::new(NOW));
        let told = Arc::clone(&now);
        let moving = Moving::new(Arc::new(Told(move || Duration::from_secs(told.load(Ordering::Relaxed)))));
        for (create, time_to_live) in tables() {
            moving.provision(&declared(create, time_to_live)).unwrap();
        }
        Self { moving, watch: Watch::default(), now }
    }

    fn ask(&self, operation: &str, request: &Value) -> (StatusCode, Value) {
        let (status, body) = self.moving.answer(operation, request.to_string().as_bytes(), &self.watch);
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn is_there(&self, id: &str) -> bool {
        let (_, answer) = self.ask("GetItem", &json!({"TableName": "indexed", "Key": {"id": {"S": id}}}));
        answer.get("Item").is_some()
    }

    fn put(&self, id: &str, expires: u64) {
        let item = json!({"id": {"S": id}, "n": {"N": expires.to_string()}, "g": {"S": "g"}});
        assert_eq!(self.ask("PutItem", &json!({"TableName": "indexed", "Item": item})).0, StatusCode::OK);
    }

    fn move_on(&self) {
        let (status, _) = self.ask("DescribeTable", &json!({"TableName": "indexed"}));
        assert_eq!(status, StatusCode::OK);
        assert!(!self.moving.is_in_memory());
    }
}

fn transaction(id: &str, token: &str) -> Value {
    let item = json!({"id": {"S": id}, "x": {"N": "1"}});
    let condition = "attribute_not_exists(id)";
    let put = json!({"TableName": "indexed", "Item": item, "ConditionExpression": condition});
    json!({"TransactItems": [{"Put": put}], "ClientRequestToken": token})
}

#[test]
fn items_expire_before_the_move_and_after_it() {
    for moves in [false, true] {
        let clocked = Clocked::new();
        clocked.put("1", NOW + 60);
        clocked.put("2", NOW + 60_000);
        if moves {
            clocked.move_on();
        }
        clocked.moving.sweep();
        assert!(clocked.is_there("1"));
        clocked.now.store(NOW + 61, Ordering::Relaxed);
        clocked.moving.sweep();
        assert_eq!((clocked.is_there("1"), clocked.is_there("2")), (false, true), "{moves}");
        assert_eq!(clocked.moving.is_in_memory(), !moves);
    }
}

#[test]
fn a_transaction_is_known_by_its_token_before_the_move_and_after_it() {
    for moves in [false, true] {
        let clocked = Clocked::new();
        assert_eq!(clocked.ask("TransactWriteItems", &transaction("1", "a")).0, StatusCode::OK);
        let delete = json!({"TableName": "indexed", "Key": {"id": {"S": "1"}}});
        assert_eq!(clocked.ask("DeleteItem", &delete).0, StatusCode::OK);
        if moves {
            clocked.now.store(NOW + 300, Ordering::Relaxed);
            clocked.move_on();
        }
        clocked.now.store(NOW + 599, Ordering::Relaxed);
        assert_eq!(clocked.ask("TransactWriteItems", &transaction("1", "a")).0, StatusCode::OK);
        assert!(!clocked.is_there("1"), "{moves}");
        let (status, answer) = clocked.ask("TransactWriteItems", &transaction("2", "a"));
        let kind = answer["__type"].as_str().unwrap();
        assert!(
            status == StatusCode::BAD_REQUEST && kind.ends_with("#IdempotentParameterMismatchException"),
            "{answer}"
        );
        clocked.now.store(NOW + 600, Ordering::Relaxed);
        assert_eq!(clocked.ask("TransactWriteItems", &transaction("1", "a")).0, StatusCode::OK);
        assert!(clocked.is_there("1"), "{moves}");
    }
}

#[test]
fn what_is_refused_is_refused_in_the_words_of_the_database() {
    let clocked = Clocked::new();
    let (status, answer) = clocked.ask("GetItem", &json!({"TableName": "nowhere", "Key": {"id": {"S": "1"}}}));
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer["__type"].as_str().unwrap().ends_with("#ResourceNotFoundException"), "{answer}");
    assert!(!clocked.moving.is_in_memory());
}
