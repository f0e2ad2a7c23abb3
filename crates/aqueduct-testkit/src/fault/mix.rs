//! Which faults may happen, and how often.

use std::collections::{BTreeMap, BTreeSet};

use super::draw::Draw;
use super::{Fault, Kind, Point, When};

/// Kinds of faults and how probable each is.
///
/// A run from a seed has only some of the kinds, and those more or less often than said here: faults that
/// are rare together come together in some runs, and each alone in others. Faults stop after the first invocations, calls and messages
/// ([`Mix::first`]), so that every run comes to rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    odds: BTreeMap<Kind, f64>,
    spared: BTreeSet<String>,
    first: u64,
    polls: u64,
}

impl Default for Mix {
    /// Everything that AWS does to those who are not prepared, a few times per run.
    fn default() -> Self {
        let odds = |kind| match kind {
            Kind::DeliverTwice | Kind::Fail | Kind::TimeOut => 0.03,
            Kind::Crash => 0.10,
            Kind::Error | Kind::Throttle | Kind::Latency | Kind::LoseAnswer => 0.02,
            Kind::FailEntries | Kind::Duplicate | Kind::Reorder => 0.05,
            Kind::Outage => 0.15,
            Kind::Skew => 0.20,
        };
        Self { odds: Kind::ALL.into_iter().map(|kind| (kind, odds(kind))).collect(), ..Self::none() }
    }
}

impl Mix {
    /// No faults at all, to which some can be added.
    pub fn none() -> Self {
        Self { odds: BTreeMap::new(), spared: BTreeSet::new(), first: 64, polls: 24 }
    }

    /// Sets how probable faults of a kind are, from 0 to 1: per invocation for what befalls a function, per call, per
    /// message of a queue, and per operation and function for outages and clocks.
    #[must_use]
    pub fn with(mut self, kind: Kind, probability: f64) -> Self {
        self.odds.insert(kind, probability.clamp(0.0, 1.0));
        self
    }

