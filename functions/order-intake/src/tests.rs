//! Requests and their answers, without Lambda.

use std::collections::BTreeSet;
use std::sync::Arc;

use aqueduct::http::{Answer, Request, Response};
use aqueduct::publish::Sent;
use aqueduct::status::{MemoryStatuses, Statuses as _};
use aqueduct::{Clock, Publisher};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::Intake;

struct Shop {
    intake: Arc<Intake>,
    statuses: Arc<MemoryStatuses>,
    sent: Sent,
}

fn shop() -> Shop {
    let (orders, sent) = Publisher::memory("order-intake");
    let statuses = Arc::new(MemoryStatuses::default());
    let intake = Arc::new(Intake::new(statuses.clone(), orders, Clock::system()));
    Shop { intake, statuses, sent }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        query: query.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect(),
        body: body.as_bytes().to_vec(),
        remaining: None,
    }
}

impl Shop {
    async fn ask(&self, request: Request) -> (Response, Value) {
        let Answer::Whole(response) = Arc::clone(&self.intake).answer(request).await else { panic!("it is streamed") };
        let body = serde_json::from_str(&response.body).unwrap_or(Value::Null);
        (response, body)
    }

    async fn order(&self, key: &str, quantity: i64) -> (Response, Value) {
        let cart = json!({"customer": "ada@example.com", "card": "tok_visa",
            "items": [{"sku": "carafe-1l", "quantity": quantity}]});
        self.ask(request("POST", "/orders", &[("idempotency-key", key)], &cart.to_string())).await
    }
}

#[tokio::test]
async fn an_order_is_accepted_at_once_and_can_be_followed() {
    let shop = shop();
    let (accepted, body) = shop.order("k-1", 2).await;
    assert_eq!(accepted.status_code, 202);
    assert_eq!((&body["step"], &body["total_cents"]), (&json!("received"), &json!(6_800)));
    assert_eq!(accepted.headers["retry-after"], "1");

    let location = &accepted.headers["location"];
    let (found, status) = shop.ask(request("GET", location, &[], "")).await;
    assert_eq!((found.status_code, &status["id"]), (200, &body["id"]));
    assert!(status.get("fingerprint").is_none(), "what is for us alone stays with us");
    let (unchanged, _) = shop.ask(request("GET", location, &[("if-none-match", &found.headers["etag"])], "")).await;
    assert_eq!((unchanged.status_code, unchanged.body.as_str()), (304, ""));

    let (_, report) = shop.ask(request("GET", "/orders?customer=ada@example.com", &[], "")).await;
    assert_eq!(report["orders"][0]["id"], body["id"]);
    let sent = shop.sent.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].header.kind, "PlaceOrder");
    assert_eq!(sent[0].header.group.as_deref(), Some("ada@example.com"));
}

#[tokio::test]
async fn the_same_request_again_is_the_same_order() {
    let shop = shop();
    let (_, first) = shop.order("k-1", 2).await;
    let (again, second) = shop.order("k-1", 2).await;
    assert_eq!((again.status_code, &first["id"]), (202, &second["id"]));
    let sent = shop.sent.messages();
    assert!(
        sent.iter().all(|message| message.header.key == sent[0].header.key),
        "it has one key however often it is sent"
    );

    let (reused, problem) = shop.order("k-1", 3).await;
    assert_eq!((reused.status_code, &problem["type"]), (422, &json!("/problems/idempotency-key-reused")));
    assert_eq!(problem["instance"], "/orders");
}

