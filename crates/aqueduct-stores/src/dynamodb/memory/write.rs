//! What a single write does: its condition, and the change that it makes.

use std::borrow::Cow;
use std::sync::Arc;

use super::Beyond;
use super::answer::{self, Answer};
use super::expression::{self, Expression, Update, Used, part};
use super::request::{Returned, Write};
use super::table::{Change, Key, Table};
use super::tables::Tables;
use super::value::{ITEM_BYTES_MAX, Item, Value};

/// What kind of write it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Put,
    Update,
    Delete,
    ConditionCheck,
}

/// What comes of a write.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its condition does not hold, with the item if it is wanted.
    Failed(Option<Arc<Item>>),
    Changes {
        before: Option<Arc<Item>>,
        change: Change,
    },
    /// A condition that holds.
    Holds,
}

/// What comes of a write, without doing it, and the key that it is about.
pub(super) fn plan(table: &Table, kind: Kind, write: &mut Write) -> Result<(Key, Outcome), Beyond> {
    let item = write.item.take();
    let key = match (kind, &item, &write.key) {
        (Kind::Put, Some(item), None) => table.schema.key(item)?,
        (Kind::Update | Kind::Delete | Kind::ConditionCheck, None, Some(key)) => table.schema.exact_key(key)?,
        _ => return Err(Beyond),
    };
    let update = write.update_expression.as_deref().map(expression::update).transpose()?;
    let condition = write.condition_expression.as_deref().map(expression::condition).transpose()?;
    let bindings = write.bindings();
    Used::default().by(condition.as_deref()).by(update.as_deref()).check(&bindings)?;
    if (kind == Kind::Update) != update.is_some() || kind == Kind::ConditionCheck && condition.is_none() {
        return Err(Beyond);
    }
    if let Some(update) = &update {
        check_targets(table, update, write)?;
    }
    // An item that cannot be is refused whether the condition holds or not.
    let put = item.map(|item| table.put(key.clone(), item)).transpose()?;
    let before = table.get(&key).cloned();
    if let Some(condition) = condition {
        condition.check(&bindings)?;
        let nothing = Item::new();
        if !condition.holds(before.as_deref().unwrap_or(&nothing), &bindings)? {
            return Ok((key, Outcome::Failed(before.filter(|_| write.wants_item()))));
        }
    }
    let change = match (kind, put, update) {
        (Kind::Put, Some(put), _) => put,
        (Kind::Update, _, Some(update)) => {
            let base = base(before.as_deref(), write)?;
            table.put(key.clone(), update.apply(&base, &bindings)?)?
        }
        (Kind::Delete, ..) => table.delete(key.clone()),
        _ => return Ok((key, Outcome::Holds)),
    };
    Ok((key, Outcome::Changes { before, change }))
}

/// An update leaves the key alone.
fn check_targets(table: &Table, update: &Expression<Update>, write: &Write) -> Result<(), Beyond> {
    let is_key = |name: &str| table.schema.has(name);
    let paths = update.check(&write.bindings())?;
    let targets_key = paths.iter().any(|steps| matches!(steps[0], expression::Step::Name(name) if is_key(name)));
    if targets_key { Err(Beyond) } else { Ok(()) }
}

/// What an update begins with: the item, or its key alone.
fn base<'a>(before: Option<&'a Item>, write: &'a Write) -> Result<Cow<'a, Item>, Beyond> {
    before.or(write.key.as_ref()).map(Cow::Borrowed).ok_or(Beyond)
}

/// Carries out a write that stands alone.
pub(super) fn single(tables: &mut Tables, kind: Kind, mut write: Write) -> Result<Answer, Beyond> {
    let returned = write.return_values.unwrap_or(Returned::None);
    if kind != Kind::Update && !matches!(returned, Returned::None | Returned::AllOld) {
        return Err(Beyond);
    }
    check_charge(&write)?;
    let table = tables.get(&write.table_name)?;
    match plan(table, kind, &mut write)?.1 {
        Outcome::Failed(item) => answer::condition_failed(item.as_deref()),
        Outcome::Changes { before, change } => {
            let answer = written(returned, before.as_deref(), &change, kind, &write)?;
            tables.commit(&write.table_name, change);
            Ok(answer)
        }
        Outcome::Holds => Err(Beyond),
    }
}

/// An update that stands alone is refused by what its request carries, whatever becomes of it. How much that is, the other engine
/// knows; here is what it is at most.
fn check_charge(write: &Write) -> Result<(), Beyond> {
    const PER_BYTE_OF_TEXT: usize = 40;
    let Some(text) = &write.update_expression else { return Ok(()) };
    let (names, values) = write.bindings().sizes();
    let uses = |sign: char| text.matches(sign).count();
    let of_text = PER_BYTE_OF_TEXT * text.len() + names * uses('#');
    let fits = |of_values: usize| of_text + of_values <= ITEM_BYTES_MAX;
    // Mostly it is enough to count as if each use were one of all values.
    if fits(values * uses(':')) || fits(write.bindings().value_sizes_in(text)) { Ok(()) } else { Err(Beyond) }
}

fn written(
    returned: Returned,
    before: Option<&Item>,
    change: &Change,
    kind: Kind,
    write: &Write,
) -> Result<Answer, Beyond> {
    let part_of = |item: &Item| {
        let update = expression::update(write.update_expression.as_deref().ok_or(Beyond)?)?;
        let part = part(item, &update.check(&write.bindings())?);
        Ok((!part.is_empty()).then_some(Cow::Owned(part)))
    };
    let attributes = match returned {
        Returned::None => None,
        // Where an update makes the item, the key is answered, with its numbers as the request spells them.
        Returned::AllOld if kind == Kind::Update && before.is_none() => {
            let key = base(before, write)?;
            if key.values().any(|value| matches!(value, Value::N(_))) {
                return Err(Beyond);
            }
            Some(key)
        }
        Returned::AllOld => before.map(Cow::Borrowed),
        Returned::AllNew => change.item().map(|item| Cow::Borrowed(item.as_ref())),
        Returned::UpdatedOld => part_of(before.unwrap_or(&Item::new()))?,
        Returned::UpdatedNew => part_of(change.item().ok_or(Beyond)?)?,
    };
    answer::done(&answer::Written { attributes: attributes.as_deref() })
}
