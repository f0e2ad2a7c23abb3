//! A queue's message as a record of the event that a function gets.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde_json::{Map, Value, json};

use crate::MessageAttributeValue;
use crate::sqs::Received;

/// The record of a message.
///
/// A mapping with a batching window writes `null` for the MD5 of attributes that are not there, one without leaves it
/// out: recorded by LocalStack's AWS-validated tests `test_sqs_event_source_mapping_update` and `test_sqs_event_filter`.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>, and LocalStack's AWS-validated tests
/// `test_failing_lambda_retries_after_visibility_timeout` and `test_message_body_and_attributes_passed_correctly`
pub(super) fn record(message: &Received, queue: &Arn, has_window: bool) -> Value {
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": message_attributes(&message.message_attributes),
    });
    match &message.md5_of_message_attributes {
        Some(md5) => record["md5OfMessageAttributes"] = json!(md5),
        None if has_window => record["md5OfMessageAttributes"] = Value::Null,
        None => {}
    }
    record["md5OfBody"] = json!(message.md5_of_body);
    record["eventSource"] = json!("aws:sqs");
    record["eventSourceARN"] = json!(queue.as_str());
    record["awsRegion"] = json!(queue.region());
    record
}

fn message_attributes(attributes: &BTreeMap<String, MessageAttributeValue>) -> Map<String, Value> {
    attributes.iter().map(|(name, value)| (name.clone(), message_attribute(value))).collect()
}

fn message_attribute(value: &MessageAttributeValue) -> Value {
    let mut attribute = Map::new();
    if let Some(text) = &value.string_value {
        attribute.insert("stringValue".to_owned(), json!(text));
    }
    if let Some(base64) = &value.binary_value {
        attribute.insert("binaryValue".to_owned(), json!(base64));
    }
    attribute.insert("stringListValues".to_owned(), json!([]));
    attribute.insert("binaryListValues".to_owned(), json!([]));
    attribute.insert("dataType".to_owned(), json!(value.data_type));
    Value::Object(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_carry_empty_lists() {
        let text = MessageAttributeValue {
            data_type: "String".to_owned(),
            string_value: Some("high".to_owned()),
            binary_value: None,
        };
        assert_eq!(
            message_attribute(&text).to_string(),
            r#"{"stringValue":"high","stringListValues":[],"binaryListValues":[],"dataType":"String"}"#
        );
        let bytes = MessageAttributeValue {
            data_type: "Binary".to_owned(),
            string_value: None,
            binary_value: Some("AAE=".to_owned()),
        };
        assert_eq!(
            message_attribute(&bytes).to_string(),
            r#"{"binaryValue":"AAE=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}"#
        );
    }
}
