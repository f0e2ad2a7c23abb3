//! Messages on their whole way through a wired cloud, in virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::fixture::{
    LIMIT, START, World, answered, bodies, empty, failed, message, message_ids, notes_about, publish, put_event,
    topology, world,
};
use super::virtual_time::Execution;
use super::*;
use crate::What;

/// A topic, its queue and function, a bus and the function behind it. `{policy}` is the queue's policy.
fn pipeline(policy: &str) -> String {
    format!(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {{ TopicName: events }}
  Dlq:
    Type: AWS::SQS::Queue
    Properties: {{ QueueName: dead }}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      VisibilityTimeout: 60
      RedrivePolicy: {{ deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 3 }}
{policy}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {{ TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true }}
  Fulfil:
    Type: AWS::Serverless::Function
    Properties: {{ FunctionName: fulfil, CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 10 }}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !Ref Fulfil
      FunctionResponseTypes: [ReportBatchItemFailures]
  Bus:
    Type: AWS::Events::EventBus
    Properties: {{ Name: commerce }}
  Project:
    Type: AWS::Serverless::Function
    Properties: {{ FunctionName: project, CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 10 }}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {{ detail-type: [Done] }}
      Targets: [{{ Id: project, Arn: !GetAtt Project.Arn }}]
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Project
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
"
    )
}

const POLICY: &str = "
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: sns.amazonaws.com }
            Action: sqs:SendMessage
            Resource: !GetAtt Queue.Arn
            Condition: { ArnEquals: { aws:SourceArn: !Ref Topic } }
";

fn topic() -> Arn {
    Arn::new("arn:aws:sns:us-east-1:000000000000:events")
}

