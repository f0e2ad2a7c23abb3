//! What services take.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct::aws::aws_config::{BehaviorVersion, Region, SdkConfig};
use aqueduct::aws::{Bus, Queue, Topic, eventbridge, sns, sqs};
use aqueduct::publish::{Ack, Channel, Fate, Limits, Outgoing};
use aqueduct::{Clock, Draft, Payload, Publisher};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

fn config() -> SdkConfig {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12());
    config.region(Region::new("eu-central-1")).build()
}

/// Limits that changed or that differ between services, such as 256 KiB for all of them: messages that would fit are
/// refused, or requests that do not fit fail as a whole.
#[test]
fn each_service_has_its_own_limits() {
    let config = config();
    let queue =
        |name: &str| Queue::new(sqs::Client::new(&config), format!("https://sqs.eu-central-1.amazonaws.com/1/{name}"));
    let topic = Topic::new(sns::Client::new(&config), "arn:aws:sns:eu-central-1:1:Events");
    let bus = Bus::new(eventbridge::Client::new(&config), "commerce");
    let limits = |channel: &dyn Channel| {
        let limits = channel.limits();
        (limits.entries, limits.bytes, limits.delay)
    };
    assert_eq!(limits(&queue("Orders")), (10, 1_048_576, Duration::from_mins(15)));
    assert_eq!(limits(&queue("Orders.fifo")), (10, 1_048_576, Duration::ZERO), "it delays all messages or none");
    assert_eq!(limits(&topic), (10, 262_144, Duration::ZERO));
    assert_eq!(limits(&topic.clone().bytes_max(1_048_576)).1, 1_048_576, "where the topic allows it");
    assert_eq!(limits(&bus), (10, 256_000, Duration::ZERO));
    assert_eq!(limits(&bus.clone().bytes_max(1_000_000)).1, 1_000_000, "where the Region allows it");
}

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
}

impl Payload for Note {
    const TYPE: &'static str = "Note";
}

/// Takes what another channel would, and keeps each request: the bytes that its messages have, as AWS counts them.
#[derive(Clone, Debug)]
struct Instead<C> {
    of: C,
    requests: Arc<Mutex<Vec<Vec<usize>>>>,
    attributes: usize,
}

impl<C: Channel> Channel for Instead<C> {
    fn name(&self) -> String {
        self.of.name()
    }

    fn limits(&self) -> Limits {
        self.of.limits()
    }

    fn format(&self) -> aqueduct::publish::Format {
        self.of.format()
    }

    fn weigh(&self, message: &Outgoing) -> usize {
        self.of.weigh(message)
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        let bytes = messages.iter().map(|message| message.body.len() + self.attributes).collect();
        self.requests.lock().unwrap().push(bytes);
        ready(messages.iter().map(|message| Ok(Ack(message.header.id.clone()))).collect()).boxed()
    }
}

/// A text of so many bytes and of fewer characters: what counts is bytes.
fn text(bytes: usize) -> String {
    "\u{e4}".repeat(bytes / 2) + &"x".repeat(bytes % 2)
}

/// Messages of all sizes, some as large as the service takes, in as few requests as their order lets them.
async fn assert_packed(channel: impl Channel + Clone + 'static, attributes: usize) {
    let (name, limits) = (channel.name(), channel.limits());
    let instead = Instead { of: channel, requests: Arc::default(), attributes };
    // Every header has the same length.
    let clock = Clock::new(|| Timestamp::UNIX_EPOCH, || "0".repeat(36));
    let publisher = Publisher::new("test", instead.clone()).clock(clock);
    let overhead = publisher.prepare(&Draft::from(Note { text: String::new() })).unwrap().body.len() + attributes;
    // The largest that fits, one byte less, and shares of it that add up exactly, or to a byte more.
    let room = limits.bytes - overhead;
    let shares = [room, room - 1, limits.bytes / 2 - overhead, limits.bytes.div_ceil(2) - overhead, 1, 0, 7, room, 3];
    let small = std::iter::repeat_n(limits.bytes / 10 - overhead, 11);
    let texts: Vec<usize> = shares.into_iter().chain(small).chain([room / 2; 5]).collect();
    publisher.publish_all(texts.iter().map(|bytes| Draft::from(Note { text: text(*bytes) }))).await.unwrap();
    let requests = std::mem::take(&mut *instead.requests.lock().unwrap());
    assert_eq!(requests.iter().map(Vec::len).sum::<usize>(), texts.len(), "{name}");
    for request in &requests {
        assert!(
            request.len() <= limits.entries && request.iter().sum::<usize>() <= limits.bytes,
            "{name}: {request:?}"
        );
    }
    for pair in requests.windows(2) {
        let fits = pair[0].len() < limits.entries && pair[0].iter().sum::<usize>() + pair[1][0] <= limits.bytes;
        assert!(!fits, "{name}: the first of {:?} had room in {:?}", pair[1], pair[0]);
    }
}

/// SQS and SNS count names, data types and values of attributes, EventBridge the source and the type of an event and 14 bytes
/// for its time.
///
/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>,
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>
#[tokio::test]
async fn no_request_is_too_large_for_its_service_and_none_is_needless() {
    let config = config();
    let attributes = "typeStringNote".len();
    assert_packed(Queue::new(sqs::Client::new(&config), "https://sqs/1/Orders"), attributes).await;
    let topic = Topic::new(sns::Client::new(&config), "arn:aws:sns:eu-central-1:1:Events");
    assert_packed(topic.clone(), attributes).await;
    assert_packed(topic.bytes_max(1_048_576), attributes).await;
    let bus = Bus::new(eventbridge::Client::new(&config), "commerce");
    assert_packed(bus, "testNote".len() + 14).await;
}
