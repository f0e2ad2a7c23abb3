//! Subscriptions, their attributes and what they refuse.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>

use std::collections::BTreeMap;
use std::fmt::Display;

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology::Arn;
use serde_json::Value;

use super::api::Listed;
use super::attributes::for_filter;
use super::refusals::invalid;
use crate::{ApiError, MessageAttributeValue};

/// Where a subscription delivers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Sqs,
    Lambda,
}

impl Protocol {
    /// Reads a protocol; those that AWS has and this cloud has not are refused by name.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "sqs" => Ok(Self::Sqs),
            "lambda" => Ok(Self::Lambda),
            "http" | "https" | "email" | "email-json" | "sms" | "application" | "firehose" => {
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
        }
    }
}

/// What a filter policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Attributes,
    Body,
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) arn: Arn,
    pub(super) topic: Arn,
    pub(super) endpoint: Arn,
    pub(super) protocol: Protocol,
    pub(super) raw: bool,
    /// `RedrivePolicy.deadLetterTargetArn`.
    pub(super) dead_letter: Option<Arn>,
    filter: Option<(Value, Pattern)>,
    scope: Scope,
    attributes: BTreeMap<String, String>,
}

impl Subscription {
    /// A subscription as `Subscribe` makes it.
    pub(super) fn create(
        topic: &Arn,
        id: &str,
        protocol: Protocol,
        endpoint: &Arn,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Self, ApiError> {
        check_endpoint(topic, protocol, endpoint)?;
        let mut subscription = Self {
            arn: Arn::new(format!("{topic}:{id}")),
            topic: topic.clone(),
            endpoint: endpoint.clone(),
            protocol,
            raw: false,
            dead_letter: None,
            filter: None,
            scope: Scope::Attributes,
            attributes: BTreeMap::new(),
        };
        // The scope first: it decides in which dialect the filter policy is read.
        let order = |name: &str| name != "FilterPolicyScope";
        let mut all: Vec<_> = attributes.iter().collect();
        all.sort_by_key(|(name, _)| order(name));
        for (name, value) in all {
            subscription.set_with_prefix(name, value, "Attributes Reason: ")?;
        }
        Ok(subscription)
    }

    /// Sets an attribute.
    ///
    /// Error texts recorded by LocalStack's AWS-validated test `test_validate_set_sub_attributes`.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        self.set_with_prefix(name, value, "")
    }

    fn set_with_prefix(&mut self, name: &str, value: &str, prefix: &str) -> Result<(), ApiError> {
        let refuse = |what: &dyn Display| invalid(format_args!("{prefix}{what}"));
        match name {
            "RawMessageDelivery" => self.raw = self.parse_raw(value).map_err(|what| refuse(&what))?,
            "FilterPolicy" => self.filter = parse_filter(value, self.scope).map_err(|what| refuse(&what))?,
            "FilterPolicyScope" => self.set_scope(value).map_err(|what| refuse(&what))?,
            "RedrivePolicy" => self.dead_letter = self.parse_redrive(value).map_err(|what| refuse(&what))?,
            // They concern HTTP endpoints and Firehose, which cannot be subscribed here.
            "DeliveryPolicy" | "SubscriptionRoleArn" => {}
            "ReplayPolicy" => return Err(ApiError::not_modelled("the replay of a FIFO topic (ReplayPolicy)")),
            _ => return Err(refuse(&"AttributeName")),
        }
        let kept = if name == "RawMessageDelivery" { value.to_ascii_lowercase() } else { value.to_owned() };
        self.attributes.insert(name.to_owned(), kept);
        Ok(())
    }

    fn parse_raw(&self, value: &str) -> Result<bool, String> {
        match value.to_ascii_lowercase().as_str() {
            "false" => Ok(false),
            "true" if self.protocol == Protocol::Sqs => Ok(true),
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
    fn parse_redrive(&self, value: &str) -> Result<Option<Arn>, String> {
        if value.is_empty() {
            return Ok(None);
        }
        let policy: Value =
            serde_json::from_str(value).map_err(|error| format!("RedrivePolicy: failed to parse JSON. {error}"))?;
        let target = Arn::new(policy.get("deadLetterTargetArn").and_then(Value::as_str).unwrap_or_default());
        if target.service() != "sqs" || target.resource().is_empty() {
            return Err("RedrivePolicy: deadLetterTargetArn is an invalid arn".to_owned());
        }
        if is_fifo(&self.topic) && is_fifo(&self.endpoint) && !is_fifo(&target) {
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

    /// Whether a `Subscribe` of the same endpoint with these attributes asks for this very subscription.
    pub(super) fn agrees_with(&self, wanted: &BTreeMap<String, String>) -> bool {
        let now = self.attributes();
        wanted.iter().all(|(name, value)| match name.as_str() {
            "RawMessageDelivery" => now.get(name).is_some_and(|now| now.eq_ignore_ascii_case(value)),
            _ => now.get(name) == Some(value),
        })
    }

    /// All attributes, as `GetSubscriptionAttributes` answers them.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_subscribe_sqs_queue`, `test_attribute_raw_subscribe`.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let account = self.topic.account();
        let mut all = BTreeMap::from([
            ("ConfirmationWasAuthenticated".to_owned(), "true".to_owned()),
            ("Endpoint".to_owned(), self.endpoint.to_string()),
            ("Owner".to_owned(), account.to_owned()),
            ("PendingConfirmation".to_owned(), "false".to_owned()),
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
        }
        all
    }

    /// The subscription in a list.
    pub(super) fn listed(&self) -> Listed {
        Listed {
            arn: self.arn.clone(),
            owner: self.topic.account().to_owned(),
            protocol: self.protocol.name().to_owned(),
            endpoint: self.endpoint.to_string(),
            topic: self.topic.clone(),
        }
    }
}

fn is_fifo(arn: &Arn) -> bool {
    arn.resource().ends_with(".fifo")
}

/// Which endpoints go with which topics.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html>, and recorded by LocalStack's
/// AWS-validated test `test_validations_for_fifo`.
fn check_endpoint(topic: &Arn, protocol: Protocol, endpoint: &Arn) -> Result<(), ApiError> {
    if endpoint.service() != protocol.name() || endpoint.resource().is_empty() {
        let what = if protocol == Protocol::Sqs { "SQS endpoint ARN" } else { "Lambda endpoint ARN" };
        return Err(invalid(what));
    }
    if is_fifo(endpoint) && !is_fifo(topic) {
        return Err(invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ));
    }
    if is_fifo(topic) && protocol == Protocol::Lambda {
        return Err(invalid(
            "Invalid parameter: Endpoint Reason: a FIFO topic delivers to SQS queues only; subscribe a queue and let it \
             trigger the function",
        ));
    }
    Ok(())
}

fn parse_filter(value: &str, scope: Scope) -> Result<Option<(Value, Pattern)>, String> {
    if value.trim().is_empty() {
        return Ok(None);
    }
    let policy: Value =
        serde_json::from_str(value).map_err(|error| format!("FilterPolicy: failed to parse JSON. {error}"))?;
    if policy.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(None);
    }
    let dialect = match scope {
        Scope::Attributes => Dialect::SnsAttributes,
        Scope::Body => Dialect::SnsBody,
    };
    let pattern = Pattern::parse(dialect, &policy).map_err(|error| {
        // The pattern's own words may already name the parameter.
        if error.message.starts_with("FilterPolicy") {
            error.message
        } else {
            format!("FilterPolicy: {}", error.message)
        }
    })?;
    Ok(Some((policy, pattern)))
}
