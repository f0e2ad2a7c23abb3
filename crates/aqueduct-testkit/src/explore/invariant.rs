//! What must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aqueduct_services::ApiError;

use super::{DEAD_LETTERED, Journal};
use crate::Refused;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant}: {why}")]
pub struct Broken {
    /// The invariant's name.
    pub invariant: String,
    /// What contradicts it.
    pub why: String,
}

impl Broken {
    /// A contradiction to an invariant.
    pub fn new(invariant: impl Into<String>, why: impl Into<String>) -> Self {
        Self { invariant: invariant.into(), why: why.into() }
    }
}

/// What a run breaks that cannot begin: `?` in a test is enough for it.
const SET_UP: &str = "set_up";

impl From<Refused> for Broken {
    fn from(error: Refused) -> Self {
        Self::new(SET_UP, error.to_string())
    }
}

impl From<ApiError> for Broken {
    fn from(error: ApiError) -> Self {
        Self::new(SET_UP, error.to_string())
    }
}

#[cfg(feature = "handlers")]
impl From<crate::SetupError> for Broken {
    fn from(error: crate::SetupError) -> Self {
        Self::new(SET_UP, error.to_string())
    }
}

/// When an invariant is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Always,
    AtRest,
}

type Holds<W> = Box<dyn Fn(&mut W, &Journal) -> Result<(), String>>;

/// Something that must hold of a world and of its journal, whatever happens.
pub struct Invariant<W> {
    name: String,
    times: Times,
    holds: Holds<W>,
}

impl<W> Invariant<W> {
    /// What must hold after every step. The closure says what contradicts it.
    pub fn always(name: impl Into<String>, holds: impl Fn(&mut W, &Journal) -> Result<(), String> + 'static) -> Self {
        Self { name: name.into(), times: Times::Always, holds: Box::new(holds) }
    }

    /// What must hold once nothing waits or runs any more.
    pub fn at_rest(name: impl Into<String>, holds: impl Fn(&mut W, &Journal) -> Result<(), String> + 'static) -> Self {
        Self { name: name.into(), times: Times::AtRest, holds: Box::new(holds) }
    }

    pub(crate) fn is_due(&self, times: Times) -> bool {
        self.times == Times::Always || self.times == times
    }

    pub(crate) fn check(&self, world: &mut W, journal: &Journal) -> Result<(), Broken> {
        (self.holds)(world, journal).map_err(|why| Broken::new(&self.name, why))
    }
}

impl<W> fmt::Debug for Invariant<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Invariant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// At rest, every key of a `begun` effect has had one of the effects that end it. What a dead-letter queue holds
/// counts as ended if `ends` has [`DEAD_LETTERED`](super::DEAD_LETTERED), which the run itself records.
pub fn nothing_lost<W>(begun: &str, ends: &[&str]) -> Invariant<W> {
    let (begun, ends) = (begun.to_owned(), ends.iter().map(|end| (*end).to_owned()).collect::<Vec<_>>());
    Invariant::at_rest("nothing_lost", move |_, journal| {
        let ended: BTreeSet<String> = ends.iter().flat_map(|end| journal.keys(end)).collect();
        match journal.keys(&begun).difference(&ended).next() {
            Some(key) => {
                let hint =
                    if ends.iter().any(|end| end == DEAD_LETTERED) { of_no_subject(journal, &begun) } else { "" };
                Err(format!("{key} was {begun} and is neither {}{hint}", ends.join(" nor ")))
            }
            None => Ok(()),
        }
    })
}

/// Said where something was dead-lettered that never began: its key is perhaps one that the test does not know.
fn of_no_subject(journal: &Journal, begun: &str) -> &'static str {
    if journal.keys(DEAD_LETTERED).is_subset(&journal.keys(begun)) {
        ""
    } else {
        "; what was dead-lettered instead is known by its `subject`, or by its message id where its body has none"
    }
}

/// An effect happens at most once for each key.
pub fn effects_once<W>(what: &str) -> Invariant<W> {
    let what = what.to_owned();
    Invariant::always("effects_once", move |_, journal| {
        journal.read(|entries| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in entries.filter(|entry| entry.what == what) {
                *counts.entry(&entry.key).or_default() += 1;
            }
            match counts.into_iter().find(|(_, count)| *count > 1) {
                Some((key, count)) => Err(format!("{key} was {what} {count} times")),
                None => Ok(()),
            }
        })
    })
}

