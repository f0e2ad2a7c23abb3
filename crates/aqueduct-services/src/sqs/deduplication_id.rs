//! What a send to a FIFO queue is recognised by when it comes again, as its message keeps it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Uuid;

/// The longest id that is kept in place.
const IN_PLACE_MAX: usize = 22;

/// A deduplication id. Messages are many and ids are mostly short, UUIDs or SHA-256 sums, which are kept without their
/// digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Text", into = "Text")]
pub(super) enum DeduplicationId {
    /// None, on a standard queue.
    #[default]
    None,
    /// The SHA-256 of the body.
    OfBody,
    /// The sender's, of this length.
    Short(u8, [u8; IN_PLACE_MAX]),
    /// The sender's, a UUID in its usual form.
    Uuid([u8; 16]),
    /// The sender's, 32 bytes in small hexadecimal digits.
    Sum(Box<[u8; 32]>),
    /// The sender's, of another form.
    Long(Box<str>),
}

/// An id as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Text {
    None,
    OfBody,
    Given(String),
}

impl DeduplicationId {
    /// The sender's id.
    pub(super) fn given(id: &str) -> Self {
        let bytes = id.as_bytes();
        if let Ok(length) = u8::try_from(bytes.len())
            && bytes.len() <= IN_PLACE_MAX
        {
            let mut place = [0; IN_PLACE_MAX];
            place[..bytes.len()].copy_from_slice(bytes);
            return Self::Short(length, place);
        }
        let known = match bytes.len() {
            36 => id.parse().ok().map(|id: Uuid| id.into()),
            64 => sum(bytes).map(|sum| Self::Sum(Box::new(sum))),
            _ => None,
        };
        // Capital digits, and hyphens elsewhere, would be lost.
        known.filter(|known| known.given_text().as_deref() == Some(id)).unwrap_or_else(|| Self::Long(id.into()))
    }

    /// Whether there is none.
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The id of a message with this body.
    pub(super) fn text(&self, body: &str) -> Option<String> {
        if *self == Self::OfBody { Some(content_id(body)) } else { self.given_text() }
    }

    /// The sender's id.
    fn given_text(&self) -> Option<String> {
        match self {
            Self::None | Self::OfBody => None,
            Self::Short(length, place) => {
                let bytes = place.get(..usize::from(*length)).unwrap_or(place);
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
            Self::Uuid(bytes) => Some(Uuid::from_bytes(*bytes).to_string()),
            Self::Sum(sum) => Some(hexadecimal(&**sum)),
            Self::Long(id) => Some(id.to_string()),
        }
    }
}

impl From<Uuid> for DeduplicationId {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id.to_bytes())
    }
}

impl From<Text> for DeduplicationId {
    fn from(text: Text) -> Self {
        match text {
            Text::None => Self::None,
            Text::OfBody => Self::OfBody,
            Text::Given(id) => Self::given(&id),
        }
    }
}

impl From<DeduplicationId> for Text {
    fn from(id: DeduplicationId) -> Self {
        match id {
            DeduplicationId::OfBody => Self::OfBody,
            given => given.given_text().map_or(Self::None, Self::Given),
        }
    }
}

/// The deduplication id that a queue derives from a body, attributes aside.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn content_id(body: &str) -> String {
    hexadecimal(&Sha256::digest(body.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes that hexadecimal digits stand for.
fn sum(digits: &[u8]) -> Option<[u8; 32]> {
    let mut sum = [0; 32];
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_what_they_are() {
        let (uuid, sum) = ("67e55044-10b1-426f-9247-bb680e5fe0c8", content_id("a"));
        let texts = [
            "",
            "7",
            "0123456789012345678901",
            "01234567890123456789012",
            uuid,
            &uuid.to_uppercase(),
            "67e5504410b1-426f-9247-bb680e5fe0c8--",
            "67e55044-10b1-426f-9247-bb680e5fe0-c",
            "+7e55044-10b1-426f-9247-bb680e5fe0c8",
            &sum,
            &sum.to_uppercase(),
            &format!("{}~", &sum[1..]),
            &"x".repeat(128),
            "eine lange Kennung mit \u{fc}",
        ];
        for text in texts {
            let id = DeduplicationId::given(text);
            assert_eq!(id.text("body").as_deref(), Some(text));
            let written = serde_json::to_value(&id).unwrap();
            assert_eq!(written, serde_json::json!({"given": text}));
            assert_eq!(serde_json::from_value::<DeduplicationId>(written).unwrap(), id);
        }
        assert!(matches!(DeduplicationId::given(uuid), DeduplicationId::Uuid(_)));
        assert!(matches!(DeduplicationId::given(&sum), DeduplicationId::Sum(_)));
        assert!(matches!(DeduplicationId::given(&sum.to_uppercase()), DeduplicationId::Long(_)));
    }

    #[test]
    fn an_id_takes_no_more_than_three_words() {
        assert_eq!(size_of::<DeduplicationId>(), 24);
    }
}
