//! What the batch requests of SQS and SNS have in common.

use futures_util::future::join_all;

use crate::claim_check::{LargeBodies, Parcel};
use crate::publish::{Ack, Fate, Outgoing, Refusal};

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

/// The attribute `type`, by which filter policies select, in bytes as SQS and SNS count: name, data type and value.
pub(super) fn weigh(message: &Outgoing) -> usize {
    message.body.len() + "type".len() + "String".len() + message.header.kind.len()
}

/// How many bytes are sent of a message.
pub(super) fn weigh_parcel(large: Option<&LargeBodies>, message: &Outgoing, limit: usize) -> usize {
    let bytes = weigh(message);
    large.map_or(bytes, |large| large.weigh(message, bytes, limit))
}

/// The messages as they are sent, each with its place, and those whose body could not be stored.
pub(super) async fn pack<'a>(
    large: Option<&LargeBodies>,
    messages: &[&'a Outgoing],
    limit: usize,
) -> (Vec<(usize, Parcel<'a>)>, Vec<(usize, Refusal)>) {
    let Some(large) = large else {
        let whole = |(index, message): (usize, &&'a Outgoing)| (index, Parcel { message, pointer: None });
        return (messages.iter().enumerate().map(whole).collect(), Vec::new());
    };
    let packed = join_all(messages.iter().map(|message| large.pack(message, weigh(message), limit))).await;
    let (mut parcels, mut refused) = (Vec::new(), Vec::new());
    for (index, parcel) in packed.into_iter().enumerate() {
        match parcel {
            Ok(parcel) => parcels.push((index, parcel)),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    (parcels, refused)
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
