//! What changed between two JSON Schemas, and in which direction it does not fit.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Schemas nested deeper are taken for the same.
const DEPTH_MAX: usize = 40;

/// More differences than this are not told.
const DIFFERENCES_MAX: usize = 200;

/// Who a change does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Those who read by the schema of before get what is written by that of after.
    Readers,
    /// What was written by the schema of before is read by that of after.
    UnderWay,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) breaks: Option<Side>,
    pub(super) words: String,
}

/// The differences of two schemas, each a document of its own.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut comparison = Comparison { before, after, seen: BTreeSet::new(), found: Vec::new() };
    comparison.schemas(before, after, "", DEPTH_MAX);
    comparison.found
}

struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    /// Pairs of references that were followed: a schema may refer to itself.
    seen: BTreeSet<(String, String)>,
    found: Vec<Difference>,
}

/// A schema that says nothing.
static ANYTHING: Value = Value::Bool(true);

impl<'a> Comparison<'a> {
    fn tell(&mut self, breaks: Option<Side>, words: String) {
        if self.found.len() < DIFFERENCES_MAX {
            self.found.push(Difference { breaks, words });
        }
    }

    fn schemas(&mut self, before: &'a Value, after: &'a Value, at: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let references =
            [before, after].map(|it| it.get("$ref").and_then(Value::as_str).unwrap_or_default().to_owned());
        let [old, new] = references;
        let is_reference = !old.is_empty() || !new.is_empty();
        if is_reference && !self.seen.insert((old, new)) {
            return;
        }
        let (before, after) = (resolve(self.before, before), resolve(self.after, after));
        if before == after {
            return;
        }
        let (Value::Object(old), Value::Object(new)) = (before, after) else {
            return self.other_booleans(before, after, at);
        };
        self.types(old, new, at);
        self.values(old, new, at);
        self.bounds(old, new, at);
        self.members(old, new, at, depth);
        for (keyword, words) in [("items", "each of "), ("additionalProperties", "each value of ")] {
            let [old, new] = [old, new].map(|it| it.get(keyword).unwrap_or(&ANYTHING));
            if old.is_object() || new.is_object() {
                self.schemas(old, new, &format!("{words}{}", place(at)), depth);
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            self.variants(old, new, keyword, at, depth);
        }
        let all = |it: &'a Map<String, Value>| it.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if all(old).len() == all(new).len() {
            for (old, new) in all(old).iter().zip(all(new)) {
                self.schemas(old, new, at, depth);
            }
        } else {
            self.tell(Some(Side::Readers), format!("{} is put together in another way", place(at)));
        }
    }

    fn other_booleans(&mut self, before: &Value, after: &Value, at: &str) {
        let open = |it: &Value| *it == true || it.as_object().is_some_and(Map::is_empty);
        if open(before) {
            self.tell(
                Some(Side::UnderWay),
                format!("{} could be anything before, and must have a form now", place(at)),
            );
        } else if open(after) {
            self.tell(
                Some(Side::Readers),
                format!("{} can be anything now, and readers of before expect its form", place(at)),
            );
        } else {
            self.tell(Some(Side::Readers), format!("{} is another schema", place(at)));
        }
    }

    fn types(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        let (before, after) = (types(old), types(new));
        if before == after {
            return;
        }
        let words = |types: &BTreeSet<String>| match types.len() {
            0 => "anything".to_owned(),
            _ => types.iter().cloned().collect::<Vec<_>>().join(" or "),
        };
        let what = format!("{} is {} instead of {}", place(at), words(&after), words(&before));
        let covers = |wide: &BTreeSet<String>, narrow: &BTreeSet<String>| {
            wide.is_empty()
                || (!narrow.is_empty()
                    && narrow.iter().all(|it| wide.contains(it) || (it == "integer" && wide.contains("number"))))
        };
        if !covers(&before, &after) {
            self.tell(Some(Side::Readers), format!("{what}, which readers of before do not expect"));
        }
        if !covers(&after, &before) {
            self.tell(Some(Side::UnderWay), format!("{what}, and messages under way have the other"));
        }
    }

    fn values(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        match (values(old), values(new)) {
            (Some(before), Some(after)) => {
                for value in after.iter().filter(|value| !before.contains(value)) {
                    let words = format!("{} can be {value} now, which readers of before do not know", place(at));
                    self.tell(Some(Side::Readers), words);
                }
                for value in before.iter().filter(|value| !after.contains(value)) {
                    let words = format!("{} cannot be {value} any more, and messages under way may say it", place(at));
                    self.tell(Some(Side::UnderWay), words);
                }
            }
            (Some(_), None) => {
                let words = format!("{} is not one of a list any more: readers of before know only those", place(at));
                self.tell(Some(Side::Readers), words);
            }
            (None, Some(_)) => {
                let words = format!("{} must be one of a list now, and messages under way may say another", place(at));
                self.tell(Some(Side::UnderWay), words);
            }
            (None, None) => {}
        }
    }

    fn bounds(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        let number = |it: &Map<String, Value>, name: &str| it.get(name).and_then(Value::as_f64);
        for (name, is_lower) in BOUNDS {
            let (before, after) = (number(old, name), number(new, name));
            let none = if is_lower { f64::NEG_INFINITY } else { f64::INFINITY };
            let (low, high) = (before.unwrap_or(none), after.unwrap_or(none));
            if (high > low) == is_lower && before != after {
                let words = format!("{} is bound tighter by {name}, and messages under way may be beyond", place(at));
                self.tell(Some(Side::UnderWay), words);
            } else if before != after {
                let words = format!("{} is bound looser by {name}, which readers of before do not expect", place(at));
                self.tell(Some(Side::Readers), words);
            }
        }
        for name in ["pattern", "format", "multipleOf"] {
            match (old.get(name), new.get(name)) {
                (before, after) if before == after => {}
                (Some(_), None) => {
                    self.tell(Some(Side::Readers), format!("{} has no {name} any more", place(at)));
                }
                (_, Some(after)) => {
                    self.tell(Some(Side::UnderWay), format!("{} must be of the {name} {after} now", place(at)));
                }
                (None, None) => {}
            }
        }
    }

