//! Samples of what arrives or is published.
//!
//! A sample is what a function gets, as `cargo lambda invoke --data-file` takes it: an event with SQS or SNS records, of
//! which the first one counts, or an event of a bus. Anything else is the body of a message.

use std::collections::BTreeMap;

use aqueduct_services::MessageAttributeValue;
use serde_json::Value;

/// What is sent to find out where it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// The message, or an event's detail.
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) source: String,
    pub(super) detail_type: String,
}

impl Sample {
    /// Some message, of which nobody may ask what is in it.
    pub(super) fn any() -> Self {
        Self {
            body: "{}".to_owned(),
            attributes: BTreeMap::new(),
            source: "simulation".to_owned(),
            detail_type: "sample".to_owned(),
        }
    }

    /// Reads a sample.
    pub(super) fn read(text: &str) -> Self {
        let event: Value = serde_json::from_str(text).unwrap_or_default();
        let text_at = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if let (Some(source), Some(detail_type), Some(detail)) =
            (text_at(&event, "/source"), text_at(&event, "/detail-type"), event.get("detail"))
        {
            return Self { body: detail.to_string(), attributes: BTreeMap::new(), source, detail_type };
        }
        let record = &event["Records"][0];
        let keys = ("dataType", "stringValue", "binaryValue");
        if let Some(body) = text_at(record, "/body") {
            return Self { body, attributes: attributes(&record["messageAttributes"], keys), ..Self::any() };
        }
        let keys = ("Type", "Value", "Value");
        if let Some(body) = text_at(record, "/Sns/Message") {
            return Self { body, attributes: attributes(&record["Sns"]["MessageAttributes"], keys), ..Self::any() };
        }
        Self { body: text.trim_end().to_owned(), ..Self::any() }
    }
}

/// Attributes whose type, text and bytes have these keys.
fn attributes(value: &Value, (kind, text, bytes): (&str, &str, &str)) -> BTreeMap<String, MessageAttributeValue> {
    let attributes = value.as_object().into_iter().flatten();
    attributes
        .filter_map(|(name, attribute)| {
            let data_type = attribute[kind].as_str()?.to_owned();
            let is_binary = data_type.starts_with("Binary");
            let value = |key: &str| attribute[key].as_str().map(str::to_owned);
            let string_value = if is_binary { None } else { value(text) };
            let binary_value = if is_binary { value(bytes) } else { None };
            Some((name.clone(), MessageAttributeValue { data_type, string_value, binary_value }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_what_functions_get() {
        let sns = r#"{"Records":[{"Sns":{"Message":"m","MessageAttributes":{"type":{"Type":"String","Value":"A"}}}}]}"#;
        let sqs = r#"{"Records":[{"body":"m","messageAttributes":{"type":{"dataType":"String","stringValue":"A"}}}]}"#;
        for text in [sns, sqs] {
            let sample = Sample::read(text);
            assert_eq!(sample.body, "m");
            assert_eq!(sample.attributes["type"].string_value.as_deref(), Some("A"), "{text}");
        }
        let event = Sample::read(r#"{"source":"s","detail-type":"D","detail":{"a":1}}"#);
        assert_eq!((event.source.as_str(), event.detail_type.as_str(), event.body.as_str()), ("s", "D", r#"{"a":1}"#));
        assert_eq!(Sample::read("plain\n").body, "plain");
        assert_eq!(Sample::read(r#"{"order":7}"#).body, r#"{"order":7}"#);
    }
}
