//! Numbers that several matchers accept.

use serde_json::{Number, Value};

use super::fit;
use super::leaf::{Choice, first};
use super::shape::Shape;
use super::solve::Search;
use crate::matcher::{Comparison, Matcher};
use crate::number::Millionths;

/// A number of the shape that all matchers of the choice accept.
pub(super) fn search(shape: &Shape<'_>, choice: &Choice<'_>) -> Search {
    if let Some(only) = choice.iter().find_map(|matcher| only(matcher)) {
        return first(shape, choice, [Value::Number(only.clone())], true);
    }
    if choice.iter().any(|matcher| accepts_no_number(matcher)) {
        return Search::None;
    }
    let numbers = |numbers: Vec<Number>| numbers.into_iter().map(Value::Number).collect::<Vec<_>>();
    let is_compared = choice.iter().any(|matcher| matches!(matcher, Matcher::Numeric(_)));
    let range = Range::of(shape, choice);
    let mut candidates = numbers(range.numbers(choice));
    if !is_compared {
        candidates.extend(numbers(fit::numbers(shape)));
    }
    // Only what is compared keeps to the numbers that can be.
    first(shape, choice, candidates, is_compared && range.is_exhausted(choice))
}

/// The number that alone is accepted, in whatever spelling.
fn only(matcher: &Matcher) -> Option<&Number> {
    if let Matcher::Number { number, .. } = matcher { Some(number) } else { None }
}

fn accepts_no_number(matcher: &Matcher) -> bool {
    !matches!(matcher, Matcher::Numeric(_) | Matcher::AnythingBut(_) | Matcher::Present { .. } | Matcher::Number { .. })
}

/// The comparable numbers between two, both included, that are multiples of a step, in millionths.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: i64,
    high: i64,
    step: i64,
    /// Whether the schema allows all of them.
    exact: bool,
}

/// How many numbers at a bound may not fit the schema.
const PASSED_OVER: i64 = 6;
const MILLION: i64 = 1_000_000;
const FAREST: i64 = 5_000_000_000 * MILLION;

impl Range {
    fn of(shape: &Shape<'_>, choice: &Choice<'_>) -> Self {
        let mut range = Self { low: -FAREST, high: FAREST, step: if shape.whole { MILLION } else { 1 }, exact: true };
        // Reading a bound rounds: one more to each side leaves the judgement to the schema.
        let [minimum, above] = [shape.minimum, shape.above].map(|bound| bound.map(|bound| (bound * 1e6).floor() - 1.0));
        let [maximum, below] = [shape.maximum, shape.below].map(|bound| bound.map(|bound| (bound * 1e6).ceil() + 1.0));
        range.low = [minimum, above].into_iter().flatten().map(clamped).fold(range.low, i64::max);
        range.high = [maximum, below].into_iter().flatten().map(clamped).fold(range.high, i64::min);
        for multiple in &shape.multiples {
            let step = clamped(multiple * 1e6);
            let fits =
                step > 0 && (multiple * 1e6).fract() == 0.0 && (step % range.step == 0 || range.step % step == 0);
            range.exact &= fits;
            range.step = if fits { range.step.max(step) } else { range.step };
        }
        for bound in choice.iter().filter_map(|it| if let Matcher::Numeric(bounds) = it { Some(bounds) } else { None })
        {
            for bound in bound {
                let value = bound.value.count();
                match bound.comparison {
                    Comparison::Equal => (range.low, range.high) = (range.low.max(value), range.high.min(value)),
                    Comparison::Less => range.high = range.high.min(value - 1),
                    Comparison::LessOrEqual => range.high = range.high.min(value),
                    Comparison::Greater => range.low = range.low.max(value + 1),
                    Comparison::GreaterOrEqual => range.low = range.low.max(value),
                }
            }
        }
        range
    }

    /// The least number of the range, and how many follow.
    fn least(self) -> Option<(i64, i64)> {
        let least = self.low.checked_add((-self.low).rem_euclid(self.step))?;
        (least <= self.high).then(|| (least, (self.high - least) / self.step))
    }

    /// The first numbers, more than may be unwanted or just beyond a bound of the schema.
    fn numbers(self, choice: &Choice<'_>) -> Vec<Number> {
        let Some((least, following)) = self.least() else { return Vec::new() };
        let count = following.min(unwanted(choice) + PASSED_OVER);
        let from_least = (0..=count).map(|index| least + index * self.step);
        // A number near zero reads better than one at the bound.
        let zero = (self.low..=self.high).contains(&0).then_some(0);
        let one = (self.low..=self.high).contains(&MILLION).then_some(MILLION);
        [one, zero].into_iter().flatten().chain(from_least).filter_map(spelled).collect()
    }

    /// Whether [`Range::numbers`] are all that there are, or enough that one of them must do.
    fn is_exhausted(self, choice: &Choice<'_>) -> bool {
        self.exact && self.least().is_none_or(|(_, following)| following < unwanted(choice) + PASSED_OVER)
    }
}

fn unwanted(choice: &Choice<'_>) -> i64 {
    let counts = choice.iter().map(|it| if let Matcher::AnythingBut(unwanted) = it { unwanted.len() } else { 0 });
    i64::try_from(counts.sum::<usize>()).unwrap_or(i64::MAX / 2)
}

#[expect(clippy::cast_possible_truncation, reason = "within the bounds of comparable numbers")]
fn clamped(millionths: f64) -> i64 {
    const BEYOND: f64 = 5e15 + 1.0;
    millionths.clamp(-BEYOND, BEYOND) as i64
}

/// The number, if it is compared as it is meant.
fn spelled(millionths: i64) -> Option<Number> {
    #[expect(clippy::cast_precision_loss, reason = "5e15 millionths are exact")]
    let number = if millionths % MILLION == 0 {
        Number::from(millionths / MILLION)
    } else {
        Number::from_f64(millionths as f64 / 1e6)?
    };
    Millionths::of(&number).is_ok_and(|read| read.count() == millionths).then_some(number)
}
