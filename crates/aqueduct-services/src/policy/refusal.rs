//! What to tell about a policy that refuses.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Question;

/// More misses than this do not make a statement close.
const MISSES_TOLD: usize = 2;
/// How much of a policy's own text is told, in characters.
const CHARACTERS_TOLD: usize = 200;

impl Question<'_> {
    /// Which statement denies, and what of it was not judged.
    pub(super) fn denial(&self, statement: &Value, doubts: &[String]) -> String {
        let mut text =
            format!("{} denies {} on {} to {}", name_of(statement), self.action, self.resource, self.from.service);
        for doubt in doubts {
            // Writing to a String cannot fail.
            let _ = write!(text, "; {doubt} is not modelled and counts as met");
        }
        text
    }

    /// Which statement is needed, and why the closest one does not do.
    pub(super) fn needed(&self, document: &Value, closest: Option<(&Value, Vec<String>)>) -> String {
        let has = if document.is_null() { "has no policy" } else { "has a policy without a statement for it" };
        let mut text = format!(
            "{} may not {} on {}, which {has}; add {}",
            self.from.service,
            self.action,
            self.resource,
            self.statement()
        );
        if let Some((statement, misses)) = closest.filter(|(_, misses)| misses.len() <= MISSES_TOLD) {
            let _ = write!(text, "; {} comes close, but {}", name_of(statement), misses.join(" and "));
        }
        text
    }

    /// The statement with the least that is needed.
    fn statement(&self) -> Value {
        json!({
            "Effect": "Allow",
            "Principal": { "Service": self.from.service },
            "Action": self.action,
            "Resource": self.resource.as_str(),
            "Condition": { "ArnEquals": { "aws:SourceArn": self.from.source_arn.as_str() } },
        })
    }
}

/// A statement's `Sid`, as a person would call it.
fn name_of(statement: &Value) -> String {
    statement
        .get("Sid")
        .and_then(Value::as_str)
        .map_or_else(|| "a statement".into(), |sid| format!("statement {:?}", shortened(sid.to_owned())))
}

/// A part of a statement, not too much of it.
pub(super) fn shown(value: &Value) -> String {
    shortened(value.to_string())
}

pub(super) fn shortened(text: String) -> String {
    match text.char_indices().nth(CHARACTERS_TOLD) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
