//! Text to tree: YAML or JSON, short-form intrinsic functions made long, within limits.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::node::{Entry, Node, Value};
use crate::{Diagnostic, Severity, Span, scalar};

/// CloudFormation takes templates of up to 1 MB, which SAM's and other macros may still shrink.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub(crate) const TEMPLATE_BYTES_MAX: usize = 4 << 20;
/// How deep parts may nest; real templates stay below 20.
pub(crate) const DEPTH_MAX: usize = 64;
/// How many parts a template may have, counting a part once more for each alias that repeats it.
pub(crate) const NODES_MAX: usize = 200_000;

/// The intrinsic functions that have a short form, without `Fn::`.
const SHORT_FORMS: [&str; 18] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// What the tags of YAML's own types start with.
const YAML: &str = "tag:yaml.org,2002:";

/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>
const REFUSED_TAGS: [&str; 5] = ["binary", "omap", "pairs", "set", "timestamp"];

/// How much of a document is read.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Which of the documents that are read together it is.
    pub(crate) file: u16,
    /// What the document is called in messages.
    pub(crate) what: &'static str,
    pub(crate) bytes: usize,
    /// How many parts it may have, counting a part once more for each alias that repeats it.
    pub(crate) parts: usize,
}

pub(crate) const OF_TEMPLATES: Limits =
    Limits { file: 0, what: "template", bytes: TEMPLATE_BYTES_MAX, parts: NODES_MAX };

/// Reads the one document of `text`, a template or a part of one.
pub(crate) fn parse(text: &str, diagnostics: &mut Vec<Diagnostic>) -> Result<Rc<Node>, Diagnostic> {
    parse_within(text, OF_TEMPLATES, diagnostics)
}

/// Reads the one document of `text` within `limits`.
pub(crate) fn parse_within(
    text: &str,
    limits: Limits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Rc<Node>, Diagnostic> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Limits { what, bytes, .. } = limits;
    if text.len() > bytes {
        return Err(refusal(
            Span::default(),
            format!("the {what} has {} bytes, more than the {bytes} that are read", text.len()),
            "split it into nested stacks, or move inline code and definitions into files",
        ));
    }
    let json = text.trim_start().starts_with('{').then(|| json_as_yaml(text));
    let mut builder = Builder::new(limits, diagnostics);
    for event in Parser::new_from_str(json.as_deref().unwrap_or(text)) {
        let (event, span) = event.map_err(|error| {
            refusal(
                Span { file: limits.file, ..point(error.marker()) },
                format!("the template is not valid YAML or JSON: {}", error.info()),
                "check indentation, quotes and brackets at this place and just before it",
            )
        })?;
        builder.take(event, span)?;
    }
    builder.root.ok_or_else(|| {
        refusal(Span::default(), "the template is empty".to_owned(), "describe at least one resource under `Resources`")
    })
}

/// The two things of JSON that YAML does not take: tabs between parts, and characters written as surrogate pairs.
///
/// No JSON string holds a raw tab, so none is lost.
fn json_as_yaml(text: &str) -> String {
    let mut yaml = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['\t', '\\']) {
        yaml.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some(after) = rest.strip_prefix('\t') {
            yaml.push(' ');
            rest = after;
        } else if let Some((character, after)) = surrogate_pair(rest) {
            yaml.push(character);
            rest = after;
        } else {
            // A backslash goes with the character that it escapes, which may be another backslash.
            let escape: String = rest.chars().take(2).collect();
            rest = &rest[escape.len()..];
            yaml.push_str(&escape);
        }
    }
    yaml + rest
}

