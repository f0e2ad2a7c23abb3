//! One run of a world.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::virtual_time::{Functions, VirtualTime};
use aqueduct_services::{Ids, Note, Timestamp, What};

use super::invariant::Times;
use super::story::Event;
use super::{Broken, Entry, Invariant, Journal, Story};
use crate::fault::Faults;

/// What the run itself records when a queue, function or consumer gives a message up to a dead-letter queue, under the message's
/// subject, or its id where it has none.
pub const DEAD_LETTERED: &str = "dead-lettered";

/// What the run itself records when a message is gone that nothing keeps.
pub const LOST: &str = "lost";

/// How much virtual time a world may take to come to rest.
const REST_WITHIN: Duration = Duration::from_hours(30 * 24);

/// How many steps a world may take to come to rest.
const STEPS_MAX: u64 = 1_000_000;

/// What is explored: something that goes from one happening to the next in virtual time.
pub trait World {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Goes to what happens next; false when nothing waits, runs or is to be tried again.
    fn step(&mut self) -> bool;

    /// What happened since the last time this was asked.
    fn take_notes(&mut self) -> Vec<Note>;

    /// Whether a queue, by its physical name, keeps what others gave up.
    fn keeps_dead_letters(&self, queue: &str) -> bool {
        let _ = queue;
        false
    }

    /// The name by which the story calls a queue, topic, bus or function: its physical name, unless the world knows better.
    fn name(&self, physical: &str) -> String {
        physical.to_owned()
    }
}

/// One run: a seed, what goes wrong in it, and what comes of it.
#[derive(Debug)]
pub struct Run {
    seed: u64,
    faults: Faults,
    journal: Journal,
    notes: RefCell<Vec<Note>>,
    /// The world's names by physical names.
    names: RefCell<BTreeMap<String, String>>,
}

impl Run {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let journal = Journal::new(faults.log().time().clone());
        Self { seed, faults, journal, notes: RefCell::default(), names: RefCell::default() }
    }

    /// The seed, which whatever is random in the world is to come from.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Chance for the test itself, such as what is ordered and when. Each call begins anew.
    pub const fn chance(&self) -> Ids {
        Ids::new(self.seed ^ 0x7E57)
    }

    /// What goes wrong: the world asks it.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Where effects are recorded.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets a world go on until it is at rest, and holds it against the invariants after each step and in the end.
    pub fn drive<W: World>(&self, world: &mut W, invariants: &[Invariant<W>]) -> Result<(), Broken> {
        let limit = world.now() + REST_WITHIN;
        for _ in 0..STEPS_MAX {
            let goes_on = world.step();
            self.catch_up(world);
            self.check(world, invariants, if goes_on { Times::Always } else { Times::AtRest })?;
            if !goes_on {
                return Ok(());
            }
            if world.now() > limit {
                break;
            }
        }
        let after = world.now().since(limit - REST_WITHIN);
        Err(Broken::new("comes_to_rest", format!("the world is still busy after {after:?} of virtual time")))
    }

    /// Takes note of what happened up to now. [`Run::drive`] does it after each step.
    pub fn catch_up<W: World>(&self, world: &mut W) {
        let (now, notes) = (world.now(), world.take_notes());
        for note in &notes {
            self.learn(world, note);
            let what = match note.what {
                What::DeadLettered { .. } => DEAD_LETTERED,
                What::Sent if world.keeps_dead_letters(&note.place) => DEAD_LETTERED,
                What::Lost { .. } | What::Expired => LOST,
                _ => continue,
            };
            self.journal.record(Entry::new(what, note.subject.as_ref().unwrap_or(&note.id)));
        }
        self.notes.borrow_mut().extend(notes);
        self.faults.log().stamp(now);
        self.journal.log().stamp(now);
    }

    /// Learns the names in a note.
    fn learn<W: World>(&self, world: &W, note: &Note) {
        let mut names = self.names.borrow_mut();
        let to = match &note.what {
            What::DeadLettered { to, .. } | What::Moved { to, .. } | What::Delivered { to } => Some(to),
            What::Filtered { by } => Some(by),
            _ => None,
        };
        for physical in to.into_iter().chain([&note.place]) {
            if !names.contains_key(physical) {
                names.insert(physical.clone(), world.name(physical));
            }
        }
    }

    fn check<W>(&self, world: &mut W, invariants: &[Invariant<W>], times: Times) -> Result<(), Broken> {
        let due = invariants.iter().filter(|invariant| invariant.is_due(times));
        due.into_iter().try_for_each(|invariant| invariant.check(world, &self.journal))
    }

    /// What happened up to the last time that it was taken note of.
    pub fn story(&self) -> Story {
        let names = self.names.borrow();
        let name = |physical: &str| names.get(physical).map_or(physical, String::as_str).to_owned();
        let mut events: Vec<_> = self.notes.borrow().iter().map(|note| (note.at, Event::Note(note.clone()))).collect();
        let at = |at: &Option<Timestamp>| at.unwrap_or_default();
        self.faults.log().read(|lines| {
            events.extend(lines.iter().map(|(time, strike)| (at(time), Event::Strike(strike.clone()))));
        });
        self.journal.log().read(|lines| {
            events.extend(lines.iter().map(|(time, entry)| (at(time), Event::Entry(entry.clone()))));
        });
        events.sort_by_key(|(at, _)| *at);
        Story::new(&events, name)
    }
}

impl<F: Functions> World for VirtualTime<F> {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn step(&mut self) -> bool {
        !self.is_idle() && self.step()
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.take_notes()
    }
}
