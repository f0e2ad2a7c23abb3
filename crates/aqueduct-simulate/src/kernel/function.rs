//! Functions: their concurrency, their execution environments, and how long they take.

use std::collections::VecDeque;
use std::time::Duration;

use super::Kernel;
use super::agenda::Micros;
use super::chance::Chance;
use super::exp::exp;
use super::gauge::Gauge;
use super::plan::{self, Call, FunctionFault, Plan, ServiceTime};
use super::tally::FunctionTally;
use crate::Jitter;

/// How long an execution environment is kept after its last invocation. AWS keeps one for "some time"; this is ours.
pub(super) const KEPT_FOR: Duration = Duration::from_mins(10);

/// The same in microseconds.
const KEPT: Micros = KEPT_FOR.as_secs() * 1_000_000;

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) timeout: Micros,
    pub(super) memory_mb: u32,
    pub(super) reserved: Option<u32>,
    pub(super) running: Gauge,
    /// Execution environments without work: since when, the one that worked last at the end.
    warm: VecDeque<Micros>,
    pub(super) chance: Chance,
    pub(super) faults: Faults,
    /// The goals that count on it: their number, whose items, within what.
    pub(super) goals: Vec<(usize, u16, Micros)>,
    /// What bounds its concurrency beside the account: its mapping's maximum, or its reservation.
    pub(super) bound: Option<u32>,
    pub(super) tally: FunctionTally,
}

/// What goes wrong with a function now.
#[derive(Debug, Default)]
pub(super) struct Faults {
    active: Vec<(usize, FunctionFault)>,
    /// How long a record takes to fail while the function is down.
    pub(super) outage: Option<Micros>,
    pub(super) factor: f64,
    /// Executions at once.
    pub(super) limit: u32,
    pub(super) crash: f64,
    pub(super) bucket: Option<Bucket>,
    /// The shares of what arrives that are poison from now on, and those of before.
    pub(super) poison: Vec<Poison>,
}

/// A share of what arrives is poison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Poison {
    pub(super) fault: usize,
    pub(super) from: Micros,
    pub(super) until: Micros,
    pub(super) share: f64,
}

/// What a dependency serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Records in a microsecond.
    rate: f64,
    holds: f64,
    tokens: f64,
    at: Micros,
}

/// Concurrency that no function has reserved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) running: u32,
    pub(super) max: u32,
}

impl Function {
    pub(super) fn new(plan: &plan::Function, number: u64, seed: u64, every: Micros) -> Self {
        Self {
            timeout: plan.timeout,
            memory_mb: plan.memory_mb,
            reserved: plan.reserved,
            running: Gauge::new(every),
            warm: VecDeque::new(),
            chance: Chance::new(seed, 4 << 32 | number),
            faults: Faults { factor: 1.0, limit: u32::MAX, ..Faults::default() },
            goals: Vec::new(),
            bound: None,
            tally: FunctionTally::default(),
        }
    }
}

impl Faults {
    /// Whether nothing goes wrong, and nothing that arrived is poison.
    pub(super) const fn is_none(&self) -> bool {
        self.active.is_empty() && self.poison.is_empty()
    }

    pub(super) fn begin(&mut self, now: Micros, number: usize, fault: FunctionFault) {
        self.active.push((number, fault));
        match fault {
            FunctionFault::Poison(share) => {
                self.poison.push(Poison { fault: number, from: now, until: Micros::MAX, share });
            }
            FunctionFault::Capacity(per_second) => {
                let holds = per_second.max(1.0);
                self.bucket = Some(Bucket { rate: per_second / 1e6, holds, tokens: holds, at: now });
            }
            _ => {}
        }
        self.settle();
    }

    pub(super) fn end(&mut self, now: Micros, number: usize) {
        let Some(place) = self.active.iter().position(|(active, _)| *active == number) else { return };
        match self.active.remove(place).1 {
            FunctionFault::Poison(_) => {
                if let Some(poison) = self.poison.iter_mut().find(|poison| poison.fault == number) {
                    poison.until = now;
                }
            }
            FunctionFault::Capacity(_) => self.bucket = None,
            _ => {}
        }
        self.settle();
    }

    /// The faults under way that `of` picks strike something.
    pub(super) fn strike(&self, struck: &mut [u64], of: impl Fn(&FunctionFault) -> bool) {
        self.active.iter().filter(|(_, fault)| of(fault)).for_each(|(number, _)| struck[*number] += 1);
    }

    /// Several faults of one kind at a time: the worst of each counts, slow-downs multiply, and the latest capacity holds.
    fn settle(&mut self) {
        (self.outage, self.factor, self.limit, self.crash) = (None, 1.0, u32::MAX, 0.0);
        for (_, fault) in &self.active {
            match *fault {
                FunctionFault::Outage(after) => self.outage = Some(self.outage.map_or(after, |other| other.min(after))),
                FunctionFault::SlowDown(factor) => self.factor *= factor,
                FunctionFault::Throttling(limit) => self.limit = self.limit.min(limit),
                FunctionFault::Crash(share) => self.crash = self.crash.max(share),
                FunctionFault::Capacity(_) | FunctionFault::Poison(_) => {}
            }
        }
    }
}

impl Bucket {
    /// Whether the dependency serves one more record.
    #[expect(clippy::cast_precision_loss, reason = "the bucket is full long before it matters")]
    pub(super) fn serves(&mut self, now: Micros) -> bool {
        self.tokens = (self.tokens + (now - self.at) as f64 * self.rate).min(self.holds);
        self.at = now;
        let serves = self.tokens >= 1.0;
        if serves {
            self.tokens -= 1.0;
        }
        serves
    }
}

