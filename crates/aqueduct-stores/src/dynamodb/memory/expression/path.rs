//! Document paths: an attribute, or a place within one.

use super::super::Beyond;
use super::super::value::{Item, Value};
use super::Bindings;
use super::reserved::is_reserved;
use super::token::{Token, Tokens};

/// A step of a path as it is written.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Element {
    Name(String),
    Placeholder(String),
    Index(usize),
}

/// A path as it is written, which begins with a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Path(Vec<Element>);

/// A step of a path whose names are known. Names stand before places.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in super::super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// A path whose names are known.
pub(in super::super) type Steps<'a> = Vec<Step<'a>>;

impl Path {
    pub(super) fn read(tokens: &mut Tokens<'_>) -> Result<Self, Beyond> {
        let mut elements = vec![name(tokens)?];
        loop {
            match tokens.peek() {
                Some(Token::Sign(".")) => {
                    tokens.take()?;
                    elements.push(name(tokens)?);
                }
                Some(Token::Index(index)) => {
                    tokens.take()?;
                    elements.push(Element::Index(index));
                }
                _ => return Ok(Self(elements)),
            }
        }
    }

    /// The placeholders in it.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|element| match element {
            Element::Placeholder(name) => Some(name.as_str()),
            _ => None,
        })
    }

    pub(super) fn steps<'a>(&'a self, bindings: &Bindings<'a>) -> Result<Steps<'a>, Beyond> {
        self.0.iter().map(|element| element.step(bindings)).collect()
    }

    /// What is there in an item.
    pub(super) fn find<'a>(&self, item: &'a Item, bindings: &Bindings<'_>) -> Result<Option<&'a Value>, Beyond> {
        let mut steps = self.0.iter().map(|element| element.step(bindings));
        let Some(Step::Name(first)) = steps.next().transpose()? else { return Err(Beyond) };
        let mut found = item.get(first);
        for step in steps {
            let step = step?;
            found = found.and_then(|value| within(value, step));
        }
        Ok(found)
    }

    /// The attribute that it begins with, and whether it goes on from there.
    pub(super) fn root<'a>(&'a self, bindings: &Bindings<'a>) -> Result<(&'a str, bool), Beyond> {
        match self.0.first().map(|element| element.step(bindings)).transpose()? {
            Some(Step::Name(name)) => Ok((name, self.0.len() > 1)),
            _ => Err(Beyond),
        }
    }
}

impl Element {
    fn step<'a>(&'a self, bindings: &Bindings<'a>) -> Result<Step<'a>, Beyond> {
        Ok(match self {
            Self::Name(name) => Step::Name(name),
            Self::Placeholder(name) => Step::Name(bindings.name(name)?),
            Self::Index(index) => Step::Index(*index),
        })
    }
}

fn name(tokens: &mut Tokens<'_>) -> Result<Element, Beyond> {
    match tokens.take()? {
        Token::Word(name) if !is_reserved(name) => Ok(Element::Name(name.to_owned())),
        Token::Name(name) => Ok(Element::Placeholder(name.to_owned())),
        _ => Err(Beyond),
    }
}

fn within<'a>(value: &'a Value, step: Step<'_>) -> Option<&'a Value> {
    match (value, step) {
        (Value::M(map), Step::Name(name)) => map.get(name),
        (Value::L(list), Step::Index(index)) => list.get(index),
        _ => None,
    }
}

fn within_mut<'a>(value: &'a mut Value, step: Step<'_>) -> Option<&'a mut Value> {
    match (value, step) {
        (Value::M(map), Step::Name(name)) => map.get_mut(name),
        (Value::L(list), Step::Index(index)) => list.get_mut(index),
        _ => None,
    }
}

/// What is there in an item.
pub(in super::super) fn find<'a>(item: &'a Item, steps: &[Step<'_>]) -> Option<&'a Value> {
    let (first, rest) = steps.split_first()?;
    let Step::Name(first) = first else { return None };
    rest.iter().try_fold(item.get(*first)?, |value, step| within(value, *step))
}

/// What the last step of a path leads into: the item, or a map or list in it that is there.
fn parent<'a>(item: &'a mut Item, steps: &[Step<'_>]) -> Result<Option<&'a mut Value>, Beyond> {
    let [Step::Name(first), between @ .., _] = steps else { return Ok(None) };
    let value = item.get_mut(*first).ok_or(Beyond)?;
    between.iter().try_fold(value, |value, step| within_mut(value, *step)).map(Some).ok_or(Beyond)
}

/// Puts a value where a path leads. A place behind a list's end is the next one.
pub(super) fn set(item: &mut Item, steps: &[Step<'_>], value: Value) -> Result<(), Beyond> {
    match (parent(item, steps)?, steps.last()) {
        (None, Some(Step::Name(name))) => drop(item.insert((*name).to_owned(), value)),
        (Some(Value::M(map)), Some(Step::Name(name))) => drop(map.insert((*name).to_owned(), value)),
        (Some(Value::L(list)), Some(Step::Index(index))) => match list.get_mut(*index) {
            Some(place) => *place = value,
            None => list.push(value),
        },
        _ => return Err(Beyond),
    }
    Ok(())
}

/// Removes what is where a path leads.
pub(super) fn remove(item: &mut Item, steps: &[Step<'_>]) -> Result<(), Beyond> {
    match (parent(item, steps)?, steps.last()) {
        (None, Some(Step::Name(name))) => drop(item.remove(*name)),
        (Some(Value::M(map)), Some(Step::Name(name))) => drop(map.remove(*name)),
        (Some(Value::L(list)), Some(Step::Index(index))) => {
            if *index < list.len() {
                list.remove(*index);
            }
        }
        _ => return Err(Beyond),
    }
    Ok(())
}

/// Whether the last step of a path could be taken, whatever is there.
pub(super) fn has_parent(item: &Item, steps: &[Step<'_>]) -> bool {
    match steps {
        [] => false,
        [only] => matches!(only, Step::Name(_)),
        [parents @ .., last] => matches!(
            (find(item, parents), last),
            (Some(Value::M(_)), Step::Name(_)) | (Some(Value::L(_)), Step::Index(_))
        ),
    }
}

/// Whether one of two paths leads to or through the other's place.
pub(super) fn overlap(left: &[Step<'_>], right: &[Step<'_>]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}
