//! Doing something once.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::effect::{Effect, unknown};
use super::fingerprint::fingerprint;
use super::record::{Published, Record};
use super::{Attempt, Claim, ClaimError, Claims};
use crate::consume::current;
use crate::{Clock, Failure, Publisher};

/// How long a claim is held where no deadline is known.
const HOLD: Duration = Duration::from_mins(1);

/// Between a record's deadline, when its handler is dropped, and the claim's end: clocks differ.
const GRACE: Duration = Duration::from_secs(1);

/// How many bytes a key may have. DynamoDB takes 2048.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const KEY_MAX: usize = 2048;

/// Makes effects happen once per key.
///
/// ```
/// use aqueduct::Failure;
/// use aqueduct::idempotency::{Idempotency, MemoryClaims};
/// # async fn example() -> Result<(), Failure> {
/// let payments = Idempotency::new(MemoryClaims::default());
/// let first: u32 = payments.once("charge/ord_1", async || Ok(1)).await?;
/// let again: u32 = payments.once("charge/ord_1", async || Ok(2)).await?;
/// assert_eq!((first, again), (1, 1));
/// # Ok(())
/// # }
/// ```
///
/// The key comes from the business, or from a message's
/// [`idempotency_key`](aqueduct_message::Header::idempotency_key), so that it is the same after a redrive.
#[derive(Clone, Debug)]
pub struct Idempotency {
    claims: Arc<dyn Claims>,
    publishers: Arc<BTreeMap<String, Publisher>>,
    clock: Clock,
    hold: Option<Duration>,
    keep: Duration,
}

impl Idempotency {
    /// Holds a claim until the deadline of the record at work, or for a minute where none is known, and keeps a result for 30
    /// days, which outlives every redelivery and redrive of a queue: SQS keeps a message at most 14 days in the queue
    /// and 14 more in its dead-letter queue.
    pub fn new(claims: impl Claims + 'static) -> Self {
        Self {
            claims: Arc::new(claims),
            publishers: Arc::default(),
            clock: Clock::system(),
            hold: None,
            keep: Duration::from_hours(24 * 30),
        }
    }

    /// How long an attempt may take before another one takes over, whatever the deadline: for effects that go on when the
    /// function's time is up, and for work in tasks of its own, which know no deadline. It must be longer than an attempt
    /// can take.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = Some(hold);
        self
    }

    /// How long a result is kept, and with it how late a duplicate is noticed.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long a result is kept.
    pub const fn keeps(&self) -> Duration {
        self.keep
    }

    /// Names a publisher for [`Effect::publish`]. The name is kept with what was published, so it must not change.
    #[must_use]
    pub fn to(mut self, name: impl Into<String>, publisher: Publisher) -> Self {
        Arc::make_mut(&mut self.publishers).insert(name.into(), publisher);
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Runs `effect` unless it has run for this key; then answers what it answered. While another attempt is at work
    /// the message is to be retried. When the effect fails, the next attempt runs it again.
    pub async fn once<R, F>(&self, key: &str, effect: impl FnOnce() -> F) -> Result<R, Failure>
    where
        R: Serialize + DeserializeOwned,
        F: Future<Output = Result<R, Failure>>,
    {
        self.key(key).run(|_| effect()).await
    }

    /// An effect that is to happen once for this key.
    ///
    /// ```
    /// # use aqueduct::{Failure, Payload, Publisher};
    /// # use aqueduct::idempotency::{Idempotency, MemoryClaims};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Paid { order: String }
    /// # impl Payload for Paid { const TYPE: &'static str = "Paid"; }
    /// # async fn example(events: Publisher) -> Result<(), Failure> {
    /// let payments = Idempotency::new(MemoryClaims::default()).to("events", events);
    /// let receipt: String = payments
    ///     .key("charge/ord_1")
    ///     .of(&("tok_visa", 3_400))?
    ///     .run(async |effect| {
    ///         effect.publish("events", Paid { order: "ord_1".to_owned() })?;
    ///         Ok(format!("rcpt_{}", effect.fence()))
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn key(&self, key: impl Into<String>) -> Once<'_> {
        Once { idempotency: self, key: key.into(), fingerprint: None }
    }

    fn until(&self, now: Timestamp) -> Timestamp {
        let left = current::remaining().map(|left| left + GRACE);
        now + self.hold.or(left).unwrap_or(HOLD)
    }
}

