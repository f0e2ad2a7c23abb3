//! Chains of functions that come back to where they were.

use super::*;
use crate::{cloud, sns, sqs};

/// A function that sends a message to the queue that it reads.
fn looping(mut world: World) -> World {
    world.on("worker", |_| Execution {
        ended: Ended::Answered("null".to_owned()),
        took: Duration::from_secs(1),
        calls: vec![cloud::Request::Sqs(sqs::Request::SendMessage(message("orders", "again")))],
    });
    world
}

#[test]
fn a_loop_through_a_queue_ends_after_sixteen_invocations_in_the_dead_letter_queue() {
    let mut world = looping(standard("", ""));
    world.send("orders", "first");
    world.rest();
    assert_eq!(world.invoked_at("worker").len(), 16);
    assert_eq!(world.queue("dead").total(), 1);
    let notes = world.take_notes();
    let stopped = notes.iter().filter(
        |note| matches!(&note.what, What::Failed { error_type, .. } if error_type == "RecursiveInvocationException"),
    );
    assert_eq!(stopped.count(), 3, "each receive fails once");
}

#[test]
fn a_loop_that_is_allowed_goes_on() {
    let mut world = looping(standard("", ""));
    let allow =
        Request::PutFunctionRecursionConfig { function: "worker".to_owned(), recursive_loop: "Allow".to_owned() };
    let call = world.lambda(allow);
    assert_eq!(world.lambda_answer(call), Some(Ok(Response::RecursiveLoop("Allow"))));
    world.send("orders", "first");
    world.run_for(Duration::from_mins(1));
    assert!(world.invoked_at("worker").len() > 50);
}

#[test]
fn a_function_that_invokes_itself_is_stopped_with_its_event_kept() {
    let mut world = standard(ASYNCHRONOUS, "Enabled: false");
    world.on("worker", |_| Execution {
        ended: Ended::Answered("null".to_owned()),
        took: Duration::from_secs(1),
        calls: vec![cloud::Request::Lambda(Request::Invoke(Invoke::asynchronous("worker", r#"{"again":true}"#)))],
    });
    world.invoke_later("worker", "{}");
    world.rest();
    assert_eq!(world.invoked_at("worker").len(), 16);
    let dead = world.receive("dead");
    assert_eq!(dead[0].body, r#"{"again":true}"#);
    let message = dead[0].message_attributes["ErrorMessage"].string_value.as_deref().unwrap();
    assert!(message.starts_with("Lambda has detected your function being invoked in a recursive loop"), "{message}");
}

#[test]
fn a_synchronous_call_that_closes_a_loop_is_refused() {
    let mut world = standard("", "Enabled: false");
    let mut header = None;
    for run in 0..17 {
        let call =
            world.lambda(Request::Invoke(Invoke { trace_header: header.take(), ..Invoke::synchronous("worker", "") }));
        world.rest();
        let answer = world.lambda_answer(call).unwrap();
        if run == 16 {
            let error = answer.unwrap_err();
            assert_eq!((error.code.as_ref(), error.status), ("RecursiveInvocationException", 400));
        } else {
            assert!(answer.is_ok(), "{run}: {answer:?}");
            header = world.functions_mut().seen.last().map(|(_, invocation)| invocation.trace_id.clone());
        }
    }
}

#[test]
fn a_loop_through_a_topic_is_recognised_and_one_through_a_bus_is_not() {
    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: again } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      CodeUri: worker
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      Events:
        Topic: { Type: SNS, Properties: { Topic: !Ref Topic } }
        Bus: { Type: EventBridgeRule, Properties: { Pattern: { source: [shop] } } }
";
    let topic = Arn::new("arn:aws:sns:us-east-1:000000000000:again");
    let publish = move |_: &str| Execution {
        ended: Ended::Answered("null".to_owned()),
        took: Duration::from_secs(1),
        calls: vec![cloud::Request::Sns(sns::Request::Publish(sns::Publish {
            topic_arn: topic.clone(),
            message: sns::Outgoing { message: "again".to_owned(), ..sns::Outgoing::default() },
        }))],
    };
    let mut through_topic = world(TEMPLATE);
    through_topic.on("worker", publish);
    through_topic.invoke_later("worker", "{}");
    through_topic.run_for(Duration::from_mins(2));
    assert_eq!(through_topic.invoked_at("worker").len(), 16);

    let mut through_bus = world(TEMPLATE);
    through_bus.on("worker", |_| Execution {
        ended: Ended::Answered("null".to_owned()),
        took: Duration::from_secs(1),
        calls: vec![crate::cloud::fixture::put_event("default", "{}")],
    });
    through_bus.invoke_later("worker", "{}");
    through_bus.run_for(Duration::from_mins(1));
    assert!(through_bus.invoked_at("worker").len() > 50);
}
