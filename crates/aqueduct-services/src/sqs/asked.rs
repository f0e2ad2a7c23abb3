//! Which attributes a receive asks for.

use std::collections::BTreeMap;

use super::ReceiveMessage;
use super::admin::is_queue_attribute;
use super::refusal::unknown_attribute;
use crate::{ApiError, MessageAttributeValue};

/// The system attributes that a message can have.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const SYSTEM: [&str; 9] = [
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SentTimestamp",
    "SenderId",
    "MessageGroupId",
    "MessageDeduplicationId",
    "SequenceNumber",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

/// The attributes that a receive asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// A bit for each name of [`SYSTEM`].
    system: u16,
    user: Vec<String>,
}

impl Asked {
    /// Everything, as event source mappings ask.
    pub(super) fn all() -> Self {
        Self { system: u16::MAX, user: vec!["All".to_owned()] }
    }

    /// What a call asks for, by the older and the newer name of the list of system attributes.
    pub(super) fn by(input: &ReceiveMessage) -> Result<Self, ApiError> {
        let mut system = 0;
        for name in input.attribute_names.iter().chain(&input.message_system_attribute_names) {
            match SYSTEM.iter().position(|known| known == name) {
                Some(place) => system |= 1 << place,
                None if name == "All" => system = u16::MAX,
                // The older list takes the names of a queue's attributes too, which mean nothing here.
                None if is_queue_attribute(name) => {}
                None => return Err(unknown_attribute(name)),
            }
        }
        Ok(Self { system, user: input.message_attribute_names.clone() })
    }

    /// The system attributes to answer.
    pub(super) fn system_names(&self) -> impl Iterator<Item = &'static str> {
        SYSTEM.into_iter().enumerate().filter(|(place, _)| self.system & 1 << place != 0).map(|(_, name)| name)
    }

    /// The user attributes to answer: named exactly, by `prefix.*`, or all by `All`, `.*` or `*`.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_receive_message_message_attribute_names_filters`.
    pub(super) fn user_attributes(
        &self,
        all: &BTreeMap<String, MessageAttributeValue>,
    ) -> BTreeMap<String, MessageAttributeValue> {
        if self.user.is_empty() {
            return BTreeMap::new();
        }
        let is_asked = |name: &str, asked: &str| {
            matches!(asked, "All" | ".*" | "*")
                || asked == name
                || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
        };
        let asked = all.iter().filter(|(name, _)| self.user.iter().any(|asked| is_asked(name, asked)));
        asked.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
