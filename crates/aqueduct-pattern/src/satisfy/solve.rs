//! Looking for an event: conditions and a schema go down together, and a value comes up.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fit::element_at;
use super::leaf;
use super::schema::Schemas;
use super::shape::{Additional, Shape};
use super::types::Types;
use crate::event::{self, Condition};
use crate::matcher::Matcher;

/// How many ways are tried to share conditions out over members whose names hold dots.
const CHOICES_MAX: usize = 16;

/// Values nested deeper are not made up.
const DEPTH_MAX: usize = 24;

/// A condition on the way to its leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The whole path.
    pub(super) path: &'a str,
    /// What is left of it; `None` at its end.
    pub(super) rest: Option<&'a str>,
    pub(super) matchers: &'a [Matcher],
    pub(super) may_be_absent: bool,
    /// Which pattern wants it: only conditions of one pattern must hold in one element of an array together.
    pub(super) pattern: usize,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(condition: &'a Condition, pattern: usize) -> Self {
        let may_be_absent = condition.matchers().contains(&Matcher::Absent);
        let path = condition.path();
        Self { path, rest: Some(path), matchers: condition.matchers(), may_be_absent, pattern }
    }

    /// The names that the path can go on with, as keys may hold dots, and the condition below each.
    fn ways(self) -> impl Iterator<Item = (&'a str, Self)> {
        let rest = self.rest.unwrap_or_default();
        let inner = rest.match_indices('.').map(move |(at, _)| (&rest[..at], Some(&rest[at + 1..])));
        inner.chain([(rest, None)]).map(move |(key, rest)| (key, Self { rest, ..self }))
    }
}

/// What the search came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Search {
    /// A value that holds. `open` are the paths that lead to where the schema says nothing.
    Found { value: Value, open: Vec<String> },
    /// No value fits the schema and holds.
    None,
    /// None was found, and none is ruled out.
    Unknown,
}

impl Search {
    pub(super) const fn sure(value: Value) -> Self {
        Self::Found { value, open: Vec::new() }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Found { open, .. } if open.is_empty() => 3,
            Self::Found { .. } => 2,
            Self::Unknown => 1,
            Self::None => 0,
        }
    }

    /// The one that says more.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self.rank() == 3 {
            return self;
        }
        let other = other();
        if other.rank() > self.rank() { other } else { self }
    }

    /// What is not ruled out is not known.
    fn doubted(self) -> Self {
        if self == Self::None { Self::Unknown } else { self }
    }

    fn opened(self, paths: impl IntoIterator<Item = String>) -> Self {
        match self {
            Self::Found { value, mut open } => {
                open.extend(paths);
                Self::Found { value, open }
            }
            other => other,
        }
    }
}

/// A search through the schemas of one document.
#[derive(Debug)]
pub(super) struct Solver<'a, 's> {
    schemas: &'a Schemas<'s>,
}

impl<'a, 's> Solver<'a, 's> {
    pub(super) const fn new(schemas: &'a Schemas<'s>) -> Self {
        Self { schemas }
    }

    /// A document for which all conditions hold.
    pub(super) fn document(&self, wanted: &[Wanted<'_>]) -> Search {
        let root = self.schemas.root();
        self.value(&root, wanted, DEPTH_MAX)
    }

    fn value(&self, schemas: &[&'s Value], wanted: &[Wanted<'_>], depth: usize) -> Search {
        let Some(depth) = depth.checked_sub(1) else { return Search::Unknown };
        let Ok(shapes) = self.schemas.shapes(schemas) else { return Search::Unknown };
        shapes.iter().fold(Search::None, |found, shape| found.or(|| self.shaped(shape, wanted, depth)))
    }

    fn shaped(&self, shape: &Shape<'s>, wanted: &[Wanted<'_>], depth: usize) -> Search {
        if wanted.is_empty() {
            return self.schemas.example_of(shape, depth).map_or(Search::Unknown, Search::sure);
        }
        if shape.values.is_some() {
            return self.listed(shape, wanted);
        }
        let found = leaf::search(shape, wanted)
            .or(|| if shape.types.has(Types::OBJECT) { self.object(shape, wanted, depth) } else { Search::None })
            .or(|| if shape.types.has(Types::ARRAY) { self.array(shape, wanted, depth) } else { Search::None });
        if !shape.is_open() {
            return found;
        }
        found.doubted().opened(wanted.iter().map(|it| it.path.to_owned()))
    }

