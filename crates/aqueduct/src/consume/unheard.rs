//! Rejections that their dead-letter queue has, and who watches does not know of yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aqueduct_message::Delivery;

use super::Reason;

/// How many are remembered. One that is not is tried again, and if need be sent to its dead-letter queue again.
const KEPT_MAX: usize = 1_000;

/// What this execution environment knows of such messages by id, so that their next receive tells of them and does no more. In
/// another environment they are tried again, as any duplicate may be.
#[derive(Debug, Default)]
pub(super) struct Unheard(Mutex<BTreeMap<String, Reason>>);

impl Unheard {
    pub(super) fn has(&self, delivery: &Delivery<'_>) -> bool {
        self.lock().contains_key(&*delivery.id)
    }

    /// Why a message was rejected that its dead-letter queue has, and that comes again.
    pub(super) fn reason(&self, delivery: &Delivery<'_>) -> Option<Reason> {
        if delivery.receive_count < 2 {
            return None;
        }
        self.lock().get(&*delivery.id).cloned()
    }

    pub(super) fn keep(&self, delivery: &Delivery<'_>, reason: &Reason) {
        let mut kept = self.lock();
        if kept.len() < KEPT_MAX {
            kept.insert(delivery.id.clone().into_owned(), reason.clone());
        }
    }

    pub(super) fn forget(&self, delivery: &Delivery<'_>) {
        self.lock().remove(&*delivery.id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Reason>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