/// Within each group, an effect comes in the order of its places. An effect on a key that had it before is a
/// duplicate, and [`effects_once`] judges it.
pub fn order_per_group<W>(what: &str) -> Invariant<W> {
    let what = what.to_owned();
    Invariant::always("order_per_group", move |_, journal| {
        journal.read(|entries| {
            let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
            for entry in entries.filter(|entry| entry.what == what) {
                let (Some(group), Some(place)) = (&entry.group, entry.place) else { continue };
                if !seen.insert((group, &entry.key)) {
                    continue;
                }
                if let Some((before, key)) = last.insert(group, (place, &entry.key))
                    && before > place
                {
                    return Err(format!("{} ({place} of {group}) was {what} after {key} ({before})", entry.key));
                }
            }
            Ok(())
        })
    })
}

/// The rank of a key never becomes smaller.
pub fn status_never_goes_back<W>(what: &str) -> Invariant<W> {
    let what = what.to_owned();
    Invariant::always("status_never_goes_back", move |_, journal| {
        journal.read(|entries| {
            let mut ranks: BTreeMap<&str, i64> = BTreeMap::new();
            for entry in entries.filter(|entry| entry.what == what) {
                let Some(rank) = entry.place else { continue };
                if let Some(before) = ranks.insert(&entry.key, rank)
                    && before > rank
                {
                    return Err(format!("{} went from rank {before} back to {rank}", entry.key));
                }
            }
            Ok(())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::Entry;

    /// What an invariant says of these effects.
    fn said(invariant: &Invariant<()>, entries: impl IntoIterator<Item = Entry>) -> Result<(), String> {
        let journal = Journal::default();
        for entry in entries {
            journal.record(entry);
        }
        invariant.check(&mut (), &journal).map_err(|broken| broken.to_string())
    }

    #[test]
    fn nothing_is_lost_that_has_one_of_its_ends() {
        let invariant = nothing_lost("accepted", &["shipped", "declined"]);
        let accepted = || [Entry::new("accepted", "a"), Entry::new("accepted", "b"), Entry::new("shipped", "a")];
        assert_eq!(said(&invariant, accepted().into_iter().chain([Entry::new("declined", "b")])), Ok(()));
        let broken = "nothing_lost: b was accepted and is neither shipped nor declined";
        assert_eq!(said(&invariant, accepted()), Err(broken.to_owned()));
        assert!(!invariant.is_due(Times::Always) && invariant.is_due(Times::AtRest));
    }

    #[test]
    fn an_effect_happens_once_per_key() {
        let invariant = effects_once("charged");
        let once = ["a", "b"].map(|key| Entry::new("charged", key));
        let other = [Entry::new("told", "a"), Entry::new("told", "a")];
        assert_eq!(said(&invariant, once.iter().chain(&other).cloned()), Ok(()));
        let twice = said(&invariant, once.iter().chain(&once[1..]).cloned());
        assert_eq!(twice, Err("effects_once: b was charged 2 times".to_owned()));
        assert!(invariant.is_due(Times::Always) && invariant.is_due(Times::AtRest));
    }

    #[test]
    fn effects_of_a_group_keep_its_order() {
        let invariant = order_per_group("posted");
        let posted = |group: &str, place: i64| Entry::new("posted", format!("{group}{place}")).in_group(group, place);
        let kept = [posted("a", 1), posted("b", 9), posted("a", 2), posted("a", 1), posted("b", 10)];
        assert_eq!(said(&invariant, kept), Ok(()));
        let broken = said(&invariant, [posted("a", 2), posted("b", 1), posted("a", 1)]);
        assert_eq!(broken, Err("order_per_group: a1 (1 of a) was posted after a2 (2)".to_owned()));
    }

    #[test]
    fn a_status_goes_forward_or_stays() {
        let invariant = status_never_goes_back("status");
        let ranks = |ranks: &[i64]| ranks.iter().map(|rank| Entry::new("status", "a").rank(*rank)).collect::<Vec<_>>();
        assert_eq!(said(&invariant, ranks(&[1, 3, 3, 4])), Ok(()));
        let broken = said(&invariant, ranks(&[1, 3, 2]));
        assert_eq!(broken, Err("status_never_goes_back: a went from rank 3 back to 2".to_owned()));
    }
}
