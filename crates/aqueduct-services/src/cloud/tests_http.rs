//! A template's HTTP endpoint on its whole way, in virtual time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::fixture::{LIMIT, START, publish, world};
use super::{Request, Response};
use crate::sns::{ConfirmSubscription, Post, Posted};
use crate::{Arn, Timestamp, What, sns};

const URL: &str = "http://127.0.0.1:8080/hook";

const TEMPLATE: &str = "
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: { TopicName: events, DisplayName: Events, MaximumMessageSize: 2048 }
  Fifo:
    Type: AWS::SNS::Topic
    Properties: { TopicName: log.fifo, FifoTopic: true, ArchivePolicy: { MessageRetentionPeriod: '30' } }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: http
      Endpoint: http://127.0.0.1:8080/hook
      DeliveryPolicy: { healthyRetryPolicy: { minDelayTarget: 5, maxDelayTarget: 5, numRetries: 2 } }
";

fn topic() -> Arn {
    Arn::new("arn:aws:sns:us-east-1:000000000000:events")
}

/// When each request came, and with which body.
type Seen = Rc<RefCell<Vec<(Timestamp, Value)>>>;

#[test]
fn an_endpoint_of_a_template_confirms_and_gets_what_is_published() {
    let mut world = world(TEMPLATE);
    let seen = Seen::default();
    let log = Rc::clone(&seen);
    let mut failures = 1;
    world.on_post(URL, move |now: Timestamp, post: &Post| {
        let body: Value = serde_json::from_str(&post.body).unwrap();
        let is_notification = body["Type"] == "Notification";
        log.borrow_mut().push((now, body));
        // The first notification finds the endpoint away.
        if is_notification && failures > 0 {
            failures -= 1;
            return Posted::Answered(503);
        }
        Posted::Answered(200)
    });
    // Nothing listened when the template was deployed; five seconds later the endpoint is there.
    world.run_until_idle(START + LIMIT).unwrap();
    let asked = seen.borrow()[0].clone();
    assert_eq!((asked.0.since(START), &asked.1["Type"]), (Duration::from_secs(5), &"SubscriptionConfirmation".into()));
    let confirm = ConfirmSubscription {
        topic_arn: topic(),
        token: asked.1["Token"].as_str().unwrap().to_owned(),
        authenticate_on_unsubscribe: false,
        signed: false,
    };
    world.call(Request::Sns(sns::Request::ConfirmSubscription(confirm)));
    world.take_notes();
    let start = world.now();
    world.call(publish(&topic(), "hello"));
    world.run_until_idle(START + LIMIT).unwrap();
    let attempts: Vec<_> =
        seen.borrow()[1..].iter().map(|(at, body)| (at.since(start), body["Message"].clone())).collect();
    let after = |seconds| (Duration::from_secs(seconds), Value::from("hello"));
    assert_eq!(attempts, [after(0), after(5)]);
    let kinds: Vec<What> = world.take_notes().into_iter().map(|note| note.what).collect();
    assert_eq!(kinds.last(), Some(&What::Delivered { to: URL.to_owned() }));
}

#[test]
fn a_topics_attributes_come_from_the_template() {
    let mut world = world(TEMPLATE);
    let mut attributes = |arn: &str| {
        let request = sns::TopicArn { topic_arn: Arn::new(arn) };
        let call = world.call(Request::Sns(sns::Request::GetTopicAttributes(request)));
        match world.answer(call) {
            Some(Ok(Response::Sns(sns::Response::GetTopicAttributes(all)))) => all,
            other => panic!("{other:?}"),
        }
    };
    let standard = attributes("arn:aws:sns:us-east-1:000000000000:events");
    assert_eq!((standard["DisplayName"].as_str(), standard["MaximumMessageSize"].as_str()), ("Events", "2048"));
    assert!(attributes("arn:aws:sns:us-east-1:000000000000:log.fifo").contains_key("BeginningArchiveTime"));
}
