//! What is there again after the end of a process.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::Record;
use crate::keep::Durable as _;

/// A cloud of queues whose process ends when the test wants it to.
struct World {
    sqs: Sqs,
    now: Timestamp,
    store: BTreeMap<(String, Vec<u8>), Vec<u8>>,
    writes: Vec<&'static str>,
}

impl World {
    fn new() -> Self {
        let mut sqs = Sqs::new(site(), Ids::new(1));
        sqs.keep();
        Self { sqs, now: Timestamp::from_millis(1_000_000), store: BTreeMap::new(), writes: Vec::new() }
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        let answer = self.sqs.call(self.now, CallId(1), request).expect("must not wait");
        let mut changes = Vec::new();
        self.sqs.take_changes(&mut changes);
        self.writes = changes.iter().map(|change| change.table).collect();
        for Change { table, key, value } in changes {
            match value {
                Some(value) => drop(self.store.insert((table.to_owned(), key), value)),
                None => drop(self.store.remove(&(table.to_owned(), key))),
            }
        }
        answer
    }

    fn create(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<Response, ApiError> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let tags = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
        self.call(Request::CreateQueue(CreateQueue { queue_name: name.into(), attributes, tags }))
    }

    fn send(&mut self, queue: &str, body: &str) -> Result<Sent, ApiError> {
        let fifo = queue.ends_with(".fifo").then(|| body.to_owned());
        let input = SendMessage {
            queue_url: queue.into(),
            message_body: body.into(),
            message_group_id: fifo.clone().map(|_| "g".into()),
            message_deduplication_id: fifo,
            ..SendMessage::default()
        };
        match self.call(Request::SendMessage(input))? {
            Response::Sent(sent) => Ok(sent),
            other => panic!("{other:?}"),
        }
    }

    fn receive(&mut self, queue: &str, attempt: Option<&str>) -> Vec<Received> {
        let input = ReceiveMessage {
            queue_url: queue.into(),
            attribute_names: vec!["All".into()],
            receive_request_attempt_id: attempt.map(str::to_owned),
            ..ReceiveMessage::default()
        };
        match self.call(Request::ReceiveMessage(input)).unwrap() {
            Response::Messages(messages) => messages.messages,
            other => panic!("{other:?}"),
        }
    }

    fn delete(&mut self, queue: &str, handle: &str) -> Result<Response, ApiError> {
        self.call(Request::DeleteMessage(DeleteMessage { queue_url: queue.into(), receipt_handle: handle.into() }))
    }

    /// The process ends, and another one begins after so many seconds.
    fn restart_after(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.sqs = Sqs::new(site(), Ids::new(2));
        self.sqs.keep();
        for ((table, key), value) in &self.store {
            let record = Record { table: table.clone(), key: key.clone(), value: value.clone() };
            self.sqs.restore(&record).unwrap();
        }
        self.sqs.resume(self.now);
    }
}

fn site() -> Site {
    Site { account: "000000000000".into(), region: "r".into(), endpoint: String::new() }
}

const FIFO: (&str, &str) = ("FifoQueue", "true");

#[test]
fn a_body_is_written_once() {
    let mut world = World::new();
    world.create("q", &[]).unwrap();
    world.send("q", "a").unwrap();
    assert_eq!(world.writes, ["sqs/bodies", "sqs/messages"]);
    let handle = world.receive("q", None).remove(0).receipt_handle;
    assert_eq!(world.writes, ["sqs/messages"]);
    world.delete("q", &handle).unwrap();
    assert_eq!(world.writes, ["sqs/bodies", "sqs/messages"]);
    let tables: Vec<&str> = world.store.keys().map(|(table, _)| table.as_str()).collect();
    assert_eq!(tables, ["sqs/queues"], "nothing is left of the message");
}

#[test]
fn a_message_in_flight_stays_so_and_its_handle_holds() {
    let mut world = World::new();
    world.create("q", &[]).unwrap();
    for body in ["gone", "a", "b"] {
        world.send("q", body).unwrap();
    }
    let gone = world.receive("q", None).remove(0);
    world.delete("q", &gone.receipt_handle).unwrap();
    let held = world.receive("q", None).remove(0);
    world.restart_after(5);
    assert_eq!(world.receive("q", None)[0].body, "b");
    world.restart_after(25);
    let again = world.receive("q", None).remove(0);
    assert_eq!((again.body.as_str(), again.attributes["ApproximateReceiveCount"].as_str()), ("a", "2"));
    assert_eq!(again.attributes["SentTimestamp"], held.attributes["SentTimestamp"]);
    world.restart_after(0);
    world.delete("q", &again.receipt_handle).unwrap();
    world.restart_after(31);
    assert_eq!(world.receive("q", None)[0].body, "b");
    assert!(world.receive("q", None).is_empty());
}

