//! Messages that can never have their effect.

use aqueduct::aws::sqs::types::SendMessageBatchRequestEntry;
use serde_json::{Value, json};

use crate::support::{Stack, customer};

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_order_goes_to_its_dead_letter_queue_with_the_reason_and_its_customer_is_told() {
    let stack = Stack::orders().await;
    let shop = stack.shop();
    // The payment provider is away, so the order is still under way when its poisoned twin comes.
    let order = shop.place(&customer("poison"), "tok_outage").await;
    let poison = json!({
        "specversion": "1.0", "id": "m-1", "type": "PlaceOrder", "source": "elsewhere", "subject": order,
        "data": {"order": order, "items": "not a list"},
    });
    stack.send("OrdersQueue", &poison).await;
    let status = shop.reaches(&order, "rejected").await;
    assert_eq!(status["state"], "failed");
    assert!(status["message"].as_str().unwrap().contains("A person is looking into it"), "{status}");
    let dead = stack.find("OrdersDlq", &order).await;
    assert_eq!(dead.body.as_deref(), Some(poison.to_string().as_str()), "it is unchanged");
    let attributes = dead.message_attributes.unwrap();
    let reason = attributes["rejected.reason"].string_value().unwrap();
    assert!(reason.contains("the data of PlaceOrder does not fit"), "{reason}");
    stack.end().await;
}

/// One batch: two orders that go well, one that has to wait, and one that is no JSON.
#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_a_batch_fails_alone() {
    let stack = Stack::orders().await;
    let (shop, customer) = (stack.shop(), customer("batch"));
    let mut orders = Vec::new();
    for card in ["tok_visa", "tok_outage", "tok_visa"] {
        orders.push((shop.place(&customer, card).await, card));
    }
    let marker = format!("no JSON {customer}");
    let entries: Vec<_> = orders
        .iter()
        .map(|(order, card)| again(order, &customer, card).to_string())
        .chain([marker.clone()])
        .enumerate()
        .map(|(index, body)| {
            SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body).build().unwrap()
        })
        .collect();
    let request = stack.sqs().await.send_message_batch().queue_url(stack.resource("OrdersQueue"));
    assert_eq!(request.set_entries(Some(entries)).send().await.unwrap().successful().len(), 4);
    let dead = stack.find("OrdersDlq", &marker).await;
    let reason = dead.message_attributes.unwrap()["rejected.reason"].string_value().unwrap().to_owned();
    assert!(reason.starts_with("the body is not JSON"), "{reason}");
    for (order, _) in &orders {
        shop.reaches(order, "dispatched").await;
    }
    stack.end().await;
}

fn again(order: &str, customer: &str, card: &str) -> Value {
    json!({
        "specversion": "1.0", "id": "m-3", "type": "PlaceOrder", "source": "order-intake", "subject": order,
        "idempotencykey": order,
        "data": {"order": order, "customer": customer, "card": card, "total_cents": 3_400,
            "items": [{"sku": "carafe-1l", "quantity": 1}]},
    })
}
