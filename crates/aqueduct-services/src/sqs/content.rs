//! What a message may contain.

use std::collections::BTreeMap;

use super::checksum;
use super::refusal::{invalid, invalid_value, missing};
use crate::{ApiError, MessageAttributeValue};

/// The most user attributes of a message.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const ATTRIBUTES_MAX: usize = 10;

/// Checks a body.
pub(super) fn check_body(body: &str) -> Result<(), ApiError> {
    if body.is_empty() {
        return Err(missing("MessageBody"));
    }
    // Most bodies need no look at their characters: what is not allowed is a control character or begins with this byte.
    let is_doubtful = |byte: u8| (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF;
    // Without an early end the loop looks at many bytes at a time.
    if !body.bytes().fold(false, |doubtful, byte| doubtful | is_doubtful(byte)) {
        return Ok(());
    }
    match body.chars().find(|character| !is_allowed(*character)) {
        Some(character) => Err(ApiError::sender(
            "InvalidMessageContents",
            format!(
                "Invalid character '#x{:X}' was found in the message body, the set of allowed characters is \
                 #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]",
                u32::from(character)
            ),
        )),
        None => Ok(()),
    }
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Checks user attributes.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
pub(super) fn check_attributes(attributes: &BTreeMap<String, MessageAttributeValue>) -> Result<(), ApiError> {
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(invalid_value(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES_MAX}].",
            attributes.len()
        )));
    }
    attributes.iter().try_for_each(|(name, value)| check_attribute(name, value))
}

/// Letters beyond ASCII may be in a name: recorded by LocalStack's AWS-validated test
/// `test_send_message_with_invalid_string_attributes`, as are the limits.
fn check_attribute(name: &str, value: &MessageAttributeValue) -> Result<(), ApiError> {
    let lower = name.to_ascii_lowercase();
    let well_formed = !name.is_empty()
        && name.len() <= 256
        && name.chars().all(|character| character.is_alphanumeric() || "_-.".contains(character))
        && !(name.starts_with('.') || name.ends_with('.') || name.contains(".."))
        && !(lower.starts_with("aws.") || lower.starts_with("amazon."));
    if !well_formed {
        return Err(invalid_value(format!("Invalid message attribute name '{name}'.")));
    }
    if value.data_type.len() > 256 {
        return Err(invalid_value(format!(
            "The data type of message attribute '{name}' has more than 256 characters."
        )));
    }
    check_value(&format!("Message (user) attribute '{name}'"), value)
}

/// Checks the system attributes of a send: only `AWSTraceHeader` can be sent.
pub(super) fn check_system_attributes(attributes: &BTreeMap<String, MessageAttributeValue>) -> Result<(), ApiError> {
    for (name, value) in attributes {
        let label = format!("Message (system) attribute '{name}'");
        if name != "AWSTraceHeader" || value.data_type != "String" {
            return Err(invalid_value(format!("{label} is not supported.")));
        }
        check_value(&label, value)?;
    }
    Ok(())
}

fn check_value(label: &str, value: &MessageAttributeValue) -> Result<(), ApiError> {
    let kind = value.data_type.split('.').next().unwrap_or_default();
    let text = value.string_value.as_deref().unwrap_or_default();
    let present = match kind {
        "String" | "Number" => !text.is_empty(),
        "Binary" => checksum::binary(value).is_some_and(|bytes| !bytes.is_empty()),
        "" => return Err(invalid_value(format!("{label} must contain a non-empty message attribute type."))),
        _ => {
            return Err(invalid_value(format!(
                "{label} has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    if !present {
        return Err(invalid_value(format!("{label} must contain a non-empty value of type '{kind}'.")));
    }
    if kind == "Number" && !text.trim().parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(invalid_value(format!("Can't cast the value of {label} to a number.")));
    }
    if kind != "Binary" && !text.chars().all(is_allowed) {
        return Err(invalid_value(format!("{label} contains a character outside the allowed set.")));
    }
    Ok(())
}

/// The bytes that count against the size limits: body, and names, types and values of user attributes.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(super) fn size(body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    body.len() + size_of_attributes(attributes)
}

/// The part of user attributes in [`size`].
pub(super) fn size_of_attributes(attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let bytes =
            if value.binary_value.is_some() { checksum::binary(value).map_or(0, |bytes| bytes.len()) } else { 0 };
        name.len() + value.data_type.len() + text + bytes
    };
    attributes.iter().map(attribute).sum()
}

/// Checks a message group id or a deduplication id.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn check_id(parameter: &str, value: &str) -> Result<(), ApiError> {
    let well_formed = (1..=128).contains(&value.len()) && value.chars().all(|character| character.is_ascii_graphic());
    if well_formed {
        return Ok(());
    }
    let reason = format!("{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
    Err(invalid(value, parameter, &reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(value: &str) -> MessageAttributeValue {
        MessageAttributeValue { data_type: "String".into(), string_value: Some(value.into()), binary_value: None }
    }

    #[test]
    fn characters_outside_xml_are_refused() {
        for body in ["a", "\t\n\r", "\u{D7FF}\u{E000}\u{FFFD}\u{10FFFF}"] {
            assert_eq!(check_body(body), Ok(()));
        }
        for body in ["\0", "a\u{8}", "\u{FFFE}"] {
            assert_eq!(check_body(body).unwrap_err().code, "InvalidMessageContents", "{body:?}");
        }
    }

    #[test]
    fn attributes_are_checked() {
        let number = |text: &str| MessageAttributeValue { data_type: "Number.int".into(), ..string(text) };
        let cases = [
            ("Kind", string("x"), true),
            ("Kind", string(""), false),
            ("Kind", number("-1.5e3"), true),
            ("Kind", number("many"), false),
            ("AWS.Kind", string("x"), false),
            ("a..b", string("x"), false),
            ("a b", string("x"), false),
            ("Kind", MessageAttributeValue { data_type: "Text".into(), ..string("x") }, false),
            ("Kind", MessageAttributeValue { data_type: String::new(), ..string("x") }, false),
        ];
        for (name, value, valid) in cases {
            let attributes = BTreeMap::from([(name.to_owned(), value)]);
            assert_eq!(check_attributes(&attributes).is_ok(), valid, "{attributes:?}");
        }
    }

    #[test]
    fn names_types_and_values_count() {
        assert_eq!(size("12345", &BTreeMap::from([("abc".to_owned(), string("xy"))])), 5 + 3 + 6 + 2);
    }
}
