//! What is due when: the next of many schedules without a look at the others.

use std::collections::BTreeSet;

use crate::Timestamp;

/// Keys in the order of the times at which they are due.
#[derive(Debug)]
pub(super) struct Agenda<K> {
    entries: BTreeSet<(Timestamp, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { entries: BTreeSet::new() }
    }
}

impl<K: Ord + Clone> Agenda<K> {
    /// Moves `key` from when it was due to when it is due now; none stands for never.
    pub(super) fn shift(&mut self, key: &K, was: Option<Timestamp>, is: Option<Timestamp>) {
        if was == is {
            return;
        }
        if let Some(was) = was {
            self.entries.remove(&(was, key.clone()));
        }
        if let Some(is) = is {
            self.entries.insert((is, key.clone()));
        }
    }

    /// Takes out the first key that is due at `now`.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<K> {
        let (at, _) = self.entries.first()?;
        if *at > now {
            return None;
        }
        self.entries.pop_first().map(|(_, key)| key)
    }

    /// When the first key is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.entries.first().map(|(at, _)| *at)
    }

    /// How many keys are due at some time.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_in_the_order_of_their_times() {
        let at = Timestamp::from_millis;
        let mut agenda = Agenda::default();
        agenda.shift(&"late", None, Some(at(3)));
        agenda.shift(&"early", None, Some(at(2)));
        agenda.shift(&"never", Some(at(1)), None);
        agenda.shift(&"late", Some(at(3)), Some(at(1)));
        assert_eq!((agenda.next(), agenda.len()), (Some(at(1)), 2));
        assert_eq!(agenda.take_due(at(0)), None);
        assert_eq!(agenda.take_due(at(2)), Some("late"));
        assert_eq!(agenda.take_due(at(2)), Some("early"));
        assert_eq!(agenda.take_due(at(9)), None);
    }
}
