//! Why no event can meet a condition.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema::Schemas;
use super::shape::{Additional, All, Shape};
use super::solve::{Search, Solver, Wanted};
use super::types::Types;
use crate::matcher::{Matcher, alternatives};

/// A condition that no event of a schema can meet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Impediment {
    /// Where the pattern looks, steps joined by dots; several paths when they exclude each other.
    pub paths: Vec<String>,
    /// What the pattern wants, in words.
    pub wanted: String,
    /// Why that cannot be.
    pub why: Why,
    /// A path or value that was likely meant.
    pub suggestion: Option<String>,
}

/// Why a condition cannot be met.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The schema has no such field.
    UnknownField {
        /// The path to where it is missing.
        at: String,
        /// The names that are there.
        known: Vec<String>,
    },
    /// The field is of another type.
    OtherType {
        /// The types that the schema says.
        declared: String,
    },
    /// The value is not among those of the schema.
    NotListed {
        /// Those of the schema.
        listed: Vec<Value>,
    },
    /// The field is an object, where patterns only see its values.
    Object {
        /// The names that it has.
        known: Vec<String>,
    },
    /// The field is always there, and the pattern wants it absent.
    AlwaysThere,
    /// The schema forbids the value in another way, such as a bound or a length.
    OutOfBounds,
    /// Each condition can be met, but not all of them by one event.
    Apart,
}

