//! MD5 sums of bodies and attributes, which clients compare with their own.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use crate::MessageAttributeValue;

/// An MD5 sum, written in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Md5Sum([u8; 16]);

impl fmt::Display for Md5Sum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        // Digits are text.
        formatter.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// The MD5 of a body.
pub(super) fn of_body(body: &str) -> Md5Sum {
    Md5Sum(Md5::digest(body.as_bytes()).into())
}

/// The MD5 of attributes; `None` when there are none.
///
/// For each attribute in the order of names: name, data type, one byte for string (1) or binary (2), and value, each
/// text with its length in four bytes before it.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
pub(super) fn of_attributes(attributes: &BTreeMap<String, MessageAttributeValue>) -> Option<Md5Sum> {
    if attributes.is_empty() {
        return None;
    }
    let mut sum = Md5::new();
    for (name, value) in attributes {
        add(&mut sum, name.as_bytes());
        add(&mut sum, value.data_type.as_bytes());
        if value.data_type.starts_with("Binary") {
            sum.update([2]);
            add(&mut sum, &binary(value).unwrap_or_default());
        } else {
            sum.update([1]);
            add(&mut sum, value.string_value.as_deref().unwrap_or_default().as_bytes());
        }
    }
    Some(Md5Sum(sum.finalize().into()))
}

/// The bytes of a binary attribute; `None` when they are not Base64.
pub(super) fn binary(value: &MessageAttributeValue) -> Option<Vec<u8>> {
    STANDARD.decode(value.binary_value.as_deref()?).ok()
}

fn add(sum: &mut Md5, bytes: &[u8]) {
    // A message has at most 1 MiB, so its parts' lengths fit.
    sum.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    sum.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: &str) -> (String, MessageAttributeValue) {
        let value =
            MessageAttributeValue { data_type: "String".into(), string_value: Some(value.into()), binary_value: None };
        (name.into(), value)
    }

    /// Sums recorded by LocalStack's AWS-validated tests `test_receive_message_message_attribute_names_filters` and
    /// `test_send_message_with_binary_attributes`.
    #[test]
    fn sums_are_those_of_aws() {
        let sum = |attributes: &_| of_attributes(attributes).map(|sum| sum.to_string());
        assert_eq!(of_body("msg").to_string(), "6e2baaf3b97dbeef01c0043275f9a0e7");
        let greeting = BTreeMap::from([text("Hello", "There")]);
        assert_eq!(sum(&greeting).as_deref(), Some("a311262e065454b75da111d535b8dacd"));
        let all = BTreeMap::from([text("Help.Me", "Me"), text("Hello", "There"), text("General", "Kenobi")]);
        assert_eq!(sum(&all).as_deref(), Some("4c360f3fdafd970e05fae2f149d997f5"));
        let bytes = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
        let binary = MessageAttributeValue {
            data_type: "Binary".into(),
            string_value: None,
            binary_value: Some(STANDARD.encode(bytes)),
        };
        let binary = BTreeMap::from([("attr1".to_owned(), binary)]);
        assert_eq!(sum(&binary).as_deref(), Some("8cbe4db156db8a94db8b801b7addb984"));
        assert_eq!(of_attributes(&BTreeMap::new()), None);
    }
}
