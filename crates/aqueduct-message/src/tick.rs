//! The tick of a schedule.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Payload;

/// What a scheduled rule or an EventBridge Scheduler schedule without an input of its own sends: that it is time.
///
/// Both send the detail type `Scheduled Event`. A rule's `detail` is `{}`, Scheduler's is a string; neither says anything.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tick {}

impl<'de> Deserialize<'de> for Tick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
}

impl Payload for Tick {
    const TYPE: &'static str = "Scheduled Event";
}
