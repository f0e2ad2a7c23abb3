//! A fix as edits of the template's text, which leave everything else as it is.

use std::ops::Range;

use aqueduct_topology::{Lines, Property, Resolved, Resource, Span, Topology};
use serde_json::Value;
use thiserror::Error;

use crate::finding::{Edit, Fix};

/// Bytes of a text to replace; an empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// Which bytes.
    pub range: Range<usize>,
    /// What to put there.
    pub text: String,
}

/// Why a fix cannot be made by editing the template's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unfixable {
    /// The topology has no such resource, or not in this file.
    #[error("{0} is not in this template")]
    Elsewhere(String),
    /// SAM makes the property of something else.
    #[error("{path} of {resource} is made by SAM; set it where SAM takes it from")]
    Generated {
        /// The resource.
        resource: String,
        /// The property.
        path: String,
    },
    /// The value comes from `Globals`, an anchor or a parameter, which others may share.
    #[error("{path} of {resource} is not written there: change it where it comes from")]
    Shared {
        /// The resource.
        resource: String,
        /// The property.
        path: String,
    },
    /// There is nowhere to put it yet.
    #[error("{resource} has no Properties yet; write them, with its {path}")]
    NoProperties {
        /// The resource.
        resource: String,
        /// The property.
        path: String,
    },
    /// Text around the place is not of a kind that can be edited here.
    #[error("{path} of {resource} stands in text that is not edited here; set it by hand")]
    Unreadable {
        /// The resource.
        resource: String,
        /// The property.
        path: String,
    },
}

impl Fix {
    /// The edits of the text of `file`, from which `topology` was read; all of them or none.
    pub fn plan(
        &self,
        topology: &Topology,
        file: u16,
        text: &str,
        lines: &Lines<'_>,
    ) -> Result<Vec<TextEdit>, Unfixable> {
        let mut edits = Vec::new();
        for edit in &self.edits {
            let resource = topology.resource(&edit.resource).filter(|resource| resource.span.file == file);
            let resource = resource.ok_or_else(|| Unfixable::Elsewhere(edit.resource.clone()))?;
            let origin =
                resource.generated_by.as_ref().and_then(|origin| topology.resource(origin)).unwrap_or(resource);
            edits.push(Place { resource, body: origin.body, edit, text, lines }.plan()?);
        }
        edits.sort_by_key(|edit| edit.range.start);
        Ok(edits)
    }
}

/// The text with the edits; of two that overlap, the first is made.
pub fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.range.start);
    let mut edited = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in sorted {
        let Some(before) = text.get(done..edit.range.start) else { continue };
        edited.push_str(before);
        edited.push_str(&edit.text);
        done = edit.range.end;
    }
    edited + text.get(done..).unwrap_or_default()
}

/// An edit and where it belongs.
struct Place<'a> {
    resource: &'a Resource,
    /// Where the resource stands, or the function that SAM makes it of.
    body: Span,
    edit: &'a Edit,
    text: &'a str,
    lines: &'a Lines<'a>,
}

