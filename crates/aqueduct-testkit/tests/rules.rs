//! What the wiring checker says of its rules' templates happens when they run: the bad one loses, delays or mixes up
//! messages, and the good one does not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use aqueduct_services::cloud::Request;
use aqueduct_services::{sns, sqs};
use aqueduct_testkit::{Ended, Execution, Refused, TestCloud, What, failed};

/// The bad and the good template of a rule.
macro_rules! templates {
    ($rule:literal) => {
        (
            include_str!(concat!("../../aqueduct-check/rules/", $rule, "/bad.yaml")),
            include_str!(concat!("../../aqueduct-check/rules/", $rule, "/good.yaml")),
        )
    };
}

/// Runs `scenario` with the bad and the good template of a rule and gives what it comes to.
fn both<T>((bad, good): (&str, &str), mut scenario: impl FnMut(&mut TestCloud) -> T) -> (T, T) {
    let mut run = |template| scenario(&mut TestCloud::new(template).unwrap());
    (run(bad), run(good))
}

fn done(_: &str) -> Ended {
    Ended::Answered("{}".to_owned())
}

fn broken(_: &str) -> Ended {
    failed("Error", "the payment service is down".to_owned())
}

fn publish(cloud: &mut TestCloud, topic: &str, message: &str) {
    cloud.publish(topic, sns::Outgoing { message: message.to_owned(), ..sns::Outgoing::default() }).unwrap();
}

/// Whether the template has this queue: one of the two that are compared may not.
fn has_queue(cloud: &TestCloud, id: &str) -> bool {
    cloud.topology().queues.iter().any(|queue| queue.id == id)
}

/// How many messages a queue has.
fn waiting(cloud: &mut TestCloud, queue: &str) -> usize {
    cloud.queue(queue).unwrap().total()
}

/// How many messages are said to be lost.
fn lost(cloud: &mut TestCloud) -> usize {
    cloud.take_notes().iter().filter(|note| matches!(note.what, What::Lost { .. })).count()
}

/// The names of Lambda's answer to a batch for the messages whose body is `poison`.
fn failures(event: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    let records = event["Records"].as_array().unwrap().iter();
    let failed: Vec<_> = records
        .filter(|record| record["body"] == "poison")
        .map(|record| serde_json::json!({ "itemIdentifier": record["messageId"] }))
        .collect();
    serde_json::json!({ "batchItemFailures": failed }).to_string()
}

/// A consumer that always fails: receives a message until the queue has none.
fn receive_in_vain(cloud: &mut TestCloud, queue: &str, every: Duration, times: usize) {
    let queue_url = cloud.queue_url(queue);
    for _ in 0..times {
        cloud.receive(sqs::ReceiveMessage { queue_url: queue_url.clone(), ..sqs::ReceiveMessage::default() }).unwrap();
        cloud.run_for(every);
    }
}

#[test]
fn what_a_service_refuses_cannot_be_deployed() {
    for (rule, (bad, good)) in [
        ("visibility-under-function-timeout", templates!("visibility-under-function-timeout")),
        ("large-batch-without-window", templates!("large-batch-without-window")),
        ("fifo-batch-beyond-limits", templates!("fifo-batch-beyond-limits")),
        ("dead-letter-queue-of-other-kind", templates!("dead-letter-queue-of-other-kind")),
        ("fifo-target-without-group", templates!("fifo-target-without-group")),
        ("redrive-not-allowed", templates!("redrive-not-allowed")),
    ] {
        assert!(matches!(TestCloud::new(bad), Err(Refused::Deployment(_))), "{rule}: {:?}", TestCloud::new(bad).err());
        assert!(TestCloud::new(good).is_ok(), "{rule}");
    }
}

