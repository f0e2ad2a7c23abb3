//! What services take.

use std::time::Duration;

use aqueduct::aws::aws_config::{BehaviorVersion, Region, SdkConfig};
use aqueduct::aws::{Bus, Queue, Topic, eventbridge, sns, sqs};
use aqueduct::publish::Channel;

/// Limits that changed or that differ between services, such as 256 KiB for all of them: messages that would fit are
/// refused, or requests that do not fit fail as a whole.
#[test]
fn each_service_has_its_own_limits() {
    let config =
        SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).region(Region::new("eu-central-1"));
    let config = config.build();
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
