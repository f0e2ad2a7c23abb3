//! Moving dead letters in virtual time, and what holds whatever happens meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::Arn;
use proptest::prelude::*;

use super::*;
use crate::What;

const SOURCE: &str = "arn:aws:sqs:r:000000000000:dead";

/// Queues `one` and `two`, whose dead letters go to `dead`, and `other`.
struct World {
    sqs: Sqs,
    now: Timestamp,
    suffix: &'static str,
}

impl World {
    fn new() -> Self {
        Self::of("")
    }

    fn of(suffix: &'static str) -> Self {
        let site = Site { account: "000000000000".into(), region: "r".into(), endpoint: String::new() };
        let mut sqs = Sqs::new(site, Ids::new(3));
        let now = Timestamp::from_millis(1_000_000);
        let mut attributes = BTreeMap::new();
        if !suffix.is_empty() {
            attributes.insert("FifoQueue".to_owned(), "true".to_owned());
        }
        let dead = sqs.create(now, &format!("dead{suffix}"), attributes.clone()).unwrap();
        sqs.create(now, &format!("other{suffix}"), attributes.clone()).unwrap();
        attributes.insert("RedrivePolicy".into(), format!(r#"{{"deadLetterTargetArn":"{dead}","maxReceiveCount":1}}"#));
        for name in ["one", "two"] {
            sqs.create(now, &format!("{name}{suffix}"), attributes.clone()).unwrap();
        }
        Self { sqs, now, suffix }
    }

    fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:r:000000000000:{name}{}", self.suffix)
    }

    fn url(&self, name: &str) -> String {
        format!("/000000000000/{name}{}", self.suffix)
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        self.sqs.call(self.now, CallId(0), request).unwrap()
    }

    fn send(&mut self, queue: &str, body: &str) -> String {
        let fifo = !self.suffix.is_empty();
        let input = SendMessage {
            queue_url: self.url(queue),
            message_body: body.into(),
            message_group_id: fifo.then(|| "group".into()),
            message_deduplication_id: fifo.then(|| body.into()),
            ..SendMessage::default()
        };
        match self.call(Request::SendMessage(input)).unwrap() {
            Response::Sent(sent) => sent.message_id,
            other => panic!("{other:?}"),
        }
    }

    fn receive(&mut self, queue: &str, visibility: i64) -> Vec<Received> {
        let input = ReceiveMessage {
            queue_url: self.url(queue),
            attribute_names: vec!["All".into()],
            max_number_of_messages: Some(10),
            visibility_timeout: Some(visibility),
            ..ReceiveMessage::default()
        };
        match self.call(Request::ReceiveMessage(input)).unwrap() {
            Response::Messages(messages) => messages.messages,
            other => panic!("{other:?}"),
        }
    }

    /// Lets what waits in a queue go to `dead`.
    fn fail(&mut self, queue: &str) {
        self.receive(queue, 0);
        assert!(self.receive(queue, 0).is_empty());
    }

    fn start(&mut self, to: Option<&str>, rate: Option<i64>) -> Result<String, ApiError> {
        let input = StartMessageMoveTask {
            source_arn: self.arn("dead"),
            destination_arn: to.map(|to| self.arn(to)),
            max_number_of_messages_per_second: rate,
        };
        match self.call(Request::StartMessageMoveTask(input))? {
            Response::MoveStarted(started) => Ok(started.task_handle),
            other => panic!("{other:?}"),
        }
    }

    fn cancel(&mut self, handle: &str) -> Result<usize, ApiError> {
        match self.call(Request::CancelMessageMoveTask(CancelMessageMoveTask { task_handle: handle.into() }))? {
            Response::MoveCancelled(cancelled) => Ok(cancelled.approximate_number_of_messages_moved),
            other => panic!("{other:?}"),
        }
    }

    fn tasks(&mut self, max: i64) -> Vec<MoveTaskEntry> {
        let input = ListMessageMoveTasks { source_arn: self.arn("dead"), max_results: Some(max) };
        match self.call(Request::ListMessageMoveTasks(input)).unwrap() {
            Response::MoveTasks(tasks) => tasks.results,
            other => panic!("{other:?}"),
        }
    }

    /// Status, moved and to move of the latest task, and why it failed.
    fn latest(&mut self) -> (&'static str, usize, usize, Option<String>) {
        let task = self.tasks(1).remove(0);
        let (moved, to_move) = (task.approximate_number_of_messages_moved, task.approximate_number_of_messages_to_move);
        (task.status, moved, to_move, task.failure_reason)
    }

    fn visible(&self, name: &str) -> usize {
        self.sqs.visible(&Arn::new(self.arn(name)))
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        self.sqs.tick(self.now);
    }
}

#[test]
fn each_message_goes_back_to_its_own_queue_as_a_new_one() {
    let mut world = World::new();
    let ids = [world.send("one", "1"), world.send("two", "2")];
    world.fail("one");
    world.fail("two");
    world.pass(5_000);
    world.sqs.take_notes();
    world.start(None, None).unwrap();
    assert!(!world.sqs.is_idle(), "a message waits, and another is on its way");
    assert_eq!(world.sqs.next_wake(), Some(world.now + Duration::from_millis(2)), "500 in a second");
    world.pass(2);
    assert_eq!(world.latest(), ("COMPLETED", 2, 2, None));
    let notes = world.sqs.take_notes();
    for (index, queue) in ["one", "two"].into_iter().enumerate() {
        let [message] = world.receive(queue, 30).try_into().unwrap();
        assert_ne!(message.message_id, ids[index]);
        assert_eq!(message.attributes["ApproximateReceiveCount"], "1");
        assert!(!message.attributes.contains_key("DeadLetterQueueSourceArn"));
        let sent: u64 = message.attributes["SentTimestamp"].parse().unwrap();
        assert_eq!(sent, 1_005_000 + 2 * index as u64);
        let what = What::Moved { to: queue.into(), becomes: message.message_id };
        let moved = notes.iter().find(|note| note.id == ids[index]).unwrap();
        assert_eq!((moved.place.as_str(), &moved.what), ("dead", &what));
    }
}

/// As LocalStack's AWS-validated test `test_move_task_cancel` does it.
#[test]
fn the_pace_holds_and_a_cancelled_task_leaves_the_rest() {
    let mut world = World::new();
    for number in 0..10 {
        world.send("one", &number.to_string());
    }
    world.fail("one");
    let handle = world.start(Some("other"), Some(1)).unwrap();
    assert_eq!(world.latest(), ("RUNNING", 1, 10, None));
    for (millis, moved) in [(999, 1), (1, 2), (999, 2), (2_001, 5)] {
        world.pass(millis);
        assert_eq!((world.visible("other"), world.visible("dead")), (moved, 10 - moved));
    }
    assert_eq!(world.tasks(1)[0].task_handle.as_ref(), Some(&handle));
    assert_eq!(world.cancel(&handle), Ok(5));
    assert_eq!(world.latest(), ("CANCELLING", 5, 10, None));
    assert_eq!(world.cancel(&handle).unwrap_err().code, "UnsupportedOperation");
    assert!(world.start(None, None).is_err(), "it still holds its place");
    world.pass(1_000);
    assert_eq!(world.latest(), ("CANCELLED", 5, 10, None));
    assert_eq!(world.tasks(1)[0].task_handle, None);
    world.pass(60_000);
    assert_eq!((world.visible("other"), world.visible("dead")), (5, 5));
}

#[test]
fn what_starting_and_cancelling_refuse() {
    let mut world = World::new();
    let of = |world: &mut World, source: String, to: Option<String>, rate| {
        let input =
            StartMessageMoveTask { source_arn: source, destination_arn: to, max_number_of_messages_per_second: rate };
        let error = world.call(Request::StartMessageMoveTask(input)).unwrap_err();
        (error.code.into_owned(), error.status, error.message)
    };
    let (dead, other, none) = (world.arn("dead"), world.arn("other"), world.arn("none"));
    let missing = "The resource that you specified for the";
    let cases = [
        (String::new(), None, None, "MissingRequiredParameterException", 400, "SourceArn"),
        (none.clone(), None, None, "ResourceNotFoundException", 404, missing),
        (dead.clone(), Some(none.clone()), None, "ResourceNotFoundException", 404, "DestinationArn parameter"),
        (other, None, None, "InvalidParameterValueException", 400, "must be configured as a Dead Letter Queue."),
        (dead.clone(), Some(dead.clone()), None, "InvalidParameterValueException", 400, "DestinationArn"),
        (dead.clone(), None, Some(0), "InvalidParameterValueException", 400, "MaxNumberOfMessagesPerSecond"),
        (dead.clone(), None, Some(501), "InvalidParameterValueException", 400, "MaxNumberOfMessagesPerSecond"),
    ];
    for (source, to, rate, code, status, part) in cases {
        let (seen, seen_status, message) = of(&mut world, source, to, rate);
        assert_eq!((seen.as_str(), seen_status), (code, status), "{message}");
        assert!(message.contains(part), "{message}");
    }
    world.send("one", "1");
    world.send("one", "2");
    world.fail("one");
    let handle = world.start(None, Some(1)).unwrap();
    let (_, _, message) = of(&mut world, dead.clone(), None, None);
    assert!(message.starts_with("There is already a task running."), "{message}");
    let mut forged = super::move_task::Handle::parse(&handle).unwrap();
    let encode = |handle: &super::move_task::Handle| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(serde_json::to_string(handle).unwrap())
    };
    forged.task_id.push('x');
    assert_eq!(world.cancel(&encode(&forged)).unwrap_err().message, "Task does not exist.");
    forged.source_arn = none;
    let error = world.cancel(&encode(&forged)).unwrap_err();
    assert_eq!((error.status, error.message.contains("SourceArn parameter doesn't exist.")), (404, true));
    for max in [0, 11] {
        let input = ListMessageMoveTasks { source_arn: SOURCE.into(), max_results: Some(max) };
        assert!(world.call(Request::ListMessageMoveTasks(input)).is_err());
    }
}

