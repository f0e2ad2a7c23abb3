//! What the batch requests of SQS and SNS have in common.

use std::borrow::Cow;

use futures_util::future::join_all;

use crate::claim_check::{LargeBodies, mark};
use crate::publish::{Ack, Fate, Format, Outgoing, Refusal};

/// An entry that the answer names: the id it was sent under, which is its place, and its fate.
pub(super) struct Answered<'a> {
    pub(super) id: &'a str,
    pub(super) fate: Fate,
}

impl<'a> Answered<'a> {
    pub(super) fn accepted(id: &'a str, message_id: &str) -> Self {
        Self { id, fate: Ok(Ack(message_id.to_owned())) }
    }

    /// Both services say whether the sender is at fault; what is not the sender's passes.
    pub(super) fn refused(id: &'a str, code: &str, message: Option<&str>, sender_fault: bool) -> Self {
        let refusal = Refusal::last(code, message.unwrap_or_default());
        Self { id, fate: Err(Refusal { retryable: !sender_fault, ..refusal }) }
    }
}

/// The fates of so many entries; one that the answer does not name was not accepted.
pub(super) fn fates<'a>(entries: usize, answered: impl Iterator<Item = Answered<'a>>) -> Vec<Fate> {
    let silent = Err(Refusal::passing("Unanswered", "the service did not say what became of it"));
    let mut fates = vec![silent; entries];
    for Answered { id, fate } in answered {
        if let Some(place) = id.parse::<usize>().ok().and_then(|index| fates.get_mut(index)) {
            *place = fate;
        }
    }
    fates
}

/// The attribute `type`, by which filter policies select, and that of a pointer, in bytes as SQS and SNS count: name, data
/// type and value.
pub(super) fn weigh(message: &Outgoing) -> usize {
    let mark = mark(message).map_or(0, |(name, size)| name.len() + "Number".len() + size.len());
    message.body.len() + "type".len() + "String".len() + message.header.kind.len() + mark
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

/// Messages, each with its place.
pub(super) type Packed<'a> = Vec<(usize, Cow<'a, Outgoing>)>;

/// The messages as they are sent, and those whose body could not be stored.
pub(super) async fn pack<'a>(
    large: Option<&LargeBodies>,
    messages: &[&'a Outgoing],
    limit: usize,
) -> (Packed<'a>, Vec<(usize, Refusal)>) {
    let packed = join_all(messages.iter().map(|message| lighten(large, message, limit))).await;
    let (mut light, mut refused) = (Vec::new(), Vec::new());
    for (index, message) in packed.into_iter().enumerate() {
        match message {
            Ok(message) => light.push((index, message)),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    (light, refused)
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