    /// One of the values that the schema lists.
    fn listed(&self, shape: &Shape<'s>, wanted: &[Wanted<'_>]) -> Search {
        let mut answer = Search::None;
        for value in shape.values.iter().flatten().filter(|value| holds(value, wanted)) {
            match self.schemas.fits_listed(shape, value) {
                Some(true) => return Search::sure((*value).clone()),
                Some(false) => {}
                None => answer = Search::Unknown,
            }
        }
        answer
    }

    fn object(&self, shape: &Shape<'s>, wanted: &[Wanted<'_>], depth: usize) -> Search {
        let mut choices: Vec<Vec<(&str, Wanted<'_>)>> = Vec::new();
        let mut doubtful = false;
        for it in wanted {
            // A condition that ends at an object finds no leaf there.
            let mut ways = if it.rest.is_some() { ways(shape, *it) } else { Vec::new() };
            // Beside what is known, any name may stand that leads on with several steps at once.
            doubtful |= shape.takes_any_name() && it.rest.is_some_and(|rest| rest.contains('.'));
            if ways.len() > 1 {
                ways.retain(|way| self.members(shape, &grouped([*way]), depth) != Search::None);
            }
            match ways.is_empty() {
                false => choices.push(ways),
                true if it.may_be_absent => {}
                true => return Search::None,
            }
        }
        let count = choices.iter().fold(1_usize, |product, ways| product.saturating_mul(ways.len()));
        let found = (0..count.min(CHOICES_MAX)).fold(Search::None, |found, number| {
            found.or(|| self.members(shape, &grouped(chosen(&choices, number)), depth))
        });
        if !doubtful && count == 1 {
            return found;
        }
        // Conditions of which each can go one way alone rule an object out by themselves.
        let decided = grouped(choices.iter().filter(|ways| ways.len() == 1).flatten().copied());
        match found {
            Search::None if doubtful || self.members(shape, &decided, depth) != Search::None => Search::Unknown,
            found => found,
        }
    }

    fn members(&self, shape: &Shape<'s>, below: &BTreeMap<&str, Vec<Wanted<'_>>>, depth: usize) -> Search {
        let mut members = Map::new();
        let mut opened = Vec::new();
        let mut unknown = false;
        for (key, wanted) in below {
            if !shape.required.contains(key) && wanted.iter().all(|it| it.may_be_absent) {
                continue;
            }
            let found = match (shape.properties.get(key), &shape.additional) {
                (Some(schemas), _) | (None, Additional::Of(schemas)) => self.value(schemas, wanted, depth),
                (None, _) => self.value(&[], wanted, depth),
            };
            match found {
                Search::Found { value, open } => {
                    members.insert((*key).to_owned(), value);
                    opened.extend(open);
                }
                Search::None => return Search::None,
                Search::Unknown => unknown = true,
            }
        }
        if unknown || self.schemas.complete(shape, &mut members, depth).is_none() {
            return Search::Unknown;
        }
        Search::Found { value: members.into(), open: opened }
    }

    /// An array in which leaves serve single conditions, and one element all those of a pattern that lead further.
    fn array(&self, shape: &Shape<'s>, wanted: &[Wanted<'_>], depth: usize) -> Search {
        if shape.items_min == 0 && wanted.iter().all(|it| it.may_be_absent) {
            return Search::sure(Value::Array(Vec::new()));
        }
        let mut groups: BTreeMap<(usize, Option<&str>), Vec<Wanted<'_>>> = BTreeMap::new();
        for it in wanted {
            let end = it.rest.is_none().then_some(it.path);
            groups.entry((it.pattern, end)).or_default().push(*it);
        }
        let mut places: BTreeMap<usize, Value> = BTreeMap::new();
        let mut opened = Vec::new();
        let mut unknown = false;
        for group in groups.into_values() {
            match self.element(shape, &group, &places, depth) {
                (at, Search::Found { value, open }) => {
                    places.insert(at, value);
                    opened.extend(open);
                }
                // An array may hold no element that the absent would have to be absent from.
                (_, Search::None) if !group.iter().all(|it| it.may_be_absent) => return Search::None,
                _ => unknown = true,
            }
        }
        let elements = self.filled(shape, places, depth).filter(|elements| elements.len() as u64 <= shape.items_max);
        match elements {
            Some(elements) if !unknown => Search::Found { value: elements.into(), open: opened },
            _ if shape.items_max == 0 => Search::None,
            _ => Search::Unknown,
        }
    }

    /// An element for all conditions of a group, and its place: one of the first ones, which have schemas of their own, or
    /// the next behind them.
    fn element(
        &self,
        shape: &Shape<'s>,
        group: &[Wanted<'_>],
        taken: &BTreeMap<usize, Value>,
        depth: usize,
    ) -> (usize, Search) {
        let next = taken.keys().next_back().map_or(0, |last| last + 1).max(shape.first.len());
        let mut best = (next, Search::None);
        for at in (0..shape.first.len()).chain([next]) {
            let found = self.value(&element_at(shape, at).clone(), group, depth);
            let found = if taken.contains_key(&at) { Search::Unknown } else { found };
            if found.rank() > best.1.rank() {
                best = (at, found);
            }
            if best.1.rank() == 3 {
                break;
            }
        }
        best
    }

    /// The array with elements at these places, and examples at the others that it must have.
    fn filled(&self, shape: &Shape<'s>, mut places: BTreeMap<usize, Value>, depth: usize) -> Option<Vec<Value>> {
        let mut elements = Vec::new();
        for at in 0..places.keys().next_back().map_or(0, |last| last + 1) {
            let value = places.remove(&at).or_else(|| self.schemas.example(element_at(shape, at), depth))?;
            elements.push(value);
        }
        self.schemas.lengthen(shape, &mut elements, depth)?;
        Some(elements)
    }
}