    /// Makes faults of every kind so many times as probable, up to always.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        for probability in self.odds.values_mut() {
            *probability = (*probability * factor).clamp(0.0, 1.0);
        }
        self
    }

    /// Leaves out a kind.
    #[must_use]
    pub fn without(mut self, kind: Kind) -> Self {
        self.odds.remove(&kind);
        self
    }

    /// Keeps faults from a function, a queue, an operation such as `SQS.SendMessage`, or a service such as `SQS`.
    #[must_use]
    pub fn sparing(mut self, place: impl Into<String>) -> Self {
        self.spared.insert(place.into());
        self
    }

    /// Lets faults strike the first `count` invocations of each function, calls of each operation and messages of each queue;
    /// 64 by default.
    #[must_use]
    pub const fn first(mut self, count: u64) -> Self {
        self.first = count;
        self
    }

    /// Lets a function crash in one of the first `count` polls of its future; 24 by default. One that is polled less often
    /// escapes more crashes.
    #[must_use]
    pub const fn polls(mut self, count: u64) -> Self {
        self.polls = count;
        self
    }

    fn spares(&self, place: &str) -> bool {
        self.spared.contains(place) || place.split_once('.').is_some_and(|(service, _)| self.spared.contains(service))
    }

    /// How probable a kind is in the run of a seed.
    fn odds(&self, seed: u64, kind: Kind) -> f64 {
        let Some(odds) = self.odds.get(&kind) else { return 0.0 };
        let mut draw = Draw::new(seed, &["odds"], &[kind as u64]);
        odds * draw.one_of([0.0, 0.0, 0.5, 1.0, 1.0, 4.0])
    }

    /// What happens at a point in the run of a seed.
    pub(crate) fn decide(&self, seed: u64, point: &Point) -> Option<Fault> {
        if point.nth() >= self.first || self.spares(point.place()) {
            return None;
        }
        let place = point.place();
        match point {
            Point::Invocation { nth, .. } => self.pick(
                seed,
                Draw::new(seed, &["invocation", place], &[*nth]),
                &[Kind::DeliverTwice, Kind::Fail, Kind::TimeOut],
            ),
            Point::Poll { nth, k, .. } => {
                self.stop(seed, place, *nth).and_then(|(at, fault)| (at == *k).then_some(fault))
            }
            Point::Call { nth, when: When::Before, .. } if self.is_out(seed, place, *nth) => {
                Some(Fault::Error { status: 503 })
            }
            Point::Call { nth, when: When::Before, operation } => {
                let draw = Draw::new(seed, &["before", place], &[*nth]);
                let batch = operation.ends_with("Batch") || operation.ends_with("PutEvents");
                let kinds: &[Kind] = &[Kind::Error, Kind::Throttle, Kind::Latency, Kind::FailEntries];
                self.pick(seed, draw, if batch { kinds } else { &kinds[..3] })
            }
            Point::Call { nth, when: When::After, .. } => {
                self.pick(seed, Draw::new(seed, &["after", place], &[*nth]), &[Kind::LoseAnswer])
            }
            Point::Delivery { nth, .. } => {
                self.pick(seed, Draw::new(seed, &["delivery", place], &[*nth]), &[Kind::Duplicate, Kind::Reorder])
            }
            Point::Clock { .. } => self.pick(seed, Draw::new(seed, &["clock", place], &[]), &[Kind::Skew]),
        }
    }

    /// Whether an operation is away at its `nth` call: for some calls in a row, since clients try again at once.
    fn is_out(&self, seed: u64, operation: &str, nth: u64) -> bool {
        let mut draw = Draw::new(seed, &["outage", operation], &[]);
        let is_out = draw.happens(self.odds(seed, Kind::Outage));
        let (start, length) = (draw.below(12), draw.one_of([3, 4, 6, 12]));
        is_out && (start..start + length).contains(&nth)
    }

    /// At which poll an invocation stops, if it does, and how.
    fn stop(&self, seed: u64, function: &str, nth: u64) -> Option<(u64, Fault)> {
        let mut draw = Draw::new(seed, &["poll", function], &[nth]);
        let stops = draw.happens(self.odds(seed, Kind::Crash));
        let hangs = draw.happens(self.odds(seed, Kind::TimeOut));
        // Handlers are polled a few times or many times: half of the stops come early.
        let bound = if draw.happens(0.5) { self.polls.min(4) } else { self.polls };
        let at = draw.below(bound.max(1));
        let fault = if stops { draw.one_of([Fault::CrashBefore, Fault::CrashAfter]) } else { Fault::TimeOut };
        (stops || hangs).then_some((at, fault))
    }

    /// The first of these kinds that happens, with its particulars.
    fn pick(&self, seed: u64, mut draw: Draw, kinds: &[Kind]) -> Option<Fault> {
        let kind = kinds.iter().copied().find(|kind| draw.happens(self.odds(seed, *kind)))?;
        Some(match kind {
            Kind::DeliverTwice => Fault::DeliverTwice,
            Kind::Fail => Fault::Fail,
            Kind::TimeOut => Fault::TimeOut,
            Kind::Crash => Fault::CrashBefore,
            Kind::Error | Kind::Outage => Fault::Error { status: draw.one_of([500, 503]) },
            Kind::Throttle => Fault::Throttle,
            Kind::Latency => Fault::Latency { millis: draw.one_of([50, 400, 3_000, 20_000]) },
            Kind::LoseAnswer => Fault::LoseAnswer,
            // At least one of the first two, so that a batch of two is not spared.
            Kind::FailEntries => Fault::FailEntries { mask: draw.bits() | draw.one_of([1, 2]) },
            Kind::Duplicate => Fault::Duplicate,
            Kind::Reorder => Fault::Reorder { millis: draw.one_of([200, 2_000, 30_000]) },
            Kind::Skew => Fault::Skew { millis: draw.one_of([-90_000, -5_000, -300, 300, 5_000, 90_000]) },
        })
    }
}
