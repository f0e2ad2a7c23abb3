//! What holds after any sequence of operations, ends of the process among them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::Arn;
use proptest::prelude::*;

use super::*;
use crate::keep::Durable as _;
use crate::{Record, What};

const DLQ_MAX_RECEIVES: u32 = 3;

#[derive(Clone, Debug)]
enum Op {
    Send {
        group: u8,
        delay: u8,
    },
    SendBatch {
        groups: Vec<u8>,
    },
    /// Sends what was sent before, under the same deduplication id.
    SendAgain {
        pick: usize,
    },
    Receive {
        max: usize,
        visibility: i64,
    },
    /// Receives from a FIFO queue under one of two attempt ids.
    Attempt {
        id: bool,
        max: usize,
        visibility: i64,
    },
    Delete {
        pick: usize,
    },
    DeleteBatch {
        picks: Vec<usize>,
    },
    Hide {
        pick: usize,
        seconds: i64,
    },
    Purge,
    MoveBack {
        rate: Option<i64>,
    },
    Pass {
        seconds: u64,
    },
    /// The process ends and another one goes on with what was written down.
    Restart,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        4 => (0..4_u8, 0..4_u8).prop_map(|(group, delay)| Op::Send { group, delay }),
        2 => proptest::collection::vec(0..4_u8, 1..6).prop_map(|groups| Op::SendBatch { groups }),
        2 => any::<usize>().prop_map(|pick| Op::SendAgain { pick }),
        6 => (1..11_usize, 0..8_i64).prop_map(|(max, visibility)| Op::Receive { max, visibility }),
        3 => (any::<bool>(), 1..11_usize, 0..8_i64).prop_map(|(id, max, visibility)| Op::Attempt { id, max, visibility }),
        3 => any::<usize>().prop_map(|pick| Op::Delete { pick }),
        1 => proptest::collection::btree_set(0..100_usize, 1..4)
            .prop_map(|picks| Op::DeleteBatch { picks: picks.into_iter().collect() }),
        2 => (any::<usize>(), 0..8_i64).prop_map(|(pick, seconds)| Op::Hide { pick, seconds }),
        1 => Just(Op::Purge),
        1 => proptest::option::of(1..4_i64).prop_map(|rate| Op::MoveBack { rate }),
        4 => (1..20_u64).prop_map(|seconds| Op::Pass { seconds }),
        2 => Just(Op::Restart),
    ];
    proptest::collection::vec(op, 1..100)
}

/// A receive that a consumer still remembers.
#[derive(Clone, Debug)]
struct Held {
    id: String,
    handle: String,
}

fn site() -> Site {
    Site { account: "000000000000".into(), region: "r".into(), endpoint: String::new() }
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
    /// In the dead-letter queue.
    dead: BTreeSet<String>,
    /// Moved out of it, under another id.
    moved: BTreeSet<String>,
    /// Deduplication ids by number: when they were first sent, and as which message.
    firsts: BTreeMap<usize, (Timestamp, String)>,
    next_deduplication: usize,
    /// What the last process wrote down.
    store: BTreeMap<(String, Vec<u8>), Vec<u8>>,
    /// Until when the consumer of a message may count on having it alone.
    hidden: BTreeMap<String, Timestamp>,
    counts: BTreeMap<String, u32>,
    groups: BTreeMap<String, u8>,
}

