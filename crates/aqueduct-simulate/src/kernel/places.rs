//! How many batches of a mapping may be under way at once, as the ramp of `aqueduct_services` says it.

use aqueduct_services::Timestamp;
use aqueduct_services::lambda::pace::{Ramp, Scale};

use super::agenda::{Micros, NEVER};

/// How many of the places are in use, as far as the ramp tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    None,
    Some,
    All,
}

/// A ramp and its last answer, which holds until the ramp's next step: it is asked again only then, or when something else
/// is to be said to it.
#[derive(Debug)]
pub(super) struct Places {
    scale: Scale,
    ramp: Ramp,
    allowed: usize,
    /// The next step.
    holds_until: Micros,
    /// What was last said to the ramp; nothing when it has to be said again.
    said: Option<Use>,
}

impl Places {
    pub(super) fn new(concurrency_max: Option<u32>) -> Self {
        let (scale, ramp) = (Scale::on_demand(concurrency_max), Ramp::default());
        let allowed = ramp.allowed(Timestamp::from_millis(0), scale);
        Self { scale, ramp, allowed, holds_until: NEVER, said: None }
    }

    /// Batches allowed at once.
    #[inline]
    pub(super) fn allowed(&mut self, now: Micros) -> usize {
        if now >= self.holds_until {
            self.ask(now);
        }
        self.allowed
    }

    /// Whether the ramp would answer as it last did, as long as as many batches are in use.
    #[inline]
    pub(super) fn holds(&self, now: Micros) -> bool {
        self.said.is_some() && now < self.holds_until
    }

    /// Says how many batches are in use now.
    #[inline]
    pub(super) fn used(&mut self, now: Micros, batches: usize) {
        let allowed = self.allowed(now);
        let said = match batches {
            0 => Use::None,
            _ if batches < allowed => Use::Some,
            _ => Use::All,
        };
        if self.said != Some(said) {
            self.ramp.used(timestamp(now), batches, self.scale);
            self.ask(now);
            self.said = Some(said);
        }
    }

    /// When the next batch becomes allowed; [`NEVER`] when none does.
    #[inline]
    pub(super) fn next_step(&mut self, now: Micros) -> Micros {
        self.allowed(now);
        self.holds_until
    }

    /// A batch failed.
    pub(super) fn failed(&mut self, now: Micros) {
        self.ramp.failed(timestamp(now), self.scale);
        self.ask(now);
    }

    /// Another `MaximumConcurrency`.
    pub(super) fn limit(&mut self, now: Micros, concurrency_max: u32) {
        self.scale = Scale::on_demand(Some(concurrency_max));
        self.ask(now);
    }

    fn ask(&mut self, now: Micros) {
        let now = timestamp(now);
        self.allowed = self.ramp.allowed(now, self.scale);
        let step = self.ramp.next_step(now, self.scale);
        self.holds_until = step.map_or(NEVER, |step| step.as_millis().saturating_mul(1_000));
        self.said = None;
    }
}

/// The time as the services count it.
const fn timestamp(now: Micros) -> Timestamp {
    Timestamp::from_millis(now / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::Chance;

    /// Whatever happens, the answers are those of a ramp that is asked each time.
    #[test]
    fn answers_are_those_of_the_ramp() {
        for seed in 0..50 {
            let mut chance = Chance::new(seed, 0);
            let mut max = (seed % 3 == 0).then_some(7);
            let (mut places, mut ramp) = (Places::new(max), Ramp::default());
            let (mut now, mut batches) = (0, 0_usize);
            for _ in 0..2_000 {
                now += u64::from(chance.below(80_000));
                let (time, scale) = (timestamp(now), Scale::on_demand(max));
                match chance.below(40) {
                    0 => {
                        ramp.failed(time, scale);
                        places.failed(now);
                    }
                    1 => {
                        let changed = 2 + chance.below(30);
                        max = Some(changed);
                        places.limit(now, changed);
                    }
                    2..10 => batches = batches.saturating_sub(1),
                    _ if places.allowed(now) > batches => batches += 1,
                    _ => {}
                }
                let scale = Scale::on_demand(max);
                assert_eq!(places.allowed(now), ramp.allowed(time, scale), "seed {seed} at {now}");
                ramp.used(time, batches, scale);
                places.used(now, batches);
                let step = ramp.next_step(time, scale).map_or(NEVER, |step| step.as_millis() * 1_000);
                assert_eq!((places.allowed(now), places.next_step(now)), (ramp.allowed(time, scale), step));
            }
        }
    }
}
