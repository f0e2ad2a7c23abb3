//! Topics and their attributes.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::archive;
use super::delivery_policy::TopicPolicy;
use super::notification::iso_8601;
use super::refusals::invalid;
use crate::{ApiError, Site, Timestamp};

/// The default size limit of a message, in bytes. Topics with a higher one are bound in their subscriptions.
pub(super) const MESSAGE_BYTES_DEFAULT: usize = 262_144;

/// The longest display name, in characters.
const DISPLAY_NAME_MAX: usize = 100;

/// Protocols whose deliveries AWS can log, as the attributes' names start.
const LOGGED: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];

/// A topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) fifo: bool,
    pub(super) policy: Option<Value>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) message_bytes_max: usize,
    pub(super) delivery: TopicPolicy,
    /// Since when messages are archived, and for how long.
    pub(super) archive: Option<(Timestamp, Duration)>,
    /// How many of its subscriptions were deleted.
    pub(super) unsubscribed: u64,
    attributes: BTreeMap<String, String>,
}

/// A topic as it is kept: its attributes say the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    name: String,
    arn: Arn,
    fifo: bool,
    tags: Vec<(String, String)>,
    attributes: BTreeMap<String, String>,
    archived_since: Option<Timestamp>,
    unsubscribed: u64,
}

impl From<Topic> for Stored {
    fn from(topic: Topic) -> Self {
        let archived_since = topic.archive.map(|(since, _)| since);
        let Topic { name, arn, fifo, tags, attributes, unsubscribed, .. } = topic;
        Self { name, arn, fifo, tags, attributes, archived_since, unsubscribed }
    }
}

impl From<Stored> for Topic {
    fn from(stored: Stored) -> Self {
        let mut topic = Self::bare(&stored.name, stored.arn, stored.fifo, stored.tags);
        topic.unsubscribed = stored.unsubscribed;
        for (name, value) in &stored.attributes {
            // What was accepted once is accepted again, unless a later version has become stricter.
            let _ = topic.set(stored.archived_since.unwrap_or_default(), name, value);
        }
        topic
    }
}

impl Topic {
    fn bare(name: &str, arn: Arn, fifo: bool, tags: Vec<(String, String)>) -> Self {
        Self {
            name: name.to_owned(),
            arn,
            fifo,
            policy: None,
            tags,
            message_bytes_max: MESSAGE_BYTES_DEFAULT,
            delivery: TopicPolicy::default(),
            archive: None,
            unsubscribed: 0,
            attributes: BTreeMap::new(),
        }
    }

