//! Transactions of writes, and the tokens by which one that comes again is known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Beyond;
use super::answer::{self, Answer, Reason, Written};
use super::request::{Action, TransactWriteItems, read};
use super::table::Key;
use super::tables::Tables;
use super::value::{Item, Value};
use super::write::{Kind, Outcome, plan};
use crate::dynamodb::tokens::{KNOWN_FOR, TOKEN_MAX};

/// How many parts a transaction has at most, and how many bytes its items.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const PARTS_MAX: usize = 100;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Transactions that were carried out with a token.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// From the oldest on.
    in_order: VecDeque<Arc<str>>,
    transactions: BTreeMap<Arc<str>, Transaction>,
}

/// A transaction that was carried out.
#[derive(Debug)]
pub(super) struct Transaction {
    /// When, in seconds since 1970.
    pub(super) at: u64,
    /// The request.
    pub(super) body: Vec<u8>,
    /// The items that it found, by table and key.
    pub(super) found: Vec<(String, Key, Option<Arc<Item>>)>,
}

impl Known {
    fn get(&mut self, token: &str, now: u64) -> Option<&Transaction> {
        while let Some(oldest) = self.in_order.front() {
            if self.transactions.get(oldest).is_some_and(|known| now.saturating_sub(known.at) < KNOWN_FOR) {
                break;
            }
            self.transactions.remove(oldest);
            self.in_order.pop_front();
        }
        self.transactions.get(token)
    }

    fn insert(&mut self, token: &str, transaction: Transaction) {
        let token: Arc<str> = token.into();
        self.in_order.push_back(Arc::clone(&token));
        self.transactions.insert(token, transaction);
    }

    /// Those that are known, from the oldest on, with their tokens.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&str, &Transaction)> {
        self.in_order.iter().filter_map(|token| Some((token.as_ref(), self.transactions.get(token)?)))
    }
}

pub(super) fn write(tables: &mut Tables, known: &mut Known, body: &[u8], now: u64) -> Result<Answer, Beyond> {
    let request: TransactWriteItems = read(body)?;
    if !(1..=PARTS_MAX).contains(&request.transact_items.len()) || body.len() > BYTES_MAX {
        return Err(Beyond);
    }
    let token = request.client_request_token.as_deref();
    if token.is_some_and(|token| !(1..=TOKEN_MAX).contains(&token.len())) {
        return Err(Beyond);
    }
    if let Some(before) = token.and_then(|token| known.get(token, now)) {
        return again(&before.body, body, &request);
    }
    let (mut changes, mut found, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for action in request.transact_items {
        let (name, key, outcome) = part(tables, action)?;
        let before = tables.get(&name)?.get(&key).cloned();
        reasons.push(match outcome {
            Outcome::Failed(item) => Reason::ConditionFailed(item),
            Outcome::Holds => Reason::None,
            Outcome::Changes { change, .. } => {
                changes.push((name.clone(), change));
                Reason::None
            }
        });
        found.push((name, key, before));
    }
    let targets: BTreeSet<_> = found.iter().map(|(name, key, _)| (name, key)).collect();
    if targets.len() < found.len() {
        return Err(Beyond);
    }
    if reasons.iter().any(|reason| matches!(reason, Reason::ConditionFailed(_))) {
        return cancel(&reasons);
    }
    for (name, change) in changes {
        tables.commit(&name, change);
    }
    if let Some(token) = token {
        known.insert(token, Transaction { at: now, body: body.to_vec(), found });
    }
    answer::done(&Written::default())
}

/// A token came again. What differs in the spelling of numbers and the order of sets alone is left to the other engine.
fn again(before: &[u8], body: &[u8], request: &TransactWriteItems) -> Result<Answer, Beyond> {
    let spelt = |body| read::<serde_json::Value>(body).map(|request| request["TransactItems"].clone());
    if spelt(before)? == spelt(body)? {
        answer::done(&Written::default())
    } else if read::<TransactWriteItems>(before)?.transact_items == request.transact_items {
        Err(Beyond)
    } else {
        answer::mismatch()
    }
}

/// What comes of a part of a transaction, and the table and the key that it is about.
fn part(tables: &Tables, action: Action) -> Result<(String, Key, Outcome), Beyond> {
    let (kind, mut write) = match action {
        Action::Put(write) => (Kind::Put, write),
        Action::Update(write) => (Kind::Update, write),
        Action::Delete(write) => (Kind::Delete, write),
        Action::ConditionCheck(write) => (Kind::ConditionCheck, write),
    };
    if !write.is_part() {
        return Err(Beyond);
    }
    let table = tables.get(&write.table_name)?;
    let (key, outcome) = plan(table, kind, &mut write)?;
    Ok((write.table_name, key, outcome))
}

/// Reasons have sets of numbers in an order that the other engine knows.
fn cancel(reasons: &[Reason]) -> Result<Answer, Beyond> {
    let has_numbers = |reason: &Reason| match reason {
        Reason::ConditionFailed(Some(item)) => item.values().any(Value::has_numbers),
        _ => false,
    };
    if reasons.iter().any(has_numbers) { Err(Beyond) } else { answer::cancelled(reasons) }
}
