//! Where destinations and sources are in a template.

use crate::{ChannelKind, Consumes, Destination};

/// A queue, topic or bus of a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its logical id, or another name that is unique.
    pub id: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Its physical name, where it is known.
    pub name: Option<String>,
    /// Whether it is FIFO.
    pub fifo: bool,
    /// The name of its dead-letter queue, where it has one that is known.
    pub dead_letters: Option<String>,
}

/// Where destinations and sources are. A template knows both; `()` knows neither.
pub trait Places {
    /// Where a function sends to.
    fn destination(&self, function: &str, to: &Destination) -> Option<Place>;

    /// What hands an event to a function.
    fn sources(&self, function: &str, consumes: &Consumes) -> Vec<Place>;
}

impl Places for () {
    fn destination(&self, _function: &str, _to: &Destination) -> Option<Place> {
        None
    }

    fn sources(&self, _function: &str, _consumes: &Consumes) -> Vec<Place> {
        Vec::new()
    }
}
