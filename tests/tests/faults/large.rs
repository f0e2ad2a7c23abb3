//! Bodies too large for SQS and SNS, by way of S3: every delivery reads the same object, and what is rejected keeps its
//! pointer.

use std::sync::{Arc, Mutex};

use aqueduct::aws::{Queue, S3Objects, SqsRedelivery, Topic, s3};
use aqueduct::claim_check::{ClaimCheck, LargeBodies, Pointer};
use aqueduct::{Consumer, Draft, Failure, Message, Payload, Publisher};
use serde::{Deserialize, Serialize};

use crate::cloud::Cloud;
use crate::poller::Poller;

const TEMPLATE: &str = "
Resources:
  Bodies: { Type: AWS::S3::Bucket, Properties: { BucketName: bodies } }
  Dlq: { Type: AWS::SQS::Queue }
  Scans:
    Type: AWS::SQS::Queue
    Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: 5 } }
  Heard: { Type: AWS::SQS::Queue }
  HeardRaw: { Type: AWS::SQS::Queue }
  Events: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Events, Protocol: sqs, Endpoint: !GetAtt Heard.Arn }
  RawSubscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Events, Protocol: sqs, Endpoint: !GetAtt HeardRaw.Arn, RawMessageDelivery: true }
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Heard, !Ref HeardRaw]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: sns.amazonaws.com }
            Action: sqs:SendMessage
            Resource: [!GetAtt Heard.Arn, !GetAtt HeardRaw.Arn]
";

pub(crate) const TWO_MIB: usize = 2 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
pub(crate) struct Scan {
    pixels: String,
}

impl Payload for Scan {
    const TYPE: &'static str = "Scan";
}

pub(crate) fn scan() -> Draft<Scan> {
    Draft::from(Scan { pixels: "x".repeat(TWO_MIB) })
}

/// What was handled: the message's id, and how many pixels it had.
type Seen = Arc<Mutex<Vec<(String, usize)>>>;

pub(crate) struct Archive {
    pub(crate) cloud: Cloud,
    client: s3::Client,
    seen: Seen,
}

impl Archive {
    pub(crate) async fn open() -> Self {
        let cloud = Cloud::start(TEMPLATE).await;
        Self { client: cloud.s3(), cloud, seen: Seen::default() }
    }

    pub(crate) fn large(&self) -> LargeBodies {
        LargeBodies::new(S3Objects::new(self.client.clone()), self.cloud.resource("Bodies"))
    }

    pub(crate) fn queue(&self) -> Publisher {
        let queue = Queue::new(self.cloud.sqs(), self.cloud.resource("Scans"));
        Publisher::new("test", queue.large_bodies(self.large()))
    }

    /// A consumer that takes every message, or rejects every one.
    pub(crate) fn consumer(&self, rejects: bool) -> Consumer {
        let seen = Arc::clone(&self.seen);
        let handler = move |scan: Message<Scan>| {
            seen.lock().unwrap().push((scan.header.id.clone(), scan.data.pixels.len()));
            async move { if rejects { Err(Failure::reject("nobody can read it")) } else { Ok(()) } }
        };
        let check = ClaimCheck::new(S3Objects::new(self.client.clone())).bucket(self.cloud.resource("Bodies"));
        let redelivery = SqsRedelivery::new(self.cloud.sqs(), self.cloud.resource("Dlq"));
        Consumer::new(handler).layer(check).redelivery(redelivery)
    }

    pub(crate) fn seen(&self) -> Vec<(String, usize)> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// The keys of all objects.
    pub(crate) async fn objects(&self) -> Vec<String> {
        let listed = self.client.list_objects_v2().bucket(self.cloud.resource("Bodies")).send().await.unwrap();
        listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_twice_reads_one_object_twice() {
    let archive = Archive::open().await;
    let publisher = archive.queue();
    let message = publisher.prepare(&scan()).unwrap();
    for _ in 0..2 {
        assert!(publisher.send(std::slice::from_ref(&message)).await[0].is_ok());
    }
    assert_eq!(archive.objects().await.len(), 1);
    let poller = Poller { cloud: &archive.cloud, queue: "Scans" };
    assert_eq!(poller.turn(&archive.consumer(false)).await, 0);
    assert_eq!(archive.seen(), vec![(message.header.id.clone(), TWO_MIB); 2]);
    assert_eq!(archive.cloud.count("Scans").await, (0, 0));
    assert_eq!(archive.objects().await.len(), 1, "nobody deletes it");
    archive.cloud.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_subscribers_of_a_topic_read_one_object() {
    let archive = Archive::open().await;
    let topic = Topic::new(archive.cloud.sns(), archive.cloud.resource("Events")).large_bodies(archive.large());
    Publisher::new("test", topic).publish(scan()).await.unwrap();
    for queue in ["Heard", "HeardRaw"] {
        let poller = Poller { cloud: &archive.cloud, queue };
        assert_eq!(poller.turn(&archive.consumer(false)).await, 0, "{queue}");
        let seen = archive.seen();
        assert!(matches!(seen[..], [(_, TWO_MIB)]), "{queue}: {seen:?}");
    }
    assert_eq!(archive.objects().await.len(), 1);
    archive.cloud.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_keeps_its_pointer_and_can_be_read_from_the_dead_letter_queue() {
    let archive = Archive::open().await;
    archive.queue().publish(scan()).await.unwrap();
    let poller = Poller { cloud: &archive.cloud, queue: "Scans" };
    assert_eq!(poller.turn(&archive.consumer(true)).await, 0, "what was rejected is not delivered again");
    let first = archive.seen();
    assert_eq!(archive.cloud.count("Dlq").await, (1, 0));

    let dead = archive.cloud.take("Dlq").await.remove(0);
    let pointer = Pointer::from_body(dead.body().unwrap()).unwrap();
    assert_eq!((pointer.bucket.as_str(), vec![pointer.key]), ("bodies", archive.objects().await));
    let size = dead.message_attributes().unwrap()["ExtendedPayloadSize"].string_value().unwrap();
    assert!(size.parse::<usize>().unwrap() > TWO_MIB);

    let url = archive.cloud.resource("Dlq");
    let shown = archive.cloud.sqs().change_message_visibility().queue_url(url).visibility_timeout(0);
    shown.receipt_handle(dead.receipt_handle().unwrap()).send().await.unwrap();
    let poller = Poller { cloud: &archive.cloud, queue: "Dlq" };
    assert_eq!(poller.turn(&archive.consumer(false)).await, 0);
    assert_eq!(archive.seen(), first, "the same message, whole");
    archive.cloud.end().await;
}
