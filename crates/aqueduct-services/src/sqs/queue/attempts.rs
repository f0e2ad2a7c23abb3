//! Receives from a FIFO queue that happen once, however often they are asked for.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Queue, Take, Taken};
use crate::sqs::handle::Receipt;
use crate::sqs::message::State;
use crate::sqs::refusal::invalid;
use crate::{ApiError, Notes, Timestamp};

/// How long a receive can be repeated.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>, for all of
/// this module.
const INTERVAL: Duration = Duration::from_mins(5);

/// A message that an attempt received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Got {
    pub(super) receipt: Receipt,
    /// When its visibility timeout ends, as far as the attempt knows.
    pub(super) until: Timestamp,
}

/// What attempts received, by `ReceiveRequestAttemptId`.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    attempts: BTreeMap<String, (Timestamp, Vec<Got>)>,
    /// Attempts in the order of their ends.
    ends: VecDeque<(Timestamp, String)>,
}

impl Attempts {
    /// Forgets the attempts that cannot be repeated any more, and answers their ids.
    fn expire(&mut self, now: Timestamp) -> Vec<String> {
        let mut expired = Vec::new();
        while let Some((end, id)) = self.ends.pop_front_if(|(end, _)| *end <= now) {
            if self.attempts.get(&id).is_some_and(|(until, _)| *until == end) {
                self.attempts.remove(&id);
                expired.push(id);
            }
        }
        expired
    }

    /// All attempts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Timestamp, &[Got])> {
        self.attempts.iter().map(|(id, (end, got))| (id.as_str(), *end, got.as_slice()))
    }

    /// An attempt's end and what it got.
    pub(super) fn find(&self, id: &str) -> Option<(Timestamp, impl Iterator<Item = (Receipt, Timestamp)>)> {
        let (end, got) = self.attempts.get(id)?;
        Some((*end, got.iter().map(|got| (got.receipt, got.until))))
    }

    fn get(&self, id: &str) -> Option<&[Got]> {
        self.attempts.get(id).map(|(_, got)| got.as_slice())
    }

    /// Remembers an attempt until `end`.
    pub(super) fn remember(&mut self, id: &str, end: Timestamp, got: Vec<Got>) {
        self.ends.push_back((end, id.to_owned()));
        self.attempts.insert(id.to_owned(), (end, got));
    }
}

/// What has become of a message that an attempt received.
enum Fate {
    /// It is in the hands of that receive.
    Held,
    /// Its visibility timeout is over: the attempt says nothing of it any more.
    Over,
    /// It was deleted, or its visibility changed.
    Modified,
}

impl Queue {
    /// Receives as [`Queue::take`] does. An attempt that is repeated within five minutes answers the same messages with
    /// the same handles, and their visibility timeout begins anew, unless one of them was modified.
    ///
    /// The refusal is recorded in <https://github.com/awslabs/amazon-sqs-java-messaging-lib/issues/213>.
    pub(in crate::sqs) fn attempt(
        &mut self,
        now: Timestamp,
        id: &str,
        take: Take<'_>,
        notes: &mut Notes,
    ) -> Result<Taken, ApiError> {
        for expired in self.attempts.expire(now) {
            self.mark_attempt(&expired);
        }
        let known = self.attempts.get(id).map(<[Got]>::to_vec).unwrap_or_default();
        let fates: Vec<Fate> = known.iter().map(|got| self.fate(*got)).collect();
        if fates.iter().any(|fate| matches!(fate, Fate::Modified)) {
            let reason = "The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.";
            return Err(invalid(id, "ReceiveRequestAttemptId", reason));
        }
        if !known.is_empty() && fates.iter().all(|fate| matches!(fate, Fate::Held)) {
            return Ok(self.repeat(now, id, &known, take));
        }
        let taken = self.take(now, take, notes);
        let until = now + take.visibility;
        let receipts =
            taken.received.iter().filter_map(|message| Receipt::parse(&message.receipt_handle, self.salt).ok());
        let got: Vec<Got> = receipts.map(|receipt| Got { receipt, until }).collect();
        if !got.is_empty() {
            self.attempts.remember(id, now + INTERVAL, got);
            self.mark_attempt(id);
        }
        Ok(taken)
    }

    fn fate(&self, got: Got) -> Fate {
        let Some(message) = self.find(got.receipt).and_then(|slot| self.messages.get(slot)) else {
            return Fate::Modified;
        };
        match message.state {
            _ if message.receive_count != got.receipt.receive => Fate::Over,
            State::InFlight { until, .. } if until == got.until => Fate::Held,
            State::InFlight { .. } => Fate::Modified,
            _ => Fate::Over,
        }
    }

    /// Answers the messages of an attempt once more. The attempt's five minutes go on.
    fn repeat(&mut self, now: Timestamp, id: &str, known: &[Got], take: Take<'_>) -> Taken {
        let mut taken = Taken::default();
        let mut again = Vec::with_capacity(known.len());
        for got in known {
            let Some(slot) = self.find(got.receipt) else { continue };
            let until = self.hide(now, slot, take.visibility);
            again.push(Got { receipt: got.receipt, until });
            taken.received.extend(self.received(slot, got.receipt, take.asked));
        }
        if let Some((_, got)) = self.attempts.attempts.get_mut(id) {
            *got = again;
        }
        self.mark_attempt(id);
        taken
    }
}
