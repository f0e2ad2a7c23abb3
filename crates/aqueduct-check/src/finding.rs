//! What a rule has to say about a topology.

use std::fmt;

use aqueduct_topology::Span;
use serde::Serialize;
use serde_json::Value;

use crate::Level;

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, naming the resources by logical id.
    pub message: String,
    /// The way out, naming the property to set.
    pub help: String,
    /// The place to change.
    pub span: Span,
    /// The other places that make it wrong, such as the other end of an edge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// The edit that is the way out, where one edit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What stands there, as few words beside it: "may run 30 s".
    pub label: String,
}

/// Edits of the template that make a finding go away, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What to set; all or nothing.
    pub edits: Vec<Edit>,
}

/// A property to set, or to add where it is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Logical id, as the topology has it: of a resource, or function id + event id of a SAM event.
    pub resource: String,
    /// The property in the resource's `Properties`: `VisibilityTimeout`, `RedrivePolicy.maxReceiveCount`, `Targets.0.Arn`.
    pub path: String,
    /// Its new value.
    pub value: Value,
}

impl Finding {
    /// A finding at the place to change: what is wrong, and the way out.
    pub(crate) fn at(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        // The rule that reports it gives it its name and level.
        Self {
            rule: "",
            level: Level::Error,
            message: message.into(),
            help: help.into(),
            span,
            related: Vec::new(),
            fix: None,
        }
    }

    /// Shows another place, such as the other end of the edge, with a few words beside it.
    pub(crate) fn and(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push(Related { span, label: label.into() });
        self
    }

    /// Says which edit is the way out.
    pub(crate) fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

impl Fix {
    /// Sets the property at `path` of a resource or SAM event, see [`Edit`].
    pub(crate) fn set(resource: &str, path: &str, value: impl Into<Value>) -> Self {
        Self { edits: Vec::new() }.and_set(resource, path, value)
    }

    /// Sets one more property.
    pub(crate) fn and_set(mut self, resource: &str, path: &str, value: impl Into<Value>) -> Self {
        self.edits.push(Edit { resource: resource.to_owned(), path: path.to_owned(), value: value.into() });
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { line, column, .. } = self.span;
        write!(formatter, "{line}:{column}: {}[{}]: {}\nhelp: {}", self.level, self.rule, self.message, self.help)
    }
}
