//! What had effect on the world outside of the messages.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::log::{Log, Timepiece};

/// An effect: what was done, to what, and in which order it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was done, such as `charged`.
    pub what: String,
    /// To what: the key that the effect may happen once for.
    pub key: String,
    /// The group within which effects have an order.
    pub group: Option<String>,
    /// Where the effect stands in the order of its group, or the rank of a status.
    pub place: Option<i64>,
}

impl Entry {
    /// An effect on `key`.
    pub fn new(what: impl Into<String>, key: impl Into<String>) -> Self {
        Self { what: what.into(), key: key.into(), group: None, place: None }
    }

    /// The same effect, as the one at `place` of a group.
    #[must_use]
    pub fn in_group(self, group: impl Into<String>, place: i64) -> Self {
        Self { group: Some(group.into()), place: Some(place), ..self }
    }

    /// The same effect, which brings its key to a rank.
    #[must_use]
    pub fn rank(self, rank: i64) -> Self {
        Self { place: Some(rank), ..self }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.what, self.key)?;
        match (&self.group, self.place) {
            (Some(group), Some(place)) => write!(formatter, " ({place} of {group})"),
            (None, Some(rank)) => write!(formatter, " (rank {rank})"),
            _ => Ok(()),
        }
    }
}

/// The effects of a run, in order, to which whatever plays a bank, a warehouse or a mail server in a test adds: a
/// clone is the same journal.
///
/// ```
/// use aqueduct_testkit::explore::{Entry, Journal};
///
/// let journal = Journal::default();
/// let bank = journal.clone();
/// bank.record(Entry::new("charged", "ord_1"));
/// assert_eq!(journal.count("charged", "ord_1"), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Log<Entry>>);

impl Journal {
    pub(crate) fn new(time: Timepiece) -> Self {
        Self(Arc::new(Log::new(time)))
    }

    /// Adds an effect.
    pub fn record(&self, entry: Entry) {
        self.0.push(entry);
    }

    /// All effects, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.read(|entries| entries.cloned().collect())
    }

    /// How often something was done to a key.
    pub fn count(&self, what: &str, key: &str) -> usize {
        self.read(|entries| entries.filter(|entry| entry.what == what && entry.key == key).count())
    }

    /// The keys to which something was done.
    pub fn keys(&self, what: &str) -> BTreeSet<String> {
        self.read(|entries| entries.filter(|entry| entry.what == what).map(|entry| entry.key.clone()).collect())
    }

    /// Does something with all effects, in order.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&mut dyn Iterator<Item = &Entry>) -> R) -> R {
        self.0.read(|lines| read(&mut lines.iter().map(|(_, entry)| entry)))
    }

    /// The same with their times.
    pub(crate) fn log(&self) -> &Log<Entry> {
        &self.0
    }
}
