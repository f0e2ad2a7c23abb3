//! What holds after any sequence of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::Arn;
use proptest::prelude::*;

use super::*;
use crate::What;

const DLQ_MAX_RECEIVES: u32 = 3;

#[derive(Clone, Debug)]
enum Op {
    Send { group: u8, delay: u8 },
    Receive { max: usize, visibility: i64 },
    Delete { pick: usize },
    Hide { pick: usize, seconds: i64 },
    Pass { seconds: u64 },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => (0..4_u8, 0..4_u8).prop_map(|(group, delay)| Op::Send { group, delay }),
        4 => (1..11_usize, 0..8_i64).prop_map(|(max, visibility)| Op::Receive { max, visibility }),
        3 => any::<usize>().prop_map(|pick| Op::Delete { pick }),
        2 => (any::<usize>(), 0..8_i64).prop_map(|(pick, seconds)| Op::Hide { pick, seconds }),
        2 => (1..20_u64).prop_map(|seconds| Op::Pass { seconds }),
    ];
    proptest::collection::vec(op, 1..120)
}

/// A receive that a consumer still remembers.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    handle: String,
}

/// The queue under test and what is known about it from outside.
struct Model {
    sqs: Sqs,
    fifo: bool,
    queue: String,
    now: Timestamp,
    held: Vec<Held>,
    /// Ids in the order in which they were sent.
    sent: Vec<String>,
    gone: BTreeSet<String>,
    dead: BTreeSet<String>,
    /// Until when the consumer of a message may count on having it alone.
    hidden: BTreeMap<String, Timestamp>,
    counts: BTreeMap<String, u32>,
    groups: BTreeMap<String, u8>,
}

