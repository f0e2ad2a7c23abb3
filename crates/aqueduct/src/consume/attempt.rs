//! One attempt at one record: layers, handler, panic, deadline.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aqueduct_message::{DecodeError, Delivery, Envelope, Header, Trigger};
use futures_util::future::FutureExt as _;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

use super::batch::Time;
use super::layer::Call;
use super::{Consumer, Next, Outcome, Unknown, chain, current};

/// The kind of what the deadline stopped.
pub(super) const STOPPED: &str = "Deadline";

/// The kind of what waits behind a failed record.
pub(super) const BLOCKED: &str = "Order";

/// The kind of what is given up because its attempts came to no end.
const UNFINISHED: &str = "Unfinished";

/// Why it is given up.
const NO_END: &str = "its last attempts came to no end: the function was stopped in each of them";

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct End<'a> {
    pub(super) index: usize,
    pub(super) delivery: &'a Delivery<'a>,
    pub(super) outcome: Outcome,
    /// Whether the record left its queue already, though it was not done: rejected, or put back as a copy.
    pub(super) gone: bool,
    pub(super) skipped: bool,
    /// Whether the record's effect had been there before.
    pub(super) duplicate: bool,
    /// How long layers and handler took, where it is measured.
    pub(super) took: Option<Duration>,
    /// The header, where a failure needs it.
    pub(super) header: Option<Header>,
}

impl<'a> End<'a> {
    /// The end of a record that was not begun because `failed` was before it.
    pub(super) fn blocked(index: usize, delivery: &'a Delivery<'a>, failed: &Self) -> Self {
        let after = match failed.outcome {
            Outcome::Retry { after, .. } => after,
            _ => None,
        };
        let reason = super::Reason::new(BLOCKED, format!("message {} before it failed", failed.delivery.id));
        let outcome = Outcome::Retry { after, reason };
        Self { index, delivery, outcome, gone: false, skipped: false, duplicate: false, took: None, header: None }
    }

    /// Whether the batch response must name the record.
    pub(super) fn comes_back(&self) -> bool {
        self.outcome != Outcome::Done && !self.gone
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.outcome.reason().map(|reason| &*reason.kind)
    }
}

