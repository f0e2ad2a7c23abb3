//! A consumer is switched off, and on again.

use serde_json::json;

use crate::support::{Stack, customer, exclusive};

#[tokio::test(flavor = "multi_thread")]
async fn orders_wait_while_the_processor_is_off_and_are_finished_when_it_is_back() {
    let _alone = exclusive().await;
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("outage"));
    stack.set_mapping_enabled("OrderProcessor", false).await;
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(shop.place(&customer, "tok_visa").await);
    }
    for order in &orders {
        let status = shop.status(order).await;
        assert_eq!((&status["state"], &status["step"]), (&json!("in_progress"), &json!("received")), "{order} waits");
    }
    stack.set_mapping_enabled("OrderProcessor", true).await;
    for order in &orders {
        shop.reaches(order, "dispatched").await;
    }
    stack.end().await;
}
