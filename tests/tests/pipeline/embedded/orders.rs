//! What only somebody who watches from inside can see.

use aqueduct::aws::dynamodb::types::AttributeValue;
use serde_json::json;

use super::ORDERS;
use crate::support::{Stack, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_provider_that_is_away_delays_the_order_and_no_more() {
    let stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_outage").await;
    let delayed = eventually("the order to be called delayed", async || {
        let status = shop.status(&order).await;
        (status["delayed"] == true).then_some(status)
    })
    .await;
    assert_eq!(delayed["state"], "in_progress");
    assert!(delayed["message"].as_str().unwrap().contains("Your order is safe"), "{delayed}");
    let status = shop.reaches(&order, "dispatched").await;
    assert_eq!(status["delayed"], false);
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_delivery_charges_once() {
    let mut stack = Stack::embedded(ORDERS).await;
    let shop = stack.shop();
    let order = shop.place("ada@example.com", "tok_visa").await;
    shop.reaches(&order, "dispatched").await;
    let place = json!({
        "specversion": "1.0", "id": "m-2", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": "ada@example.com", "card": "tok_visa", "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    });
    let sqs = stack.sqs().await;
    sqs.send_message().queue_url(stack.resource("OrdersQueue")).message_body(place.to_string()).send().await.unwrap();
    eventually("the duplicate to be worked off", async || (stack.count("OrdersQueue").await == 0).then_some(())).await;
    stack.local().idle().await.unwrap();

    let log = stack.log();
    let count = |words: &str| log.iter().filter(|(_, message)| message == words).count();
    assert_eq!(count("payment taken"), 1, "{log:?}");
    assert_eq!(count("stock reserved"), 2, "the announcement was repeated, and set nothing aside twice");
    assert_eq!(stack.ledger("ada@example.com").await.len(), 2);
    let carafes = stack.dynamodb().await.get_item().table_name(stack.resource("StockTable"));
    let carafes =
        carafes.key("id", AttributeValue::S("stock/carafe-1l".to_owned())).send().await.unwrap().item.unwrap();
    assert_eq!(carafes["remaining"].as_n().unwrap(), "4999");
    assert_eq!(shop.status(&order).await["notifications"].as_array().unwrap().len(), 1);
    stack.end().await;
}
