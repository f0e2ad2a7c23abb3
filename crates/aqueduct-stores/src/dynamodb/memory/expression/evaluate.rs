//! What conditions say of an item.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::Beyond;
use super::super::number::Number;
use super::super::value::{Item, Value};
use super::condition::{Comparison, Condition, Operand, Part};
use super::path::Path;
use super::{Bindings, Expression};

impl Expression<Condition> {
    /// Whether it may be evaluated at all: what is refused whatever the item is.
    pub(in super::super) fn check(&self, bindings: &Bindings<'_>) -> Result<(), Beyond> {
        self.parsed.check(bindings)
    }

    /// Whether the condition holds for an item, which has no attributes if there is none.
    pub(in super::super) fn holds(&self, item: &Item, bindings: &Bindings<'_>) -> Result<bool, Beyond> {
        self.parsed.holds(item, bindings)
    }

    /// The attributes that its paths begin with, and whether they go on from there.
    pub(in super::super) fn roots<'a>(&'a self, bindings: &Bindings<'a>) -> Result<Vec<(&'a str, bool)>, Beyond> {
        let mut roots = Vec::new();
        self.parsed.each(&mut |part| {
            if let Part::Path(path) = part {
                roots.push(path.root(bindings));
            }
        });
        roots.into_iter().collect()
    }
}

impl Comparison {
    pub(in super::super) fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left.order(right).is_some_and(Ordering::is_lt),
            Self::LessOrEqual => left.order(right).is_some_and(Ordering::is_le),
            Self::Greater => left.order(right).is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => left.order(right).is_some_and(Ordering::is_ge),
        }
    }
}

impl Condition {
    fn check(&self, bindings: &Bindings<'_>) -> Result<(), Beyond> {
        let sound = match self {
            Self::Between(_, Operand::Value(low), Operand::Value(high)) => {
                let (low, high) = (bindings.value(low)?, bindings.value(high)?);
                low.order(high).is_some_and(Ordering::is_le)
            }
            Self::BeginsWith(_, Operand::Value(prefix)) => {
                matches!(bindings.value(prefix)?, Value::S(_) | Value::B(_))
            }
            Self::And(left, right) | Self::Or(left, right) => {
                left.check(bindings)?;
                return right.check(bindings);
            }
            Self::Not(inner) => return inner.check(bindings),
            _ => true,
        };
        if sound { Ok(()) } else { Err(Beyond) }
    }

    fn holds(&self, item: &Item, bindings: &Bindings<'_>) -> Result<bool, Beyond> {
        let find = |path: &Path| path.find(item, bindings);
        let of = |operand| resolve(operand, item, bindings);
        Ok(match self {
            Self::Compare(left, comparison, right) => match (of(left)?, of(right)?) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                _ => *comparison == Comparison::NotEqual,
            },
            Self::Between(value, low, high) => match (of(value)?, of(low)?, of(high)?) {
                (Some(value), Some(low), Some(high)) => {
                    Comparison::GreaterOrEqual.holds(&value, &low) && Comparison::LessOrEqual.holds(&value, &high)
                }
                _ => false,
            },
            Self::In(value, values) => {
                let Some(value) = of(value)? else { return Ok(false) };
                for candidate in values {
                    if of(candidate)?.is_some_and(|candidate| candidate == value) {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Exists(path) => find(path)?.is_some(),
            Self::NotExists(path) => find(path)?.is_none(),
            Self::HasType(path, name) => match (find(path)?, of(name)?.as_deref()) {
                (Some(value), Some(Value::S(name))) => value.type_name() == name,
                _ => false,
            },
            Self::BeginsWith(value, prefix) => match (of(value)?.as_deref(), of(prefix)?.as_deref()) {
                (Some(Value::S(text)), Some(Value::S(prefix))) => text.starts_with(prefix.as_str()),
                (Some(Value::B(bytes)), Some(Value::B(prefix))) => bytes.starts_with(prefix),
                _ => false,
            },
            Self::Contains(whole, part) => match (of(whole)?.as_deref(), of(part)?.as_deref()) {
                (Some(whole), Some(part)) => contains(whole, part),
                _ => false,
            },
            Self::And(left, right) => left.holds(item, bindings)? && right.holds(item, bindings)?,
            Self::Or(left, right) => left.holds(item, bindings)? || right.holds(item, bindings)?,
            Self::Not(inner) => !inner.holds(item, bindings)?,
        })
    }
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::S(text), Value::S(part)) => text.contains(part.as_str()),
        (Value::B(bytes), Value::B(part)) => {
            part.is_empty() || bytes.windows(part.len()).any(|window| window == part.as_slice())
        }
        (Value::Ss(set), Value::S(element)) => set.contains(element),
        (Value::Ns(set), Value::N(element)) => set.contains(element),
        (Value::Bs(set), Value::B(element)) => set.contains(element),
        (Value::L(list), element) => list.contains(element),
        _ => false,
    }
}

fn resolve<'a>(operand: &Operand, item: &'a Item, bindings: &Bindings<'a>) -> Result<Option<Cow<'a, Value>>, Beyond> {
    Ok(match operand {
        Operand::Path(path) => path.find(item, bindings)?.map(Cow::Borrowed),
        Operand::Value(name) => Some(Cow::Borrowed(bindings.value(name)?)),
        Operand::Size(path) => {
            let size = path.find(item, bindings)?.and_then(size_of);
            size.map(|size| Cow::Owned(Value::N(Number::count(size))))
        }
    })
}

/// What `size` says: of a string its UTF-16 code units, of a binary its bytes, and of anything else its elements.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
fn size_of(value: &Value) -> Option<usize> {
    Some(match value {
        Value::S(text) => text.encode_utf16().count(),
        Value::B(bytes) => bytes.len(),
        Value::Ss(set) => set.len(),
        Value::Ns(set) => set.len(),
        Value::Bs(set) => set.len(),
        Value::L(list) => list.len(),
        Value::M(map) => map.len(),
        Value::N(_) | Value::Bool(_) | Value::Null => return None,
    })
}
