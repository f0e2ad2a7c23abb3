//! What a run did, told by message.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aqueduct_services::{Note, Timestamp, What};

use super::Entry;
use crate::fault::{Point, Strike};

/// What a run did: what each message lived through, with the faults that struck meanwhile (`!`) and the effects that it had
/// (`*`), in virtual time.
///
/// A message is told by the subject of its envelope, and without one by its id. What concerns several, such as an
/// invocation with a batch and the faults in it, is told with each of them.
#[derive(Clone, Debug, Default)]
pub struct Story {
    start: Timestamp,
    lines: Vec<Line>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Note(Note),
    Strike(Strike),
    Entry(Entry),
}

#[derive(Clone, Debug)]
struct Line {
    at: Timestamp,
    about: BTreeSet<String>,
    mark: &'static str,
    text: String,
}

impl Story {
    /// Tells what happened, in order; `name` gives the reader's name for a physical one.
    pub(crate) fn new(events: &[(Timestamp, Event)], name: impl Fn(&str) -> String) -> Self {
        let mut cast = Cast::of(events, &name);
        let mut lines = Vec::new();
        for (at, event) in events {
            let (about, mark, text) = match event {
                Event::Note(note) => {
                    let about = cast.about(note);
                    cast.follow(note);
                    (about, " ", format!("{}: {}", name(&note.place), note.what.words(&name)))
                }
                Event::Strike(strike) => (cast.struck(strike), "!", strike.to_string()),
                Event::Entry(entry) => (cast.of_key(&entry.key).into_iter().collect(), "*", entry.to_string()),
            };
            let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
            lines.push(Line { at: *at, about, mark, text });
        }
        Self { start: events.first().map_or_else(Timestamp::default, |(at, _)| *at), lines }
    }

    fn write(&self, formatter: &mut fmt::Formatter<'_>, line: &Line) -> fmt::Result {
        writeln!(formatter, "{:>12.3} s {} {}", line.at.since(self.start).as_secs_f64(), line.mark, line.text)
    }
}

/// Who is who in a story.
#[derive(Default)]
struct Cast {
    /// Subjects by the ids of messages.
    subjects: BTreeMap<String, String>,
    /// What each invocation is about.
    invocations: BTreeMap<String, Invocation>,
    /// The invocations under way.
    running: BTreeSet<String>,
}

struct Invocation {
    function: String,
    began: Timestamp,
    about: BTreeSet<String>,
}

impl Cast {
    /// Reads who is who. A batch is about the messages that are received as it begins.
    fn of(events: &[(Timestamp, Event)], name: &impl Fn(&str) -> String) -> Self {
        let mut cast = Self::default();
        for (at, event) in events {
            let Event::Note(note) = event else { continue };
            if is_of_message(&note.what) {
                let subject = note.subject.as_ref().unwrap_or(&note.id).clone();
                if let What::Received { .. } = note.what {
                    for invocation in cast.invocations.values_mut().filter(|invocation| invocation.began == *at) {
                        invocation.about.insert(subject.clone());
                    }
                }
                cast.subjects.insert(note.id.clone(), subject);
            } else if let What::Invoked { .. } = note.what {
                let about = note.subject.iter().cloned().collect();
                let invocation = Invocation { function: name(&note.place), began: *at, about };
                cast.invocations.insert(note.id.clone(), invocation);
            }
        }
        cast
    }

    /// Whom a note concerns.
    fn about(&self, note: &Note) -> BTreeSet<String> {
        let known = note.subject.as_ref().or_else(|| self.subjects.get(&note.id));
        match (known, self.invocations.get(&note.id)) {
            (Some(subject), _) => BTreeSet::from([subject.clone()]),
            (None, Some(invocation)) => invocation.about.clone(),
            (None, None) => BTreeSet::new(),
        }
    }

    /// Keeps in mind what is under way.
    fn follow(&mut self, note: &Note) {
        match note.what {
            What::Invoked { .. } => _ = self.running.insert(note.id.clone()),
            What::Finished { .. } | What::Failed { .. } => _ = self.running.remove(&note.id),
            _ => {}
        }
    }

    /// Whom a fault concerns: whatever the function that it strikes, or any for calls, has in hand.
    fn struck(&self, strike: &Strike) -> BTreeSet<String> {
        let function = match &strike.at {
            Point::Invocation { function, .. } | Point::Poll { function, .. } => Some(function),
            _ => None,
        };
        let running = self.running.iter().filter_map(|id| self.invocations.get(id));
        let struck = running.filter(|running| function.is_none_or(|function| *function == running.function));
        struck.flat_map(|running| running.about.clone()).collect()
    }

    /// The message that a key belongs to: a key such as `ord_1/invoice` belongs to the one about `ord_1`.
    fn of_key(&self, key: &str) -> Option<String> {
        let invocations = self.invocations.values().flat_map(|invocation| &invocation.about);
        let known: BTreeSet<&str> = self.subjects.values().chain(invocations).map(String::as_str).collect();
        std::iter::once(key).chain(key.split('/')).find(|part| known.contains(part)).map(str::to_owned)
    }
}

/// Whether a note is about a message in a queue, of which there may be no more than an id.
const fn is_of_message(what: &What) -> bool {
    matches!(
        what,
        What::Sent
            | What::Received { .. }
            | What::Deleted
            | What::Returned
            | What::DeadLettered { .. }
            | What::Moved { .. }
            | What::Expired
    )
}

impl fmt::Display for Story {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = BTreeSet::new();
        for subject in self.lines.iter().flat_map(|line| &line.about).filter(|about| told.insert(*about)) {
            writeln!(formatter, "{subject}")?;
            let mut lines = self.lines.iter().filter(|line| line.about.contains(subject));
            lines.try_for_each(|line| self.write(formatter, line))?;
        }
        let mut alone = self.lines.iter().filter(|line| line.about.is_empty()).peekable();
        if alone.peek().is_some() {
            writeln!(formatter, "apart from any message")?;
        }
        alone.try_for_each(|line| self.write(formatter, line))
    }
}
