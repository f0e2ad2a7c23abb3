//! Buses, rules, schedules and what becomes of events.

use std::time::Duration;

use serde_json::{Value, json};

use super::bus::bus_arn;
use super::*;
use crate::What;

/// 2026-11-22T18:40:12.345Z, a Sunday.
const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

fn bridge() -> EventBridge {
    let site = Site {
        account: "000000000000".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
    };
    let mut bridge = EventBridge::new(site, Ids::new(7));
    let bus = CreateEventBus { name: "CommerceBus".to_owned(), ..CreateEventBus::default() };
    bridge.call(NOW, Request::CreateEventBus(bus)).unwrap();
    bridge
}

fn queue(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-central-1:000000000000:{name}"))
}

fn function(name: &str) -> Arn {
    Arn::new(format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}"))
}

fn on_bus(name: &str, pattern: &str) -> PutRule {
    PutRule {
        name: name.to_owned(),
        event_bus_name: Some("CommerceBus".to_owned()),
        event_pattern: Some(pattern.to_owned()),
        ..PutRule::default()
    }
}

fn scheduled(name: &str, expression: &str) -> PutRule {
    PutRule { name: name.to_owned(), schedule_expression: Some(expression.to_owned()), ..PutRule::default() }
}

fn put_targets(bridge: &mut EventBridge, rule: &PutRule, targets: Vec<Target>) -> Result<Response, ApiError> {
    let request = PutTargets { rule: rule.name.clone(), event_bus_name: rule.event_bus_name.clone(), targets };
    bridge.call(NOW, Request::PutTargets(request))
}

/// A rule with one target; the rule's ARN.
fn rule(bridge: &mut EventBridge, rule: PutRule, target: Target) -> Arn {
    let request =
        PutTargets { rule: rule.name.clone(), event_bus_name: rule.event_bus_name.clone(), targets: vec![target] };
    let Ok(Response::PutRule(created)) = bridge.call(NOW, Request::PutRule(rule)) else { panic!("no rule") };
    bridge.call(NOW, Request::PutTargets(request)).unwrap();
    created.rule_arn
}

fn entry(detail: &str) -> Entry {
    Entry {
        source: Some("shop".to_owned()),
        detail_type: Some("OrderDispatched".to_owned()),
        detail: Some(detail.to_owned()),
        event_bus_name: Some("CommerceBus".to_owned()),
        ..Entry::default()
    }
}

fn put(bridge: &mut EventBridge, entries: Vec<Entry>) -> Result<PutResults, ApiError> {
    match bridge.call(NOW, Request::PutEvents(PutEvents { entries, endpoint_id: None }))? {
        Response::PutEvents(results) => Ok(results),
        other => panic!("{other:?}"),
    }
}

fn kinds(bridge: &mut EventBridge) -> Vec<What> {
    bridge.take_notes().into_iter().map(|note| note.what).collect()
}

fn dead_letter(target: Target) -> Target {
    Target { dead_letter_config: Some(DeadLetterConfig { arn: Some(queue("Dead")) }), ..target }
}

fn labels(delivery: &Delivery) -> BTreeMap<&str, &str> {
    delivery.message.attributes.iter().map(|(name, it)| (name.as_str(), it.string_value.as_deref().unwrap())).collect()
}

fn refused() -> Refusal {
    Refusal::NoPermission("the policy does not let events.amazonaws.com in".to_owned())
}

fn throttled() -> Refusal {
    Refusal::Throttled("too many".to_owned())
}