impl Consumer {
    /// Handles one record and carries out what cannot wait for the end of the batch.
    pub(super) async fn attempt<'a>(&'a self, index: usize, delivery: &'a Delivery<'a>, time: Time) -> End<'a> {
        // Of the highest level, so that what is logged at any level says which message it is about.
        let span = tracing::error_span!(
            "message",
            messageId = Empty,
            messageType = Empty,
            source = Empty,
            subject = Empty,
            correlationId = Empty,
            receiveCount = delivery.receive_count,
            otel.name = Empty,
            otel.kind = Empty,
        );
        #[cfg(feature = "otel")]
        crate::observe::otel::record(&span, delivery);
        async {
            let call = Call { deadline: time.deadline, header: OnceLock::new(), skipped: AtomicBool::new(false) };
            let waits = self.redelivery.as_ref().and_then(|redelivery| redelivery.still_waits(delivery));
            let begun = self.metrics.as_ref().filter(|_| waits.is_none()).map(|_| Instant::now());
            let handling = async {
                match waits {
                    Some(wait) => Outcome::postpone(wait, "Postponed", "its time has not come yet"),
                    None => match self.unheard.reason(delivery) {
                        Some(reason) => Outcome::Reject { reason },
                        None if self.is_for_telling(delivery).await => Outcome::reject(UNFINISHED, NO_END),
                        None => self.before_deadline(delivery, &call).await,
                    },
                }
            };
            let (mut outcome, noted) = current::noting(time.deadline, handling).await;
            if let (Some(redact), Some(reason)) = (&self.redact, outcome.reason_mut()) {
                reason.message = redact(&reason.message);
            }
            let (duplicate, took) = (noted.duplicate, begun.map(|begun| begun.elapsed()));
            if outcome == Outcome::Done {
                tracing::debug!("done");
                #[cfg(feature = "otel")]
                crate::observe::otel::ended(&outcome, duplicate);
                let skipped = call.skipped.into_inner();
                return End { index, delivery, outcome, gone: false, skipped, duplicate, took, header: None };
            }
            let header = header_of(delivery, call.header.into_inner());
            if header.is_none() {
                tracing::Span::current().record("messageId", &*delivery.id);
            }
            let end = End { index, delivery, outcome, gone: false, skipped: false, duplicate, took, header };
            let end = self.settle(end, time).await;
            #[cfg(feature = "otel")]
            crate::observe::otel::ended(&end.outcome, duplicate);
            end
        }
        .instrument(span)
        .await
    }

    /// Whether a receive is the queue's last and comes after all attempts: whatever stopped those would stop this one too, and
    /// SQS would move the message in silence.
    async fn is_for_telling(&self, delivery: &Delivery<'_>) -> bool {
        let Some(redelivery) = self.redelivery.as_ref().filter(|_| delivery.trigger == Trigger::Sqs) else {
            return false;
        };
        if self.attempts.is_none_or(|attempts| delivery.receive_count <= attempts) {
            return false;
        }
        redelivery.receives_max(delivery).await.is_some_and(|last| delivery.receive_count >= last)
    }

    async fn before_deadline(&self, delivery: &Delivery<'_>, call: &Call) -> Outcome {
        let Some(deadline) = call.deadline else { return self.isolated(delivery, call).await };
        if Instant::now() >= deadline {
            let reason = super::Reason::new(STOPPED, "the function's time was up before this message was begun");
            return Outcome::Retry { after: Some(Duration::ZERO), reason };
        }
        match tokio::time::timeout_at(deadline, self.isolated(delivery, call)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::retry(STOPPED, "the function's time is up"),
        }
    }

    /// Runs layers and handler so that a panic in either stays in its record.
    async fn isolated(&self, delivery: &Delivery<'_>, call: &Call) -> Outcome {
        if self.layers.is_empty() {
            return self.dispatch(delivery, call).await;
        }
        let next = Next { consumer: self, layers: &self.layers, call };
        let handled = AssertUnwindSafe(async { next.run(delivery).await }).catch_unwind().await;
        handled.unwrap_or_else(|panic| Outcome::retry("Panic", format!("a layer panicked: {}", words(&*panic))))
    }

    /// Reads the message and hands it to its handler: what is inside all layers.
    pub(super) async fn dispatch(&self, delivery: &Delivery<'_>, call: &Call) -> Outcome {
        let envelope = match Envelope::read(delivery) {
            Ok(envelope) => envelope,
            Err(error) => return undecodable(&error),
        };
        if !self.layouts.is_empty() && !self.layouts.contains(&envelope.layout) {
            let expected = self.layouts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            return undecodable(&DecodeError::Layout { expected, found: envelope.layout });
        }
        describe(&envelope.header);
        if let Some(payloads) = &self.payloads {
            payloads.log(&envelope);
        }
        current::enter(&envelope.header, delivery);
        if !self.layers.is_empty() {
            // A second try in place reads the same header.
            let _ = call.header.set(envelope.header.clone());
        }
        let Some(route) = self.route(&envelope) else {
            return self.unknown_type(&envelope.header, call);
        };
        // Reading the data is the handler's type's own code, too.
        match AssertUnwindSafe(route.handle(envelope)).catch_unwind().await {
            Ok(Ok(Ok(()))) => Outcome::Done,
            Ok(Ok(Err(failure))) => {
                let (outcome, source) = failure.into_parts();
                if let Some(source) = source {
                    let error = chain(source.as_ref());
                    let error = self.redact.as_ref().map_or(error.clone(), |redact| redact(&error));
                    tracing::debug!(error, "the handler failed");
                }
                outcome
            }
            Ok(Err(error)) => undecodable(&error),
            Err(panic) => panicked(&*panic),
        }
    }

    fn unknown_type(&self, header: &Header, call: &Call) -> Outcome {
        const KIND: &str = "UnknownType";
        let reason =
            format!("no handler for messages of type `{}`; there are handlers for {}", header.kind, self.types());
        match self.unknown {
            Unknown::Reject => Outcome::reject(KIND, reason),
            Unknown::Retry => Outcome::retry(KIND, reason),
            Unknown::Skip => {
                tracing::warn!(reason, "skipped");
                call.skipped.store(true, Ordering::Relaxed);
                Outcome::Done
            }
        }
    }
}

/// The header of a record that was not done: as its handler read it, or as it stands beside the pointer to a body that nobody
/// fetched.
fn header_of(delivery: &Delivery<'_>, read: Option<Header>) -> Option<Header> {
    if read.as_ref().is_some_and(|header| !header.kind.is_empty()) {
        return read;
    }
    if let Some(header) = crate::claim_check::header_of(delivery) {
        describe(&header);
        return Some(header);
    }
    read.or_else(|| Envelope::read(delivery).ok().map(|envelope| envelope.header))
}

/// Completes the log context of the record. Payloads stay out of it.
fn describe(header: &Header) {
    let span = tracing::Span::current();
    if span.is_disabled() {
        return;
    }
    let kind = Some(header.kind.as_str()).filter(|kind| !kind.is_empty());
    // One call: each has its price, whatever it records.
    tracing::record_all!(
        span,
        messageId = header.id.as_str(),
        messageType = kind,
        source = header.source.as_str(),
        subject = header.subject.as_deref(),
        correlationId = header.conversation(),
    );
    #[cfg(feature = "otel")]
    crate::observe::otel::described(header);
}

fn undecodable(error: &DecodeError) -> Outcome {
    Outcome::reject(format!("Decode.{}", error.name()), error.to_string())
}

fn panicked(panic: &(dyn Any + Send)) -> Outcome {
    Outcome::retry("Panic", format!("the handler panicked: {}", words(panic)))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
