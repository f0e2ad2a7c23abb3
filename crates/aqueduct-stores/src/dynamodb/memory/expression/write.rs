//! What updates make of an item.

use std::borrow::Cow;

use super::super::Beyond;
use super::super::number::Number;
use super::super::value::{DEPTH_MAX, Item, Value};
use super::path::{Step, Steps, find, has_parent, overlap, remove, set};
use super::update::{Operand, Term, Update};
use super::{Bindings, Expression};

/// What is done at a place.
enum Write<'a> {
    Set(Value),
    Add(&'a Value),
    Delete(&'a Value),
}

impl Expression<Update> {
    /// Whether it may be carried out at all: what is refused whatever the item is. Its answer is what it writes to.
    pub(in super::super) fn check<'a>(&'a self, bindings: &Bindings<'a>) -> Result<Vec<Steps<'a>>, Beyond> {
        let update = &self.parsed;
        let paths = update.paths().map(|path| path.steps(bindings)).collect::<Result<Vec<_>, _>>()?;
        let overlaps = |at: usize| paths[at + 1..].iter().any(|other| overlap(&paths[at], other));
        let adds = |value: &Value| matches!(value, Value::N(_) | Value::Ss(_) | Value::Ns(_) | Value::Bs(_));
        let deletes = |value: &Value| matches!(value, Value::Ss(_) | Value::Ns(_) | Value::Bs(_));
        let sound = update.set.iter().all(|(_, term)| term.is_sound(bindings))
            && update.add.iter().all(|(_, value)| bindings.value(value).is_ok_and(adds))
            && update.delete.iter().all(|(_, value)| bindings.value(value).is_ok_and(deletes))
            && !(0..paths.len()).any(overlaps);
        if sound { Ok(paths) } else { Err(Beyond) }
    }

    /// Carries it out. Whatever it reads, it reads as it was before.
    pub(in super::super) fn apply(&self, before: &Item, bindings: &Bindings<'_>) -> Result<Item, Beyond> {
        let update = &self.parsed;
        let mut writes = Vec::with_capacity(update.set.len() + update.add.len() + update.delete.len());
        for (path, term) in &update.set {
            writes.push((path.steps(bindings)?, Write::Set(term.of(before, bindings)?.into_owned())));
        }
        for (path, value) in &update.add {
            writes.push((path.steps(bindings)?, Write::Add(bindings.value(value)?)));
        }
        for (path, value) in &update.delete {
            writes.push((path.steps(bindings)?, Write::Delete(bindings.value(value)?)));
        }
        // What goes behind a list's end comes in the order of its places.
        writes.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut item = before.clone();
        let mut removals = Vec::new();
        for (steps, write) in writes {
            if let Some(emptied) = carry_out(&mut item, steps, write)? {
                removals.push(emptied);
            }
        }
        for path in &update.remove {
            let steps = path.steps(bindings)?;
            if find(before, &steps).is_some() {
                removals.push(steps);
            } else if !has_parent(before, &steps) {
                return Err(Beyond);
            }
        }
        // From the back, so that no place of a list moves before it is removed.
        removals.sort_by(|left, right| right.cmp(left));
        for steps in removals {
            remove(&mut item, &steps)?;
        }
        Ok(item)
    }
}

/// The path is answered where a set was emptied.
fn carry_out<'a>(item: &mut Item, steps: Steps<'a>, write: Write<'_>) -> Result<Option<Steps<'a>>, Beyond> {
    let value = match write {
        Write::Set(value) => value,
        Write::Add(value) => match find(item, &steps) {
            Some(there) => sum(there, value)?,
            None => value.clone(),
        },
        Write::Delete(_) if !has_parent(item, &steps) => return Err(Beyond),
        Write::Delete(value) => match find(item, &steps) {
            None => return Ok(None),
            Some(there) => match difference(there, value)? {
                Some(rest) => rest,
                None => return Ok(Some(steps)),
            },
        },
    };
    if steps.len() + value.depth() > DEPTH_MAX {
        return Err(Beyond);
    }
    set(item, &steps, value)?;
    Ok(None)
}

fn sum(there: &Value, value: &Value) -> Result<Value, Beyond> {
    Ok(match (there, value) {
        (Value::N(there), Value::N(value)) => Value::N(there.plus(value).ok_or(Beyond)?),
        (Value::Ss(there), Value::Ss(value)) => Value::Ss(there | value),
        (Value::Ns(there), Value::Ns(value)) => Value::Ns(there | value),
        (Value::Bs(there), Value::Bs(value)) => Value::Bs(there | value),
        _ => return Err(Beyond),
    })
}

/// What is left of a set, if anything is.
fn difference(there: &Value, value: &Value) -> Result<Option<Value>, Beyond> {
    Ok(match (there, value) {
        (Value::Ss(there), Value::Ss(value)) => Some(there - value).filter(|set| !set.is_empty()).map(Value::Ss),
        (Value::Ns(there), Value::Ns(value)) => Some(there - value).filter(|set| !set.is_empty()).map(Value::Ns),
        (Value::Bs(there), Value::Bs(value)) => Some(there - value).filter(|set| !set.is_empty()).map(Value::Bs),
        _ => return Err(Beyond),
    })
}

impl Term {
    fn is_sound(&self, bindings: &Bindings<'_>) -> bool {
        match self {
            Self::Operand(operand) => operand.is_sound(bindings),
            Self::Plus(left, right) | Self::Minus(left, right) => {
                left.may_be_number(bindings) && right.may_be_number(bindings)
            }
        }
    }

    fn of<'a>(&self, item: &'a Item, bindings: &Bindings<'a>) -> Result<Cow<'a, Value>, Beyond> {
        let calculate = |left: &Operand, right: &Operand, with: fn(&Number, &Number) -> Option<Number>| match (
            left.of(item, bindings)?.as_ref(),
            right.of(item, bindings)?.as_ref(),
        ) {
            (Value::N(left), Value::N(right)) => Ok(Cow::Owned(Value::N(with(left, right).ok_or(Beyond)?))),
            _ => Err(Beyond),
        };
        match self {
            Self::Operand(operand) => operand.of(item, bindings),
            Self::Plus(left, right) => calculate(left, right, Number::plus),
            Self::Minus(left, right) => calculate(left, right, Number::minus),
        }
    }
}

impl Operand {
    fn is_sound(&self, bindings: &Bindings<'_>) -> bool {
        match self {
            Self::Path(_) | Self::Value(_) => true,
            Self::IfNotExists(_, otherwise) => otherwise.is_sound(bindings),
            Self::ListAppend(first, second) => {
                [first, second].iter().all(|list| list.is_sound(bindings) && list.may_be_list(bindings))
            }
            Self::Group(term) => term.is_sound(bindings),
        }
    }

    fn may_be_number(&self, bindings: &Bindings<'_>) -> bool {
        match self {
            Self::Value(name) => matches!(bindings.value(name), Ok(Value::N(_))),
            other => other.is_sound(bindings),
        }
    }

    fn may_be_list(&self, bindings: &Bindings<'_>) -> bool {
        match self {
            Self::Value(name) => matches!(bindings.value(name), Ok(Value::L(_))),
            _ => true,
        }
    }

    fn of<'a>(&self, item: &'a Item, bindings: &Bindings<'a>) -> Result<Cow<'a, Value>, Beyond> {
        match self {
            Self::Path(path) => path.find(item, bindings)?.map(Cow::Borrowed).ok_or(Beyond),
            Self::Value(name) => bindings.value(name).map(Cow::Borrowed),
            Self::IfNotExists(path, otherwise) => match path.find(item, bindings)? {
                Some(there) => Ok(Cow::Borrowed(there)),
                None => otherwise.of(item, bindings),
            },
            Self::ListAppend(first, second) => {
                match (first.of(item, bindings)?.into_owned(), second.of(item, bindings)?.into_owned()) {
                    (Value::L(mut list), Value::L(more)) => {
                        list.extend(more);
                        Ok(Cow::Owned(Value::L(list)))
                    }
                    _ => Err(Beyond),
                }
            }
            Self::Group(term) => term.of(item, bindings),
        }
    }
}

/// The part of an item that is at these paths: what `UPDATED_OLD` and `UPDATED_NEW` answer. An attribute with a list on the way
/// is answered whole.
pub(in super::super) fn part(item: &Item, paths: &[Steps<'_>]) -> Item {
    let mut part = Item::new();
    for steps in paths {
        match steps.as_slice() {
            [Step::Name(first), rest @ ..] if rest.iter().any(|step| matches!(step, Step::Index(_))) => {
                if let Some(value) = item.get(*first) {
                    part.insert((*first).to_owned(), value.clone());
                }
            }
            steps => {
                if let Some(value) = find(item, steps) {
                    super::projection::insert(&mut part, steps, value.clone());
                }
            }
        }
    }
    part
}