#[tokio::test]
async fn an_order_is_followed_by_events_at_a_path_of_its_own_or_by_their_media_type() {
    let shop = shop();
    let (accepted, body) = shop.order("k-1", 2).await;
    let location = accepted.headers["location"].clone();
    shop.statuses.advance(body["id"].as_str().unwrap(), orders::dispatched()).await.unwrap();
    let events = format!("{location}/events");
    for (path, headers) in [(&events, &[][..]), (&location, &[("accept", "text/event-stream")][..])] {
        let answer = Arc::clone(&shop.intake).answer(request("GET", path, headers, "")).await;
        let Answer::Streamed(streamed) = answer else { panic!("{path} is not streamed: {answer:?}") };
        let text = streamed.pieces.collect::<String>().await;
        assert!(text.contains("id: 2\ndata: {") && text.contains(r#""step":"dispatched""#), "{path}: {text}");
        let (head, _) = shop.ask(request("HEAD", path, headers, "")).await;
        assert_eq!((head.status_code, head.headers["content-type"].as_str()), (200, "text/event-stream"));
    }
    let (finished, _) = shop.ask(request("GET", &events, &[("last-event-id", "2")], "")).await;
    assert_eq!(finished.status_code, 204);
    let (refused, _) = shop.ask(request("POST", &events, &[], "")).await;
    assert_eq!((refused.status_code, refused.headers["allow"].as_str()), (405, "GET, HEAD"));
    let (unknown, problem) = shop.ask(request("GET", "/orders/ord_0/events", &[], "")).await;
    assert_eq!((unknown.status_code, &problem["instance"]), (404, &json!("/orders/ord_0/events")));
}

#[tokio::test]
async fn an_order_that_could_not_be_sent_is_sent_by_the_next_try() {
    let shop = shop();
    shop.sent.refuse(Some("the queue is away"));
    let (refused, problem) = shop.order("k-1", 1).await;
    assert_eq!((refused.status_code, &problem["instance"]), (503, &json!("/orders")));
    assert!(refused.headers.contains_key("retry-after"));
    shop.sent.refuse(None);
    assert_eq!(shop.order("k-1", 1).await.0.status_code, 202);
    assert_eq!(shop.sent.messages().len(), 1);
}

#[tokio::test]
async fn an_order_that_nobody_sent_asks_to_be_sent_again_and_then_is() {
    let shop = shop();
    shop.sent.refuse(Some("the queue is away"));
    assert_eq!(shop.order("k-1", 1).await.0.status_code, 503);
    shop.sent.refuse(None);
    let id = shop.statuses.of_owner("ada@example.com", 1).await.unwrap().remove(0).id;
    let read = async || shop.ask(request("GET", &format!("/orders/{id}"), &[], "")).await.1;
    shop.statuses.advance(&id, orders::unsent()).await.unwrap();
    let told = read().await;
    assert_eq!((&told["state"], &told["step"]), (&json!("in_progress"), &json!("unsent")));
    assert!(told["next_action"].as_str().unwrap().contains("send it again"), "{told}");
    let (again, body) = shop.order("k-1", 1).await;
    assert_eq!((again.status_code, &body["step"], &body["next_action"]), (202, &json!("received"), &Value::Null));
    assert_eq!((shop.sent.messages().len(), &read().await["step"]), (1, &json!("received")));
    assert_eq!(shop.order("k-1", 1).await.0.status_code, 202);
    assert_eq!(shop.sent.messages().len(), 1, "what was sent is not sent once more");
}

#[tokio::test]
async fn bad_requests_get_problems_and_change_nothing() {
    let shop = shop();
    let order = |body: &str| request("POST", "/orders", &[], body);
    let negative = r#"{"customer":"ada@example.com","card":"tok_visa","items":[{"sku":"carafe-1l","quantity":-1}]}"#;
    let huge = "x".repeat(10 * 1024 * 1024);
    let cases = [
        (order("{"), 400, "malformed-order"),
        (order("[]"), 400, "malformed-order"),
        (order(r#"{"customer":"a","items":[],"card":"c","coupon":1}"#), 400, "malformed-order"),
        (order(negative), 422, "invalid-order"),
        (order(&huge), 413, "too-large"),
        (request("POST", "/orders", &[("idempotency-key", &"k".repeat(201))], negative), 422, "invalid-order"),
        (request("DELETE", "/orders", &[], ""), 405, "method-not-allowed"),
        (request("POST", "/", &[], ""), 405, "method-not-allowed"),
        (request("GET", "/orders", &[], ""), 400, "customer-missing"),
        (request("GET", "/orders/ord_0", &[], ""), 404, "not-found"),
        (request("GET", "/admin.php", &[], ""), 404, "not-found"),
    ];
    for (request, status, kind) in cases {
        let asked = format!("{} {}", request.method, request.path);
        let (response, problem) = shop.ask(request).await;
        assert_eq!(response.status_code, status, "{asked}: {problem}");
        assert_eq!(response.headers["content-type"], "application/problem+json", "{asked}");
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{asked}");
        assert_eq!(problem["instance"], asked.split_once(' ').unwrap().1, "{asked}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{asked}: {problem}");
    }
    assert!(shop.sent.messages().is_empty());
    assert!(shop.statuses.of_owner("ada@example.com", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn mistakes_are_told_where_they_are() {
    let body = json!({"customer": "ada", "card": "tok_visa", "items": [{"sku": "carafe-1l", "quantity": 0}]});
    let (_, problem) = shop().ask(request("POST", "/orders", &[], &body.to_string())).await;
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/customer", "/items/0/quantity"]);
}

#[tokio::test]
async fn the_page_and_its_files_are_served_under_a_strict_policy() {
    let shop = shop();
    for path in ["/", "/shop.css", "/shop.js", "/catalogue"] {
        let (page, _) = shop.ask(request("GET", path, &[], "")).await;
        assert_eq!(page.status_code, 200, "{path}");
        assert!(page.headers["content-security-policy"].contains("default-src 'self'"), "{path}");
        let (head, _) = shop.ask(request("HEAD", path, &[], "")).await;
        assert_eq!((head.status_code, head.body.as_str()), (200, ""), "{path}");
    }
    let (page, _) = shop.ask(request("GET", "/", &[], "")).await;
    let named: BTreeSet<&str> = page.body.split('"').filter(|text| text.ends_with(".js")).collect();
    assert!(!named.is_empty());
    for file in named {
        let (script, _) = shop.ask(request("GET", &format!("/{file}"), &[], "")).await;
        assert_eq!(script.status_code, 200, "the page names {file}, and it is not served");
    }
}
