//! The names of a queue's message groups, each kept once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::slab::NONE;

/// The group of a message that names none.
pub(in crate::sqs) const NO_GROUP: u32 = NONE;

#[derive(Debug)]
struct Group {
    name: Arc<str>,
    /// Messages of the group in the queue.
    messages: usize,
}

/// Message groups by number. A number is free again when the last message of its group has left.
#[derive(Debug, Default)]
pub(super) struct Groups {
    numbers: BTreeMap<Arc<str>, u32>,
    named: Vec<Group>,
    free: Vec<u32>,
}

impl Groups {
    /// The name of a group.
    pub(super) fn name(&self, group: u32) -> Option<&Arc<str>> {
        self.named.get(group as usize).map(|group| &group.name)
    }

    /// A message of this group arrives: the group's number.
    pub(super) fn enter(&mut self, name: Option<&str>) -> u32 {
        let Some(name) = name else { return NO_GROUP };
        if let Some(number) = self.numbers.get(name) {
            self.named[*number as usize].messages += 1;
            return *number;
        }
        let name: Arc<str> = Arc::from(name);
        let group = Group { name: Arc::clone(&name), messages: 1 };
        let number = if let Some(number) = self.free.pop() {
            self.named[number as usize] = group;
            number
        } else {
            self.named.push(group);
            u32::try_from(self.named.len() - 1).unwrap_or(NO_GROUP)
        };
        self.numbers.insert(name, number);
        number
    }

    /// A message of this group leaves: whether it was the last one.
    pub(super) fn leave(&mut self, group: u32) -> bool {
        let Some(entry) = self.named.get_mut(group as usize) else { return false };
        entry.messages = entry.messages.saturating_sub(1);
        if entry.messages > 0 {
            return false;
        }
        self.numbers.remove(&entry.name);
        self.free.push(group);
        true
    }
}