    fn members(&mut self, old: &'a Map<String, Value>, new: &'a Map<String, Value>, at: &str, depth: usize) {
        let requires = |it: &Map<String, Value>, name: &str| {
            it.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|it| it == name))
        };
        let is_closed = |it: &Map<String, Value>| it.get("additionalProperties") == Some(&Value::Bool(false));
        let members =
            |it: &'a Map<String, Value>| it.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, before) in members(old) {
            let below = below(at, name);
            let Some(after) = new.get("properties").and_then(|it| it.get(name)) else {
                let gone = format!("the field {below} is gone");
                if requires(old, name) {
                    self.tell(Some(Side::Readers), format!("{gone}, and readers of before require it"));
                } else if is_closed(new) {
                    self.tell(Some(Side::UnderWay), format!("{gone}, and messages under way that have it are refused"));
                } else {
                    self.tell(None, format!("{gone}, which nobody required"));
                }
                continue;
            };
            match (requires(old, name), requires(new, name)) {
                (true, false) => {
                    let words = format!("the field {below} may be missing now, and readers of before require it");
                    self.tell(Some(Side::Readers), words);
                }
                (false, true) => {
                    let words = format!("the field {below} is required now, and messages under way may lack it");
                    self.tell(Some(Side::UnderWay), words);
                }
                _ => {}
            }
            self.schemas(before, after, &below, depth);
        }
        for (name, _) in
            members(new).filter(|(name, _)| old.get("properties").is_none_or(|it| it.get(name.as_str()).is_none()))
        {
            let new_field = format!("the field {} is new", below(at, name));
            if requires(new, name) {
                self.tell(Some(Side::UnderWay), format!("{new_field} and required, and messages under way lack it"));
            }
            if is_closed(old) {
                self.tell(
                    Some(Side::Readers),
                    format!("{new_field}, and readers of before refuse fields that they do not know"),
                );
            } else if !requires(new, name) {
                self.tell(None, format!("{new_field} and may be missing"));
            }
        }
        if !is_closed(old) && is_closed(new) {
            self.tell(
                Some(Side::UnderWay),
                format!("{} refuses unknown fields now, and messages under way may have some", place(at)),
            );
        }
    }

    fn variants(
        &mut self,
        old: &'a Map<String, Value>,
        new: &'a Map<String, Value>,
        keyword: &str,
        at: &str,
        depth: usize,
    ) {
        let list =
            |it: &'a Map<String, Value>| it.get(keyword).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut left: Vec<&Value> = list(new).iter().collect();
        let (root_before, root_after) = (self.before, self.after);
        let mut gone = Vec::new();
        for before in list(old) {
            let tag = tag(resolve(root_before, before));
            let position =
                left.iter().position(|after| resolve(root_after, after) == resolve(root_before, before)).or_else(
                    || left.iter().position(|after| tag.is_some() && self::tag(resolve(root_after, after)) == tag),
                );
            match position {
                Some(position) => {
                    let after = left.remove(position);
                    self.schemas(before, after, at, depth);
                }
                None => gone.push(tag),
            }
        }
        for tag in gone {
            let words =
                format!("{} cannot be {} any more, and messages under way may be", place(at), variant(tag.as_deref()));
            self.tell(Some(Side::UnderWay), words);
        }
        for after in left {
            let tag = tag(resolve(root_after, after));
            let words =
                format!("{} can be {} now, which readers of before do not know", place(at), variant(tag.as_deref()));
            self.tell(Some(Side::Readers), words);
        }
    }
}

/// Bounds, and whether they bound from below.
const BOUNDS: [(&str, bool); 8] = [
    ("minimum", true),
    ("exclusiveMinimum", true),
    ("maximum", false),
    ("exclusiveMaximum", false),
    ("minLength", true),
    ("maxLength", false),
    ("minItems", true),
    ("maxItems", false),
];

fn variant(tag: Option<&str>) -> String {
    tag.map_or_else(|| "one of its variants".to_owned(), str::to_owned)
}

/// What tells a variant from others: its constant, that of one of its members, its only member, or its type.
fn tag(schema: &Value) -> Option<String> {
    if let Some(value) = schema.get("const") {
        return Some(value.to_string());
    }
    let members = schema.get("properties").and_then(Value::as_object);
    let constant = members.and_then(|members| {
        members.iter().find_map(|(name, schema)| schema.get("const").map(|value| format!("{name} {value}")))
    });
    constant
        .or_else(|| members.filter(|members| members.len() == 1).and_then(|members| members.keys().next().cloned()))
        .or_else(|| schema.get("title").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| schema.get("type").and_then(Value::as_str).map(str::to_owned))
}

/// The types that a schema allows; none says nothing.
fn types(schema: &Map<String, Value>) -> BTreeSet<String> {
    match schema.get("type") {
        Some(Value::String(name)) => [name.clone()].into(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => values(schema).into_iter().flatten().map(|value| kind(value).to_owned()).collect(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn values(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(only), _) => Some(vec![only]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// What a reference leads to, in its document.
fn resolve<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    const LINKS_MAX: usize = 16;
    for _ in 0..LINKS_MAX {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        match reference.and_then(|pointer| root.pointer(pointer)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn place(at: &str) -> String {
    if at.is_empty() { "the data".to_owned() } else { at.to_owned() }
}
