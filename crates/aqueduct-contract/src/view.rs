//! How services show a published event to patterns and filter policies.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html>

use serde_json::{Map, Value, json};

use crate::{Attribute, Contracts, Form, Publishes, embed};

/// Who looks at a published event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// A rule of a bus: the whole event.
    Bus,
    /// A filter policy on message attributes.
    TopicAttributes,
    /// A filter policy on the message body.
    TopicBody,
    /// The filter criteria of an event source mapping on a queue: the record, with its body read as JSON.
    Queue(Carrier),
}

/// What brought a message into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Its publisher, or a subscription with raw message delivery: the body is the message.
    Itself,
    /// A subscription without raw message delivery: the body is the notification, and the message a text in it.
    Notification,
    /// A rule of a bus: the body is the event.
    Rule,
}

impl Contracts {
    /// The JSON Schema of what `view` sees of an event that is published so; `true` where that is not known.
    ///
    /// It is closed: what it does not declare is not there. `Pattern::satisfiable` of the crate `aqueduct-pattern` asks it
    /// whether any event can match.
    pub fn seen(&self, publishes: &Publishes, view: View) -> Value {
        let schema = self.event(&publishes.event, &publishes.version).map(|event| &event.schema);
        let [name, root] = ["Data", "#/$defs/Data"];
        let data = if schema.is_some() { json!({ "$ref": root }) } else { json!(true) };
        let mut seen = match view {
            View::Bus => event(publishes, &data),
            View::TopicAttributes => attributes(publishes.attributes.as_deref(), &value_of_attribute),
            View::TopicBody => body(publishes, &data),
            View::Queue(carrier) => record(publishes, &data, carrier),
        };
        if let (Some(schema), Some(members)) = (schema, seen.as_object_mut()) {
            members.insert("$defs".to_owned(), json!({ name: embed::at(schema, root) }));
        }
        seen
    }
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, Value)>, optional: &[&str]) -> Value {
    let properties: Map<String, Value> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let required: Vec<_> = properties.keys().filter(|name| !optional.contains(&name.as_str())).cloned().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn only_or_text(text_known: Option<&str>) -> Value {
    text_known.map_or_else(text, |text| json!({ "const": text }))
}

/// Members of a header that a message may lack.
const OPTIONAL: [&str; 8] =
    ["time", "subject", "correlationid", "causationid", "traceparent", "tracestate", "idempotencykey", "partitionkey"];

/// A member of CloudEvents that a message need not have, since JSON is what is meant without it.
const CONTENT_TYPE: &str = "datacontenttype";

fn header(publishes: &Publishes) -> Vec<(&'static str, Value)> {
    let mut members = vec![
        ("id", text()),
        ("type", json!({ "const": publishes.event })),
        ("source", only_or_text(publishes.source.as_deref())),
    ];
    members.extend(OPTIONAL.map(|name| (name, text())));
    members
}

/// The message as its publisher wrote it.
fn body(publishes: &Publishes, data: &Value) -> Value {
    match publishes.form {
        Form::Raw => json!({ "allOf": [data] }),
        Form::EventBridge => detail(publishes, data),
        Form::CloudEvents => {
            let mut members = header(publishes);
            members.push(("specversion", json!({ "const": "1.0" })));
            members.push((CONTENT_TYPE, json!({ "const": "application/json" })));
            members.push(("data", data.clone()));
            object(members, &[&OPTIONAL[..], &[CONTENT_TYPE]].concat())
        }
    }
}

fn detail(publishes: &Publishes, data: &Value) -> Value {
    object([("metadata", object(header(publishes), &OPTIONAL)), ("data", data.clone())], &[])
}

fn event(publishes: &Publishes, data: &Value) -> Value {
    let detail = if publishes.form == Form::EventBridge { detail(publishes, data) } else { body(publishes, data) };
    let members = [
        ("version", json!({ "const": "0" })),
        ("id", text()),
        ("detail-type", json!({ "const": publishes.event })),
        ("source", only_or_text(publishes.source.as_deref())),
        ("account", text()),
        ("time", text()),
        ("region", text()),
        ("resources", json!({ "type": "array", "items": text() })),
        ("replay-name", text()),
        ("detail", detail),
    ];
    object(members, &["replay-name"])
}

/// Attributes by name, each written by `value`; `true` when they are not known.
fn attributes(attributes: Option<&[Attribute]>, value: &dyn Fn(&Attribute) -> Option<Value>) -> Value {
    let Some(attributes) = attributes else { return json!(true) };
    object(attributes.iter().filter_map(|it| Some((it.name.as_str(), value(it)?))), &[])
}

/// What a filter policy compares. SNS leaves binary attributes out.
fn value_of_attribute(attribute: &Attribute) -> Option<Value> {
    Some(match (attribute.data_type.as_str(), &attribute.value) {
        ("String.Array", _) => json!({ "type": "array", "items": { "type": ["string", "number", "boolean", "null"] } }),
        (kind, Some(value)) if kind.starts_with("String") => json!({ "const": value }),
        (kind, None) if kind.starts_with("String") => text(),
        (kind, value) if kind.starts_with("Number") => match value.as_deref().map(serde_json::from_str::<Value>) {
            Some(Ok(number)) if number.is_number() => json!({ "const": number }),
            _ => json!({ "type": "number" }),
        },
        _ => return None,
    })
}

fn record(publishes: &Publishes, data: &Value, carrier: Carrier) -> Value {
    let (body, known) = match carrier {
        Carrier::Itself => (body(publishes, data), publishes.attributes.as_deref()),
        Carrier::Notification => (notification(publishes), Some(&[][..])),
        Carrier::Rule => (event(publishes, data), Some(&[][..])),
    };
    let in_record = |attribute: &Attribute| {
        let lists = json!({ "type": "array" });
        let members = [
            ("stringValue", only_or_text(attribute.value.as_deref())),
            ("binaryValue", text()),
            ("stringListValues", lists.clone()),
            ("binaryListValues", lists),
            ("dataType", json!({ "const": attribute.data_type })),
        ];
        Some(object(members, &["stringValue", "binaryValue", "stringListValues", "binaryListValues"]))
    };
    let system = [
        "ApproximateReceiveCount",
        "AWSTraceHeader",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageGroupId",
        "MessageDeduplicationId",
        "DeadLetterQueueSourceArn",
    ];
    let members = [
        ("messageId", text()),
        ("receiptHandle", text()),
        ("body", body),
        ("attributes", object(system.map(|name| (name, text())), &system)),
        ("messageAttributes", attributes(known, &in_record)),
        ("md5OfBody", text()),
        ("md5OfMessageAttributes", text()),
        ("eventSource", json!({ "const": "aws:sqs" })),
        ("eventSourceARN", text()),
        ("awsRegion", text()),
    ];
    object(members, &["md5OfMessageAttributes"])
}

fn notification(publishes: &Publishes) -> Value {
    let in_notification = |attribute: &Attribute| {
        Some(object(
            [("Type", json!({ "const": attribute.data_type })), ("Value", only_or_text(attribute.value.as_deref()))],
            &[],
        ))
    };
    let optional = ["Subject", "SequenceNumber", "MessageAttributes"];
    let members = [
        ("Type", json!({ "const": "Notification" })),
        ("MessageId", text()),
        ("SequenceNumber", text()),
        ("TopicArn", text()),
        ("Subject", text()),
        ("Message", text()),
        ("Timestamp", text()),
        ("SignatureVersion", text()),
        ("Signature", text()),
        ("SigningCertURL", text()),
        ("UnsubscribeURL", text()),
        ("MessageAttributes", attributes(publishes.attributes.as_deref(), &in_notification)),
    ];
    object(members, &optional)
}