/// The character that twelve bytes such as `\ud83d\ude00` stand for, and what follows them.
fn surrogate_pair(text: &str) -> Option<(char, &str)> {
    let unit = |place: usize| {
        let digits = text.get(place..place + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let character =
        char::decode_utf16([unit(0)?, unit(6)?]).next()?.ok().filter(|character| *character > '\u{ffff}')?;
    Some((character, &text[12..]))
}

fn refusal(span: Span, message: String, help: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message, help: Some(help.to_owned()), span }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn point(marker: &Marker) -> Span {
    let (line, column) = (number(marker.line()), number(marker.col()).saturating_add(1));
    Span { file: 0, line, column, end_line: line, end_column: column }
}

fn convert(span: saphyr_parser::Span) -> Span {
    let (start, end) = (point(&span.start), point(&span.end));
    Span { end_line: end.line, end_column: end.column, ..start }
}

/// Maps with more keys than this are searched by an index.
const SEARCHED_KEYS_MAX: usize = 16;

/// A list or map whose end has not come yet.
struct Open {
    value: Value,
    /// Where each key stands in a map with many.
    index: HashMap<String, usize>,
    /// The key that waits for its value, in a map.
    key: Option<(String, Span)>,
    tag: Option<String>,
    anchor: usize,
    span: Span,
    /// Parts in it, itself included.
    size: usize,
}

/// Builds the tree from the parser's events, without recursion.
struct Builder<'a> {
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Rc<Node>, usize)>,
    root: Option<Rc<Node>>,
    size: usize,
    limits: Limits,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(limits: Limits, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self { open: Vec::new(), anchors: BTreeMap::new(), root: None, size: 0, limits, diagnostics }
    }

    fn take(&mut self, event: Event<'_>, span: saphyr_parser::Span) -> Result<(), Diagnostic> {
        let span = Span { file: self.limits.file, ..convert(span) };
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(refusal(
                span,
                "the template has a second YAML document".to_owned(),
                "keep one template per file and remove what follows `---`",
            )),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().map(short_form);
                if self.wants_key() {
                    return self.key(text.into_owned(), style, span);
                }
                let value = match (style, tag.as_deref().map(|tag| tag.strip_prefix(YAML).ok_or(tag))) {
                    (_, Some(Ok("int" | "float" | "bool" | "null"))) | (ScalarStyle::Plain, None) => {
                        scalar::plain(&text)
                    }
                    _ => Value::String(text.into_owned()),
                };
                self.finish(value, tag.as_deref(), anchor, span, 1)
            }
            Event::SequenceStart(anchor, tag) => self.start(Value::List(Vec::new()), tag.as_deref(), anchor, span),
            Event::MappingStart(anchor, tag) => self.start(Value::Map(Vec::new()), tag.as_deref(), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                // A block's end event stands at the next token; only a bracket has a width of its own.
                let bracket = (span.line, span.column) != (span.end_line, span.end_column);
                let end = if bracket { span } else { last_span(&open.value).unwrap_or(open.span) };
                let span_all = Span { end_line: end.end_line, end_column: end.end_column, ..open.span };
                self.finish(open.value, open.tag.as_deref(), open.anchor, span_all, open.size)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(refusal(
                        span,
                        "an alias stands inside the part that it repeats".to_owned(),
                        "write the part out",
                    ));
                };
                self.count(size, span)?;
                self.attach(node, size, span)
            }
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.value, Value::Map(_)) && open.key.is_none())
    }

    fn start(&mut self, value: Value, tag: Option<&Tag>, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.wants_key() {
            return Err(refusal(span, "a key is a list or a map".to_owned(), "use text as keys"));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(refusal(
                span,
                format!("the template nests more than {DEPTH_MAX} parts"),
                "move the inner parts into files of their own",
            ));
        }
        let index = HashMap::new();
        self.open.push(Open { value, index, key: None, tag: tag.map(short_form), anchor, span, size: 1 });
        Ok(())
    }

    fn key(&mut self, text: String, style: ScalarStyle, span: Span) -> Result<(), Diagnostic> {
        self.count(1, span)?;
        let merges = style == ScalarStyle::Plain && text == "<<";
        if let Some(open) = self.open.last_mut() {
            if !merges && let Some(first) = open.entry(&text).filter(|entry| entry.key_span.line > 0) {
                self.diagnostics.push(refusal(
                    span,
                    format!("`{text}` stands twice in one map, first in line {}", first.key_span.line),
                    "rename or remove one of them; the first is read",
                ));
            }
            open.key = Some((text, span));
        }
        Ok(())
    }

    fn finish(
        &mut self,
        value: Value,
        tag: Option<&str>,
        anchor: usize,
        span: Span,
        size: usize,
    ) -> Result<(), Diagnostic> {
        self.count(1, span)?;
        let node = self.tagged(Node::new(value, span), tag);
        if anchor > 0 {
            self.anchors.insert(anchor, (Rc::clone(&node), size));
        }
        self.attach(node, size, span)
    }

    /// Puts a finished part where it belongs.
    fn attach(&mut self, node: Rc<Node>, size: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size = open.size.saturating_add(size);
        match (&mut open.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(_), Some((key, _))) if key == "<<" => open.merge(&node),
            (Value::Map(_), Some((key, key_span))) => open.put(Entry { key, key_span, node }),
            _ => return Err(refusal(span, "a key is an alias".to_owned(), "use text as keys")),
        }
        Ok(())
    }

    fn count(&mut self, size: usize, span: Span) -> Result<(), Diagnostic> {
        self.size = self.size.saturating_add(size);
        let Limits { what, parts, .. } = self.limits;
        if self.size <= parts {
            return Ok(());
        }
        Err(refusal(
            span,
            format!("the {what} has more than {parts} parts, aliases counted in full"),
            "split it into nested stacks",
        ))
    }

    /// Makes `!Sub x` the map `{"Fn::Sub": x}`.
    fn tagged(&mut self, node: Rc<Node>, tag: Option<&str>) -> Rc<Node> {
        let span = node.span;
        if let Some(kind) = tag.and_then(|tag| tag.strip_prefix(YAML)).filter(|kind| REFUSED_TAGS.contains(kind)) {
            let message = format!("CloudFormation does not take the tag `!!{kind}`");
            self.diagnostics.push(refusal(span, message, "write the value without the tag"));
        }
        let Some(name) = tag.and_then(|tag| tag.strip_prefix('!')).filter(|name| !name.is_empty()) else {
            return node;
        };
        match name {
            "Ref" | "Condition" => Node::map([(name, node)], span),
            "GetAtt" => {
                let parts = match node.as_str().and_then(|text| text.split_once('.')) {
                    Some((id, attribute)) => {
                        Node::new(Value::List(vec![Node::string(id, span), Node::string(attribute, span)]), span)
                    }
                    None => node,
                };
                Node::map([("Fn::GetAtt", parts)], span)
            }
            _ => {
                if !SHORT_FORMS.contains(&name) {
                    let known = SHORT_FORMS.into_iter().chain(["Ref", "Condition"]);
                    self.diagnostics.push(Diagnostic {
                        severity: Severity::Error,
                        message: format!("CloudFormation has no tag `!{name}`"),
                        help: crate::suggest::nearest(name, known).map(|near| format!("did you mean `!{near}`?")),
                        span,
                    });
                }
                Node::map([(format!("Fn::{name}"), node)], span)
            }
        }
    }
}

