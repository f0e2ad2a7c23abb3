//! Publishers on a network that refuses parts and loses answers: each message arrives, and how often.

use std::collections::BTreeMap;

use aqueduct::aws::{Bus, Queue, Topic};
use aqueduct::publish::PublishError;
use aqueduct::{Draft, Payload, Publisher};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::network::{Blame, Fault};

const TEMPLATE: &str = "
Resources:
  Work: { Type: AWS::SQS::Queue }
  Ordered: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  HeardInOrder: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  OrderedEvents: { Type: AWS::SNS::Topic, Properties: { FifoTopic: true, TopicName: ordered.fifo } }
  OrderedSubscription:
    Type: AWS::SNS::Subscription
    Properties:
      { TopicArn: !Ref OrderedEvents, Protocol: sqs, Endpoint: !GetAtt HeardInOrder.Arn, RawMessageDelivery: true }
  Heard: { Type: AWS::SQS::Queue }
  Events: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Events, Protocol: sqs, Endpoint: !GetAtt Heard.Arn, RawMessageDelivery: true }
  Commerce: { Type: AWS::Events::EventBus, Properties: { Name: commerce } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Commerce
      EventPattern: { source: [test] }
      Targets: [{ Id: heard, Arn: !GetAtt Heard.Arn }]
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Heard, !Ref HeardInOrder]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: [sns.amazonaws.com, events.amazonaws.com] }
            Action: sqs:SendMessage
            Resource: [!GetAtt Heard.Arn, !GetAtt HeardInOrder.Arn]
";

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
}

impl Payload for Entry {
    const TYPE: &'static str = "Entry";

    /// Names are numbers, or a letter and numbers: the letter is the group.
    fn group(&self) -> Option<String> {
        let group = self.name.trim_end_matches(|character: char| character.is_ascii_digit());
        Some(if group.is_empty() { "group" } else { group }.to_owned())
    }

    fn key(&self) -> Option<String> {
        Some(self.name.clone())
    }
}

fn named(names: &[&str]) -> Vec<Draft<Entry>> {
    names.iter().map(|name| Draft::from(Entry { name: (*name).to_owned() })).collect()
}

fn entries(count: usize) -> Vec<Draft<Entry>> {
    (0..count).map(|n| Draft::from(Entry { name: format!("{n:02}") })).collect()
}

/// How often each message lies in a queue, by its name, and their order.
async fn arrived(cloud: &Cloud, queue: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    cloud.count(queue).await;
    let (mut times, mut order) = (BTreeMap::new(), Vec::new());
    for message in cloud.take(queue).await {
        let body: Value = serde_json::from_str(message.body().unwrap()).unwrap();
        let data = body.pointer("/detail/data").unwrap_or(&body["data"]);
        let name = data["name"].as_str().unwrap().to_owned();
        *times.entry(name.clone()).or_default() += 1;
        order.push(name);
    }
    (times, order)
}

fn each(count: usize, times: usize) -> BTreeMap<String, usize> {
    (0..count).map(|n| (format!("{n:02}"), times)).collect()
}

/// A publisher to a standard channel, the operation it publishes with, and the queue where it is heard.
fn channels(cloud: &Cloud) -> [(Publisher, &'static str, &'static str); 3] {
    let queue = Queue::new(cloud.sqs(), cloud.resource("Work"));
    let topic = Topic::new(cloud.sns(), cloud.resource("Events"));
    let bus = Bus::new(cloud.eventbridge(), cloud.resource("Commerce"));
    [
        (Publisher::new("test", queue), "SendMessageBatch", "Work"),
        (Publisher::new("test", topic), "PublishBatch", "Heard"),
        (Publisher::new("test", bus), "PutEvents", "Heard"),
    ]
}

