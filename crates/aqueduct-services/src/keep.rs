//! What a service keeps through the end of a process: records of tables, put and removed.
//!
//! A service that is told to keep its state records which entries change. The driver takes the changes with every batch
//! of effects and writes them to its store before it lets an answer out, so that whatever was acknowledged is in the
//! store. Records are JSON: a store written by an older version can be read by a newer one that adds fields with
//! defaults.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Timestamp;

/// A record that is new or other than before, or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The table, such as `sqs/queues`.
    pub table: &'static str,
    /// The record's key.
    pub key: Vec<u8>,
    /// What the record holds now; `None` when it is gone.
    pub value: Option<Vec<u8>>,
}

/// A record as a store gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The table, such as `sqs/queues`.
    pub table: String,
    /// The record's key.
    pub key: Vec<u8>,
    /// What it holds.
    pub value: Vec<u8>,
}

/// A record that is not what its table holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of the table {table} cannot be read: {reason}")]
pub struct Unreadable {
    /// The record's table.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl Unreadable {
    /// A record that `reason` keeps from being read.
    pub(crate) fn new(table: &str, reason: &impl ToString) -> Self {
        Self { table: table.to_owned(), reason: reason.to_string() }
    }
}

/// A service whose state can be kept.
pub(crate) trait Durable {
    /// Records changes from now on; what is there already counts as changed.
    fn keep(&mut self);

    /// Appends the changes since the last call.
    fn take_changes(&mut self, changes: &mut Vec<Change>);

    /// Takes one record back. Records come in no particular order, all before [`Self::resume`].
    fn restore(&mut self, record: &Record) -> Result<(), Unreadable>;

    /// All records are back and it is `now`: what was under way when the process ended is taken up again.
    fn resume(&mut self, now: Timestamp);
}

/// A map whose changes can be recorded.
///
/// Reads go to the map itself; only the methods of this type change entries, so that none changes unseen.
#[derive(Clone, Debug)]
pub(crate) struct Kept<K, V> {
    entries: BTreeMap<K, V>,
    /// Keys whose entries changed; `None` while nobody wants to know.
    changed: Option<BTreeSet<K>>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), changed: None }
    }
}

impl<K, V> std::ops::Deref for Kept<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<K: Ord + Clone, V> Kept<K, V> {
    /// Puts an entry; answers the one that it replaces.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.mark(&key);
        self.entries.insert(key, value)
    }

    /// Takes an entry out.
    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (key, value) = self.entries.remove_entry(key)?;
        self.mark(&key);
        Some(value)
    }

    /// An entry to change; it counts as changed.
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (known, _) = self.entries.get_key_value(key)?;
        if let Some(changed) = &mut self.changed {
            changed.insert(known.clone());
        }
        self.entries.get_mut(key)
    }

    /// Takes out every entry that `keep` does not want.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let gone: Vec<K> =
            self.entries.iter().filter(|(key, value)| !keep(key, value)).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    fn mark(&mut self, key: &K) {
        if let Some(changed) = &mut self.changed {
            changed.insert(key.clone());
        }
    }

    /// Records changes from now on; what is there already counts as changed.
    pub(crate) fn keep(&mut self) {
        self.changed = Some(self.entries.keys().cloned().collect());
    }
}

impl<K, V> Kept<K, V>
where
    K: Ord + Clone + Serialize + DeserializeOwned,
    V: Serialize + DeserializeOwned,
{
    /// Appends the changes since the last call, as records of `table`.
    pub(crate) fn take_changes(&mut self, table: &'static str, changes: &mut Vec<Change>) {
        for key in self.changed.as_mut().map(std::mem::take).unwrap_or_default() {
            let value = self.entries.get(&key).map(json);
            changes.push(Change { table, key: json(&key), value });
        }
    }

    /// Takes a record back; it does not count as changed.
    pub(crate) fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        let unreadable = |error: serde_json::Error| Unreadable::new(&record.table, &error);
        let key = serde_json::from_slice(&record.key).map_err(unreadable)?;
        let value = serde_json::from_slice(&record.value).map_err(unreadable)?;
        self.entries.insert(key, value);
        Ok(())
    }
}

/// A record's bytes.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    // Maps of these records have string keys and nothing fails to serialise, which are the two ways to fail.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(kept: &mut Kept<String, u32>) -> Vec<(String, Option<String>)> {
        let mut changes = Vec::new();
        kept.take_changes("t", &mut changes);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        changes.into_iter().map(|change| (text(change.key), change.value.map(text))).collect()
    }

    #[test]
    fn only_what_changes_is_recorded_and_only_when_asked() {
        let mut kept = Kept::default();
        kept.insert("a".to_owned(), 1);
        assert_eq!(changes(&mut kept), []);
        kept.keep();
        assert_eq!(changes(&mut kept), [(r#""a""#.to_owned(), Some("1".to_owned()))]);
        kept.insert("b".to_owned(), 2);
        *kept.get_mut("a").unwrap() = 3;
        kept.insert("c".to_owned(), 4);
        kept.remove("c");
        let expected = [(r#""a""#, Some("3")), (r#""b""#, Some("2")), (r#""c""#, None)];
        assert_eq!(changes(&mut kept), expected.map(|(key, value)| (key.to_owned(), value.map(str::to_owned))));
        assert_eq!(changes(&mut kept), []);
        kept.retain(|_, value| *value == 3);
        assert_eq!(changes(&mut kept), [(r#""b""#.to_owned(), None)]);
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let (mut kept, mut changes) = (Kept::default(), Vec::new());
        kept.keep();
        kept.insert(("queue".to_owned(), 7_u64), vec!["body".to_owned()]);
        kept.take_changes("sqs/messages", &mut changes);
        let mut restored: Kept<(String, u64), Vec<String>> = Kept::default();
        for change in changes {
            let record = Record { table: change.table.to_owned(), key: change.key, value: change.value.unwrap() };
            restored.restore(&record).unwrap();
        }
        assert_eq!(*restored, *kept);
        let record = Record { table: "sqs/messages".to_owned(), key: b"7".to_vec(), value: b"{}".to_vec() };
        let error = restored.restore(&record).unwrap_err().to_string();
        assert!(error.starts_with("a record of the table sqs/messages cannot be read: "), "{error}");
    }
}
