//! Functions behind their triggers, in virtual time.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::cloud::fixture::{START, World, answered, bodies, failed, message, message_ids, world};
use crate::cloud::virtual_time::Execution;

/// A queue with a dead-letter queue and a function; each argument adds properties, in YAML's flow style.
fn template(queue: &str, function: &str, mapping: &str) -> String {
    let suffix = if queue.contains("FifoQueue") { ".fifo" } else { "" };
    let dead_letters = if suffix.is_empty() { "" } else { ", FifoQueue: true" };
    format!(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dlq:
    Type: AWS::SQS::Queue
    Properties: {{ QueueName: dead{suffix}{dead_letters} }}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders{suffix}
      VisibilityTimeout: 60
      RedrivePolicy: {{ deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 3 }}
{}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      CodeUri: worker
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
{}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !Ref Worker
{}
",
        indented(queue),
        indented(function),
        indented(mapping)
    )
}

fn indented(properties: &str) -> String {
    let lines = properties.split("; ").filter(|line| !line.is_empty());
    lines.fold(String::new(), |text, line| text + "      " + line + "\n")
}

fn standard(function: &str, mapping: &str) -> World {
    world(&template("", function, mapping))
}

const REPORTS: &str = "FunctionResponseTypes: [ReportBatchItemFailures]";

