//! One queue: messages wait, are hidden while a consumer has them, come back, and leave.

mod ages;
mod attempts;
mod fair;
mod fifo;
mod groups;
mod journal;
mod lane;
mod line;
mod receive;
mod restore;
mod send;
mod slab;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aqueduct_topology::Arn;

use self::ages::Ages;
use self::attempts::Attempts;
use self::groups::Groups;
use self::journal::Journal;
use self::line::Line;
pub(super) use self::receive::{Take, Taken};
pub(super) use self::send::Submission;
use self::slab::Slab;
use super::deduplication::Deduplication;
use super::liberty::Liberties;
use super::limits::{IN_FLIGHT_MAX, RECEIVES_BEFORE_BACK};
use super::message::{Message, Parcel, State};
use super::settings::Settings;
use crate::{Notes, Timestamp, What};

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: Arc<str>,
    pub(super) arn: Arc<Arn>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) purged: Option<Timestamp>,
    /// Tells this queue's receipt handles from those of others.
    salt: u64,
    messages: Slab,
    groups: Groups,
    line: Line,
    /// Ends of delay and of visibility; what ends at the same time comes back in the order of the queue.
    due: BTreeSet<(Timestamp, u64, u32)>,
    ages: Ages,
    deduplication: Deduplication,
    attempts: Attempts,
    next_serial: u64,
    next_order: u64,
    /// Serial numbers and places below this one count as given, also for a process that follows.
    reserved: u64,
    /// Where messages are that another process had at other slots, by serial number: handles name the old ones.
    moved: BTreeMap<u64, u32>,
    /// What it does with messages now and then, if it is a standard queue.
    pub(super) liberties: Option<Liberties>,
    /// What changed, while somebody keeps it.
    journal: Option<Box<Journal>>,
    delayed: usize,
    in_flight: usize,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(now: Timestamp, arn: Arn, settings: Settings, salt: u64) -> Self {
        Self {
            name: arn.name().into(),
            line: Line::new(settings.fifo),
            arn: Arc::new(arn),
            created: now,
            modified: now,
            settings,
            tags: BTreeMap::new(),
            purged: None,
            salt,
            messages: Slab::default(),
            groups: Groups::default(),
            due: BTreeSet::new(),
            ages: Ages::default(),
            deduplication: Deduplication::default(),
            attempts: Attempts::default(),
            next_serial: 0,
            next_order: 0,
            reserved: 0,
            moved: BTreeMap::new(),
            liberties: None,
            journal: None,
            delayed: 0,
            in_flight: 0,
        }
    }

    /// How many messages wait to be received.
    pub(super) fn visible(&self) -> usize {
        self.messages.len() - self.delayed - self.in_flight
    }

    /// How many messages are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many messages are delayed.
    pub(super) fn delayed(&self) -> usize {
        self.delayed
    }

    /// The bodies of all messages.
    #[cfg(test)]
    pub(super) fn bodies(&self) -> impl Iterator<Item = String> {
        let mut messages: Vec<&Message> = self.messages.iter().map(|(_, message)| message).collect();
        messages.sort_by_key(|message| message.serial);
        messages.into_iter().map(|message| message.body.to_string())
    }

    /// Whether there is no message at all.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.len() == 0
    }

    /// Whether a receive would find a message.
    pub(super) fn has_open(&self) -> bool {
        self.line.has_open()
    }

    /// Whether a receive would find a message and may take it.
    pub(super) fn can_answer(&self) -> bool {
        self.has_open() && self.in_flight < IN_FLIGHT_MAX
    }

    /// When [`Self::advance`] has something to do next.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let due = self.due.first().map(|(at, ..)| *at);
        let expiry = self.ages.first(&self.messages).map(|(since, _)| since + self.settings.retention);
        due.into_iter().chain(expiry).min()
    }

    /// Lets retention, delay and visibility end that end by `now`.
    pub(super) fn advance(&mut self, now: Timestamp, notes: &mut Notes) {
        while let Some((since, slot)) = self.ages.first(&self.messages)
            && since + self.settings.retention <= now
            && let Some(parcel) = self.remove(now, slot)
        {
            notes.add(|| parcel.message.note(now, &self.name, What::Expired));
        }
        while let Some(&(at, _, slot)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            self.surface(now, slot, notes);
        }
    }

    /// Makes a delayed or hidden message ready.
    fn surface(&mut self, now: Timestamp, slot: u32, notes: &mut Notes) {
        let Some(message) = self.messages.get_mut(slot) else { return };
        match message.state {
            State::Ready => return,
            State::Delayed { .. } => self.delayed -= 1,
            State::InFlight { .. } => {
                self.in_flight -= 1;
                notes.add(|| message.note(now, &self.name, What::Returned));
                self.line.release(&self.messages, slot, now);
            }
        }
        let Some(message) = self.messages.get_mut(slot) else { return };
        let is_poison = !self.settings.fifo && message.receive_count >= RECEIVES_BEFORE_BACK;
        if is_poison && matches!(message.state, State::InFlight { .. }) {
            message.order = self.next_order;
            self.next_order += 1;
        }
        message.state = State::Ready;
        let serial = message.serial;
        self.line.add(&mut self.messages, slot);
        self.mark_state(serial, slot);
    }

    /// Puts a message in at the end, whose state says whether it is delayed.
    fn insert(&mut self, mut parcel: Parcel) {
        parcel.message.order = self.next_order;
        self.next_order += 1;
        self.put_back(parcel);
    }

    /// Puts a message in at the place that it has already.
    pub(super) fn put_back(&mut self, parcel: Parcel) {
        let mut message = parcel.message;
        message.serial = self.next_serial;
        self.next_serial += 1;
        let serial = message.serial;
        let slot = self.place(message, parcel.group.as_deref());
        self.mark_message(serial, slot);
    }

    /// Puts a message where its state says, and answers its slot.
    fn place(&mut self, mut message: Message, group: Option<&str>) -> u32 {
        // A FIFO queue's line counts on groups.
        let group = if self.settings.fifo { Some(group.unwrap_or_default()) } else { group };
        message.group = self.groups.enter(group);
        let (state, order) = (message.state, message.order);
        let slot = self.messages.insert(message);
        self.ages.add(&mut self.messages, slot);
        match state {
            State::Delayed { until } => {
                self.delayed += 1;
                self.due.insert((until, order, slot));
            }
            State::Ready => self.line.add(&mut self.messages, slot),
            State::InFlight { since, until } => {
                self.in_flight += 1;
                self.due.insert((until, order, slot));
                self.line.hold(&self.messages, slot, since);
            }
        }
        slot
    }

    /// Takes a message out, whatever its state.
    fn remove(&mut self, now: Timestamp, slot: u32) -> Option<Parcel> {
        let Message { state, order, .. } = *self.messages.get(slot)?;
        match state {
            State::Ready => self.line.withdraw(&mut self.messages, slot),
            State::Delayed { until } => {
                self.delayed -= 1;
                self.due.remove(&(until, order, slot));
            }
            State::InFlight { until, .. } => {
                self.in_flight -= 1;
                self.due.remove(&(until, order, slot));
                self.line.release(&self.messages, slot, now);
            }
        }
        self.ages.remove(&mut self.messages, slot);
        let message = self.messages.remove(slot)?;
        self.mark_message(message.serial, slot);
        if !self.moved.is_empty() {
            self.moved.remove(&message.serial);
        }
        let group = self.groups.name(message.group).cloned();
        if self.groups.leave(message.group) {
            self.line.forget(message.group);
        }
        Some(Parcel { message, group })
    }

    /// Takes out the next message that a receive would give, without receiving it.
    pub(super) fn lift(&mut self, now: Timestamp) -> Option<Parcel> {
        let mut taken = Vec::with_capacity(1);
        self.line.take(&mut self.messages, now, 1, &mut taken);
        let slot = *taken.first()?;
        // The line counts what it gave as in flight, from where `remove` takes it out.
        self.messages.get_mut(slot)?.state = State::InFlight { since: now, until: now };
        self.in_flight += 1;
        let mut parcel = self.remove(now, slot)?;
        parcel.message.state = State::Ready;
        Some(parcel)
    }

    /// Takes a message that its source queue gives up on.
    ///
    /// Its id and receive count stay. Its age stays on a standard queue and starts anew on a FIFO queue, where its id
    /// takes the place of its deduplication id.
    /// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>,
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
    pub(super) fn bury(&mut self, now: Timestamp, mut parcel: Parcel, source: &Arc<Arn>) {
        let message = &mut parcel.message;
        if self.settings.fifo {
            message.sent_at = now;
            message.deduplication_id = message.id.into();
        }
        message.rare_mut().dead_letter_source = Some(Arc::clone(source));
        message.state = State::Ready;
        self.insert(parcel);
    }

    /// Changes the settings. A FIFO queue's new delay also counts for messages that wait already.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html>
    pub(super) fn set(&mut self, now: Timestamp, settings: Settings) {
        let is_new_delay = settings.fifo && settings.delay != self.settings.delay;
        self.settings = settings;
        self.modified = now;
        self.mark();
        if is_new_delay {
            self.delay_anew();
        }
    }

    fn delay_anew(&mut self) {
        let delay = self.settings.delay;
        let slots: Vec<u32> = self.messages.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            let Some(message) = self.messages.get_mut(slot) else { continue };
            if let State::Delayed { until } = message.state {
                let later = message.sent_at + delay;
                message.state = State::Delayed { until: later };
                self.due.remove(&(until, message.order, slot));
                self.due.insert((later, message.order, slot));
                let serial = message.serial;
                self.mark_state(serial, slot);
            }
        }
    }

    /// Empties the queue. It forgets deduplication ids too: recorded by LocalStack's AWS-validated test
    /// `test_purge_queue_clears_fifo_deduplication_cache`.
    pub(super) fn clear(&mut self, now: Timestamp, reason: &str, notes: &mut Notes) {
        let messages = std::mem::take(&mut self.messages);
        for (slot, message) in messages.iter() {
            notes.add_trouble(|| message.loss(now, &self.name, reason));
            self.mark_message(message.serial, slot);
        }
        let (deduplication, attempts) = (std::mem::take(&mut self.deduplication), std::mem::take(&mut self.attempts));
        deduplication.keys().for_each(|key| self.mark_first(key));
        attempts.iter().for_each(|(id, ..)| self.mark_attempt(id));
        self.moved.clear();
        self.groups = Groups::default();
        self.line = Line::new(self.settings.fifo);
        self.ages = Ages::default();
        self.due.clear();
        (self.delayed, self.in_flight) = (0, 0);
    }
}
