//! Orders from the shop to their end.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Stack, customer, eventually};

/// The steps that an order has taken, in the alphabet's order: those of different functions may overtake each other.
fn steps(status: &Value) -> Vec<&str> {
    let mut steps: Vec<_> =
        status["steps"].as_array().unwrap().iter().map(|taken| taken["step"].as_str().unwrap()).collect();
    steps.sort_unstable();
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_the_cart_to_its_dispatch() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("dispatch"));
    let order = shop.place(&customer, "tok_visa").await;
    let status = shop.reaches(&order, "dispatched").await;
    assert_eq!((&status["state"], &status["delayed"]), (&json!("done"), &json!(false)));
    let told = shop.told(&order).await;
    assert!(told.starts_with("Thank you. We received EUR 34.00"), "{told}");
    eventually("all steps in the history", async || {
        let status = shop.status(&order).await;
        (steps(&status) == ["confirmed", "dispatched", "received", "reserved"]).then_some(())
    })
    .await;
    stack.has_ledger(&customer, &[format!("{order}/invoice"), format!("{order}/payment")]).await;
    stack.end().await;
}

/// It is too large to travel in its message, and waits in the bucket.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_three_hundred_lines_goes_from_the_cart_to_its_dispatch() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("bulk"));
    let before = stack.objects("PayloadsBucket", orders::LARGE_ORDERS).await;
    let order = shop.place_lines(&customer, "tok_visa", 300).await;
    shop.reaches(&order, "dispatched").await;
    let told = shop.told(&order).await;
    assert!(told.starts_with("Thank you. We received EUR 10200.00"), "{told}");
    let mut stored = stack.objects("PayloadsBucket", orders::LARGE_ORDERS).await;
    stored.retain(|key, _| !before.contains_key(key));
    let sizes: Vec<_> = stored.into_values().collect();
    assert!(matches!(sizes[..], [size] if usize::try_from(size).unwrap() > orders::LARGE_ORDER_BYTES), "{sizes:?}");
    stack.end().await;
}

/// Where nothing can be streamed, the same events come when there are no more.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_followed_by_its_events() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("events"));
    let order = shop.place(&customer, "tok_visa").await;
    let told = shop.events(&order, |status| status["state"] != "in_progress").await;
    let last = told.last().unwrap();
    assert_eq!((&last["step"], &last["place"]), (&json!("dispatched"), &json!({"number": 4, "of": 4})), "{last}");
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_and_the_report_answer_over_http() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("report"));
    let order = shop.place(&customer, "tok_visa").await;
    shop.reaches(&order, "dispatched").await;
    shop.told(&order).await;
    let path = format!("/orders/{order}");
    eventually("an unchanged status", async || {
        let status = shop.get(&path).await;
        let tag = status.header("etag").to_owned();
        let unchanged = shop.ask(Method::GET, &path, &[("if-none-match", &tag)], "").await;
        (unchanged.status == 304).then_some(())
    })
    .await;
    let report = shop.get(&format!("/orders?customer={customer}")).await;
    assert_eq!(report.body["orders"].as_array().unwrap().len(), 1);
    assert_eq!(report.body["orders"][0]["id"], order);
    let nobody = shop.get("/orders/ord_0").await;
    assert_eq!((nobody.status, nobody.header("content-type")), (404, "application/problem+json"));
    stack.end().await;
}

/// The filter policy keeps what the warehouse need not know from its queue.
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_order_ends_in_plain_words_and_moves_no_goods() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("declined"));
    let order = shop.place(&customer, "tok_declined").await;
    let status = shop.reaches(&order, "declined").await;
    assert_eq!(status["state"], "failed");
    assert!(status["message"].as_str().unwrap().contains("Nothing was charged"), "{status}");
    assert!(status["next_action"].as_str().unwrap().contains("another card"), "{status}");
    shop.told(&order).await;
    // An order that is placed later and has been dispatched shows that the topic has handed on what came before it.
    let later = shop.place(&customer, "tok_visa").await;
    shop.reaches(&later, "dispatched").await;
    assert_eq!(steps(&shop.status(&order).await), ["declined", "received"]);
    stack.has_ledger(&customer, &[format!("{later}/invoice"), format!("{later}/payment")]).await;
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_delivery_has_its_effect_once() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("duplicate"));
    let order = shop.place(&customer, "tok_visa").await;
    shop.reaches(&order, "dispatched").await;
    let duplicate = json!({
        "specversion": "1.0", "id": "m-2", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": customer, "card": "tok_visa", "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    });
    stack.send("OrdersQueue", &duplicate).await;
    // The same group, so that this order shows when the duplicate has been through.
    let later = shop.place(&customer, "tok_visa").await;
    shop.reaches(&later, "dispatched").await;
    let entries = [&order, &later].map(|order| [format!("{order}/invoice"), format!("{order}/payment")]).concat();
    stack.has_ledger(&customer, &entries).await;
    assert_eq!(shop.status(&order).await["notifications"].as_array().unwrap().len(), 1);
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_order() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("twice"));
    let body = json!({"customer": customer, "card": "tok_visa", "items": [{"sku": "sponge-sea", "quantity": 2}]});
    let headers = [("content-type", "application/json"), ("idempotency-key", "2f1c")];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = shop.ask(Method::POST, "/orders", &headers, body.to_string()).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        ids.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    shop.reaches(&ids[0], "dispatched").await;
    let report = shop.get(&format!("/orders?customer={customer}")).await;
    assert_eq!(report.body["orders"].as_array().unwrap().len(), 1);
    stack.end().await;
}
