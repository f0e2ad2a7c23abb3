//! Whoever wants to know of items that change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

type Tell = Arc<dyn Fn(&Value) + Send + Sync>;

/// What is called for items that change, by table.
#[derive(Default)]
pub(super) struct Watch(Mutex<BTreeMap<String, Vec<Tell>>>);

impl Watch {
    pub(super) fn add(&self, table: &str, tell: impl Fn(&Value) + Send + Sync + 'static) {
        self.lock().entry(table.to_owned()).or_default().push(Arc::new(tell));
    }

    pub(super) fn watches(&self, table: &str) -> bool {
        self.lock().contains_key(table)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Tells of items that changed, each with its table.
    pub(super) fn tell(&self, changed: impl IntoIterator<Item = (String, Value)>) {
        for (table, item) in changed {
            // Whoever is told may make requests.
            let tells = self.lock().get(&table).cloned().unwrap_or_default();
            for tell in tells {
                tell(&item);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Tell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