#[test]
fn a_matching_event_goes_to_the_target_as_aws_prints_it() {
    let mut bridge = bridge();
    let arn = rule(&mut bridge, on_bus("OnDispatch", r#"{"source":["shop"]}"#), Target::new("t", function("f")));
    rule(&mut bridge, on_bus("Other", r#"{"source":["bakery"]}"#), Target::new("t", function("g")));
    let results = put(&mut bridge, vec![entry(r#"{"metadata":{"subject":"ord_1"},"total":1.50}"#)]).unwrap();
    let [PutResult::Accepted { event_id }] = &results.entries[..] else { panic!("{results:?}") };
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    assert_eq!(delivery.to, function("f"));
    assert_eq!(delivery.from, Principal { service: "events.amazonaws.com", source_arn: arn });
    assert_eq!(
        delivery.message.body,
        format!(
            r#"{{"version":"0","id":"{event_id}","detail-type":"OrderDispatched","source":"shop","account":"000000000000","time":"2026-11-22T18:40:12Z","region":"eu-central-1","resources":[],"detail":{{"metadata":{{"subject":"ord_1"}},"total":1.5}}}}"#
        )
    );
    bridge.delivered(NOW, delivery.ticket, Ok(()));
    assert!(bridge.is_idle());
    let notes = bridge.take_notes();
    let seen: Vec<_> = notes.iter().map(|note| (note.place.as_str(), note.subject.as_deref(), &note.what)).collect();
    let delivered = What::Delivered { to: "f".to_owned() };
    assert_eq!(seen, [("CommerceBus", Some("ord_1"), &What::Published), ("OnDispatch", Some("ord_1"), &delivered)]);
}

#[test]
fn an_event_for_nobody_is_noted() {
    let mut bridge = bridge();
    put(&mut bridge, vec![entry("{}")]).unwrap();
    assert_eq!(kinds(&mut bridge), [What::Published, What::Filtered { by: "every rule of CommerceBus".to_owned() }]);
    let lost = Entry { event_bus_name: Some("NoBus".to_owned()), ..entry("{}") };
    let results = put(&mut bridge, vec![lost]).unwrap();
    assert!(matches!(results.entries[..], [PutResult::Accepted { .. }]), "AWS answers with an id");
    let notes = kinds(&mut bridge);
    assert!(matches!(&notes[..], [What::Lost { reason }] if reason.contains("NoBus does not exist")), "{notes:?}");
}

#[test]
fn what_put_events_refuses() {
    let mut bridge = bridge();
    let cases = [
        (Entry { source: None, ..entry("{}") }, "InvalidArgument", "Source is a required argument."),
        (Entry { detail_type: None, ..entry("{}") }, "InvalidArgument", "DetailType is a required argument."),
        (Entry { detail: None, ..entry("{}") }, "InvalidArgument", "Detail is a required argument."),
        (Entry { source: Some("aws.s3".to_owned()), ..entry("{}") }, "NotAuthorizedForSourceException", "source"),
        (entry("[]"), "MalformedDetail", "Detail is malformed."),
        (entry("{"), "MalformedDetail", "Detail is malformed."),
    ];
    for (entry, code, words) in cases {
        let results = put(&mut bridge, vec![entry]).unwrap();
        let [PutResult::Refused { error_code, error_message }] = &results.entries[..] else { panic!("{results:?}") };
        assert_eq!((error_code.as_str(), results.failed_entry_count), (code, 1));
        assert!(error_message.contains(words), "{error_message}");
    }
    let big = entry(&format!(r#"{{"x":"{}"}}"#, "x".repeat(600_000)));
    let calls = [
        (vec![], "greater than or equal to 1"),
        (vec![entry("{}"); 11], "less than or equal to 10"),
        (vec![big.clone(), big], "Total size of the entries in the request is over the limit."),
    ];
    for (entries, words) in calls {
        let error = put(&mut bridge, entries).unwrap_err();
        assert!(error.code == "ValidationException" && error.message.contains(words), "{error}");
    }
    assert_eq!(bridge.take_notes(), []);
}

#[test]
fn what_rules_and_targets_refuse() {
    let mut bridge = bridge();
    let on_custom = PutRule { event_bus_name: Some("CommerceBus".to_owned()), ..scheduled("r", "rate(1 minute)") };
    let nowhere = PutRule { event_bus_name: Some("NoBus".to_owned()), ..on_bus("r", r#"{"source":["a"]}"#) };
    let rules = [
        (
            PutRule { name: "r".to_owned(), ..PutRule::default() },
            "EventPattern or ScheduleExpression must be specified",
        ),
        (on_custom, "ScheduleExpression is supported only on the default event bus."),
        (scheduled("r", "rate(1 minutes)"), "Parameter ScheduleExpression is not valid."),
        (scheduled("r", "at(2030-01-01T00:00:00)"), "Parameter ScheduleExpression is not valid."),
        (on_bus("r", r#"{"source":"shop"}"#), "Event pattern is not valid."),
        (on_bus("r", "{"), "Event pattern is not valid."),
        (on_bus("a b", r#"{"source":["a"]}"#), "failed to satisfy constraint"),
        (nowhere, "Event bus NoBus does not exist."),
    ];
    for (rule, words) in rules {
        let error = bridge.call(NOW, Request::PutRule(rule)).unwrap_err();
        assert!(error.message.contains(words), "{error}");
    }
    let there = on_bus("there", r#"{"source":["a"]}"#);
    bridge.call(NOW, Request::PutRule(there.clone())).unwrap();
    let target = |arn: Arn| Target::new("t", arn);
    let kinesis = Arn::new("arn:aws:kinesis:eu-central-1:000000000000:stream/s");
    let input = Some("{}".to_owned());
    let fifo_dead = DeadLetterConfig { arn: Some(queue("Dead.fifo")) };
    let retry = RetryPolicy { maximum_retry_attempts: Some(186), ..RetryPolicy::default() };
    let targets = [
        (target(kinesis), 501, "kinesis"),
        (target(queue("Q.fifo")), 400, "SqsParameters must be specified for target: t."),
        (Target { input: Some("oops".to_owned()), ..target(queue("Q")) }, 400, "JSON syntax error"),
        (Target { input, input_path: Some("$.detail".to_owned()), ..target(queue("Q")) }, 400, "Only one of"),
        (Target { input_path: Some("detail".to_owned()), ..target(queue("Q")) }, 400, "Invalid JSON path"),
        (Target { input_path: Some("$.a[*]".to_owned()), ..target(queue("Q")) }, 501, "wildcards"),
        (Target { dead_letter_config: Some(fifo_dead), ..target(queue("Q")) }, 400, "standard SQS queue"),
        (Target { retry_policy: Some(retry), ..target(queue("Q")) }, 400, "less than or equal to 185"),
        (
            Target { other: [("EcsParameters".to_owned(), json!({}))].into(), ..target(queue("Q")) },
            501,
            "EcsParameters",
        ),
    ];
    for (target, status, words) in targets {
        let error = put_targets(&mut bridge, &there, vec![target]).unwrap_err();
        assert!(error.status == status && error.message.contains(words), "{error}");
    }
    let six = (0..6).map(|number| Target::new(number.to_string(), queue("Q"))).collect();
    assert_eq!(put_targets(&mut bridge, &there, six).unwrap_err().code, "LimitExceededException");
}

#[test]
fn a_permanent_error_goes_to_the_dead_letter_queue_at_once() {
    let mut bridge = bridge();
    let target = Target { input: Some("{}".to_owned()), ..dead_letter(Target::new("t", queue("Q"))) };
    let arn = rule(&mut bridge, on_bus("r", r#"{"source":["shop"]}"#), target);
    put(&mut bridge, vec![entry(r#"{"a":1}"#)]).unwrap();
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    assert_eq!(delivery.message.body, "{}");
    bridge.delivered(NOW, delivery.ticket, Err(refused()));
    let [dead] = bridge.take_deliveries().try_into().unwrap();
    assert_eq!(dead.to, queue("Dead"));
    assert!(dead.message.body.contains(r#""detail":{"a":1}"#), "the event as it was");
    assert_eq!(
        labels(&dead),
        BTreeMap::from([
            ("RULE_ARN", arn.as_str()),
            ("TARGET_ARN", queue("Q").as_str()),
            ("ERROR_CODE", "NO_PERMISSIONS"),
            ("ERROR_MESSAGE", refused().to_string().as_str()),
            ("RETRY_ATTEMPTS", "0"),
        ])
    );
    bridge.delivered(NOW, dead.ticket, Ok(()));
    assert!(matches!(kinds(&mut bridge).last(), Some(What::DeadLettered { to, .. }) if to == "Dead"));
}

#[test]
fn without_a_dead_letter_queue_the_loss_says_why() {
    let mut bridge = bridge();
    rule(&mut bridge, on_bus("r", r#"{"source":["shop"]}"#), Target::new("t", queue("Q")));
    put(&mut bridge, vec![entry("{}")]).unwrap();
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    bridge.delivered(NOW, delivery.ticket, Err(refused()));
    let notes = kinds(&mut bridge);
    let Some(What::Lost { reason }) = notes.last() else { panic!("not lost: {notes:?}") };
    assert!(reason.contains("events.amazonaws.com") && reason.contains("DeadLetterConfig"), "{reason}");
}

/// Attempts until the end, and the labels of the message in the dead-letter queue.
fn exhaust(retry: RetryPolicy) -> (usize, String, Duration) {
    let mut bridge = bridge();
    let target = Target { retry_policy: Some(retry), ..dead_letter(Target::new("t", queue("Q"))) };
    rule(&mut bridge, on_bus("r", r#"{"source":["shop"]}"#), target);
    put(&mut bridge, vec![entry("{}")]).unwrap();
    let (mut now, mut attempts) = (NOW, 0);
    loop {
        let [delivery] = bridge.take_deliveries().try_into().unwrap();
        if delivery.to == queue("Dead") {
            return (attempts, labels(&delivery)["EXHAUSTED_RETRY_CONDITION"].to_owned(), now.since(NOW));
        }
        attempts += 1;
        bridge.delivered(now, delivery.ticket, Err(throttled()));
        if let Some(wake) = bridge.next_wake() {
            now = wake;
            bridge.tick(now);
        }
    }
}

#[test]
fn retries_end_by_number_or_age() {
    let about = |seconds: u64, took: Duration| (seconds * 8 / 10..=seconds * 12 / 10).contains(&took.as_secs());
    let by_number = RetryPolicy { maximum_retry_attempts: Some(3), ..RetryPolicy::default() };
    let (attempts, setting, took) = exhaust(by_number);
    assert!(attempts == 4 && setting == "MaximumRetryAttempts" && about(7, took), "{took:?}");
    let none = RetryPolicy { maximum_retry_attempts: Some(0), ..RetryPolicy::default() };
    assert_eq!(exhaust(none), (1, "MaximumRetryAttempts".to_owned(), Duration::ZERO));
    let by_age = RetryPolicy { maximum_event_age_in_seconds: Some(60), ..RetryPolicy::default() };
    let (attempts, setting, took) = exhaust(by_age);
    assert!((6..=7).contains(&attempts) && setting == "MaximumEventAgeInSeconds", "{attempts}");
    assert!(took <= Duration::from_mins(1), "{took:?}");
    let (attempts, _, took) = exhaust(RetryPolicy::default());
    assert!((170..=186).contains(&attempts) && took <= Duration::from_hours(24), "{attempts} in {took:?}");
}

#[test]
fn a_scheduled_rule_sends_a_scheduled_event() {
    let mut bridge = bridge();
    let arn = rule(&mut bridge, scheduled("Every", "rate(5 minutes)"), Target::new("t", function("f")));
    assert!(bridge.is_idle(), "a schedule that waits is idle");
    let due = NOW + Duration::from_mins(5);
    assert_eq!(bridge.next_wake(), Some(due));
    bridge.tick(due - Duration::from_millis(1));
    assert_eq!(bridge.take_deliveries(), []);
    bridge.tick(due);
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    let event: Value = serde_json::from_str(&delivery.message.body).unwrap();
    let expected = json!({
        "version": "0", "id": event["id"], "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "000000000000", "time": "2026-11-22T18:45:12Z", "region": "eu-central-1",
        "resources": [arn.as_str()], "detail": {}
    });
    assert_eq!(event, expected);
    assert_eq!(bridge.next_wake(), Some(due + Duration::from_mins(5)));
    let named = NamedRule { name: "Every".to_owned(), event_bus_name: None };
    bridge.call(due, Request::DisableRule(named.clone())).unwrap();
    assert_eq!(bridge.next_wake(), None);
    bridge.call(due, Request::EnableRule(named)).unwrap();
    assert_eq!(bridge.next_wake(), Some(due + Duration::from_mins(5)));
}

fn schedule(expression: &str, target: ScheduleTarget) -> CreateSchedule {
    CreateSchedule {
        name: "s".to_owned(),
        schedule_expression: expression.to_owned(),
        flexible_time_window: Some(FlexibleTimeWindow { mode: "OFF".to_owned(), maximum_window_in_minutes: None }),
        target: Some(target),
        ..CreateSchedule::default()
    }
}

fn role() -> Arn {
    Arn::new("arn:aws:iam::000000000000:role/scheduler")
}

#[test]
fn a_schedule_runs_in_its_time_zone() {
    let mut bridge = bridge();
    let request = CreateSchedule {
        schedule_expression_timezone: Some("Europe/Berlin".to_owned()),
        ..schedule("cron(0 9 ? * MON *)", ScheduleTarget::new(function("f"), role()))
    };
    bridge.call(NOW, Request::CreateSchedule(Box::new(request))).unwrap();
    let due = bridge.next_wake().unwrap();
    assert_eq!(event::time(due), "2026-11-23T08:00:00Z");
    bridge.tick(due);
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    let arn = "arn:aws:scheduler:eu-central-1:000000000000:schedule/default/s";
    assert_eq!(delivery.from, Principal { service: "scheduler.amazonaws.com", source_arn: Arn::new(arn) });
    let payload: Value = serde_json::from_str(&delivery.message.body).unwrap();
    assert_eq!(payload["source"], "aws.scheduler");
    assert_eq!((&payload["detail"], &payload["resources"]), (&json!("{}"), &json!([arn])));
    assert_eq!(event::time(bridge.next_wake().unwrap()), "2026-11-30T08:00:00Z");
}

#[test]
fn a_schedules_input_knows_its_run() {
    let mut bridge = bridge();
    let input = r#"{"at":"<aws.scheduler.scheduled-time>","try":<aws.scheduler.attempt-number>}"#;
    let target = ScheduleTarget {
        input: Some(input.to_owned()),
        dead_letter_config: Some(DeadLetterConfig { arn: Some(queue("Dead")) }),
        retry_policy: Some(RetryPolicy { maximum_retry_attempts: Some(1), ..RetryPolicy::default() }),
        ..ScheduleTarget::new(queue("Q"), role())
    };
    let request = CreateSchedule {
        action_after_completion: Some("DELETE".to_owned()),
        ..schedule("at(2026-11-22T18:41:00)", target)
    };
    bridge.call(NOW, Request::CreateSchedule(Box::new(request))).unwrap();
    let mut now = bridge.next_wake().unwrap();
    bridge.tick(now);
    for attempt in 1..=2 {
        let [delivery] = bridge.take_deliveries().try_into().unwrap();
        assert_eq!(delivery.message.body, format!(r#"{{"at":"2026-11-22T18:41:00Z","try":{attempt}}}"#));
        bridge.delivered(now, delivery.ticket, Err(throttled()));
        now = bridge.next_wake().unwrap_or(now);
        bridge.tick(now);
    }
    let [dead] = bridge.take_deliveries().try_into().unwrap();
    let labels = labels(&dead);
    assert_eq!(labels["EXHAUSTED_RETRY_CONDITION"], "MaximumRetryAttempts");
    assert_eq!((labels["SCHEDULED_TIME"], labels["RETRY_ATTEMPTS"]), ("2026-11-22T18:41:00Z", "1"));
    let named = NamedSchedule { name: "s".to_owned(), group_name: None };
    assert_eq!(bridge.call(now, Request::GetSchedule(named)).unwrap_err().status, 404, "deleted after its only run");
}

#[test]
fn a_rate_without_a_start_runs_at_once_and_ends_with_its_end() {
    let mut bridge = bridge();
    let request = CreateSchedule {
        end_date: Some(NOW + Duration::from_mins(1)),
        ..schedule("rate(1 minute)", ScheduleTarget::new(queue("Q"), role()))
    };
    bridge.call(NOW, Request::CreateSchedule(Box::new(request))).unwrap();
    assert_eq!(bridge.next_wake(), Some(NOW));
    bridge.tick(NOW);
    assert_eq!(bridge.next_wake(), Some(NOW + Duration::from_mins(1)));
    bridge.tick(NOW + Duration::from_mins(1));
    assert_eq!(bridge.next_wake(), None);
}

#[test]
fn a_schedule_puts_events_on_a_bus() {
    let mut bridge = bridge();
    rule(&mut bridge, on_bus("r", r#"{"source":["clock"]}"#), Target::new("t", queue("Q")));
    let bus = Arn::new("arn:aws:events:eu-central-1:000000000000:event-bus/CommerceBus");
    let target = ScheduleTarget {
        event_bridge_parameters: Some(EventBridgeParameters {
            detail_type: "Tick".to_owned(),
            source: "clock".to_owned(),
        }),
        input: Some(r#"{"n":1}"#.to_owned()),
        ..ScheduleTarget::new(bus, role())
    };
    bridge.call(NOW, Request::CreateSchedule(Box::new(schedule("rate(1 hour)", target)))).unwrap();
    bridge.tick(NOW);
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    bridge.hand_over(NOW, &delivery.to, delivery.message.clone(), &delivery.from).unwrap();
    let [delivery] = bridge.take_deliveries().try_into().unwrap();
    let event: Value = serde_json::from_str(&delivery.message.body).unwrap();
    assert_eq!((&event["detail-type"], &event["detail"]), (&json!("Tick"), &json!({ "n": 1 })));
    let no_event = Handover { body: "{}".to_owned(), ..Handover::default() };
    assert!(matches!(
        bridge.hand_over(NOW, &bus_arn(&bridge.site, "CommerceBus"), no_event, &delivery.from),
        Err(Refusal::Invalid(_))
    ));
}

#[test]
fn what_schedules_refuse() {
    let mut bridge = bridge();
    let target = || ScheduleTarget::new(function("f"), role());
    let zone = |name: &str| CreateSchedule {
        schedule_expression_timezone: Some(name.to_owned()),
        ..schedule("rate(1 hour)", target())
    };
    let group = CreateSchedule { group_name: Some("mine".to_owned()), ..schedule("rate(1 hour)", target()) };
    let cases = [
        (schedule("cron(0 1 * * * *)", target()), 400, "Invalid Schedule Expression cron(0 1 * * * *)."),
        (zone("Mars/Olympus"), 400, "Mars/Olympus"),
        (group, 404, "Schedule group mine does not exist."),
        (
            schedule("rate(1 hour)", ScheduleTarget { input: Some("oops".to_owned()), ..target() }),
            400,
            "well-formed JSON",
        ),
        (CreateSchedule { target: None, ..schedule("rate(1 hour)", target()) }, 400, "'target'"),
    ];
    for (request, status, words) in cases {
        let error = bridge.call(NOW, Request::CreateSchedule(Box::new(request))).unwrap_err();
        assert!(error.status == status && error.message.contains(words), "{error}");
    }
}

#[test]
fn an_archive_keeps_what_matches_for_its_days() {
    let mut bridge = bridge();
    let request = CreateArchive {
        archive_name: "Kept".to_owned(),
        event_source_arn: Some(bus_arn(&bridge.site, "CommerceBus")),
        event_pattern: Some(r#"{"detail":{"keep":[true]}}"#.to_owned()),
        retention_days: 1,
        ..CreateArchive::default()
    };
    bridge.call(NOW, Request::CreateArchive(request)).unwrap();
    put(&mut bridge, vec![entry(r#"{"keep":true}"#), entry(r#"{"keep":false}"#)]).unwrap();
    assert_eq!(bridge.archived("Kept").count(), 1);
    let count = |bridge: &mut EventBridge, now| {
        let named = NamedArchive { archive_name: "Kept".to_owned() };
        match bridge.call(now, Request::DescribeArchive(named)) {
            Ok(Response::DescribeArchive(archive)) => (archive.event_count, archive.size_bytes > 0),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(count(&mut bridge, NOW), (1, true));
    assert_eq!(count(&mut bridge, NOW + Duration::from_hours(24)), (0, false));
}