impl Place<'_> {
    fn plan(&self) -> Result<TextEdit, Unfixable> {
        let mut steps: Vec<&str> = self.edit.path.split('.').collect();
        let mut inner = &self.resource.properties;
        let mut depth = 0;
        while let Some(next) = steps.get(depth).and_then(|step| child(inner, step)) {
            if !self.is_written(next) {
                return Err(self.shared());
            }
            inner = next;
            depth += 1;
        }
        let missing = steps.split_off(depth);
        match missing.as_slice() {
            [] => self.replace(inner),
            _ if !self.resource.has_properties => {
                let (resource, path) = (self.edit.resource.clone(), self.edit.path.clone());
                Err(Unfixable::NoProperties { resource, path })
            }
            [first, rest @ ..] => {
                let value = rest.iter().rev().fold(self.edit.value.clone(), |value, step| {
                    Value::Object([((*step).to_owned(), value)].into_iter().collect())
                });
                self.insert(inner, first, &value)
            }
        }
    }

    /// Whether a part stands in the resource itself rather than in `Globals` or under an anchor elsewhere, with a key of its
    /// own rather than one that SAM gives it.
    fn is_written(&self, part: &Property) -> bool {
        let start = (self.resource.span.line, self.resource.span.column);
        let end = (self.body.end_line, self.body.end_column);
        [part.key_span, part.span].into_iter().all(|span| {
            span.file == self.body.file && (span.line, span.column) > start && (span.end_line, span.end_column) <= end
        })
    }

    /// Puts the value where another stands, when that is a plain one.
    fn replace(&self, part: &Property) -> Result<TextEdit, Unfixable> {
        let Range { start, end } = self.lines.range(part.span);
        let written = self.text.get(start..end).unwrap_or_default().trim_end();
        let range = start..start + written.len();
        let plain = written.trim_matches(['"', '\'']);
        match part.value.text() {
            // What is written is not what it comes to: an intrinsic function stands there, such as `!Ref Timeout`.
            Some(value) if value != plain => Err(self.shared()),
            Some(_) => {
                let quoted = written.starts_with('"');
                Ok(TextEdit { range, text: scalar(&self.edit.value, quoted).ok_or_else(|| self.unreadable())? })
            }
            None => Err(self.unreadable()),
        }
    }

    /// Adds a property as the first of a map.
    fn insert(&self, map: &Property, key: &str, value: &Value) -> Result<TextEdit, Unfixable> {
        let Resolved::Map(entries) = &map.value else { return Err(self.unreadable()) };
        let keyed = entries.iter().map(|(_, entry)| entry).filter(|it| self.is_written(it) && it.key_span != it.span);
        let first = keyed.map(|entry| self.lines.range(entry.key_span).start).min();
        // Without a key, an empty pair of braces says where the map is.
        let at = first.unwrap_or_else(|| self.lines.range(map.span).start + 1);
        let before = self.text.get(..at).unwrap_or_default();
        if let Some(outside) = before.trim_end().strip_suffix('{') {
            let indent = &before[outside.len() + 1..];
            let quote = if self.text[at..].starts_with('"') { "\"" } else { "" };
            let value = if quote.is_empty() { flow(value) } else { value.to_string() };
            // The white space of the first property comes behind, so that both stand alike.
            let behind = if first.is_some() {
                format!(",{}", if indent.is_empty() { " " } else { indent })
            } else {
                String::new()
            };
            return Ok(TextEdit { range: at..at, text: format!("{quote}{key}{quote}: {value}{behind}") });
        }
        // A block map starts at its first key, behind nothing but white space or the dash of a list.
        let indent = before.rsplit('\n').next().unwrap_or_default();
        if first.is_none() || !indent.chars().all(|it| it == ' ' || it == '-') {
            return Err(self.unreadable());
        }
        let end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        Ok(TextEdit { range: at..at, text: format!("{key}: {}{end}{}", flow(value), " ".repeat(indent.len())) })
    }

    fn shared(&self) -> Unfixable {
        Unfixable::Shared { resource: self.resource.id.clone(), path: self.edit.path.clone() }
    }

    fn unreadable(&self) -> Unfixable {
        let (resource, path) = (self.resource.id.clone(), self.edit.path.clone());
        match self.resource.generated_by {
            Some(_) if !self.resource.has_properties => Unfixable::Generated { resource, path },
            _ => Unfixable::Unreadable { resource, path },
        }
    }
}

fn child<'p>(part: &'p Property, step: &str) -> Option<&'p Property> {
    match &part.value {
        Resolved::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => part.get(step),
    }
}

/// A text, number or flag as YAML; in quotes where they are needed or were.
fn scalar(value: &Value, quoted: bool) -> Option<String> {
    match value {
        Value::String(text) if quoted || !is_plain(text) => serde_json::to_string(text).ok(),
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) if quoted => Some(format!("\"{value}\"")),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A value in YAML's flow style.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| format!("{}: {}", word(key), flow(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::String(text) => word(text),
        value => value.to_string(),
    }
}

fn word(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { Value::from(text).to_string() }
}

/// Whether YAML takes a text without quotes for the same text, in every style.
fn is_plain(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        )
}

#[cfg(test)]
#[path = "edits_tests.rs"]
mod tests;
