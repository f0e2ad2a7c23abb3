//! Messages brought back: from a dead-letter queue, and from an archive.

use serde_json::json;

use crate::support::{Stack, customer};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_redriven_from_the_dead_letter_queue_is_completed() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("redrive"));
    let order = shop.place(&customer, "tok_outage").await;
    let place = json!({
        "specversion": "1.0", "id": "m-4", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": customer, "card": "tok_visa", "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    });
    stack.send("OrdersDlq", &place).await;
    let (source, destination) = (stack.queue_arn("OrdersDlq").await, stack.queue_arn("OrdersQueue").await);
    let task = stack.sqs().await.start_message_move_task().source_arn(source).destination_arn(destination);
    task.send().await.unwrap();
    shop.reaches(&order, "dispatched").await;
    stack.end().await;
}
