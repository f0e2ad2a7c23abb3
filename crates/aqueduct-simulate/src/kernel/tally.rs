//! What is counted.

use super::agenda::Micros;
use super::latencies::Latencies;
use super::leave::Leave;
use super::message::NONE;
use super::plan::{self, Call, Plan};
use crate::{Cause, DeadLetters};

/// What is counted of the run as a whole.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) deliveries: u64,
    pub(super) items: Vec<ItemTally>,
    pub(super) goals: Vec<GoalTally>,
    pub(super) sqs: u64,
    pub(super) sqs_fifo: u64,
    pub(super) sqs_fair: u64,
    pub(super) sns: u64,
    pub(super) events: u64,
    /// How many messages left by each exit.
    pub(super) left: Vec<u64>,
    /// What each fault of the scenario struck: records, invocations or messages.
    pub(super) struck: Vec<u64>,
}

/// What is counted of a set of arrivals.
#[derive(Clone, Debug, Default)]
pub(super) struct ItemTally {
    pub(super) arrived: u64,
    pub(super) done: u64,
    pub(super) lost: u64,
}

/// What is counted of a goal.
#[derive(Debug, Default)]
pub(super) struct GoalTally {
    pub(super) latency: Latencies,
    pub(super) kept: u64,
    pub(super) count: u64,
    pub(super) sum: u128,
    pub(super) max: Micros,
}

impl GoalTally {
    /// An item reached it after so long.
    pub(super) fn reached(&mut self, after: Micros, within: Micros) {
        self.latency.record(after);
        self.kept += u64::from(after <= within);
        self.count += 1;
        self.sum += u128::from(after);
        self.max = self.max.max(after);
    }
}

/// What is counted of a queue.
#[derive(Debug, Default)]
pub(super) struct QueueTally {
    pub(super) arrived: u64,
    pub(super) done: u64,
    pub(super) filtered: u64,
    pub(super) dead_lettered: u64,
    pub(super) expired: u64,
    pub(super) redriven: u64,
    /// Messages that left, by receive count.
    pub(super) receives: Vec<u64>,
    pub(super) dead_letters: Vec<DeadLetters>,
    /// The greatest backlog before the first fault.
    pub(super) usual: u32,
    /// Whether the last fault is over and the backlog was not as usual since.
    pub(super) is_draining: bool,
    pub(super) drains_since: Micros,
    pub(super) drained_after: Option<Micros>,
}

impl QueueTally {
    pub(super) fn leave(&mut self, how: Leave, receives: u16) {
        match how {
            Leave::Done => self.done += 1,
            Leave::Filtered => self.filtered += 1,
            Leave::DeadLettered => self.dead_lettered += 1,
            Leave::Expired => self.expired += 1,
            Leave::Redriven => self.redriven += 1,
        }
        let index = usize::from(receives);
        if index >= self.receives.len() {
            self.receives.resize(index + 1, 0);
        }
        self.receives[index] += 1;
    }

    /// The backlog went down.
    pub(super) fn drain(&mut self, backlog: u32, now: Micros) {
        if backlog <= self.usual {
            self.is_draining = false;
            self.drained_after = Some(now - self.drains_since);
        }
    }

    /// A dead letter comes.
    pub(super) fn dead_letter(&mut self, (from, cause): (&str, Cause), now: Micros) {
        let at = super::duration(now);
        let known = self.dead_letters.iter_mut().find(|known| known.cause == cause && known.from == from);
        if let Some(known) = known {
            known.count += 1;
            known.last = at;
        } else {
            self.dead_letters.push(DeadLetters { from: from.to_owned(), cause, count: 1, first: at, last: at });
        }
    }
}

/// What is counted of a function.
#[derive(Debug, Default)]
pub(super) struct FunctionTally {
    pub(super) invocations: u64,
    pub(super) records: u64,
    /// Records that it began to work on.
    pub(super) tried: u64,
    pub(super) failed: u64,
    pub(super) repeated: u64,
    pub(super) timeouts: u64,
    pub(super) throttles: u64,
    pub(super) cold_starts: u64,
    pub(super) busy: Micros,
    pub(super) busy_while_arriving: Micros,
    /// Memory in MB by time in microseconds.
    pub(super) memory_time: u128,
    /// The concurrency that it was allowed, by time while messages arrive; up to `bounded_until`.
    pub(super) allowed: u128,
    pub(super) bounded_until: Micros,
}

/// What a mapping and its function ask of a queue, in messages; SQS counts up to ten of a kind as one request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Requests {
    pub(super) received: usize,
    pub(super) deleted: usize,
    pub(super) hidden: usize,
    pub(super) rejected: usize,
}

impl Tally {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            deliveries: 0,
            items: vec![ItemTally::default(); plan.arrivals.len()],
            goals: plan.goals.iter().map(|_| GoalTally::default()).collect(),
            sqs: 0,
            sqs_fifo: 0,
            sqs_fair: 0,
            sns: 0,
            events: 0,
            left: vec![0; plan.exits.len()],
            struck: vec![0; plan.faults_count],
        }
    }

    /// Something was sent or published.
    pub(super) fn called(&mut self, plan: &Plan, call: Call, group: u32) {
        match call {
            Call::Queue(queue) if plan.queues[queue as usize].fifo => self.sqs_fifo += 1,
            Call::Queue(_) if group != NONE => self.sqs_fair += 1,
            Call::Queue(_) => self.sqs += 1,
            Call::Topic => self.sns += 1,
            Call::Bus => self.events += 1,
            Call::Function => {}
        }
    }

    /// A mapping and its function asked something of a queue. Where items have groups, its messages carry them.
    pub(super) fn requests(&mut self, queue: &plan::Queue, groups: u32, requests: Requests) {
        use aqueduct_services::sqs::limits::BATCH_MAX;

        let in_batches =
            |messages: usize| if messages <= BATCH_MAX { messages.min(1) } else { messages.div_ceil(BATCH_MAX) };
        let Requests { received, deleted, hidden, rejected } = requests;
        let count = in_batches(received) + in_batches(deleted) + in_batches(hidden) + rejected;
        self.asked(queue, groups, count as u64);
    }

    /// So many requests are made to a queue.
    pub(super) fn asked(&mut self, queue: &plan::Queue, groups: u32, count: u64) {
        if queue.fifo {
            self.sqs_fifo += count;
        } else if groups > 0 && queue.has_groups {
            self.sqs_fair += count;
        } else {
            self.sqs += count;
        }
    }
}
