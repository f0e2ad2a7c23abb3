//! A message in the shapes in which subscribers get it.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde_json::{Value, json};

use super::message::Message;
use super::subscription::Protocol;
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
    pub(super) message: &'a Message,
    pub(super) subscription: &'a Arn,
    pub(super) protocol: Protocol,
    /// Whether it comes out of an archive.
    pub(super) replayed: bool,
}

impl Notification<'_> {
    /// For a queue or an HTTP endpoint: the JSON envelope, spaced as AWS spaces it. Attributes stay inside it.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_subscribe_sqs_queue` and, for FIFO topics, `test_message_to_fifo_sqs`.
    pub(super) fn envelope(&self) -> String {
        let message = self.message;
        let mut envelope = Envelope::new();
        envelope.text("Type", "Notification");
        envelope.text("MessageId", &message.id);
        if let Some(number) = message.sequence_number() {
            envelope.text("SequenceNumber", &number);
        }
        envelope.text("TopicArn", message.topic.as_str());
        if let Some(subject) = &message.subject {
            envelope.text("Subject", subject);
        }
        envelope.text("Message", self.body());
        envelope.text("Timestamp", &iso_8601(message.at));
        if !message.is_fifo() {
            self.sign(&mut envelope);
        }
        envelope.text("UnsubscribeURL", &unsubscribe_url(self.site, self.subscription));
        if self.replayed {
            envelope.json("Replayed", "true");
        }
        envelope.attributes(&message.attributes);
        envelope.end()
    }

    /// For a queue with raw delivery: the message itself, and its attributes as those of the SQS message.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html>
    pub(super) fn raw(&self) -> Handover {
        let attributes = self.message.attributes.clone();
        let trace_header = self.message.trace_header.clone();
        Handover { body: self.body().to_owned(), attributes, trace_header, ..Handover::default() }
    }

    /// For a function: an event with one record.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>. The signature's version is always 1, whatever
    /// the topic's: recorded by LocalStack's AWS-validated test `test_publish_lambda_verify_signature`.
    pub(super) fn lambda_event(&self) -> Handover {
        let message = self.message;
        let event = json!({ "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription,
            "Sns": {
                "Type": "Notification",
                "MessageId": message.id,
                "TopicArn": message.topic,
                "Subject": message.subject,
                "Message": self.body(),
                "Timestamp": iso_8601(message.at),
                "SignatureVersion": "1",
                "Signature": SIGNATURE,
                "SigningCertUrl": signing_cert_url(self.site),
                "UnsubscribeUrl": unsubscribe_url(self.site, self.subscription),
                "MessageAttributes": attributes_json(&message.attributes),
            }
        }]});
        Handover { body: event.to_string(), trace_header: message.trace_header.clone(), ..Handover::default() }
    }

    /// The message's text for this protocol.
    pub(super) fn body(&self) -> &str {
        self.message.text.of(self.protocol)
    }

    fn sign(&self, envelope: &mut Envelope) {
        envelope.text("SignatureVersion", if self.message.signature_version == 2 { "2" } else { "1" });
        envelope.text("Signature", SIGNATURE);
        envelope.text("SigningCertURL", &signing_cert_url(self.site));
    }

    /// For an HTTP endpoint that is asked whether it wants a subscription, or told that it has one no more.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_subscribe_external_http_endpoint`.
    pub(super) fn confirmation(&self, token: &str, unsubscribed: bool) -> String {
        let topic = &self.message.topic;
        let words = if unsubscribed {
            format!(
                "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, \
                 visit the SubscribeURL included in this message.",
                self.subscription
            )
        } else {
            format!(
                "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL \
                 included in this message."
            )
        };
        let url = format!("{}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}", self.site.endpoint);
        let mut envelope = Envelope::new();
        envelope.text("Type", confirmation_type(unsubscribed));
        envelope.text("MessageId", &self.message.id);
        envelope.text("Token", token);
        envelope.text("TopicArn", topic.as_str());
        envelope.text("Message", &words);
        envelope.text("SubscribeURL", &url);
        envelope.text("Timestamp", &iso_8601(self.message.at));
        self.sign(&mut envelope);
        envelope.end()
    }
}

/// `Type` of a message about a subscription.
pub(super) const fn confirmation_type(unsubscribed: bool) -> &'static str {
    if unsubscribed { "UnsubscribeConfirmation" } else { "SubscriptionConfirmation" }
}

/// JSON under construction, with the spaces and line breaks that AWS writes.
struct Envelope(String);

impl Envelope {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn text(&mut self, name: &str, text: &str) {
        self.json(name, &quoted(text));
    }

    /// A member whose value is JSON already.
    fn json(&mut self, name: &str, value: &str) {
        let separator = if self.0.len() > 1 { "," } else { "" };
        for piece in [separator, "\n  \"", name, "\" : ", value] {
            self.0.push_str(piece);
        }
    }

    fn attributes(&mut self, attributes: &BTreeMap<String, MessageAttributeValue>) {
        if attributes.is_empty() {
            return;
        }
        let line = |(name, value): (&String, &MessageAttributeValue)| {
            let text = quoted(text_of(value));
            format!("\n    {} : {{\"Type\":{},\"Value\":{text}}}", quoted(name), quoted(&value.data_type))
        };
        let lines: Vec<String> = attributes.iter().map(line).collect();
        self.json("MessageAttributes", &format!("{{{}\n  }}", lines.join(",")));
    }

    fn end(mut self) -> String {
        self.0.push_str("\n}");
        self.0
    }
}

fn quoted(text: &str) -> String {
    // A string cannot fail to be written as JSON.
    serde_json::to_string(text).unwrap_or_default()
}

fn text_of(value: &MessageAttributeValue) -> &str {
    value.string_value.as_deref().or(value.binary_value.as_deref()).unwrap_or_default()
}

fn attributes_json(attributes: &BTreeMap<String, MessageAttributeValue>) -> Value {
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        (name.clone(), json!({ "Type": value.data_type, "Value": text_of(value) }))
    };
    Value::Object(attributes.iter().map(attribute).collect())
}

fn signing_cert_url(site: &Site) -> String {
    format!("https://sns.{}.amazonaws.com/SimpleNotificationService-00000000000000000000000000000000.pem", site.region)
}

fn unsubscribe_url(site: &Site, subscription: &Arn) -> String {
    format!("{}/?Action=Unsubscribe&SubscriptionArn={subscription}", site.endpoint)
}

/// Such as `2026-11-22T18:40:12.345Z`.
pub(super) fn iso_8601(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
