//! `AWS::Include`, written out before anything else is read.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/create-reusable-transform-function-snippets-and-add-to-your-template-with-aws-include-transform.html>

use std::rc::Rc;

use crate::loops::LOOP;
use crate::nested::{File, Files, is_local};
use crate::node::{Entry, Node, Value};
use crate::parse::{Limits, OF_TEMPLATES, TEMPLATE_BYTES_MAX, parse_within};
use crate::{Diagnostic, Severity, Span};

const INCLUDE: &str = "AWS::Include";

/// The tree with the files that it includes in their places, and whether these have loops.
pub(crate) fn expand(
    text: &str,
    file: u16,
    root: Rc<Node>,
    files: &Files<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Rc<Node>, bool) {
    if !files.can_read() || !text.contains(INCLUDE) {
        return (root, false);
    }
    let mut includes = Includes { file, files, diagnostics, has_loops: false, room: TEMPLATE_BYTES_MAX };
    let root = includes.at_the_top(&root);
    let root = includes.node(&root);
    (root, includes.has_loops)
}

struct Includes<'a, 'r> {
    file: u16,
    files: &'a Files<'r>,
    diagnostics: &'a mut Vec<Diagnostic>,
    has_loops: bool,
    /// Bytes that may still be included, counting a file each time.
    room: usize,
}

impl Includes<'_, '_> {
    /// The sections of files that the template's own `Transform` includes, beside those that are there.
    fn at_the_top(&mut self, root: &Rc<Node>) -> Rc<Node> {
        let Some(transform) = root.get("Transform") else { return Rc::clone(root) };
        let each = transform.as_list().map_or_else(|| vec![Rc::clone(transform)], <[Rc<Node>]>::to_vec);
        let mut entries = root.entries().to_vec();
        for section in each.iter().filter_map(|it| self.included(it)).flatten() {
            match entries.iter_mut().find(|entry| entry.key == section.key) {
                Some(entry) if entry.node.is_map() => {
                    let both = entry.node.entries().iter().chain(section.node.entries()).cloned().collect();
                    entry.node = Node::new(Value::Map(both), entry.node.span);
                }
                _ => entries.push(section),
            }
        }
        Node::new(Value::Map(entries), root.span)
    }

    fn node(&mut self, node: &Rc<Node>) -> Rc<Node> {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.node(item)).collect();
                Node::new(Value::List(items), node.span)
            }
            Value::Map(entries) => {
                let mut written = Vec::with_capacity(entries.len());
                for entry in entries {
                    let included = (entry.key == "Fn::Transform").then(|| self.included(&entry.node)).flatten();
                    match included {
                        Some(entries) => written.extend(entries),
                        None => written.push(Entry { node: self.node(&entry.node), ..entry.clone() }),
                    }
                }
                Node::new(Value::Map(written), node.span)
            }
            _ => Rc::clone(node),
        }
    }

    /// What a transform includes, if it is a file beside the template.
    fn included(&mut self, transform: &Node) -> Option<Vec<Entry>> {
        let name = transform.get("Name").and_then(|name| name.as_str());
        let location = transform.get("Parameters").and_then(|it| it.get("Location"))?;
        let path = location.as_str().filter(|path| name == Some(INCLUDE) && is_local(path))?;
        match self.entries(path, location.span) {
            Ok(entries) => Some(entries),
            Err(refusal) => {
                // What a file that is not there would say stays unknown.
                let stays = refusal.severity == Severity::Warning;
                self.diagnostics.push(refusal);
                (!stays).then(Vec::new)
            }
        }
    }

    fn entries(&mut self, path: &str, span: Span) -> Result<Vec<Entry>, Diagnostic> {
        let refuse =
            |severity, message: String, help: &str| Diagnostic { severity, message, help: Some(help.to_owned()), span };
        let number = self.files.number(self.file, path).map_err(|why| {
            refuse(Severity::Warning, format!("what `{path}` includes is passed over: {why}"), "check the path")
        })?;
        let file = self.files.file(number);
        let File { name, text } = file.as_ref();
        self.room = self.room.checked_sub(text.len()).ok_or_else(|| {
            let message = format!("with `{name}`, what is included has more than {} MB", TEMPLATE_BYTES_MAX >> 20);
            refuse(Severity::Error, message, "include fewer and smaller files")
        })?;
        self.has_loops |= text.contains(LOOP);
        // CloudFormation does not carry out a transform in what it includes.
        if text.contains(INCLUDE) {
            let message = format!("`{name}`, which is included, includes another file");
            return Err(refuse(Severity::Error, message, "include both files from the template"));
        }
        let limits = Limits { file: number, what: "included file", ..OF_TEMPLATES };
        let root = parse_within(text, limits, self.diagnostics).map_err(|refusal| Diagnostic {
            message: format!("`{name}`, which is included, cannot be read: {}", refusal.message),
            span: if refusal.span == Span::default() { span } else { refusal.span },
            ..refusal
        })?;
        if !root.is_map() {
            let message = format!("`{name}`, which is included, is no map");
            return Err(refuse(
                Severity::Error,
                message,
                "write keys and values, which take the place of the transform",
            ));
        }
        Ok(root.entries().to_vec())
    }
}
