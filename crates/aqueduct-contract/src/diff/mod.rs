//! What changed between two exports, and what of it breaks somebody.

mod functions;
mod schema;

use std::collections::BTreeSet;
use std::fmt;

use crate::{Contracts, EventContract, FunctionContract};
use schema::Side;

/// A change between two exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whether it breaks somebody: a reader, a message that is under way, or the wiring.
    pub breaking: bool,
    /// What changed: `event OrderConfirmed` or `function order-processor`.
    pub subject: String,
    /// How, and for whom it breaks what, in words.
    pub message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.message)
    }
}

impl Contracts {
    /// What changed from these contracts to `later` ones, what breaks first.
    ///
    /// A deployment replaces functions one by one, and messages wait in queues meanwhile: what was sent before is read
    /// after it, and what is sent after it may be read by a function that was not replaced yet. A schema must therefore
    /// fit in both directions where the contracts have both publishers and consumers of an event; where they have one of
    /// the two, others elsewhere are the other.
    ///
    /// ```
    /// use aqueduct_contract::Contracts;
    ///
    /// let contracts = |schema: &str| {
    ///     Contracts::read(&format!(r#"{{"contracts": 1, "events": [{{"type": "Paid", "schema": {schema}}}]}}"#))
    /// };
    /// let before = contracts(r#"{"properties": {"order": {"type": "string"}}, "required": ["order"]}"#)?;
    /// let after = contracts(r#"{"properties": {"id": {"type": "string"}}}"#)?;
    /// let changes = before.changes(&after);
    /// assert!(changes[0].breaking);
    /// assert_eq!(
    ///     changes[0].to_string(),
    ///     "event Paid: the field order is gone, and readers of before require it"
    /// );
    /// # Ok::<(), aqueduct_contract::ContractError>(())
    /// ```
    pub fn changes(&self, later: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let both = Both { before: self, after: later };
        both.events(&mut changes);
        both.functions(&mut changes);
        changes.sort_by(|one, other| (!one.breaking, &one.subject).cmp(&(!other.breaking, &other.subject)));
        changes.dedup();
        changes
    }

    fn publishers<'a>(&'a self, kind: &'a str, version: &'a str) -> impl Iterator<Item = &'a str> {
        let sends = move |function: &&FunctionContract| {
            function.publishes.iter().any(|it| it.event == kind && it.version == version)
        };
        self.functions.iter().filter(sends).map(|function| function.name.as_str())
    }

    fn consumers<'a>(&'a self, kind: &'a str, version: &'a str) -> impl Iterator<Item = &'a str> {
        let reads = move |function: &&FunctionContract| {
            function.consumes.iter().any(|it| it.event == kind && it.version == version)
        };
        self.functions.iter().filter(reads).map(|function| function.name.as_str())
    }
}

/// Two exports.
struct Both<'a> {
    before: &'a Contracts,
    after: &'a Contracts,
}

impl Both<'_> {
    fn events(&self, changes: &mut Vec<Change>) {
        let known: BTreeSet<(&str, &str)> = self
            .before
            .events
            .iter()
            .chain(&self.after.events)
            .map(|it| (it.kind.as_str(), it.version.as_str()))
            .collect();
        for (kind, version) in known {
            let subject =
                if version == "1" { format!("event {kind}") } else { format!("event {kind} version {version}") };
            let mut change =
                |breaking, message: String| changes.push(Change { breaking, subject: subject.clone(), message });
            self.roles(kind, version, &mut change);
            if let (Some(before), Some(after)) = (self.before.event(kind, version), self.after.event(kind, version)) {
                self.schema(before, after, &mut change);
            }
        }
    }

    /// Who sends and who reads the event.
    fn roles(&self, kind: &str, version: &str, change: &mut dyn FnMut(bool, String)) {
        let publishers = [self.before, self.after].map(|it| it.publishers(kind, version).collect::<BTreeSet<_>>());
        let consumers = [self.before, self.after].map(|it| it.consumers(kind, version).collect::<BTreeSet<_>>());
        let [sent_before, sent_after] = &publishers;
        let [read_before, read_after] = &consumers;
        if !sent_before.is_empty() && sent_after.is_empty() {
            let readers = names(read_after);
            let waits = if readers.is_empty() { String::new() } else { format!("; {readers} would wait in vain") };
            change(true, format!("nobody publishes it any more{waits}"));
        } else if sent_before.is_empty() && !sent_after.is_empty() {
            change(false, format!("{} publishes it now", names(sent_after)));
        }
        for gone in read_before.difference(read_after) {
            if sent_after.is_empty() && !sent_before.is_empty() {
                change(false, format!("{gone} does not consume it any more, as nobody publishes it"));
            } else {
                change(true, format!("{gone} does not consume it any more, and it may still be sent or under way"));
            }
        }
        for new in read_after.difference(read_before) {
            change(false, format!("{new} consumes it now"));
        }
    }

    fn schema(&self, before: &EventContract, after: &EventContract, change: &mut dyn FnMut(bool, String)) {
        let (kind, version) = (&before.kind, &before.version);
        let is_published = self.after.publishers(kind, version).next().is_some();
        let is_consumed = self.after.consumers(kind, version).next().is_some();
        let is_nobodys = !is_published && !is_consumed;
        for difference in schema::differences(&before.schema, &after.schema) {
            let breaking = match difference.breaks {
                Some(Side::Readers) => is_published || is_nobodys,
                Some(Side::UnderWay) => is_consumed || is_nobodys,
                None => false,
            };
            change(breaking, difference.words);
        }
    }
}

fn names(functions: &BTreeSet<&str>) -> String {
    functions.iter().copied().collect::<Vec<_>>().join(", ")
}
