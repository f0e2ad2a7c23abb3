//! What an answer must be.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

/// How much of a value a failure shows.
const SHOWN_MAX: usize = 600;

/// Where an answer is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The place in the answer, such as `$.Messages[0].Body`.
    path: String,
    expected: String,
    seen: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at {}: expected {}, saw {}", self.path, self.expected, self.seen)
    }
}

/// What `$save` kept.
pub(super) type Saved = BTreeMap<String, Value>;

/// Whether `expected` holds for `seen`; what it saves is in `saved` then.
pub(super) fn check(expected: &Value, seen: &Value, saved: &mut Saved) -> Result<(), Mismatch> {
    holds("$", expected, Some(seen), saved)
}

/// `seen` is `None` for a member that is not there.
fn holds(path: &str, expected: &Value, seen: Option<&Value>, saved: &mut Saved) -> Result<(), Mismatch> {
    if let Some((name, operand)) = condition(expected) {
        return meets(path, name, operand, seen, saved);
    }
    let fails = || mismatch(path, shown(expected), seen);
    match (expected, seen) {
        (Value::Null, None | Some(Value::Null)) => Ok(()),
        (Value::Null, _) => Err(mismatch(path, "nothing".to_owned(), seen)),
        (Value::Object(members), Some(Value::Object(seen))) => {
            for (name, member) in members {
                holds(&format!("{path}.{name}"), member, seen.get(name), saved)?;
            }
            Ok(())
        }
        (Value::Array(items), Some(Value::Array(seen))) if items.len() == seen.len() => {
            for (index, (item, seen)) in items.iter().zip(seen).enumerate() {
                holds(&format!("{path}[{index}]"), item, Some(seen), saved)?;
            }
            Ok(())
        }
        (Value::Array(items), Some(Value::Array(others))) if items.len() != others.len() => {
            let expected = format!("{} elements, {}", items.len(), shown(expected));
            Err(mismatch(path, expected, seen))
        }
        (Value::Number(number), Some(Value::Number(other))) if number.as_f64() == other.as_f64() => Ok(()),
        (expected, Some(seen)) if expected == seen => Ok(()),
        _ => Err(fails()),
    }
}

/// The name and operand of an object with one member whose name starts with `$`.
fn condition(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, operand) = members.iter().next()?;
    Some((name.strip_prefix('$')?, operand))
}

fn meets(path: &str, name: &str, operand: &Value, seen: Option<&Value>, saved: &mut Saved) -> Result<(), Mismatch> {
    let fails = || mismatch(path, format!("${name} {}", shown(operand)), seen);
    if name == "not" {
        let holds = holds(path, operand, seen, &mut saved.clone()).is_ok();
        return if holds { Err(fails()) } else { Ok(()) };
    }
    let seen = seen.filter(|seen| !seen.is_null()).ok_or_else(fails)?;
    match (name, operand) {
        ("any", _) => Ok(()),
        ("save", Value::String(name)) => {
            saved.insert(name.clone(), seen.clone());
            Ok(())
        }
        ("contains", Value::String(part)) => {
            seen.as_str().is_some_and(|text| text.contains(part)).then_some(()).ok_or_else(fails)
        }
        ("matches", Value::String(form)) => matches(form, seen).map_err(|why| mismatch(path, why, Some(seen))),
        ("json", inner) => {
            let text = seen.as_str().ok_or_else(fails)?;
            let value: Value = serde_json::from_str(text).map_err(|_| fails())?;
            holds(&format!("{path}(JSON)"), inner, Some(&value), saved)
        }
        ("length", Value::Number(length)) => {
            let seen = length_of(seen).ok_or_else(fails)?;
            let is = length.as_u64() == u64::try_from(seen).ok();
            if is { Ok(()) } else { Err(mismatch(path, format!("a length of {length}"), Some(&json!(seen)))) }
        }
        ("unordered", Value::Array(items)) => {
            let elements = seen.as_array().filter(|elements| elements.len() == items.len()).ok_or_else(fails)?;
            let free: Vec<&Value> = elements.iter().collect();
            assign(path, items, &free, saved).ok_or_else(fails)
        }
        ("includes", inner) => {
            let elements = seen.as_array().ok_or_else(fails)?;
            let mut tries = elements.iter().filter_map(|element| {
                let mut kept = saved.clone();
                holds(path, inner, Some(element), &mut kept).is_ok().then_some(kept)
            });
            *saved = tries.next().ok_or_else(fails)?;
            Ok(())
        }
        _ => Err(mismatch(path, format!("the suite knows no condition ${name} with {operand}"), Some(seen))),
    }
}

