//! Subscriptions, their attributes and what they refuse.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>

use std::collections::BTreeMap;
use std::fmt::Display;

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::Listed;
use super::attributes::for_filter;
use super::delivery_policy::{Effective, SubscriptionPolicy};
use super::refusals::invalid;
use super::{json_error, replay};
use crate::{ApiError, MessageAttributeValue};

/// Where a subscription delivers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Protocol {
    Sqs,
    Lambda,
    Http,
    Https,
}

impl Protocol {
    /// Reads a protocol; those that AWS has and this cloud has not are refused by name.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_subscribe_with_invalid_protocol`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "sqs" => Ok(Self::Sqs),
            "lambda" => Ok(Self::Lambda),
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            "email" | "email-json" | "sms" | "application" | "firehose" => {
                Err(ApiError::not_modelled(&format!("SNS subscriptions with the protocol {text}")))
            }
            _ => Err(invalid(format_args!("Amazon SNS does not support this protocol string: {text}"))),
        }
    }

    /// Its name in the API, and the key of its own message in a JSON-structured one.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Whether the endpoint is a URL, which has to confirm its subscription.
    pub(super) const fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

/// What a filter policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Attributes,
    Body,
}

/// Whether the endpoint's owner wants the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// A queue or function of the same account wants it at once.
    pub(super) confirmed: bool,
    /// Whether the confirmation was signed.
    pub(super) authenticated: bool,
    /// `AuthenticateOnUnsubscribe`.
    pub(super) guarded: bool,
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Subscription {
    pub(super) arn: Arn,
    pub(super) topic: Arn,
    /// An ARN or a URL.
    pub(super) endpoint: String,
    pub(super) protocol: Protocol,
    pub(super) standing: Standing,
    pub(super) raw: bool,
    /// `RedrivePolicy.deadLetterTargetArn`.
    pub(super) dead_letter: Option<Arn>,
    pub(super) delivery: Option<SubscriptionPolicy>,
    /// `ReplayPolicy`.
    pub(super) replay: Option<replay::Window>,
    filter: Option<(Value, Pattern)>,
    scope: Scope,
    attributes: BTreeMap<String, String>,
}

/// A subscription as it is kept: its attributes say the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    arn: Arn,
    topic: Arn,
    endpoint: String,
    protocol: Protocol,
    standing: Standing,
    attributes: BTreeMap<String, String>,
}

impl From<Subscription> for Stored {
    fn from(subscription: Subscription) -> Self {
        let Subscription { arn, topic, endpoint, protocol, standing, attributes, .. } = subscription;
        Self { arn, topic, endpoint, protocol, standing, attributes }
    }
}

impl From<Stored> for Subscription {
    fn from(stored: Stored) -> Self {
        let Stored { arn, topic, endpoint, protocol, standing, attributes } = stored;
        let mut subscription = Self { arn, standing, ..Self::bare(&topic, "", protocol, &endpoint) };
        // What was accepted once is accepted again, unless a later version has become stricter.
        let _ = subscription.set_all(&attributes, "");
        subscription
    }
}

impl Subscription {
    fn bare(topic: &Arn, id: &str, protocol: Protocol, endpoint: &str) -> Self {
        Self {
            arn: Arn::new(format!("{topic}:{id}")),
            topic: topic.clone(),
            endpoint: endpoint.to_owned(),
            protocol,
            standing: Standing { confirmed: !protocol.is_http(), authenticated: !protocol.is_http(), guarded: false },
            raw: false,
            dead_letter: None,
            delivery: None,
            replay: None,
            filter: None,
            scope: Scope::Attributes,
            attributes: BTreeMap::new(),
        }
    }

    /// A subscription as `Subscribe` makes it.
    pub(super) fn create(
        topic: &Arn,
        id: &str,
        protocol: Protocol,
        endpoint: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Self, ApiError> {
        check_endpoint(topic, protocol, endpoint)?;
        let mut subscription = Self::bare(topic, id, protocol, endpoint);
        subscription.set_all(attributes, "Attributes Reason: ")?;
        Ok(subscription)
    }

    fn set_all(&mut self, attributes: &BTreeMap<String, String>, prefix: &str) -> Result<(), ApiError> {
        // The scope first: it decides in which dialect the filter policy is read.
        let mut all: Vec<_> = attributes.iter().collect();
        all.sort_by_key(|(name, _)| *name != "FilterPolicyScope");
        all.into_iter().try_for_each(|(name, value)| self.set_with_prefix(name, value, prefix))
    }

    /// Sets an attribute.
    ///
    /// Error texts recorded by LocalStack's AWS-validated test `test_validate_set_sub_attributes`.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        self.set_with_prefix(name, value, "")
    }

