//! Shapes: what a schema says without combinations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::types::Types;

/// Schemas that hold together.
pub(super) type All<'s> = Vec<&'s Value>;

/// What may stand under names that are not declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Additional<'s> {
    /// The schema does not say: what is not declared is not there.
    #[default]
    Unsaid,
    /// Nothing.
    Closed,
    /// Anything.
    Open,
    /// Values of these schemas.
    Of(All<'s>),
}

/// One way in which a value can fit: no `oneOf`, `anyOf`, `allOf` or `$ref` is left in it.
#[derive(Clone, Debug)]
pub(super) struct Shape<'s> {
    pub(super) types: Types,
    /// Whether numbers must be whole.
    pub(super) whole: bool,
    /// The values that `enum` and `const` allow.
    pub(super) values: Option<Vec<&'s Value>>,
    pub(super) properties: BTreeMap<&'s str, All<'s>>,
    pub(super) required: BTreeSet<&'s str>,
    pub(super) additional: Additional<'s>,
    /// The schemas of an array's first elements.
    pub(super) first: Vec<All<'s>>,
    /// The schemas of its other elements; none when nothing is said.
    pub(super) items: All<'s>,
    pub(super) items_min: u64,
    pub(super) items_max: u64,
    pub(super) length_min: u64,
    pub(super) length_max: u64,
    /// Regular expressions.
    pub(super) patterns: Vec<&'s str>,
    pub(super) format: Option<&'s str>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) above: Option<f64>,
    pub(super) below: Option<f64>,
    pub(super) multiples: Vec<f64>,
    /// Whether a keyword says more than is known here.
    pub(super) says_more: bool,
}

impl Shape<'_> {
    pub(super) fn any() -> Self {
        Self {
            types: Types::ALL,
            whole: false,
            values: None,
            properties: BTreeMap::new(),
            required: BTreeSet::new(),
            additional: Additional::Unsaid,
            first: Vec::new(),
            items: Vec::new(),
            items_min: 0,
            items_max: u64::MAX,
            length_min: 0,
            length_max: u64::MAX,
            patterns: Vec::new(),
            format: None,
            minimum: None,
            maximum: None,
            above: None,
            below: None,
            multiples: Vec::new(),
            says_more: false,
        }
    }

    /// Whether nothing is said of the value, so that there is no telling what it is.
    pub(super) fn is_open(&self) -> bool {
        self.types == Types::ALL && self.values.is_none()
    }

    /// Whether the shape knows of a member of this name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.properties.contains_key(name) || self.required.contains(name)
    }

    /// Whether names that are not declared may stand in the object, whatever their values.
    pub(super) fn takes_any_name(&self) -> bool {
        match self.additional {
            Additional::Open => true,
            Additional::Unsaid => self.properties.is_empty(),
            Additional::Closed | Additional::Of(_) => false,
        }
    }
}

/// Keywords that say something about values which is not looked at.
const MORE: [&str; 13] = [
    "not",
    "if",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "contains",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "unevaluatedItems",
    "$dynamicRef",
    "$recursiveRef",
    "dependencies",
];

pub(super) fn list<'s>(keywords: &'s Map<String, Value>, name: &str) -> impl Iterator<Item = &'s Value> {
    keywords.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// What a schema says itself.
