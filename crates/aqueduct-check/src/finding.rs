//! What a rule has to say about a topology.

use std::fmt;

use aqueduct_topology::Span;
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Messages are likely to be lost, late or processed twice.
    Warning,
    /// It never works, or loses messages for certain.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, naming the resources by logical id.
    pub message: String,
    /// The way out.
    pub help: String,
    /// The resource to change.
    pub span: Span,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { line, column, .. } = self.span;
        write!(formatter, "{line}:{column}: {}[{}]: {}\nhelp: {}", self.level, self.rule, self.message, self.help)
    }
}
