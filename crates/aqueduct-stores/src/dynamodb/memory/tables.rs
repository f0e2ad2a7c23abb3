//! All tables, and what changes in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Beyond;
use super::table::{Change, Table};
use super::value::Item;

/// Tables by name, and what changed in them.
#[derive(Debug, Default)]
pub(super) struct Tables {
    by_name: BTreeMap<String, Table>,
    /// The items that changed since they were taken, each with its table.
    changed: Vec<(String, Arc<Item>)>,
}

impl Tables {
    pub(super) fn get(&self, name: &str) -> Result<&Table, Beyond> {
        self.by_name.get(name).ok_or(Beyond)
    }

    pub(super) fn insert(&mut self, name: String, table: Table) {
        self.by_name.insert(name, table);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Table)> {
        self.by_name.iter()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Table> {
        self.by_name.values_mut()
    }

    /// Makes a change in a table that is there.
    pub(super) fn commit(&mut self, name: &str, change: Change) {
        let Some(table) = self.by_name.get_mut(name) else { return };
        let after = change.item().cloned();
        let before = table.commit(change);
        if let Some(after) = after.filter(|after| before.as_ref() != Some(after)) {
            self.changed.push((name.to_owned(), after));
        }
    }

    pub(super) fn take_changed(&mut self) -> Vec<(String, Arc<Item>)> {
        std::mem::take(&mut self.changed)
    }
}
