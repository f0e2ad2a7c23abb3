//! Bodies that are stored before a pointer to them is sent.

use std::sync::Arc;

use uuid::Uuid;

use super::{MARKS, ObjectError, Objects, Pointer};
use crate::publish::{Outgoing, Refusal};

/// Stores bodies that are larger than a queue or a topic takes, which then carry a [`Pointer`] with the body's size as the
/// attribute `ExtendedPayloadSize`, as AWS's extended clients write them:
/// <https://github.com/awslabs/amazon-sns-python-extended-client-lib/blob/main/src/sns_extended_client/session.py>
///
/// A body is stored before its pointer is sent; where that fails the message is refused. Its key is made of the body, so
/// that a message that is sent again does not leave a second object.
///
/// ```
/// use aqueduct::claim_check::{LargeBodies, MemoryObjects};
///
/// let large = LargeBodies::new(MemoryObjects::default(), "large-orders").prefix("orders/").over(64 * 1024);
/// ```
#[derive(Clone, Debug)]
pub struct LargeBodies {
    objects: Arc<dyn Objects>,
    bucket: String,
    prefix: String,
    over: usize,
}

/// What is sent of a message: its body, or the pointer to it.
#[derive(Debug)]
pub(crate) struct Parcel<'a> {
    pub(crate) message: &'a Outgoing,
    /// The pointer, and how many bytes the body has that it stands for.
    pub(crate) pointer: Option<(String, usize)>,
}

impl LargeBodies {
    /// Stores in this bucket what is larger than the queue or topic takes.
    pub fn new(objects: impl Objects + 'static, bucket: impl Into<String>) -> Self {
        Self { objects: Arc::new(objects), bucket: bucket.into(), prefix: String::new(), over: usize::MAX }
    }

    /// What keys begin with, such as `orders/`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Stores already what has more bytes than this, body and attributes together.
    #[must_use]
    pub const fn over(mut self, bytes: usize) -> Self {
        self.over = bytes;
        self
    }

    /// How many bytes are sent of a message that has `bytes` itself.
    pub(crate) fn weigh(&self, message: &Outgoing, bytes: usize, limit: usize) -> usize {
        if bytes <= self.over.min(limit) {
            return bytes;
        }
        let mark = MARKS[0].len() + "Number".len() + message.body.len().to_string().len();
        bytes - message.body.len() + self.pointer(Uuid::nil()).to_body().len() + mark
    }

    /// Stores the message's body if it is too large.
    pub(crate) async fn pack<'a>(
        &self,
        message: &'a Outgoing,
        bytes: usize,
        limit: usize,
    ) -> Result<Parcel<'a>, Refusal> {
        if bytes <= self.over.min(limit) {
            return Ok(Parcel { message, pointer: None });
        }
        let pointer = self.pointer(Uuid::new_v5(&Uuid::NAMESPACE_URL, message.body.as_bytes()));
        self.objects.put(&pointer, &message.body).await.map_err(|error| {
            let passing = matches!(error, ObjectError::Unavailable(_));
            let refusal = Refusal::last("NotStored", format!("the body {pointer}: {error}"));
            Refusal { retryable: passing, ..refusal }
        })?;
        Ok(Parcel { message, pointer: Some((pointer.to_body(), message.body.len())) })
    }

    fn pointer(&self, id: Uuid) -> Pointer {
        Pointer::new(&self.bucket, format!("{}{id}", self.prefix))
    }
}

impl Parcel<'_> {
    /// The text to send.
    pub(crate) fn body(&self) -> &str {
        self.pointer.as_ref().map_or(&self.message.body, |(pointer, _)| pointer)
    }

    /// The attribute that marks a pointer, a number, and its value.
    pub(crate) fn mark(&self) -> Option<(&'static str, String)> {
        self.pointer.as_ref().map(|(_, size)| (MARKS[0], size.to_string()))
    }
}
