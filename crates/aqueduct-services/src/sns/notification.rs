//! A notification in the shapes in which subscribers get it.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde_json::{Map, Value, json};

use crate::{Handover, MessageAttributeValue, Site, Timestamp};

/// Stands where AWS puts its signature: Base64 of "the embedded cloud does not sign its messages".
const SIGNATURE: &str = "dGhlIGVtYmVkZGVkIGNsb3VkIGRvZXMgbm90IHNpZ24gaXRzIG1lc3NhZ2Vz";

/// The most user attributes of an SQS message, and so of a raw delivery.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(super) const RAW_ATTRIBUTES_MAX: usize = 10;

/// One message as one subscriber gets it.
#[derive(Clone, Debug)]
pub(super) struct Notification<'a> {
    pub(super) site: &'a Site,
    pub(super) id: &'a str,
    /// Of FIFO topics only, whose notifications are not signed.
    pub(super) sequence_number: Option<&'a str>,
    pub(super) topic: &'a Arn,
    pub(super) subscription: &'a Arn,
    pub(super) subject: Option<&'a str>,
    pub(super) body: &'a str,
    pub(super) at: Timestamp,
    pub(super) attributes: &'a BTreeMap<String, MessageAttributeValue>,
}

impl Notification<'_> {
    /// For a queue: the JSON envelope. Attributes stay inside it.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_subscribe_sqs_queue` and, for FIFO topics, `test_message_to_fifo_sqs`.
    pub(super) fn envelope(&self) -> Handover {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("Type", json!("Notification"));
        put("MessageId", json!(self.id));
        if let Some(number) = self.sequence_number {
            put("SequenceNumber", json!(number));
        }
        put("TopicArn", json!(self.topic));
        if let Some(subject) = self.subject {
            put("Subject", json!(subject));
        }
        put("Message", json!(self.body));
        put("Timestamp", json!(timestamp(self.at)));
        if self.sequence_number.is_none() {
            put("SignatureVersion", json!("1"));
            put("Signature", json!(SIGNATURE));
            put("SigningCertURL", json!(self.signing_cert_url()));
        }
        put("UnsubscribeURL", json!(self.unsubscribe_url()));
        if !self.attributes.is_empty() {
            put("MessageAttributes", self.attributes_json());
        }
        Handover { body: Value::Object(fields).to_string(), ..Handover::default() }
    }

    /// For a queue with raw delivery: the message itself, and its attributes as those of the SQS message.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html>
    pub(super) fn raw(&self) -> Handover {
        Handover { body: self.body.to_owned(), attributes: self.attributes.clone(), ..Handover::default() }
    }

    /// For a function: an event with one record.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>
    pub(super) fn lambda_event(&self) -> Handover {
        let event = json!({ "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription,
            "Sns": {
                "Type": "Notification",
                "MessageId": self.id,
                "TopicArn": self.topic,
                "Subject": self.subject,
                "Message": self.body,
                "Timestamp": timestamp(self.at),
                "SignatureVersion": "1",
                "Signature": SIGNATURE,
                "SigningCertUrl": self.signing_cert_url(),
                "UnsubscribeUrl": self.unsubscribe_url(),
                "MessageAttributes": self.attributes_json(),
            }
        }]});
        Handover { body: event.to_string(), ..Handover::default() }
    }

    fn attributes_json(&self) -> Value {
        let attribute = |(name, value): (&String, &MessageAttributeValue)| {
            let text = value.string_value.as_ref().or(value.binary_value.as_ref());
            (name.clone(), json!({ "Type": value.data_type, "Value": text }))
        };
        Value::Object(self.attributes.iter().map(attribute).collect())
    }

    fn signing_cert_url(&self) -> String {
        format!(
            "https://sns.{}.amazonaws.com/SimpleNotificationService-00000000000000000000000000000000.pem",
            self.site.region
        )
    }

    fn unsubscribe_url(&self) -> String {
        format!("{}/?Action=Unsubscribe&SubscriptionArn={}", self.site.endpoint, self.subscription)
    }
}

/// Such as `2026-11-22T18:40:12.345Z`.
fn timestamp(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
