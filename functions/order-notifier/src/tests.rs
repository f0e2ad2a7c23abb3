//! What customers are told, without Lambda.

use std::sync::Arc;

use aqueduct::status::{MemoryStatuses, Status, Statuses as _};
use aqueduct::{Draft, Handler as _, Message, Payload};
use jiff::Timestamp;
use orders::{Cents, OrderConfirmed, OrderDeclined};

use crate::Notifier;

fn message<T: Payload>(data: T) -> Message<T> {
    Draft::from(data).into_message("m-1", "order-processor", Timestamp::UNIX_EPOCH)
}

async fn told(notifier: &Notifier) -> Vec<String> {
    let status = notifier.statuses.find("ord_1").await.unwrap().unwrap();
    status.notifications.into_iter().map(|notification| notification.message).collect()
}

async fn notifier() -> Notifier {
    let statuses = MemoryStatuses::default();
    let received = Status::new("ord_1", "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
    statuses.open(received).await.unwrap();
    Notifier { statuses: Arc::new(statuses) }
}

#[tokio::test]
async fn a_duplicate_tells_nobody_twice() {
    let notifier = notifier().await;
    let confirmed = OrderConfirmed {
        order: "ord_1".to_owned(),
        customer: "ada@example.com".to_owned(),
        items: Vec::new(),
        total_cents: Cents(3_400),
        receipt: "rcpt_1".to_owned(),
    };
    for _ in 0..2 {
        notifier.handle(message(confirmed.clone())).await.unwrap();
    }
    assert_eq!(told(&notifier).await, ["Thank you. We received EUR 34.00 (receipt rcpt_1)."]);
}

#[tokio::test]
async fn a_declined_customer_learns_that_nothing_was_charged() {
    let notifier = notifier().await;
    let declined = OrderDeclined {
        order: "ord_1".to_owned(),
        customer: "ada@example.com".to_owned(),
        reason: "the card was declined".to_owned(),
    };
    notifier.handle(message(declined)).await.unwrap();
    assert_eq!(told(&notifier).await, ["Your order was not placed: the card was declined. Nothing was charged."]);
}
