//! No message is lost or doubled on its way through a whole topology, whatever its functions do.
//!
//! Notes say what became of each message. At every look, each queue holds just those that were sent to it and are not
//! deleted, expired or moved on; at rest, every subscriber has each accepted message in exactly one place. A failing run
//! is shrunk, and the script that is printed reproduces it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use aqueduct_services::{MessageAttributeValue, sns};
use aqueduct_testkit::{Ended, Execution, TestCloud, What, failed};
use proptest::prelude::*;
use serde_json::Value;

const TEMPLATE: &str = include_str!("conservation.json");

/// Longer than everything takes that can still happen, and shorter than what a queue keeps.
const REST: Duration = Duration::from_hours(6);

/// What is done to the topology.
#[derive(Clone, Debug)]
enum Op {
    /// Publishes a message of this kind.
    Publish(&'static str),
    /// Puts an event with this detail type.
    Put(&'static str),
    /// Lets seconds pass.
    Pass(u64),
}

/// What a function does with its next event.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Succeed,
    /// Reports every record whose position is in these bits.
    Report(u16),
    Fail,
    TimeOut,
    /// Answers with what no batch response is.
    Malformed,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => prop::sample::select(vec!["order", "quote", "other"]).prop_map(Op::Publish),
        3 => prop::sample::select(vec!["Done", "Started"]).prop_map(Op::Put),
        3 => (0..90_u64).prop_map(Op::Pass),
    ];
    prop::collection::vec(op, 1..60)
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        3 => Just(Turn::Succeed),
        3 => any::<u16>().prop_map(Turn::Report),
        2 => Just(Turn::Fail),
        1 => Just(Turn::TimeOut),
        1 => Just(Turn::Malformed),
    ];
    prop::collection::vec(turn, 1..40)
}

/// The ids of a batch.
fn ids(event: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap();
    let records = event["Records"].as_array().unwrap();
    records.iter().map(|record| record["messageId"].as_str().unwrap_or_default().to_owned()).collect()
}

type Ids = Rc<RefCell<BTreeSet<String>>>;

