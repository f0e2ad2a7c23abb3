//! Projections: parts of items, by paths without places in lists.

use super::super::Beyond;
use super::super::value::{Item, Value};
use super::path::{Path, Step, Steps, find, overlap};
use super::token::{Token, Tokens};
use super::{Bindings, Expression, Placeholders, Uses};

#[derive(Debug)]
pub(in super::super) struct Projection(Vec<Path>);

impl Projection {
    pub(super) fn read(tokens: &mut Tokens<'_>) -> Result<Self, Beyond> {
        let mut paths = vec![Path::read(tokens)?];
        while tokens.takes(Token::Sign(",")) {
            paths.push(Path::read(tokens)?);
        }
        Ok(Self(paths))
    }
}

impl Expression<Projection> {
    /// The paths, if they are apart from each other.
    pub(in super::super) fn paths<'a>(&'a self, bindings: &Bindings<'a>) -> Result<Vec<Steps<'a>>, Beyond> {
        let paths = self.parsed.0.iter().map(|path| path.steps(bindings)).collect::<Result<Vec<_>, _>>()?;
        let is_named = |steps: &Steps<'_>| steps.iter().all(|step| matches!(step, Step::Name(_)));
        let overlaps = |at: usize| paths[at + 1..].iter().any(|other| overlap(&paths[at], other));
        if paths.iter().all(is_named) && !(0..paths.len()).any(overlaps) { Ok(paths) } else { Err(Beyond) }
    }
}

/// What is of an item at these paths.
pub(in super::super) fn project(item: &Item, paths: &[Steps<'_>]) -> Item {
    let mut projected = Item::new();
    for steps in paths {
        if let Some(value) = find(item, steps) {
            insert(&mut projected, steps, value.clone());
        }
    }
    projected
}

/// Puts a value where names lead, with the maps on the way.
pub(super) fn insert(item: &mut Item, steps: &[Step<'_>], value: Value) {
    let Some((Step::Name(first), rest)) = steps.split_first() else { return };
    if rest.is_empty() {
        item.insert((*first).to_owned(), value);
    } else if let Value::M(map) = item.entry((*first).to_owned()).or_insert_with(|| Value::M(Item::new())) {
        insert(map, rest, value);
    }
}

impl Placeholders for Projection {
    fn uses(&self, uses: &mut Uses) {
        self.0.iter().for_each(|path| uses.path(path));
    }
}
