//! The layer that fetches a body before the handler sees the message.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::{Map, Value};

use super::{MARKS, Objects, Pointer};
use crate::consume::{Layer, Next, Outcome};

/// The kind of failure.
const KIND: &str = "ClaimCheck";

/// Room for a large body beside the smallest function's memory.
const LIMIT: usize = 16 * 1024 * 1024;

/// Fetches the body of a message that came as a [`Pointer`]; other messages pass as they are. A pointer is what has the
/// attribute of one: a body that merely looks alike is a body.
///
/// ```
/// use aqueduct::claim_check::{ClaimCheck, MemoryObjects};
///
/// let claim_check = ClaimCheck::new(MemoryObjects::default()).bucket("large-orders");
/// ```
#[derive(Clone, Debug)]
pub struct ClaimCheck {
    objects: Arc<dyn Objects>,
    buckets: BTreeSet<String>,
    limit: usize,
}

impl ClaimCheck {
    /// A layer that reads no bucket yet: name those it may read with [`ClaimCheck::bucket`].
    pub fn new(objects: impl Objects + 'static) -> Self {
        Self { objects: Arc::new(objects), buckets: BTreeSet::new(), limit: LIMIT }
    }

    /// Allows a bucket. A pointer to any other is rejected before anything is fetched.
    #[must_use]
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.insert(name.into());
        self
    }

    /// How many bytes a body may have, 16 MiB unless said otherwise. A message with a larger one is rejected.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The delivery with its body, or `None` where the body is no pointer.
    pub(crate) async fn redeem<'a>(&self, delivery: &'a Delivery<'a>) -> Result<Option<Delivery<'a>>, Outcome> {
        let Some(claim) = Claim::of(delivery) else { return Ok(None) };
        let pointer = Pointer::from_body(claim.body()).map_err(|error| {
            Outcome::reject(KIND, format!("the message is marked as a pointer to S3, but its body is none: {error}"))
        })?;
        if !self.buckets.contains(&pointer.bucket) {
            let words = format!(
                "bucket `{}` is not among those that may be read; allow it with `ClaimCheck::bucket`",
                pointer.bucket
            );
            return Err(Outcome::reject(KIND, words));
        }
        let body = self.objects.get(&pointer, self.limit).await.map_err(|error| {
            let words = format!("the body {pointer}: {error}");
            if error.is_passing() { Outcome::retry(KIND, words) } else { Outcome::reject(KIND, words) }
        })?;
        Ok(Some(Delivery { body: Cow::Owned(claim.redeemed(body)), ..delivery.clone() }))
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

/// What is marked as a pointer, and how it came.
enum Claim<'a> {
    /// The body of an SQS message, raw SNS delivery included.
    Body(&'a str),
    /// The text in an SNS notification.
    Notification { text: String, around: Map<String, Value> },
}

impl<'a> Claim<'a> {
    fn of(delivery: &'a Delivery<'a>) -> Option<Self> {
        let attributes = delivery.attributes();
        if MARKS.iter().any(|mark| attributes.contains_key(*mark)) {
            return Some(Self::Body(&delivery.body));
        }
        if !MARKS.iter().any(|mark| delivery.body.contains(mark)) {
            return None;
        }
        let around: Map<String, Value> = serde_json::from_str(&delivery.body).ok()?;
        let attributes = around.get("MessageAttributes")?.as_object()?;
        let marked = MARKS.iter().any(|mark| attributes.contains_key(*mark));
        if !marked || around.get("Type")?.as_str() != Some("Notification") {
            return None;
        }
        let text = around.get("Message")?.as_str()?.to_owned();
        Some(Self::Notification { text, around })
    }

    fn body(&self) -> &str {
        match self {
            Self::Body(text) => text,
            Self::Notification { text, .. } => text,
        }
    }

    /// The body with the object in the pointer's place.
    fn redeemed(self, object: String) -> String {
        match self {
            Self::Body(_) => object,
            Self::Notification { mut around, .. } => {
                around.insert("Message".to_owned(), object.into());
                Value::Object(around).to_string()
            }
        }
    }
}
