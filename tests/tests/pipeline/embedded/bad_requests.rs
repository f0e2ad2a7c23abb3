//! Bad HTTP input gets a problem and changes nothing.

use hyper::Method;
use hyper::body::Bytes;

use super::ORDERS;
use crate::support::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_problems_and_change_nothing() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    let negative = r#"{"customer":"ada@example.com","card":"tok_visa","items":[{"sku":"carafe-1l","quantity":-3}]}"#;
    let huge = Bytes::from(vec![b'x'; 10 * 1024 * 1024]);
    let large = Bytes::from(vec![b' '; 100 * 1024]);
    let cases: [(Method, &str, Bytes, u16); 7] = [
        (Method::POST, "/orders", Bytes::from_static(b"{\"customer\":"), 400),
        (Method::POST, "/orders", Bytes::from_static(b"\xff\xfe"), 400),
        (Method::POST, "/orders", Bytes::from(negative), 422),
        (Method::POST, "/orders", large, 413),
        (Method::POST, "/orders", huge, 413),
        (Method::GET, "/.env", Bytes::new(), 404),
        (Method::DELETE, "/orders/ord_1", Bytes::new(), 405),
    ];
    for (method, path, body, status) in cases {
        let asked = format!("{method} {path} with {} bytes", body.len());
        let answer = shop.ask(method, path, &[("content-type", "application/json")], body).await;
        assert_eq!(answer.status, status, "{asked}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{asked}");
        assert_eq!(answer.body["status"], status, "{asked}");
        assert!(answer.body["title"].is_string() && answer.body["detail"].is_string(), "{asked}: {}", answer.body);
    }
    assert!(shop.get("/orders?customer=ada@example.com").await.body["orders"].as_array().unwrap().is_empty());
    assert_eq!(stack.count("OrdersQueue").await, 0);
    stack.end().await;
}
