//! Topics and their attributes.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde_json::{Value, json};

use super::api::Published;
use super::refusals::invalid;
use crate::{ApiError, Site, Timestamp};

/// The default size limit of a message, in bytes.
const MESSAGE_BYTES_DEFAULT: usize = 262_144;

/// How long a FIFO topic remembers deduplication ids.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>
const DEDUPLICATION_INTERVAL: Duration = Duration::from_mins(5);

/// Attributes that are kept and answered, and change nothing here: they concern HTTP endpoints, encryption at rest,
/// delivery logs and tracing.
const INERT: [&str; 5] = ["DisplayName", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"];

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) fifo: bool,
    pub(super) policy: Option<Value>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) message_bytes_max: usize,
    /// How many of its subscriptions were deleted.
    pub(super) unsubscribed: u64,
    attributes: BTreeMap<String, String>,
    accepted: BTreeMap<String, (Timestamp, Published)>,
    sequence: u64,
}

impl Topic {
    /// A topic as `CreateTopic` makes it.
    pub(super) fn create(
        site: &Site,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: Vec<(String, String)>,
    ) -> Result<Self, ApiError> {
        let fifo = attributes.get("FifoTopic").is_some_and(|value| value == "true");
        check_name(name, fifo)?;
        let mut topic = Self {
            name: name.to_owned(),
            arn: site.arn("sns", name),
            fifo,
            policy: None,
            tags,
            message_bytes_max: MESSAGE_BYTES_DEFAULT,
            unsubscribed: 0,
            attributes: BTreeMap::new(),
            accepted: BTreeMap::new(),
            sequence: 0,
        };
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "FifoTopic") {
            topic.set(name, value)?;
        }
        Ok(topic)
    }

    /// Sets an attribute.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "Policy" if value.is_empty() => self.policy = None,
            "Policy" => {
                let policy = serde_json::from_str(value).ok().filter(Value::is_object);
                self.policy = Some(policy.ok_or_else(|| invalid("Policy Error: null"))?);
            }
            "MaximumMessageSize" => {
                let bytes = value.parse().ok().filter(|bytes| (1024..=1_048_576).contains(bytes));
                self.message_bytes_max = bytes.ok_or_else(|| invalid("MaximumMessageSize"))?;
            }
            "ContentBasedDeduplication" if self.fifo && matches!(value, "true" | "false") => {}
            "FifoThroughputScope" if self.fifo && matches!(value, "Topic" | "MessageGroup") => {}
            "ContentBasedDeduplication" | "FifoThroughputScope" => return Err(invalid(name)),
            "ArchivePolicy" if value.is_empty() => {}
            "ArchivePolicy" => return Err(ApiError::not_modelled("the archive of a FIFO topic (ArchivePolicy)")),
            _ if INERT.contains(&name) || is_feedback(name) => {}
            _ => return Err(invalid("AttributeName")),
        }
        self.attributes.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Whether a `CreateTopic` of the same name with these attributes asks for this very topic.
    pub(super) fn agrees_with(&self, wanted: &BTreeMap<String, String>) -> bool {
        wanted.iter().all(|(name, value)| match name.as_str() {
            "FifoTopic" => (value == "true") == self.fifo,
            name => self.attributes.get(name) == Some(value),
        })
    }

    /// All attributes, as `GetTopicAttributes` answers them.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_create_topic_with_attributes`, `test_create_topic_test_arn`.
    pub(super) fn attributes(&self, subscriptions: usize) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([
            ("DisplayName".to_owned(), String::new()),
            ("EffectiveDeliveryPolicy".to_owned(), effective_delivery_policy()),
            ("Owner".to_owned(), self.arn.account().to_owned()),
            ("Policy".to_owned(), default_policy(&self.arn).to_string()),
            ("SubscriptionsConfirmed".to_owned(), subscriptions.to_string()),
            ("SubscriptionsDeleted".to_owned(), self.unsubscribed.to_string()),
            ("SubscriptionsPending".to_owned(), "0".to_owned()),
            ("TopicArn".to_owned(), self.arn.to_string()),
        ]);
        if self.fifo {
            all.insert("FifoTopic".to_owned(), "true".to_owned());
            all.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
        }
        all.extend(self.attributes.iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (k.clone(), v.clone())));
        all
    }

    /// Whether the topic derives a deduplication id from the message.
    pub(super) fn is_content_based(&self) -> bool {
        self.attributes.get("ContentBasedDeduplication").is_some_and(|value| value == "true")
    }

    /// What a FIFO topic answered to the first message with this deduplication id, within five minutes.
    pub(super) fn duplicate(&mut self, now: Timestamp, group: &str, id: &str) -> Option<Published> {
        self.accepted.retain(|_, (at, _)| now.since(*at) < DEDUPLICATION_INTERVAL);
        self.accepted.get(&self.deduplication_key(group, id)).map(|(_, published)| published.clone())
    }

    /// Remembers a deduplication id.
    pub(super) fn remember(&mut self, now: Timestamp, group: &str, id: &str, published: Published) {
        self.accepted.insert(self.deduplication_key(group, id), (now, published));
    }

    /// The next sequence number of a FIFO topic: twenty digits.
    pub(super) fn next_sequence_number(&mut self) -> String {
        self.sequence += 1;
        format!("{:020}", 10_000_000_000_000_000_000_u64 + self.sequence)
    }

    /// `FifoThroughputScope` decides where an id must be unique: in the topic, or in each group.
    fn deduplication_key(&self, group: &str, id: &str) -> String {
        if self.attributes.get("FifoThroughputScope").is_some_and(|scope| scope == "MessageGroup") {
            format!("{group}\n{id}")
        } else {
            id.to_owned()
        }
    }
}

/// Names as in <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>.
fn check_name(name: &str, fifo: bool) -> Result<(), ApiError> {
    let stem = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let is_fine = |stem: &str| {
        (1..=256).contains(&name.len()) && stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match stem {
        Some(stem) if !stem.is_empty() && is_fine(stem) => Ok(()),
        _ if fifo => Err(invalid(
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, \
             numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
        )),
        _ => Err(invalid("Topic Name")),
    }
}

/// Where and how often delivery status is logged, by protocol.
fn is_feedback(name: &str) -> bool {
    ["SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

/// The policy of a topic that was given none: its own account may do everything, no service may publish.
fn default_policy(arn: &Arn) -> Value {
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions,
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": arn.account() } }
        }]
    })
}

fn effective_delivery_policy() -> String {
    json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20,
                "maxDelayTarget": 20,
                "numRetries": 3,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": "linear"
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" }
        }
    })
    .to_string()
}