#[tokio::test]
async fn what_passes_is_sent_again_and_nothing_twice() {
    for blame in [Blame::Service, Blame::Haste] {
        let cloud = Cloud::start(TEMPLATE).await;
        for (publisher, operation, heard) in channels(&cloud) {
            cloud.network.next(operation, 1, &Fault::Refuse(4, blame));
            assert_eq!(publisher.publish_all(entries(12)).await.unwrap().len(), 12);
            assert_eq!(cloud.network.batches(operation), [9, 2, 1], "{operation}: the refused one, and no other");
            assert_eq!(arrived(&cloud, heard).await.0, each(12, 1), "{operation}, {blame:?}");
        }
        cloud.end().await;
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_and_the_others_arrive() {
    let cloud = Cloud::start(TEMPLATE).await;
    for (publisher, operation, heard) in channels(&cloud) {
        cloud.network.next(operation, 1, &Fault::Refuse(1, Blame::Sender));
        let error = publisher.publish_all(entries(3)).await.unwrap_err();
        assert!(error.to_string().contains("1 of 3 messages were not accepted"), "{error}");
        let PublishError::Refused { fates, .. } = error else { panic!("{error}") };
        assert_eq!(fates.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(fates[1].as_ref().unwrap_err().message, "not this one");
        assert_eq!(cloud.network.batches(operation), [2], "{operation}: it is not tried again");
        let (times, _) = arrived(&cloud, heard).await;
        assert_eq!(times.into_keys().collect::<Vec<_>>(), ["00", "02"], "{operation}");
    }
    cloud.end().await;
}

/// The channels that keep an order, as [`channels`] has the others.
fn ordered(cloud: &Cloud) -> [(Publisher, &'static str, &'static str); 2] {
    let queue = Queue::new(cloud.sqs(), cloud.resource("Ordered"));
    let topic = Topic::new(cloud.sns(), cloud.resource("OrderedEvents"));
    [
        (Publisher::new("test", queue), "SendMessageBatch", "Ordered"),
        (Publisher::new("test", topic), "PublishBatch", "HeardInOrder"),
    ]
}

/// The names of one group, in their order.
fn of_group<'a>(order: &'a [String], group: &str) -> Vec<&'a str> {
    order.iter().map(String::as_str).filter(|name| name.starts_with(group)).collect()
}

#[tokio::test]
async fn a_group_keeps_its_order_while_its_first_message_is_refused_for_a_moment() {
    let cloud = Cloud::start(TEMPLATE).await;
    for (publisher, operation, heard) in ordered(&cloud) {
        cloud.network.next(operation, 2, &Fault::Refuse(0, Blame::Service));
        let sent = publisher.publish_all(named(&["a1", "b1", "a2", "b2", "a3"])).await.unwrap();
        assert_eq!(sent.len(), 5);
        let (times, order) = arrived(&cloud, heard).await;
        assert!(times.len() == 5 && times.values().all(|times| *times == 1), "{operation}: {times:?}");
        assert_eq!(of_group(&order, "a"), ["a1", "a2", "a3"], "{operation}");
        assert_eq!(of_group(&order, "b"), ["b1", "b2"], "{operation}");
    }
    cloud.end().await;
}

#[tokio::test]
async fn a_group_ends_at_a_message_that_is_refused_for_good_and_another_goes_on() {
    let cloud = Cloud::start(TEMPLATE).await;
    for (publisher, operation, heard) in ordered(&cloud) {
        cloud.network.next(operation, 1, &Fault::Refuse(0, Blame::Sender));
        let error = publisher.publish_all(named(&["a1", "b1", "a2", "b2", "a3"])).await.unwrap_err();
        let PublishError::Refused { fates, .. } = error else { panic!("{error}") };
        let told: Vec<_> =
            fates.iter().map(|fate| fate.as_ref().map_or_else(|why| why.code.as_str(), |_| "")).collect();
        assert_eq!(told, ["InvalidMessageContents", "", "Order", "", "Order"], "{operation}");
        assert_eq!(arrived(&cloud, heard).await.1, ["b1", "b2"], "{operation}");
    }
    cloud.end().await;
}

#[tokio::test]
async fn a_topic_that_throttles_gets_all_once_when_it_has_calmed_down() {
    let cloud = Cloud::start(TEMPLATE).await;
    cloud.network.next("PublishBatch", 2, &Fault::Throttle);
    let publisher = Publisher::new("test", Topic::new(cloud.sns(), cloud.resource("Events")));
    publisher.publish_all(entries(3)).await.unwrap();
    assert_eq!(arrived(&cloud, "Heard").await.0, each(3, 1));
    cloud.end().await;
}

#[tokio::test]
async fn a_lost_answer_doubles_messages_on_a_standard_queue_and_none_on_a_fifo_queue() {
    let cloud = Cloud::start(TEMPLATE).await;
    for (queue, count, times) in [("Work", 3, 2), ("Ordered", 3, 1)] {
        cloud.network.next("SendMessageBatch", 1, &Fault::LoseAnswer);
        let publisher = Publisher::new("test", Queue::new(cloud.sqs(), cloud.resource(queue)));
        publisher.publish_all(entries(count)).await.unwrap();
        let (arrived, order) = arrived(&cloud, queue).await;
        assert_eq!(arrived, each(count, times), "{queue}");
        assert!(times == 2 || order.is_sorted(), "{order:?}");
    }
    cloud.end().await;
}