#[test]
fn queues_keep_their_settings_tags_and_times() {
    let mut world = World::new();
    world.create("q", &[("VisibilityTimeout", "7"), ("KmsMasterKeyId", "key")]).unwrap();
    world.create("gone", &[]).unwrap();
    world.call(Request::DeleteQueue(DeleteQueue { queue_url: "gone".into() })).unwrap();
    world.call(Request::PurgeQueue(PurgeQueue { queue_url: "q".into() })).unwrap();
    let all = || GetQueueAttributes { queue_url: "q".into(), attribute_names: vec!["All".into()] };
    let before = world.call(Request::GetQueueAttributes(all())).unwrap();
    world.restart_after(59);
    assert_eq!(world.call(Request::GetQueueAttributes(all())).unwrap(), before);
    let tags = world.call(Request::ListQueueTags(ListQueueTags { queue_url: "q".into() })).unwrap();
    assert!(matches!(tags, Response::Tags(tags) if tags.tags["team"] == "shop"));
    assert_eq!(world.create("gone", &[]).unwrap_err().code, "QueueDeletedRecently");
    let purge = world.call(Request::PurgeQueue(PurgeQueue { queue_url: "q".into() }));
    assert_eq!(purge.unwrap_err().code, "PurgeQueueInProgress");
    world.restart_after(1);
    world.create("gone", &[]).unwrap();
}

#[test]
fn duplicates_attempts_and_sequence_numbers_are_known_still() {
    let mut world = World::new();
    world.create("q.fifo", &[FIFO]).unwrap();
    let first = world.send("q.fifo", "a").unwrap();
    let taken = world.receive("q.fifo", Some("try"));
    world.restart_after(20);
    assert_eq!(world.send("q.fifo", "a").unwrap(), first);
    assert_eq!(world.receive("q.fifo", Some("try")), taken);
    assert!(world.send("q.fifo", "b").unwrap().sequence_number > first.sequence_number);
    world.restart_after(280);
    assert_ne!(world.send("q.fifo", "a").unwrap().message_id, first.message_id);
}

#[test]
fn a_move_goes_on() {
    let mut world = World::new();
    world.create("dead", &[]).unwrap();
    let dead = "arn:aws:sqs:r:000000000000:dead";
    let redrive = format!(r#"{{"deadLetterTargetArn":"{dead}","maxReceiveCount":1}}"#);
    world.create("q", &[("RedrivePolicy", &redrive), ("VisibilityTimeout", "0")]).unwrap();
    for body in ["a", "b", "c"] {
        world.send("q", body).unwrap();
        assert_eq!(world.receive("q", None).len(), 1);
        assert!(world.receive("q", None).is_empty());
    }
    let start = StartMessageMoveTask {
        source_arn: dead.into(),
        destination_arn: None,
        max_number_of_messages_per_second: Some(1),
    };
    world.call(Request::StartMessageMoveTask(start)).unwrap();
    world.restart_after(1);
    let list = ListMessageMoveTasks { source_arn: dead.into(), max_results: None };
    let Ok(Response::MoveTasks(tasks)) = world.call(Request::ListMessageMoveTasks(list)) else { panic!() };
    assert_eq!((tasks.results[0].status, tasks.results[0].approximate_number_of_messages_moved), ("RUNNING", 2));
    world.restart_after(1);
    let bodies: Vec<String> = (0..3).flat_map(|_| world.receive("q", None)).map(|it| it.body.to_string()).collect();
    assert_eq!(bodies, ["a", "b", "c"]);
}

#[test]
fn a_queue_that_is_made_anew_has_nothing_of_the_old_one() {
    let mut world = World::new();
    world.create("q", &[]).unwrap();
    world.send("q", "old").unwrap();
    world.call(Request::DeleteQueue(DeleteQueue { queue_url: "q".into() })).unwrap();
    world.restart_after(60);
    assert!(world.send("q", "x").is_err());
    world.create("q", &[]).unwrap();
    world.send("q", "new").unwrap();
    world.restart_after(0);
    assert_eq!(world.receive("q", None)[0].body, "new");
    assert!(world.receive("q", None).is_empty());
}

#[test]
fn what_is_no_record_is_said() {
    for (table, key, value) in [
        ("sqs/queues", "q", "{}"),
        ("sqs/bodies", "0", "{}"),
        ("sqs/messages", "0/x", "{}"),
        ("sqs/messages", "0/0", "nonsense"),
        ("sqs/deduplication", "0/key", "{}"),
        ("sqs/unknown", "0/0", "{}"),
        ("sqs/moves", "0", "{}"),
    ] {
        let record = Record { table: table.into(), key: key.into(), value: value.into() };
        let error = Sqs::new(site(), Ids::new(1)).restore(&record).unwrap_err();
        assert_eq!(error.table, table);
    }
}
