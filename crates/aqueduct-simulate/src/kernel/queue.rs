//! Queues: messages arrive, wait, expire and are handed out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use aqueduct_services::sqs::limits::IN_FLIGHT_MAX;

use super::Kernel;
use super::agenda::{Kind, Micros, NEVER};
use super::ages::{Ages, BESIDE};
use super::gauge::{Age, Gauge};
use super::leave::Leave;
use super::line::Line;
use super::message::{Message, NONE, State};
use super::plan;
use super::tally::QueueTally;

/// A queue.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(super) struct Queue {
    pub(super) fifo: bool,
    pub(super) visibility: Micros,
    pub(super) retention: Micros,
    pub(super) delay: Micros,
    /// The dead-letter queue.
    pub(super) dead_letters: u32,
    /// How often it hands a message out.
    pub(super) receives_max: u32,
    pub(super) takes_dead_letters: bool,
    /// Whether its messages rest: no mapping reads them.
    pub(super) rests: bool,
    /// The share of its deliveries that comes once more, and the faults that let it, each with its own.
    duplicates: f64,
    duplicating: Vec<(usize, f64)>,
    pub(super) is_stirred: bool,
    pub(super) line: Line,
    pub(super) ages: Ages,
    /// Ends of delays, with the places and slots of the messages.
    pub(super) delayed: BinaryHeap<Reverse<(Micros, u64, u32)>>,
    /// When the agenda looks for expired messages.
    expiry: Micros,
    next_order: u64,
    /// Messages that wait or are in flight.
    pub(super) backlog: Gauge,
    pub(super) in_flight: Gauge,
    pub(super) oldest: Age,
    pub(super) tally: QueueTally,
}

impl Queue {
    pub(super) fn new(plan: &plan::Queue, every: Micros) -> Self {
        let (dead_letters, receives_max) = plan.redrive.unwrap_or((NONE, u32::MAX));
        Self {
            fifo: plan.fifo,
            visibility: plan.visibility,
            retention: plan.retention,
            delay: plan.delay,
            dead_letters,
            receives_max,
            takes_dead_letters: plan.takes_dead_letters,
            rests: plan.mappings.is_empty(),
            duplicates: 0.0,
            duplicating: Vec::new(),
            is_stirred: false,
            line: Line::new(plan.fifo),
            ages: Ages::default(),
            delayed: BinaryHeap::new(),
            expiry: NEVER,
            next_order: 0,
            backlog: Gauge::new(every),
            in_flight: Gauge::new(every),
            oldest: Age::new(every),
            tally: QueueTally::default(),
        }
    }

    pub(super) fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }

    /// A fault lets this share of deliveries come once more.
    pub(super) fn begin_duplicates(&mut self, fault: usize, share: f64) {
        self.duplicating.push((fault, share));
        self.duplicates = self.duplicating.iter().map(|(_, share)| share).sum();
    }

    /// The fault is over.
    pub(super) fn end_duplicates(&mut self, fault: usize) {
        self.duplicating.retain(|(active, _)| *active != fault);
        self.duplicates = self.duplicating.iter().map(|(_, share)| share).sum();
    }
}

