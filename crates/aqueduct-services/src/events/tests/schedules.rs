//! Schedules: when they run, and what they send.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::bus::bus_arn;
use super::*;

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

fn universal(call: &str, input: &Value) -> ScheduleTarget {
    let arn = Arn::new(format!("arn:aws:scheduler:::aws-sdk:{call}"));
    ScheduleTarget { input: Some(input.to_string()), ..ScheduleTarget::new(arn, role()) }
}

#[test]
fn a_schedule_makes_the_calls_that_hand_messages_on() {
    let topic = "arn:aws:sns:eu-central-1:000000000000:News";
    let send = json!({ "QueueUrl": "http://h/0/Q", "MessageBody": "<aws.scheduler.attempt-number>" });
    let cases = [
        (universal("sqs:sendMessage", &send), queue("Q"), "1"),
        (universal("sns:publish", &json!({ "TopicArn": topic, "Message": "m" })), Arn::new(topic), "m"),
        (
            universal("lambda:invoke", &json!({ "FunctionName": "f", "InvocationType": "Event", "Payload": "{}" })),
            function("f"),
            "{}",
        ),
    ];
    for (target, to, body) in cases {
        let mut bridge = bridge();
        bridge.call(NOW, Request::CreateSchedule(Box::new(schedule("rate(1 hour)", target)))).unwrap();
        bridge.tick(NOW);
        let [delivery] = bridge.take_deliveries().try_into().unwrap();
        assert_eq!((delivery.to, delivery.message.body.as_str()), (to, body));
    }
}

#[test]
fn which_calls_a_schedule_cannot_make_is_said() {
    let delayed = json!({ "QueueUrl": "http://h/0/Q", "MessageBody": "m", "DelaySeconds": 5 });
    let cases = [
        (universal("ec2:stopInstances", &json!({})), 501, "ec2:stopInstances"),
        (universal("sqs:sendMessage", &delayed), 501, "DelaySeconds"),
        (universal("lambda:invoke", &json!({ "FunctionName": "f" })), 501, "InvocationType"),
        (universal("sns:publish", &json!({ "Message": "m" })), 400, "Invalid Input"),
    ];
    for (target, status, words) in cases {
        let request = Request::CreateSchedule(Box::new(schedule("rate(1 hour)", target)));
        let error = bridge().call(NOW, request).unwrap_err();
        assert!(error.status == status && error.message.contains(words), "{error}");
    }
}