#[test]
fn a_task_that_fails_says_why_and_leaves_its_message() {
    let mut world = World::new();
    world.send("dead", "by hand");
    world.start(None, None).unwrap();
    assert_eq!(world.latest(), ("FAILED", 0, 1, Some("CouldNotDetermineMessageSource".into())));
    world.start(Some("other"), None).unwrap();
    assert_eq!(world.latest(), ("COMPLETED", 1, 1, None));

    world.send("one", "1");
    world.send("one", "2");
    world.fail("one");
    world.start(None, Some(1)).unwrap();
    let delete = DeleteQueue { queue_url: world.url("one") };
    world.call(Request::DeleteQueue(delete)).unwrap();
    world.pass(1_000);
    assert_eq!(world.latest(), ("FAILED", 1, 2, Some("AWS.SimpleQueueService.NonExistentQueue".into())));
    let [left] = world.receive("dead", 30).try_into().unwrap();
    assert_eq!((left.body.as_str(), left.attributes["ApproximateReceiveCount"].as_str()), ("2", "2"));
    let statuses: Vec<_> = world.tasks(10).into_iter().map(|task| task.status).collect();
    assert_eq!(statuses, ["FAILED", "COMPLETED", "FAILED"], "the latest first");
}

#[test]
fn messages_in_flight_stay_and_one_that_fails_again_is_moved_once() {
    let mut world = World::new();
    world.send("one", "held");
    world.fail("one");
    world.receive("dead", 60);
    world.start(None, None).unwrap();
    assert_eq!(world.latest(), ("COMPLETED", 0, 0, None));
    world.pass(60_000);
    world.start(None, Some(1)).unwrap();
    world.fail("one");
    world.pass(60_000);
    assert_eq!(world.latest(), ("COMPLETED", 1, 1, None));
    assert_eq!((world.visible("one"), world.visible("dead")), (0, 1));
}