impl Kernel<'_> {
    /// A new message arrives in a queue.
    pub(super) fn sent(&mut self, queue: u32, item: u32, group: u32, content: u8) {
        let message = Message { sent_at: self.now, item, group, content, source: u16::MAX, ..Message::default() };
        let delay = self.queues[queue as usize].delay;
        let slot = self.come(queue, message, delay);
        if delay == 0 && self.hand_over(queue, slot) {
            return;
        }
        self.wait(queue, slot, delay);
        if delay == 0 {
            self.poll(queue);
        }
    }

    /// A message enters a queue, which is not looked at yet.
    pub(super) fn enter(&mut self, number: u32, message: Message, delay: Micros) {
        let slot = self.come(number, message, delay);
        self.wait(number, slot, delay);
    }

    /// A message is in a queue from now on, and answers its slot. It has no place in the line yet.
    #[inline]
    fn come(&mut self, number: u32, mut message: Message, delay: Micros) -> u32 {
        let queue = &mut self.queues[number as usize];
        // A group that a standard queue's message has serves fairness alone; a FIFO queue's line counts on one.
        if queue.fifo && message.group == NONE {
            message.group = self.plan.groups;
        }
        message.order = queue.next_order();
        message.queue = u16::try_from(number).unwrap_or(u16::MAX);
        message.serial = self.next_serial;
        message.state = if delay == 0 { State::Ready } else { State::Delayed };
        self.next_serial = self.next_serial.wrapping_add(1);
        let slot = self.messages.insert(message);
        queue.ages.add(&mut self.messages, slot);
        queue.backlog.up(self.now);
        queue.tally.arrived += 1;
        if queue.takes_dead_letters {
            self.items[message.item].dead += 1;
        } else if queue.rests {
            self.items[message.item].handed_on += 1;
        }
        if !queue.rests {
            self.restless += 1;
        }
        if queue.backlog.level() == 1 || self.messages[slot].older == BESIDE {
            self.age(number);
        }
        slot
    }

    /// A message that has come waits in the line, or for the end of its delay.
    fn wait(&mut self, number: u32, slot: u32, delay: Micros) {
        let queue = &mut self.queues[number as usize];
        if delay == 0 {
            queue.line.add(&mut self.messages, slot);
        } else {
            let until = self.now + delay;
            queue.delayed.push(Reverse((until, self.messages[slot].order, slot)));
            self.agenda.add(until, Kind::Delay, number);
        }
    }

    /// Hands a message that has come to the mapping that would take it out of the line at once, and answers whether there is one:
    /// the only mapping of a queue in which no other message is ready.
    fn hand_over(&mut self, number: u32, slot: u32) -> bool {
        let [mapping] = self.plan.queues[number as usize].mappings[..] else { return false };
        let (queue, taker) = (&mut self.queues[number as usize], &mut self.mappings[mapping as usize]);
        let has_room = taker.held.len() < taker.batch_size && (queue.in_flight.level() as usize) < IN_FLIGHT_MAX;
        if !has_room || !taker.has_place(self.now) || !queue.line.pass(self.messages[slot].group, self.now) {
            return false;
        }
        self.hand_out(number, slot, mapping);
        self.took(mapping);
        true
    }

    /// The oldest message of a queue may be another one.
    pub(super) fn age(&mut self, number: u32) {
        let queue = &mut self.queues[number as usize];
        let first = queue.ages.first(&self.messages).map(|(since, _)| since);
        queue.oldest.set(self.now, first);
        let expiry = first.map_or(NEVER, |since| since.saturating_add(queue.retention));
        // Who reads a queue that no mapping reads is not known, nor when.
        let is_way_out = queue.rests && !queue.takes_dead_letters;
        if expiry < queue.expiry && !is_way_out {
            queue.expiry = expiry;
            self.agenda.add(expiry.max(self.now), Kind::Expiry, number);
        }
    }

    /// Messages whose retention ends are gone; none waits in vain for another to leave.
    pub(super) fn expire(&mut self, number: u32) {
        let queue = &mut self.queues[number as usize];
        if queue.expiry > self.now {
            return;
        }
        queue.expiry = NEVER;
        loop {
            let queue = &mut self.queues[number as usize];
            let Some((since, slot)) = queue.ages.first(&self.messages) else { break };
            if since + queue.retention > self.now {
                break;
            }
            let item = self.messages[slot].item;
            self.items[item].lost = true;
            self.leave(slot, Leave::Expired);
            self.close(item);
        }
        self.age(number);
    }

    /// Delayed messages become ready.
    pub(super) fn delay_ended(&mut self, number: u32) {
        let queue = &mut self.queues[number as usize];
        while let Some(Reverse((until, _, slot))) = queue.delayed.peek().copied()
            && until <= self.now
        {
            queue.delayed.pop();
            if self.messages[slot].state == State::Gone {
                self.messages.free(slot);
            } else {
                self.messages[slot].state = State::Ready;
                queue.line.add(&mut self.messages, slot);
            }
        }
        self.stir(number);
    }

    /// Hands up to `max` messages of a queue to a mapping, and answers how many; they are in flight then.
    pub(super) fn receive(&mut self, number: u32, max: usize, mapping: u32) -> usize {
        let mut received = 0;
        let mut taken = std::mem::take(&mut self.taken);
        while received < max {
            let queue = &mut self.queues[number as usize];
            let room = IN_FLIGHT_MAX.saturating_sub(queue.in_flight.level() as usize).min(max - received);
            if room == 0 || !queue.line.has_open() {
                break;
            }
            match &mut queue.line {
                Line::Standard(line) => {
                    let Some(slot) = line.take(&mut self.messages, self.now) else { break };
                    received += usize::from(self.hand_out(number, slot, mapping));
                }
                Line::Fifo(line) => {
                    line.take(&mut self.messages, room, &mut taken);
                    for slot in taken.drain(..) {
                        received += usize::from(self.hand_out(number, slot, mapping));
                    }
                }
            }
        }
        self.taken = taken;
        received
    }

    /// Hands a message to a mapping. One that was handed out often enough is given up on instead, which happens on the
    /// receive that would be one more.
    #[inline]
    fn hand_out(&mut self, number: u32, slot: u32, mapping: u32) -> bool {
        let queue = &mut self.queues[number as usize];
        queue.in_flight.up(self.now);
        let message = &mut self.messages[slot];
        message.state = State::InFlight;
        if u32::from(message.receives) >= queue.receives_max {
            self.bury(slot);
            return false;
        }
        message.receives = message.receives.saturating_add(1);
        if queue.duplicates > 0.0 {
            message.sticks = self.chance.happens(queue.duplicates);
            if message.sticks {
                queue.duplicating.iter().for_each(|(fault, _)| self.tally.struck[*fault] += 1);
            }
        }
        self.hold(mapping, number, slot);
        true
    }
}