    fn set_with_prefix(&mut self, name: &str, value: &str, prefix: &str) -> Result<(), ApiError> {
        let refuse = |what: &dyn Display| invalid(format_args!("{prefix}{what}"));
        let mut kept = value.to_owned();
        match name {
            "RawMessageDelivery" => {
                self.raw = self.parse_raw(value).map_err(|what| refuse(&what))?;
                kept = value.to_ascii_lowercase();
            }
            // Nested keys alone are refused without the prefix: recorded by LocalStack's AWS-validated test
            // `test_sub_filter_policy_nested_property`.
            "FilterPolicy" => self.filter = parse_filter(value, self.scope).map_err(|what| refuse(&what))?,
            "FilterPolicyScope" => self.set_scope(value).map_err(|what| refuse(&what))?,
            "RedrivePolicy" => self.dead_letter = self.parse_redrive(value).map_err(|what| refuse(&what))?,
            "DeliveryPolicy" if value.is_empty() => self.delivery = None,
            "DeliveryPolicy" => {
                let policy = SubscriptionPolicy::parse(value);
                let policy = policy.map_err(|what| refuse(&format_args!("DeliveryPolicy: {what}")))?;
                kept = policy.to_text();
                self.delivery = Some(policy);
            }
            "ReplayPolicy" => {
                let window = replay::Window::parse(value);
                self.replay = window.map_err(|what| refuse(&format_args!("ReplayPolicy: {what}")))?;
            }
            // It concerns Firehose, which cannot be subscribed here.
            "SubscriptionRoleArn" => {}
            _ => return Err(refuse(&"AttributeName")),
        }
        self.attributes.insert(name.to_owned(), kept);
        Ok(())
    }

