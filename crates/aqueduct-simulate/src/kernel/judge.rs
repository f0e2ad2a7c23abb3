//! What becomes of the records of an invocation. It is decided when the invocation begins.

use super::Kernel;
use super::agenda::Micros;
use super::chance::fixed;
use super::function::{Bucket, Faults, sample};
use super::outcome::Outcome;
use super::plan::Behaviour;

impl Behaviour {
    /// Whether a function puts a record with which it goes so into the dead-letter queue.
    fn gives_up(&self, outcome: Outcome, receives: u16) -> bool {
        match outcome {
            Outcome::Poison if self.rejects_poison => true,
            Outcome::Poison | Outcome::Outage | Outcome::Dependency | Outcome::Failure => {
                self.attempts.is_some_and(|attempts| u32::from(receives) >= attempts)
            }
            _ => false,
        }
    }
}

impl Kernel<'_> {
    /// Starts a batch's invocation, decides what becomes of each record, and answers how long it takes.
    pub(super) fn judge_batch(&mut self, number: u32, function: u32) -> Micros {
        let mut time = self.occupy(function);
        let plan = self.plan;
        let behaviour = &plan.functions[function as usize].behaviour;
        let mut held = std::mem::take(&mut self.batches[number].held);
        let mapping = &self.mappings[self.batches[number].mapping as usize];
        let (partial, fifo) = (mapping.partial, mapping.fifo);
        let can_reject = plan.queues[mapping.queue as usize].redrive.is_some();
        if behaviour.per_batch {
            time += self.time(function, behaviour);
        }
        let timeout = self.functions[function as usize].timeout;
        let (mut failed, mut stopped) = (None, false);
        let mut blocked: Vec<u32> = Vec::new();
        for entry in &mut held {
            let message = self.messages[entry.slot];
            if stopped || time > timeout || fifo && blocked.contains(&message.group) {
                entry.outcome = Outcome::Neighbour;
                continue;
            }
            let mut outcome = self.judge(function, behaviour, message.item);
            if !behaviour.per_batch {
                time += self.time_of(function, behaviour, outcome);
            }
            if can_reject && behaviour.gives_up(outcome, entry.receives) {
                self.messages[entry.slot].fate = outcome;
                outcome = Outcome::Rejected;
            }
            entry.outcome = outcome;
            if time > timeout {
                entry.outcome = Outcome::TimedOut;
            } else if !matches!(outcome, Outcome::Done | Outcome::Rejected) {
                if !partial {
                    (failed, stopped) = (Some(Outcome::Neighbour), true);
                } else if fifo {
                    blocked.push(message.group);
                }
            }
        }
        if time > timeout {
            time = timeout;
            failed = Some(Outcome::TimedOut);
            held.iter_mut()
                .filter(|entry| entry.outcome != Outcome::Done)
                .for_each(|entry| entry.outcome = Outcome::TimedOut);
            self.functions[function as usize].tally.timeouts += 1;
        } else if failed.is_none() && self.crashes(function) {
            failed = Some(Outcome::Crash);
        }
        let records = held.len() as u64;
        let good = |outcome: Outcome| matches!(outcome, Outcome::Done | Outcome::Rejected);
        let bad = held.iter().filter(|entry| !good(entry.outcome)).count() as u64;
        self.tally.deliveries += records;
        let tally = &mut self.functions[function as usize].tally;
        tally.records += records;
        tally.failed += if failed.is_some() { records } else { bad };
        let batch = &mut self.batches[number];
        (batch.held, batch.failed) = (held, failed);
        time
    }

    /// Starts an event's invocation, and answers what becomes of it and how long it takes.
    pub(super) fn judge_event(&mut self, function: u32, item: u32) -> (Outcome, Micros) {
        let mut time = self.occupy(function);
        let behaviour = &self.plan.functions[function as usize].behaviour;
        let mut outcome = self.judge(function, behaviour, item);
        time += self.time_of(function, behaviour, outcome);
        let timeout = self.functions[function as usize].timeout;
        if time > timeout {
            (outcome, time) = (Outcome::TimedOut, timeout);
            self.functions[function as usize].tally.timeouts += 1;
        } else if outcome == Outcome::Done && self.crashes(function) {
            outcome = Outcome::Crash;
        }
        self.tally.deliveries += 1;
        let tally = &mut self.functions[function as usize].tally;
        tally.records += 1;
        tally.failed += u64::from(outcome != Outcome::Done);
        (outcome, time)
    }

    fn crashes(&mut self, function: u32) -> bool {
        let function = &mut self.functions[function as usize];
        function.chance.happens(function.faults.crash)
    }

    /// What becomes of one record.
    fn judge(&mut self, number: u32, behaviour: &Behaviour, item: u32) -> Outcome {
        let function = &mut self.functions[number as usize];
        function.tally.tried += 1;
        if function.faults.outage.is_some() {
            return Outcome::Outage;
        }
        if (behaviour.poison > 0.0 || !function.faults.poison.is_empty()) && self.is_poison(number, behaviour, item) {
            return Outcome::Poison;
        }
        let function = &mut self.functions[number as usize];
        if let Some(bucket) = &mut function.faults.bucket
            && !Bucket::serves(bucket, self.now)
        {
            return Outcome::Dependency;
        }
        if function.chance.happens(behaviour.failing) { Outcome::Failure } else { Outcome::Done }
    }

    /// Whether an item is poison for a function, which it is always or never.
    fn is_poison(&self, number: u32, behaviour: &Behaviour, item: u32) -> bool {
        let item = &self.items[item];
        let Faults { poison, .. } = &self.functions[number as usize].faults;
        let draw = |purpose: u64| fixed(self.seed, u64::from(item.number), purpose << 32 | u64::from(number));
        behaviour.poison > 0.0 && draw(0) < behaviour.poison
            || (1..).zip(poison).any(|(purpose, (from, until, share))| {
                *from <= item.arrived && item.arrived < *until && draw(purpose) < *share
            })
    }

    /// How long a record takes with which it goes so. One that the dependency does not serve fails at once.
    fn time_of(&mut self, function: u32, behaviour: &Behaviour, outcome: Outcome) -> Micros {
        if outcome == Outcome::Dependency { 0 } else { self.time(function, behaviour) }
    }

    fn time(&mut self, number: u32, behaviour: &Behaviour) -> Micros {
        let function = &mut self.functions[number as usize];
        match function.faults.outage {
            Some(fails_after) => fails_after,
            None => sample(&behaviour.takes, function.faults.factor, &mut function.chance),
        }
    }
}