#[test]
fn a_message_goes_from_topic_to_queue_to_function_to_bus_to_function() {
    let mut world = world(&pipeline(POLICY));
    world.on("fulfil", |event| Execution {
        calls: bodies(event).iter().map(|body| put_event("commerce", body)).collect(),
        ..answered("{}")
    });
    world.call(publish(&topic(), r#"{"subject":"ord_1"}"#));
    world.rest();
    assert_eq!(world.invoked_at("fulfil"), [0]);
    assert_eq!(world.invoked_at("project"), [1]);
    let event: serde_json::Value = serde_json::from_str(&world.events_of("project")[0]).unwrap();
    assert_eq!(event["detail"], json!({ "subject": "ord_1" }));
    assert_eq!(world.queue("orders").total(), 0);
    let lost = world.take_notes().into_iter().find(|note| matches!(note.what, What::Lost { .. }));
    assert_eq!(lost, None);
}

#[test]
fn without_a_policy_the_message_is_lost_with_a_note_that_names_the_statement() {
    let mut world = world(&pipeline(""));
    world.call(publish(&topic(), "{}"));
    world.rest();
    assert_eq!(world.invoked_at("fulfil"), [0_u64; 0]);
    let notes = world.take_notes();
    let reason = notes.iter().find_map(|note| match &note.what {
        What::Lost { reason } => Some(reason.as_str()),
        _ => None,
    });
    let reason = reason.expect("a note");
    for part in ["sqs:SendMessage", "sns.amazonaws.com", "orders"] {
        assert!(reason.contains(part), "{part} is not in: {reason}");
    }
}

#[test]
fn a_refusal_to_provision_names_the_logical_id() {
    let template = pipeline(POLICY).replace("Timeout: 10", "Timeout: 61");
    let error = empty().provision(START, &topology(&template)).unwrap_err();
    assert_eq!(
        error.message,
        "Mapping: Queue visibility timeout: 60 seconds is less than Function timeout: 61 seconds"
    );
}

#[test]
fn deliveries_that_loop_do_not_hang() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Loop:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: loop
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      ReservedConcurrentExecutions: 0
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: { Type: Lambda, Destination: 'arn:aws:lambda:us-east-1:000000000000:function:loop' }
";
    let mut world = world(template);
    world.invoke_later("loop", "{}");
    assert_eq!(world.next(), Some(START + Duration::from_secs(1)));
    world.run_for(Duration::from_secs(3));
    assert!(!world.is_idle());
}

#[test]
fn a_function_url_is_invoked_by_logical_id() {
    let mut world = world(&pipeline(POLICY));
    world.on("fulfil", answered);
    let now = world.now();
    world.cloud_mut().invoke_url(now, CallId(1_000), "Fulfil", r#"{"version":"2.0"}"#.to_owned());
    world.rest();
    assert_eq!(world.events_of("fulfil"), [r#"{"version":"2.0"}"#]);
}

#[test]
fn a_seed_reproduces_everything() {
    let run = || {
        let mut world = world(&pipeline(POLICY));
        world.on("fulfil", |event| if message_ids(event)[0].starts_with('a') { failed() } else { answered("{}") });
        for number in 0..20 {
            world.call(publish(&topic(), &number.to_string()));
        }
        world.rest();
        world.take_notes()
    };
    assert_eq!(run(), run());
}

/// What a function does with the records of a batch.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Succeeds,
    Fails,
    ReportsFirst,
    TimesOut,
    AnswersNonsense,
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![
        Just(Behaviour::Succeeds),
        Just(Behaviour::Fails),
        Just(Behaviour::ReportsFirst),
        Just(Behaviour::TimesOut),
        Just(Behaviour::AnswersNonsense),
    ]
}

fn execution(behaviour: Behaviour, event: &str) -> Execution {
    match behaviour {
        Behaviour::Succeeds => Execution {
            calls: bodies(event).iter().map(|body| put_event("commerce", &json!({ "n": body }).to_string())).collect(),
            ..answered("{}")
        },
        Behaviour::Fails => failed(),
        Behaviour::ReportsFirst => {
            answered(&json!({ "batchItemFailures": [{ "itemIdentifier": message_ids(event)[0] }] }).to_string())
        }
        Behaviour::TimesOut => Execution::answered("{}", Duration::from_mins(1)),
        Behaviour::AnswersNonsense => answered("nonsense"),
    }
}

/// Steps until rest, and holds every step against what a driver may rely on.
fn rest_step_by_step(world: &mut World) {
    let mut standing_still = 0;
    while !world.is_idle() {
        let before = world.now();
        assert!(before < START + LIMIT, "not at rest in time");
        assert!(world.step(), "busy, but nothing is to happen");
        standing_still = if world.now() == before { standing_still + 1 } else { 0 };
        assert!(standing_still < 500, "the next wake does not move on from {before:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every message that a queue accepted ends deleted, dead-lettered, filtered, expired, or is still in a queue.
    #[test]
    fn no_message_vanishes(
        behaviours in prop::collection::vec(behaviour(), 1..12),
        gaps in prop::collection::vec(0_u64..90, 1..40),
        reserved in prop::option::of(0_u32..3),
        throughs in prop::collection::vec(any::<bool>(), 40),
    ) {
        let mut world = world(&pipeline(POLICY));
        if let Some(reserved) = reserved {
            let function = "fulfil".to_owned();
            world.lambda(lambda::Request::PutFunctionConcurrency { function, reserved: reserved.into() });
        }
        let mut turns = behaviours.into_iter().cycle();
        world.on("fulfil", move |event| execution(turns.next().unwrap(), event));
        let mut sent = 0;
        for (number, gap) in gaps.iter().enumerate() {
            world.run_for(Duration::from_secs(*gap));
            if throughs[number] {
                world.call(publish(&topic(), &number.to_string()));
            } else {
                world.send_message(message("orders", &number.to_string()));
            }
            sent += 1;
        }
        rest_step_by_step(&mut world);

        let notes = world.take_notes();
        let mut fates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for note in notes.iter().filter(|note| note.place == "orders") {
            let fate = match &note.what {
                What::Sent => "",
                What::Deleted => "deleted",
                What::DeadLettered { .. } => "dead-lettered",
                What::Expired => "expired",
                What::Lost { .. } => "lost",
                _ => continue,
            };
            fates.entry(&note.id).or_default().insert(fate);
        }
        prop_assert_eq!(fates.len(), sent);
        for (id, fates) in &fates {
            let ends = fates.iter().filter(|fate| !fate.is_empty()).count();
            prop_assert_eq!(ends, 1, "{}: {:?} {:?}", id, fates, notes_about(&notes, id));
        }
        let dead = fates.values().filter(|fates| fates.contains("dead-lettered")).count();
        prop_assert_eq!(world.queue("dead").total(), dead);
        prop_assert_eq!(world.queue("orders").total(), 0);
    }

    /// Every event that a function's asynchronous queue accepted ends finished or lost with a note.
    #[test]
    fn no_event_vanishes(
        outcomes in prop::collection::vec(0_u8..3, 1..10),
        gaps in prop::collection::vec(0_u64..200, 1..20),
        reserved in prop::option::of(0_u32..2),
    ) {
        let mut world = world(&pipeline(POLICY));
        if let Some(reserved) = reserved {
            let function = "project".to_owned();
            world.lambda(lambda::Request::PutFunctionConcurrency { function, reserved: reserved.into() });
        }
        let mut turns = outcomes.into_iter().cycle();
        world.on("project", move |_| match turns.next().unwrap() {
            0 => answered("null"),
            1 => failed(),
            _ => Execution::answered("null", Duration::from_mins(1)),
        });
        for gap in &gaps {
            world.run_for(Duration::from_secs(*gap));
            world.call(put_event("commerce", "{}"));
        }
        rest_step_by_step(&mut world);
        let notes = world.take_notes();
        let ended = notes.iter().filter(|note| note.place == "project");
        let ended = ended.filter(|note| matches!(note.what, What::Finished { .. } | What::Lost { .. })).count();
        prop_assert_eq!(ended, gaps.len());
    }
}

/// A schedule of a group that puts an event on a bus, and a rule that sends it on to another bus and so to a queue.
const BUSES: &str = r#"
Resources:
  First: { Type: AWS::Events::EventBus, Properties: { Name: first } }
  Second: { Type: AWS::Events::EventBus, Properties: { Name: second } }
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: letters } }
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Statement:
          - { Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: !GetAtt Queue.Arn }
  On:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref First
      EventPattern: { source: [clock] }
      Targets: [{ Id: bus, Arn: !GetAtt Second.Arn, RoleArn: "arn:aws:iam::000000000000:role/r" }]
  Last:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Second
      EventPattern: { source: [clock] }
      Targets: [{ Id: queue, Arn: !GetAtt Queue.Arn }]
  Nightly: { Type: AWS::Scheduler::ScheduleGroup, Properties: { Name: nightly } }
  Tick:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: tick
      GroupName: !Ref Nightly
      ScheduleExpression: rate(1 hour)
      StartDate: "2027-01-15T09:00:00Z"
      EndDate: "2027-01-15T10:30:00Z"
      FlexibleTimeWindow: { Mode: FLEXIBLE, MaximumWindowInMinutes: 5 }
      Target:
        Arn: !GetAtt First.Arn
        RoleArn: arn:aws:iam::000000000000:role/r
        Input: '{"n":1}'
        EventBridgeParameters: { Source: clock, DetailType: Tick }
"#;

#[test]
fn a_schedule_of_a_template_reaches_a_queue_over_two_buses() {
    let mut world = world(BUSES);
    // The start is an hour before the schedule's.
    world.run_for(Duration::from_mins(59));
    assert_eq!(world.queue("letters").total(), 0);
    world.run_for(Duration::from_hours(5));
    let events: Vec<serde_json::Value> =
        world.receive("letters").iter().map(|received| serde_json::from_str(&received.body).unwrap()).collect();
    assert_eq!(events.len(), 2, "at the start and an hour later");
    let arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/nightly/tick";
    for event in events {
        assert_eq!(
            (&event["source"], &event["detail"], &event["resources"]),
            (&json!("clock"), &json!({ "n": 1 }), &json!([arn]))
        );
    }
}
