//! Rules, targets and archives, and what they refuse.

use std::time::Duration;

use serde_json::json;

use super::super::bus::bus_arn;
use super::*;

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

#[test]
fn a_bus_takes_300_rules_and_an_account_100_buses() {
    let mut bridge = bridge();
    for number in 0..300 {
        let rule = on_bus(&format!("r{number}"), r#"{"source":["a"]}"#);
        bridge.call(NOW, Request::PutRule(rule)).unwrap();
    }
    let again = Request::PutRule(on_bus("r7", r#"{"source":["b"]}"#));
    assert!(bridge.call(NOW, again).is_ok(), "an update is no new rule");
    let one_more = Request::PutRule(on_bus("more", r#"{"source":["a"]}"#));
    assert_eq!(bridge.call(NOW, one_more).unwrap_err().code, "LimitExceededException");
    let bus = |number: usize| {
        let name = format!("bus{number}");
        Request::CreateEventBus(CreateEventBus { name, ..CreateEventBus::default() })
    };
    // The default one and CommerceBus are there.
    (2..100).for_each(|number| drop(bridge.call(NOW, bus(number)).unwrap()));
    assert_eq!(bridge.call(NOW, bus(100)).unwrap_err().code, "LimitExceededException");
}