#[test]
fn ten_tasks_of_a_queue_are_remembered() {
    let mut world = World::new();
    for _ in 0..12 {
        world.start(None, None).unwrap();
    }
    assert_eq!(world.tasks(10).len(), 10);
    assert_eq!(world.sqs.moves.len(), 10);
}

/// Within the five minutes in which its first send would be recognised.
#[test]
fn fifo_messages_go_back_in_order_and_none_is_taken_for_a_duplicate() {
    let mut world = World::of(".fifo");
    for body in ["1", "2", "3"] {
        world.send("one", body);
    }
    world.fail("one");
    for dead in world.receive("dead", 0) {
        assert_eq!(dead.attributes["MessageDeduplicationId"], dead.message_id);
    }
    world.start(None, Some(10)).unwrap();
    world.pass(200);
    assert_eq!(world.latest(), ("COMPLETED", 3, 3, None));
    let bodies: Vec<_> = world.receive("one", 30).into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, ["1", "2", "3"]);
}

#[derive(Clone, Debug)]
enum Op {
    Send { to_two: bool },
    Receive { queue: usize, visibility: i64 },
    Delete,
    Start { to_other: bool, rate: i64 },
    Cancel,
    Pass { millis: u64 },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        5 => any::<bool>().prop_map(|to_two| Op::Send { to_two }),
        5 => (0..4_usize, 0..4_i64).prop_map(|(queue, visibility)| Op::Receive { queue, visibility }),
        1 => Just(Op::Delete),
        3 => (any::<bool>(), 1..20_i64).prop_map(|(to_other, rate)| Op::Start { to_other, rate }),
        1 => Just(Op::Cancel),
        4 => (1..3_000_u64).prop_map(|millis| Op::Pass { millis }),
    ];
    proptest::collection::vec(op, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every body is in exactly one queue until it is deleted, wherever moves and consumers have it, and no task is
    /// faster than its rate.
    #[test]
    fn a_move_loses_nothing_and_doubles_nothing(ops in ops(), fifo: bool) {
        let mut world = World::of(if fifo { ".fifo" } else { "" });
        let (mut alive, mut handle) = (BTreeSet::new(), None);
        for (number, op) in ops.iter().enumerate() {
            match *op {
                Op::Send { to_two } => {
                    world.send(if to_two { "two" } else { "one" }, &number.to_string());
                    alive.insert(number.to_string());
                }
                Op::Receive { queue, visibility } => {
                    world.receive(["one", "two", "other", "dead"][queue], visibility);
                }
                Op::Delete => {
                    for message in world.receive("other", 1) {
                        world.sqs.delete(world.now, &message.event_source_arn, &message.receipt_handle).unwrap();
                        prop_assert!(alive.remove(message.body.as_str()));
                    }
                }
                Op::Start { to_other, rate } => {
                    handle = world.start(to_other.then_some("other"), Some(rate)).ok().or(handle);
                }
                Op::Cancel => drop(handle.as_ref().map(|handle| world.cancel(handle))),
                Op::Pass { millis } => {
                    let (before, task) = (world.now, world.tasks(1).pop());
                    world.pass(millis);
                    let moved = |task: &MoveTaskEntry| task.approximate_number_of_messages_moved as u64;
                    if let (Some(task), Some(after)) = (task, world.tasks(1).pop()) {
                        let rate = u64::from(task.max_number_of_messages_per_second.unwrap());
                        let most = rate * world.now.since(before).as_secs().saturating_add(1);
                        prop_assert!(moved(&after) - moved(&task) <= most);
                    }
                }
            }
            prop_assert!(world.sqs.next_wake().is_none_or(|wake| wake > world.now), "what is due is done");
            let mut seen: Vec<String> = world.sqs.queues.values().flat_map(Queue::bodies).collect();
            seen.sort();
            prop_assert_eq!(seen, { let mut alive: Vec<_> = alive.iter().cloned().collect(); alive.sort(); alive });
        }
    }
}