#[test]
fn one_receive_makes_a_dead_letter_of_a_message_that_would_have_been_processed() {
    let (bad, good) = both(templates!("single-receive-before-dead-letter"), |cloud| {
        let mut attempts = 0;
        cloud.on("Processor", move |event| {
            attempts += 1;
            if attempts == 1 { broken(event) } else { Ended::Answered(r#"{"batchItemFailures":[]}"#.to_owned()) }
        });
        cloud.send("OrdersQueue", "order").unwrap();
        cloud.run_for(Duration::from_mins(10));
        waiting(cloud, "OrdersDlq")
    });
    assert_eq!((bad, good), (1, 0));
}

#[test]
fn a_topic_that_may_not_send_loses_its_message() {
    let (bad, good) = both(templates!("queue-policy-excludes-sender"), |cloud| {
        publish(cloud, "OrderEvents", "order");
        cloud.run_for(Duration::from_mins(1));
        (waiting(cloud, "OrdersQueue"), lost(cloud))
    });
    assert_eq!((bad, good), ((0, 1), (1, 0)));
    let (bad, good) = both(templates!("subscription-without-queue-policy"), |cloud| {
        publish(cloud, "Events", "order");
        cloud.run_for(Duration::from_mins(1));
        waiting(cloud, "Orders")
    });
    assert_eq!((bad, good), (0, 1));
}

#[test]
fn a_rule_that_may_not_send_loses_its_event() {
    let (bad, good) = both(templates!("target-without-queue-policy"), |cloud| {
        cloud.put_event("default", "shop", "OrderPlaced", "{}").unwrap();
        cloud.run_for(Duration::from_mins(1));
        waiting(cloud, "Orders")
    });
    assert_eq!((bad, good), (0, 1));
}

#[test]
fn a_message_expires_before_it_is_a_dead_letter() {
    let (bad, good) = both(templates!("retention-under-receives"), |cloud| {
        cloud.send("OrdersQueue", "order").unwrap();
        receive_in_vain(cloud, "OrdersQueue", Duration::from_secs(901), 6);
        (waiting(cloud, "OrdersQueue"), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((0, 0), (0, 1)));
}

#[test]
fn a_dead_letter_expires_on_arrival() {
    let (bad, good) = both(templates!("dead-letters-expired-on-arrival"), |cloud| {
        cloud.send("OrdersQueue", "order").unwrap();
        receive_in_vain(cloud, "OrdersQueue", Duration::from_secs(901), 6);
        (waiting(cloud, "OrdersQueue"), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((0, 0), (0, 1)));
}

#[test]
fn an_answer_that_is_not_read_deletes_the_failed_message() {
    let (bad, good) = both(templates!("partial-response-ignored"), |cloud| {
        cloud.on("Processor", |event| Ended::Answered(failures(event)));
        cloud.send("OrdersQueue", "poison").unwrap();
        cloud.run_for(Duration::from_hours(1));
        (waiting(cloud, "OrdersQueue"), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((0, 0), (0, 1)));
}

#[test]
fn one_bad_message_takes_its_batch_to_the_dead_letter_queue() {
    let (bad, good) = both(templates!("batch-without-partial-responses"), |cloud| {
        let partial = cloud.topology().mappings[0].reports_batch_item_failures;
        cloud.on("Work", move |event| {
            let poisoned = event.contains("poison");
            if partial {
                Ended::Answered(failures(event))
            } else if poisoned {
                broken(event)
            } else {
                done(event)
            }
        });
        let entry = |(id, body): (usize, &str)| sqs::SendEntry {
            id: id.to_string(),
            message_body: body.to_owned(),
            ..sqs::SendEntry::default()
        };
        let entries = ["good", "good", "poison", "good"].into_iter().enumerate().map(entry).collect();
        let queue_url = cloud.queue_url("Orders");
        cloud.call(Request::Sqs(sqs::Request::SendMessageBatch(sqs::SendMessageBatch { queue_url, entries })));
        cloud.run_for(Duration::from_hours(2));
        waiting(cloud, "OrdersDlq")
    });
    assert!(bad > 1, "good messages are dead letters too, not {bad}");
    assert_eq!(good, 1, "the poison alone is a dead letter");
}

#[test]
fn a_filter_that_knows_another_body_deletes_what_comes() {
    const EVENT: &str =
        r#"{"specversion":"1.0","id":"1","source":"shop","type":"OrderPlaced","data":{"kind":"gift","total":1}}"#;
    let (bad, good) = both(templates!("filter-deletes-every-event"), |cloud| {
        cloud.send("OrdersQueue", EVENT).unwrap();
        cloud.run_for(Duration::from_mins(5));
        (cloud.invocations("Processor").len(), waiting(cloud, "OrdersQueue"))
    });
    assert_eq!((bad, good), ((0, 0), (1, 0)));

    let (bad, good) = both(templates!("filter-on-wrapped-body"), |cloud| {
        publish(cloud, "OrderEvents", r#"{"kind":"gift"}"#);
        cloud.run_for(Duration::from_mins(5));
        (cloud.invocations("Processor").len(), waiting(cloud, "GiftsQueue"))
    });
    assert_eq!((bad, good), ((0, 0), (1, 0)));
}

#[test]
fn a_filter_that_matches_nothing_delivers_nothing() {
    let (bad, good) = both(templates!("filter-matches-nothing"), |cloud| {
        publish(cloud, "OrderEvents", r#"{"kind":"gift","total":1}"#);
        cloud.run_for(Duration::from_mins(5));
        cloud.invocations("Processor").len()
    });
    assert_eq!((bad, good), (0, 1));
}

#[test]
fn an_event_on_another_bus_reaches_nobody() {
    let (bad, good) = both(templates!("event-on-other-bus"), |cloud| {
        cloud.put_event("CommerceBus", "shop", "OrderPlaced", "{}").unwrap();
        cloud.run_for(Duration::from_mins(5));
        cloud.invocations("Processor").len()
    });
    assert_eq!((bad, good), (0, 1));
}

#[test]
fn an_outage_outlasts_few_receives() {
    let (bad, good) = both(templates!("outage-over-receives"), |cloud| {
        cloud.on("Processor", broken);
        cloud.send("OrdersQueue", "order").unwrap();
        cloud.run_for(Duration::from_mins(50));
        cloud.on("Processor", |_| Ended::Answered(r#"{"batchItemFailures":[]}"#.to_owned()));
        cloud.run_for(Duration::from_hours(1));
        (waiting(cloud, "OrdersQueue"), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((0, 1), (0, 0)));
}

#[test]
fn a_function_that_may_not_run_leaves_dead_letters() {
    let (bad, good) = both(templates!("consumer-without-concurrency"), |cloud| {
        cloud.on("Processor", |_| Ended::Answered(r#"{"batchItemFailures":[]}"#.to_owned()));
        cloud.send("OrdersQueue", "order").unwrap();
        cloud.run_for(Duration::from_hours(1));
        (cloud.invocations("Processor").len(), waiting(cloud, "OrdersQueue") + waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((0, 1), (1, 0)));
}

#[test]
fn an_asynchronous_event_that_always_fails_is_lost_without_a_destination() {
    let (bad, good) = both(templates!("async-function-without-failure-destination"), |cloud| {
        cloud.on("Notifier", broken);
        publish(cloud, "OrderEvents", "order");
        cloud.run_for(Duration::from_hours(7));
        lost(cloud)
    });
    assert_eq!((bad, good), (1, 0));
}

#[test]
fn competing_consumers_miss_messages() {
    let (bad, good) = both(templates!("competing-consumers"), |cloud| {
        for name in ["Billing", "Shipping"] {
            cloud.on(name, |_| Ended::Answered(r#"{"batchItemFailures":[]}"#.to_owned()));
        }
        for order in 0..20 {
            let body = format!("order {order}");
            if has_queue(cloud, "OrdersQueue") {
                cloud.send("OrdersQueue", &body).unwrap();
            } else {
                publish(cloud, "OrdersTopic", &body);
            }
        }
        cloud.run_for(Duration::from_mins(5));
        let records = |events: Vec<(Duration, String)>| -> usize {
            events.iter().map(|(_, event)| event.matches("\"messageId\"").count()).sum()
        };
        records(cloud.invocations("Billing")) + records(cloud.invocations("Shipping"))
    });
    assert_eq!((bad, good), (20, 40), "20 orders, each for two functions");
}

#[test]
fn reserved_concurrency_makes_dead_letters_that_no_function_saw() {
    let (bad, good) = both(templates!("reserved-concurrency-on-queue-consumer"), |cloud| {
        cloud
            .on_invocation("Processor", |_| Execution::answered(r#"{"batchItemFailures":[]}"#, Duration::from_secs(9)));
        for order in 0..600 {
            cloud.send("OrdersQueue", &format!("order {order}")).unwrap();
        }
        cloud.run_for(Duration::from_hours(2));
        (waiting(cloud, "OrdersQueue"), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!(good, (0, 0));
    assert!(bad.1 > 0, "{bad:?}");
}

/// A function that succeeds.
fn well(cloud: &mut TestCloud, function: &str) {
    cloud.on(function, |_| Ended::Answered(r#"{"batchItemFailures":[]}"#.to_owned()));
}

#[test]
fn a_consumer_has_no_attempt_left_to_tell_in() {
    // Five attempts are killed; whoever has more receives is given one in which to reject the message with a reason.
    let (bad, good) = both(templates!("attempts-over-receives"), |cloud| {
        cloud.on("Processor", broken);
        cloud.send("OrdersQueue", "order").unwrap();
        cloud.run_for(Duration::from_hours(1));
        (cloud.invocations("Processor").len(), waiting(cloud, "OrdersDlq"))
    });
    assert_eq!((bad, good), ((5, 1), (8, 1)));
}

#[test]
fn a_batching_window_makes_messages_late() {
    let (bad, good) = both(templates!("latency-under-waiting"), |cloud| {
        well(cloud, "Processor");
        cloud.run_for(Duration::from_secs(1));
        cloud.send("OrdersQueue", "order").unwrap();
        cloud.run_for(Duration::from_mins(1));
        cloud.invocations("Processor")[0].0.as_secs()
    });
    assert!(bad > 10 && good < 10, "{bad} s, {good} s");
}

#[test]
fn a_standard_queue_starts_several_runs_at_a_time() {
    let took = Duration::from_secs(5);
    let (bad, good) = both(templates!("one-at-a-time-over-parallel-source"), |cloud| {
        cloud.on_invocation("Processor", move |_| Execution::answered(r#"{"batchItemFailures":[]}"#, took));
        let queue_url = cloud.queue_url("OrdersQueue");
        let fifo = cloud.topology().queues[0].fifo;
        for order in 0..40 {
            let id = |text: String| fifo.then_some(text);
            let message = sqs::SendMessage {
                queue_url: queue_url.clone(),
                message_body: format!("order {order}"),
                message_group_id: id("all".to_owned()),
                message_deduplication_id: id(order.to_string()),
                ..sqs::SendMessage::default()
            };
            cloud.send_message(message).unwrap();
        }
        cloud.run_for(Duration::from_mins(5));
        let starts: Vec<Duration> = cloud.invocations("Processor").iter().map(|(start, _)| *start).collect();
        assert!(starts.len() >= 4, "{starts:?}");
        starts.windows(2).any(|pair| pair[1] < pair[0] + took)
    });
    assert_eq!((bad, good), (true, false));
}

#[test]
fn a_message_that_always_fails_is_lost_when_its_retention_ends() {
    let (bad, good) = both(templates!("consumed-queue-without-redrive"), |cloud| {
        cloud.on("Work", |event| Ended::Answered(failures(event)));
        cloud.send("Orders", "poison").unwrap();
        cloud.run_for(Duration::from_hours(4 * 24 + 1));
        let kept = if has_queue(cloud, "OrdersDlq") { waiting(cloud, "OrdersDlq") } else { 0 };
        (waiting(cloud, "Orders"), kept)
    });
    assert_eq!((bad, good), ((0, 0), (0, 1)));
}

#[test]
fn a_function_that_may_not_be_invoked_gets_nothing() {
    let (bad, good) = both(templates!("subscription-without-function-permission"), |cloud| {
        cloud.on("Work", done);
        publish(cloud, "Events", "order");
        cloud.run_for(Duration::from_mins(5));
        cloud.invocations("Work").len()
    });
    assert_eq!((bad, good), (0, 1));
    let (bad, good) = both(templates!("target-without-function-permission"), |cloud| {
        cloud.on("Work", done);
        cloud.put_event("default", "shop", "OrderPlaced", "{}").unwrap();
        cloud.run_for(Duration::from_mins(5));
        cloud.invocations("Work").len()
    });
    assert_eq!((bad, good), (0, 1));
}
