//! Fulfilment, without Lambda.

use std::sync::Arc;

use aqueduct::status::{MemoryStatuses, Status, Statuses as _};
use aqueduct::{Draft, Failure, Handler as _, Message, Outcome, Publisher};
use jiff::Timestamp;
use orders::{Cents, Line, OrderConfirmed};

use crate::{Fulfilment, Warehouse};

/// A warehouse that holds ten of everything.
#[derive(Debug)]
struct TenOfEach;

impl Warehouse for TenOfEach {
    async fn reserve(&self, _: &str, lines: &[Line]) -> Result<(), Failure> {
        match lines.iter().find(|line| line.quantity > 10) {
            None => Ok(()),
            Some(line) => Err(Failure::retry(format!("too little of {}", line.sku))),
        }
    }
}

fn confirmed(quantity: i64) -> Message<OrderConfirmed> {
    let data = OrderConfirmed {
        order: "ord_1".to_owned(),
        customer: "ada@example.com".to_owned(),
        items: vec![Line { sku: "carafe-1l".to_owned(), quantity }],
        total_cents: Cents(3_400),
        receipt: "rcpt_1".to_owned(),
    };
    Draft::from(data).into_message("m-1", "order-processor", Timestamp::UNIX_EPOCH)
}

async fn statuses() -> Arc<MemoryStatuses> {
    let statuses = MemoryStatuses::default();
    let received = Status::new("ord_1", "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
    statuses.open(received).await.unwrap();
    Arc::new(statuses)
}

#[tokio::test]
async fn goods_are_set_aside_and_the_dispatch_is_announced() {
    let (commerce, events) = Publisher::memory("order-fulfilment");
    let statuses = statuses().await;
    let fulfilment = Fulfilment { warehouse: TenOfEach, statuses: statuses.clone(), commerce };
    fulfilment.handle(confirmed(10)).await.unwrap();
    assert_eq!(statuses.find("ord_1").await.unwrap().unwrap().step, "reserved");
    assert_eq!(events.messages()[0].header.kind, "OrderDispatched");
    assert_eq!(events.messages()[0].header.source, "order-fulfilment");
}

#[tokio::test]
async fn too_little_stock_is_no_reason_to_give_up() {
    let (commerce, events) = Publisher::memory("order-fulfilment");
    let fulfilment = Fulfilment { warehouse: TenOfEach, statuses: statuses().await, commerce };
    let failure = fulfilment.handle(confirmed(11)).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Retry { .. }), "{failure:?}");
    assert!(events.messages().is_empty());
}
