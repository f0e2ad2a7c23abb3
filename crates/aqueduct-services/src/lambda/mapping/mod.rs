//! SQS event source mappings: messages taken from a queue in batches and handed to a function.

use aqueduct_pattern::Pattern;
use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::MappingDescription;
use super::function::SETTLES_AFTER;
use super::pace::Ramp;
use crate::{Site, Timestamp};

mod batch_response;
mod poll;
mod record;
pub(super) mod settings;

pub use batch_response::failed_records;
pub(super) use settings::Settings;

/// An event source mapping.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) id: String,
    pub(super) uuid: String,
    /// Its place in the order of creation.
    place: u64,
    pub(super) queue: Arn,
    /// The function's physical name.
    pub(super) function: String,
    pub(super) function_arn: Arn,
    pub(super) settings: Settings,
    pub(super) patterns: Vec<Pattern>,
    pub(super) tags: BTreeMap<String, String>,
    modified: Timestamp,
    /// What it is about to become, and from when it is that.
    transition: Option<(Transition, Timestamp)>,
    /// Deleted, but batches are still under way.
    pub(super) deleted: bool,
    /// Messages received for batches that have not started.
    held: VecDeque<Held>,
    window_ends: Option<Timestamp>,
    batches: BTreeMap<u64, Batch>,
    /// When throttled batches are to be tried again, or given up.
    retries: BTreeSet<(Timestamp, u64)>,
    ramp: Ramp,
    wake: Option<Timestamp>,
}

/// What a mapping is called.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) id: String,
    pub(super) uuid: String,
    pub(super) place: u64,
}

/// What a mapping is about to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    Creating,
    Enabling,
    Disabling,
    Updating,
    Deleting,
}

/// What is kept of a mapping.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    id: String,
    uuid: String,
    place: u64,
    queue: Arn,
    function: Arn,
    settings: Settings,
    tags: BTreeMap<String, String>,
    modified: Timestamp,
}

/// A message in the mapping's hands.
#[derive(Clone, Debug)]
struct Held {
    message_id: String,
    receipt_handle: String,
    /// What it is about.
    subject: Option<String>,
    /// `AWSTraceHeader`.
    trace_header: Option<String>,
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
        names: Names,
        queue: Arn,
        (function, function_arn): (String, Arn),
        settings: Settings,
        patterns: Vec<Pattern>,
    ) -> Self {
        Self {
            id: names.id,
            uuid: names.uuid,
            place: names.place,
            queue,
            function,
            function_arn,
            settings,
            patterns,
            tags: BTreeMap::new(),
            modified: now,
            transition: None,
            deleted: false,
            held: VecDeque::new(),
            window_ends: None,
            batches: BTreeMap::new(),
            retries: BTreeSet::new(),
            ramp: Ramp::default(),
            wake: None,
        }
    }

    /// A mapping that was kept; a pattern that is none any more lets nothing through.
    pub(super) fn restored(record: Record) -> Self {
        let patterns = record.settings.patterns().unwrap_or_default();
        let names = Names { id: record.id, uuid: record.uuid, place: record.place };
        let function = (record.function.name().to_owned(), record.function);
        Self {
            tags: record.tags,
            ..Self::new(record.modified, names, record.queue, function, record.settings, patterns)
        }
    }

    /// What is kept of it.
    pub(super) fn record(&self) -> Record {
        Record {
            id: self.id.clone(),
            uuid: self.uuid.clone(),
            place: self.place,
            queue: self.queue.clone(),
            function: self.function_arn.clone(),
            settings: self.settings.clone(),
            tags: self.tags.clone(),
            modified: self.modified,
        }
    }

    /// Its place in the order of creation.
    pub(super) const fn place(&self) -> u64 {
        self.place
    }

    /// It was changed, which takes a moment.
    pub(super) fn begin(&mut self, now: Timestamp, transition: Transition) {
        self.modified = now;
        self.transition = Some((transition, now + SETTLES_AFTER));
        self.wake = Some(now);
    }

    /// Whether a change is not through yet.
    pub(super) fn is_changing(&self, now: Timestamp) -> bool {
        self.deleted || self.transition_at(now).is_some()
    }

    fn transition_at(&self, now: Timestamp) -> Option<Transition> {
        self.transition.filter(|(_, until)| now < *until).map(|(transition, _)| transition)
    }

    /// Whether it takes messages now.
    fn polls(&self, now: Timestamp) -> bool {
        let waits = matches!(self.transition_at(now), Some(Transition::Creating | Transition::Enabling));
        self.settings.enabled && !self.deleted && !waits
    }

    /// Whether it is gone for good.
    fn is_gone(&self, now: Timestamp) -> bool {
        self.deleted && self.batches.is_empty() && self.transition_at(now).is_none()
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
    pub(super) fn describe(&self, now: Timestamp, site: &Site) -> MappingDescription {
        let settings = &self.settings;
        MappingDescription {
            id: self.id.clone(),
            uuid: self.uuid.clone(),
            arn: site.arn("lambda", &format!("event-source-mapping:{}", self.uuid)),
            source: self.queue.clone(),
            function: self.function_arn.clone(),
            batch_size: settings.batch_size,
            window: settings.window.as_secs(),
            concurrency_max: settings.concurrency_max,
            provisioned: settings.provisioned,
            reports_batch_item_failures: settings.reports_batch_item_failures,
            filters: settings.filters.clone(),
            kms_key: settings.kms_key.clone(),
            state: self.state(now),
            modified: self.modified,
            batches: self.batches.len(),
            held: self.held.len(),
        }
    }

    /// `State`.
    ///
    /// Source: LocalStack's AWS-validated test `test_fifo_message_group_parallelism`
    fn state(&self, now: Timestamp) -> &'static str {
        match (self.transition_at(now), self.deleted, self.settings.enabled) {
            (_, true, _) => "Deleting",
            (Some(Transition::Creating), ..) => "Creating",
            (Some(Transition::Enabling), ..) => "Enabling",
            (Some(Transition::Disabling), ..) => "Disabling",
            (Some(Transition::Updating), ..) => "Updating",
            (_, _, true) => "Enabled",
            (_, _, false) => "Disabled",
        }
    }
}
