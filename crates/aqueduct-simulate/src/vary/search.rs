//! Values tried one after the other.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::Tried;
use crate::runs::in_parallel;

/// Up to so many values are all tried; of more, a grid is, which becomes finer where survival begins.
const ALL_UP_TO: u64 = 32;

/// How many values the first grid has.
const GRID: u64 = 12;

/// How often a range without an end is doubled.
const DOUBLINGS_MAX: u32 = 14;

/// A search under way.
pub(super) struct Search<'a> {
    pub(super) run: &'a (dyn Fn(u64) -> Tried + Sync),
    pub(super) threads: NonZeroUsize,
    pub(super) step: u64,
    pub(super) now: Option<u64>,
    pub(super) tried: BTreeMap<u64, Tried>,
}

impl Search<'_> {
    /// Tries a range, all of it or a grid that becomes finer; whether it was all of it.
    pub(super) fn all_of(&mut self, from: u64, to: Option<u64>) -> bool {
        let Some(to) = to else {
            self.double(from);
            self.refine();
            return false;
        };
        let steps = (to - from) / self.step;
        let is_small = steps < ALL_UP_TO;
        let grid = if is_small { 1 } else { steps.div_ceil(GRID) };
        let mut values: Vec<u64> = (0..=steps / grid).map(|place| from + place * grid * self.step).collect();
        values.push(from + steps * self.step);
        self.try_out(&values);
        if !is_small {
            self.refine();
        }
        is_small
    }

    /// Goes on in doubled strides until something survives or cannot be run.
    fn double(&mut self, from: u64) {
        for doubling in 0..=DOUBLINGS_MAX {
            let value = from + ((1_u64 << doubling) - 1) * self.step;
            self.try_out(&[value]);
            if self.tried.get(&value).is_none_or(|tried| tried.survived() || tried.outcome.is_err()) {
                return;
            }
        }
    }

    /// Tries values between the survivor that is nearest and the next one to it that failed, until there are none.
    ///
    /// That survival is monotone is not assumed beyond that: a survivor that the grid stepped over is not found.
    fn refine(&mut self) {
        while let Some(survivor) = self.nearest_survivor() {
            let towards_now = self.now.unwrap_or(0);
            let failed = if towards_now < survivor {
                self.tried.range(..survivor).next_back()
            } else {
                self.tried.range(survivor + 1..).next()
            };
            let Some((failed, _)) = failed else { return };
            let (low, high) = (survivor.min(*failed), survivor.max(*failed));
            let between = (high - low) / self.step;
            if between <= 1 {
                return;
            }
            let inner = (between - 1).min(self.threads.get() as u64 * 2);
            let values: Vec<u64> = (1..=inner).map(|place| low + between * place / (inner + 1) * self.step).collect();
            let before = self.tried.len();
            self.try_out(&values);
            if self.tried.len() == before {
                return;
            }
        }
    }

    fn try_out(&mut self, values: &[u64]) {
        let mut values: Vec<u64> = values.iter().copied().filter(|value| !self.tried.contains_key(value)).collect();
        values.dedup();
        let tried = in_parallel(self.threads, values.len(), |place| (self.run)(values[place]));
        self.tried.extend(tried.into_iter().map(|it| (it.value, it)));
    }

    pub(super) fn nearest_survivor(&self) -> Option<u64> {
        let survivors = self.tried.values().filter(|it| it.survived()).map(|it| it.value);
        survivors.min_by_key(|value| value.abs_diff(self.now.unwrap_or(0)))
    }
}
