//! `Fn::ForEach`, written out before anything else is read.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html>

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::node::{Entry, Node, Value};
use crate::parse::{DEPTH_MAX, NODES_MAX, TEMPLATE_BYTES_MAX};
use crate::resolved::Resolved;
use crate::scope::Scope;
use crate::template::Template;
use crate::{Deployment, Diagnostic, Severity, Span};

/// Bytes of text that count as one more part.
const TEXT_OF_A_PART: usize = 256;

/// What the key of a loop starts with.
pub(crate) const LOOP: &str = "Fn::ForEach::";

/// The tree with its loops written out.
pub(crate) fn expand(root: &Rc<Node>, deployment: &Deployment, diagnostics: &mut Vec<Diagnostic>) -> Rc<Node> {
    // Collections may refer to parameters and mappings, and to nothing else.
    let template = Template::without_resources(root);
    let scope = Scope::new(&template, deployment, Vec::new());
    let mut loops = Loops { scope: &scope, room: NODES_MAX, found: Vec::new() };
    let expanded = loops.node(root, 0);
    let found = loops.found;
    if !names_language_extensions(root) {
        diagnostics.push(error(
            "the template has `Fn::ForEach`, but does not name the transform that carries it out",
            "add `Transform: AWS::LanguageExtensions`, before SAM's",
            root.get("Transform").map_or(root.span, |transform| transform.span),
        ));
    }
    diagnostics.extend(found);
    expanded
}

fn names_language_extensions(root: &Node) -> bool {
    let Some(transform) = root.get("Transform") else { return false };
    let is = |node: &Rc<Node>| node.as_str() == Some("AWS::LanguageExtensions");
    is(transform) || transform.as_list().unwrap_or_default().iter().any(is)
}

fn error(message: impl Into<String>, help: &str, span: Span) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message: message.into(), help: Some(help.to_owned()), span }
}

struct Loops<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Parts that loops may still make.
    room: usize,
    found: Vec<Diagnostic>,
}

impl Loops<'_, '_> {
    fn node(&mut self, node: &Rc<Node>, depth: usize) -> Rc<Node> {
        if depth > DEPTH_MAX {
            return Rc::clone(node);
        }
        let value = match &node.value {
            Value::List(items) => Value::List(items.iter().map(|item| self.node(item, depth + 1)).collect()),
            Value::Map(entries) => {
                let mut written = Vec::with_capacity(entries.len());
                let mut keys: BTreeSet<String> =
                    entries.iter().map(|entry| entry.key.clone()).filter(|key| !key.starts_with(LOOP)).collect();
                for entry in entries {
                    if entry.key.starts_with(LOOP) {
                        self.repeat(entry, depth, &mut keys, &mut written);
                    } else {
                        written.push(Entry { node: self.node(&entry.node, depth + 1), ..entry.clone() });
                    }
                }
                Value::Map(written)
            }
            _ => return Rc::clone(node),
        };
        Node::new(value, node.span)
    }

    /// Writes one loop out into `written`.
    fn repeat(&mut self, entry: &Entry, depth: usize, keys: &mut BTreeSet<String>, written: &mut Vec<Entry>) {
        let parts = entry.node.as_list().unwrap_or_default();
        let [identifier, collection, body] = parts else { return self.malformed(entry) };
        let (Some(identifier), true) = (identifier.as_str(), body.is_map()) else { return self.malformed(entry) };
        let Some(items) = self.items(collection, entry) else { return };
        for item in items {
            let mut body_size = 0;
            let Some(body) = replaced(body, identifier, &item, &mut body_size, self.room) else {
                self.found.push(error(
                    format!("`{}` makes more than {NODES_MAX} parts", entry.key),
                    "loop over fewer items",
                    entry.key_span,
                ));
                return;
            };
            self.room = self.room.saturating_sub(body_size);
            for entry in self.node(&body, depth + 1).entries() {
                if !keys.insert(entry.key.clone()) {
                    self.found.push(error(
                        format!("a loop makes `{}` twice", entry.key),
                        "use the loop's variable in the key",
                        entry.key_span,
                    ));
                    return;
                }
                written.push(entry.clone());
            }
        }
    }

    fn malformed(&mut self, entry: &Entry) {
        self.found.push(error(
            format!("`{}` takes a name, a list, and a map", entry.key),
            "see the reference of `Fn::ForEach`",
            entry.key_span,
        ));
    }

    fn items(&mut self, collection: &Node, entry: &Entry) -> Option<Vec<String>> {
        let resolved = self.scope.resolve(collection).value;
        if let Some(unknown) = resolved.first_unknown() {
            self.found.push(Diagnostic {
                severity: Severity::Warning,
                message: format!("`{}` is passed over: its list is not known: {}", entry.key, unknown.reason),
                help: Some("give the parameters that it depends on a value".to_owned()),
                span: entry.key_span,
            });
            return None;
        }
        let items = match resolved {
            Resolved::List(items) => items.iter().map(|item| item.value.text()).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if items.is_none() {
            self.malformed(entry);
        }
        items
    }
}

/// A copy of `node` with the loop's variable replaced; none when it has more than `room` parts.
fn replaced(node: &Rc<Node>, identifier: &str, item: &str, size: &mut usize, room: usize) -> Option<Rc<Node>> {
    *size += 1;
    if *size > room {
        return None;
    }
    let value = match &node.value {
        Value::String(text) => {
            let text = substitute(text, identifier, item)?;
            *size += text.len() / TEXT_OF_A_PART;
            Value::String(text)
        }
        Value::List(items) => Value::List(
            items.iter().map(|node| replaced(node, identifier, item, size, room)).collect::<Option<Vec<_>>>()?,
        ),
        Value::Map(entries) => match entries.as_slice() {
            [entry] if entry.key == "Ref" && entry.node.as_str() == Some(identifier) => Value::String(item.to_owned()),
            entries => Value::Map(
                entries
                    .iter()
                    .map(|entry| {
                        let node = replaced(&entry.node, identifier, item, size, room)?;
                        Some(Entry { key: substitute(&entry.key, identifier, item)?, key_span: entry.key_span, node })
                    })
                    .collect::<Option<Vec<_>>>()?,
            ),
        },
        _ => return Some(Rc::clone(node)),
    };
    Some(Node::new(value, node.span))
}

/// `${Name}` is the item, `&{Name}` the item's letters and digits; none when the text would grow beyond reason.
fn substitute(text: &str, identifier: &str, item: &str) -> Option<String> {
    if !text.contains('{') {
        return Some(text.to_owned());
    }
    if text.matches('{').count().saturating_mul(item.len()) > TEMPLATE_BYTES_MAX {
        return None;
    }
    let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &plain))
}

impl Template {
    /// What loops may refer to.
    fn without_resources(root: &Rc<Node>) -> Self {
        let empty = Node::map::<&str>([], root.span);
        let section = |name: &str| root.get(name).cloned().unwrap_or_else(|| Rc::clone(&empty));
        let parameters = section("Parameters");
        let parameters = parameters.entries().iter().map(|entry| (entry.key.clone(), Rc::clone(&entry.node)));
        Self {
            parameters: parameters.collect(),
            mappings: section("Mappings"),
            conditions: BTreeMap::new(),
            rules: empty,
            globals: None,
            resources: Vec::new(),
            outputs: Vec::new(),
            metadata: None,
        }
    }
}
