//! A queue's attributes: their limits, their defaults, their text form.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::limits::VISIBILITY_MAX;
use super::redrive::{RedriveAllowPolicy, RedrivePolicy};
use super::refusal::{invalid_attribute, unknown_attribute};
use crate::ApiError;

/// The largest message, and the largest sum of a batch's messages, in bytes.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(super) const MESSAGE_BYTES_MAX: usize = 1_048_576;

/// The longest policy, in bytes. Source: as for [`MESSAGE_BYTES_MAX`].
const POLICY_BYTES_MAX: usize = 8192;

/// A queue's attributes.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a boolean attribute of the API")]
pub(super) struct Settings {
    pub(super) fifo: bool,
    pub(super) content_based_deduplication: bool,
    /// Whether a deduplication id counts within its message group only.
    pub(super) deduplication_per_group: bool,
    /// Accepted and answered; throughput itself is not modelled.
    throughput_per_group: bool,
    pub(super) delay: Duration,
    pub(super) message_bytes_max: usize,
    pub(super) retention: Duration,
    pub(super) wait: Duration,
    pub(super) visibility: Duration,
    pub(super) policy: Option<Text<Value>>,
    pub(super) redrive: Option<Text<RedrivePolicy>>,
    pub(super) redrive_allow: Option<Text<RedriveAllowPolicy>>,
    /// Accepted and answered; encryption itself is not modelled.
    kms_key: Option<String>,
    kms_reuse_seconds: u64,
    sqs_managed_sse: bool,
}

/// A JSON attribute, as it was given and as it is understood.
#[derive(Clone, Debug)]
pub(super) struct Text<T> {
    pub(super) text: String,
    pub(super) value: T,
}

/// Two texts are the same setting when they mean the same.
impl<T: PartialEq> PartialEq for Text<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Settings {
    /// The defaults of a new queue.
    pub(super) fn new(fifo: bool) -> Self {
        Self {
            fifo,
            content_based_deduplication: false,
            deduplication_per_group: false,
            throughput_per_group: false,
            delay: Duration::ZERO,
            message_bytes_max: MESSAGE_BYTES_MAX,
            retention: Duration::from_hours(96),
            wait: Duration::ZERO,
            visibility: Duration::from_secs(30),
            policy: None,
            redrive: None,
            redrive_allow: None,
            kms_key: None,
            kms_reuse_seconds: 300,
            sqs_managed_sse: true,
        }
    }

    /// These settings with other values; nothing changes when one of them is refused.
    pub(super) fn with(&self, attributes: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let mut settings = self.clone();
        for (name, value) in attributes {
            settings.set(name, value)?;
        }
        settings.check(attributes)?;
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "DelaySeconds" => self.delay = seconds(name, value, 0, 900)?,
            "MaximumMessageSize" => {
                let bytes = number(name, value, 1024, MESSAGE_BYTES_MAX as u64)?;
                self.message_bytes_max = usize::try_from(bytes).unwrap_or(MESSAGE_BYTES_MAX);
            }
            "MessageRetentionPeriod" => self.retention = seconds(name, value, 60, 1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = seconds(name, value, 0, 20)?,
            "VisibilityTimeout" => self.visibility = seconds(name, value, 0, VISIBILITY_MAX.as_secs())?,
            "Policy" => self.policy = policy(value)?,
            "RedrivePolicy" => self.redrive = text(value, RedrivePolicy::parse)?,
            "RedriveAllowPolicy" => self.redrive_allow = text(value, RedriveAllowPolicy::parse)?,
            "KmsMasterKeyId" => {
                self.kms_key = (!value.is_empty()).then(|| value.to_owned());
                self.sqs_managed_sse &= self.kms_key.is_none();
            }
            "KmsDataKeyReusePeriodSeconds" => self.kms_reuse_seconds = number(name, value, 60, 86_400)?,
            "SqsManagedSseEnabled" => {
                self.sqs_managed_sse = boolean(name, value)?;
            }
            "FifoQueue" | "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit" if self.fifo => {
                self.set_fifo(name, value)?;
            }
            "DeduplicationScope" | "FifoThroughputLimit" => {
                let message = format!("You can specify the {name} only when FifoQueue is set to true.");
                return Err(ApiError::sender("InvalidAttributeName", message));
            }
            _ => return Err(unknown_attribute(name)),
        }
        Ok(())
    }

    fn set_fifo(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match (name, value) {
            ("FifoQueue", "true") => {}
            // Recorded by LocalStack's AWS-validated test `test_set_unsupported_attribute_fifo`.
            ("FifoQueue", _) => {
                let message =
                    "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
                return Err(ApiError::sender("InvalidAttributeValue", message));
            }
            ("ContentBasedDeduplication", _) => self.content_based_deduplication = boolean(name, value)?,
            ("DeduplicationScope", "queue") => self.deduplication_per_group = false,
            ("DeduplicationScope", "messageGroup") => self.deduplication_per_group = true,
            ("FifoThroughputLimit", "perQueue") => self.throughput_per_group = false,
            ("FifoThroughputLimit", "perMessageGroupId") => self.throughput_per_group = true,
            _ => return Err(invalid_attribute(name)),
        }
        Ok(())
    }

