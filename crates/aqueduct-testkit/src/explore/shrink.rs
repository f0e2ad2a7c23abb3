//! The least that still fails.

use std::collections::BTreeSet;

use crate::fault::{Fault, Strike};

/// How often a failing run is replayed in search of a smaller one.
const REPLAYS_MAX: usize = 2_000;

/// A smallest list with which a run still fails: without any one of its faults, or with a gentler one in its place, it does
/// not. The list given fails.
///
/// The method is delta debugging: halves are left out, then quarters, and so on down to single faults.
///
/// Source: Zeller and Hildebrandt, <https://doi.org/10.1109/32.988498>
pub(crate) fn smallest(all: Vec<Strike>, mut fails: impl FnMut(&[Strike]) -> bool) -> Vec<Strike> {
    let mut left = REPLAYS_MAX;
    let mut fails = |list: &[Strike]| {
        left = left.saturating_sub(1);
        left > 0 && fails(list)
    };
    if all.is_empty() || fails(&[]) {
        return Vec::new();
    }
    let mut list = fewest(all, &mut fails);
    while let Some(fewer) = renumbered(&list, &mut fails) {
        list = fewest(fewer, &mut fails);
    }
    gentlest(list, &mut fails)
}

/// Without a fault, what it caused does not happen, and what came after it comes earlier: one fault fewer may do if those
/// at some place move up.
fn renumbered(list: &[Strike], fails: &mut impl FnMut(&[Strike]) -> bool) -> Option<Vec<Strike>> {
    /// By how much at most.
    const UP: u64 = 8;
    for index in 0..list.len() {
        let without = [&list[..index], &list[index + 1..]].concat();
        let places: BTreeSet<&str> = without.iter().map(|strike| strike.at.place()).collect();
        for place in places {
            let at_place = without.iter().filter(|strike| strike.at.place() == place);
            let first = at_place.map(|strike| strike.at.nth()).min().unwrap_or_default();
            for up in 1..=first.min(UP) {
                let mut moved = without.clone();
                for strike in moved.iter_mut().filter(|strike| strike.at.place() == place) {
                    strike.at.move_up(up);
                }
                if fails(&moved) {
                    return Some(moved);
                }
            }
        }
    }
    None
}

fn fewest(mut list: Vec<Strike>, fails: &mut impl FnMut(&[Strike]) -> bool) -> Vec<Strike> {
    let mut parts = 2;
    while list.len() > 1 {
        let size = list.len().div_ceil(parts);
        let starts = (0..list.len()).step_by(size);
        let without = |start: usize| {
            let end = (start + size).min(list.len());
            [&list[..start], &list[end..]].concat()
        };
        if let Some(smaller) = starts.map(without).find(|smaller| fails(smaller)) {
            list = smaller;
            parts = (parts - 1).max(2);
        } else if size == 1 {
            break;
        } else {
            parts = (parts * 2).min(list.len());
        }
    }
    list
}

fn gentlest(mut list: Vec<Strike>, fails: &mut impl FnMut(&[Strike]) -> bool) -> Vec<Strike> {
    for index in 0..list.len() {
        for fault in gentler(list[index].fault) {
            let mut changed = list.clone();
            changed[index].fault = fault;
            if fails(&changed) {
                list = changed;
                break;
            }
        }
    }
    list
}

/// The same fault with less of it, the gentlest first.
fn gentler(fault: Fault) -> Vec<Fault> {
    let below = |choices: [u64; 4], millis: u64| choices.into_iter().filter(move |choice| *choice < millis);
    match fault {
        Fault::FailEntries { mask } => {
            let single = (0..10).map(|bit| 1 << bit).filter(|bit| mask & bit != 0 && mask != *bit);
            single.map(|mask| Fault::FailEntries { mask }).collect()
        }
        Fault::Latency { millis } => {
            below([1, 50, 400, 3_000], millis).map(|millis| Fault::Latency { millis }).collect()
        }
        Fault::Reorder { millis } => {
            below([1, 200, 2_000, 10_000], millis).map(|millis| Fault::Reorder { millis }).collect()
        }
        Fault::Skew { millis } => {
            let smaller = below([1, 300, 5_000, 30_000], millis.unsigned_abs());
            smaller.map(|smaller| Fault::Skew { millis: smaller.cast_signed() * millis.signum() }).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Point, When};

    fn strikes(count: u64) -> Vec<Strike> {
        let at = |nth| Point::Invocation { function: "worker".to_owned(), nth };
        (0..count).map(|nth| Strike { at: at(nth), fault: Fault::Fail }).collect()
    }

    fn counts(list: &[Strike]) -> Vec<u64> {
        list.iter().map(|strike| strike.at.nth()).collect()
    }

    #[test]
    fn what_fails_by_some_faults_together_is_reduced_to_those() {
        for needed in [vec![], vec![0], vec![41], vec![3, 17, 40], vec![0, 1, 2, 3], (0..42).step_by(7).collect()] {
            let mut replays = 0;
            let least = smallest(strikes(42), |list| {
                replays += 1;
                needed.iter().all(|nth| counts(list).contains(nth))
            });
            assert_eq!(counts(&least), needed);
            assert!(replays < 400, "{replays} replays for {needed:?}");
        }
    }

    #[test]
    fn what_fails_by_either_of_two_is_reduced_to_one() {
        let least = smallest(strikes(20), |list| counts(list).iter().any(|nth| [5, 11].contains(nth)));
        assert_eq!(least.len(), 1, "{least:?}");
    }

    #[test]
    fn a_fault_that_only_made_others_come_later_is_left_out() {
        let call = |nth| Point::Call { operation: "SQS.SendMessage".to_owned(), nth, when: When::Before };
        let crash = Point::Poll { function: "worker".to_owned(), nth: 0, k: 1 };
        let list = [call(3), call(4), crash.clone()].map(|at| Strike { at, fault: Fault::Fail });
        let least = smallest(list.to_vec(), |list| {
            let first = if list.iter().any(|strike| strike.at == crash) { 3 } else { 1 };
            [first, first + 1].iter().all(|nth| list.iter().any(|strike| strike.at == call(*nth)))
        });
        assert_eq!(least.iter().map(|strike| strike.at.clone()).collect::<Vec<_>>(), [call(1), call(2)]);
    }

    #[test]
    fn a_fault_becomes_as_gentle_as_it_can_be() {
        let at = Point::Clock { function: "worker".to_owned() };
        let skew = |millis| Strike { at: at.clone(), fault: Fault::Skew { millis } };
        let least = smallest(vec![skew(-90_000)], |list| {
            list.iter().any(|strike| matches!(strike.fault, Fault::Skew { millis } if millis <= -2_000))
        });
        assert_eq!(least, [skew(-5_000)]);
    }
}
