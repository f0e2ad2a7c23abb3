//! The header that travels beside a pointer to a queue or a topic.

#[cfg(any(test, feature = "sqs", feature = "sns", feature = "scheduler"))]
use std::fmt::Write as _;

use aqueduct_message::Header;

/// The attribute that has it.
pub(super) const NAME: &str = "header";

/// One with more bytes, as of a subject without bounds, is left out: the message shall be as light as its pointer.
#[cfg(any(test, feature = "sqs", feature = "sns", feature = "scheduler"))]
const BYTES_MAX: usize = 8 * 1024;

/// The header as JSON in ASCII: SQS and SNS refuse some characters in attributes, while the body that lies in S3 may have any.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
#[cfg(any(test, feature = "sqs", feature = "sns", feature = "scheduler"))]
pub(super) fn write(header: &Header) -> Option<String> {
    let json = serde_json::to_string(header).ok()?;
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        // Beyond ASCII, and DEL, stand only in JSON's strings.
        if matches!(character, ' '..='~') {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    (ascii.len() <= BYTES_MAX).then_some(ascii)
}

/// The header that an attribute has; none in what somebody else means by the name.
pub(super) fn read(attribute: &str) -> Option<Header> {
    serde_json::from_str(attribute).ok()
}
