//! Sample events: what functions are shown to get, and what was seen of them on their way.

use aqueduct_message::{Batch, Delivery, Envelope, Trigger, read_event};
use aqueduct_pattern::view;
use serde_json::Value;
use thiserror::Error;

/// How many bytes a sample may have: as many as the event of an invocation.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const BYTES_MAX: usize = 6 << 20;

/// An event as Lambda hands it to a function, such as `cargo lambda invoke --data-file` takes.
#[derive(Clone, Debug)]
pub struct Sample {
    pub(crate) name: String,
    pub(crate) messages: Vec<SampleMessage>,
}

/// A text is no sample event.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// It is too long.
    #[error("the sample event has {bytes} bytes, and an invocation at most {BYTES_MAX}")]
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
    },
    /// It is not JSON.
    #[error("the sample event is not JSON: {0}")]
    Malformed(String),
}

/// A message of a sample event, and what was seen of it where it came past.
#[derive(Clone, Debug)]
pub(crate) struct SampleMessage {
    /// What handed it to the function.
    pub(crate) trigger: Trigger,
    /// The queue that it lay in, and its record as filter criteria see it.
    pub(crate) queue: Option<(String, Value)>,
    /// The stream that it was a change or record in, or the Kafka topic, and its record as filter criteria see it.
    pub(crate) stream: Option<(String, Value)>,
    /// The topic that it was published on.
    pub(crate) topic: Option<OnTopic>,
    /// The event that a bus had.
    pub(crate) event: Option<Value>,
    /// Its message type; none when it does not say.
    pub(crate) kind: Option<String>,
}

/// A message as filter policies see it.
#[derive(Clone, Debug)]
pub(crate) struct OnTopic {
    /// The topic; none when nothing but a raw body came of it, if there was one at all.
    pub(crate) arn: Option<String>,
    pub(crate) attributes: Value,
    pub(crate) body: Value,
}

