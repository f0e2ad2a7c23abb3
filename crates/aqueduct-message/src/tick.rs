//! The tick of a schedule.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Payload;

/// What a scheduled rule or an EventBridge Scheduler schedule without an input of its own sends: that it is time.
///
/// Both send the detail type `Scheduled Event`; their `detail` says nothing and is not read.
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
