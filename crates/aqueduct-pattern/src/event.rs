//! How a pattern's conditions are looked up in an event.
//!
//! The engine flattens an event to the paths of its leaves, steps joined by dots, so `{"a": {"b": 1}}` and
//! `{"a.b": 1}` are the same to it. Arrays do not add a step: each element is a value of the path, and conditions that
//! go through one array must hold in one of its elements together ("array consistency").
//!
//! Source: <https://github.com/aws/event-ruler#json-array-matching>, and the classes `Event` and `ArrayMembership`.

use serde_json::Value;

use crate::matcher::Matcher;

/// The wanted values of one path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition<'a> {
    /// The whole path, which orders the conditions.
    pub(crate) path: &'a str,
    /// What is left of the path below the node being looked at; none when the node is what the path names.
    rest: Option<&'a str>,
    matchers: &'a [Matcher],
}

impl<'a> Condition<'a> {
    /// The condition as seen from the event's root.
    pub(crate) fn new(path: &'a str, matchers: &'a [Matcher]) -> Self {
        Self { path, rest: Some(path), matchers }
    }

    fn allows_absence(&self) -> bool {
        self.matchers.contains(&Matcher::Absent)
    }

    fn accepts(&self, value: &Value) -> bool {
        self.matchers.iter().any(|matcher| matcher.matches(value))
    }

    /// The condition as seen from the child `key`, when the path leads there.
    fn below(&self, key: &str) -> Option<Self> {
        let rest = self.rest?.strip_prefix(key)?;
        let rest = if rest.is_empty() { None } else { Some(rest.strip_prefix('.')?) };
        Some(Self { rest, ..*self })
    }
}

/// Whether all `conditions`, sorted by path, hold in `event`.
///
/// `exists: false` holds where the path has no leaf: it also holds when the path names an object or an empty array.
///
/// Source: <https://github.com/aws/event-ruler#exists-matching>
pub(crate) fn holds(event: &Value, conditions: &[Condition<'_>]) -> bool {
    let present: Vec<_> = conditions.iter().copied().filter(|it| !it.allows_absence() || has_leaf(event, it)).collect();
    all_hold(event, &present)
}

/// Whether one leaf of `node` that the condition leads to exists.
pub(crate) fn has_leaf(node: &Value, condition: &Condition<'_>) -> bool {
    let mut found = false;
    each_leaf(node, condition, &mut |_| found = true);
    found
}

/// Calls `visit` with every leaf that the condition leads to.
pub(crate) fn each_leaf<'v>(node: &'v Value, condition: &Condition<'_>, visit: &mut impl FnMut(&'v Value)) {
    match node {
        Value::Object(members) => {
            for (key, child) in members {
                if let Some(below) = condition.below(key) {
                    each_leaf(child, &below, visit);
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                each_leaf(element, condition, visit);
            }
        }
        leaf if condition.rest.is_none() => visit(leaf),
        _ => {}
    }
}

/// Whether all conditions are met by leaves of `node`, absence aside.
fn all_hold(node: &Value, conditions: &[Condition<'_>]) -> bool {
    if conditions.is_empty() {
        return true;
    }
    match node {
        Value::Object(members) => object_holds(members, conditions),
        Value::Array(elements) => array_holds(elements, conditions),
        leaf => conditions.iter().all(|it| it.rest.is_none() && it.accepts(leaf)),
    }
}

/// Members do not constrain each other. A path can lead into several members when keys hold dots; then the first
/// member that meets all conditions that lead into it takes them.
fn object_holds(members: &serde_json::Map<String, Value>, conditions: &[Condition<'_>]) -> bool {
    let mut open = conditions.to_vec();
    for (key, child) in members {
        let (here, elsewhere): (Vec<_>, Vec<_>) = open.iter().copied().partition(|it| it.below(key).is_some());
        let below: Vec<_> = here.iter().filter_map(|it| it.below(key)).collect();
        if below.is_empty() {
            continue;
        }
        if all_hold(child, &below) {
            open = elsewhere;
        } else if !here.iter().any(|it| leads_into_another(members, key, it)) {
            return false;
        } else {
            let met: Vec<_> =
                here.iter().filter(|it| it.below(key).is_some_and(|below| all_hold(child, &[below]))).collect();
            open.retain(|it| !met.iter().any(|met| met.path == it.path));
        }
    }
    open.is_empty()
}

fn leads_into_another(members: &serde_json::Map<String, Value>, key: &str, condition: &Condition<'_>) -> bool {
    members.keys().any(|other| other != key && condition.below(other).is_some())
}

/// Leaves that stand directly in an array are free to serve any condition; the other conditions must hold in one
/// element together. There, absence counts per element only once a condition with an earlier path has chosen the
/// element, since the engine works through the paths in order.
fn array_holds(elements: &[Value], conditions: &[Condition<'_>]) -> bool {
    let is_leaf = |element: &&Value| !element.is_object() && !element.is_array();
    let open: Vec<_> = conditions
        .iter()
        .copied()
        .filter(|it| it.rest.is_some() || !elements.iter().filter(is_leaf).any(|leaf| it.accepts(leaf)))
        .collect();
    open.is_empty()
        || elements.iter().filter(|element| !is_leaf(element)).any(|element| {
            let (present, absent): (Vec<_>, Vec<_>) = open.iter().copied().partition(|it| has_leaf(element, it));
            let chosen_before = |absent: &Condition<'_>| present.iter().any(|it| it.path < absent.path);
            absent.iter().all(|it| it.allows_absence() && chosen_before(it)) && all_hold(element, &present)
        })
}