/// The conditions that cannot be met; each alone where it is so, else those that exclude each other.
pub(super) fn impediments(schemas: &Schemas<'_>, wanted: &[Wanted<'_>]) -> Vec<Impediment> {
    let cannot_be = |wanted: &[Wanted<'_>]| Solver::new(schemas).document(wanted) == Search::None;
    let alone: Vec<_> =
        wanted.iter().filter(|it| cannot_be(std::slice::from_ref(it))).map(|it| alone(schemas, it)).collect();
    if !alone.is_empty() {
        return alone;
    }
    let pairs = wanted.iter().enumerate().take(COMPARED);
    let mut pairs = pairs.flat_map(|(index, one)| wanted[index + 1..].iter().map(move |other| [*one, *other]));
    let pair = pairs.find(|pair| cannot_be(pair));
    let together: &[Wanted<'_>] = pair.as_ref().map_or(wanted, <[_; 2]>::as_slice);
    let words: Vec<_> = together.iter().map(|it| alternatives(it.matchers)).collect();
    vec![Impediment {
        paths: together.iter().map(|it| it.path.to_owned()).collect(),
        wanted: words.join(" and "),
        why: Why::Apart,
        suggestion: None,
    }]
}

/// Conditions that are held against all others to find two that exclude each other.
const COMPARED: usize = 32;

fn alone(schemas: &Schemas<'_>, wanted: &Wanted<'_>) -> Impediment {
    let (why, suggestion) = Walk { schemas, wanted }.why();
    Impediment { paths: vec![wanted.path.to_owned()], wanted: alternatives(wanted.matchers), why, suggestion }
}

/// The way along a path that does not lead to what is wanted.
#[derive(Debug)]
struct Walk<'a, 's> {
    schemas: &'a Schemas<'s>,
    wanted: &'a Wanted<'a>,
}

impl<'s> Walk<'_, 's> {
    fn why(&self) -> (Why, Option<String>) {
        let mut here = self.parts(&self.schemas.root());
        let mut walked: Vec<&str> = Vec::new();
        let mut rest = Some(self.wanted.path);
        while let Some(path) = rest {
            let Some((key, below)) = ways(path).find(|(key, _)| here.iter().any(|shape| leads(shape, key))) else {
                return self.unknown(&here, &walked, path);
            };
            let next: Vec<All<'s>> = here.iter().filter_map(|shape| member(shape, key)).collect();
            here = next.iter().flat_map(|schemas| self.parts(schemas)).collect();
            walked.push(key);
            rest = below;
        }
        self.value(&here)
    }

    /// The shapes, with those of an array's elements in its place.
    fn parts(&self, schemas: &[&'s Value]) -> Vec<Shape<'s>> {
        const NESTED: usize = 4;
        let mut shapes = self.schemas.shapes(schemas).unwrap_or_default();
        for _ in 0..NESTED {
            let arrays = shapes.iter().filter(|shape| shape.types.has(Types::ARRAY) && !shape.is_open());
            let elements: Vec<_> = arrays.flat_map(|shape| shape.first.iter().chain([&shape.items])).cloned().collect();
            if elements.is_empty() {
                break;
            }
            for shape in &mut shapes {
                if !shape.is_open() {
                    shape.types = shape.types.and(Types::LEAVES.or(Types::OBJECT));
                }
            }
            shapes.extend(elements.iter().flat_map(|schemas| self.schemas.shapes(schemas).unwrap_or_default()));
        }
        shapes.retain(|shape| shape.types != Types::NONE);
        shapes
    }

    fn unknown(&self, here: &[Shape<'s>], walked: &[&str], path: &str) -> (Why, Option<String>) {
        let known = names(here);
        if !here.iter().any(|shape| shape.types.has(Types::OBJECT)) {
            let declared = types(here);
            return (Why::OtherType { declared }, None);
        }
        let missing = path.split('.').next().unwrap_or(path);
        let joined = |last: &str| walked.iter().copied().chain([last]).collect::<Vec<_>>().join(".");
        let suggestion = nearest(missing, &known).map(|name| joined(&name)).or_else(|| self.elsewhere(path));
        (Why::UnknownField { at: joined(missing), known }, suggestion)
    }

    /// Where else a field of that name stands, or one that lists a value that is wanted.
    fn elsewhere(&self, path: &str) -> Option<String> {
        let last = path.rsplit('.').next()?;
        self.search(|name, _| name == last).or_else(|| self.search(|_, shapes| self.is_listed(shapes)))
    }

    /// The first field from above that is as `is_meant` says.
    fn search(&self, is_meant: impl Fn(&str, &[Shape<'s>]) -> bool) -> Option<String> {
        const LEVELS: usize = 6;
        let mut level: Vec<(String, Vec<Shape<'s>>)> = vec![(String::new(), self.parts(&self.schemas.root()))];
        for _ in 0..LEVELS {
            let mut below = Vec::new();
            for (at, shapes) in &level {
                for name in names(shapes) {
                    let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    let schemas: Vec<_> = shapes.iter().filter_map(|shape| member(shape, &name)).collect();
                    let parts: Vec<_> = schemas.iter().flat_map(|schemas| self.parts(schemas)).collect();
                    if is_meant(&name, &parts) {
                        return Some(path);
                    }
                    below.push((path, parts));
                }
            }
            level = below;
        }
        None
    }

    fn is_listed(&self, shapes: &[Shape<'s>]) -> bool {
        let is_exact = |matcher: &&Matcher| matches!(matcher, Matcher::Text(_) | Matcher::Number { .. });
        let mut listed = shapes.iter().filter_map(|shape| shape.values.as_ref()).flatten();
        listed.any(|value| self.wanted.matchers.iter().filter(is_exact).any(|matcher| matcher.matches(value)))
    }

    /// Why the path leads to a value that is not wanted.
    fn value(&self, here: &[Shape<'s>]) -> (Why, Option<String>) {
        if self.wanted.matchers.iter().all(|matcher| *matcher == Matcher::Absent) {
            return (Why::AlwaysThere, None);
        }
        let leaves: Vec<_> = here.iter().filter(|shape| shape.types.has(Types::LEAVES)).collect();
        if leaves.is_empty() {
            return (Why::Object { known: names(here) }, None);
        }
        let listed: Option<Vec<&Value>> =
            leaves.iter().map(|shape| shape.values.clone()).collect::<Option<Vec<_>>>().map(|it| it.concat());
        if let Some(listed) = listed {
            let listed: Vec<Value> = listed.into_iter().cloned().collect();
            return (Why::NotListed { listed: listed.clone() }, self.meant(&listed));
        }
        let declared = leaves.iter().fold(Types::NONE, |types, shape| types.or(shape.types)).and(Types::LEAVES);
        let wanted = self.wanted.matchers.iter().fold(Types::NONE, |types, matcher| types.or(wants(matcher)));
        if declared.has(wanted) {
            return (Why::OutOfBounds, None);
        }
        (Why::OtherType { declared: declared.to_string() }, self.in_type(declared))
    }

    /// The listed value that is nearest to a wanted one.
    fn meant(&self, listed: &[Value]) -> Option<String> {
        let texts: Vec<String> = listed.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        self.wanted.matchers.iter().find_map(|matcher| match matcher {
            Matcher::Text(text) | Matcher::EqualsIgnoreCase(text) => {
                nearest(text, &texts).map(|text| Value::String(text).to_string())
            }
            Matcher::Number { number, .. } => {
                texts.iter().find(|text| **text == number.to_string()).map(|it| format!("\"{it}\""))
            }
            _ => None,
        })
    }

    /// A wanted value, spelled in a type that the schema says.
    fn in_type(&self, declared: Types) -> Option<String> {
        self.wanted.matchers.iter().find_map(|matcher| match matcher {
            Matcher::Text(text) | Matcher::Address { text, .. } => {
                let value: Value = serde_json::from_str(text).ok()?;
                declared.has(Types::of(&value)).then(|| value.to_string())
            }
            Matcher::Number { .. } | Matcher::Bool(_) if declared.has(Types::STRING) => Some(format!("\"{matcher}\"")),
            _ => None,
        })
    }
}

/// The names that a path can go on with, and what is left of it.
fn ways(path: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let inner = path.match_indices('.').map(move |(at, _)| (&path[..at], Some(&path[at + 1..])));
    inner.chain([(path, None)])
}

fn leads(shape: &Shape<'_>, key: &str) -> bool {
    member(shape, key).is_some()
}

/// The schemas of a member; an undeclared one where the shape takes it.
fn member<'s>(shape: &Shape<'s>, key: &str) -> Option<All<'s>> {
    if !shape.types.has(Types::OBJECT) {
        return None;
    }
    match (shape.properties.get(key), &shape.additional) {
        (Some(schemas), _) | (None, Additional::Of(schemas)) => Some(schemas.clone()),
        (None, _) => (shape.declares(key) || shape.takes_any_name()).then(Vec::new),
    }
}

fn names(shapes: &[Shape<'_>]) -> Vec<String> {
    let objects = shapes.iter().filter(|shape| shape.types.has(Types::OBJECT));
    let names: BTreeSet<&str> =
        objects.flat_map(|shape| shape.properties.keys().chain(&shape.required)).copied().collect();
    names.into_iter().map(str::to_owned).collect()
}

fn types(shapes: &[Shape<'_>]) -> String {
    shapes.iter().fold(Types::NONE, |types, shape| types.or(shape.types)).to_string()
}

/// The types of the leaves that a matcher accepts.
fn wants(matcher: &Matcher) -> Types {
    match matcher {
        Matcher::Number { .. } | Matcher::Numeric(_) => Types::NUMBER,
        Matcher::Bool(_) => Types::BOOLEAN,
        Matcher::Null => Types::NULL,
        Matcher::Absent => Types::NONE,
        Matcher::Present { .. } | Matcher::AnythingBut(_) => Types::LEAVES,
        _ => Types::STRING,
    }
}

/// The candidate that is a slip or two away, or differs in case alone.
fn nearest(name: &str, candidates: &[String]) -> Option<String> {
    const CHARACTERS_MAX: usize = 64;
    let slips_max = if name.chars().count() < 5 { 1 } else { 2 };
    let near =
        candidates.iter().filter(|it| name.len() <= CHARACTERS_MAX && it.len() <= CHARACTERS_MAX).filter_map(|it| {
            let slips = if it.to_lowercase() == name.to_lowercase() { 1 } else { strsim::osa_distance(name, it) };
            (slips <= slips_max).then_some((slips, it))
        });
    near.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate.clone())
}
