//! One wanted value of a pattern, and whether a value is it.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Number, Value};

use crate::wildcard::Wildcard;

/// One wanted value: a pattern's list is satisfied when one of its matchers is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Matcher {
    /// A string, number, boolean or null.
    Exactly(Value),
    EqualsIgnoreCase(String),
    Prefix {
        text: String,
        ignore_case: bool,
    },
    Suffix {
        text: String,
        ignore_case: bool,
    },
    Wildcard(Wildcard),
    /// One comparison, or two that bound a range.
    Numeric(Vec<(Comparison, Number)>),
    Cidr(IpNet),
    /// `exists: true`; to SNS an empty or null value does not exist.
    Present {
        non_empty: bool,
    },
    /// `exists: false`.
    Absent,
    /// None of these.
    AnythingBut(Vec<Matcher>),
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// As a pattern spells it.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left.total_cmp(&right).is_eq(),
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// The number as the engine compares it; beyond five billion it is a text to it.
///
/// Source: <https://github.com/aws/event-ruler#numeric-matching>
pub(crate) fn comparable(number: &Number) -> Option<f64> {
    const LIMIT: f64 = 5e9;
    // Adding zero turns -0.0 into 0.0, which are the same number in JSON.
    number.as_f64().filter(|value| value.abs() <= LIMIT).map(|value| value + 0.0)
}

impl Matcher {
    /// Whether a leaf of an event with this value is what is wanted. `value` is neither an object nor an array.
    pub(crate) fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Exactly(wanted), found) => equal(wanted, found),
            (Self::EqualsIgnoreCase(wanted), Value::String(found)) => lowercase(wanted) == lowercase(found),
            (Self::Prefix { text, ignore_case: false }, Value::String(found)) => found.starts_with(text.as_str()),
            (Self::Prefix { text, ignore_case: true }, Value::String(found)) => {
                lowercase(found).starts_with(&lowercase(text))
            }
            (Self::Suffix { text, ignore_case: false }, Value::String(found)) => found.ends_with(text.as_str()),
            (Self::Suffix { text, ignore_case: true }, Value::String(found)) => {
                lowercase(found).ends_with(&lowercase(text))
            }
            (Self::Wildcard(wildcard), Value::String(found)) => wildcard.matches(found),
            (Self::Numeric(comparisons), Value::Number(found)) => in_range(comparisons, found),
            (Self::Cidr(network), Value::String(found)) => in_network(*network, found),
            (Self::Present { non_empty }, found) => !non_empty || !(found.is_null() || found == ""),
            (Self::AnythingBut(unwanted), found) => !unwanted.iter().any(|matcher| matcher.matches(found)),
            _ => false,
        }
    }
}

/// Equality as the engine has it: 300 and 300.0 are one number (recorded by LocalStack's AWS-validated test
/// `test_event_pattern[number_comparison_float]`, against what the documentation says), and two spellings of one IP
/// address are one address.
fn equal(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), Value::Number(found)) => match (comparable(wanted), comparable(found)) {
            (Some(wanted), Some(found)) => wanted.total_cmp(&found).is_eq(),
            _ => wanted == found,
        },
        (Value::String(wanted), Value::String(found)) => {
            wanted == found || address(wanted).is_some_and(|wanted| address(found) == Some(wanted))
        }
        _ => wanted == found,
    }
}

fn in_range(comparisons: &[(Comparison, Number)], found: &Number) -> bool {
    comparable(found).is_some_and(|found| {
        comparisons
            .iter()
            .all(|(comparison, bound)| comparable(bound).is_some_and(|bound| comparison.holds(found, bound)))
    })
}

/// Whether `text` is an address from the written one to the network's last: the engine does not mask the start.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/CIDR.java>
fn in_network(network: IpNet, text: &str) -> bool {
    address(text).is_some_and(|address| {
        address.is_ipv4() == network.addr().is_ipv4() && (network.addr()..=network.broadcast()).contains(&address)
    })
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any_case = |ignore_case: bool| if ignore_case { " in any case" } else { "" };
        match self {
            Self::Exactly(value) => write!(formatter, "{value}"),
            Self::EqualsIgnoreCase(text) => write!(formatter, "{} in any case", quoted(text)),
            Self::Prefix { text, ignore_case } => {
                write!(formatter, "a text that starts with {}{}", quoted(text), any_case(*ignore_case))
            }
            Self::Suffix { text, ignore_case } => {
                write!(formatter, "a text that ends with {}{}", quoted(text), any_case(*ignore_case))
            }
            Self::Wildcard(wildcard) => write!(formatter, "a text like {}", quoted(wildcard.text())),
            Self::Numeric(comparisons) => {
                formatter.write_str("a number ")?;
                let bounds = comparisons.iter().map(|(comparison, bound)| format!("{} {bound}", comparison.symbol()));
                formatter.write_str(&bounds.collect::<Vec<_>>().join(" and "))
            }
            Self::Cidr(network) => write!(formatter, "an IP address in {network}"),
            Self::Present { non_empty: false } => formatter.write_str("any value"),
            Self::Present { non_empty: true } => formatter.write_str("any value that is not empty"),
            Self::Absent => formatter.write_str("nothing there"),
            Self::AnythingBut(unwanted) => write!(formatter, "anything but {}", alternatives(unwanted)),
        }
    }
}

/// The matchers in words: `"a", "b" or a number > 5`.
pub(crate) fn alternatives(matchers: &[Matcher]) -> String {
    let words: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn quoted(text: &str) -> Value {
    Value::String(text.to_owned())
}