impl Model {
    fn new(fifo: bool) -> Self {
        let site = Site { account: "000000000000".into(), region: "r".into(), endpoint: String::new() };
        let mut sqs = Sqs::new(site, Ids::new(3));
        let now = Timestamp::from_millis(1_000);
        let suffix = if fifo { ".fifo" } else { "" };
        let (queue, dlq) = (format!("q{suffix}"), format!("dlq{suffix}"));
        let mut attributes = BTreeMap::new();
        if fifo {
            attributes.insert("FifoQueue".to_owned(), "true".to_owned());
        }
        let target = sqs.create(now, &dlq, attributes.clone()).unwrap();
        let redrive = format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{DLQ_MAX_RECEIVES}}}"#);
        attributes.insert("RedrivePolicy".into(), redrive);
        attributes.insert("MessageRetentionPeriod".into(), "120".into());
        sqs.create(now, &queue, attributes).unwrap();
        Self {
            sqs,
            fifo,
            queue,
            now,
            held: Vec::new(),
            sent: Vec::new(),
            gone: BTreeSet::new(),
            dead: BTreeSet::new(),
            hidden: BTreeMap::new(),
            counts: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }

    fn url(&self) -> String {
        format!("/000000000000/{}", self.queue)
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Send { group, delay } => self.send(group, delay),
            Op::Receive { max, visibility } => self.receive(max, visibility),
            Op::Delete { pick } => self.delete(pick),
            Op::Hide { pick, seconds } => self.hide(pick, seconds),
            Op::Pass { seconds } => {
                self.now = self.now + Duration::from_secs(seconds);
                self.sqs.tick(self.now);
            }
        }
        self.read_notes();
        self.check_conservation();
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        self.sqs.call(self.now, CallId(0), request).expect("short polls do not wait")
    }

    fn send(&mut self, group: u8, delay: u8) {
        let input = SendMessage {
            queue_url: self.url(),
            message_body: "body".into(),
            delay_seconds: (!self.fifo).then_some(i64::from(delay)),
            message_group_id: (self.fifo || group > 1).then(|| format!("g{group}")),
            message_deduplication_id: self.fifo.then(|| format!("d{}", self.sent.len())),
            ..SendMessage::default()
        };
        let Response::Sent(sent) = self.call(Request::SendMessage(input)).unwrap() else { panic!("not sent") };
        self.groups.insert(sent.message_id.clone(), group);
        self.sent.push(sent.message_id);
    }

    fn receive(&mut self, max: usize, visibility: i64) {
        let input = ReceiveMessage {
            queue_url: self.url(),
            attribute_names: vec!["All".into()],
            max_number_of_messages: Some(i64::try_from(max).unwrap()),
            visibility_timeout: Some(visibility),
            ..ReceiveMessage::default()
        };
        let Response::Messages(messages) = self.call(Request::ReceiveMessage(input)).unwrap() else { panic!() };
        assert!(messages.messages.len() <= max);
        let mut last_sequence: BTreeMap<u8, String> = BTreeMap::new();
        for message in messages.messages {
            let id = message.message_id;
            let until = self.hidden.get(&id).copied().unwrap_or_default();
            assert!(until <= self.now, "{id} was handed out while it was hidden");
            let count: u32 = message.attributes["ApproximateReceiveCount"].parse().unwrap();
            let before = self.counts.insert(id.clone(), count).unwrap_or(0);
            assert_eq!(count, before + 1, "each receive counts once");
            assert!(count <= DLQ_MAX_RECEIVES);
            if self.fifo {
                let group = self.groups[&id];
                let sequence = message.attributes["SequenceNumber"].clone();
                self.check_order(&id, group, &sequence, last_sequence.get(&group));
                last_sequence.insert(group, sequence);
            }
            self.hidden.insert(id.clone(), self.now + Duration::from_secs(visibility.unsigned_abs()));
            self.held.push(Held { id, handle: message.receipt_handle });
        }
    }

    /// Messages of a group come in order, and none comes while an earlier one is hidden and alive.
    fn check_order(&self, id: &str, group: u8, sequence: &str, last: Option<&String>) {
        assert!(last.is_none_or(|last| last.as_str() < sequence), "out of order within a receive");
        if last.is_some() {
            return;
        }
        let order: Vec<&String> = self.order_of_group(group);
        let earlier = order.iter().take_while(|other| other.as_str() != id);
        for other in earlier {
            assert!(
                self.gone.contains(*other) || self.dead.contains(*other) || self.was_buried_meanwhile(other),
                "{other} of the same group is before {id}"
            );
        }
    }

    /// A receive gives up on a message before it hands out the next one; the note about it is not read yet.
    fn was_buried_meanwhile(&self, id: &str) -> bool {
        self.counts.get(id) == Some(&DLQ_MAX_RECEIVES) && self.hidden.get(id).is_some_and(|until| *until <= self.now)
    }

    /// Sent messages of a group, oldest first.
    fn order_of_group(&self, group: u8) -> Vec<&String> {
        self.sent.iter().filter(|id| self.groups[*id] == group).collect()
    }

    fn pick(&self, pick: usize) -> Option<Held> {
        self.held.get(pick.checked_rem(self.held.len())?).cloned()
    }

    /// Whether a consumer holds its message now, by the handle of the latest receive.
    fn is_current(&self, held: &Held) -> bool {
        let latest = self.held.iter().rev().find(|other| other.id == held.id);
        let is_over = self.gone.contains(&held.id) || self.dead.contains(&held.id);
        latest.is_some_and(|latest| latest.handle == held.handle) && !is_over && self.hidden[&held.id] > self.now
    }

    fn delete(&mut self, pick: usize) {
        let Some(held) = self.pick(pick) else { return };
        let current = self.is_current(&held);
        let input = DeleteMessage { queue_url: self.url(), receipt_handle: held.handle };
        let result = self.call(Request::DeleteMessage(input));
        assert!(result.is_ok() || self.fifo && !current, "{result:?}");
        self.read_notes();
        assert!(!current || self.gone.contains(&held.id), "a message that is held can be deleted");
    }

    fn hide(&mut self, pick: usize, seconds: i64) {
        let Some(held) = self.pick(pick) else { return };
        let current = self.is_current(&held);
        let input = ChangeMessageVisibility {
            queue_url: self.url(),
            receipt_handle: held.handle,
            visibility_timeout: Some(seconds),
        };
        let result = self.call(Request::ChangeMessageVisibility(input));
        let is_over = self.gone.contains(&held.id) || self.dead.contains(&held.id);
        // An older handle serves too on a standard queue.
        let is_hidden = !is_over && self.hidden[&held.id] > self.now;
        assert!(result.is_ok() || !current, "{result:?}");
        if current || !self.fifo && is_hidden && result.is_ok() {
            self.hidden.insert(held.id, self.now + Duration::from_secs(seconds.unsigned_abs()));
        }
    }

    fn read_notes(&mut self) {
        for note in self.sqs.take_notes() {
            match note.what {
                What::Deleted | What::Expired => assert!(self.gone.insert(note.id), "gone twice"),
                What::DeadLettered { .. } => assert!(self.dead.insert(note.id), "dead-lettered twice"),
                _ => {}
            }
        }
    }

    /// Each sent message is in the queue, gone, or dead-lettered: exactly one of them.
    fn check_conservation(&mut self) {
        assert!(self.gone.is_disjoint(&self.dead));
        let queue = self.sqs.queues.get(&self.queue).unwrap();
        let left = queue.visible() + queue.delayed() + queue.in_flight();
        assert_eq!(left + self.gone.len() + self.dead.len(), self.sent.len());
        let dead = self.sqs.queues.get(&self.queue.replace('q', "dlq")).unwrap();
        assert_eq!(dead.visible(), self.dead.len());
        assert!(self.sqs.next_wake().is_none_or(|wake| wake > self.now), "what is due is done");
    }

    /// At the end every message can still be brought to an end: nothing is stuck.
    fn drain(&mut self) {
        for _ in 0..200 {
            self.apply(&Op::Receive { max: 10, visibility: 1 });
            self.apply(&Op::Pass { seconds: 1 });
        }
        let queue = Arn::clone(&self.sqs.queues.get(&self.queue).unwrap().arn);
        assert_eq!(self.sqs.visible(&queue), 0);
        assert!(self.sqs.is_idle(), "what nobody deletes expires or ends in the dead-letter queue");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn standard_queues_lose_nothing_and_hide_what_is_in_flight(ops in ops()) {
        let mut model = Model::new(false);
        for op in &ops {
            model.apply(op);
        }
        model.drain();
    }

    #[test]
    fn fifo_queues_keep_the_order_of_each_group(ops in ops()) {
        let mut model = Model::new(true);
        for op in &ops {
            model.apply(op);
        }
        model.drain();
    }
}

/// An operation costs about the same with many messages as with few, or this would take minutes.
#[test]
fn a_large_backlog_is_no_burden() {
    let mut model = Model::new(false);
    for number in 0..30_000_u32 {
        model.send(u8::try_from(number % 4).unwrap(), 0);
    }
    let received = model.sqs.receive(model.now, &Arn::new("arn:aws:sqs:r:000000000000:q"), 10_000).unwrap();
    assert_eq!(received.len(), 10_000);
    for message in received {
        model.sqs.delete(model.now, &message.event_source_arn, &message.receipt_handle).unwrap();
    }
    model.read_notes();
    model.check_conservation();
}
