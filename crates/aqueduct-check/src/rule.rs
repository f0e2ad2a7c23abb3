//! What a rule is, and where it is found.

use std::fmt;

use crate::Level;
use crate::check::Report;
use crate::rules::REGISTRY;
use crate::wiring::Wiring;

/// A pattern of wiring that loses, delays or repeats messages.
#[non_exhaustive]
pub struct Rule {
    /// Kebab-case name of the bad pattern; it does not change.
    pub id: &'static str,
    /// What the rule finds, in one line.
    pub summary: &'static str,
    /// How bad a finding is unless the user says otherwise.
    pub level: Level,
    /// What happens to messages because of it.
    pub why: &'static str,
    /// Where AWS documents the behaviour behind it.
    pub source_url: &'static str,
    /// A small template in which the rule finds something.
    pub bad: &'static str,
    /// The same template put right: the rule finds nothing.
    pub good: &'static str,
    /// The contracts, as JSON, that both templates are checked with, when the rule needs some.
    pub contracts: Option<&'static str>,
    /// The sample events that the templates are checked with, when the rule needs some.
    pub samples: &'static [ShownSample],
    /// Rules of other linters that recommend the opposite or mislead here.
    pub misled_by: &'static [Misleading],
    pub(crate) check: fn(&Wiring<'_>, &mut Report<'_>),
}

/// A sample event that a rule shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownSample {
    /// Its name, such as `events/sqs/order.json`.
    pub name: &'static str,
    /// The event as JSON.
    pub text: &'static str,
    /// Whether only the good template has it.
    pub only_good: bool,
}

impl Rule {
    /// The sample events of the bad template, or of the good one.
    pub fn samples_of(&self, good: bool) -> impl Iterator<Item = &'static ShownSample> + use<> {
        self.samples.iter().filter(move |sample| good || !sample.only_good)
    }
}

/// A rule of another linter that leads away from what a rule here asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misleading {
    /// The linter and its rule, such as `checkov CKV_AWS_115`.
    pub linter_rule: &'static str,
    /// What it says, to follow its name, and why that does not help: "asks every function for …, which …".
    pub says: &'static str,
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rule").field("id", &self.id).field("level", &self.level).finish_non_exhaustive()
    }
}

/// Every rule, sorted by id.
pub fn registry() -> &'static [&'static Rule] {
    REGISTRY
}

/// The rule called `id`.
pub fn rule(id: &str) -> Option<&'static Rule> {
    crate::rules::find(id)
}