impl Sample {
    /// Reads an event, JSON text, that is called `name` in messages. One of a trigger that carries no messages, such as an
    /// HTTP request, is a sample without any.
    pub fn read(name: impl Into<String>, text: &str) -> Result<Self, SampleError> {
        if text.len() > BYTES_MAX {
            return Err(SampleError::TooLarge { bytes: text.len() });
        }
        let event: Value = serde_json::from_str(text).map_err(|error| SampleError::Malformed(error.to_string()))?;
        // What `read_event` refuses is no event of a trigger that it knows.
        let messages = read_event(text).map_or_else(|_| Vec::new(), |batch| messages(&batch, &event));
        Ok(Self { name: name.into(), messages })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn messages(batch: &Batch<'_>, event: &Value) -> Vec<SampleMessage> {
    let records = event["Records"].as_array().map_or(&[][..], Vec::as_slice);
    let records = records.iter().chain(std::iter::repeat(event));
    let pairs = batch.deliveries.iter().zip(records);
    pairs.filter_map(|(delivery, record)| SampleMessage::read(delivery, record)).collect()
}

impl SampleMessage {
    fn read(delivery: &Delivery<'_>, record: &Value) -> Option<Self> {
        let source = delivery.source_arn.as_deref().unwrap_or_default();
        let kind = Envelope::read(delivery).ok().map(|it| it.header.kind).filter(|kind| !kind.is_empty());
        let mut message = Self { trigger: delivery.trigger, queue: None, stream: None, topic: None, event: None, kind };
        match delivery.trigger {
            Trigger::Sqs => {
                message.queue = Some((source.to_owned(), view::queue_record(record)));
                message.unwrap(delivery);
            }
            Trigger::Sns => {
                message.topic = Some(OnTopic {
                    arn: Some(source.to_owned()),
                    attributes: attributes(delivery),
                    body: json(&delivery.body),
                });
                message.event = event(&json(&delivery.body));
            }
            Trigger::EventBridge => message.event = event(record),
            // Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html>
            Trigger::DynamoDb => message.stream = Some((source.to_owned(), record.clone())),
            Trigger::Kinesis if delivery.unreadable.is_none() => {
                message.stream = Some((source.to_owned(), view::kinesis_record(&delivery.body)));
            }
            Trigger::Kafka if delivery.unreadable.is_none() => {
                let partition = delivery.group.as_deref().unwrap_or_default();
                let topic = partition.rsplit_once('-').map_or(partition, |(topic, _)| topic);
                message.stream = Some((topic.to_owned(), view::kafka_record(&delivery.body)));
            }
            Trigger::Kinesis | Trigger::Kafka | Trigger::Destination => {}
            // An HTTP request, or whatever else somebody invokes the function with.
            _ => return None,
        }
        Some(message)
    }

    /// What came past a topic or bus before it lay in a queue.
    fn unwrap(&mut self, delivery: &Delivery<'_>) {
        let body = json(&delivery.body);
        if body["Type"] == "Notification"
            && let (Some(topic), Some(text)) = (body["TopicArn"].as_str(), body["Message"].as_str())
        {
            let attributes = body["MessageAttributes"].as_object().map_or_else(
                || Value::Object(serde_json::Map::new()),
                |members| {
                    view::attributes(
                        members
                            .iter()
                            .filter_map(|(name, it)| Some((name.as_str(), it["Type"].as_str()?, it["Value"].as_str()))),
                    )
                },
            );
            let text = json(text);
            self.event = event(&text);
            self.topic = Some(OnTopic { arn: Some(topic.to_owned()), attributes, body: text });
            return;
        }
        self.event = event(&body);
        self.topic = Some(OnTopic { arn: None, attributes: attributes(delivery), body });
    }
}

fn attributes(delivery: &Delivery<'_>) -> Value {
    let attributes = delivery.attributes();
    let parts = attributes.iter().map(|(name, it)| (name.as_str(), it.data_type.as_str(), it.string_value.as_deref()));
    view::attributes(parts)
}

/// A body as filter policies see it, which look into nothing but JSON.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// An event as rules see it; the tick of a schedule comes past no rule's pattern.
fn event(value: &Value) -> Option<Value> {
    let is_event = value["detail-type"].is_string() && value["source"].is_string() && !value["detail"].is_null();
    let is_tick = value["detail-type"] == "Scheduled Event"
        && matches!(value["source"].as_str(), Some("aws.events" | "aws.scheduler"));
    (is_event && !is_tick).then(|| value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(event: &Value) -> SampleMessage {
        let mut sample = Sample::read("event.json", &event.to_string()).unwrap();
        assert_eq!(sample.messages.len(), 1, "{event}");
        sample.messages.remove(0)
    }

    fn queued(body: &Value) -> Value {
        json!({ "Records": [{
            "messageId": "1", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:Orders",
            "body": body.to_string(), "messageAttributes": { "kind": { "dataType": "String", "stringValue": "gift" } },
        }] })
    }

    #[test]
    fn a_message_is_what_each_place_on_its_way_saw() {
        let raw = only(&queued(&json!({ "total": 5 })));
        assert_eq!(raw.queue.unwrap().1["body"]["total"], 5);
        let topic = raw.topic.unwrap();
        assert_eq!((topic.arn, topic.attributes), (None, json!({ "kind": "gift" })));
        assert_eq!((raw.event, raw.kind), (None, None));

        let notification = json!({
            "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:1:Events",
            "Message": "{\"total\":5}", "MessageAttributes": { "size": { "Type": "Number", "Value": "3" } },
        });
        let wrapped = only(&queued(&notification)).topic.unwrap();
        assert_eq!(wrapped.arn.as_deref(), Some("arn:aws:sns:eu-west-1:1:Events"));
        assert_eq!((wrapped.attributes, wrapped.body), (json!({ "size": 3 }), json!({ "total": 5 })));

        let put = json!({ "id": "1", "source": "shop", "detail-type": "Placed", "detail": { "total": 5 } });
        for event in [put.clone(), queued(&put)] {
            let message = only(&event);
            assert_eq!((message.event.as_ref(), message.kind.as_deref()), (Some(&put), Some("Placed")), "{event}");
        }
    }

    #[test]
    fn what_carries_no_message_is_no_evidence() {
        for text in
            ["{\"version\":\"2.0\",\"rawPath\":\"/\"}", "[]", "3", "{\"Records\":[{\"eventSource\":\"aws:s3\"}]}"]
        {
            assert!(Sample::read("event.json", text).unwrap().messages.is_empty(), "{text}");
        }
        let tick = json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}" });
        assert_eq!(only(&tick).event, None);
    }

    #[test]
    fn a_text_that_is_no_event_is_refused() {
        assert!(matches!(Sample::read("event.json", "{"), Err(SampleError::Malformed(_))));
        let nested = "[".repeat(100_000);
        assert!(matches!(Sample::read("event.json", &nested), Err(SampleError::Malformed(_))));
        let large = format!("\"{}\"", "x".repeat(BYTES_MAX));
        assert!(matches!(Sample::read("event.json", &large), Err(SampleError::TooLarge { .. })));
    }
}
