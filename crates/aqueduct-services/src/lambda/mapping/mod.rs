//! SQS event source mappings: messages taken from a queue in batches and handed to a function.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use aqueduct_pattern::Pattern;
use aqueduct_topology::Arn;

use super::MappingDescription;
use crate::Timestamp;

mod batch_response;
mod poll;
mod ramp;
mod record;
pub(super) mod settings;

pub use batch_response::failed_records;
pub(super) use settings::Settings;

/// An event source mapping.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) id: String,
    pub(super) uuid: String,
    pub(super) queue: Arn,
    /// The function's physical name.
    pub(super) function: String,
    pub(super) function_arn: Arn,
    pub(super) settings: Settings,
    pub(super) patterns: Vec<Pattern>,
    pub(super) modified: Timestamp,
    /// Deleted, but batches are still under way.
    pub(super) deleted: bool,
    /// Messages received for batches that have not started.
    held: VecDeque<Held>,
    window_ends: Option<Timestamp>,
    batches: BTreeMap<u64, Batch>,
    /// When throttled batches are to be tried again, or given up.
    retries: BTreeSet<(Timestamp, u64)>,
    ramp: ramp::Ramp,
    wake: Option<Timestamp>,
}

/// A message in the mapping's hands.
#[derive(Clone, Debug)]
struct Held {
    message_id: String,
    receipt_handle: String,
    /// What it is about.
    subject: Option<String>,
    /// Its record, JSON text.
    record: String,
    /// When its visibility timeout ends.
    returns: Timestamp,
}

/// A batch that takes one of the mapping's places.
#[derive(Clone, Debug)]
struct Batch {
    messages: Vec<Held>,
    /// When the first of its messages returns to the queue.
    returns: Timestamp,
    /// How often it found no free concurrency.
    throttles: u32,
}

impl Batch {
    fn new(messages: Vec<Held>) -> Self {
        let returns = messages.iter().map(|message| message.returns).min().unwrap_or_default();
        Self { messages, returns, throttles: 0 }
    }
}

impl Mapping {
    /// A mapping that has not polled yet.
    pub(super) fn new(
        now: Timestamp,
        (id, uuid): (String, String),
        queue: Arn,
        (function, function_arn): (String, Arn),
        settings: Settings,
        patterns: Vec<Pattern>,
    ) -> Self {
        Self {
            id,
            uuid,
            queue,
            function,
            function_arn,
            settings,
            patterns,
            modified: now,
            deleted: false,
            held: VecDeque::new(),
            window_ends: None,
            batches: BTreeMap::new(),
            retries: BTreeSet::new(),
            ramp: ramp::Ramp::default(),
            wake: None,
        }
    }

    /// Whether it has nothing in hand.
    pub(super) fn is_idle(&self) -> bool {
        self.held.is_empty() && self.batches.is_empty()
    }

    /// When it has something to do next, as of its last poll.
    pub(super) const fn next_wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// The message ids of a batch.
    pub(super) fn message_ids(&self, batch: u64) -> BTreeSet<&str> {
        let batch = self.batches.get(&batch);
        batch.into_iter().flat_map(|batch| &batch.messages).map(|message| message.message_id.as_str()).collect()
    }

    /// The mapping as the API describes it.
    pub(super) fn describe(&self) -> MappingDescription {
        let settings = &self.settings;
        MappingDescription {
            id: self.id.clone(),
            uuid: self.uuid.clone(),
            source: self.queue.clone(),
            function: self.function_arn.clone(),
            batch_size: settings.batch_size,
            window: settings.window.as_secs(),
            concurrency_max: settings.concurrency_max,
            reports_batch_item_failures: settings.reports_batch_item_failures,
            filters: settings.filters.clone(),
            state: match (self.deleted, settings.enabled) {
                (true, _) => "Deleting",
                (false, true) => "Enabled",
                (false, false) => "Disabled",
            },
            modified: self.modified,
            batches: self.batches.len(),
            held: self.held.len(),
        }
    }
}

/// How long a throttled batch waits: one second, doubled each time, up to a minute. AWS publishes no rate.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
fn throttle_wait(times: u32) -> Duration {
    Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(times.min(6))).min(Duration::from_mins(1))
}
