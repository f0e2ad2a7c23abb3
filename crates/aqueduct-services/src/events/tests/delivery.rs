//! How deliveries end, and what scheduled rules send.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

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
