//! Carrying outcomes out: to the dead-letter queue, back onto the queue, or back when a wait is over.

use std::time::Duration;

use aqueduct_message::{Delivery, Header, Trigger};
use futures_util::stream::{self, StreamExt as _};

use super::attempt::{BLOCKED, End, STOPPED};
use super::backoff::HOLD_MAX;
use super::batch::Time;
use super::{Consumer, Hold, Outcome, Reason, Redelivery, RedeliveryError, Rejection, Untold};

impl Consumer {
    /// Carries out what cannot wait for the end of the batch, because the rest of a group depends on it: a rejection
    /// lets it go on. `gone` says that the record has left its queue.
    pub(super) async fn settle<'a>(&'a self, mut end: End<'a>, time: Time) -> End<'a> {
        if self.is_last_attempt(&end).await
            && let Outcome::Retry { reason, .. } = end.outcome
        {
            tracing::warn!(reason = reason.message, "the last attempt failed");
            end.outcome = Outcome::Reject { reason };
        }
        match &end.outcome {
            Outcome::Postpone { after, .. } => {
                let after = *after;
                self.postpone(end, after, time).await
            }
            Outcome::Reject { .. } => self.reject(end, time).await,
            _ => end,
        }
    }

    /// Whether SQS would give the message up at its next receive. What the deadline stopped has no time left for
    /// asking, and did not fail for itself.
    async fn is_last_attempt(&self, end: &End<'_>) -> bool {
        let Outcome::Retry { .. } = end.outcome else { return false };
        let Some(redelivery) = self.redelivery.as_ref().filter(|_| end.delivery.trigger == Trigger::Sqs) else {
            return false;
        };
        if end.kind() == Some(STOPPED) {
            return false;
        }
        let allowed = match self.attempts {
            Some(attempts) => Some(attempts),
            None => redelivery.receives_max(end.delivery).await,
        };
        allowed.is_some_and(|allowed| end.delivery.receive_count >= allowed)
    }

    async fn postpone<'a>(&'a self, mut end: End<'a>, after: Duration, time: Time) -> End<'a> {
        let redelivery = self.redelivery.as_ref().filter(|_| end.delivery.trigger == Trigger::Sqs);
        if let Some(redelivery) = redelivery.filter(|_| !end.delivery.is_fifo()) {
            match asked(time, redelivery.put_back(end.delivery, after)).await {
                Ok(()) => {
                    let reason = end.outcome.reason().map(|reason| reason.message.as_str());
                    tracing::info!(reason, wait = after.as_secs_f64(), "put back untried");
                    end.gone = true;
                    return end;
                }
                Err(error) => tracing::warn!(%error, "the message is held back instead, which counts as a receive"),
            }
        }
        if let Outcome::Postpone { reason, .. } = end.outcome {
            end.outcome = Outcome::Retry { after: Some(after), reason };
        }
        end
    }

    async fn reject<'a>(&'a self, mut end: End<'a>, time: Time) -> End<'a> {
        let Outcome::Reject { reason } = &end.outcome else { return end };
        tracing::error!(reason = reason.message, kind = &*reason.kind, "rejected");
        let Some(redelivery) = &self.redelivery else {
            if let Err(error) = self.tell_rejected(&end, reason, time).await {
                tracing::warn!(%error, "nobody is told of the rejection");
            }
            return end;
        };
        let rejection = Rejection {
            delivery: end.delivery,
            header: end.header.as_ref(),
            reason,
            handler: &self.name,
            at: self.clock.now(),
        };
        if !self.unheard.has(end.delivery)
            && let Err(error) = asked(time, redelivery.reject(&rejection)).await
        {
            tracing::error!(%error, "the message stays on its queue");
            return end;
        }
        if let Err(error) = self.tell_rejected(&end, reason, time).await {
            if self.is_received_again(redelivery.as_ref(), end.delivery).await {
                tracing::error!(%error, "the message stays on its queue until its rejection is told");
                self.unheard.keep(end.delivery, reason);
                return end;
            }
            tracing::error!(%error, "nobody is told of the rejection");
        }
        self.unheard.forget(end.delivery);
        // A message that is still there at the end of the time is deleted by the answer to Lambda.
        let _ = in_time(time, redelivery.remove(end.delivery)).await;
        end.gone = true;
        end
    }

    /// Tells who watches that a message is given up.
    async fn tell_rejected(&self, end: &End<'_>, reason: &Reason, time: Time) -> Result<(), Untold> {
        let (Some(watch), Some(header)) = (&self.watch, &end.header) else { return Ok(()) };
        let told = in_time(time, watch.rejected(header, &reason.message)).await;
        told.unwrap_or_else(|| Err(Untold(TIME_IS_UP.to_owned())))
    }

