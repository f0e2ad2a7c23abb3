//! The engine: messages of a few words in virtual time.
//!
//! What AWS does is asked of `aqueduct_services`: the pace of mappings and retries ([`aqueduct_services::lambda::pace`]), the
//! numbers of queues ([`aqueduct_services::sqs::limits`]), and where messages go, by sending one (`routes`). Tests hold what
//! comes of small scenarios against the embedded cloud in virtual time.
//!
//! What the engine adds to the services:
//!
//! - An invocation works on its records one after the other. What it does, publishing included, takes effect when it ends.
//!   What a fault changes counts for invocations that begin during the fault.
//! - A function whose mapping does not report partial failures stops at the first record that fails. One that reports them
//!   goes on, on a FIFO queue with the other groups.
//! - An execution environment is kept for [`function::KEPT_FOR`] after its last invocation.
//! - What a function calls has a bucket of one second's records, so that a batch may take them at once.
//! - A delivery that comes once more was deleted in vain, as [SQS documents it]: it returns when its visibility timeout ends.
//!
//! Not modelled: the size of messages, and so batches that 6 MB cut; throughput quotas of FIFO queues, topics and buses;
//! deduplication, since every message that is published is a new one; time on the way between services; loops that Lambda
//! stops; schedules, whose invocations can be given as arrivals; what rules and subscriptions lead to in other services, Regions and
//! accounts, which is counted as leaving; 1,000 new execution environments per function in ten seconds;
//! and what `aqueduct_services` does not model.
//!
//! [SQS documents it]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html

mod agenda;
mod ages;
mod arrivals;
mod asynchronous;
mod batch;
mod chance;
mod exp;
mod fair;
mod fifo;
mod function;
mod gauge;
mod items;
mod judge;
mod lane;
mod latencies;
mod leave;
mod line;
mod message;
mod moves;
mod outcome;
mod outside;
mod places;
mod plan;
mod poll;
mod prepare;
mod queue;
mod report;
mod routes;
mod sample;
mod steps;
mod tally;
mod ziggurat;

#[cfg(test)]
mod tests;

use std::time::Duration;

use aqueduct_topology::Topology;

use self::agenda::{Agenda, Kind, Micros, NEVER};
use self::arrivals::Stream;
use self::asynchronous::Event;
use self::batch::{Batch, Mapping};
use self::chance::Chance;
use self::function::{Function, Shared};
use self::message::{Item, Message, Slab};
use self::moves::MoveTask;
use self::outside::Split;
use self::plan::Plan;
use self::queue::Queue;
use self::tally::Tally;
use crate::{Error, Prepared, Progress, Report};

/// How long a simulation goes on after the last arrival.
const REST_WITHIN: Duration = Duration::from_hours(14 * 24);

/// How often progress is told, in events.
const PROGRESS_EVERY: u32 = 1 << 17;

/// Runs a scenario.
pub(crate) fn run(
    topology: &Topology,
    prepared: &Prepared,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    let split = Split::of(&topology.unaliased());
    let plan = prepare::plan(&split, prepared)?;
    let mut kernel = Kernel::new(&plan, seed);
    let at_rest = kernel.run(progress);
    Ok(report::report(kernel, prepared, at_rest))
}

/// A scenario under way.
#[derive(Debug)]
struct Kernel<'p> {
    plan: &'p Plan,
    seed: u64,
    now: Micros,
    agenda: Agenda,
    messages: Slab<Message>,
    items: Slab<Item>,
    events: Slab<Event>,
    batches: Slab<Batch>,
    queues: Vec<Queue>,
    mappings: Vec<Mapping>,
    functions: Vec<Function>,
    shared: Shared,
    streams: Vec<(Stream, Chance)>,
    moves: Vec<MoveTask>,
    /// Queues to look at before time goes on.
    stirred: Vec<u32>,
    /// Messages that a queue hands out at once.
    taken: Vec<u32>,
    /// Messages and events that are not at rest.
    restless: u64,
    /// Steps and move tasks that are to come.
    ahead: usize,
    next_serial: u32,
    next_item: u32,
    chance: Chance,
    tally: Tally,
    /// What became of each message that left a queue: queue, item's number, receives, how, and when.
    #[cfg(test)]
    log: Vec<(u32, u32, u16, &'static str, Micros)>,
}