/// An effect that is to happen once. [`Idempotency::key`] makes it.
#[derive(Debug)]
#[must_use = "nothing happens before `run`"]
pub struct Once<'a> {
    idempotency: &'a Idempotency,
    key: String,
    fingerprint: Option<String>,
}

/// What came of beginning.
pub(crate) enum Begun {
    /// The effect is to be run under this claim.
    Now(Held),
    /// It has happened. What it published is out again.
    Before(Box<RawValue>),
}

impl Once<'_> {
    /// The payload that the key belongs to: the key with another payload is a mistake, and rejected. Give what must not
    /// differ, such as amount and account, rather than a whole type that may get another field tomorrow. The data itself
    /// is not kept.
    pub fn of(mut self, payload: &impl Serialize) -> Result<Self, Failure> {
        self.fingerprint = Some(fingerprint(payload)?);
        Ok(self)
    }

    pub(crate) fn fingerprint(mut self, fingerprint: String) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// Runs the effect unless it has run for this key; then answers what it answered, and publishes again what it
    /// published.
    pub async fn run<R, F>(self, effect: impl FnOnce(Effect) -> F) -> Result<R, Failure>
    where
        R: Serialize + DeserializeOwned,
        F: Future<Output = Result<R, Failure>>,
    {
        let held = match self.begin().await? {
            Begun::Before(result) => return Ok(serde_json::from_str(result.get())?),
            Begun::Now(held) => held,
        };
        let handle = held.effect.clone();
        match AssertUnwindSafe(async { effect(handle).await }).catch_unwind().await {
            Ok(Ok(result)) => held.complete(&result).await.map(|()| result),
            Ok(Err(failure)) => {
                held.release().await;
                Err(failure)
            }
            Err(panic) => {
                held.release().await;
                std::panic::resume_unwind(panic)
            }
        }
    }

    /// Claims the key.
    pub(crate) async fn begin(self) -> Result<Begun, Failure> {
        let Self { idempotency, key, fingerprint } = self;
        if key.is_empty() || key.len() > KEY_MAX {
            let words = format!("an idempotency key has 1 to {KEY_MAX} bytes, and this one has {}", key.len());
            return Err(Failure::reject(words).kind("InvalidKey"));
        }
        let (token, now) = (idempotency.clock.id(), idempotency.clock.now());
        let until = idempotency.until(now);
        let fingerprint = fingerprint.as_deref();
        let expires = until + idempotency.keep;
        let attempt = Attempt { key: &key, token: &token, fingerprint, now, until, expires };
        let differs =
            |other: &Option<String>| other.is_some() && fingerprint.is_some() && other.as_deref() != fingerprint;
        match idempotency.claims.claim(&attempt).await.map_err(failure)? {
            // An attempt at work may still fail, and then the key is free for any payload.
            Claim::Held { until, .. } if until > now => {
                let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Err(Failure::retry(format!("another attempt at {key} is at work")).kind("AtWork").after(wait))
            }
            Claim::Held { fingerprint, .. } | Claim::Completed { fingerprint, .. } if differs(&fingerprint) => {
                let words = format!("the idempotency key {key} was used before, with another payload");
                Err(Failure::reject(words).kind("KeyReused"))
            }
            Claim::Held { .. } => {
                let words = format!("an attempt at {key} is over, and its claim is not given up yet");
                Err(Failure::retry(words).kind("AtWork").after(Duration::ZERO))
            }
            Claim::Completed { result, .. } => {
                let record: Record = serde_json::from_str(&result)?;
                tracing::debug!("a duplicate: its effect has happened");
                current::mark_duplicate();
                publish(&idempotency.publishers, &record).await?;
                Ok(Begun::Before(record.result))
            }
            Claim::Granted { fence } => {
                let publishers = Arc::clone(&idempotency.publishers);
                let effect = Effect { fence, publishers, published: Arc::default() };
                Ok(Begun::Now(Held { idempotency: idempotency.clone(), effect, claim: Some((key, token)) }))
            }
        }
    }
}