    /// Whether the queue is known to hand a message out once more.
    async fn is_received_again(&self, redelivery: &dyn Redelivery, delivery: &Delivery<'_>) -> bool {
        delivery.trigger == Trigger::Sqs
            && redelivery.receives_max(delivery).await.is_some_and(|last| delivery.receive_count < last)
    }

    /// Holds back what is to be tried again, in as few requests as there can be, and tells who watches.
    pub(super) async fn bring_back(&self, ends: &[End<'_>], time: Time) {
        let retried: Vec<&End<'_>> = ends.iter().filter(|end| matches!(end.outcome, Outcome::Retry { .. })).collect();
        if retried.is_empty() {
            return;
        }
        let held = match self.redelivery.as_deref() {
            Some(redelivery) => self.hold_all(redelivery, &retried, ends, time).await,
            None => vec![None; retried.len()],
        };
        let told = retried.iter().zip(held).map(|(end, held)| self.tell(end, held));
        stream::iter(told).buffer_unordered(self.concurrency).collect::<()>().await;
    }

    async fn hold_all(
        &self,
        redelivery: &dyn Redelivery,
        retried: &[&End<'_>],
        ends: &[End<'_>],
        time: Time,
    ) -> Vec<Option<Duration>> {
        if retried[0].delivery.trigger != Trigger::Sqs {
            return vec![None; retried.len()];
        }
        let holds: Vec<Hold<'_>> =
            retried.iter().map(|end| Hold { delivery: end.delivery, wait: self.wait(end, ends) }).collect();
        let answers = in_time(time, redelivery.hold(&holds)).await.unwrap_or_default();
        let mut answers = answers.into_iter();
        holds
            .iter()
            .map(|hold| match answers.next() {
                Some(Ok(())) => Some(hold.wait),
                failed => {
                    let error = failed
                        .and_then(Result::err)
                        .map_or_else(|| "no answer in time".to_owned(), |error| error.to_string());
                    tracing::warn!(
                        error,
                        messageId = &*hold.delivery.id,
                        "the message comes back when its visibility timeout ends"
                    );
                    None
                }
            })
            .collect()
    }

    /// A group comes back together: one that failed is not overtaken, and those behind it wait no longer than it.
    fn wait(&self, end: &End<'_>, ends: &[End<'_>]) -> Duration {
        let lead = ends.iter().find(|lead| lead.comes_back() && lead.delivery.lane() == end.delivery.lane());
        let lead = lead.filter(|_| end.kind() == Some(BLOCKED)).unwrap_or(end);
        let after = match lead.outcome {
            Outcome::Retry { after, .. } => after,
            _ => None,
        };
        after.unwrap_or_else(|| self.backoff.wait(lead.delivery)).min(HOLD_MAX)
    }

    async fn tell(&self, end: &End<'_>, held: Option<Duration>) {
        let Outcome::Retry { reason, .. } = &end.outcome else { return };
        let id = end.header.as_ref().map_or(&*end.delivery.id, |header| header.id.as_str());
        tracing::warn!(
            messageId = id,
            messageType = end.header.as_ref().map(|header| header.kind.as_str()),
            source = end.header.as_ref().map(|header| header.source.as_str()),
            subject = end.header.as_ref().and_then(|header| header.subject.as_deref()),
            correlationId = end.header.as_ref().map(Header::conversation),
            receiveCount = end.delivery.receive_count,
            reason = reason.message,
            kind = &*reason.kind,
            wait = held.map(|wait| wait.as_secs_f64()),
            "will be tried again"
        );
        if let (Some(watch), Some(header)) = (&self.watch, &end.header) {
            watch.retried(header, &reason.message, held).await;
        }
    }
}

const TIME_IS_UP: &str = "the function's time is up";

/// Asks something of a queue, no later than the answer to Lambda allows.
async fn asked(time: Time, asked: impl Future<Output = Result<(), RedeliveryError>>) -> Result<(), RedeliveryError> {
    let late = || RedeliveryError { what: "the queue was not asked", reason: TIME_IS_UP.to_owned() };
    in_time(time, asked).await.unwrap_or_else(|| Err(late()))
}

/// Does something no later than the answer to Lambda allows; nothing comes of it when that is too late.
async fn in_time<T>(time: Time, work: impl Future<Output = T>) -> Option<T> {
    match time.last_call {
        None => Some(work.await),
        Some(last_call) => tokio::time::timeout_at(last_call, work).await.ok(),
    }
}
