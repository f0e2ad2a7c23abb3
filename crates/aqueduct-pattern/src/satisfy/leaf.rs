//! Leaves: a text, number, boolean or null that several conditions accept.

use serde_json::Value;

use super::fit::fits_itself;
use super::shape::Shape;
use super::solve::{Search, Wanted};
use super::types::Types;
use super::{numbers, texts};
use crate::matcher::Matcher;

/// More combinations of wanted values are not tried.
const CHOICES_MAX: usize = 2_000;

/// One matcher of each condition.
pub(super) type Choice<'a> = [&'a Matcher];

/// A leaf of the shape that all conditions accept which end here; those that lead further must be content with absence.
pub(super) fn search(shape: &Shape<'_>, wanted: &[Wanted<'_>]) -> Search {
    if !shape.types.has(Types::LEAVES) {
        return Search::None;
    }
    let (ending, further): (Vec<&Wanted<'_>>, Vec<&Wanted<'_>>) = wanted.iter().partition(|it| it.rest.is_none());
    if !further.iter().all(|it| it.may_be_absent) {
        return Search::None;
    }
    let lists: Vec<&[Matcher]> = ending.iter().map(|it| it.matchers).collect();
    let choices = lists.iter().fold(1_usize, |product, list| product.saturating_mul(list.len()));
    if choices > CHOICES_MAX {
        return Search::Unknown;
    }
    let mut answer = Search::None;
    for number in 0..choices {
        let choice = choose(&lists, number);
        answer = answer.or(|| of_choice(shape, &choice));
    }
    answer
}

/// The choice with this number: its digits are places in the lists.
fn choose<'a>(lists: &[&'a [Matcher]], mut number: usize) -> Vec<&'a Matcher> {
    let mut digit = |list: &&'a [Matcher]| {
        let matcher = list.get(number % list.len().max(1));
        number /= list.len().max(1);
        matcher
    };
    lists.iter().filter_map(&mut digit).collect()
}

fn of_choice(shape: &Shape<'_>, choice: &Choice<'_>) -> Search {
    if choice.contains(&&Matcher::Absent) {
        return Search::None;
    }
    let simple = [Value::Bool(true), Value::Bool(false), Value::Null];
    let simple = first(shape, choice, simple, true);
    simple
        .or(|| if shape.types.has(Types::STRING) { texts::search(shape, choice) } else { Search::None })
        .or(|| if shape.types.has(Types::NUMBER) { numbers::search(shape, choice) } else { Search::None })
}

/// The first of the values that fits and is accepted. `all` says that there are no others.
pub(super) fn first(
    shape: &Shape<'_>,
    choice: &Choice<'_>,
    values: impl IntoIterator<Item = Value>,
    all: bool,
) -> Search {
    let mut answer = if all { Search::None } else { Search::Unknown };
    for value in values {
        if !choice.iter().all(|matcher| matcher.matches(&value)) {
            continue;
        }
        match fits_itself(shape, &value) {
            Some(true) => return Search::sure(value),
            Some(false) => {}
            None => answer = Search::Unknown,
        }
    }
    answer
}