/// A claim that is held. Dropped, it is released: an attempt that a timeout or a deadline ends leaves no claim behind.
pub(crate) struct Held {
    idempotency: Idempotency,
    effect: Effect,
    /// Key and token, as long as the claim is neither completed nor released.
    claim: Option<(String, String)>,
}

impl Held {
    /// Keeps the result, then publishes.
    pub(crate) async fn complete(mut self, result: &impl Serialize) -> Result<(), Failure> {
        // From here on the effect has happened: whatever goes wrong, the claim is not given back.
        let Some((key, token)) = self.claim.take() else { return Ok(()) };
        let mut record = Record { result: to_raw_value(result)?, published: self.effect.take() };
        let mut text = serde_json::to_string(&record)?;
        let Idempotency { claims, clock, keep, publishers, .. } = &self.idempotency;
        if text.len() > claims.result_max() {
            lighten(publishers, &mut record).await?;
            text = serde_json::to_string(&record)?;
        }
        if text.len() > claims.result_max() {
            let words = format!(
                "the effect of {key} happened, and its result with what it published has {} bytes of at most {}; keep less, or give the publishers large bodies",
                text.len(),
                claims.result_max()
            );
            return Err(Failure::reject(words).kind("ResultTooLarge"));
        }
        claims.complete(&key, &token, &text, clock.now() + *keep).await.map_err(failure)?;
        publish(publishers, &record).await
    }

    /// Gives the claim up.
    pub(crate) async fn release(mut self) {
        if let Some((key, token)) = self.claim.take() {
            release(&*self.idempotency.claims, &key, &token).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some((key, token)) = self.claim.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let claims = Arc::clone(&self.idempotency.claims);
        // A release that comes late changes nothing: the token is another by then.
        runtime.spawn(async move { release(&*claims, &key, &token).await });
    }
}

async fn release(claims: &dyn Claims, key: &str, token: &str) {
    if let Err(error) = claims.release(key, token).await {
        tracing::warn!(%error, "the next attempt waits until the claim's time is up");
    }
}

/// A smaller body is not worth an object.
const LIGHT: usize = 4 * 1024;

/// Has channels with large bodies store those of what is published, so that the record has pointers in their place.
async fn lighten(publishers: &BTreeMap<String, Publisher>, record: &mut Record) -> Result<(), Failure> {
    for one in &mut record.published {
        let Some(publisher) = publishers.get(&one.to) else { return Err(unknown(&one.to, publishers)) };
        let message = one.outgoing();
        let light = publisher.lighten(&message, LIGHT).await.map_err(|refusal| {
            let words = format!("the body of what goes out to {} was not stored: {refusal}", one.to);
            Failure::retry(words).because(refusal)
        })?;
        *one = Published::new(&one.to, light.into_owned());
    }
    Ok(())
}

/// Sends what a record has to be published, name by name in the order in which each was published to.
async fn publish(publishers: &BTreeMap<String, Publisher>, record: &Record) -> Result<(), Failure> {
    let mut rest: Vec<&Published> = record.published.iter().collect();
    while let Some(&first) = rest.first() {
        let Some(publisher) = publishers.get(&first.to) else { return Err(unknown(&first.to, publishers)) };
        let (now, later): (Vec<&Published>, Vec<&Published>) = rest.into_iter().partition(|one| one.to == first.to);
        let messages: Vec<_> = now.into_iter().map(Published::outgoing).collect();
        if let Some(refusal) = publisher.send(&messages).await.into_iter().find_map(Result::err) {
            let words = format!("what goes out to {} was not accepted: {refusal}", first.to);
            return Err(Failure::retry(words).because(refusal));
        }
        rest = later;
    }
    Ok(())
}

fn failure(error: ClaimError) -> Failure {
    if matches!(error, ClaimError::Store { .. }) {
        tracing::error!(%error, "the store of claims refuses");
    }
    Failure::retry(error.to_string()).kind(error.name()).because(error)
}
