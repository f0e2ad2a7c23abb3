//! All queues of the account: which of them has something to do next, and who waits for their messages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::polls::Poll;
use super::queue::Queue;
use crate::{CallId, Change, Timestamp};

type Agenda = BTreeSet<(Timestamp, Arc<str>)>;

/// A queue, what the agenda says of it, and its long polls, oldest first.
#[derive(Debug)]
struct Entry {
    queue: Queue,
    /// When the agenda has it.
    wake: Option<Timestamp>,
    polls: VecDeque<Poll>,
    /// Whether it is among the changed ones.
    is_changed: bool,
}

/// Queues by name. No call costs more because there are other queues, or others that wait for them.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    entries: BTreeMap<Arc<str>, Entry>,
    /// When each queue has something to do.
    agenda: Agenda,
    /// Changed queues whose long polls may have an answer.
    stirred: Vec<Arc<str>>,
    /// Queues with something to write down, while somebody keeps it.
    changed: Vec<Arc<str>>,
    is_kept: bool,
    /// Long polls by call, and by their end.
    calls: BTreeMap<CallId, (Timestamp, Arc<str>)>,
    ends: BTreeSet<(Timestamp, CallId)>,
}

/// A queue to change. When it is let go of, the agenda follows.
pub(super) struct Changing<'a> {
    entry: &'a mut Entry,
    agenda: &'a mut Agenda,
    stirred: &'a mut Vec<Arc<str>>,
    changed: &'a mut Vec<Arc<str>>,
}

impl Deref for Changing<'_> {
    type Target = Queue;

    fn deref(&self) -> &Queue {
        &self.entry.queue
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Queue {
        &mut self.entry.queue
    }
}

impl fmt::Debug for Changing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.fmt(formatter)
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let Entry { queue, wake, polls, is_changed } = &mut *self.entry;
        let next = queue.next_wake();
        if *wake != next {
            if let Some(wake) = *wake {
                self.agenda.remove(&(wake, Arc::clone(&queue.name)));
            }
            if let Some(next) = next {
                self.agenda.insert((next, Arc::clone(&queue.name)));
            }
            *wake = next;
        }
        if !polls.is_empty() && queue.can_answer() {
            self.stirred.push(Arc::clone(&queue.name));
        }
        if !*is_changed && queue.has_changed() {
            *is_changed = true;
            self.changed.push(Arc::clone(&queue.name));
        }
    }
}

impl Shelf {
    /// How many queues there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A queue.
    pub(super) fn get(&self, name: &str) -> Option<&Queue> {
        self.entries.get(name).map(|entry| &entry.queue)
    }

    /// A queue to change.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<Changing<'_>> {
        let entry = self.entries.get_mut(name)?;
        let (agenda, stirred, changed) = (&mut self.agenda, &mut self.stirred, &mut self.changed);
        Some(Changing { entry, agenda, stirred, changed })
    }

    /// All queues, by name.
    pub(super) fn values(&self) -> impl Iterator<Item = &Queue> {
        self.entries.values().map(|entry| &entry.queue)
    }

    /// Queues whose name comes after `after`, or all.
    pub(super) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &Queue> {
        use std::ops::Bound::{Excluded, Unbounded};

        let start = after.map_or(Unbounded, Excluded);
        self.entries.range::<str, _>((start, Unbounded)).map(|(_, entry)| &entry.queue)
    }

    /// Puts a new queue in.
    pub(super) fn insert(&mut self, mut queue: Queue) {
        if self.is_kept {
            queue.keep();
        }
        self.shelve(queue);
    }

    /// Puts a queue in that is written down already.
    pub(super) fn put_back(&mut self, mut queue: Queue) {
        if self.is_kept {
            queue.keep_on();
        }
        self.shelve(queue);
    }

    /// Records changes from now on; what is there already counts as changed.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
        let names: Vec<Arc<str>> = self.entries.keys().cloned().collect();
        for name in names {
            if let Some(mut queue) = self.get_mut(&name) {
                queue.keep();
            }
        }
    }

    /// Appends the changes since the last call.
    pub(super) fn take_changes(&mut self, changes: &mut Vec<Change>) {
        for name in std::mem::take(&mut self.changed) {
            if let Some(entry) = self.entries.get_mut(&name) {
                entry.is_changed = false;
                entry.queue.take_changes(changes);
            }
        }
    }

    fn shelve(&mut self, queue: Queue) {
        let name = Arc::clone(&queue.name);
        self.entries.insert(Arc::clone(&name), Entry { queue, wake: None, polls: VecDeque::new(), is_changed: false });
        drop(self.get_mut(&name));
    }

    /// Takes a queue out, with the calls that wait for its messages.
    pub(super) fn remove(&mut self, name: &str) -> Option<(Queue, Vec<CallId>)> {
        let entry = self.entries.remove(name)?;
        if let Some(wake) = entry.wake {
            self.agenda.remove(&(wake, Arc::clone(&entry.queue.name)));
        }
        let calls: Vec<CallId> = entry.polls.into_iter().map(|poll| poll.call).collect();
        for call in &calls {
            self.answered(*call);
        }
        Some((entry.queue, calls))
    }

    /// The next queue that has something to do by `now`.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Changing<'_>> {
        let (_, name) = self.agenda.first().filter(|(at, _)| *at <= now)?;
        let name = Arc::clone(name);
        self.get_mut(&name)
    }

    /// When a queue or a long poll has something to do next.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let queue = self.agenda.first().map(|(at, _)| *at);
        queue.into_iter().chain(self.ends.first().map(|(at, _)| *at)).min()
    }

    /// Lets a long poll wait for a queue.
    pub(super) fn wait(&mut self, name: &str, end: Timestamp, poll: Poll) {
        let Some(entry) = self.entries.get_mut(name) else { return };
        self.calls.insert(poll.call, (end, Arc::clone(&entry.queue.name)));
        self.ends.insert((end, poll.call));
        entry.polls.push_back(poll);
    }

    /// The long polls of a queue, to serve them; who is not served goes back by [`Self::keep_waiting`].
    pub(super) fn take_polls(&mut self, name: &str) -> VecDeque<Poll> {
        self.entries.get_mut(name).map(|entry| std::mem::take(&mut entry.polls)).unwrap_or_default()
    }

    /// Long polls that were not served wait on.
    pub(super) fn keep_waiting(&mut self, name: &str, polls: VecDeque<Poll>) {
        if let Some(entry) = self.entries.get_mut(name) {
            entry.polls = polls;
        }
    }

    /// A long poll has its answer.
    pub(super) fn answered(&mut self, call: CallId) {
        if let Some((end, _)) = self.calls.remove(&call) {
            self.ends.remove(&(end, call));
        }
    }

    /// A long poll's caller hung up, or its time is over.
    pub(super) fn forget(&mut self, call: CallId) {
        if let Some((end, name)) = self.calls.remove(&call) {
            self.ends.remove(&(end, call));
            if let Some(entry) = self.entries.get_mut(&name) {
                entry.polls.retain(|poll| poll.call != call);
            }
        }
    }

    /// The next long poll whose time is over by `now`; it waits no more.
    pub(super) fn end_poll(&mut self, now: Timestamp) -> Option<CallId> {
        let (_, call) = self.ends.first().filter(|(end, _)| *end <= now).copied()?;
        self.forget(call);
        Some(call)
    }

    /// Changed queues whose long polls may have an answer.
    pub(super) fn take_stirred(&mut self) -> Vec<Arc<str>> {
        let mut stirred = std::mem::take(&mut self.stirred);
        stirred.dedup();
        stirred
    }
}
