//! Replays in virtual time.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::bus::bus_arn;
use super::*;
use crate::What;

/// 2026-11-22T18:40:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_372_800_000);

/// A bus whose archive keeps everything, with a rule to each of two queues.
struct World {
    bridge: EventBridge,
    now: Timestamp,
    rules: Vec<Arn>,
}

impl World {
    fn new() -> Self {
        let site =
            Site { account: "000000000000".to_owned(), region: "eu-central-1".to_owned(), endpoint: String::new() };
        let mut world = Self { bridge: EventBridge::new(site, Ids::new(7)), now: NOW, rules: Vec::new() };
        let archive = CreateArchive {
            archive_name: "Kept".to_owned(),
            event_source_arn: Some(world.bus()),
            ..CreateArchive::default()
        };
        world.call(Request::CreateArchive(archive)).unwrap();
        for name in ["One", "Two"] {
            let rule = PutRule {
                name: name.to_owned(),
                event_pattern: Some(r#"{"source":["shop"]}"#.to_owned()),
                ..PutRule::default()
            };
            let Ok(Response::PutRule(created)) = world.call(Request::PutRule(rule)) else { panic!("no rule") };
            world.rules.push(created.rule_arn);
            let queue = Arn::new(format!("arn:aws:sqs:eu-central-1:000000000000:{name}"));
            let targets = vec![Target::new("t", queue)];
            world
                .call(Request::PutTargets(PutTargets { rule: name.to_owned(), event_bus_name: None, targets }))
                .unwrap();
        }
        world
    }

    fn bus(&self) -> Arn {
        bus_arn(&self.bridge.site, DEFAULT_BUS)
    }

    fn archive(&self) -> Arn {
        self.bridge.site.arn("events", "archive/Kept")
    }

    fn call(&mut self, request: Request) -> Result<Response, ApiError> {
        self.bridge.call(self.now, request)
    }

    /// Puts an event that happened `seconds` after [`NOW`], and answers its id.
    fn put(&mut self, seconds: u64) -> String {
        let entry = Entry {
            time: Some(NOW + Duration::from_secs(seconds)),
            source: Some("shop".to_owned()),
            detail_type: Some("Placed".to_owned()),
            detail: Some("{}".to_owned()),
            ..Entry::default()
        };
        let put = PutEvents { entries: vec![entry], endpoint_id: None };
        let Ok(Response::PutEvents(results)) = self.call(Request::PutEvents(put)) else { panic!("not put") };
        for delivery in self.bridge.take_deliveries() {
            self.bridge.delivered(self.now, delivery.ticket, Ok(()));
        }
        match &results.entries[0] {
            PutResult::Accepted { event_id } => event_id.clone(),
            PutResult::Refused { error_message, .. } => panic!("{error_message}"),
        }
    }

    fn request(&self, name: &str) -> StartReplay {
        StartReplay {
            replay_name: name.to_owned(),
            description: None,
            event_source_arn: Some(self.archive()),
            event_start_time: Some(NOW),
            event_end_time: Some(NOW + Duration::from_mins(20)),
            destination: Some(ReplayDestination { arn: Some(self.bus()), filter_arns: Vec::new() }),
        }
    }

    fn start(&mut self, request: StartReplay) -> Result<Response, ApiError> {
        self.call(Request::StartReplay(request))
    }

    fn describe(&mut self, name: &str) -> ReplayDescription {
        match self.call(Request::DescribeReplay(NamedReplay { replay_name: name.to_owned() })) {
            Ok(Response::DescribeReplay(description)) => *description,
            other => panic!("{other:?}"),
        }
    }

    fn cancel(&mut self, name: &str) -> Result<Response, ApiError> {
        self.call(Request::CancelReplay(NamedReplay { replay_name: name.to_owned() }))
    }

    /// Goes to the next wake-up, and answers the queue and the event of each delivery.
    fn step(&mut self) -> Vec<(String, Value)> {
        self.now = self.bridge.next_wake().expect("something to do");
        self.bridge.tick(self.now);
        let deliveries = self.bridge.take_deliveries();
        let body = |delivery: &Delivery| serde_json::from_str(&delivery.message.body).unwrap();
        let seen = deliveries.iter().map(|it| (it.to.name().to_owned(), body(it))).collect();
        for delivery in deliveries {
            self.bridge.delivered(self.now, delivery.ticket, Ok(()));
        }
        seen
    }
}

fn ids(seen: &[(String, Value)], queue: &str) -> Vec<String> {
    let of_queue = seen.iter().filter(|(name, _)| name == queue);
    of_queue.map(|(_, event)| event["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn minutes_come_in_order_with_the_replays_name_and_are_not_kept_again() {
    let mut world = World::new();
    let late = world.put(60 * 7);
    let first: Vec<String> = (0..20).map(|second| world.put(second)).collect();
    world.put(60 * 20);
    world.bridge.take_notes();
    let started = world.start(world.request("again")).unwrap();
    let Response::StartReplay(started) = started else { panic!("{started:?}") };
    assert_eq!((started.state, started.replay_start_time), ("STARTING", NOW));
    assert!(!world.bridge.is_idle());

    let seen = world.step();
    assert_eq!(world.now, NOW + Duration::from_secs(1));
    let one = ids(&seen, "One");
    assert_eq!(one.iter().collect::<BTreeSet<_>>(), first.iter().collect::<BTreeSet<_>>());
    assert_ne!(one, first, "no order within a minute");
    assert_eq!(ids(&seen, "Two"), one);
    let keys: Vec<_> = seen[0].1.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[6..], ["region", "replay-name", "resources", "detail"]);
    assert_eq!(seen[0].1["replay-name"], "again");
    let running = world.describe("again");
    assert_eq!((running.state, running.event_last_replayed_time), ("RUNNING", Some(NOW + Duration::from_secs(19))));

    assert_eq!(ids(&world.step(), "One"), [late]);
    assert!(world.step().is_empty());
    let done = world.describe("again");
    assert_eq!((done.state, done.replay_end_time), ("COMPLETED", Some(NOW + Duration::from_secs(3))));
    assert_eq!((world.bridge.archived("Kept").count(), world.bridge.next_wake()), (22, None));
    assert!(world.bridge.is_idle());
    let replayed = What::Replayed { by: "again".to_owned() };
    let notes = world.bridge.take_notes();
    assert_eq!(notes.iter().filter(|note| note.what == replayed && note.place == DEFAULT_BUS).count(), 21);
}

#[test]
fn times_are_cut_to_milliseconds() {
    for (seconds, millis) in [
        ("1795372812.345", 1_795_372_812_345),
        ("1795372812.345999", 1_795_372_812_345),
        ("1795372812", 1_795_372_812_000),
    ] {
        let request: StartReplay = serde_json::from_str(&format!(r#"{{"EventStartTime":{seconds}}}"#)).unwrap();
        assert_eq!(request.event_start_time, Some(Timestamp::from_millis(millis)), "{seconds}");
    }
}

#[test]
fn a_replay_goes_to_the_rules_that_it_names_and_rules_can_tell() {
    let mut world = World::new();
    let id = world.put(0);
    let live = PutRule {
        name: "Two".to_owned(),
        event_pattern: Some(r#"{"replay-name":[{"exists":false}]}"#.to_owned()),
        ..PutRule::default()
    };
    let destination = |world: &World, rule: usize| {
        Some(ReplayDestination { arn: Some(world.bus()), filter_arns: vec![world.rules[rule].clone()] })
    };
    let named = StartReplay { destination: destination(&world, 1), ..world.request("named") };
    world.start(named).unwrap();
    let seen = world.step();
    assert_eq!((ids(&seen, "One").len(), ids(&seen, "Two")), (0, vec![id]));
    world.call(Request::PutRule(live)).unwrap();
    let none = StartReplay { destination: destination(&world, 1), ..world.request("none") };
    world.start(none).unwrap();
    world.bridge.take_notes();
    while !world.bridge.is_idle() {
        assert!(world.step().is_empty());
    }
    let filtered = |note: &Note| matches!(note.what, What::Filtered { .. });
    assert_eq!(world.bridge.take_notes().iter().filter(|note| filtered(note)).count(), 1);
}

#[test]
fn a_cancelled_replay_sends_no_more() {
    let mut world = World::new();
    world.put(0);
    world.put(90);
    world.start(world.request("early")).unwrap();
    world.start(world.request("midway")).unwrap();
    world.cancel("early").unwrap();
    assert_eq!(world.describe("early").state, "CANCELLING");
    assert_eq!(ids(&world.step(), "One").len(), 1, "of the other one");
    assert_eq!(world.describe("early").state, "CANCELLED");
    let Ok(Response::CancelReplay(cancelled)) = world.cancel("midway") else { panic!("not cancelled") };
    assert_eq!(cancelled.state, "CANCELLING");
    assert!(world.step().is_empty());
    let (cancelled, last) = (world.describe("midway"), Some(NOW));
    assert_eq!((cancelled.state, cancelled.event_last_replayed_time), ("CANCELLED", last));
    for name in ["early", "midway"] {
        assert_eq!(world.cancel(name).unwrap_err().code, "IllegalStatusException");
    }
    assert_eq!(world.cancel("none").unwrap_err().code, "ResourceNotFoundException");
}

#[test]
fn a_replay_whose_archive_goes_fails() {
    let mut world = World::new();
    world.put(0);
    world.put(90);
    world.start(world.request("again")).unwrap();
    world.step();
    world.call(Request::DeleteArchive(NamedArchive { archive_name: "Kept".to_owned() })).unwrap();
    assert!(world.step().is_empty());
    let failed = world.describe("again");
    assert_eq!((failed.state, failed.state_reason.as_deref()), ("FAILED", Some("Archive Kept does not exist.")));
    let list = |world: &mut World, list: ListReplays| match world.call(Request::ListReplays(list)) {
        Ok(Response::ListReplays(listed)) => listed.replays.len(),
        other => panic!("{other:?}"),
    };
    let failed = ListReplays { state: Some("FAILED".to_owned()), ..ListReplays::default() };
    assert_eq!(list(&mut world, failed), 1);
    let other = ListReplays { name_prefix: Some("other".to_owned()), ..ListReplays::default() };
    assert_eq!(list(&mut world, other), 0);
}

#[test]
fn what_start_replay_refuses() {
    let mut world = World::new();
    let other = CreateEventBus { name: "Other".to_owned(), ..CreateEventBus::default() };
    world.call(Request::CreateEventBus(other)).unwrap();
    let to = |world: &World, bus: &str| {
        Some(ReplayDestination { arn: Some(bus_arn(&world.bridge.site, bus)), filter_arns: Vec::new() })
    };
    let request = world.request("again");
    let cases = [
        (StartReplay { replay_name: "a b".to_owned(), ..request.clone() }, "ValidationException", "at 'replayName'"),
        (StartReplay { replay_name: "a".repeat(65), ..request.clone() }, "ValidationException", "at 'replayName'"),
        (StartReplay { destination: None, ..request.clone() }, "ValidationException", "Destination must be"),
        (
            StartReplay { destination: to(&world, "None"), ..request.clone() },
            "ResourceNotFoundException",
            "Event bus None does not exist.",
        ),
        (
            StartReplay { destination: to(&world, "Other"), ..request.clone() },
            "ValidationException",
            "Cross event bus replay is not permitted.",
        ),
        (
            StartReplay { event_source_arn: Some(world.bridge.site.arn("events", "archive/None")), ..request.clone() },
            "ValidationException",
            "Parameter EventSourceArn is not valid. Reason: Archive None does not exist.",
        ),
        (
            StartReplay { event_end_time: Some(NOW), ..request.clone() },
            "ValidationException",
            "EventStartTime must be before EventEndTime.",
        ),
    ];
    for (request, code, part) in cases {
        let error = world.start(request).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
    world.start(request.clone()).unwrap();
    let error = world.start(request).unwrap_err();
    assert_eq!(
        (error.code.as_ref(), error.message.as_str()),
        ("ResourceAlreadyExistsException", "Replay again already exists.")
    );
    for number in 1..10 {
        world.start(world.request(&format!("again-{number}"))).unwrap();
    }
    assert_eq!(world.start(world.request("one-more")).unwrap_err().code, "LimitExceededException");
    world.step();
    world.start(world.request("one-more")).unwrap();
}
