//! The layer that fetches a body before the handler sees the message.

use std::borrow::Cow;
use std::sync::Arc;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::claim::{Claim, Telling};
use super::{Objects, Pointer, made_of};
use crate::consume::{Layer, Next, Outcome};

/// The kind of failure.
const KIND: &str = "ClaimCheck";

/// Room for a large body beside the smallest function's memory.
const LIMIT: usize = 16 * 1024 * 1024;

/// Fetches the body of a message that came as a [`Pointer`]; other messages pass as they are. A pointer is what has the mark
/// of one: a body that merely looks alike is a body.
///
/// | what cannot be fetched | outcome | why |
/// |---|---|---|
/// | a pointer to a bucket that is not allowed, or that is none | rejected, nothing is asked for | it will not change |
/// | an object or a bucket that is not there | rejected | the object was there before its pointer was sent, and S3 shows at once what was stored, so that it is gone for good |
/// | an object that is too large, no text, or not what its key was made of | rejected | it will not change |
/// | denied, throttled, not to be reached | retried | it may pass |
///
/// S3 shows what was stored at once: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel>
///
/// ```
/// use aqueduct::claim_check::{ClaimCheck, MemoryObjects};
///
/// let claim_check = ClaimCheck::new(MemoryObjects::default()).bucket("large-orders");
/// ```
#[derive(Clone, Debug)]
pub struct ClaimCheck {
    objects: Arc<dyn Objects>,
    /// Buckets, each with what keys begin with.
    allowed: Vec<(String, String)>,
    limit: usize,
    telling: Telling,
    verified: bool,
}

impl ClaimCheck {
    /// A layer that reads no bucket yet: name those it may read with [`ClaimCheck::bucket`].
    pub fn new(objects: impl Objects + 'static) -> Self {
        Self { objects: Arc::new(objects), allowed: Vec::new(), limit: LIMIT, telling: Telling::Mark, verified: false }
    }

    /// Allows a bucket. A pointer to any other is rejected before anything is fetched.
    #[must_use]
    pub fn bucket(self, name: impl Into<String>) -> Self {
        self.bucket_prefix(name, "")
    }

    /// Allows those keys of a bucket that begin with `prefix`, such as `orders/`, where the function can read others that are
    /// not meant for whoever sends it messages.
    #[must_use]
    pub fn bucket_prefix(mut self, name: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.allowed.push((name.into(), prefix.into()));
        self
    }

    /// How many bytes a body may have, 16 MiB unless said otherwise. A message with a larger one is rejected.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes a body that is a pointer by its form for one even without the attribute, which gets lost where something on the
    /// way copies bodies only: a schedule with a queue as its target, an input transformer, a script that moves
    /// messages. Whoever may send messages can then have any object of the allowed buckets read, as with the attribute.
    #[must_use]
    pub const fn unmarked(mut self) -> Self {
        self.telling = Telling::Form;
        self
    }

    /// Takes only bodies that their keys were made of, as those of `LargeBodies` are: an object that
    /// was changed, and a pointer that was led to another object, are rejected. So are the objects of other clients, whose
    /// keys say nothing.
    #[must_use]
    pub const fn verified(mut self) -> Self {
        self.verified = true;
        self
    }

    /// The delivery with its body, or `None` where the body is no pointer.
    pub(crate) async fn redeem<'a>(&self, delivery: &'a Delivery<'a>) -> Result<Option<Delivery<'a>>, Outcome> {
        let Some(claim) = Claim::of(delivery, self.telling) else { return Ok(None) };
        let pointer = claim.pointer().map_err(|error| {
            Outcome::reject(KIND, format!("the message is marked as a pointer to S3, but it has none: {error}"))
        })?;
        self.allow(&pointer)?;
        let object = self.objects.get(&pointer, self.limit).await.map_err(|error| {
            let words = format!("the body {pointer}: {error}");
            if error.is_passing() { Outcome::retry(KIND, words) } else { Outcome::reject(KIND, words) }
        })?;
        if self.verified && !pointer.key.ends_with(&made_of(&object).to_string()) {
            let words =
                format!("the body {pointer} is not what its key was made of: the object or the pointer was changed");
            return Err(Outcome::reject(KIND, words));
        }
        let body = claim.redeemed(&delivery.body, object).map_err(|_| {
            Outcome::reject(KIND, format!("the body {pointer} is no JSON, which the `detail` of an event must be"))
        })?;
        Ok(Some(Delivery { body: Cow::Owned(body), ..delivery.clone() }))
    }

    fn allow(&self, pointer: &Pointer) -> Result<(), Outcome> {
        let prefixes: Vec<&String> =
            self.allowed.iter().filter(|(bucket, _)| *bucket == pointer.bucket).map(|(_, prefix)| prefix).collect();
        if prefixes.iter().any(|prefix| pointer.key.starts_with(*prefix)) {
            return Ok(());
        }
        let words = if prefixes.is_empty() {
            "is not among those that may be read; allow it with `ClaimCheck::bucket`"
        } else {
            "may be read, but not this key of it; allow it with `ClaimCheck::bucket_prefix`"
        };
        Err(Outcome::reject(KIND, format!("bucket `{}` {words}", pointer.bucket)))
    }
}

impl Layer for ClaimCheck {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            match self.redeem(delivery).await {
                Ok(None) => next.run(delivery).await,
                Ok(Some(whole)) => next.run(&whole).await,
                Err(outcome) => outcome,
            }
        }
        .boxed()
    }
}
