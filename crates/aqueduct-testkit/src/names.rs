//! Names in tests: what a template has of a kind, and what is said of a name that it does not have.

use std::fmt;

use aqueduct_services::ApiError;
use aqueduct_topology::{Topology, nearest};

/// What a test names.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Queue,
    Topic,
    Bus,
    Function,
    Archive,
}

/// A name that a template has nothing of.
#[derive(Debug)]
pub(crate) struct Unknown {
    what: &'static str,
    name: String,
    known: Vec<String>,
}

impl Unknown {
    /// What is to be said of a name; `None` where it is the logical id or the physical name of something.
    pub(crate) fn of(topology: &Topology, kind: Kind, name: &str) -> Option<Self> {
        let (what, known) = known(topology, kind);
        if known.iter().any(|(id, physical)| [*id, *physical].contains(&name)) {
            return None;
        }
        let known = known.into_iter().map(|(id, _)| id.to_owned()).collect();
        Some(Self { what, name: name.to_owned(), known })
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the template has no {} {}; it has {}",
            self.what,
            self.name,
            there_is(&self.name, &self.known)
        )
    }
}

/// Panics where the template has nothing of this kind and name, and nothing was made by a call either.
#[track_caller]
pub(crate) fn expect(topology: &Topology, kind: Kind, name: &str, is_made: impl FnOnce() -> bool) {
    if let Some(unknown) = Unknown::of(topology, kind, name).filter(|_| !is_made()) {
        panic!("{unknown}");
    }
}

/// The names that there are, with the one that may be meant.
pub(crate) fn there_is(name: &str, known: &[impl AsRef<str>]) -> String {
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let near = nearest(name, known.iter().copied()).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    if known.is_empty() { "none".to_owned() } else { known.join(", ") + &near }
}

/// Adds to a refusal that the template has nothing of this name, where that is so: services do not say what they looked for.
pub(crate) fn explained<T>(
    answer: Result<T, ApiError>,
    topology: &Topology,
    kind: Kind,
    name: &str,
) -> Result<T, ApiError> {
    answer.map_err(|error| match Unknown::of(topology, kind, name) {
        Some(unknown) => ApiError { message: format!("{} ({unknown})", error.message), ..error },
        None => error,
    })
}

/// The resources of a kind, by logical id and physical name.
fn known(topology: &Topology, kind: Kind) -> (&'static str, Vec<(&str, &str)>) {
    let queues = topology.queues.iter().map(|it| (it.id.as_str(), it.name.as_str()));
    let topics = topology.topics.iter().map(|it| (it.id.as_str(), it.name.as_str()));
    let buses = topology.buses.iter().map(|it| (it.id.as_str(), it.name.as_str()));
    let functions = topology.functions.iter().map(|it| (it.id.as_str(), it.name.as_str()));
    let archives = topology.archives.iter().map(|it| (it.id.as_str(), it.name.as_str()));
    match kind {
        Kind::Queue => ("queue", queues.collect()),
        Kind::Topic => ("topic", topics.collect()),
        Kind::Bus => ("bus", buses.collect()),
        Kind::Function => ("function", functions.collect()),
        Kind::Archive => ("archive", archives.collect()),
    }
}
