//! What becomes of the records of an invocation. It is decided when the invocation begins.

use super::Kernel;
use super::agenda::Micros;
use super::chance::fixed;
use super::function::{Bucket, Faults, Function, sample};
use super::outcome::Outcome;
use super::plan::{Behaviour, FunctionFault};
use crate::Cause;

impl Behaviour {
    /// Whether a function puts a record that fails so into the dead-letter queue.
    fn gives_up(&self, cause: Cause, receives: u16) -> bool {
        match cause {
            Cause::Poison if self.rejects_poison => true,
            Cause::Poison | Cause::Outage | Cause::Dependency | Cause::Failure => {
                self.attempts.is_some_and(|attempts| u32::from(receives) >= attempts)
            }
            _ => false,
        }
    }
}

impl Function {
    /// Whether nothing lets a record fail now.
    fn succeeds(&self, behaviour: &Behaviour) -> bool {
        self.faults.is_none() && behaviour.poison <= 0.0 && behaviour.failing <= 0.0
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
        // Then all there is to decide is how long they take.
        let succeeds = self.functions[function as usize].succeeds(behaviour);
        for entry in &mut held {
            if stopped || time > timeout || fifo && blocked.contains(&self.messages[entry.slot].group) {
                entry.outcome = Outcome::Failed(Cause::Neighbour);
                continue;
            }
            let cause = if succeeds {
                self.functions[function as usize].tally.tried += 1;
                None
            } else {
                self.judge(function, behaviour, self.messages[entry.slot].item)
            };
            if !behaviour.per_batch {
                time += self.time_of(function, behaviour, cause);
            }
            entry.outcome = match cause {
                None => Outcome::Done,
                Some(cause) if can_reject && behaviour.gives_up(cause, entry.receives) => {
                    self.messages[entry.slot].fate = cause;
                    Outcome::Rejected
                }
                Some(cause) => Outcome::Failed(cause),
            };
            if time > timeout {
                entry.outcome = Outcome::Failed(Cause::TimedOut);
            } else if matches!(entry.outcome, Outcome::Failed(_)) {
                if !partial {
                    (failed, stopped) = (Some(Cause::Neighbour), true);
                } else if fifo {
                    blocked.push(self.messages[entry.slot].group);
                }
            }
        }
        if time > timeout {
            time = timeout;
            failed = Some(Cause::TimedOut);
            held.iter_mut()
                .filter(|entry| entry.outcome != Outcome::Done)
                .for_each(|entry| entry.outcome = Outcome::Failed(Cause::TimedOut));
            self.functions[function as usize].tally.timeouts += 1;
        } else if failed.is_none() && self.crashes(function) {
            failed = Some(Cause::Crash);
        }
        let records = held.len() as u64;
        let bad = held.iter().filter(|entry| matches!(entry.outcome, Outcome::Failed(_))).count() as u64;
        self.tally.deliveries += records;
        let tally = &mut self.functions[function as usize].tally;
        tally.records += records;
        tally.failed += if failed.is_some() { records } else { bad };
        let batch = &mut self.batches[number];
        (batch.held, batch.failed) = (held, failed);
        time
    }

    /// Starts an event's invocation, and answers why it fails, if it does, and how long it takes.
    pub(super) fn judge_event(&mut self, function: u32, item: u32) -> (Option<Cause>, Micros) {
        let mut time = self.occupy(function);
        let behaviour = &self.plan.functions[function as usize].behaviour;
        let mut failed = self.judge(function, behaviour, item);
        time += self.time_of(function, behaviour, failed);
        let timeout = self.functions[function as usize].timeout;
        if time > timeout {
            (failed, time) = (Some(Cause::TimedOut), timeout);
            self.functions[function as usize].tally.timeouts += 1;
        } else if failed.is_none() && self.crashes(function) {
            failed = Some(Cause::Crash);
        }
        self.tally.deliveries += 1;
        let tally = &mut self.functions[function as usize].tally;
        tally.records += 1;
        tally.failed += u64::from(failed.is_some());
        (failed, time)
    }

    fn crashes(&mut self, function: u32) -> bool {
        let function = &mut self.functions[function as usize];
        let crashes = function.chance.happens(function.faults.crash);
        if crashes {
            function.faults.strike(&mut self.tally.struck, |fault| matches!(fault, FunctionFault::Crash(_)));
        }
        crashes
    }

    /// Why a record fails, if it does.
    fn judge(&mut self, number: u32, behaviour: &Behaviour, item: u32) -> Option<Cause> {
        let function = &mut self.functions[number as usize];
        function.tally.tried += 1;
        if function.faults.outage.is_some() {
            function.faults.strike(&mut self.tally.struck, |fault| matches!(fault, FunctionFault::Outage(_)));
            return Some(Cause::Outage);
        }
        if (behaviour.poison > 0.0 || !function.faults.poison.is_empty()) && self.is_poison(number, behaviour, item) {
            return Some(Cause::Poison);
        }
        let function = &mut self.functions[number as usize];
        if let Some(bucket) = &mut function.faults.bucket
            && !Bucket::serves(bucket, self.now)
        {
            function.faults.strike(&mut self.tally.struck, |fault| matches!(fault, FunctionFault::Capacity(_)));
            return Some(Cause::Dependency);
        }
        function.chance.happens(behaviour.failing).then_some(Cause::Failure)
    }

    /// Whether an item is poison for a function, which it is always or never.
    fn is_poison(&mut self, number: u32, behaviour: &Behaviour, item: u32) -> bool {
        let item = &self.items[item];
        let Faults { poison, .. } = &self.functions[number as usize].faults;
        let draw = |purpose: u64| fixed(self.seed, u64::from(item.number), purpose << 32 | u64::from(number));
        if behaviour.poison > 0.0 && draw(0) < behaviour.poison {
            return true;
        }
        let by_fault = (1..).zip(poison).find(|(purpose, poison)| {
            poison.from <= item.arrived && item.arrived < poison.until && draw(*purpose) < poison.share
        });
        let Some((_, poison)) = by_fault else { return false };
        self.tally.struck[poison.fault] += 1;
        true
    }

    /// How long a record takes that fails so, if it does. One that the dependency does not serve fails at once.
    fn time_of(&mut self, function: u32, behaviour: &Behaviour, failed: Option<Cause>) -> Micros {
        if failed == Some(Cause::Dependency) { 0 } else { self.time(function, behaviour) }
    }

    fn time(&mut self, number: u32, behaviour: &Behaviour) -> Micros {
        let function = &mut self.functions[number as usize];
        if let Some(fails_after) = function.faults.outage {
            return fails_after;
        }
        let factor = function.faults.factor;
        if factor.total_cmp(&1.0).is_ne() {
            function.faults.strike(&mut self.tally.struck, |fault| matches!(fault, FunctionFault::SlowDown(_)));
        }
        sample(&behaviour.takes, factor, &mut function.chance)
    }
}
