//! What holds whatever happens: no event is lost unseen, schedules run once for each time, and what is kept comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::What;
use crate::keep::{Change, Durable, Record};

/// 2026-11-22T18:40:12.345Z, a Sunday.
const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

fn site() -> Site {
    Site { account: "000000000000".to_owned(), region: "eu-central-1".to_owned(), endpoint: String::new() }
}

fn queue(name: &str) -> Arn {
    site().arn("sqs", name)
}

fn put_rule(name: &str, source: &str) -> Request {
    Request::PutRule(PutRule {
        name: name.to_owned(),
        event_pattern: Some(format!(r#"{{"source":["{source}"]}}"#)),
        ..PutRule::default()
    })
}

fn put_targets(rule: &str, targets: Vec<Target>) -> Request {
    Request::PutTargets(PutTargets { rule: rule.to_owned(), event_bus_name: None, targets })
}

fn put_event(source: &str, at: Option<Timestamp>) -> Request {
    let entry = Entry {
        source: Some(source.to_owned()),
        detail_type: Some("Placed".to_owned()),
        detail: Some(r#"{"metadata":{"subject":"s"}}"#.to_owned()),
        time: at,
        ..Entry::default()
    };
    Request::PutEvents(PutEvents { entries: vec![entry], endpoint_id: None })
}

fn schedule(name: &str, expression: &str, window: Option<u32>) -> CreateSchedule {
    let target = ScheduleTarget {
        input: Some(r#"{"name":"NAME","at":"<aws.scheduler.scheduled-time>"}"#.replace("NAME", name)),
        ..ScheduleTarget::new(queue("Q"), Arn::new("arn:aws:iam::000000000000:role/r"))
    };
    CreateSchedule {
        name: name.to_owned(),
        schedule_expression: expression.to_owned(),
        flexible_time_window: Some(FlexibleTimeWindow {
            mode: if window.is_some() { "FLEXIBLE" } else { "OFF" }.to_owned(),
            maximum_window_in_minutes: window,
        }),
        target: Some(target),
        ..CreateSchedule::default()
    }
}

/// How a receiver answers.
fn answer(kind: u8) -> Result<(), Refusal> {
    match kind {
        0 => Err(Refusal::NoPermission("no".to_owned())),
        1 => Err(Refusal::NoResource("gone".to_owned())),
        2 => Err(Refusal::Throttled("too many".to_owned())),
        _ => Ok(()),
    }
}

proptest! {
    /// Every event has, at each target of each rule that it matches, exactly one of: delivered, dead-lettered, lost
    /// with a note, still to be tried.
    #[test]
    fn every_event_ends_once_at_each_target(
        answers in prop::collection::vec(0..4_u8, 0..60),
        // Per rule: the source that it wants, and for each target whether it has a dead-letter queue.
        rules in prop::collection::vec((0..2_u8, prop::collection::vec(any::<bool>(), 1..4)), 1..4),
        retries in 0..6_u32,
        sources in prop::collection::vec(0..2_u8, 1..5),
        steps in 0..40_usize,
    ) {
        let mut bridge = EventBridge::new(site(), Ids::new(7));
        for (number, (source, targets)) in rules.iter().enumerate() {
            let name = format!("rule-{number}");
            bridge.call(NOW, put_rule(&name, &source.to_string())).unwrap();
            let target = |(index, dead): (usize, &bool)| Target {
                retry_policy: Some(RetryPolicy { maximum_retry_attempts: Some(retries), ..RetryPolicy::default() }),
                dead_letter_config: dead.then(|| DeadLetterConfig { arn: Some(queue("Dead")) }),
                ..Target::new(index.to_string(), queue(&format!("Q{index}")))
            };
            let targets = targets.iter().enumerate().map(target).collect();
            bridge.call(NOW, put_targets(&name, targets)).unwrap();
        }
        let mut expected = 0;
        for source in &sources {
            bridge.call(NOW, put_event(&source.to_string(), None)).unwrap();
            expected += rules.iter().filter(|(wanted, _)| wanted == source).map(|(_, it)| it.len()).sum::<usize>();
        }
        let (mut now, mut answers) = (NOW, answers.into_iter());
        for _ in 0..steps {
            for delivery in bridge.take_deliveries() {
                bridge.delivered(now, delivery.ticket, answers.next().map_or(Ok(()), answer));
            }
            now = bridge.next_wake().unwrap_or(now);
            bridge.tick(now);
        }
        let is_end = |note: &Note| {
            matches!(note.what, What::Delivered { .. } | What::DeadLettered { .. } | What::Lost { .. })
        };
        let ends = bridge.take_notes().iter().filter(|note| is_end(note)).count();
        prop_assert_eq!(ends + bridge.jobs.len(), expected);
        prop_assert_eq!(bridge.jobs.is_empty(), bridge.is_idle());
    }

    /// A schedule runs once for each of its times, and not before.
    #[test]
    fn a_schedule_runs_once_for_each_time(
        expression in prop::sample::select(vec![
            "rate(1 minute)", "rate(7 minutes)", "rate(1 hour)", "cron(0/5 * * * ? *)", "cron(30 18-20 ? * SUN *)",
            "at(2026-11-22T19:00:00)",
        ]),
        window in prop::option::of(1..90_u32),
        hours in 1..5_u64,
    ) {
        let mut bridge = EventBridge::new(site(), Ids::new(u64::from(window.unwrap_or(0))));
        let create = schedule("s", expression, window);
        bridge.call(NOW, Request::CreateSchedule(Box::new(create))).unwrap();
        let until = NOW + Duration::from_hours(hours);
        let (mut runs, mut now) = (Vec::new(), NOW);
        while let Some(wake) = bridge.next_wake().filter(|wake| *wake <= until) {
            prop_assert!(wake >= now, "time goes back");
            now = wake;
            bridge.tick(now);
            for delivery in bridge.take_deliveries() {
                let body: Value = serde_json::from_str(&delivery.message.body).unwrap();
                runs.push((now, body["at"].as_str().unwrap().to_owned()));
                bridge.delivered(now, delivery.ticket, Ok(()));
            }
        }
        let parsed = schedule::Expression::parse_lenient(expression).unwrap();
        let mut after = Timestamp::from_millis(NOW.as_millis() - 1);
        let longest = Duration::from_mins(window.unwrap_or(0).into());
        for (at, text) in &runs {
            let due = parsed.next(after, NOW, &jiff::tz::TimeZone::UTC).unwrap();
            prop_assert_eq!(text, &event::time(due));
            prop_assert!(due <= *at && at.since(due) <= longest.max(Duration::from_mins(90)), "{} at {:?}", text, at);
            after = due;
        }
        let missed = parsed.next(after, NOW, &jiff::tz::TimeZone::UTC).filter(|due| *due + longest < until);
        prop_assert_eq!(missed, None);
    }

    /// Another EventBridge made from the changes alone goes on as the one that was kept.
    #[test]
    fn what_is_kept_comes_back(
        history in prop::collection::vec((0..12_u8, 0..4_u8, 0..300_u64), 0..40),
        every in 1..6_usize,
    ) {
        let mut kept = EventBridge::new(site(), Ids::new(7));
        let (mut store, mut now) = (BTreeMap::new(), NOW);
        kept.keep();
        for (index, (action, which, seconds)) in history.into_iter().enumerate() {
            now = now + Duration::from_secs(seconds);
            kept.tick(now);
            act(&mut kept, now, action, which);
            if index % every == 0 {
                store_changes(&mut kept, &mut store);
            }
        }
        store_changes(&mut kept, &mut store);
        let mut back = EventBridge::new(site(), kept.ids.clone());
        for ((table, key), value) in store {
            back.restore(&Record { table, key, value }).unwrap();
        }
        back.resume(now);
        // What was under way is made again; here it is still under way.
        prop_assert_eq!(&*back.jobs, &*kept.jobs);
        prop_assert_eq!(back.next_wake(), kept.next_wake());
        prop_assert_eq!(ahead(&mut back, now), ahead(&mut kept, now));
        prop_assert_eq!(answers(&mut back, now), answers(&mut kept, now));
    }
}

proptest! {
    /// No text that comes from outside makes anything panic.
    #[test]
    fn hostile_texts_are_refused_or_taken(
        text in prop_oneof![
            any::<String>(),
            "[$<>{}\\[\\]\"a.:0-9*,?/ -]{0,40}",
            "(rate|cron|at)\\([0-9*?/,A-Z# -]{0,30}\\)",
            "rate\\([0-9]{1,20} (minute|hour|day)s?\\)",
        ],
        far: bool,
    ) {
        let mut bridge = EventBridge::new(site(), Ids::new(7));
        let now = if far { Timestamp::from_millis(u64::MAX - 5) } else { NOW };
        let bus = bus::bus_arn(&site(), DEFAULT_BUS);
        let transformer = InputTransformer {
            input_paths_map: [("a".to_owned(), text.clone())].into(),
            input_template: text.clone(),
        };
        let target = Target { input_transformer: Some(transformer), ..Target::new("t", queue("Q")) };
        let path = Target { input_path: Some(text.clone()), ..Target::new("p", Arn::new(text.clone())) };
        let rule = |name: &str| PutRule { name: name.to_owned(), ..PutRule::default() };
        let call = Arn::new("arn:aws:scheduler:::aws-sdk:eventbridge:putEvents");
        let mut universal = schedule("universal", "rate(1 hour)", None);
        universal.target = universal.target.map(|target| ScheduleTarget { arn: call, input: Some(text.clone()), ..target });
        let requests = [
            put_rule("shop", "shop"),
            put_targets("shop", vec![target]),
            put_targets("shop", vec![path]),
            Request::PutRule(PutRule { event_pattern: Some(text.clone()), ..rule("pattern") }),
            Request::PutRule(PutRule { schedule_expression: Some(text.clone()), ..rule("schedule") }),
            Request::CreateSchedule(Box::new(schedule("s", &text, Some(9)))),
            Request::CreateSchedule(Box::new(universal)),
            Request::PutPermission(PutPermission { policy: Some(text.clone()), ..PutPermission::default() }),
            Request::TestEventPattern(TestEventPattern { event_pattern: text.clone(), event: text.clone() }),
            Request::ListRules(ListRules { next_token: Some(text.clone()), ..ListRules::default() }),
            Request::CreateArchive(CreateArchive {
                archive_name: "a".to_owned(),
                event_source_arn: Some(bus),
                event_pattern: Some(text.clone()),
                ..CreateArchive::default()
            }),
            put_event("shop", Some(now)),
        ];
        for request in requests {
            let _ = bridge.call(now, request);
        }
        let entry = Entry { detail: Some(text.clone()), event_bus_name: Some(text), ..Entry::default() };
        let _ = bridge.call(now, Request::PutEvents(PutEvents { entries: vec![entry; 11], endpoint_id: None }));
        bridge.tick(now + Duration::from_hours(2));
    }
}

fn store_changes(bridge: &mut EventBridge, store: &mut BTreeMap<(String, Vec<u8>), Vec<u8>>) {
    let mut changes = Vec::new();
    bridge.take_changes(&mut changes);
    for Change { table, key, value } in changes {
        match value {
            Some(value) => store.insert((table.to_owned(), key), value),
            None => store.remove(&(table.to_owned(), key)),
        };
    }
}

/// One thing that may happen.
fn act(bridge: &mut EventBridge, now: Timestamp, action: u8, which: u8) {
    let name = which.to_string();
    let bus = bus::bus_arn(&site(), DEFAULT_BUS);
    let request = match action {
        0 => put_rule(&name, &name),
        1 => {
            let dead = DeadLetterConfig { arn: Some(queue("Dead")) };
            let target = Target { dead_letter_config: Some(dead), ..Target::new("t", queue(&name)) };
            put_targets(&name, vec![target])
        }
        2 | 3 => put_event(&name, Some(now - Duration::from_secs(u64::from(which) * 30))),
        4 => Request::CreateArchive(CreateArchive {
            archive_name: name,
            event_source_arn: Some(bus),
            retention_days: u32::from(which == 0),
            ..CreateArchive::default()
        }),
        5 => Request::StartReplay(StartReplay {
            replay_name: name.clone(),
            event_source_arn: Some(site().arn("events", &format!("archive/{name}"))),
            event_start_time: Some(now - Duration::from_hours(1)),
            event_end_time: Some(now),
            destination: Some(ReplayDestination { arn: Some(bus), filter_arns: Vec::new() }),
            ..StartReplay::default()
        }),
        6 => Request::CreateSchedule(Box::new(schedule(&name, "rate(3 minutes)", (which > 1).then_some(5)))),
        7 => Request::DeleteSchedule(NamedSchedule { name, group_name: None }),
        8 => Request::PutRule(PutRule {
            name,
            schedule_expression: Some("cron(0/2 * * * ? *)".to_owned()),
            ..PutRule::default()
        }),
        9 => Request::DeleteArchive(NamedArchive { archive_name: name }),
        _ => {
            for delivery in bridge.take_deliveries() {
                bridge.delivered(now, delivery.ticket, answer(which));
            }
            return;
        }
    };
    // Refusals are part of a history.
    let _ = bridge.call(now, request);
}

/// What is delivered within the next quarter of an hour, ids aside.
fn ahead(bridge: &mut EventBridge, from: Timestamp) -> BTreeSet<(Arn, String, u64)> {
    // The kept one still waits for answers to what it sent; the other sent it again.
    let mut seen = BTreeSet::new();
    let under_way: Vec<u64> = bridge.jobs.iter().filter(|(_, job)| job.due.is_none()).map(|(id, _)| *id).collect();
    bridge.take_deliveries();
    for id in under_way {
        bridge.accepted(from, id);
    }
    let until = from + Duration::from_mins(15);
    while let Some(wake) = bridge.next_wake().filter(|wake| *wake <= until) {
        bridge.tick(wake);
        for delivery in bridge.take_deliveries() {
            let mut body: Value = serde_json::from_str(&delivery.message.body).unwrap_or_default();
            if let Some(id) = body.get_mut("id") {
                *id = Value::Null;
            }
            seen.insert((delivery.to, body.to_string(), wake.as_millis()));
            bridge.delivered(wake, delivery.ticket, Ok(()));
        }
    }
    seen
}

/// What the lists answer.
fn answers(bridge: &mut EventBridge, now: Timestamp) -> Vec<Response> {
    let lists = [
        Request::ListEventBuses(ListEventBuses::default()),
        Request::ListRules(ListRules::default()),
        Request::ListArchives(ListArchives::default()),
        Request::ListReplays(ListReplays::default()),
        Request::ListSchedules(ListSchedules::default()),
        Request::ListScheduleGroups(ListScheduleGroups::default()),
    ];
    let later = now + Duration::from_mins(15);
    lists.into_iter().map(|list| bridge.call(later, list).unwrap()).collect()
}