/// A consumer of batches that plays `turns` over and over, and says which messages it was done with.
fn consumer(turns: Vec<Turn>, done: Ids) -> impl FnMut(&aqueduct_services::lambda::Invocation) -> Execution {
    let mut turns = turns.into_iter().cycle();
    move |invocation| {
        let ids = ids(&invocation.payload);
        let mut took = Duration::from_secs(2);
        let ended = match turns.next().unwrap_or(Turn::Succeed) {
            Turn::Fail => failed("Error", "it broke".to_owned()),
            Turn::Malformed => Ended::Answered(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#.to_owned()),
            Turn::TimeOut => {
                took = Duration::from_mins(1);
                Ended::TimedOut
            }
            turn => {
                let bits = if let Turn::Report(bits) = turn { bits } else { 0 };
                let (failed, succeeded): (Vec<_>, Vec<_>) =
                    ids.into_iter().enumerate().partition(|(index, _)| bits >> (index % 16) & 1 == 1);
                done.borrow_mut().extend(succeeded.into_iter().map(|(_, id)| id));
                let items = failed.into_iter().map(|(_, id)| serde_json::json!({ "itemIdentifier": id }));
                let items: Vec<_> = items.collect();
                Ended::Answered(serde_json::json!({ "batchItemFailures": items }).to_string())
            }
        };
        Execution { ended, took, calls: Vec::new() }
    }
}

/// What the notes say.
#[derive(Default)]
struct Ledger {
    /// The messages that a queue must have.
    live: BTreeMap<String, BTreeSet<String>>,
    /// How many messages were ever sent to a queue.
    sent: BTreeMap<String, usize>,
    deleted: BTreeMap<String, BTreeSet<String>>,
    expired: usize,
    lost: Vec<String>,
}

impl Ledger {
    fn read(&mut self, cloud: &mut TestCloud) {
        for note in cloud.take_notes() {
            let is_queue = cloud.topology().queues.iter().any(|queue| queue.name == note.place);
            match note.what {
                What::Sent => {
                    *self.sent.entry(note.place.clone()).or_default() += 1;
                    assert!(self.live.entry(note.place).or_default().insert(note.id), "sent twice");
                }
                What::Deleted => {
                    self.leave(&note.place, &note.id);
                    self.deleted.entry(note.place).or_default().insert(note.id);
                }
                What::Expired => {
                    self.leave(&note.place, &note.id);
                    self.expired += 1;
                }
                // Topics, rules and functions send to their dead-letter queue, which notes it.
                What::DeadLettered { to, .. } if is_queue => {
                    self.leave(&note.place, &note.id);
                    assert!(self.live.entry(to).or_default().insert(note.id), "dead-lettered twice");
                }
                What::Lost { reason } => self.lost.push(reason),
                _ => {}
            }
        }
    }

    fn leave(&mut self, queue: &str, id: &str) {
        assert!(self.live.get_mut(queue).is_some_and(|live| live.remove(id)), "{id} was not in {queue}");
    }

    fn sent_to(&self, queue: &str) -> usize {
        self.sent.get(queue).copied().unwrap_or_default()
    }

    /// Each queue has just what it must have.
    fn hold_against(&self, cloud: &mut TestCloud) {
        for queue in ["orders", "orders-dead", "denied-dead", "closed", "events", "events-dead", "well", "ill"] {
            let live = self.live.get(queue).map_or(0, BTreeSet::len);
            assert_eq!(cloud.queue(queue).unwrap().total(), live, "messages in {queue}");
        }
    }
}

fn publish(cloud: &mut TestCloud, kind: &str, number: usize) {
    let value = MessageAttributeValue {
        data_type: "String".to_owned(),
        string_value: Some(kind.to_owned()),
        binary_value: None,
    };
    let attributes = BTreeMap::from([("kind".to_owned(), value)]);
    let message = sns::Outgoing { message: format!("{kind}-{number}"), attributes, ..sns::Outgoing::default() };
    cloud.publish("Topic", message).unwrap();
}

/// Accepted messages, by what they are.
#[derive(Default)]
struct Accepted {
    orders: usize,
    published: usize,
    done: usize,
}

fn run(seed: u64, ops: &[Op], worker: Vec<Turn>, events: Vec<Turn>, asynchronous: Vec<Turn>) {
    let mut cloud = TestCloud::with_seed(TEMPLATE, seed).unwrap();
    let (done_orders, done_events) = (Ids::default(), Ids::default());
    cloud.on_invocation("Worker", consumer(worker, Rc::clone(&done_orders)));
    cloud.on_invocation("EventWorker", consumer(events, Rc::clone(&done_events)));
    let mut turns = asynchronous.into_iter().cycle();
    cloud.on_invocation("Listener", move |_| {
        let (ended, seconds) = match turns.next() {
            Some(Turn::Fail) => (failed("Error", "it broke".to_owned()), 1),
            Some(Turn::TimeOut) => (Ended::TimedOut, 60),
            _ => (Ended::Answered("null".to_owned()), 1),
        };
        Execution { ended, took: Duration::from_secs(seconds), calls: Vec::new() }
    });
    let (mut ledger, mut accepted) = (Ledger::default(), Accepted::default());
    for (number, op) in ops.iter().enumerate() {
        match op {
            Op::Publish(kind) => {
                publish(&mut cloud, kind, number);
                accepted.published += 1;
                accepted.orders += usize::from(*kind == "order");
            }
            Op::Put(detail_type) => {
                cloud.put_event("Bus", "shop", detail_type, "{}").unwrap();
                accepted.done += usize::from(*detail_type == "Done");
            }
            Op::Pass(seconds) => cloud.run_for(Duration::from_secs(*seconds)),
        }
        ledger.read(&mut cloud);
        ledger.hold_against(&mut cloud);
    }
    cloud.run_for(REST);
    ledger.read(&mut cloud);
    ledger.hold_against(&mut cloud);
    settled(&ledger, &accepted, &done_orders.borrow(), &done_events.borrow());
}

/// At rest every subscriber has each accepted message in exactly one place.
fn settled(ledger: &Ledger, accepted: &Accepted, done_orders: &BTreeSet<String>, done_events: &BTreeSet<String>) {
    let none = BTreeSet::new();
    let deleted = |queue: &str| ledger.deleted.get(queue).unwrap_or(&none);
    let waiting = |queue: &str| ledger.live.get(queue).map_or(0, BTreeSet::len);
    assert_eq!(ledger.sent_to("orders"), accepted.orders, "the filter lets orders through and nothing else");
    assert_eq!(deleted("orders"), done_orders, "what is deleted is what the function was done with");
    assert_eq!(deleted("orders").len() + waiting("orders-dead"), accepted.orders, "orders: done or dead");
    assert_eq!(ledger.sent_to("events"), accepted.done, "the rule lets Done through and nothing else");
    assert_eq!(deleted("events"), done_events, "what is deleted is what the function was done with");
    assert_eq!(deleted("events").len() + waiting("events-dead"), accepted.done, "events: done or dead");
    assert_eq!(waiting("denied-dead"), accepted.published, "what a topic may not deliver is in its dead-letter queue");
    assert_eq!(waiting("well") + waiting("ill"), accepted.published, "an invocation ends well or ill, once");
    assert_eq!(ledger.lost.len(), accepted.published, "{:?}", ledger.lost);
    assert!(ledger.lost.iter().all(|reason| reason.contains("sqs:SendMessage")), "{:?}", ledger.lost);
    assert_eq!((ledger.sent_to("closed"), ledger.expired), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_in_exactly_one_place(
        seed in any::<u64>(), ops in ops(), worker in turns(), events in turns(), asynchronous in turns(),
    ) {
        run(seed, &ops, worker, events, asynchronous);
    }
}
