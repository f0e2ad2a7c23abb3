//! Texts that several matchers accept.

use serde_json::Value;

use super::fit;
use super::leaf::{Choice, first};
use super::shape::Shape;
use super::solve::Search;
use crate::matcher::Matcher;

/// A text of the shape that all matchers of the choice accept.
pub(super) fn search(shape: &Shape<'_>, choice: &Choice<'_>) -> Search {
    if let Some(only) = choice.iter().find_map(|matcher| only(matcher)) {
        return first(shape, choice, [Value::String(only.to_owned())], true);
    }
    if choice.iter().any(|matcher| accepts_no_text(matcher)) || contradict(choice) || is_too_long(shape, choice) {
        return Search::None;
    }
    first(shape, choice, candidates(shape, choice).into_iter().map(Value::String), false)
}

/// The text that alone is accepted.
fn only(matcher: &Matcher) -> Option<&str> {
    if let Matcher::Text(text) = matcher { Some(text) } else { None }
}

fn accepts_no_text(matcher: &Matcher) -> bool {
    match matcher {
        Matcher::Number { .. } | Matcher::Bool(_) | Matcher::Null | Matcher::Numeric(_) | Matcher::Absent => true,
        Matcher::AnythingBut(unwanted) => unwanted.iter().any(|it| match it {
            Matcher::Wildcard(wildcard) => wildcard.text() == "*",
            Matcher::Prefix { text, .. } | Matcher::Suffix { text, .. } => text.is_empty(),
            _ => false,
        }),
        _ => false,
    }
}

/// Whether two beginnings or two ends exclude each other.
fn contradict(choice: &Choice<'_>) -> bool {
    let any_pair = |texts: &[&str], differ: fn(&str, &str) -> bool| {
        texts.iter().enumerate().any(|(index, one)| texts[index + 1..].iter().any(|other| differ(one, other)))
    };
    let beginnings: Vec<&str> = choice
        .iter()
        .filter_map(|it| if let Matcher::Prefix { text, ignore_case: false } = it { Some(text.as_str()) } else { None })
        .collect();
    let ends: Vec<&str> = choice
        .iter()
        .filter_map(|it| if let Matcher::Suffix { text, ignore_case: false } = it { Some(text.as_str()) } else { None })
        .collect();
    any_pair(&beginnings, |one, other| !one.starts_with(other) && !other.starts_with(one))
        || any_pair(&ends, |one, other| !one.ends_with(other) && !other.ends_with(one))
}

/// Whether a matcher wants more characters than the schema allows.
fn is_too_long(shape: &Shape<'_>, choice: &Choice<'_>) -> bool {
    choice.iter().any(|matcher| match matcher {
        Matcher::Prefix { text, ignore_case: false } | Matcher::Suffix { text, ignore_case: false } => {
            text.chars().count() as u64 > shape.length_max
        }
        Matcher::EqualsIgnoreCase(text) if text.is_ascii() => {
            !(shape.length_min..=shape.length_max).contains(&(text.len() as u64))
        }
        _ => false,
    })
}

/// Texts to try: what the matchers spell, alone and one behind the other, and texts of the schema's own.
fn candidates(shape: &Shape<'_>, choice: &Choice<'_>) -> Vec<String> {
    let spelled: Vec<String> = choice.iter().flat_map(|matcher| spelled(matcher)).collect();
    let mut candidates = fit::texts(shape);
    // What is unwanted is not among so many different ones.
    let different = choice.iter().map(|it| if let Matcher::AnythingBut(unwanted) = it { unwanted.len() } else { 0 });
    candidates.extend((0..=different.sum()).map(|number| fit::padded(&format!("a{number}"), shape)));
    for one in &spelled {
        let padding = fit::padding(one, shape);
        candidates.extend([format!("{one}{padding}"), format!("{padding}{one}")]);
        for other in &spelled {
            let padding = fit::padding(&format!("{one}{other}"), shape);
            candidates.extend([format!("{one}{padding}{other}"), overlaid(one, other)]);
        }
    }
    candidates.splice(0..0, spelled);
    candidates
}

/// One text behind the other, with what they have in common once.
fn overlaid(one: &str, other: &str) -> String {
    let shared = other.char_indices().map(|(at, _)| at).chain([other.len()]).filter(|at| one.ends_with(&other[..*at]));
    format!("{one}{}", &other[shared.max().unwrap_or(0)..])
}

/// Texts that the matcher accepts, or nearly.
fn spelled(matcher: &Matcher) -> Vec<String> {
    match matcher {
        Matcher::Address { text, address } => vec![text.clone(), address.to_string()],
        Matcher::EqualsIgnoreCase(text)
        | Matcher::Prefix { text, ignore_case: true }
        | Matcher::Suffix { text, ignore_case: true } => {
            vec![text.clone(), text.to_lowercase(), text.to_uppercase()]
        }
        Matcher::Prefix { text, .. } | Matcher::Suffix { text, .. } => vec![text.clone()],
        Matcher::Wildcard(wildcard) => vec![wildcard.joined(""), wildcard.joined("x")],
        Matcher::Cidr(network) => vec![network.addr().to_string(), network.broadcast().to_string()],
        _ => Vec::new(),
    }
}
