//! What became of messages.

use std::collections::{BTreeMap, BTreeSet};

/// What became of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// How often it had been received at each delivery to the function, by queue.
    pub(crate) received: BTreeMap<String, Vec<u32>>,
    /// The queues that it lies in at the end, with its receive count when it is taken out of them.
    pub(crate) lies_in: BTreeMap<String, u32>,
}

/// What became of all messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// By subject; a message that nobody saw and no queue has is not here.
    pub(crate) fates: BTreeMap<String, Fate>,
    /// The deliveries of the FIFO queue: whose, and the how many.
    pub(crate) in_order: Vec<(String, u32)>,
}

impl Ends {
    /// What became of a message.
    pub(crate) fn of(&self, subject: &str) -> Fate {
        self.fates.get(subject).cloned().unwrap_or_default()
    }

    /// How many deliveries were seen.
    pub(crate) fn deliveries(&self) -> usize {
        self.fates.values().flat_map(|fate| fate.received.values()).map(Vec::len).sum()
    }

    /// How many messages lie in a queue.
    pub(crate) fn lying_in(&self, queue: &str) -> usize {
        self.fates.values().filter(|fate| fate.lies_in.contains_key(queue)).count()
    }

    /// What others say otherwise, for people.
    pub(crate) fn differences(&self, others: &Self) -> String {
        let subjects: BTreeSet<&String> = self.fates.keys().chain(others.fates.keys()).collect();
        let different = subjects.into_iter().filter(|subject| self.of(subject) != others.of(subject));
        let mut lines: Vec<String> = different
            .map(|subject| format!("{subject}: expected {:?}\n    and saw {:?}", self.of(subject), others.of(subject)))
            .collect();
        if self.in_order != others.in_order {
            lines.push(format!("in order: expected {:?}\n    and saw {:?}", self.in_order, others.in_order));
        }
        lines.join("\n")
    }
}
