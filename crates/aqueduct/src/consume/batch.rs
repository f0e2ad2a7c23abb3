//! Handling an invocation: records apart from each other, groups in order, all of it before the deadline.

use std::time::Duration;

use aqueduct_message::{Batch, Delivery, EventError, read_event};
use futures_util::stream::{self, StreamExt as _};
use tokio::time::Instant;

use super::attempt::{BLOCKED, End, STOPPED};
use super::{Consumer, FullFailure, InvocationFailed, Outcome, Response, Tally};

/// How much time there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    /// No record is handled after this.
    pub(super) deadline: Option<Instant>,
    /// Nothing is asked of a queue after this: what is left is for the answer.
    pub(super) last_call: Option<Instant>,
}

impl Time {
    fn within(remaining: Option<Duration>, margin: Duration) -> Self {
        let from_now = |kept: Duration| remaining.map(|remaining| Instant::now() + remaining.saturating_sub(kept));
        Self { deadline: from_now(margin), last_call: from_now(margin / 4) }
    }
}

impl Consumer {
    /// Handles one Lambda event, JSON text, within `remaining`; `None` when no deadline is known.
    pub async fn handle_event(&self, event: &str, remaining: Option<Duration>) -> Result<Response, InvocationFailed> {
        let Batch { trigger, deliveries } = read_event(event)?;
        // An event without records does not say what sent it, and there is nothing in it to lose.
        let is_declared = self.triggers.is_empty() || self.triggers.contains(&trigger);
        if !is_declared && !deliveries.is_empty() {
            return Err(EventError::Trigger { expected: self.triggers.clone(), found: trigger }.into());
        }
        let time = Time::within(remaining, self.margin);
        let came = self.metrics.as_ref().map(|_| self.clock.now());
        let handling = self.handle_all(&deliveries, time);
        #[cfg(feature = "otel")]
        let handling = tracing::Instrument::instrument(handling, crate::observe::otel::batch(&deliveries));
        let mut ends = handling.await;
        ends.sort_unstable_by_key(|end| end.index);
        self.bring_back(&ends, time).await;
        let tally = tally(&ends);
        if let Some(watch) = &self.watch {
            watch.finished(&tally).await;
        }
        if let Some(came) = came {
            self.measure(&ends, tally, came);
        }
        tracing::debug!(?tally, "the invocation is over");
        let failed = || ends.iter().filter(|end| end.comes_back());
        let first = failed().next();
        let Some(first) = first else { return Ok(Response::default()) };
        let reason = first.outcome.reason().map(ToString::to_string).unwrap_or_default();
        if !trigger.is_batch() {
            return Err(InvocationFailed::Message { id: first.delivery.id.clone().into_owned(), reason });
        }
        if failed().count() == deliveries.len() {
            tracing::warn!(records = deliveries.len(), reason, "every record of the batch failed");
            if self.full_failure == FullFailure::Fail {
                return Err(InvocationFailed::Batch { total: deliveries.len(), reason });
            }
        }
        let reported = failed().filter(|end| !trigger.is_stream() || end.kind() != Some(BLOCKED));
        Ok(Response::failing(reported.map(|end| end.delivery)))
    }

    async fn handle_all<'a>(&'a self, deliveries: &'a [Delivery<'a>], time: Time) -> Vec<End<'a>> {
        // What keeps several at work costs more than a small record does.
        if let [only] = deliveries {
            return vec![self.attempt(0, only, time).await];
        }
        let records = deliveries.iter().enumerate();
        if deliveries.first().is_none_or(|first| first.lane().is_none()) {
            return stream::iter(records)
                .map(|(index, delivery)| self.attempt(index, delivery, time))
                .buffer_unordered(self.concurrency)
                .collect()
                .await;
        }
        let lanes = stream::iter(lanes(records)).map(|lane| self.handle_lane(lane, time));
        lanes.buffer_unordered(self.concurrency).collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    /// Handles records that must keep their order: the first that comes back takes the rest with it.
    async fn handle_lane<'a>(&'a self, lane: Vec<(usize, &'a Delivery<'a>)>, time: Time) -> Vec<End<'a>> {
        let mut ends: Vec<End<'a>> = Vec::with_capacity(lane.len());
        for (index, delivery) in lane {
            let end = match ends.last().filter(|last| last.comes_back()) {
                None => self.attempt(index, delivery, time).await,
                Some(failed) => End::blocked(index, delivery, failed),
            };
            ends.push(end);
        }
        ends
    }
}

/// Records that must keep their order, lane by lane.
fn lanes<'a>(records: impl Iterator<Item = (usize, &'a Delivery<'a>)>) -> Vec<Vec<(usize, &'a Delivery<'a>)>> {
    let mut lanes: Vec<Vec<(usize, &'a Delivery<'a>)>> = Vec::new();
    for (index, delivery) in records {
        match lanes.iter_mut().find(|lane| lane[0].1.lane() == delivery.lane()) {
            Some(lane) => lane.push((index, delivery)),
            None => lanes.push(vec![(index, delivery)]),
        }
    }
    lanes
}

fn tally(ends: &[End<'_>]) -> Tally {
    let mut tally = Tally { received: u32::try_from(ends.len()).unwrap_or(u32::MAX), ..Tally::default() };
    for end in ends {
        tally.duplicates += u32::from(end.duplicate);
        let count = match (&end.outcome, end.kind()) {
            (Outcome::Done, _) if end.skipped => &mut tally.skipped,
            (Outcome::Done, _) => &mut tally.done,
            (Outcome::Postpone { .. }, _) if !end.comes_back() => &mut tally.postponed,
            (Outcome::Reject { .. }, _) if !end.comes_back() => &mut tally.rejected,
            (_, Some(STOPPED)) => &mut tally.stopped,
            (_, Some(BLOCKED)) => &mut tally.blocked,
            _ => &mut tally.retried,
        };
        *count += 1;
    }
    tally
}