    /// A topic as `CreateTopic` makes it.
    pub(super) fn create(
        site: &Site,
        now: Timestamp,
        name: &str,
        attributes: &BTreeMap<String, String>,
        tags: Vec<(String, String)>,
    ) -> Result<Self, ApiError> {
        let fifo = match attributes.get("FifoTopic").map(|value| value.to_ascii_lowercase()).as_deref() {
            Some("true") => true,
            None | Some("false") => false,
            Some(_) => return Err(invalid("Attributes Reason: FifoTopic: Invalid value. Must be true or false.")),
        };
        check_name(name, fifo)?;
        let mut topic = Self::bare(name, site.arn("sns", name), fifo, tags);
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "FifoTopic") {
            topic.set_with_prefix(now, name, value, "Attributes Reason: ")?;
        }
        Ok(topic)
    }

    /// Sets an attribute.
    pub(super) fn set(&mut self, now: Timestamp, name: &str, value: &str) -> Result<(), ApiError> {
        self.set_with_prefix(now, name, value, "")
    }

    fn set_with_prefix(&mut self, now: Timestamp, name: &str, value: &str, prefix: &str) -> Result<(), ApiError> {
        let refuse = |what: &dyn Display| invalid(format_args!("{prefix}{name}: {what}"));
        let mut kept = value.to_owned();
        match name {
            "Policy" if value.is_empty() => self.policy = None,
            "Policy" => {
                let policy = serde_json::from_str(value).ok().filter(Value::is_object);
                self.policy = Some(policy.ok_or_else(|| invalid("Policy Error: null"))?);
            }
            "MaximumMessageSize" => {
                let bytes = value.parse().ok().filter(|bytes| (1024..=1_048_576).contains(bytes));
                let words = "must be between 1024 and 1048576 bytes";
                self.message_bytes_max = bytes.ok_or_else(|| refuse(&words))?;
            }
            "DeliveryPolicy" if value.is_empty() => self.delivery = TopicPolicy::default(),
            "DeliveryPolicy" => {
                self.delivery = TopicPolicy::parse(value).map_err(|what| refuse(&what))?;
                kept = self.delivery.to_text();
            }
            "ArchivePolicy" if self.fifo => {
                let retention = archive::retention(value).map_err(|what| refuse(&what))?;
                let since = self.archive.map_or(now, |(since, _)| since);
                self.archive = retention.map(|retention| (since, retention));
            }
            "ContentBasedDeduplication" if self.fifo => {
                kept = value.to_ascii_lowercase();
                self.check(matches!(kept.as_str(), "true" | "false"), name, value, prefix)?;
            }
            "FifoThroughputScope" if self.fifo => {
                self.check(matches!(value, "Topic" | "MessageGroup"), name, value, prefix)?;
            }
            "ArchivePolicy" | "ContentBasedDeduplication" | "FifoThroughputScope" => {
                return Err(refuse(&"it is for FIFO topics only"));
            }
            "SignatureVersion" => self.check(matches!(value, "1" | "2"), name, value, prefix)?,
            "TracingConfig" => {
                self.check(!self.fifo && matches!(value, "Active" | "PassThrough"), name, value, prefix)?;
            }
            "DisplayName" => self.check(value.chars().count() <= DISPLAY_NAME_MAX, name, value, prefix)?,
            "KmsMasterKeyId" => {}
            _ if is_feedback(name) => {}
            _ => return Err(invalid(format_args!("{prefix}AttributeName"))),
        }
        self.attributes.insert(name.to_owned(), kept);
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "it reads as what it is: a check of this topic's attribute")]
    fn check(&self, fits: bool, name: &str, value: &str, prefix: &str) -> Result<(), ApiError> {
        if fits { Ok(()) } else { Err(invalid(format_args!("{prefix}{name}: Invalid value [{value}]."))) }
    }

    /// Whether a `CreateTopic` of the same name with these attributes asks for this very topic.
    pub(super) fn agrees_with(&self, now: Timestamp, wanted: &BTreeMap<String, String>) -> bool {
        let mut other = self.clone();
        wanted.iter().all(|(name, value)| match name.as_str() {
            "FifoTopic" => value.eq_ignore_ascii_case("true") == self.fifo,
            // In the form in which it would be kept.
            name => other.set(now, name, value).is_ok() && same(name, &self.attributes, &other.attributes),
        })
    }

    /// All attributes, as `GetTopicAttributes` answers them to the topic with so many subscriptions, confirmed and not.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_create_topic_with_attributes`, `test_create_topic_test_arn`,
    /// `test_topic_delivery_policy_crud`.
    pub(super) fn attributes(&self, now: Timestamp, confirmed: usize, pending: usize) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([
            ("DisplayName".to_owned(), String::new()),
            ("EffectiveDeliveryPolicy".to_owned(), self.delivery.effective_text()),
            ("Owner".to_owned(), self.arn.account().to_owned()),
            ("Policy".to_owned(), self.default_policy().to_string()),
            ("SubscriptionsConfirmed".to_owned(), confirmed.to_string()),
            ("SubscriptionsDeleted".to_owned(), self.unsubscribed.to_string()),
            ("SubscriptionsPending".to_owned(), pending.to_string()),
            ("TopicArn".to_owned(), self.arn.to_string()),
        ]);
        if self.fifo {
            all.insert("FifoTopic".to_owned(), "true".to_owned());
            all.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
        }
        if let Some(since) = self.archive_start(now) {
            all.insert("BeginningArchiveTime".to_owned(), iso_8601(since));
        }
        let set = self.attributes.iter().filter(|(_, value)| !value.is_empty());
        all.extend(set.map(|(name, value)| (name.clone(), value.clone())));
        all
    }

    /// The oldest time from which messages can be replayed.
    pub(super) fn archive_start(&self, now: Timestamp) -> Option<Timestamp> {
        self.archive.map(|(since, retention)| since.max(now - retention))
    }

    /// Whether the topic derives a deduplication id from the message.
    pub(super) fn is_content_based(&self) -> bool {
        self.attributes.get("ContentBasedDeduplication").is_some_and(|value| value == "true")
    }

    /// `FifoThroughputScope` decides where a deduplication id must be unique: in the topic, or in each group.
    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.attributes.get("FifoThroughputScope").is_some_and(|scope| scope == "MessageGroup")
    }

    /// `SignatureVersion`: 1 unless the topic has another.
    pub(super) fn signature_version(&self) -> u8 {
        if self.attributes.get("SignatureVersion").is_some_and(|version| version == "2") { 2 } else { 1 }
    }

    /// The policy in force, to be changed; AWS's own when the topic was given none.
    pub(super) fn edit_policy(&mut self, edit: impl FnOnce(&mut Vec<Value>)) {
        let mut policy = self.policy.clone().unwrap_or_else(|| self.default_policy());
        let statements = match policy.get_mut("Statement").map(Value::take) {
            Some(Value::Array(statements)) => statements,
            Some(Value::Null) | None => Vec::new(),
            Some(statement) => vec![statement],
        };
        let mut statements = statements;
        edit(&mut statements);
        policy["Statement"] = Value::Array(statements);
        self.attributes.insert("Policy".to_owned(), policy.to_string());
        self.policy = Some(policy);
    }

    /// The policy of a topic that was given none: its own account may do everything, no service may publish.
    pub(super) fn default_policy(&self) -> Value {
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
                "Resource": self.arn,
                "Condition": { "StringEquals": { "AWS:SourceOwner": self.arn.account() } }
            }]
        })
    }
}

/// Whether an attribute has the same value twice; a policy as JSON, whatever its spelling.
fn same(name: &str, one: &BTreeMap<String, String>, two: &BTreeMap<String, String>) -> bool {
    let (one, two) = (one.get(name), two.get(name));
    if name.ends_with("Policy") {
        let json = |text: Option<&String>| serde_json::from_str::<Value>(text?).ok();
        return one == two || (one.is_some() && json(one) == json(two));
    }
    one == two
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
    let kinds = ["SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"];
    LOGGED.iter().any(|protocol| name.strip_prefix(protocol).is_some_and(|kind| kinds.contains(&kind)))
}