impl Model {
    fn new(fifo: bool) -> Self {
        let mut sqs = Sqs::new(site(), Ids::new(3));
        sqs.keep();
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
            moved: BTreeSet::new(),
            firsts: BTreeMap::new(),
            next_deduplication: 0,
            store: BTreeMap::new(),
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
            Op::SendBatch { ref groups } => self.send_batch(groups),
            Op::SendAgain { pick } => self.send_again(pick),
            Op::Receive { max, visibility } => self.receive(max, visibility, None),
            Op::Attempt { id, max, visibility } => {
                self.receive(max, visibility, Some(if id { "one" } else { "other" }));
            }
            Op::Delete { pick } => self.delete(pick),
            Op::DeleteBatch { ref picks } => self.delete_batch(picks),
            Op::Hide { pick, seconds } => self.hide(pick, seconds),
            Op::Purge => self.purge(),
            Op::MoveBack { rate } => self.move_back(rate),
            Op::Restart => self.restart(),
            Op::Pass { seconds } => {
                self.now = self.now + Duration::from_secs(seconds);
                self.sqs.tick(self.now);
            }
        }
        self.read_notes();
        self.write_down();
        self.check_conservation();
    }

    fn write_down(&mut self) {
        let mut changes = Vec::new();
        self.sqs.take_changes(&mut changes);
        for change in changes {
            let key = (change.table.to_owned(), change.key);
            match change.value {
                Some(value) => drop(self.store.insert(key, value)),
                None => drop(self.store.remove(&key)),
            }
        }
    }

    /// Another process takes over, from what is written down alone.
    fn restart(&mut self) {
        self.write_down();
        let mut sqs = Sqs::new(site(), Ids::new(self.sqs.ids.next_u64()));
        sqs.keep();
        for ((table, key), value) in &self.store {
            let record = Record { table: table.clone(), key: key.clone(), value: value.clone() };
            sqs.restore(&record).unwrap();
        }
        sqs.resume(self.now);
        for before in self.sqs.queues.values() {
            let after = sqs.queues.get(&before.name).unwrap();
            let counts = |queue: &Queue| (queue.visible(), queue.in_flight(), queue.delayed());
            assert_eq!(counts(before), counts(after), "{}", before.name);
            assert_eq!(before.settings, after.settings);
            assert!(before.bodies().eq(after.bodies()));
        }
        assert_eq!(self.sqs.next_wake(), sqs.next_wake());
        self.sqs = sqs;
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        self.sqs.call(self.now, CallId(0), request).expect("short polls do not wait")
    }

    /// A message under a deduplication id that was never used.
    fn entry(&mut self, group: u8, delay: u8) -> (usize, SendEntry) {
        let number = self.next_deduplication;
        self.next_deduplication += 1;
        let entry = SendEntry {
            id: format!("e{number}"),
            message_body: format!("body {number}"),
            delay_seconds: (!self.fifo).then_some(i64::from(delay)),
            message_group_id: (self.fifo || group > 1).then(|| format!("g{group}")),
            message_deduplication_id: self.fifo.then(|| format!("d{number}")),
            ..SendEntry::default()
        };
        (number, entry)
    }

    fn accepted(&mut self, number: usize, group: u8, id: String) {
        self.firsts.insert(number, (self.now, id.clone()));
        self.groups.insert(id.clone(), group);
        self.sent.push(id);
    }

    fn send(&mut self, group: u8, delay: u8) {
        let (number, entry) = self.entry(group, delay);
        let sent = self.send_entry(entry);
        self.accepted(number, group, sent.message_id);
    }

    fn send_entry(&mut self, entry: SendEntry) -> Sent {
        let input = SendMessage {
            queue_url: self.url(),
            message_body: entry.message_body,
            delay_seconds: entry.delay_seconds,
            message_group_id: entry.message_group_id,
            message_deduplication_id: entry.message_deduplication_id,
            ..SendMessage::default()
        };
        let Response::Sent(sent) = self.call(Request::SendMessage(input)).unwrap() else { panic!("not sent") };
        sent
    }

    fn send_batch(&mut self, groups: &[u8]) {
        let entries: Vec<(usize, SendEntry)> = groups.iter().map(|group| self.entry(*group, 0)).collect();
        let numbers: Vec<usize> = entries.iter().map(|(number, _)| *number).collect();
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        let input = SendMessageBatch { queue_url: self.url(), entries };
        let Response::SentBatch(batch) = self.call(Request::SendMessageBatch(input)).unwrap() else { panic!() };
        assert!(batch.failed.is_empty() && batch.successful.len() == groups.len());
        for ((number, group), entry) in numbers.into_iter().zip(groups).zip(batch.successful) {
            self.accepted(number, *group, entry.sent.message_id);
        }
    }

    /// A duplicate within five minutes is never a second message.
    fn send_again(&mut self, pick: usize) {
        let numbers: Vec<usize> = self.firsts.keys().copied().collect();
        let Some(number) = pick.checked_rem(numbers.len()).map(|pick| numbers[pick]) else { return };
        if !self.fifo {
            return;
        }
        let (at, first) = self.firsts[&number].clone();
        let group = self.groups[&first];
        let (_, entry) = self.entry(group, 0);
        let sent = self.send_entry(SendEntry { message_deduplication_id: Some(format!("d{number}")), ..entry });
        if self.now.since(at) < Duration::from_mins(5) {
            assert_eq!(sent.message_id, first);
        } else {
            assert_ne!(sent.message_id, first);
            self.accepted(number, group, sent.message_id);
        }
    }

    fn purge(&mut self) {
        if self.call(Request::PurgeQueue(PurgeQueue { queue_url: self.url() })).is_ok() {
            self.firsts.clear();
        }
    }

    fn move_back(&mut self, rate: Option<i64>) {
        let source_arn = self.dead_letter_queue().arn.to_string();
        let input = StartMessageMoveTask { source_arn, destination_arn: None, max_number_of_messages_per_second: rate };
        let result = self.call(Request::StartMessageMoveTask(input));
        assert!(result.as_ref().is_err_and(|error| error.message.contains("already a task running")) || result.is_ok());
    }

    fn dead_letter_queue(&self) -> &Queue {
        self.sqs.queues.get(&self.queue.replace('q', "dlq")).unwrap()
    }

    fn receive(&mut self, max: usize, visibility: i64, attempt: Option<&str>) {
        let input = ReceiveMessage {
            queue_url: self.url(),
            attribute_names: vec!["All".into()],
            max_number_of_messages: Some(i64::try_from(max).unwrap()),
            visibility_timeout: Some(visibility),
            receive_request_attempt_id: attempt.map(str::to_owned),
            ..ReceiveMessage::default()
        };
        let messages = match self.call(Request::ReceiveMessage(input)) {
            Ok(Response::Messages(messages)) => messages,
            Err(error) if attempt.is_some() && self.fifo && error.message.contains("not retryable") => return,
            other => panic!("{other:?}"),
        };
        let handles: BTreeSet<&String> = self.held.iter().map(|held| &held.handle).collect();
        if messages.messages.first().is_some_and(|message| handles.contains(&message.receipt_handle)) {
            assert!(attempt.is_some() && self.fifo, "a handle came twice");
            return self.repeated(messages.messages, visibility);
        }
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

    /// A repeated attempt answers what its caller holds already.
    fn repeated(&mut self, messages: Vec<Received>, visibility: i64) {
        for message in messages {
            let held = Held { id: message.message_id, handle: message.receipt_handle };
            assert!(self.is_current(&held), "{} is not in its consumer's hands", held.id);
            assert_eq!(message.attributes["ApproximateReceiveCount"], self.counts[&held.id].to_string());
            self.hidden.insert(held.id, self.now + Duration::from_secs(visibility.unsigned_abs()));
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
                self.has_left(other) || self.was_buried_meanwhile(other),
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
        let is_over = self.has_left(&held.id);
        latest.is_some_and(|latest| latest.handle == held.handle) && !is_over && self.hidden[&held.id] > self.now
    }

    /// Whether a message is in the queue no more.
    fn has_left(&self, id: &str) -> bool {
        self.gone.contains(id) || self.dead.contains(id) || self.moved.contains(id)
    }

    fn delete_batch(&mut self, picks: &[usize]) {
        let held: Vec<Held> = picks.iter().filter_map(|pick| self.pick(*pick)).collect();
        if held.is_empty() {
            return;
        }
        let current: Vec<bool> = held.iter().map(|held| self.is_current(held)).collect();
        let entry = |(number, held): (usize, &Held)| DeleteEntry {
            id: number.to_string(),
            receipt_handle: held.handle.clone(),
        };
        let entries = held.iter().enumerate().map(entry).collect();
        let input = DeleteMessageBatch { queue_url: self.url(), entries };
        let Response::Batch(batch) = self.call(Request::DeleteMessageBatch(input)).unwrap() else { panic!() };
        assert_eq!(batch.successful.len() + batch.failed.len(), held.len());
        self.read_notes();
        for (held, current) in held.iter().zip(current) {
            assert!(!current || self.gone.contains(&held.id), "a message that is held can be deleted");
        }
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
        let is_over = self.has_left(&held.id);
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
                What::Deleted | What::Expired | What::Lost { .. } => assert!(self.gone.insert(note.id), "gone twice"),
                What::DeadLettered { .. } => assert!(self.dead.insert(note.id), "dead-lettered twice"),
                What::Moved { becomes, .. } => {
                    assert!(self.dead.remove(&note.id) && self.moved.insert(note.id.clone()), "moved twice");
                    self.groups.insert(becomes.clone(), self.groups[&note.id]);
                    self.sent.push(becomes);
                }
                _ => {}
            }
        }
    }

    /// Each sent message is in the queue, gone, dead-lettered or moved on from there: exactly one of them.
    fn check_conservation(&mut self) {
        assert!(self.gone.is_disjoint(&self.dead));
        assert!(self.moved.is_disjoint(&self.dead) && self.moved.is_disjoint(&self.gone));
        let queue = self.sqs.queues.get(&self.queue).unwrap();
        let left = queue.visible() + queue.delayed() + queue.in_flight();
        assert_eq!(left + self.gone.len() + self.dead.len() + self.moved.len(), self.sent.len());
        assert_eq!(self.dead_letter_queue().visible(), self.dead.len());
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
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

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
