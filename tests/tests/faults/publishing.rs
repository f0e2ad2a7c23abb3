//! Publishers on a network that refuses parts and loses answers: each message arrives, and how often.

use std::collections::BTreeMap;

use aqueduct::aws::{Bus, Queue, Topic};
use aqueduct::{Draft, Payload, Publisher};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::network::Fault;

const TEMPLATE: &str = "
Resources:
  Work: { Type: AWS::SQS::Queue }
  Ordered: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
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
      Queues: [!Ref Heard]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: [sns.amazonaws.com, events.amazonaws.com] }
            Action: sqs:SendMessage
            Resource: !GetAtt Heard.Arn
";

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
}

impl Payload for Entry {
    const TYPE: &'static str = "Entry";

    fn group(&self) -> Option<String> {
        Some("group".to_owned())
    }

    fn key(&self) -> Option<String> {
        Some(self.name.clone())
    }
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

#[tokio::test]
async fn a_queue_that_takes_a_batch_in_part_gets_the_rest_and_nothing_twice() {
    let cloud = Cloud::start(TEMPLATE).await;
    cloud.network.next("SendMessageBatch", 1, &Fault::Refuse(4, false));
    let publisher = Publisher::new("test", Queue::new(cloud.sqs(), cloud.resource("Work")));
    assert_eq!(publisher.publish_all(entries(12)).await.unwrap().len(), 12);
    assert_eq!(arrived(&cloud, "Work").await.0, each(12, 1));
    cloud.end().await;
}

#[tokio::test]
async fn a_bus_that_takes_a_batch_in_part_gets_the_rest_and_nothing_twice() {
    let cloud = Cloud::start(TEMPLATE).await;
    cloud.network.next("PutEvents", 1, &Fault::Refuse(1, false));
    let publisher = Publisher::new("test", Bus::new(cloud.eventbridge(), cloud.resource("Commerce")));
    assert_eq!(publisher.publish_all(entries(3)).await.unwrap().len(), 3);
    assert_eq!(arrived(&cloud, "Heard").await.0, each(3, 1));
    cloud.end().await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_and_the_others_arrive() {
    let cloud = Cloud::start(TEMPLATE).await;
    cloud.network.next("SendMessageBatch", 1, &Fault::Refuse(1, true));
    cloud.network.next("PutEvents", 1, &Fault::Refuse(1, true));
    let queue = Publisher::new("test", Queue::new(cloud.sqs(), cloud.resource("Work")));
    let bus = Publisher::new("test", Bus::new(cloud.eventbridge(), cloud.resource("Commerce")));
    for (publisher, at) in [(queue, "Work"), (bus, "Heard")] {
        let error = publisher.publish_all(entries(3)).await.unwrap_err();
        assert!(error.to_string().contains("1 of 3 messages were not accepted"), "{error}");
        let (times, _) = arrived(&cloud, at).await;
        assert_eq!(times.into_keys().collect::<Vec<_>>(), ["00", "02"]);
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