fn matches(form: &str, seen: &Value) -> Result<(), String> {
    // A number is looked at as it is written.
    let text = seen.as_str().map_or_else(|| seen.to_string(), str::to_owned);
    let regex = regex_lite::Regex::new(&format!("^(?s:{form})$")).map_err(|error| format!("{form:?}: {error}"))?;
    if regex.is_match(&text) { Ok(()) } else { Err(format!("text of the form {form}")) }
}

fn length_of(seen: &Value) -> Option<usize> {
    match seen {
        Value::Array(items) => Some(items.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}

/// Finds an element of its own for each condition.
fn assign(path: &str, items: &[Value], free: &[&Value], saved: &mut Saved) -> Option<()> {
    let Some((first, others)) = items.split_first() else { return Some(()) };
    for (index, element) in free.iter().enumerate() {
        let mut kept = saved.clone();
        if holds(path, first, Some(element), &mut kept).is_err() {
            continue;
        }
        let mut left = free.to_vec();
        left.remove(index);
        if assign(path, others, &left, &mut kept).is_some() {
            *saved = kept;
            return Some(());
        }
    }
    None
}

fn mismatch(path: &str, expected: String, seen: Option<&Value>) -> Mismatch {
    let seen = seen.map_or_else(|| "nothing".to_owned(), shown);
    Mismatch { path: path.to_owned(), expected, seen }
}

/// A value as a failure shows it.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Members that a refusal is looked at by.
pub(super) fn refusal(code: &str, message: &str, status: u16) -> Value {
    let mut members = Map::new();
    members.insert("code".to_owned(), code.into());
    members.insert("message".to_owned(), message.into());
    members.insert("status".to_owned(), status.into());
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(expected: &Value, seen: &Value) -> Result<Saved, String> {
        let mut saved = Saved::new();
        check(expected, seen, &mut saved).map(|()| saved).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn each_condition_holds_and_fails() {
        let cases = [
            (json!({ "a": 1 }), json!({ "a": 1.0, "b": 2 }), true),
            (json!({ "a": null }), json!({ "b": 2 }), true),
            (json!({ "a": null }), json!({ "a": 2 }), false),
            (json!([1, 2]), json!([1, 2, 3]), false),
            (json!({ "$any": true }), json!(0), true),
            (json!({ "a": { "$any": true } }), json!({}), false),
            (json!({ "$contains": "b" }), json!("abc"), true),
            (json!({ "$contains": "d" }), json!("abc"), false),
            (json!({ "$matches": "a.|b." }), json!("ab"), true),
            (json!({ "$matches": "a." }), json!("abc"), false),
            (json!({ "$json": { "a": [1] } }), json!("{\"a\":[1]}"), true),
            (json!({ "$json": {} }), json!("{"), false),
            (json!({ "$length": 2 }), json!([1, 2]), true),
            (json!({ "$length": 2 }), json!("äöü"), false),
            (json!({ "$unordered": [{ "$matches": "a.*" }, "ab"] }), json!(["ab", "ac"]), true),
            (json!({ "$unordered": ["a"] }), json!(["a", "a"]), false),
            (json!({ "$includes": { "a": 2 } }), json!([{ "a": 1 }, { "a": 2 }]), true),
            (json!({ "$includes": 3 }), json!([1]), false),
            (json!({ "$not": { "$contains": "b" } }), json!("abc"), false),
            (json!({ "$not": null }), json!(1), true),
            (json!({ "$sounds": "like" }), json!(1), false),
        ];
        for (expected, seen, holds) in cases {
            assert_eq!(checked(&expected, &seen).is_ok(), holds, "{expected} on {seen}");
        }
    }

    #[test]
    fn a_failure_says_where_and_what() {
        let expected = json!({ "Messages": [{ "Body": { "$json": { "a": 1 } } }] });
        let seen = json!({ "Messages": [{ "Body": "{\"a\":2}" }] });
        assert_eq!(checked(&expected, &seen).unwrap_err(), "at $.Messages[0].Body(JSON).a: expected 1, saw 2");
    }

    #[test]
    fn what_is_saved_is_that_of_the_elements_that_fit() {
        let expected = json!({ "$unordered": [{ "b": "x", "h": { "$save": "x" } }, { "h": { "$save": "other" } }] });
        let seen = json!([{ "b": "y", "h": 1 }, { "b": "x", "h": 2 }]);
        let saved = checked(&expected, &seen).unwrap();
        assert_eq!((&saved["x"], &saved["other"]), (&json!(2), &json!(1)));
    }
}
