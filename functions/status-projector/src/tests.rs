//! Last steps and stalled orders, without Lambda.

use std::sync::Arc;

use aqueduct::status::{MemoryStatuses, State, Status, Statuses as _};
use aqueduct::{Clock, Draft, Handler as _, Message, Payload, Tick};
use jiff::Timestamp;
use orders::OrderDispatched;

use crate::{Projector, sweep};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn clock(now: i64) -> Clock {
    Clock::new(move || at(now), String::new)
}

fn message<T: Payload>(data: T) -> Message<T> {
    Draft::from(data).into_message("m-1", "test", at(0))
}

async fn statuses(clock: &Clock) -> Arc<MemoryStatuses> {
    let statuses = Arc::new(MemoryStatuses::new(clock.clone()));
    for (id, created) in [("ord_old", 0), ("ord_new", 100)] {
        let received = Status::new(id, "ada@example.com", &orders::received(), at(created));
        statuses.open(received).await.unwrap();
    }
    statuses
}

#[tokio::test]
async fn a_dispatched_order_is_done() {
    let statuses = statuses(&clock(10)).await;
    let projector = Projector { statuses: statuses.clone() };
    let dispatched = OrderDispatched { order: "ord_old".to_owned(), customer: "ada@example.com".to_owned() };
    projector.handle(message(dispatched)).await.unwrap();
    let status = statuses.find("ord_old").await.unwrap().unwrap();
    assert_eq!((status.state, status.step.as_str()), (State::Done, "dispatched"));
}

#[tokio::test]
async fn an_order_that_stands_still_is_marked_and_a_fresh_one_is_not() {
    let clock = clock(120);
    let statuses = statuses(&clock).await;
    let sweep = sweep(statuses.clone()).clock(clock);
    sweep.handle(message(Tick {})).await.unwrap();
    let (old, new) =
        (statuses.find("ord_old").await.unwrap().unwrap(), statuses.find("ord_new").await.unwrap().unwrap());
    assert!(old.delayed && old.message.contains("safe"), "{old:?}");
    assert!(!new.delayed);
    sweep.handle(message(Tick {})).await.unwrap();
    assert_eq!(statuses.find("ord_old").await.unwrap().unwrap().version, old.version, "it is told once");
}

#[tokio::test]
async fn an_order_that_was_recorded_and_never_sent_is_not_said_to_be_tried() {
    let clock = clock(7_200);
    let statuses = Arc::new(MemoryStatuses::new(clock.clone()));
    let received = Status::new("ord_old", "ada@example.com", &orders::received(), at(0));
    statuses.open(Status { unsent: true, ..received }).await.unwrap();
    sweep(statuses.clone()).clock(clock).handle(message(Tick {})).await.unwrap();
    let status = statuses.find("ord_old").await.unwrap().unwrap();
    assert_eq!((status.step.as_str(), status.state), ("unsent", State::InProgress));
    assert!(!status.message.contains("safe") && !status.delayed, "{status:?}");
    assert!(status.next_action.unwrap().contains("send it again"));
}