/// Where a condition can go on in an object: to declared names, else to one that is not.
fn ways<'w>(shape: &Shape<'_>, wanted: Wanted<'w>) -> Vec<(&'w str, Wanted<'w>)> {
    let declared: Vec<_> = wanted.ways().filter(|(key, _)| shape.declares(key)).collect();
    if declared.is_empty() && shape.takes_any_name() {
        return wanted.ways().take(1).collect();
    }
    if declared.is_empty() && matches!(shape.additional, Additional::Of(_)) {
        return wanted.ways().collect();
    }
    declared
}

/// One way of each condition: the digits of the number are places in the lists.
fn chosen<'w>(choices: &[Vec<(&'w str, Wanted<'w>)>], mut number: usize) -> Vec<(&'w str, Wanted<'w>)> {
    let mut digit = |ways: &Vec<(&'w str, Wanted<'w>)>| {
        let way = ways.get(number % ways.len().max(1)).copied();
        number /= ways.len().max(1);
        way
    };
    choices.iter().filter_map(&mut digit).collect()
}

/// Conditions by the key that they go on with.
fn grouped<'w>(ways: impl IntoIterator<Item = (&'w str, Wanted<'w>)>) -> BTreeMap<&'w str, Vec<Wanted<'w>>> {
    let mut below: BTreeMap<&str, Vec<Wanted<'_>>> = BTreeMap::new();
    for (key, wanted) in ways {
        below.entry(key).or_default().push(wanted);
    }
    below
}

/// Whether conditions hold in a value that is there as a whole.
fn holds(value: &Value, wanted: &[Wanted<'_>]) -> bool {
    const KEY: &str = "value";
    let below = |it: &Wanted<'_>| it.rest.map_or_else(|| KEY.to_owned(), |rest| format!("{KEY}.{rest}"));
    let event = Value::Object([(KEY.to_owned(), value.clone())].into_iter().collect());
    let mut patterns: BTreeMap<usize, Vec<Condition>> = BTreeMap::new();
    for it in wanted {
        patterns.entry(it.pattern).or_default().push(Condition::new(below(it), it.matchers.into()));
    }
    patterns.into_values().all(|conditions| event::holds(&event, &conditions))
}
