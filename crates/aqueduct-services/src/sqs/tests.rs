//! Behaviours of whole queues, each recorded or documented.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde_json::json;

use super::limits::IN_FLIGHT_MAX;
use super::*;
use crate::{MessageAttributeValue, What};

/// A cloud of queues with a clock that the test moves.
struct World {
    sqs: Sqs,
    now: Timestamp,
    next_call: u64,
}

impl World {
    fn new() -> Self {
        let site = Site {
            account: "000000000000".into(),
            region: "eu-central-1".into(),
            endpoint: "http://127.0.0.1:4566".into(),
        };
        Self { sqs: Sqs::new(site, Ids::new(1)), now: Timestamp::from_millis(1_000_000), next_call: 0 }
    }

    fn with(queue: &str, attributes: &[(&str, &str)]) -> Self {
        let mut world = Self::new();
        world.create(queue, attributes).unwrap();
        world
    }

    fn create(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<Arn, ApiError> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self.sqs.create(self.now, name, attributes)
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.sqs.tick(self.now);
    }

    fn ask(&mut self, request: Request) -> Option<Result<Response, ApiError>> {
        self.next_call += 1;
        self.sqs.call(self.now, CallId(self.next_call), request)
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        self.ask(request).expect("must not wait")
    }

    fn try_send(&mut self, input: SendMessage) -> Result<Sent, ApiError> {
        match self.call(Request::SendMessage(input))? {
            Response::Sent(sent) => Ok(sent),
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, queue: &str, body: &str) -> Sent {
        self.try_send(SendMessage { queue_url: url(queue), message_body: body.into(), ..SendMessage::default() })
            .unwrap()
    }

    fn send_group(&mut self, queue: &str, group: &str, body: &str) -> Sent {
        let input = SendMessage { message_group_id: Some(group.into()), ..message(queue, body) };
        self.try_send(input).unwrap()
    }

    fn receive(&mut self, queue: &str, max: i64) -> Vec<Received> {
        let input = ReceiveMessage { attribute_names: vec!["All".into()], ..poll(queue, max) };
        self.receive_as(input)
    }

    fn receive_as(&mut self, input: ReceiveMessage) -> Vec<Received> {
        match self.call(Request::ReceiveMessage(input)).unwrap() {
            Response::Messages(messages) => messages.messages,
            other => panic!("{other:?}"),
        }
    }

    fn bodies(&mut self, queue: &str, max: i64) -> Vec<String> {
        self.receive(queue, max).into_iter().map(|message| message.body.to_string()).collect()
    }

    fn delete(&mut self, queue: &str, handle: &str) -> Result<Response, ApiError> {
        self.call(Request::DeleteMessage(DeleteMessage { queue_url: url(queue), receipt_handle: handle.into() }))
    }

    fn hide(&mut self, queue: &str, handle: &str, seconds: i64) -> Result<Response, ApiError> {
        self.call(Request::ChangeMessageVisibility(ChangeMessageVisibility {
            queue_url: url(queue),
            receipt_handle: handle.into(),
            visibility_timeout: Some(seconds),
        }))
    }

    fn attribute(&mut self, queue: &str, name: &str) -> Option<String> {
        let input = GetQueueAttributes { queue_url: url(queue), attribute_names: vec![name.into()] };
        match self.call(Request::GetQueueAttributes(input)).unwrap() {
            Response::Attributes(mut attributes) => attributes.attributes.remove(name),
            other => panic!("{other:?}"),
        }
    }

    fn kinds(&mut self) -> Vec<What> {
        self.sqs.take_notes().into_iter().map(|note| note.what).collect()
    }
}

fn url(queue: &str) -> String {
    format!("http://127.0.0.1:4566/000000000000/{queue}")
}

fn arn(queue: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-central-1:000000000000:{queue}"))
}

fn message(queue: &str, body: &str) -> SendMessage {
    SendMessage { queue_url: url(queue), message_body: body.into(), ..SendMessage::default() }
}

fn poll(queue: &str, max: i64) -> ReceiveMessage {
    ReceiveMessage { queue_url: url(queue), max_number_of_messages: Some(max), ..ReceiveMessage::default() }
}

fn code(result: Result<impl std::fmt::Debug, ApiError>) -> String {
    result.unwrap_err().code.into_owned()
}

fn redrive(target: &str, max: u32) -> String {
    json!({ "deadLetterTargetArn": arn(target).as_str(), "maxReceiveCount": max }).to_string()
}

const FIFO: [(&str, &str); 2] = [("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];

#[test]
fn a_message_is_hidden_then_returns_then_is_deleted() {
    let mut world = World::with("q", &[("VisibilityTimeout", "10")]);
    let sent = world.send("q", r#"{"subject":"ord_1"}"#);
    let first = world.receive("q", 10).remove(0);
    assert_eq!(first.message_id, sent.message_id);
    assert_eq!(first.attributes["ApproximateReceiveCount"], "1");
    assert!(world.bodies("q", 10).is_empty());
    assert_eq!(world.sqs.next_wake(), Some(world.now + Duration::from_secs(10)));
    world.pass(10);
    let second = world.receive("q", 10).remove(0);
    assert_eq!(second.attributes["ApproximateReceiveCount"], "2");
    assert_eq!(second.attributes["ApproximateFirstReceiveTimestamp"], "1000000");
    assert_ne!(first.receipt_handle, second.receipt_handle);
    // An old handle succeeds without effect.
    world.delete("q", &first.receipt_handle).unwrap();
    assert!(!world.sqs.is_idle());
    world.delete("q", &second.receipt_handle).unwrap();
    assert!(world.sqs.is_idle());
    // So does a handle of a message that is gone.
    world.delete("q", &second.receipt_handle).unwrap();
    let notes = world.sqs.take_notes();
    assert!(notes.iter().all(|note| note.subject.as_deref() == Some("ord_1")));
    let kinds: Vec<What> = notes.into_iter().map(|note| note.what).collect();
    let expected =
        [What::Sent, What::Received { count: 1 }, What::Returned, What::Received { count: 2 }, What::Deleted];
    assert_eq!(kinds, expected);
}

#[test]
fn a_standard_message_can_be_deleted_after_its_visibility_ended() {
    let mut world = World::with("q", &[("VisibilityTimeout", "1")]);
    world.send("q", "a");
    let handle = world.receive("q", 1).remove(0).receipt_handle;
    world.pass(2);
    world.delete("q", &handle).unwrap();
    assert!(world.sqs.is_idle());
}

#[test]
fn a_fifo_handle_is_void_after_its_visibility_ended() {
    let mut world = World::with("q.fifo", &FIFO);
    world.send_group("q.fifo", "g", "a");
    let handle = world.receive("q.fifo", 1).remove(0).receipt_handle;
    world.pass(31);
    let error = world.delete("q.fifo", &handle).unwrap_err();
    assert_eq!(error.query_code.as_deref(), Some("InvalidParameterValue"));
    assert!(error.message.ends_with("Reason: The receipt handle has expired."), "{error}");
}

#[test]
fn foreign_handles_are_refused() {
    let mut world = World::with("q", &[]);
    world.create("other", &[]).unwrap();
    world.send("q", "a");
    let handle = world.receive("q", 1).remove(0).receipt_handle;
    assert_eq!(code(world.delete("other", &handle)), "ReceiptHandleIsInvalid");
    assert_eq!(code(world.hide("q", "nonsense", 1)), "ReceiptHandleIsInvalid");
}

#[test]
fn visibility_changes_count_from_the_call_and_end_after_twelve_hours() {
    let mut world = World::with("q", &[]);
    world.send("q", "a");
    let handle = world.receive("q", 1).remove(0).receipt_handle;
    world.pass(20);
    world.hide("q", &handle, 30).unwrap();
    world.pass(29);
    assert!(world.bodies("q", 1).is_empty());
    let refused = world.hide("q", &handle, 43_200).unwrap_err();
    assert!(refused.message.contains("beyond the limit [43200 seconds]"), "{refused}");
    assert_eq!(code(world.hide("q", &handle, 43_201)), "InvalidParameterValueException");
    world.hide("q", &handle, 0).unwrap();
    assert_eq!(world.bodies("q", 1), ["a"]);
    // An older handle serves too.
    world.hide("q", &handle, 0).unwrap();
    assert_eq!(world.bodies("q", 1), ["a"]);
}

#[test]
fn nobody_watches_and_no_note_is_made() {
    let mut world = World::with("q", &[]);
    world.sqs.set_watch(Watch::Nothing);
    world.send("q", r#"{"subject":"ord_1"}"#);
    let handle = world.receive("q", 1).remove(0).receipt_handle;
    world.delete("q", &handle).unwrap();
    world.send("q", "a");
    world.call(Request::PurgeQueue(PurgeQueue { queue_url: "q".into() })).unwrap();
    assert!(world.kinds().is_empty());
}

#[test]
fn who_watches_trouble_hears_of_losses_alone() {
    let mut world = World::with("q", &[]);
    world.sqs.set_watch(Watch::Trouble);
    for body in ["a", r#"{"subject":"ord_1"}"#] {
        world.send("q", body);
    }
    let handle = world.receive("q", 1).remove(0).receipt_handle;
    world.delete("q", &handle).unwrap();
    world.call(Request::PurgeQueue(PurgeQueue { queue_url: "q".into() })).unwrap();
    let notes = world.sqs.take_notes();
    assert!(matches!(notes.as_slice(), [note] if note.what.is_trouble()), "{notes:?}");
    assert_eq!(notes[0].subject.as_deref(), Some("ord_1"), "the subject is found when it is needed");
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
#[test]
fn at_most_120_000_messages_are_in_flight() {
    let mut world = World::with("q", &[]);
    for _ in 0..=IN_FLIGHT_MAX {
        world.send("q", "a");
    }
    assert_eq!(world.sqs.receive(world.now, &arn("q"), IN_FLIGHT_MAX + 1).unwrap().len(), IN_FLIGHT_MAX);
    let refused = world.call(Request::ReceiveMessage(poll("q", 1))).unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("OverLimit", 403));
    let waiting = world.ask(Request::ReceiveMessage(ReceiveMessage { wait_time_seconds: Some(20), ..poll("q", 1) }));
    assert_eq!(waiting, None, "a long poll waits instead");
    world.pass(19);
    assert!(world.sqs.take_answers().is_empty());
    world.pass(1);
    assert_eq!(world.sqs.take_answers().len(), 1);
}

fn attempt(id: &str, max: i64, visibility: i64) -> ReceiveMessage {
    let id = Some(id.to_owned());
    ReceiveMessage { receive_request_attempt_id: id, visibility_timeout: Some(visibility), ..poll("q.fifo", max) }
}

#[test]
fn a_repeated_attempt_answers_the_same_messages_and_hides_them_anew() {
    let mut world = World::with("q.fifo", &FIFO);
    for (group, body) in [("g", "a"), ("g", "b"), ("h", "c")] {
        world.send_group("q.fifo", group, body);
    }
    let first = world.receive_as(attempt("try", 2, 10));
    world.pass(8);
    assert_eq!(world.receive_as(attempt("try", 2, 10)), first);
    world.pass(8);
    assert_eq!(world.bodies("q.fifo", 10), ["c"], "the others are hidden for two more seconds");
    world.pass(2);
    assert_eq!(world.receive_as(attempt("try", 1, 10))[0].body, "a", "what is visible again is received anew");
}

#[test]
fn an_attempt_whose_messages_were_modified_cannot_be_repeated() {
    let mut world = World::with("q.fifo", &FIFO);
    for body in ["a", "b"] {
        world.send_group("q.fifo", body, body);
    }
    let taken = world.receive_as(attempt("deleted", 1, 300)).remove(0);
    let hidden = world.receive_as(attempt("hidden", 1, 300)).remove(0);
    world.delete("q.fifo", &taken.receipt_handle).unwrap();
    world.hide("q.fifo", &hidden.receipt_handle, 200).unwrap();
    for id in ["deleted", "hidden"] {
        let error = world.call(Request::ReceiveMessage(attempt(id, 1, 300))).unwrap_err();
        assert!(error.message.ends_with("since the receive call is not retryable."), "{error}");
    }
    let empty = Messages::default();
    world.pass(150);
    let other = world.call(Request::ReceiveMessage(attempt("other", 1, 300))).unwrap();
    assert_eq!(other, Response::Messages(empty.clone()));
    world.pass(149);
    assert_eq!(world.receive_as(attempt("hidden", 1, 300))[0].body, "b", "visible again");
    assert_eq!(code(world.call(Request::ReceiveMessage(attempt("", 1, 1)))), "InvalidParameterValueException");
}

#[test]
fn delays_of_queue_and_message() {
    let mut world = World::with("q", &[("DelaySeconds", "5")]);
    world.send("q", "queue");
    world.try_send(SendMessage { delay_seconds: Some(1), ..message("q", "message") }).unwrap();
    world.try_send(SendMessage { delay_seconds: Some(0), ..message("q", "none") }).unwrap();
    assert_eq!(world.attribute("q", "ApproximateNumberOfMessagesDelayed").as_deref(), Some("2"));
    assert_eq!(world.bodies("q", 10), ["none"]);
    world.pass(1);
    assert_eq!(world.bodies("q", 10), ["message"]);
    world.pass(4);
    assert_eq!(world.bodies("q", 10), ["queue"]);
    let refused = SendMessage { delay_seconds: Some(901), ..message("q", "x") };
    assert_eq!(code(world.try_send(refused)), "InvalidParameterValueException");
}

#[test]
fn a_fifo_queue_takes_a_delay_for_all_its_messages_only() {
    let mut world = World::with("q.fifo", &[FIFO[0], FIFO[1], ("DelaySeconds", "60")]);
    let late = SendMessage { delay_seconds: Some(2), message_group_id: Some("g".into()), ..message("q.fifo", "a") };
    assert!(world.try_send(late.clone()).unwrap_err().message.contains("not valid for this queue type"));
    world.try_send(SendMessage { delay_seconds: Some(0), ..late }).unwrap();
    assert!(world.bodies("q.fifo", 1).is_empty());
    // A new delay counts for messages that wait already.
    let attributes = BTreeMap::from([("DelaySeconds".to_owned(), "3".to_owned())]);
    world.call(Request::SetQueueAttributes(SetQueueAttributes { queue_url: url("q.fifo"), attributes })).unwrap();
    world.pass(3);
    assert_eq!(world.bodies("q.fifo", 1), ["a"]);
}

#[test]
fn retention_ends_a_message_wherever_it_is() {
    let mut world = World::with("q", &[("MessageRetentionPeriod", "60"), ("VisibilityTimeout", "100")]);
    world.send("q", "a");
    world.send("q", "b");
    world.receive("q", 1);
    world.pass(60);
    assert!(world.sqs.is_idle());
    assert_eq!(world.kinds().iter().filter(|what| **what == What::Expired).count(), 2);
    assert_eq!(world.sqs.next_wake(), None);
}

#[test]
fn the_receive_after_the_last_allowed_one_moves_the_message() {
    let mut world = World::with("dlq", &[]);
    world.create("q", &[("VisibilityTimeout", "1"), ("RedrivePolicy", &redrive("dlq", 2))]).unwrap();
    let sent = world.send("q", "poison");
    for _ in 0..2 {
        assert_eq!(world.bodies("q", 10), ["poison"]);
        world.pass(1);
    }
    assert_eq!(world.sqs.visible(&arn("dlq")), 0, "only a receive moves it");
    assert!(world.bodies("q", 10).is_empty());
    assert!(world.sqs.is_idle(), "dead letters rest");
    let dead = world.receive("dlq", 10).remove(0);
    assert_eq!(dead.message_id, sent.message_id);
    assert_eq!(dead.attributes["ApproximateReceiveCount"], "3");
    assert_eq!(dead.attributes["SentTimestamp"], "1000000");
    assert_eq!(dead.attributes["DeadLetterQueueSourceArn"], arn("q").as_str());
    let reason = "received 2 times without being deleted".to_owned();
    assert!(world.kinds().contains(&What::DeadLettered { to: "dlq".into(), reason }));
}

#[test]
fn a_standard_dead_letter_keeps_its_age_and_a_fifo_one_starts_anew() {
    let mut world = World::with("dlq", &[("MessageRetentionPeriod", "100")]);
    world.create("q", &[("VisibilityTimeout", "0"), ("RedrivePolicy", &redrive("dlq", 1))]).unwrap();
    world.create("dlq.fifo", &[FIFO[0], ("MessageRetentionPeriod", "100")]).unwrap();
    let policy = redrive("dlq.fifo", 1);
    world.create("q.fifo", &[FIFO[0], FIFO[1], ("VisibilityTimeout", "0"), ("RedrivePolicy", &policy)]).unwrap();
    world.send("q", "a");
    world.send_group("q.fifo", "g", "a");
    world.pass(90);
    for queue in ["q", "q", "q.fifo", "q.fifo"] {
        world.receive(queue, 1);
    }
    world.pass(20);
    assert_eq!((world.sqs.visible(&arn("dlq")), world.sqs.visible(&arn("dlq.fifo"))), (0, 1));
}

#[test]
fn redrive_policies_are_checked_against_their_target() {
    let mut world = World::with("dlq", &[]);
    world.create("closed", &[("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#)]).unwrap();
    for (queue, attributes) in [
        ("q", vec![("RedrivePolicy", redrive("missing", 2))]),
        ("q", vec![("RedrivePolicy", redrive("closed", 2))]),
        ("q.fifo", vec![("FifoQueue", "true".into()), ("RedrivePolicy", redrive("dlq", 2))]),
    ] {
        let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(code(world.create(queue, &attributes)), "InvalidParameterValueException", "{attributes:?}");
    }
    world.create("q", &[("RedrivePolicy", &redrive("dlq", 2))]).unwrap();
    let sources = ListDeadLetterSourceQueues { queue_url: url("dlq"), ..ListDeadLetterSourceQueues::default() };
    match world.call(Request::ListDeadLetterSourceQueues(sources)).unwrap() {
        Response::DeadLetterSources(sources) => assert_eq!(sources.queue_urls, [url("q")]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fifo_receive_fills_from_one_group_first() {
    let mut world = World::with("q.fifo", &FIFO);
    for (group, body) in [("g1", "g1-m1"), ("g2", "g2-m1"), ("g1", "g1-m2"), ("g1", "g1-m3")] {
        world.send_group("q.fifo", group, body);
    }
    assert_eq!(world.bodies("q.fifo", 10), ["g1-m1", "g1-m2", "g1-m3", "g2-m1"]);
}

#[test]
fn a_group_opens_again_when_one_message_becomes_visible() {
    let mut world = World::with("q.fifo", &FIFO);
    for (group, body) in [("g1", "g1-m1"), ("g1", "g1-m2"), ("g2", "g2-m1"), ("g1", "g1-m3")] {
        world.send_group("q.fifo", group, body);
    }
    let held = world.receive("q.fifo", 2);
    world.hide("q.fifo", &held[0].receipt_handle, 0).unwrap();
    assert_eq!(world.bodies("q.fifo", 3), ["g2-m1", "g1-m1"], "g1-m3 waits behind g1-m2, which is in flight");
}

#[test]
fn a_group_stays_closed_until_all_of_its_messages_in_flight_are_deleted() {
    let mut world = World::with("q.fifo", &FIFO);
    for (group, body) in [("g1", "g1-m1"), ("g2", "g2-m1"), ("g1", "g1-m2"), ("g1", "g1-m3"), ("g3", "g3-m1")] {
        world.send_group("q.fifo", group, body);
    }
    let held = world.receive("q.fifo", 2);
    world.delete("q.fifo", &held[0].receipt_handle).unwrap();
    assert_eq!(world.bodies("q.fifo", 10), ["g2-m1", "g3-m1"]);
    world.delete("q.fifo", &held[1].receipt_handle).unwrap();
    assert_eq!(world.bodies("q.fifo", 10), ["g1-m3"]);
}

#[test]
fn a_visibility_timeout_of_zero_returns_fifo_messages_at_once() {
    let mut world = World::with("q.fifo", &[FIFO[0], FIFO[1], ("VisibilityTimeout", "0")]);
    for (group, body) in [("g1", "g1-m1"), ("g2", "g2-m1"), ("g2", "g2-m2"), ("g3", "g3-m1"), ("g1", "g1-m2")] {
        world.send_group("q.fifo", group, body);
    }
    assert_eq!(world.bodies("q.fifo", 3), ["g1-m1", "g1-m2", "g2-m1"]);
    assert_eq!(world.bodies("q.fifo", 10), ["g3-m1", "g1-m1", "g1-m2", "g2-m1", "g2-m2"]);
}

#[test]
fn duplicates_vanish_for_five_minutes_even_after_deletion() {
    let mut world = World::with("q.fifo", &FIFO);
    let first = world.send_group("q.fifo", "g", "a");
    let handle = world.receive("q.fifo", 1).remove(0).receipt_handle;
    world.delete("q.fifo", &handle).unwrap();
    world.pass(299);
    let again = world.send_group("q.fifo", "other-group", "a");
    assert_eq!((again.message_id, again.sequence_number), (first.message_id.clone(), first.sequence_number));
    assert!(world.sqs.is_idle());
    world.pass(1);
    assert_ne!(world.send_group("q.fifo", "g", "a").message_id, first.message_id);
}

#[test]
fn deduplication_can_be_per_group() {
    let attributes = [FIFO[0], FIFO[1], ("DeduplicationScope", "messageGroup")];
    let mut world = World::with("q.fifo", &attributes);
    let first = world.send_group("q.fifo", "g1", "a");
    assert_eq!(world.send_group("q.fifo", "g1", "a").message_id, first.message_id);
    assert_ne!(world.send_group("q.fifo", "g2", "a").message_id, first.message_id);
}

#[test]
fn sequence_numbers_have_twenty_digits_and_grow() {
    let mut world = World::with("q.fifo", &FIFO);
    let numbers: Vec<String> =
        ["a", "b", "c"].iter().filter_map(|body| world.send_group("q.fifo", "g", body).sequence_number).collect();
    assert!(numbers.iter().all(|number| number.len() == 20) && numbers.is_sorted());
    assert_eq!(world.receive("q.fifo", 1)[0].attributes["SequenceNumber"], numbers[0]);
}

#[test]
fn a_fifo_send_needs_group_and_deduplication_id() {
    let mut world = World::with("q.fifo", &[FIFO[0]]);
    assert_eq!(code(world.try_send(message("q.fifo", "a"))), "MissingRequiredParameterException");
    let grouped = SendMessage { message_group_id: Some("g".into()), ..message("q.fifo", "a") };
    assert!(world.try_send(grouped.clone()).unwrap_err().message.contains("ContentBasedDeduplication"));
    let complete = SendMessage { message_deduplication_id: Some("d".into()), ..grouped };
    assert!(world.try_send(complete).unwrap().sequence_number.is_some());
}

#[test]
fn a_poisonous_standard_message_goes_to_the_back_after_three_receives() {
    let mut world = World::with("q", &[("VisibilityTimeout", "0")]);
    world.send("q", "poison");
    world.send("q", "good");
    for _ in 0..3 {
        assert_eq!(world.bodies("q", 1), ["poison"]);
    }
    assert_eq!(world.bodies("q", 1), ["good"]);
}

#[test]
fn quiet_tenants_are_served_before_a_noisy_one() {
    let mut world = World::with("q", &[]);
    for number in 0..60 {
        world.send_group("q", "noisy", &format!("n{number}"));
    }
    for _ in 0..3 {
        assert_eq!(world.receive("q", 10).len(), 10);
    }
    world.send_group("q", "quiet", "q1");
    world.send("q", "own tenant");
    assert_eq!(world.bodies("q", 3), ["q1", "own tenant", "n30"]);
}

#[test]
fn a_long_poll_waits_for_a_message_or_its_end() {
    let mut world = World::with("q", &[("ReceiveMessageWaitTimeSeconds", "5")]);
    assert!(world.ask(Request::ReceiveMessage(poll("q", 1))).is_none());
    assert_eq!(world.sqs.next_wake(), Some(world.now + Duration::from_secs(5)));
    world.send("q", "a");
    let answers = world.sqs.take_answers();
    assert!(matches!(&answers[..], [(CallId(1), Ok(Response::Messages(it)))] if it.messages[0].body == "a"));

    assert!(world.ask(Request::ReceiveMessage(poll("q", 1))).is_none());
    world.pass(5);
    let answers = world.sqs.take_answers();
    assert!(matches!(&answers[..], [(CallId(3), Ok(Response::Messages(it)))] if it.messages.is_empty()));
}

#[test]
fn a_long_poll_sees_delays_end_and_forgets_callers_that_hung_up() {
    let mut world = World::with("q", &[("DelaySeconds", "2")]);
    let waiting = || ReceiveMessage { wait_time_seconds: Some(20), ..poll("q", 1) };
    assert!(world.ask(Request::ReceiveMessage(waiting())).is_none());
    assert!(world.ask(Request::ReceiveMessage(waiting())).is_none());
    world.sqs.forget(CallId(1));
    world.send("q", "a");
    assert_eq!(world.sqs.next_wake(), Some(world.now + Duration::from_secs(2)));
    world.pass(2);
    let callers: Vec<CallId> = world.sqs.take_answers().into_iter().map(|(call, _)| call).collect();
    assert_eq!(callers, [CallId(2)]);
}

#[test]
fn a_long_poll_of_a_deleted_queue_ends() {
    let mut world = World::with("q", &[]);
    assert!(
        world.ask(Request::ReceiveMessage(ReceiveMessage { wait_time_seconds: Some(20), ..poll("q", 1) })).is_none()
    );
    world.call(Request::DeleteQueue(DeleteQueue { queue_url: url("q") })).unwrap();
    let answers = world.sqs.take_answers();
    assert!(matches!(&answers[..], [(_, Err(error))] if error.code == "QueueDoesNotExist"));
    assert_eq!(code(world.create("q", &[])), "QueueDeletedRecently");
    world.pass(60);
    world.create("q", &[]).unwrap();
}

#[test]
fn a_message_that_is_given_up_on_wakes_a_poll_of_the_dead_letter_queue() {
    let mut world = World::with("dlq", &[]);
    world.create("q", &[("VisibilityTimeout", "1"), ("RedrivePolicy", &redrive("dlq", 1))]).unwrap();
    world.send("q", "a");
    world.receive("q", 1);
    for queue in ["q", "dlq"] {
        let waiting = ReceiveMessage { wait_time_seconds: Some(20), ..poll(queue, 1) };
        assert!(world.ask(Request::ReceiveMessage(waiting)).is_none());
    }
    world.pass(1);
    let callers: Vec<CallId> = world.sqs.take_answers().into_iter().map(|(call, _)| call).collect();
    assert_eq!(callers, [CallId(4)], "the poll of the queue itself goes on waiting");
}

#[test]
fn dead_letter_queues_in_a_circle_do_not_hang() {
    let mut world = World::with("a", &[("VisibilityTimeout", "1")]);
    world.create("b", &[("RedrivePolicy", &redrive("a", 1))]).unwrap();
    let attributes = BTreeMap::from([("RedrivePolicy".to_owned(), redrive("b", 1))]);
    world.call(Request::SetQueueAttributes(SetQueueAttributes { queue_url: url("a"), attributes })).unwrap();
    world.send("a", "wanderer");
    world.receive("a", 1);
    for queue in ["a", "b"] {
        let waiting = ReceiveMessage { wait_time_seconds: Some(20), ..poll(queue, 1) };
        assert!(world.ask(Request::ReceiveMessage(waiting)).is_none());
    }
    world.pass(1);
    assert!(world.sqs.take_answers().is_empty());
    assert_eq!(world.sqs.visible(&arn("a")) + world.sqs.visible(&arn("b")), 1);
}

#[test]
fn creating_again_must_not_contradict() {
    let mut world = World::with("q", &[("DelaySeconds", "1")]);
    world.create("q", &[]).unwrap();
    world.create("q", &[("DelaySeconds", "1")]).unwrap();
    let error = world.create("q", &[("DelaySeconds", "2")]).unwrap_err();
    assert_eq!((error.code.as_ref(), error.query_code.as_deref()), ("QueueNameExists", Some("QueueAlreadyExists")));
    assert!(error.message.ends_with("different value for attribute DelaySeconds"));
}

#[test]
fn names_are_checked() {
    let mut world = World::new();
    for (name, attributes, valid) in [
        ("a-b_C9", &[][..], true),
        ("a.b", &[], false),
        ("", &[], false),
        ("q.fifo", &[], false),
        ("q", &[("FifoQueue", "true")], false),
        (".fifo", &[("FifoQueue", "true")], false),
        ("q.fifo", &[("FifoQueue", "true")], true),
    ] {
        assert_eq!(world.create(name, attributes).is_ok(), valid, "{name}");
    }
}

#[test]
fn sizes_count_attributes_and_are_limited() {
    let mut world = World::with("q", &[("MaximumMessageSize", "1024")]);
    assert!(world.try_send(message("q", &"a".repeat(1024))).is_ok());
    let value =
        MessageAttributeValue { data_type: "String".into(), string_value: Some("v".into()), binary_value: None };
    let attributes = BTreeMap::from([("k".to_owned(), value)]);
    let input = SendMessage { message_attributes: attributes, ..message("q", &"a".repeat(1017)) };
    assert!(world.try_send(input).unwrap_err().message.ends_with("Message must be shorter than 1024 bytes."));
}

#[test]
fn batches_fail_by_entry_or_as_a_whole() {
    let mut world = World::with("q", &[]);
    let entry = |id: &str, body: &str| SendEntry { id: id.into(), message_body: body.into(), ..SendEntry::default() };
    let batch = |entries| Request::SendMessageBatch(SendMessageBatch { queue_url: url("q"), entries });
    match world.call(batch(vec![entry("good", "a"), entry("bad", "\0")])).unwrap() {
        Response::SentBatch(result) => {
            assert_eq!(result.successful[0].id, "good");
            assert_eq!(
                (result.failed[0].id.as_str(), result.failed[0].code.as_str()),
                ("bad", "InvalidMessageContents")
            );
            assert!(result.failed[0].sender_fault);
        }
        other => panic!("{other:?}"),
    }
    let big = "a".repeat(600_000);
    let too_many: Vec<SendEntry> = (0..11).map(|number| entry(&number.to_string(), "a")).collect();
    for (entries, expected) in [
        (vec![], "EmptyBatchRequest"),
        (too_many, "TooManyEntriesInBatchRequest"),
        (vec![entry("a", "1"), entry("a", "2")], "BatchEntryIdsNotDistinct"),
        (vec![entry("a b", "1")], "InvalidBatchEntryId"),
        (vec![entry("a", &big), entry("b", &big)], "BatchRequestTooLong"),
    ] {
        assert_eq!(code(world.call(batch(entries))), expected);
    }
}

#[test]
fn purging_empties_once_a_minute() {
    let mut world = World::with("q", &[]);
    world.send("q", "a");
    let purge = || Request::PurgeQueue(PurgeQueue { queue_url: "q".into() });
    world.call(purge()).unwrap();
    assert!(world.sqs.is_idle());
    assert_eq!(code(world.call(purge())), "PurgeQueueInProgress");
    world.pass(60);
    world.call(purge()).unwrap();
}

#[test]
fn a_service_hands_over_what_the_policy_allows() {
    let mut world = World::with("q", &[]);
    let topic =
        Principal { service: "sns.amazonaws.com", source_arn: Arn::new("arn:aws:sns:eu-central-1:000000000000:t") };
    let parcel = || Handover { body: "a".into(), ..Handover::default() };
    let refusal = world.sqs.hand_over(world.now, &arn("q"), parcel(), &topic).unwrap_err();
    assert!(matches!(&refusal, Refusal::NoPermission(text) if text.contains(":000000000000:t")), "{refusal}");
    let role = Principal { service: "lambda.amazonaws.com", ..topic.clone() };
    world.sqs.hand_over(world.now, &arn("q"), parcel(), &role).unwrap();
    let missing = world.sqs.hand_over(world.now, &arn("missing"), parcel(), &topic).unwrap_err();
    assert!(matches!(missing, Refusal::NoResource(_)));
    let policy = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn("q").as_str(), "Condition": {"ArnEquals": {"aws:SourceArn": topic.source_arn.as_str()}},
    }]});
    let attributes = BTreeMap::from([("Policy".to_owned(), policy.to_string())]);
    world.call(Request::SetQueueAttributes(SetQueueAttributes { queue_url: url("q"), attributes })).unwrap();
    world.sqs.hand_over(world.now, &arn("q"), parcel(), &topic).unwrap();
    let attributes = BTreeMap::from([("MaximumMessageSize".to_owned(), "1024".to_owned())]);
    world.call(Request::SetQueueAttributes(SetQueueAttributes { queue_url: url("q"), attributes })).unwrap();
    let large = || Handover { body: "x".repeat(1_025), ..Handover::default() };
    world.sqs.hand_over(world.now, &arn("q"), large(), &topic).unwrap();
    let refusal = world.sqs.hand_over(world.now, &arn("q"), large(), &role).unwrap_err();
    assert!(matches!(refusal, Refusal::Invalid(_)), "the queue's own limit is for all but topics: {refusal}");
    let bad = Handover { body: String::new(), ..Handover::default() };
    assert!(matches!(world.sqs.hand_over(world.now, &arn("q"), bad, &topic), Err(Refusal::Invalid(_))));
}

#[test]
fn attributes_come_as_asked() {
    let mut world = World::with("q", &[]);
    let value = |text: &str| MessageAttributeValue {
        data_type: "String".into(),
        string_value: Some(text.into()),
        binary_value: None,
    };
    let attributes = [("General", "Kenobi"), ("Hello", "There"), ("Help.Me", "Me")]
        .map(|(name, text)| (name.to_owned(), value(text)));
    world.try_send(SendMessage { message_attributes: attributes.into(), ..message("q", "msg") }).unwrap();
    let mut ask = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let input = ReceiveMessage { message_attribute_names: names, visibility_timeout: Some(0), ..poll("q", 1) };
        let message = world.receive_as(input).remove(0);
        assert!(message.attributes.is_empty());
        message.md5_of_message_attributes
    };
    assert_eq!(ask(&[]), None);
    assert_eq!(ask(&["All"]).as_deref(), Some("4c360f3fdafd970e05fae2f149d997f5"));
    assert_eq!(ask(&["Hello", "None"]).as_deref(), Some("a311262e065454b75da111d535b8dacd"));
    assert_eq!(ask(&["Hel.*"]).as_deref(), Some("83fee93c1bcd8b9a5a923ffacdc636c7"));
}

#[test]
fn an_event_source_mapping_receives_more_than_ten() {
    let mut world = World::with("q", &[]);
    for number in 0..25 {
        world.send("q", &number.to_string());
    }
    let received = world.sqs.receive(world.now, &arn("q"), 20).unwrap();
    assert_eq!(received.len(), 20);
    assert_eq!(*received[0].event_source_arn, arn("q"));
    world.sqs.delete(world.now, &arn("q"), &received[0].receipt_handle).unwrap();
    world.sqs.change_visibility(world.now, &arn("q"), &received[1].receipt_handle, Duration::ZERO).unwrap();
    assert_eq!(world.sqs.visible(&arn("q")), 6);
}

#[test]
fn lists_come_in_pages() {
    let mut world = World::new();
    for name in ["a1", "a2", "a3", "b1"] {
        world.create(name, &[]).unwrap();
    }
    let mut page = |next_token: Option<String>| {
        let input = ListQueues { queue_name_prefix: Some("a".into()), next_token, max_results: Some(2) };
        match world.call(Request::ListQueues(input)).unwrap() {
            Response::Queues(queues) => queues,
            other => panic!("{other:?}"),
        }
    };
    let first = page(None);
    assert_eq!(first.queue_urls, [url("a1"), url("a2")]);
    let last = page(first.next_token);
    assert_eq!((last.queue_urls, last.next_token), (vec![url("a3")], None));
}

#[test]
fn unknown_attributes_and_queues_are_named() {
    let mut world = World::with("q", &[]);
    let ask = |queue: &str, name: &str| {
        Request::GetQueueAttributes(GetQueueAttributes { queue_url: url(queue), attribute_names: vec![name.into()] })
    };
    assert_eq!(code(world.call(ask("q", "Colour"))), "InvalidAttributeName");
    assert_eq!(code(world.call(ask("missing", "All"))), "QueueDoesNotExist");
    assert_eq!(world.attribute("q", "RedrivePolicy"), None);
    assert_eq!(world.attribute("q", "MaximumMessageSize").as_deref(), Some("1048576"));
}

#[test]
fn a_standard_queue_takes_the_liberties_that_it_is_told_to() {
    let mut world = World::new();
    let (again, late) = (Duration::from_secs(3), Duration::from_secs(5));
    let (again, late) = (Liberty::Again { after: again }, Liberty::Late { by: late });
    let taken = std::sync::Mutex::new(vec![None, Some(late), Some(again)]);
    world.sqs.set_liberties(Liberties::new(move |_| taken.lock().unwrap().pop().flatten()));
    world.create("Q", &[]).unwrap();
    world.create("Q.fifo", &[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")]).unwrap();
    world.send_group("Q.fifo", "g", "a FIFO queue is not asked");
    for body in ["twice", "late", "plain"] {
        world.send("Q", body);
    }
    let first = world.receive("Q", 10);
    assert_eq!(first.iter().map(|message| message.body.to_string()).collect::<Vec<_>>(), ["twice", "plain"]);
    world.delete("Q", &first[0].receipt_handle).unwrap();
    world.pass(3);
    let again = world.receive("Q", 10);
    assert_eq!((again.len(), &again[0].message_id), (1, &first[0].message_id));
    world.delete("Q", &again[0].receipt_handle).unwrap();
    world.pass(2);
    assert_eq!(world.bodies("Q", 10), ["late"]);
}