    fn parse_raw(&self, value: &str) -> Result<bool, String> {
        match value.to_ascii_lowercase().as_str() {
            "false" => Ok(false),
            "true" if self.protocol != Protocol::Lambda => Ok(true),
            "true" => {
                Err(format!("Delivery protocol [{}] does not support raw message delivery.", self.protocol.name()))
            }
            _ => Err(format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false.")),
        }
    }

    fn set_scope(&mut self, value: &str) -> Result<(), String> {
        let scope = match value {
            "MessageAttributes" => Scope::Attributes,
            "MessageBody" => Scope::Body,
            _ => {
                return Err(format!(
                    "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
                ));
            }
        };
        if let Some((policy, _)) = &self.filter {
            self.filter = parse_filter(&policy.to_string(), scope)?;
        }
        self.scope = scope;
        Ok(())
    }

    /// Recorded by LocalStack's AWS-validated tests `test_validate_set_sub_attributes`, `test_validations_for_fifo`.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html>
    fn parse_redrive(&self, value: &str) -> Result<Option<Arn>, String> {
        if value.is_empty() {
            return Ok(None);
        }
        let policy: Value = serde_json::from_str(value)
            .map_err(|error| format!("RedrivePolicy: {}", json_error::describe(value, &error)))?;
        let target = Arn::new(policy.get("deadLetterTargetArn").and_then(Value::as_str).unwrap_or_default());
        if target.service() != "sqs" || target.resource().is_empty() {
            return Err("RedrivePolicy: deadLetterTargetArn is an invalid arn".to_owned());
        }
        if (target.region(), target.account()) != (self.topic.region(), self.topic.account()) {
            return Err(
                "RedrivePolicy: the dead-letter queue must be in the account and Region of the subscription".to_owned()
            );
        }
        if is_fifo(&self.topic) && self.endpoint.ends_with(".fifo") && !is_fifo(&target) {
            return Err(
                "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.".to_owned()
            );
        }
        Ok(Some(target))
    }

    /// Whether the filter policy lets a message through.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html>
    pub(super) fn wants(&self, body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> bool {
        let Some((_, pattern)) = &self.filter else { return true };
        match self.scope {
            Scope::Attributes => pattern.matches(&for_filter(attributes)),
            Scope::Body => {
                serde_json::from_str(body).is_ok_and(|body: Value| body.is_object() && pattern.matches(&body))
            }
        }
    }

    /// Whether a `Subscribe` of the same endpoint with these attributes asks for this very subscription; `other` is what
    /// it would make.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_subscribe_idempotency`.
    pub(super) fn agrees_with(&self, wanted: &BTreeMap<String, String>, other: &Self) -> bool {
        let json = |text: Option<&String>| serde_json::from_str::<Value>(text?).ok();
        wanted.keys().all(|name| match name.as_str() {
            "RawMessageDelivery" => self.raw == other.raw,
            "FilterPolicyScope" => self.scope == other.scope,
            "FilterPolicy" => self.filter.as_ref().map(|(policy, _)| policy) == other.filter.as_ref().map(|(it, _)| it),
            "RedrivePolicy" => self.dead_letter == other.dead_letter,
            "DeliveryPolicy" => self.delivery == other.delivery,
            _ => json(self.attributes.get(name)) == json(other.attributes.get(name)),
        })
    }

    /// All attributes, as `GetSubscriptionAttributes` answers them. `effective` is shown for HTTP endpoints,
    /// `replay_status` where there is a replay.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_subscribe_sqs_queue`, `test_attribute_raw_subscribe` and
    /// `test_subscribe_external_http_endpoint_content_type`.
    pub(super) fn attributes(&self, effective: &Effective, replay_status: &str) -> BTreeMap<String, String> {
        let account = self.topic.account();
        let mut all = BTreeMap::from([
            ("ConfirmationWasAuthenticated".to_owned(), self.standing.authenticated.to_string()),
            ("Endpoint".to_owned(), self.endpoint.clone()),
            ("Owner".to_owned(), account.to_owned()),
            ("PendingConfirmation".to_owned(), (!self.standing.confirmed).to_string()),
            ("Protocol".to_owned(), self.protocol.name().to_owned()),
            ("RawMessageDelivery".to_owned(), "false".to_owned()),
            ("SubscriptionArn".to_owned(), self.arn.to_string()),
            ("SubscriptionPrincipal".to_owned(), format!("arn:aws:iam::{account}:root")),
            ("TopicArn".to_owned(), self.topic.to_string()),
        ]);
        all.extend(self.attributes.iter().filter(|(_, value)| !value.is_empty()).map(|(k, v)| (k.clone(), v.clone())));
        if self.filter.is_some() {
            all.entry("FilterPolicyScope".to_owned()).or_insert_with(|| "MessageAttributes".to_owned());
        } else {
            all.remove("FilterPolicyScope");
            all.remove("FilterPolicy");
        }
        if self.protocol.is_http() {
            all.insert("EffectiveDeliveryPolicy".to_owned(), effective.to_text());
        }
        if self.replay.is_some() {
            all.insert("ReplayStatus".to_owned(), replay_status.to_owned());
        } else {
            all.remove("ReplayPolicy");
        }
        all
    }

    /// The subscription in a list.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_getting_subscriptions_by_topic`: without an ARN until confirmed.
    pub(super) fn listed(&self) -> Listed {
        Listed {
            arn: if self.standing.confirmed { self.arn.to_string() } else { "PendingConfirmation".to_owned() },
            owner: self.topic.account().to_owned(),
            protocol: self.protocol.name().to_owned(),
            endpoint: self.endpoint.clone(),
            topic: self.topic.clone(),
        }
    }

    /// The endpoint as notes name it: a resource's name, or the URL.
    pub(super) fn place(&self) -> String {
        place(self.protocol, &self.endpoint)
    }
}

/// An endpoint as notes name it: a resource's name, or the URL.
pub(super) fn place(protocol: Protocol, endpoint: &str) -> String {
    if protocol.is_http() { endpoint.to_owned() } else { Arn::new(endpoint).name().to_owned() }
}

fn is_fifo(arn: &Arn) -> bool {
    arn.resource().ends_with(".fifo")
}

/// Which endpoints go with which topics.
///
/// Sources: LocalStack's AWS-validated tests `test_validations_for_fifo` and `test_subscribe_unknown_sqs_queue`,
/// <https://github.com/hashicorp/terraform/issues/28632> for the words on FIFO topics.
fn check_endpoint(topic: &Arn, protocol: Protocol, endpoint: &str) -> Result<(), ApiError> {
    if protocol.is_http() {
        let rest = endpoint.strip_prefix(protocol.name()).and_then(|rest| rest.strip_prefix("://"));
        let has_host = |rest: &str| rest.split(['/', '?', '#']).next().is_some_and(|host| !host.is_empty());
        let is_plain = endpoint.bytes().all(|byte| byte.is_ascii_graphic());
        if !rest.is_some_and(has_host) || !is_plain {
            return Err(invalid("Endpoint must match the specified protocol"));
        }
    } else {
        let arn = Arn::new(endpoint);
        if arn.service() != protocol.name() || arn.resource().is_empty() {
            let what = if protocol == Protocol::Sqs { "SQS endpoint ARN" } else { "Lambda endpoint ARN" };
            return Err(invalid(what));
        }
        if is_fifo(&arn) && !is_fifo(topic) {
            return Err(invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
            ));
        }
    }
    if is_fifo(topic) && protocol != Protocol::Sqs {
        return Err(invalid(format_args!("Invalid protocol type: {}", protocol.name())));
    }
    Ok(())
}

fn parse_filter(value: &str, scope: Scope) -> Result<Option<(Value, Pattern)>, String> {
    if value.trim().is_empty() {
        return Ok(None);
    }
    let policy: Value = serde_json::from_str(value)
        .map_err(|error| format!("FilterPolicy: {}", json_error::describe(value, &error)))?;
    if policy.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(None);
    }
    let dialect = match scope {
        Scope::Attributes => Dialect::SnsAttributes,
        Scope::Body => Dialect::SnsBody,
    };
    let pattern = Pattern::parse(dialect, &policy).map_err(|error| error.reason)?;
    Ok(Some((policy, pattern)))
}
