//! What a run did, told by message.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aqueduct_services::{Note, Timestamp, What};

use super::Entry;
use crate::fault::Strike;

/// What a run did: what each message lived through, with the faults that struck meanwhile, in virtual time.
///
/// A message is told by the subject of its envelope, and without one by its id. What concerns no single message, such as
/// a fault of a function that has several in hand, is told with each of them.
#[derive(Clone, Debug, Default)]
pub struct Story {
    lines: Vec<Line>,
    /// Subjects by the ids of messages and invocations.
    subjects: BTreeMap<String, String>,
    /// What is being worked on or on its way, by subject: the ids of its messages and invocations.
    in_hand: BTreeMap<String, BTreeSet<String>>,
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
    about: Vec<String>,
    mark: &'static str,
    text: String,
}

impl Story {
    /// Tells what happened; `name` gives the reader's name for a physical one.
    pub(crate) fn new(events: Vec<(Timestamp, Event)>, name: impl Fn(&str) -> String) -> Self {
        let mut story = Self::default();
        for (at, event) in events {
            let (about, mark, text) = match event {
                Event::Note(note) => {
                    let about = story.about(&note);
                    story.follow(&note, &about);
                    (about, " ", format!("{}: {}", name(&note.place), note.what.words(&name)))
                }
                Event::Strike(strike) => (story.in_hand.keys().cloned().collect(), "!", strike.to_string()),
                Event::Entry(entry) => (vec![story.of_key(&entry.key)], "*", entry.to_string()),
            };
            let text = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
            story.lines.push(Line { at, about, mark, text });
        }
        story
    }

    /// The message that a key belongs to: a key such as `ord_1/invoice` belongs to the one about `ord_1`.
    fn of_key(&self, key: &str) -> String {
        let is_known = |name: &str| self.lines.iter().any(|line| line.about.iter().any(|about| about == name));
        let part = key.split('/').find(|part| is_known(part));
        if is_known(key) { key } else { part.unwrap_or(key) }.to_owned()
    }

    /// Whom a note concerns.
    fn about(&mut self, note: &Note) -> Vec<String> {
        if let Some(subject) = note.subject.as_ref().or_else(|| self.subjects.get(&note.id)).cloned() {
            self.subjects.insert(note.id.clone(), subject.clone());
            return vec![subject];
        }
        match note.what {
            What::Invoked { .. } | What::Finished { .. } | What::Failed { .. } | What::Throttled => {
                self.in_hand.keys().cloned().collect()
            }
            _ => vec![note.id.clone()],
        }
    }

    /// Keeps in mind what is in hand.
    fn follow(&mut self, note: &Note, about: &[String]) {
        let [subject] = about else { return };
        match note.what {
            What::Received { .. } | What::Invoked { .. } => {
                self.in_hand.entry(subject.clone()).or_default().insert(note.id.clone());
            }
            What::Deleted
            | What::Returned
            | What::DeadLettered { .. }
            | What::Finished { .. }
            | What::Failed { .. }
            | What::Lost { .. } => {
                if let Some(ids) = self.in_hand.get_mut(subject) {
                    ids.remove(&note.id);
                    if ids.is_empty() {
                        self.in_hand.remove(subject);
                    }
                }
            }
            _ => {}
        }
    }

    /// The messages, in the order in which they came.
    fn subjects(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let all = self.lines.iter().flat_map(|line| &line.about);
        all.map(String::as_str).filter(|about| seen.insert(*about)).collect()
    }

    fn start(&self) -> Timestamp {
        self.lines.iter().map(|line| line.at).min().unwrap_or_default()
    }
}

impl fmt::Display for Story {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start();
        let write = |formatter: &mut fmt::Formatter<'_>, line: &Line| {
            writeln!(formatter, "{:>12.3} s {} {}", line.at.since(start).as_secs_f64(), line.mark, line.text)
        };
        for subject in self.subjects() {
            writeln!(formatter, "{subject}")?;
            let mut lines: Vec<_> =
                self.lines.iter().filter(|line| line.about.iter().any(|about| about == subject)).collect();
            lines.sort_by_key(|line| line.at);
            lines.into_iter().try_for_each(|line| write(formatter, line))?;
        }
        let mut alone = self.lines.iter().filter(|line| line.about.is_empty()).peekable();
        if alone.peek().is_some() {
            writeln!(formatter, "apart from any message")?;
        }
        alone.try_for_each(|line| write(formatter, line))
    }
}
