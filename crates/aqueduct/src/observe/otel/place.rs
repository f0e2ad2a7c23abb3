//! Where messages come from and go to, in the words of the semantic conventions.

use aqueduct_message::{Delivery, Trigger};
use opentelemetry::KeyValue;

/// A destination within a messaging system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `messaging.system`. What the conventions have no name for is named as they name SNS.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/>
    pub(super) system: &'static str,
    /// `messaging.destination.name`, where it is known.
    pub(super) name: Option<String>,
}

impl Place {
    /// Where a record came from.
    pub(super) fn of(delivery: &Delivery<'_>) -> Self {
        let arn = delivery.source_arn.as_deref();
        let last = |separators: &[char]| arn.and_then(|arn| arn.rsplit(separators).next()).map(str::to_owned);
        let (system, name) = match delivery.trigger {
            Trigger::Sqs => ("aws_sqs", last(&[':'])),
            Trigger::Sns => ("aws.sns", last(&[':'])),
            Trigger::EventBridge => ("aws.eventbridge", last(&['/', ':'])),
            Trigger::Kinesis => ("aws.kinesis", last(&['/'])),
            Trigger::DynamoDb => ("aws.dynamodb", arn.and_then(|arn| arn.split('/').nth(1)).map(str::to_owned)),
            Trigger::Kafka => ("kafka", partition(delivery).map(|(topic, _)| topic.to_owned())),
            Trigger::Destination => ("aws.lambda", arn.and_then(|arn| arn.split(':').nth(6)).map(str::to_owned)),
            _ => ("aws.lambda", None),
        };
        Self { system, name: name.filter(|name| !name.is_empty()) }
    }

    /// Where a channel leads, by the name that it gives itself.
    pub(super) fn to(channel: &str) -> Self {
        let (kind, place) = channel.split_once(' ').unwrap_or(("", channel));
        let (system, separators): (_, &[char]) = match kind {
            "queue" => ("aws_sqs", &['/']),
            "topic" => ("aws.sns", &[':']),
            "bus" => ("aws.eventbridge", &['/']),
            _ => ("aqueduct", &[]),
        };
        let name = place.rsplit(separators).next().filter(|name| !name.is_empty());
        Self { system, name: name.map(str::to_owned) }
    }

    /// `process Orders`.
    pub(super) fn span_name(&self, operation: &str) -> String {
        self.name.as_ref().map_or_else(|| operation.to_owned(), |name| format!("{operation} {name}"))
    }

    /// What every span of an operation says.
    pub(super) fn attributes(&self, operation: &'static str) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("messaging.system", self.system),
            KeyValue::new("messaging.operation.type", operation),
            KeyValue::new("messaging.operation.name", operation),
        ];
        attributes.extend(self.name.clone().map(|name| KeyValue::new("messaging.destination.name", name)));
        attributes
    }
}

/// The topic and the partition of a Kafka record.
pub(super) fn partition<'a>(delivery: &'a Delivery<'_>) -> Option<(&'a str, &'a str)> {
    delivery.group.as_deref().filter(|_| delivery.trigger == Trigger::Kafka)?.rsplit_once('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_names_that_people_gave_them() {
        let cases = [
            (Trigger::Sqs, "arn:aws:sqs:eu-central-1:1:Orders", "aws_sqs", Some("Orders")),
            (Trigger::Sns, "arn:aws:sns:eu-central-1:1:Events", "aws.sns", Some("Events")),
            (Trigger::EventBridge, "arn:aws:events:eu-central-1:1:rule/bus/rule", "aws.eventbridge", Some("rule")),
            (Trigger::Kinesis, "arn:aws:kinesis:eu-central-1:1:stream/Clicks", "aws.kinesis", Some("Clicks")),
            (Trigger::DynamoDb, "arn:aws:dynamodb:eu:1:table/Outbox/stream/2026", "aws.dynamodb", Some("Outbox")),
            (Trigger::Kafka, "arn:aws:kafka:eu:1:cluster/c/uuid", "kafka", Some("order-events")),
            (Trigger::Destination, "arn:aws:lambda:eu:1:function:pay:$LATEST", "aws.lambda", Some("pay")),
            (Trigger::Direct, "", "aws.lambda", None),
            (Trigger::DynamoDb, "nonsense", "aws.dynamodb", None),
            (Trigger::Sqs, "", "aws_sqs", None),
        ];
        for (trigger, arn, system, name) in cases {
            let delivery = Delivery {
                source_arn: Some(arn.into()),
                group: Some("order-events-3".into()),
                ..Delivery::new(trigger, "id", "{}")
            };
            assert_eq!(Place::of(&delivery), Place { system, name: name.map(str::to_owned) }, "{arn}");
        }
        let channels = [
            ("queue https://sqs.eu-central-1.amazonaws.com/1/Orders", "aws_sqs", Some("Orders")),
            ("topic arn:aws:sns:eu-central-1:1:Events", "aws.sns", Some("Events")),
            ("bus Commerce", "aws.eventbridge", Some("Commerce")),
            ("memory", "aqueduct", Some("memory")),
            ("", "aqueduct", None),
        ];
        for (channel, system, name) in channels {
            assert_eq!(Place::to(channel), Place { system, name: name.map(str::to_owned) }, "{channel}");
        }
        assert_eq!(Place { system: "kafka", name: None }.span_name("process"), "process");
    }
}