/// A tag as it was written: `!Sub`, or the whole name of one of YAML's own.
fn short_form(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

fn last_span(value: &Value) -> Option<Span> {
    match value {
        Value::List(items) => items.last().map(|item| item.span),
        Value::Map(entries) => entries.last().map(|entry| entry.node.span),
        _ => None,
    }
}

impl Open {
    fn position(&self, key: &str) -> Option<usize> {
        let Value::Map(entries) = &self.value else { return None };
        if entries.len() > SEARCHED_KEYS_MAX {
            return self.index.get(key).copied();
        }
        entries.iter().position(|entry| entry.key == key)
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        let Value::Map(entries) = &self.value else { return None };
        entries.get(self.position(key)?)
    }

    /// Puts an entry into a map; the first that is written under a key stays.
    fn put(&mut self, entry: Entry) {
        let place = self.position(&entry.key);
        let Value::Map(entries) = &mut self.value else { return };
        match place.and_then(|place| entries.get_mut(place)) {
            // Line 0 marks an entry that came by `<<`, which a written one replaces.
            Some(own) if own.key_span.line == 0 => *own = entry,
            Some(_) => {}
            None => {
                entries.push(entry);
                let new = if entries.len() > SEARCHED_KEYS_MAX + 1 { entries.len() - 1 } else { 0 };
                if entries.len() > SEARCHED_KEYS_MAX {
                    let keys = entries.iter().enumerate().skip(new);
                    self.index.extend(keys.map(|(place, entry)| (entry.key.clone(), place)));
                }
            }
        }
    }

    /// `<<`: adds the entries of a map, or of a list of maps, that the map does not have itself.
    fn merge(&mut self, source: &Node) {
        for map in source.as_list().unwrap_or_default() {
            self.merge(map);
        }
        for entry in source.entries() {
            if self.position(&entry.key).is_none() {
                self.put(Entry { key_span: Span::default(), ..entry.clone() });
            }
        }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