impl<'p> Kernel<'p> {
    fn new(plan: &'p Plan, seed: u64) -> Self {
        let every = gauge::interval(duration(plan.lasts));
        let streams = (0..).zip(&plan.arrivals).map(|(number, arrivals)| {
            let chance = |purpose: u64| Chance::new(seed, purpose << 32 | number);
            (Stream::new(arrivals.pace.clone(), plan.lasts, chance(1)), chance(2))
        });
        let mut agenda = Agenda::default();
        for (number, (at, _)) in (0..).zip(&plan.steps) {
            agenda.add(*at, Kind::Step, number);
        }
        let functions: Vec<Function> =
            (0..).zip(&plan.functions).map(|(number, function)| Function::new(function, number, seed, every)).collect();
        let mut kernel = Self {
            plan,
            seed,
            now: 0,
            agenda,
            messages: Slab::default(),
            items: Slab::default(),
            events: Slab::default(),
            batches: Slab::default(),
            queues: plan.queues.iter().map(|queue| Queue::new(queue, every)).collect(),
            mappings: plan.mappings.iter().map(|mapping| Mapping::new(plan, mapping)).collect(),
            shared: Shared { running: 0, max: Plan::unreserved(functions.iter().map(|function| &function.reserved)) },
            functions,
            streams: streams.collect(),
            moves: Vec::new(),
            stirred: Vec::new(),
            taken: Vec::new(),
            restless: 0,
            ahead: plan.steps.len(),
            next_serial: 0,
            next_item: 0,
            chance: Chance::new(seed, 3 << 32),
            tally: Tally::new(plan),
            #[cfg(test)]
            log: Vec::new(),
        };
        for (number, goal) in plan.goals.iter().enumerate() {
            kernel.functions[goal.function as usize].goals.push((number, goal.arrivals, goal.within));
        }
        kernel.bounds();
        kernel
    }

    /// Goes on until everything is at rest, and answers when that was.
    fn run(&mut self, progress: &mut dyn FnMut(Progress)) -> Option<Micros> {
        let lasts = duration(self.plan.lasts);
        let limit = self.plan.lasts + micros(REST_WITHIN);
        let mut until_progress = 0_u32;
        let mut arrival = self.next_arrival();
        loop {
            if until_progress == 0 {
                progress(Progress { at: duration(self.now), lasts, deliveries: self.tally.deliveries });
                until_progress = PROGRESS_EVERY;
            }
            until_progress -= 1;
            let next_at = self.agenda.next();
            if next_at > self.now && !self.stirred.is_empty() {
                self.look();
                continue;
            }
            if arrival.0 < next_at {
                self.now = arrival.0;
                self.arrive(arrival.1);
                arrival = self.next_arrival();
                continue;
            }
            if self.restless == 0 && self.ahead == 0 && arrival.0 == NEVER {
                return Some(self.now);
            }
            if next_at > limit {
                self.now = limit;
                return None;
            }
            let Some((kind, to)) = self.agenda.take() else { return Some(self.now) };
            self.now = next_at;
            self.happen(kind, to);
        }
    }

    fn happen(&mut self, kind: Kind, to: u32) {
        match kind {
            Kind::Step => self.step(to),
            Kind::BatchEnd => self.batch_ended(to),
            Kind::EventEnd => self.event_ended(to),
            Kind::Expiry => self.expire(to),
            Kind::Delay => self.delay_ended(to),
            Kind::Return => self.visible_again(to),
            Kind::Move => self.move_next(to),
            Kind::EventDue => self.start_event(to),
            Kind::BatchDue => self.batch_due(to),
            Kind::Wake => self.wake(to),
        }
    }

    /// Mappings look at the queues where something happened.
    fn look(&mut self) {
        while let Some(queue) = self.stirred.pop() {
            self.queues[queue as usize].is_stirred = false;
            self.poll(queue);
        }
    }

    /// Has mappings look at a queue before time goes on.
    fn stir(&mut self, queue: u32) {
        let entry = &mut self.queues[queue as usize];
        if !entry.is_stirred {
            entry.is_stirred = true;
            self.stirred.push(queue);
        }
    }
}

/// A duration in microseconds.
fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).min(1 << 58)
}

/// Microseconds as a duration.
const fn duration(micros: Micros) -> Duration {
    Duration::from_micros(micros)
}
