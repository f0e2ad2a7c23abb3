//! Expressions that were read before. What a text means depends on nothing else, so all engines of a process share them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::Beyond;
use super::condition::Condition;
use super::projection::Projection;
use super::token::Tokens;
use super::update::Update;
use super::{Expression, Placeholders, Uses};

/// How many texts are known at a time.
const KNOWN_MAX: usize = 1024;

struct Cache<T>(Mutex<BTreeMap<String, Arc<Expression<T>>>>);

impl<T: Placeholders> Cache<T> {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn get(&self, text: &str, read: fn(&mut Tokens<'_>) -> Result<T, Beyond>) -> Result<Arc<Expression<T>>, Beyond> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expression) = known.get(text) {
            return Ok(Arc::clone(expression));
        }
        let mut tokens = Tokens::read(text)?;
        let parsed = read(&mut tokens)?;
        if !tokens.is_over() {
            return Err(Beyond);
        }
        let mut uses = Uses::default();
        parsed.uses(&mut uses);
        let expression = Arc::new(Expression { parsed, uses });
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(text.to_owned(), Arc::clone(&expression));
        Ok(expression)
    }
}

/// A condition, a filter or a key condition.
pub(in super::super) fn condition(text: &str) -> Result<Arc<Expression<Condition>>, Beyond> {
    static KNOWN: Cache<Condition> = Cache::new();
    KNOWN.get(text, Condition::read)
}

pub(in super::super) fn update(text: &str) -> Result<Arc<Expression<Update>>, Beyond> {
    static KNOWN: Cache<Update> = Cache::new();
    KNOWN.get(text, Update::read)
}

pub(in super::super) fn projection(text: &str) -> Result<Arc<Expression<Projection>>, Beyond> {
    static KNOWN: Cache<Projection> = Cache::new();
    KNOWN.get(text, Projection::read)
}
