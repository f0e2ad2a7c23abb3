//! What goes wrong in a cloud: faults that are drawn or listed, and outages that the test asks for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aqueduct_services::sqs::{Liberties, Liberty};
use aqueduct_topology::Topology;

use crate::fault::{Fault, Faults, Point};

/// When a copy of a message comes that comes while the first one is being worked on, at the soonest.
const SOON: Duration = Duration::from_millis(2);

/// When a copy comes that comes after the first one is done with, as a rule.
const LATER: Duration = Duration::from_secs(2);

/// What goes wrong, for connector and driver alike.
#[derive(Clone, Debug)]
pub(crate) struct Mishaps(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    faults: Faults,
    /// Logical ids by physical name.
    ids: BTreeMap<String, String>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How often something happened at a place.
    counts: BTreeMap<String, u64>,
    outages: Vec<(String, Range<Duration>)>,
}

impl Mishaps {
    pub(crate) fn new(faults: Faults, topology: &Topology) -> Self {
        let functions = topology.functions.iter().map(|function| (function.name.clone(), function.id.clone()));
        let queues = topology.queues.iter().map(|queue| (queue.name.clone(), queue.id.clone()));
        let ids = functions.chain(queues).collect();
        Self(Arc::new(Shared { faults, ids, state: Mutex::default() }))
    }

    /// The logical id of a function or queue, or the physical name where the template has none.
    pub(crate) fn id<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.ids.get(name).map_or(name, String::as_str)
    }

    /// How often this was asked for a place before.
    pub(crate) fn count(&self, place: &str) -> u64 {
        let mut state = self.state();
        if let Some(count) = state.counts.get_mut(place) {
            *count += 1;
            return *count - 1;
        }
        state.counts.insert(place.to_owned(), 1);
        0
    }

    /// What goes wrong at a point.
    pub(crate) fn at(&self, point: &Point) -> Option<Fault> {
        self.0.faults.at(point)
    }

    /// The liberties that queues take with messages.
    pub(crate) fn liberties(&self) -> Liberties {
        let mishaps = self.clone();
        Liberties::new(move |queue| {
            let id = mishaps.id(queue.name());
            let nth = mishaps.count(id);
            match mishaps.at(&Point::Delivery { queue: id.to_owned(), nth })? {
                Fault::Duplicate => Some(Liberty::Again { after: if nth.is_multiple_of(2) { SOON } else { LATER } }),
                Fault::Reorder { millis } => Some(Liberty::Late { by: Duration::from_millis(millis) }),
                _ => None,
            }
        })
    }

    pub(crate) fn outage(&self, place: &str, during: Range<Duration>) {
        self.state().outages.push((place.to_owned(), during));
    }

    /// Whether a function, service or operation is away.
    pub(crate) fn is_out(&self, place: &str, elapsed: Duration) -> bool {
        let covers = |out: &str| place == out || place.strip_prefix(out).is_some_and(|rest| rest.starts_with('.'));
        self.state().outages.iter().any(|(out, during)| during.contains(&elapsed) && covers(out))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
