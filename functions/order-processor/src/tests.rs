//! Payments, without Lambda.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aqueduct::idempotency::{Idempotency, MemoryClaims};
use aqueduct::publish::Sent;
use aqueduct::status::{MemoryStatuses, State, Status, Statuses as _};
use aqueduct::{Clock, Draft, Failure, Handler as _, Message, Outcome, Publisher};
use jiff::Timestamp;
use orders::{Card, Cents, Line, PlaceOrder};

use crate::{Charge, OrderProcessor, Payment, PaymentGateway, SandboxGateway};

/// Counts charges on their way to the sandbox.
#[derive(Debug)]
struct Counted {
    sandbox: SandboxGateway,
    charges: Arc<AtomicU32>,
}

impl PaymentGateway for Counted {
    async fn charge(&self, charge: Charge) -> Result<Payment, Failure> {
        self.charges.fetch_add(1, Ordering::Relaxed);
        self.sandbox.charge(charge).await
    }
}

struct Bench {
    processor: OrderProcessor<Counted>,
    statuses: Arc<MemoryStatuses>,
    events: Sent,
    ledger: Sent,
    charges: Arc<AtomicU32>,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

async fn bench() -> Bench {
    let clock = Clock::new(now, || "token".to_owned());
    let statuses = Arc::new(MemoryStatuses::new(clock.clone()));
    let received = Status::new("ord_1", "ada@example.com", &orders::received(), now());
    statuses.open(received).await.unwrap();
    let charges = Arc::new(AtomicU32::new(0));
    let (to_topic, events) = Publisher::memory("order-processor");
    let (to_ledger, ledger) = Publisher::memory("order-processor");
    let processor = OrderProcessor {
        gateway: Counted { sandbox: SandboxGateway::new(clock.clone()), charges: charges.clone() },
        once: Idempotency::new(MemoryClaims::default()).clock(clock).to("events", to_topic).to("ledger", to_ledger),
        statuses: statuses.clone(),
    };
    Bench { processor, statuses, events, ledger, charges }
}

fn order(card: &str) -> Message<PlaceOrder> {
    let data = PlaceOrder {
        order: "ord_1".to_owned(),
        customer: "ada@example.com".to_owned(),
        items: vec![Line { sku: "carafe-1l".to_owned(), quantity: 1 }],
        card: Card(card.to_owned()),
        total_cents: Cents(3_400),
    };
    Draft::from(data).into_message("m-1", "order-intake", now())
}

#[tokio::test]
async fn a_paid_order_is_confirmed_and_booked() {
    let bench = bench().await;
    bench.processor.handle(order("tok_visa")).await.unwrap();
    let status = bench.statuses.find("ord_1").await.unwrap().unwrap();
    assert_eq!(status.step, "confirmed");
    let events = bench.events.messages();
    assert_eq!(events[0].header.kind, "OrderConfirmed");
    assert_eq!(events[0].header.causation_id.as_deref(), Some("m-1"));
    let keys: Vec<_> = bench.ledger.messages().into_iter().filter_map(|entry| entry.header.key).collect();
    assert_eq!(keys, ["ord_1/invoice", "ord_1/payment"], "in this order");
}

#[tokio::test]
async fn a_duplicate_charges_once_and_announces_again() {
    let bench = bench().await;
    bench.processor.handle(order("tok_visa")).await.unwrap();
    bench.processor.handle(order("tok_visa")).await.unwrap();
    assert_eq!(bench.charges.load(Ordering::Relaxed), 1);
    let (events, entries) = (bench.events.messages(), bench.ledger.messages());
    assert_eq!((events.len(), entries.len()), (2, 4));
    assert_eq!(events[0], events[1], "the same message, so that nobody acts on it twice");
    assert_eq!(entries[..2], entries[2..], "in the same order");
}

#[tokio::test]
async fn an_order_that_came_before_with_another_price_is_not_charged() {
    let bench = bench().await;
    bench.processor.handle(order("tok_visa")).await.unwrap();
    let mut dearer = order("tok_visa");
    dearer.data.total_cents = Cents(340_000);
    let failure = bench.processor.handle(dearer).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Reject { reason } if reason.kind == "KeyReused"), "{failure:?}");
    assert_eq!((bench.charges.load(Ordering::Relaxed), bench.events.messages().len()), (1, 1));
}

#[tokio::test]
async fn an_announcement_that_failed_is_made_good_without_a_second_charge() {
    let bench = bench().await;
    bench.events.refuse(Some("the topic is away"));
    assert!(bench.processor.handle(order("tok_visa")).await.is_err());
    bench.events.refuse(None);
    bench.processor.handle(order("tok_visa")).await.unwrap();
    assert_eq!((bench.charges.load(Ordering::Relaxed), bench.events.messages().len()), (1, 1));
}

#[tokio::test]
async fn a_declined_order_ends_in_plain_words() {
    let bench = bench().await;
    bench.processor.handle(order("tok_declined")).await.unwrap();
    let status = bench.statuses.find("ord_1").await.unwrap().unwrap();
    assert_eq!((status.state, status.step.as_str()), (State::Failed, "declined"));
    assert!(status.message.contains("Nothing was charged"), "{}", status.message);
    assert_eq!(bench.events.messages()[0].header.kind, "OrderDeclined");
    assert!(bench.ledger.messages().is_empty());
}

#[tokio::test]
async fn while_the_provider_is_away_the_order_waits() {
    let bench = bench().await;
    let failure = bench.processor.handle(order("tok_outage")).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Retry { .. }), "{failure:?}");
    assert!(bench.events.messages().is_empty());
}

#[tokio::test]
async fn an_order_without_items_is_rejected() {
    let mut order = order("tok_visa");
    order.data.items.clear();
    let failure = bench().await.processor.handle(order).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Reject { .. }), "{failure:?}");
}