/// What a function answers, `A` and `B` standing for the first two message ids, and how many of three messages stay.
#[test]
fn every_answer_to_a_batch_keeps_the_messages_that_it_should() {
    let cases = [
        (REPORTS, "", 0),
        (REPORTS, "null", 0),
        (REPORTS, "{}", 0),
        (REPORTS, r#"{"batchItemFailures":null}"#, 0),
        (REPORTS, r#"{"batchItemFailures":[]}"#, 0),
        (REPORTS, r#"{"batchItemFailures":[{"itemIdentifier":"A"}]}"#, 1),
        (REPORTS, r#"{"batchItemFailures":[{"itemIdentifier":"A"},{"itemIdentifier":"B"}]}"#, 2),
        (REPORTS, r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, 3),
        (REPORTS, r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, 3),
        (REPORTS, r#"{"batchItemFailures":[{"itemIdentifier":"unknown"}]}"#, 3),
        (REPORTS, r#"{"batchItemFailures":[{"identifier":"A"}]}"#, 3),
        (REPORTS, "{", 3),
        ("", r#"{"batchItemFailures":[{"itemIdentifier":"A"}]}"#, 0),
        ("", "{", 0),
    ];
    for (flag, answer, kept) in cases {
        let mut world = standard("", &format!("{flag}; MaximumBatchingWindowInSeconds: 1; BatchSize: 3"));
        world.on("worker", move |event| {
            let ids = message_ids(event);
            answered(&answer.replace("\"A\"", &json!(ids[0]).to_string()).replace("\"B\"", &json!(ids[1]).to_string()))
        });
        for body in ["1", "2", "3"] {
            world.send("orders", body);
        }
        world.run_for(Duration::from_secs(10));
        assert_eq!(world.queue("orders").total(), kept, "{flag} {answer}");
        world.on("worker", |_| answered("{}"));
        world.rest();
        let second = world.events_of("worker").get(1).map_or(0, |event| message_ids(event).len());
        assert_eq!(second, kept, "{flag} {answer}");
    }
}

#[test]
fn a_failed_batch_comes_back_after_the_visibility_timeout_and_reaches_the_dead_letter_queue() {
    let mut world = standard("", REPORTS);
    world.on("worker", |_| failed());
    let id = world.send("orders", "poison");
    world.rest();
    assert_eq!(world.invoked_at("worker"), [0, 60, 120]);
    let dead = world.receive("dead");
    assert_eq!(dead[0].message_id, id);
}

#[test]
fn a_timeout_ends_the_execution_and_the_batch_comes_back() {
    let mut world = standard("", "");
    world.on("worker", |_| Execution::answered("{}", Duration::from_secs(11)));
    world.send("orders", "slow");
    world.run_for(Duration::from_secs(10));
    let notes = world.take_notes();
    let failed = notes.iter().find_map(|note| match &note.what {
        What::Failed { error_type, message } => Some((note.at, error_type.as_str(), message.as_str())),
        _ => None,
    });
    let (at, error_type, message) = failed.unwrap();
    assert_eq!((at.since(START).as_secs(), error_type), (10, "Sandbox.Timedout"));
    assert!(message.ends_with("Task timed out after 10.00 seconds"), "{message}");
    assert_eq!(world.queue("orders").in_flight, 1);
}

#[test]
fn throttling_alone_fills_the_dead_letter_queue_with_messages_that_never_ran() {
    let mut world = standard("ReservedConcurrentExecutions: 0", "");
    world.send("orders", "never run");
    world.rest();
    assert_eq!(world.invoked_at("worker"), [0_u64; 0]);
    assert_eq!(world.queue("dead").total(), 1);
    assert_eq!(world.now().since(START).as_secs(), 180);
    let notes = world.take_notes();
    assert!(notes.iter().filter(|note| note.what == What::Throttled).count() >= 3);
    let counts = notes.iter().filter_map(|note| match note.what {
        What::Received { count } => Some(count),
        _ => None,
    });
    assert_eq!(counts.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_throttled_batch_runs_when_concurrency_is_free_again() {
    let mut world = standard("ReservedConcurrentExecutions: 1", "BatchSize: 1");
    world.on("worker", |_| Execution::answered("{}", Duration::from_secs(8)));
    world.send("orders", "first");
    world.send("orders", "second");
    world.rest();
    // Tried at 0, 1, 3, 7 and 15 s.
    assert_eq!(world.invoked_at("worker"), [0, 15]);
    assert_eq!(world.queue("dead").total(), 0);
}

#[test]
fn a_window_gathers_a_batch() {
    let mut world = standard("", "BatchSize: 20; MaximumBatchingWindowInSeconds: 5");
    world.send("orders", "1");
    world.run_for(Duration::from_secs(2));
    world.send("orders", "2");
    world.rest();
    assert_eq!(world.invoked_at("worker"), [5]);
    assert_eq!(bodies(&world.events_of("worker")[0]), ["1", "2"]);
    for _ in 0..20 {
        world.send("orders", "full");
    }
    world.run_for(Duration::from_millis(1));
    assert_eq!(world.invoked_at("worker").len(), 2);
}

#[test]
fn six_megabytes_cut_a_batch() {
    let mut world = standard("", "BatchSize: 20; MaximumBatchingWindowInSeconds: 5");
    let body = "x".repeat(1_048_576);
    for _ in 0..7 {
        world.send("orders", &body);
    }
    world.rest();
    let sizes: Vec<usize> = world.events_of("worker").iter().map(|event| message_ids(event).len()).collect();
    assert_eq!(sizes, [5, 2]);
    assert!(world.events_of("worker").iter().all(|event| event.len() <= SYNCHRONOUS_BYTES_MAX));
}

#[test]
fn maximum_concurrency_holds() {
    let mut world = standard("", "BatchSize: 1; ScalingConfig: { MaximumConcurrency: 2 }");
    world.on("worker", |_| Execution::answered("{}", Duration::from_secs(5)));
    for body in 0..6 {
        world.send("orders", &body.to_string());
    }
    world.rest();
    assert_eq!(world.invoked_at("worker"), [0, 0, 5, 5, 10, 10]);
}

#[test]
fn a_backlog_scales_from_five_batches_on() {
    let mut world = standard("", "BatchSize: 1");
    world.on("worker", |_| Execution::answered("{}", Duration::from_secs(9)));
    for body in 0..12 {
        world.send("orders", &body.to_string());
    }
    world.run_for(Duration::from_millis(100));
    assert_eq!(world.invoked_at("worker").len(), 5);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.invoked_at("worker").len(), 10);
    world.rest();
    assert_eq!(world.queue("dead").total(), 0);
}

#[test]
fn filters_delete_what_they_do_not_let_through() {
    let filter = r#"FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] }"#;
    let mut world = standard("", &format!("{filter}; BatchSize: 1"));
    let wanted = world.send("orders", r#"{"kind":"order"}"#);
    let unwanted = world.send("orders", r#"{"kind":"quote"}"#);
    let plain = world.send("orders", "order");
    world.rest();
    let seen: Vec<String> = world.events_of("worker").iter().flat_map(|event| message_ids(event)).collect();
    assert_eq!(seen, [wanted]);
    let notes = world.take_notes();
    let filtered = |note: &&Note| note.what == What::Filtered { by: "Mapping".to_owned() };
    let filtered: Vec<&str> = notes.iter().filter(filtered).map(|note| note.id.as_str()).collect();
    assert_eq!(filtered, [unwanted, plain]);
    assert_eq!(world.queue("dead").total(), 0);
}

#[test]
fn a_fifo_group_stays_in_order_through_failures() {
    let mut world = world(&template("FifoQueue: true; ContentBasedDeduplication: true", "", "BatchSize: 2"));
    let mut failures = 2;
    world.on("worker", move |event| {
        if bodies(event).iter().any(|body| body.starts_with("a1")) && failures > 0 {
            failures -= 1;
            return failed();
        }
        answered("{}")
    });
    for (group, body) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")] {
        let mut message = message("orders.fifo", body);
        message.message_group_id = Some(group.to_owned());
        world.send_message(message);
    }
    world.rest();
    let events = world.events_of("worker");
    let order: Vec<String> =
        events.iter().flat_map(|event| bodies(event)).filter(|body| body.starts_with('a')).collect();
    let firsts = order.iter().rev().take(3).rev().cloned().collect::<Vec<_>>();
    assert_eq!(firsts, ["a1", "a2", "a3"], "{order:?}");
    assert_eq!(world.queue("dead.fifo").total(), 0);
    assert_eq!(world.queue("orders.fifo").total(), 0);
}

#[test]
fn a_disabled_mapping_waits() {
    let mut world = standard("", "Enabled: false");
    world.send("orders", "later");
    world.run_for(Duration::from_mins(5));
    assert_eq!(world.invoked_at("worker"), [0_u64; 0]);
    let uuid = world.cloud().mappings(START)[0].uuid.clone();
    let change = Box::new(MappingChange { enabled: Some(true), ..MappingChange::default() });
    world.lambda(Request::UpdateEventSourceMapping { uuid, change });
    world.rest();
    assert_eq!(world.invoked_at("worker"), [300]);
}

/// A function with an asynchronous configuration and a dead-letter queue.
const ASYNCHRONOUS: &str = "DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dlq.Arn }";

#[test]
fn function_errors_are_retried_after_one_minute_and_two() {
    let mut world = standard(ASYNCHRONOUS, "Enabled: false");
    world.on("worker", |_| failed());
    world.invoke_later("worker", r#"{"subject":"ord_1"}"#);
    world.rest();
    // Each execution takes a second.
    assert_eq!(world.invoked_at("worker"), [0, 61, 182]);
    let dead = world.receive("dead");
    assert_eq!(dead[0].body, r#"{"subject":"ord_1"}"#);
    let text = |name: &str| dead[0].message_attributes[name].string_value.clone().unwrap();
    assert_eq!(text("ErrorCode"), "200");
    assert_eq!(text("ErrorMessage"), "it broke");
    assert_eq!(dead[0].message_attributes["ErrorCode"].data_type, "Number");
    let request_ids: Vec<String> = {
        let seen = &world.functions_mut().seen;
        seen.iter().map(|(_, invocation)| invocation.request_id.clone()).collect()
    };
    assert!(request_ids.iter().all(|id| *id == text("RequestID")));
}

#[test]
fn throttled_events_go_back_to_the_queue() {
    let mut world = standard(&format!("{ASYNCHRONOUS}; ReservedConcurrentExecutions: 1"), "Enabled: false");
    world.on("worker", |_| Execution::answered("null", Duration::from_secs(10)));
    world.invoke_later("worker", "1");
    world.invoke_later("worker", "2");
    world.rest();
    // Tried at 0, 1, 3, 7 and 15 s.
    assert_eq!(world.invoked_at("worker"), [0, 15]);
}

#[test]
fn without_reserved_concurrency_events_go_straight_to_the_dead_letter_queue() {
    let mut world = standard(&format!("{ASYNCHRONOUS}; ReservedConcurrentExecutions: 0"), "Enabled: false");
    world.invoke_later("worker", "1");
    world.rest();
    assert_eq!(world.now(), START);
    assert_eq!(world.queue("dead").total(), 1);
}

#[test]
fn an_event_that_nothing_keeps_is_lost_by_name() {
    let mut world = standard("", "Enabled: false");
    world.on("worker", |_| failed());
    world.invoke_later("worker", "1");
    world.rest();
    let notes = world.take_notes();
    let reason = notes.iter().find_map(|note| match &note.what {
        What::Lost { reason } => Some(reason.as_str()),
        _ => None,
    });
    let reason = reason.unwrap();
    assert!(reason.contains("it broke") && reason.contains("worker"), "{reason}");
}

#[test]
fn destinations_get_records() {
    let destinations = "EventInvokeConfig: { MaximumRetryAttempts: 0, DestinationConfig: \
        { OnSuccess: { Type: SQS, Destination: !GetAtt Dlq.Arn }, OnFailure: { Type: SQS, Destination: !GetAtt Dlq.Arn } } }";
    let mut world = standard(destinations, "Enabled: false");
    world.on("worker", |event| if event.contains("bad") { failed() } else { answered(r#"{"ok":true}"#) });
    world.invoke_later("worker", r#""good""#);
    world.invoke_later("worker", r#""bad""#);
    world.run_for(Duration::from_secs(30));
    let mut records: Vec<Value> =
        world.receive("dead").iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect();
    records.sort_by_key(|record| record["requestPayload"].to_string());
    let [bad, good] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(good["requestContext"]["condition"], "Success");
    assert_eq!(good["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(good["responseContext"], json!({ "statusCode": 200, "executedVersion": "$LATEST" }));
    assert_eq!(good["responsePayload"], json!({ "ok": true }));
    assert_eq!(bad["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(bad["responseContext"]["functionError"], "Unhandled");
    assert_eq!(bad["responsePayload"]["errorMessage"], "it broke");
    assert_eq!(good["requestContext"]["functionArn"], "arn:aws:lambda:us-east-1:000000000000:function:worker:$LATEST");
}

fn synchronous(payload: &str) -> Request {
    Request::Invoke(Invoke::synchronous("worker", payload))
}

#[test]
fn a_synchronous_caller_waits_for_the_function() {
    let mut world = standard("ReservedConcurrentExecutions: 1", "Enabled: false");
    world.on("worker", |event| if event == "{}" { answered("7") } else { failed() });
    let call = world.lambda(synchronous(""));
    assert_eq!(world.lambda_answer(call), None);
    let second = world.lambda(synchronous(""));
    let error = world.lambda_answer(second).unwrap().unwrap_err();
    assert_eq!((error.code.as_ref(), error.status), ("TooManyRequestsException", 429));
    world.rest();
    let answer = Invoked { status: 200, payload: "7".to_owned(), ..Invoked::default() };
    assert_eq!(world.lambda_answer(call), Some(Ok(Response::Invoked(answer))));

    let call = world.lambda(synchronous("1"));
    world.rest();
    let Some(Ok(Response::Invoked(invoked))) = world.lambda_answer(call) else { panic!("no answer") };
    assert_eq!(invoked.function_error, Some("Unhandled"));
    assert_eq!(invoked.payload, r#"{"errorType":"Error","errorMessage":"it broke"}"#);
}

#[test]
fn invocations_that_lambda_refuses() {
    let mut world = standard("", "Enabled: false");
    let mut refusal = |payload: String, kind| {
        let call = world.lambda(Request::Invoke(Invoke { kind, ..Invoke::synchronous("worker", payload) }));
        world.lambda_answer(call).unwrap().map_err(|error| (error.code.into_owned(), error.status))
    };
    let text = |bytes: usize| json!("x".repeat(bytes - 2)).to_string();
    let too_large = Err(("RequestTooLargeException".to_owned(), 413));
    assert_eq!(refusal(text(SYNCHRONOUS_BYTES_MAX + 1), InvocationKind::Synchronous), too_large);
    assert_eq!(refusal(text(ASYNCHRONOUS_BYTES_MAX + 1), InvocationKind::Asynchronous), too_large);
    assert!(refusal(text(ASYNCHRONOUS_BYTES_MAX), InvocationKind::Asynchronous).is_ok());
    let invalid = Err(("InvalidRequestContentException".to_owned(), 400));
    assert_eq!(refusal("not json".to_owned(), InvocationKind::Synchronous), invalid);
    let dry = Invoked { status: 204, ..Invoked::default() };
    assert_eq!(refusal("{}".to_owned(), InvocationKind::DryRun), Ok(Response::Invoked(dry)));
}

#[test]
fn mappings_that_lambda_refuses() {
    let mut world = standard("", "");
    let create = |queue: &str| {
        Request::CreateEventSourceMapping(Box::new(CreateMapping {
            function: "worker".to_owned(),
            source: Arn::new(format!("arn:aws:sqs:us-east-1:000000000000:{queue}")),
            tags: BTreeMap::new(),
            settings: MappingChange::default(),
        }))
    };
    let call = world.lambda(create("orders"));
    assert_eq!(world.lambda_answer(call).unwrap().unwrap_err().code, "ResourceConflictException");
    let call = world.lambda(create("missing"));
    assert!(world.lambda_answer(call).unwrap().unwrap_err().message.contains("NonExistentQueue"));
    let call = world.lambda(create("dead"));
    assert!(matches!(world.lambda_answer(call), Some(Ok(Response::MappingAccepted(_)))));
}

#[test]
fn concurrency_that_cannot_be_reserved() {
    let mut world = standard("", "");
    let reserve = |reserved| Request::PutFunctionConcurrency { function: "worker".to_owned(), reserved };
    let call = world.lambda(reserve(901));
    assert_eq!(world.lambda_answer(call).unwrap().unwrap_err().code, "InvalidParameterValueException");
    let call = world.lambda(reserve(900));
    assert_eq!(world.lambda_answer(call), Some(Ok(Response::Concurrency(Some(900)))));
}

mod control;
mod durable;
mod properties;
mod recursion;
