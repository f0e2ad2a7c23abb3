//! How a pattern's conditions are looked up in an event.
//!
//! The engine flattens an event to the paths of its leaves, steps joined by dots, so `{"a": {"b": 1}}` and
//! `{"a.b": 1}` are the same to it. Arrays do not add a step: each element is a value of the path, and conditions that
//! go through one array must hold in one of its elements together ("array consistency").
//!
//! Nothing here allocates: the conditions that lead below a node are a set of bits, and the part of their paths that
//! led there is a number of bytes, the same for all.
//!
//! Source: <https://github.com/aws/event-ruler#json-array-matching>, and the classes `Event` and `ArrayMembership`.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::matcher::Matcher;
use crate::set::{self, Set};

/// The wanted values of one path.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// The steps joined by dots, which orders the conditions.
    path: Box<str>,
    matchers: Arc<[Matcher]>,
    allows_absence: bool,
}

/// How many bytes of the paths led to a node, the dot behind the last step included.
type Walked = usize;

impl Condition {
    /// A condition on what is at `path`.
    pub(crate) fn new(path: String, matchers: Arc<[Matcher]>) -> Self {
        let allows_absence = matchers.contains(&Matcher::Absent);
        Self { path: path.into_boxed_str(), matchers, allows_absence }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn matchers(&self) -> &[Matcher] {
        &self.matchers
    }

    /// Whether the path names the node that it led to.
    fn ends(&self, walked: Walked) -> bool {
        walked > self.path.len()
    }

    /// How far the path led when it goes on with `key`.
    fn below(&self, walked: Walked, key: &str) -> Option<Walked> {
        let rest = self.path.get(walked..)?.strip_prefix(key)?;
        (rest.is_empty() || rest.starts_with('.')).then_some(walked + key.len() + 1)
    }

    fn accepts(&self, value: &Value) -> bool {
        self.matchers.iter().any(|matcher| matcher.matches(value))
    }
}

/// Whether all `conditions`, sorted by path and at most [`set::SIZE_MAX`], hold in `event`.
///
/// `exists: false` holds where the path has no leaf: it also holds when the path names an object or an empty array.
///
/// Source: <https://github.com/aws/event-ruler#exists-matching>
pub(crate) fn holds(event: &Value, conditions: &[Condition]) -> bool {
    if conditions.len() <= set::WORD {
        Search::<1> { conditions }.holds(event)
    } else {
        Search::<{ set::WORDS_MAX }> { conditions }.holds(event)
    }
}

/// Calls `visit` with every leaf of `event` that the condition leads to.
pub(crate) fn each_leaf<'v>(event: &'v Value, condition: &Condition, visit: &mut impl FnMut(&'v Value)) {
    leaves(event, condition, 0, &mut |leaf| {
        visit(leaf);
        true
    });
}

/// Calls `visit` with every leaf below `node` until it says stop by `false`, which is answered too.
fn leaves<'v>(
    node: &'v Value,
    condition: &Condition,
    walked: Walked,
    visit: &mut impl FnMut(&'v Value) -> bool,
) -> bool {
    match node {
        Value::Object(members) => members.iter().all(|(key, child)| {
            condition.below(walked, key).is_none_or(|walked| leaves(child, condition, walked, visit))
        }),
        Value::Array(elements) => elements.iter().all(|element| leaves(element, condition, walked, visit)),
        leaf => !condition.ends(walked) || visit(leaf),
    }
}

fn has_leaf(node: &Value, condition: &Condition, walked: Walked) -> bool {
    !leaves(node, condition, walked, &mut |_| false)
}

/// Conditions being looked up, with room for so many words of bits.
struct Search<'a, const WORDS: usize> {
    conditions: &'a [Condition],
}

impl<const WORDS: usize> Search<'_, WORDS> {
    fn holds(&self, event: &Value) -> bool {
        let present = |(_, it): &(usize, &Condition)| !it.allows_absence || has_leaf(event, it, 0);
        let open: Set<WORDS> = self.conditions.iter().enumerate().filter(present).map(|(index, _)| index).collect();
        self.all_hold(event, 0, open)
    }

    /// Whether all conditions are met by leaves of `node`, absence aside.
    fn all_hold(&self, node: &Value, walked: Walked, open: Set<WORDS>) -> bool {
        if open.is_empty() {
            return true;
        }
        match node {
            Value::Object(members) => self.object_holds(members, walked, open),
            Value::Array(elements) => self.array_holds(elements, walked, open),
            leaf => open.iter().all(|index| {
                let condition = &self.conditions[index];
                condition.ends(walked) && condition.accepts(leaf)
            }),
        }
    }

    /// Members do not constrain each other. A path can lead into several members when keys hold dots; then the first
    /// member that meets all conditions that lead into it takes them.
    fn object_holds(&self, members: &Map<String, Value>, walked: Walked, mut open: Set<WORDS>) -> bool {
        for (key, child) in members {
            let below = walked + key.len() + 1;
            let here: Set<WORDS> =
                open.iter().filter(|index| self.conditions[*index].below(walked, key).is_some()).collect();
            if here.is_empty() {
                continue;
            }
            if self.all_hold(child, below, here) {
                open.remove(here);
            } else if !here.iter().any(|index| self.leads_into_another(members, key, walked, index)) {
                return false;
            } else if here.iter().nth(1).is_some() {
                open.remove(here.iter().filter(|index| self.all_hold(child, below, Set::of(*index))).collect());
            }
            if open.is_empty() {
                return true;
            }
        }
        open.is_empty()
    }

    fn leads_into_another(&self, members: &Map<String, Value>, key: &str, walked: Walked, index: usize) -> bool {
        members.keys().any(|other| other != key && self.conditions[index].below(walked, other).is_some())
    }

    /// Leaves that stand directly in an array are free to serve any condition; the other conditions must hold in one
    /// element together. There, absence counts per element only once a condition with an earlier path has chosen the
    /// element, since the engine works through the paths in order.
    fn array_holds(&self, elements: &[Value], walked: Walked, open: Set<WORDS>) -> bool {
        let is_leaf = |element: &&Value| !element.is_object() && !element.is_array();
        let is_open = |index: &usize| {
            let condition = &self.conditions[*index];
            !condition.ends(walked) || !elements.iter().filter(is_leaf).any(|leaf| condition.accepts(leaf))
        };
        let open: Set<WORDS> = open.iter().filter(is_open).collect();
        open.is_empty()
            || elements.iter().filter(|element| !is_leaf(element)).any(|element| {
                let has_leaf = |index: &usize| has_leaf(element, &self.conditions[*index], walked);
                let present: Set<WORDS> = open.iter().filter(has_leaf).collect();
                let first = present.iter().next();
                let is_chosen_before =
                    |index: usize| self.conditions[index].allows_absence && first.is_some_and(|first| first < index);
                open.iter().filter(|index| !present.contains(*index)).all(is_chosen_before)
                    && self.all_hold(element, walked, present)
            })
    }
}
