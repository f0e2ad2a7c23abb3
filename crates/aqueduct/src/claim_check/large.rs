//! Bodies that are stored before a pointer to them is sent.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{ObjectError, Objects, Pointer, detail, made_of};
use crate::publish::{Format, Outgoing, Refusal};

/// What waits for less is on its way already: no queue delays a message for longer.
const SOON: Duration = Duration::from_mins(15);

/// Stores bodies that are larger than a queue, a topic or a bus takes. A [`Pointer`] is sent in their place: to queues and
/// topics with the body's size as the attribute `ExtendedPayloadSize`, as AWS's extended clients write it, to buses in
/// [a form of ours](super#buses). Source:
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
    waits_max: Duration,
}

impl LargeBodies {
    /// Stores in this bucket what is larger than the queue, topic or bus takes.
    pub fn new(objects: impl Objects + 'static, bucket: impl Into<String>) -> Self {
        Self {
            objects: Arc::new(objects),
            bucket: bucket.into(),
            prefix: String::new(),
            over: usize::MAX,
            waits_max: SOON,
        }
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

    /// How long a stored message may wait for its time with a [`Later`](crate::publish::Later): 15 minutes unless said
    /// otherwise. One that is to wait for longer is refused, since its object could be gone when its time comes. Let the
    /// bucket keep objects for so much longer: [`Lifetime::waits`](super::Lifetime::waits).
    #[must_use]
    pub const fn waits_max(mut self, longest: Duration) -> Self {
        self.waits_max = longest;
        self
    }

    /// The message as it will be sent, before anything is stored: it weighs as much.
    pub(crate) fn preview<'a>(
        &self,
        message: &'a Outgoing,
        bytes: usize,
        limit: usize,
        format: Format,
    ) -> Cow<'a, Outgoing> {
        if self.leaves(message, bytes, limit) {
            return Cow::Borrowed(message);
        }
        stand_in(message, &self.pointer(Uuid::nil()), format).map_or(Cow::Borrowed(message), Cow::Owned)
    }

    /// The message, with its body stored and the pointer in its place if its `bytes` are too many.
    pub(crate) async fn pack<'a>(
        &self,
        message: &'a Outgoing,
        bytes: usize,
        limit: usize,
        format: Format,
    ) -> Result<Cow<'a, Outgoing>, Refusal> {
        if self.leaves(message, bytes, limit) {
            return Ok(Cow::Borrowed(message));
        }
        if let Some(delay) = message.delay.filter(|delay| *delay > self.waits_max.max(SOON)) {
            let words = format!(
                "its body would lie in S3 for {delay:?} before it is read; if bucket {} keeps objects for so long, say so \
                 with `LargeBodies::waits_max`",
                self.bucket
            );
            return Err(Refusal::last("WaitsTooLong", words));
        }
        let pointer = self.pointer(made_of(&message.body));
        let light = stand_in(message, &pointer, format)
            .map_err(|error| Refusal::last("Unusable", format!("its pointer cannot be written: {error}")))?;
        self.objects.put(&pointer, &message.body).await.map_err(|error| {
            let passing = matches!(error, ObjectError::Unavailable(_));
            let refusal = Refusal::last("NotStored", format!("the body {pointer}: {error}"));
            Refusal { retryable: passing, ..refusal }
        })?;
        Ok(Cow::Owned(light))
    }

    fn leaves(&self, message: &Outgoing, bytes: usize, limit: usize) -> bool {
        message.stored.is_some() || bytes <= self.over.min(limit)
    }

    fn pointer(&self, id: Uuid) -> Pointer {
        Pointer::new(&self.bucket, format!("{}{id}", self.prefix))
    }
}

/// What is sent in a message's place.
fn stand_in(message: &Outgoing, pointer: &Pointer, format: Format) -> Result<Outgoing, serde_json::Error> {
    let size = message.body.len();
    let body = match format {
        Format::CloudEvents => pointer.to_body(),
        Format::Detail => detail::write(&message.header, size, pointer)?,
    };
    Ok(Outgoing { header: message.header.clone(), body, delay: message.delay, stored: Some(size) })
}
