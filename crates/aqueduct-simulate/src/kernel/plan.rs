//! A topology and a scenario with numbers in place of names.

use std::collections::BTreeMap;

use aqueduct_services::lambda::CONCURRENCY_MAX;

use super::agenda::Micros;
use super::arrivals::Pace;
use super::message::NONE;
use super::micros;
use super::outside::Exit;
use crate::Backoff;

/// All that a run needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) queues: Vec<Queue>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) functions: Vec<Function>,
    pub(super) arrivals: Vec<Arrivals>,
    pub(super) steps: Vec<(Micros, Step)>,
    pub(super) goals: Vec<Goal>,
    /// What leads out of what is simulated.
    pub(super) exits: Vec<Exit>,
    /// How many faults the scenario has.
    pub(super) faults_count: usize,
    /// The start of the first fault and the end of the last one.
    pub(super) faults: Option<(Micros, Micros)>,
    /// Until when items arrive.
    pub(super) lasts: Micros,
    /// The number of groups, with the one that rules give.
    pub(super) groups: u32,
}

/// A queue.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) id: String,
    pub(super) fifo: bool,
    pub(super) visibility: Micros,
    pub(super) retention: Micros,
    pub(super) delay: Micros,
    /// Its dead-letter queue, and how often it hands a message out before.
    pub(super) redrive: Option<(u32, u32)>,
    pub(super) takes_dead_letters: bool,
    /// Whether messages with a group come to it, so that it is billed as a fair queue.
    pub(super) has_groups: bool,
    /// Its mappings, in the order of their creation.
    pub(super) mappings: Vec<u32>,
}

/// An event source mapping.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    pub(super) queue: u32,
    pub(super) function: u32,
    pub(super) batch_size: usize,
    pub(super) window: Micros,
    pub(super) partial: bool,
    pub(super) concurrency_max: Option<u32>,
    /// The contents that its filters let through, by their number; none without filters.
    pub(super) passes: Option<Vec<bool>>,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) id: String,
    pub(super) timeout: Micros,
    pub(super) memory_mb: u32,
    pub(super) reserved: Option<u32>,
    pub(super) retries_max: u32,
    pub(super) age_max: Micros,
    /// Where records of successes and failures go, and the events that it failed on.
    pub(super) on_success: Vec<Way>,
    pub(super) on_failure: Option<Vec<Way>>,
    pub(super) behaviour: Behaviour,
}

/// What a function does.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    pub(super) takes: ServiceTime,
    pub(super) per_batch: bool,
    pub(super) cold_start: Micros,
    pub(super) failing: f64,
    pub(super) poison: f64,
    pub(super) rejects_poison: bool,
    pub(super) attempts: Option<u32>,
    pub(super) backoff: Option<Backoff>,
    pub(super) publishes: Vec<Publication>,
    pub(super) reads: f64,
    pub(super) writes: f64,
}

impl Behaviour {
    /// What a scenario says of a function, with what it takes and publishes in numbers.
    pub(super) fn new(said: &crate::Behaviour, takes: ServiceTime, publishes: Vec<Publication>) -> Self {
        Self {
            takes,
            per_batch: said.per_batch,
            cold_start: micros(said.cold_start),
            failing: said.failing,
            poison: said.poison,
            rejects_poison: said.rejects_poison,
            attempts: said.attempts,
            backoff: said.waits(),
            publishes,
            reads: said.reads,
            writes: said.writes,
        }
    }
}

/// How long a record takes, in microseconds.
#[derive(Clone, Debug)]
pub(super) enum ServiceTime {
    Fixed(Micros),
    /// The logarithm's mean and standard deviation.
    Lognormal(f64, f64),
    Exponential(f64),
    Empirical(Vec<Micros>),
}

/// What a function publishes.
#[derive(Clone, Debug)]
pub(super) struct Publication {
    /// What it is published to.
    pub(super) to: String,
    /// How many messages for a record.
    pub(super) count: u32,
    /// The probability of one more.
    pub(super) one_more: f64,
    pub(super) call: Call,
    pub(super) ways: Vec<Way>,
}

impl Publication {
    /// So many messages in the mean.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are checked to be small")]
    pub(super) fn new(to: &str, mean: f64, call: Call, ways: Vec<Way>) -> Self {
        let whole = mean.floor();
        Self { to: to.to_owned(), count: whole as u32, one_more: mean - whole, call, ways }
    }
}

/// What is called to publish or send, for the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Queue(u32),
    Topic,
    Bus,
    Function,
}

/// Where a copy of something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) to: Place,
    pub(super) group: Grouping,
    /// The number of what is in the message, as far as filters tell.
    pub(super) content: u8,
    /// Whether it is a dead letter of the topic or bus that could not hand it on.
    pub(super) is_undelivered: bool,
}

/// Where a copy ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Queue(u32),
    Function(u32),
    /// Out of what is simulated, by the exit of this number.
    Outside(u32),
    /// Nothing keeps it.
    Nowhere,
}

/// The message group of a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Grouping {
    /// It has none.
    #[default]
    None,
    /// That of its item.
    Own,
    /// One for all, which a rule gives.
    One,
}

/// A set of arrivals.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    pub(super) name: String,
    /// Where they enter.
    pub(super) to: String,
    pub(super) pace: Pace,
    pub(super) call: Call,
    /// Whether somebody waits for the function that it is handed to.
    pub(super) is_synchronous: bool,
    pub(super) ways: Vec<Way>,
    pub(super) groups: u32,
    pub(super) noisy_share: f64,
}

/// A goal.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) arrivals: u16,
    pub(super) function: u32,
    pub(super) within: Micros,
    pub(super) share: f64,
}

/// Something that is different from a point in time on.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The first fault begins.
    FirstFault,
    /// The last fault is over.
    LastFaultOver,
    /// A fault of a function begins, by its number.
    Begin(u32, usize, FunctionFault),
    /// It ends.
    End(u32, usize),
    /// A fault lets deliveries of a queue come once more with this probability.
    Duplicate(u32, usize, f64),
    /// It ends.
    EndDuplicates(u32, usize),
    /// A fault's dead-letter queue has its messages moved back.
    Redrive(u32, usize, Option<u32>),
    /// A setting changes.
    Set(Change),
}

/// What goes wrong with a function.
#[derive(Clone, Copy, Debug)]
pub(super) enum FunctionFault {
    Outage(Micros),
    SlowDown(f64),
    Throttling(u32),
    Capacity(f64),
    Poison(f64),
    Crash(f64),
}

/// A setting's new value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Visibility(u32, Micros),
    MaxReceives(u32, u32),
    Delay(u32, Micros),
    Retention(u32, Micros),
    BatchSize(u32, usize),
    Window(u32, Micros),
    MaximumConcurrency(u32, u32),
    Reserved(u32, u32),
    Timeout(u32, Micros),
    Memory(u32, u32),
}

impl Plan {
    /// What no function has reserved of the account's concurrency.
    pub(super) fn unreserved<'a>(reserved: impl Iterator<Item = &'a Option<u32>>) -> u32 {
        CONCURRENCY_MAX.saturating_sub(reserved.flatten().sum())
    }

    /// The group of a copy of an item of this group.
    pub(super) const fn group(&self, grouping: Grouping, own: u32) -> u32 {
        match grouping {
            Grouping::None => NONE,
            Grouping::Own => own,
            Grouping::One => self.groups,
        }
    }
}

/// Numbers by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, u32>);

impl Names {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a String>) -> Self {
        Self(names.into_iter().cloned().zip(0..).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
