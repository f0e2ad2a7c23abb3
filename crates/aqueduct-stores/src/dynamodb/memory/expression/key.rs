//! Key conditions: which partition, and which part of it.

use std::cmp::Ordering;

use super::super::Beyond;
use super::super::value::Value;
use super::condition::{Comparison, Condition, Operand};
use super::{Bindings, Expression};

/// What is asked of a key: its partition key's value, and a condition on its sort key.
#[derive(Debug)]
pub(in super::super) struct KeyCondition<'a> {
    pub(in super::super) hash: &'a Value,
    pub(in super::super) range: Option<Clause<'a>>,
}

/// What is asked of one attribute.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Clause<'a> {
    Compare(Comparison, &'a Value),
    Between(&'a Value, &'a Value),
    BeginsWith(&'a Value),
}

impl Clause<'_> {
    pub(in super::super) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Compare(comparison, with) => comparison.holds(value, with),
            Self::Between(low, high) => {
                Comparison::GreaterOrEqual.holds(value, low) && Comparison::LessOrEqual.holds(value, high)
            }
            Self::BeginsWith(prefix) => match (value, prefix) {
                (Value::S(text), Value::S(prefix)) => text.starts_with(prefix.as_str()),
                (Value::B(bytes), Value::B(prefix)) => bytes.starts_with(prefix),
                _ => false,
            },
        }
    }

    /// The values that it compares with.
    pub(in super::super) fn values(&self) -> Vec<&Value> {
        match self {
            Self::Compare(_, value) | Self::BeginsWith(value) => vec![value],
            Self::Between(low, high) => vec![low, high],
        }
    }
}

impl Expression<Condition> {
    /// The condition as one on a key of these attributes.
    pub(in super::super) fn on_key<'a>(
        &'a self,
        hash: &str,
        range: Option<&str>,
        bindings: &Bindings<'a>,
    ) -> Result<KeyCondition<'a>, Beyond> {
        let clauses = match &self.parsed {
            Condition::And(left, right) => vec![clause(left, bindings)?, clause(right, bindings)?],
            single => vec![clause(single, bindings)?],
        };
        let mut condition = (None, None);
        for (name, clause) in clauses {
            match clause {
                Clause::Compare(Comparison::Equal, value) if name == hash && condition.0.is_none() => {
                    condition.0 = Some(value);
                }
                clause if Some(name) == range && condition.1.is_none() => condition.1 = Some(clause),
                _ => return Err(Beyond),
            }
        }
        let hash = condition.0.ok_or(Beyond)?;
        Ok(KeyCondition { hash, range: condition.1 })
    }
}

fn clause<'a>(condition: &'a Condition, bindings: &Bindings<'a>) -> Result<(&'a str, Clause<'a>), Beyond> {
    let name = |operand: &'a Operand| match operand {
        Operand::Path(path) => match path.root(bindings)? {
            (name, false) => Ok(name),
            _ => Err(Beyond),
        },
        _ => Err(Beyond),
    };
    let value = |operand: &'a Operand| match operand {
        Operand::Value(name) => bindings.value(name),
        _ => Err(Beyond),
    };
    match condition {
        Condition::Compare(_, Comparison::NotEqual, _) => Err(Beyond),
        Condition::Compare(left @ Operand::Value(_), comparison, right) => {
            Ok((name(right)?, Clause::Compare(comparison.reversed(), value(left)?)))
        }
        Condition::Compare(left, comparison, right) => Ok((name(left)?, Clause::Compare(*comparison, value(right)?))),
        Condition::Between(operand, low, high) => {
            let (low, high) = (value(low)?, value(high)?);
            if low.order(high).is_some_and(Ordering::is_le) {
                Ok((name(operand)?, Clause::Between(low, high)))
            } else {
                Err(Beyond)
            }
        }
        Condition::BeginsWith(operand, prefix) => {
            let prefix = value(prefix)?;
            if matches!(prefix, Value::S(_) | Value::B(_)) {
                Ok((name(operand)?, Clause::BeginsWith(prefix)))
            } else {
                Err(Beyond)
            }
        }
        _ => Err(Beyond),
    }
}