/// How long a record takes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "times are positive, and conversions of larger ones saturate"
)]
#[inline]
pub(super) fn sample(takes: &ServiceTime, factor: f64, chance: &mut Chance) -> Micros {
    let micros = match takes {
        ServiceTime::Fixed(fixed) if factor.total_cmp(&1.0).is_eq() => return *fixed,
        ServiceTime::Fixed(fixed) => *fixed as f64,
        ServiceTime::Lognormal(mean, deviation) => exp(mean + deviation * chance.normal()),
        ServiceTime::Exponential(mean) => chance.exponential() * mean,
        ServiceTime::Empirical(times) => {
            let index = chance.below(u32::try_from(times.len()).unwrap_or(u32::MAX));
            times[index as usize] as f64
        }
    };
    (micros * factor + 0.5) as Micros
}

impl Kernel<'_> {
    /// Whether a function has concurrency free: its own reservation, or what no function has reserved.
    pub(super) fn has_capacity(&mut self, number: u32) -> bool {
        let function = &self.functions[number as usize];
        let running = function.running.level();
        let own = match function.reserved {
            Some(reserved) => running < reserved,
            None => self.shared.running < self.shared.max,
        };
        if own && running >= function.faults.limit {
            let is_it = |fault: &FunctionFault| matches!(fault, FunctionFault::Throttling(limit) if running >= *limit);
            function.faults.strike(&mut self.tally.struck, is_it);
            return false;
        }
        own
    }

    /// Starts an execution; answers how much longer it takes because its environment is new.
    pub(super) fn occupy(&mut self, number: u32) -> Micros {
        let plan = self.plan;
        let function = &mut self.functions[number as usize];
        function.running.up(self.now);
        function.tally.invocations += 1;
        if function.reserved.is_none() {
            self.shared.running += 1;
        }
        let expired = self.now.saturating_sub(KEPT);
        while function.warm.front().is_some_and(|since| *since < expired) {
            function.warm.pop_front();
        }
        if function.warm.pop_back().is_some() {
            return 0;
        }
        function.tally.cold_starts += 1;
        plan.functions[number as usize].behaviour.cold_start
    }

    /// An execution is over.
    pub(super) fn release(&mut self, number: u32, began: Micros) {
        let function = &mut self.functions[number as usize];
        function.running.down(self.now);
        if function.reserved.is_none() {
            self.shared.running -= 1;
        }
        function.warm.push_back(self.now);
        let took = self.now - began;
        function.tally.busy += took;
        function.tally.busy_while_arriving += self.now.min(self.plan.lasts).saturating_sub(began);
        function.tally.memory_time += u128::from(took) * u128::from(function.memory_mb);
    }

    /// A function succeeded with a record of an item: goals are reached, and what it publishes goes out.
    pub(super) fn succeed(&mut self, item: u32, number: u32) {
        let plan = self.plan;
        let function = &mut self.functions[number as usize];
        if !function.goals.is_empty() {
            let entry = &mut self.items[item];
            for (goal, arrivals, within) in &function.goals {
                let bit = 1_u32 << goal;
                if *arrivals == entry.arrivals && entry.reached & bit == 0 {
                    entry.reached |= bit;
                    self.tally.goals[*goal].reached(self.now - entry.arrived, *within);
                }
            }
        }
        for publication in &plan.functions[number as usize].behaviour.publishes {
            let one_more = self.functions[number as usize].chance.happens(publication.one_more);
            for _ in 0..publication.count + u32::from(one_more) {
                if publication.call != Call::Function {
                    self.tally.called(plan, publication.call, self.items[item].group);
                }
                self.send(item, &publication.to, &publication.ways);
            }
        }
    }

    /// How long a failed record stays away, if the function says so.
    pub(super) fn back_off(&mut self, number: u32, receives: u16) -> Option<Micros> {
        let backoff = self.plan.functions[number as usize].behaviour.backoff?;
        let step = backoff.step(receives.into());
        let spread = match backoff.jitter {
            Jitter::None => return Some(step),
            Jitter::Half => step / 2,
            Jitter::Full => step,
        };
        let below = u32::try_from(spread).unwrap_or(u32::MAX).saturating_add(1);
        Some(step - spread + u64::from(self.functions[number as usize].chance.below(below)))
    }

    /// Counts anew what runs without a reservation, after one changed.
    pub(super) fn share_anew(&mut self) {
        let shared = self.functions.iter().filter(|function| function.reserved.is_none());
        self.shared.running = shared.map(|function| function.running.level()).sum();
        self.shared.max = Plan::unreserved(self.functions.iter().map(|function| &function.reserved));
    }
}

impl Kernel<'_> {
    /// Says what bounds the concurrency of each function from now on, and counts what it was allowed up to now.
    pub(super) fn bounds(&mut self) {
        let until = self.now.min(self.plan.lasts);
        for (number, function) in (0..).zip(&mut self.functions) {
            let span = until.saturating_sub(function.tally.bounded_until);
            function.tally.allowed += u128::from(function.bound.unwrap_or_default()) * u128::from(span);
            function.tally.bounded_until = until;
            let mut mappings = self.mappings.iter().filter(|mapping| mapping.function == number).peekable();
            let by_mappings = match mappings.peek() {
                Some(_) => mappings.map(|mapping| mapping.concurrency_max).sum::<Option<u32>>(),
                None => None,
            };
            function.bound = by_mappings.into_iter().chain(function.reserved).min();
        }
    }
}
