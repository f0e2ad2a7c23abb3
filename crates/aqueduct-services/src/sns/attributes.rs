//! The rules for message attributes, and how large a message is.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusals::{invalid_value, missing};
use crate::{ApiError, MessageAttributeValue};

/// The longest name of an attribute, in characters.
const NAME_MAX: usize = 256;

/// Refuses the first attribute that breaks a rule; `path` is where the attributes stand in the request.
pub(super) fn check(attributes: &BTreeMap<String, MessageAttributeValue>, path: &str) -> Result<(), ApiError> {
    attributes.iter().try_for_each(|(name, value)| {
        // Recorded by LocalStack's AWS-validated test `test_empty_or_wrong_message_attributes`.
        if value.data_type.is_empty() {
            return Err(missing(&format!("{path}.{name}.member.dataType")));
        }
        check_name(name)?;
        check_value(name, value)
    })
}

/// Error texts recorded by LocalStack's AWS-validated test `test_empty_or_wrong_message_attributes`.
fn check_name(name: &str) -> Result<(), ApiError> {
    if name.chars().count() > NAME_MAX {
        return Err(invalid_value("Length of message attribute name must be less than 256 bytes."));
    }
    if name.starts_with('.') {
        return Err(invalid_value("Invalid message attribute name starting with character '.' was found."));
    }
    if name.ends_with('.') {
        return Err(invalid_value("Invalid message attribute name ending with character '.' was found."));
    }
    if let Some(bad) = name.chars().find(|char| !char.is_ascii_alphanumeric() && !matches!(char, '_' | '-' | '.')) {
        return Err(invalid_value(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include \
             alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(bad)
        )));
    }
    if name.contains("..") {
        return Err(invalid_value("Message attribute name can not have successive '.' character."));
    }
    Ok(())
}

fn check_value(name: &str, value: &MessageAttributeValue) -> Result<(), ApiError> {
    let data_type = value.data_type.as_str();
    let prefix = data_type.split('.').next().unwrap_or_default();
    let (field, text) = match prefix {
        "String" | "Number" => ("StringValue", &value.string_value),
        "Binary" => ("BinaryValue", &value.binary_value),
        _ => {
            return Err(invalid_value(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type \
                 prefixes is Binary, Number, and String."
            )));
        }
    };
    let other = if prefix == "Binary" { &value.string_value } else { &value.binary_value };
    match text.as_deref() {
        None if other.is_some() => Err(invalid_value(format!(
            "The message attribute '{name}' with type '{data_type}' must use field '{}'.",
            field.trim_end_matches("Value")
        ))),
        None | Some("") => Err(invalid_value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type \
             '{data_type}'."
        ))),
        Some(text) if prefix == "Number" && text.trim().parse::<f64>().is_err() => {
            Err(invalid_value(format!("Could not cast message attribute '{name}' value to number.")))
        }
        Some(_) => Ok(()),
    }
}

/// The size of a message: its body and the names, types and values of its attributes, in bytes.
pub(super) fn size(body: &str, attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value.as_deref().map_or(0, str::len);
        // Three bytes for every four of Base64, without its padding.
        let binary = value.binary_value.as_deref().map_or(0, |text| text.trim_end_matches('=').len() * 3 / 4);
        name.len() + value.data_type.len() + text + binary
    };
    body.len() + attributes.iter().map(attribute).sum::<usize>()
}

/// The attributes as a filter policy sees them: text, numbers and arrays; binary values are ignored.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html>
pub(super) fn for_filter(attributes: &BTreeMap<String, MessageAttributeValue>) -> Value {
    let typed = attributes.iter().map(|(name, it)| (name.as_str(), it.data_type.as_str(), it.string_value.as_deref()));
    aqueduct_pattern::view::attributes(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, string: Option<&str>, binary: Option<&str>) -> MessageAttributeValue {
        MessageAttributeValue {
            data_type: data_type.to_owned(),
            string_value: string.map(str::to_owned),
            binary_value: binary.map(str::to_owned),
        }
    }

    #[test]
    fn each_rule_has_its_words() {
        let good = attribute("String", Some("v"), None);
        let cases = [
            ("a.b-c_1", good.clone(), None),
            ("a", attribute("Number.int", Some("1.5"), None), None),
            ("a", attribute("Binary", None, Some("AQ==")), None),
            (".a", good.clone(), Some("starting with character '.'")),
            ("a.", good.clone(), Some("ending with character '.'")),
            ("a..b", good.clone(), Some("successive '.'")),
            ("a b", good, Some("'#x20'")),
            ("a", attribute("", Some("v"), None), Some("'messageAttributes.a.member.dataType'")),
            ("a", attribute("Text", Some("v"), None), Some("invalid message attribute type")),
            ("a", attribute("String", Some(""), None), Some("non-empty")),
            ("a", attribute("String", None, Some("AQ==")), Some("must use field 'String'")),
            ("a", attribute("Binary", Some("v"), None), Some("must use field 'Binary'")),
            ("a", attribute("Number", Some("one"), None), Some("to number")),
        ];
        for (name, value, expected) in cases {
            let result = check(&BTreeMap::from([(name.to_owned(), value.clone())]), "messageAttributes");
            match (result, expected) {
                (Ok(()), None) => {}
                (Err(error), Some(words)) => assert!(error.message.contains(words), "{name}: {error}"),
                (result, _) => panic!("{name} {value:?}: {result:?}"),
            }
        }
    }

    #[test]
    fn size_counts_names_types_and_values() {
        let attributes = BTreeMap::from([("ab".to_owned(), attribute("Binary", None, Some("AQID")))]);
        assert_eq!(size("ü", &attributes), 2 + 2 + 6 + 3);
    }

    #[test]
    fn filters_see_typed_values() {
        let attributes = BTreeMap::from([
            ("array".to_owned(), attribute("String.Array", Some(r#"["a",1]"#), None)),
            ("binary".to_owned(), attribute("Binary", None, Some("AQ=="))),
            ("number".to_owned(), attribute("Number", Some("12.5"), None)),
            ("text".to_owned(), attribute("String", Some("12"), None)),
        ]);
        let expected = serde_json::json!({ "array": ["a", 1], "number": 12.5, "text": "12" });
        assert_eq!(for_filter(&attributes), expected);
    }
}