pub(super) fn own(keywords: &Map<String, Value>) -> Shape<'_> {
    let number = |name: &str| keywords.get(name).and_then(Value::as_f64);
    let count = |name: &str| keywords.get(name).and_then(Value::as_u64);
    let mut shape = Shape {
        items_min: count("minItems").unwrap_or(0),
        items_max: count("maxItems").unwrap_or(u64::MAX),
        length_min: count("minLength").unwrap_or(0),
        length_max: count("maxLength").unwrap_or(u64::MAX),
        patterns: keywords.get("pattern").and_then(Value::as_str).into_iter().collect(),
        format: keywords.get("format").and_then(Value::as_str),
        minimum: number("minimum"),
        maximum: number("maximum"),
        above: number("exclusiveMinimum"),
        below: number("exclusiveMaximum"),
        multiples: number("multipleOf").into_iter().collect(),
        says_more: MORE.iter().any(|name| keywords.contains_key(*name)),
        ..Shape::any()
    };
    let names: Option<Vec<&str>> = match keywords.get("type") {
        Some(Value::String(name)) => Some(vec![name]),
        Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
        // Who declares members means an object.
        _ if ["properties", "required", "additionalProperties"].iter().any(|it| keywords.contains_key(*it)) => {
            Some(vec!["object"])
        }
        _ => None,
    };
    if let Some(names) = names {
        shape.types = names.iter().fold(Types::NONE, |types, name| types.or(Types::named(name)));
        shape.whole = !names.contains(&"number");
    }
    let listed = keywords.get("enum").and_then(Value::as_array).map(|values| values.iter().collect::<Vec<_>>());
    shape.values = match (listed, keywords.get("const")) {
        (Some(values), Some(only)) => Some(values.into_iter().filter(|value| *value == only).collect()),
        (None, Some(only)) => Some(vec![only]),
        (values, None) => values,
    };
    if let Some(values) = &shape.values {
        let listed = values.iter().fold(Types::NONE, |types, value| types.or(Types::of(value)));
        shape.types = shape.types.and(listed);
    }
    members(keywords, &mut shape);
    shape.first = list(keywords, "prefixItems").map(|schema| vec![schema]).collect();
    shape.items = keywords.get("items").into_iter().collect();
    shape
}

fn members<'s>(keywords: &'s Map<String, Value>, shape: &mut Shape<'s>) {
    if let Some(properties) = keywords.get("properties").and_then(Value::as_object) {
        shape.properties = properties.iter().map(|(name, schema)| (name.as_str(), vec![schema])).collect();
    }
    shape.required = list(keywords, "required").filter_map(Value::as_str).collect();
    shape.additional = match keywords.get("additionalProperties").or_else(|| keywords.get("unevaluatedProperties")) {
        None => Additional::Unsaid,
        Some(Value::Bool(false)) => Additional::Closed,
        Some(Value::Bool(true)) => Additional::Open,
        Some(schema) => Additional::Of(vec![schema]),
    };
    if keywords.contains_key("patternProperties") {
        shape.additional = Additional::Open;
    }
}

/// What fits both.
pub(super) fn both<'s>(one: &Shape<'s>, other: &Shape<'s>) -> Shape<'s> {
    let mut shape = one.clone();
    shape.types = one.types.and(other.types);
    shape.whole |= other.whole;
    shape.values = match (&one.values, &other.values) {
        (Some(ours), Some(theirs)) => Some(ours.iter().copied().filter(|value| theirs.contains(value)).collect()),
        (values, None) | (None, values) => values.clone(),
    };
    for (name, schemas) in &other.properties {
        shape.properties.entry(name).or_default().extend(schemas);
    }
    shape.required.extend(&other.required);
    shape.additional = match (&one.additional, &other.additional) {
        (Additional::Unsaid, said) | (said, Additional::Unsaid) => said.clone(),
        (Additional::Closed, _) | (_, Additional::Closed) => Additional::Closed,
        (Additional::Open, said) | (said, Additional::Open) => said.clone(),
        (Additional::Of(ours), Additional::Of(theirs)) => Additional::Of(ours.iter().chain(theirs).copied().collect()),
    };
    for (index, schemas) in other.first.iter().enumerate() {
        match shape.first.get_mut(index) {
            Some(first) => first.extend(schemas),
            None => shape.first.push(one.items.iter().chain(schemas).copied().collect()),
        }
    }
    for first in shape.first.iter_mut().skip(other.first.len()) {
        first.extend(&other.items);
    }
    shape.items.extend(&other.items);
    shape.items_min = one.items_min.max(other.items_min);
    shape.items_max = one.items_max.min(other.items_max);
    shape.length_min = one.length_min.max(other.length_min);
    shape.length_max = one.length_max.min(other.length_max);
    shape.patterns.extend(&other.patterns);
    shape.format = one.format.or(other.format);
    shape.minimum = tighter(one.minimum, other.minimum, f64::max);
    shape.above = tighter(one.above, other.above, f64::max);
    shape.maximum = tighter(one.maximum, other.maximum, f64::min);
    shape.below = tighter(one.below, other.below, f64::min);
    shape.multiples.extend(&other.multiples);
    shape.says_more |= other.says_more;
    shape
}

fn tighter(one: Option<f64>, other: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (bound, None) | (None, bound) => bound,
    }
}