    /// Checks that hold between attributes.
    fn check(&self, given: &BTreeMap<String, String>) -> Result<(), ApiError> {
        // Recorded by LocalStack's AWS-validated test `test_sse_kms_and_sqs_are_mutually_exclusive`.
        if self.sqs_managed_sse && self.kms_key.is_some() && given.contains_key("SqsManagedSseEnabled") {
            return Err(ApiError::sender(
                "InvalidAttributeName",
                "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or \
                 SQS SSE.",
            ));
        }
        if self.throughput_per_group && !self.deduplication_per_group {
            return Err(ApiError::sender(
                "InvalidAttributeValue",
                "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
            ));
        }
        Ok(())
    }

    /// The attributes as `GetQueueAttributes` answers them, without those that count messages.
    pub(super) fn attributes(&self) -> BTreeMap<&'static str, String> {
        let seconds = |duration: Duration| duration.as_secs().to_string();
        let mut attributes = BTreeMap::from([
            ("DelaySeconds", seconds(self.delay)),
            ("MaximumMessageSize", self.message_bytes_max.to_string()),
            ("MessageRetentionPeriod", seconds(self.retention)),
            ("ReceiveMessageWaitTimeSeconds", seconds(self.wait)),
            ("VisibilityTimeout", seconds(self.visibility)),
            ("SqsManagedSseEnabled", self.sqs_managed_sse.to_string()),
        ]);
        let texts = [
            ("Policy", self.policy.as_ref().map(|policy| &policy.text)),
            ("RedrivePolicy", self.redrive.as_ref().map(|redrive| &redrive.text)),
            ("RedriveAllowPolicy", self.redrive_allow.as_ref().map(|allow| &allow.text)),
            ("KmsMasterKeyId", self.kms_key.as_ref()),
        ];
        attributes.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text?.clone()))));
        if self.kms_key.is_some() {
            attributes.insert("KmsDataKeyReusePeriodSeconds", self.kms_reuse_seconds.to_string());
        }
        if self.fifo {
            let scope = if self.deduplication_per_group { "messageGroup" } else { "queue" };
            let limit = if self.throughput_per_group { "perMessageGroupId" } else { "perQueue" };
            attributes.insert("FifoQueue", "true".into());
            attributes.insert("ContentBasedDeduplication", self.content_based_deduplication.to_string());
            attributes.insert("DeduplicationScope", scope.into());
            attributes.insert("FifoThroughputLimit", limit.into());
        }
        attributes
    }

    /// The first attribute among `given` whose value differs from these settings'.
    pub(super) fn first_difference<'a>(&self, other: &Self, given: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let differs = |name: &str| match name {
            "Policy" => self.policy != other.policy,
            "RedrivePolicy" => self.redrive != other.redrive,
            "RedriveAllowPolicy" => self.redrive_allow != other.redrive_allow,
            name => self.attributes().get(name) != other.attributes().get(name),
        };
        given.keys().map(String::as_str).find(|name| differs(name))
    }
}

fn number(name: &str, value: &str, min: u64, max: u64) -> Result<u64, ApiError> {
    value.trim().parse().ok().filter(|number| (min..=max).contains(number)).ok_or_else(|| invalid_attribute(name))
}

fn seconds(name: &str, value: &str, min: u64, max: u64) -> Result<Duration, ApiError> {
    number(name, value, min, max).map(Duration::from_secs)
}

fn boolean(name: &str, value: &str) -> Result<bool, ApiError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid_attribute(name)),
    }
}

/// An empty text removes the attribute.
fn text<T>(value: &str, parse: impl FnOnce(&str) -> Result<T, ApiError>) -> Result<Option<Text<T>>, ApiError> {
    if value.is_empty() {
        return Ok(None);
    }
    Ok(Some(Text { text: value.to_owned(), value: parse(value)? }))
}

fn policy(value: &str) -> Result<Option<Text<Value>>, ApiError> {
    text(value, |value| {
        let document = serde_json::from_str::<Value>(value).ok();
        document
            .filter(|document| document.get("Statement").is_some() && value.len() <= POLICY_BYTES_MAX)
            .ok_or_else(|| invalid_attribute("Policy"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn limits_hold() {
        let limits = [
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
            ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
        ];
        for (name, min, max) in limits {
            for (value, valid) in [(min - 1, false), (min, true), (max, true), (max + 1, false)] {
                let result = Settings::new(false).with(&attributes(&[(name, &i64::from(value).to_string())]));
                assert_eq!(result.is_ok(), valid, "{name}={value}");
            }
        }
    }

    #[test]
    fn a_standard_queue_knows_no_fifo_attribute() {
        for name in ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "Colour"] {
            let error = Settings::new(false).with(&attributes(&[(name, "true")])).unwrap_err();
            let text = if matches!(name, "DeduplicationScope" | "FifoThroughputLimit") {
                format!("You can specify the {name} only when FifoQueue is set to true.")
            } else {
                format!("Unknown Attribute {name}.")
            };
            assert_eq!((error.code.as_ref(), error.message), ("InvalidAttributeName", text));
        }
    }

    #[test]
    fn high_throughput_needs_deduplication_per_group() {
        let limit = ("FifoThroughputLimit", "perMessageGroupId");
        assert!(Settings::new(true).with(&attributes(&[limit])).is_err());
        assert!(Settings::new(true).with(&attributes(&[limit, ("DeduplicationScope", "messageGroup")])).is_ok());
    }

    #[test]
    fn one_kind_of_encryption_at_a_time() {
        let kms = Settings::new(false).with(&attributes(&[("KmsMasterKeyId", "key")])).unwrap();
        assert_eq!(kms.attributes()["SqsManagedSseEnabled"], "false");
        assert!(kms.with(&attributes(&[("SqsManagedSseEnabled", "true")])).is_err());
    }
}
