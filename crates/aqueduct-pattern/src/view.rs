//! What services show to patterns and filter policies of the messages that they filter.

use serde_json::{Map, Value, json};

/// A record of an SQS batch as the filter criteria of its event source mapping see it: a body that holds a JSON object or
/// list is seen as that.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html>
pub fn queue_record(record: &Value) -> Value {
    let mut view = record.clone();
    if let Some(text) = record["body"].as_str() {
        view["body"] = content(text);
    }
    view
}

/// A record of a Kinesis stream as filter criteria see it, which look at nothing but its data, decoded.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html>
pub fn kinesis_record(data: &str) -> Value {
    json!({ "data": content(data) })
}

/// A record of a Kafka topic as filter criteria see it, which look at nothing but its value, decoded.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html>
pub fn kafka_record(value: &str) -> Value {
    json!({ "value": content(value) })
}

/// What a text holds: a JSON object or list, or itself.
fn content(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(content @ (Value::Object(_) | Value::Array(_))) => content,
        _ => text.into(),
    }
}

/// Message attributes, each with its name, data type and text, as a filter policy on attributes sees them: texts, numbers
/// and lists. Binary ones, which have no text, are not seen.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html>
pub fn attributes<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str, Option<&'a str>)>) -> Value {
    let seen = attributes.into_iter().filter_map(|(name, data_type, text)| {
        let text = text?;
        let value = match data_type.split('.').next()? {
            "Binary" => return None,
            "Number" => serde_json::from_str(text.trim()).ok().filter(Value::is_number),
            _ if data_type == "String.Array" => serde_json::from_str(text).ok(),
            _ => None,
        };
        Some((name.to_owned(), value.unwrap_or_else(|| text.into())))
    });
    Value::Object(seen.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_json_body_is_filtered_as_json_and_a_plain_one_as_text() {
        assert_eq!(queue_record(&json!({ "body": "{\"a\":1}" }))["body"]["a"], 1);
        assert_eq!(queue_record(&json!({ "body": "plain" }))["body"], "plain");
        assert_eq!(queue_record(&json!({ "body": "12" }))["body"], "12");
    }

    #[test]
    fn attributes_have_the_values_of_their_types() {
        let seen = attributes([
            ("kind", "String", Some("gift")),
            ("total", "Number.int", Some(" 12 ")),
            ("odd", "Number", Some("twelve")),
            ("tags", "String.Array", Some("[\"a\", 1]")),
            ("bytes", "Binary", Some("AQ==")),
            ("none", "String", None),
        ]);
        assert_eq!(seen, json!({ "kind": "gift", "total": 12, "odd": "twelve", "tags": ["a", 1] }));
    }
}
