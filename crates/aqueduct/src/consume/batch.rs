//! Handling a batch: records apart from each other, FIFO groups in order, all of it before the deadline.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aqueduct_message::{Delivery, Envelope, Header, Trigger, read_event};
use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};
use tracing::Instrument as _;

use super::{Consumer, InvocationFailed, Outcome, Response, Unknown, chain};

/// What is kept of the remaining time to write the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// SQS keeps a message invisible for at most 12 hours.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
const INVISIBLE_MAX: Duration = Duration::from_hours(12);

impl Consumer {
    /// Handles one Lambda event, JSON text, within `remaining`; `None` when no deadline is known.
    pub async fn handle_event(&self, event: &str, remaining: Option<Duration>) -> Result<Response, InvocationFailed> {
        let batch = read_event(event)?;
        let deadline = remaining.map(|remaining| tokio::time::Instant::now() + remaining.saturating_sub(MARGIN));
        if batch.trigger == Trigger::Sqs {
            return Ok(self.handle_batch(batch.deliveries, deadline).await);
        }
        for delivery in batch.deliveries {
            if let Outcome::Retry { reason, .. } | Outcome::Reject { reason } = self.settle(&delivery, deadline).await {
                return Err(InvocationFailed::Message { id: delivery.id, reason });
            }
        }
        Ok(Response::default())
    }

    async fn handle_batch(&self, deliveries: Vec<Delivery>, deadline: Option<tokio::time::Instant>) -> Response {
        let failed: Vec<Vec<String>> = stream::iter(lanes(deliveries))
            .map(|lane| self.handle_lane(lane, deadline))
            .buffered(self.concurrency)
            .collect()
            .await;
        Response::failing(failed.into_iter().flatten())
    }

    /// Handles records that must keep their order: the first that comes back takes the rest with it.
    async fn handle_lane(&self, lane: Vec<Delivery>, deadline: Option<tokio::time::Instant>) -> Vec<String> {
        let mut records = lane.into_iter();
        while let Some(delivery) = records.next() {
            if self.settle(&delivery, deadline).await != Outcome::Done {
                return std::iter::once(delivery.id).chain(records.map(|record| record.id)).collect();
            }
        }
        Vec::new()
    }

    /// Handles one record and carries its outcome out. What is left is whether it is done with or comes back.
    async fn settle(&self, delivery: &Delivery, deadline: Option<tokio::time::Instant>) -> Outcome {
        let envelope = Envelope::read(delivery);
        let header = envelope.as_ref().ok().map(|envelope| envelope.header.clone());
        let span = span(delivery, header.as_ref());
        async {
            let outcome = match envelope {
                Ok(envelope) => self.dispatch(envelope, deadline).await,
                Err(error) => Outcome::Reject { reason: chain(&error) },
            };
            self.carry_out(outcome, delivery, header.as_ref()).await
        }
        .instrument(span)
        .await
    }

    async fn dispatch(&self, envelope: Envelope, deadline: Option<tokio::time::Instant>) -> Outcome {
        let Some(route) = self.route(&envelope) else {
            return self.unknown_type(&envelope.header);
        };
        let handling = match route(envelope) {
            Ok(handling) => AssertUnwindSafe(handling).catch_unwind(),
            Err(error) => return Outcome::Reject { reason: chain(&error) },
        };
        let handled = match deadline {
            None => handling.await,
            Some(deadline) => match tokio::time::timeout_at(deadline, handling).await {
                Ok(handled) => handled,
                Err(_) => return retry("the function's time is up"),
            },
        };
        match handled {
            Ok(Ok(())) => Outcome::Done,
            Ok(Err(failure)) => {
                let (outcome, source) = failure.into_parts();
                if let Some(source) = source {
                    tracing::debug!(error = %chain(source.as_ref()), "the handler failed");
                }
                outcome
            }
            Err(panic) => retry(&format!("the handler panicked: {}", panic_message(panic.as_ref()))),
        }
    }

    fn unknown_type(&self, header: &Header) -> Outcome {
        let reason =
            format!("no handler for messages of type `{}`; there are handlers for {}", header.kind, self.types());
        match self.unknown {
            Unknown::Reject => Outcome::Reject { reason },
            Unknown::Retry => retry(&reason),
            Unknown::Skip => {
                tracing::warn!(reason, "skipped");
                Outcome::Done
            }
        }
    }

    async fn carry_out(&self, outcome: Outcome, delivery: &Delivery, header: Option<&Header>) -> Outcome {
        match outcome {
            Outcome::Done => {
                tracing::debug!("done");
                Outcome::Done
            }
            Outcome::Retry { after, reason } => self.bring_back(after, reason, delivery, header).await,
            Outcome::Reject { reason } => self.reject(reason, delivery, header).await,
        }
    }

    async fn bring_back(
        &self,
        after: Option<Duration>,
        reason: String,
        delivery: &Delivery,
        header: Option<&Header>,
    ) -> Outcome {
        let wait = after.unwrap_or_else(|| self.backoff.wait(delivery)).min(INVISIBLE_MAX);
        let held = match self.redelivery.as_ref().filter(|_| delivery.trigger == Trigger::Sqs) {
            None => None,
            Some(redelivery) => match redelivery.hold(delivery, wait).await {
                Ok(()) => Some(wait),
                Err(error) => {
                    tracing::warn!(%error, "the message comes back when its visibility timeout ends");
                    None
                }
            },
        };
        tracing::warn!(reason, wait = held.map(|wait| wait.as_secs_f64()), "will be tried again");
        if let (Some(watch), Some(header)) = (&self.watch, header) {
            watch.retried(header, &reason, held).await;
        }
        Outcome::Retry { after: held, reason }
    }

    async fn reject(&self, reason: String, delivery: &Delivery, header: Option<&Header>) -> Outcome {
        tracing::error!(reason, "rejected");
        let outcome = match &self.redelivery {
            None => Outcome::Reject { reason: reason.clone() },
            Some(redelivery) => match redelivery.reject(delivery, header, &reason).await {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    tracing::error!(%error, "the message stays on its queue");
                    return Outcome::Reject { reason };
                }
            },
        };
        if let (Some(watch), Some(header)) = (&self.watch, header) {
            watch.rejected(header, &reason).await;
        }
        outcome
    }
}

fn retry(reason: &str) -> Outcome {
    Outcome::Retry { after: None, reason: reason.to_owned() }
}

/// Records that must keep their order, lane by lane: a FIFO queue's groups; elsewhere each record is its own lane.
fn lanes(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let mut lanes: Vec<Vec<Delivery>> = Vec::new();
    for delivery in deliveries {
        let mut of_group =
            lanes.iter_mut().filter(|_| delivery.is_fifo()).filter(|lane| lane[0].group == delivery.group);
        match of_group.next() {
            Some(lane) => lane.push(delivery),
            None => lanes.push(vec![delivery]),
        }
    }
    lanes
}

/// The log context of one record. Payloads stay out of it.
fn span(delivery: &Delivery, header: Option<&Header>) -> tracing::Span {
    tracing::info_span!(
        "message",
        id = header.map_or(delivery.id.as_str(), |header| header.id.as_str()),
        r#type = header.map(|header| header.kind.as_str()),
        subject = header.and_then(|header| header.subject.as_deref()),
        correlation = header.map(Header::conversation),
        receive_count = delivery.receive_count,
    )
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
