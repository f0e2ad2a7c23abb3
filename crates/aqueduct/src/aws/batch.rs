//! What the batch requests of SQS and SNS have in common.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::future::Future;

use futures_util::future::join_all;

use super::client::reason;
use super::passing::passes;
use super::unanswered;
use crate::claim_check::{LargeBodies, beside};
use crate::publish::{Ack, Fate, Format, Outgoing, Refusal};

/// A service that takes several messages in one request and says what became of each.
pub(super) trait Batched {
    /// A message as the request has it.
    type Entry;

    /// A message under the id of its place.
    fn entry(&self, place: usize, message: &Outgoing) -> Result<Self::Entry, Refusal>;

    /// Sends entries. An error is a request that failed as a whole.
    fn request(&self, entries: Vec<Self::Entry>) -> impl Future<Output = Result<Vec<Answered>, Refusal>> + Send;
}

/// An entry that the answer names: the id it was sent under, which is its place, and its fate.
pub(super) struct Answered {
    place: Option<usize>,
    fate: Fate,
}

impl Answered {
    pub(super) fn accepted(id: &str, message_id: &str) -> Self {
        Self { place: id.parse().ok(), fate: Ok(Ack(message_id.to_owned())) }
    }

    /// Both services say whether the sender is at fault; what is not the sender's passes, and so does being too fast.
    pub(super) fn refused(id: &str, code: &str, message: Option<&str>, sender_fault: bool) -> Self {
        let refusal = Refusal::last(code, message.unwrap_or_default());
        Self { place: id.parse().ok(), fate: Err(Refusal { retryable: !sender_fault || passes(code), ..refusal }) }
    }
}

/// Sends messages in one request, the bodies first that are too large for it. One that the answer does not name was not
/// accepted.
pub(super) async fn send<B: Batched>(
    to: &B,
    large: Option<&LargeBodies>,
    messages: &[&Outgoing],
    limit: usize,
) -> Vec<Fate> {
    let packed: Vec<_> = match large {
        Some(_) => join_all(messages.iter().map(|message| lighten(large, message, limit))).await,
        None => messages.iter().map(|message| Ok(Cow::Borrowed(*message))).collect(),
    };
    let (mut fates, mut entries) = (vec![None; messages.len()], Vec::with_capacity(messages.len()));
    for (place, message) in packed.into_iter().enumerate() {
        match message.and_then(|message| to.entry(place, &message)) {
            Ok(entry) => entries.push(entry),
            Err(refusal) => fates[place] = Some(Err(refusal)),
        }
    }
    let answered = if entries.is_empty() { Ok(Vec::new()) } else { to.request(entries).await };
    let (answered, rest) = match answered {
        Ok(answered) => (answered, unanswered()),
        Err(refusal) => (Vec::new(), refusal),
    };
    for Answered { place, fate } in answered {
        if let Some(open) = place.and_then(|place| fates.get_mut(place)) {
            *open = Some(fate);
        }
    }
    fates.into_iter().map(|fate| fate.unwrap_or_else(|| Err(rest.clone()))).collect()
}

/// The attributes of a message, each built of its data type and its value.
pub(super) fn attributes<V, E: Error + 'static>(
    message: &Outgoing,
    build: impl Fn(&str, &str) -> Result<V, E>,
) -> Result<HashMap<String, V>, Refusal> {
    let mut attributes = HashMap::from([("type".to_owned(), build("String", &message.header.kind).map_err(unusable)?)]);
    for (name, data_type, value) in beside(message) {
        attributes.insert(name.to_owned(), build(data_type, &value).map_err(unusable)?);
    }
    Ok(attributes)
}

/// The SDK does not take a message: it lacks what the service requires.
pub(super) fn unusable(error: impl Error + 'static) -> Refusal {
    Refusal::last("Unusable", reason(error))
}

/// The body, the attribute `type`, by which filter policies select, and those beside a pointer, in bytes as SQS and SNS count:
/// name, data type and value.
pub(super) fn weigh(message: &Outgoing) -> usize {
    let beside: usize =
        beside(message).map(|(name, data_type, value)| name.len() + data_type.len() + value.len()).sum();
    message.body.len() + "type".len() + "String".len() + message.header.kind.len() + beside
}

/// How many bytes are sent of a message.
pub(super) fn weigh_packed(large: Option<&LargeBodies>, message: &Outgoing, limit: usize) -> usize {
    let bytes = weigh(message);
    large.map_or(bytes, |large| weigh(&large.preview(message, bytes, limit, Format::CloudEvents)))
}

/// The message as it is sent where at most `limit` bytes may be.
pub(super) async fn lighten<'a>(
    large: Option<&LargeBodies>,
    message: &'a Outgoing,
    limit: usize,
) -> Result<Cow<'a, Outgoing>, Refusal> {
    match large {
        Some(large) => large.pack(message, weigh(message), limit, Format::CloudEvents).await,
        None => Ok(Cow::Borrowed(message)),
    }
}

/// The message's key within its type, in at most the 128 characters that SQS and SNS allow; a longer one by its own hash.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn deduplication_id(message: &Outgoing) -> String {
    let id = format!("{}/{}", message.header.kind, message.header.idempotency_key());
    let allowed = |character: char| character.is_ascii_alphanumeric() || character.is_ascii_punctuation();
    if id.len() <= 128 && id.chars().all(allowed) {
        id
    } else {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, id.as_bytes()).to_string()
    }
}
