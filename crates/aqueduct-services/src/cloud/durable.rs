//! What the cloud keeps through the end of a process.

use super::Cloud;
use crate::keep::Durable;
use crate::{Change, Record, Timestamp, Unreadable};

impl Cloud {
    /// Records changes from now on, for [`Self::take_changes`]; what is there already counts as changed.
    pub fn keep(&mut self) {
        for (_, service) in self.services() {
            service.keep();
        }
    }

    /// The changes since the last call. Whoever keeps them writes them before the effects of the same time are carried
    /// out, so that whatever was acknowledged is kept.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (_, service) in self.services() {
            service.take_changes(&mut changes);
        }
        changes
    }

    /// Takes a record of an earlier process back. Records come in any order, to a cloud that has nothing yet, and all
    /// before [`Self::resume`].
    pub fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        let owner = record.table.split('/').next().unwrap_or_default();
        let mut services = self.services().into_iter();
        match services.find(|(name, _)| *name == owner) {
            Some((_, service)) => service.restore(record),
            None => Err(Unreadable::new(&record.table, &"no service has such a table")),
        }
    }

    /// All records are back and it is `now`: what was under way is taken up again.
    pub fn resume(&mut self, now: Timestamp) {
        for (_, service) in self.services() {
            service.resume(now);
        }
        self.tick(now);
    }

    /// The services, by what the names of their tables start with.
    fn services(&mut self) -> Vec<(&'static str, &mut dyn Durable)> {
        vec![("sqs", &mut self.sqs), ("sns", &mut self.sns), ("events", &mut self.events)]
    }
}
