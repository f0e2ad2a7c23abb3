//! One wanted value of a pattern, and whether a value is it.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Number, Value};

use crate::number::Millionths;
use crate::wildcard::Wildcard;

/// One wanted value: a pattern's list is satisfied when one of its matchers is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Matcher {
    /// A text.
    Text(String),
    /// A text that spells an IP address, in any of its spellings.
    Address {
        text: String,
        address: IpAddr,
    },
    /// A number, by its value where the engine compares it, else by its spelling.
    Number {
        number: Number,
        comparable: Option<Millionths>,
    },
    /// `true` or `false`.
    Bool(bool),
    Null,
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
    Numeric(Vec<Bound>),
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

/// One side of a numeric range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) comparison: Comparison,
    pub(crate) value: Millionths,
    /// As the pattern spells it.
    pub(crate) number: Number,
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

    fn holds(self, left: Millionths, right: Millionths) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Matcher {
    /// A value that is wanted as it is; none for an object or an array.
    pub(crate) fn exactly(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number { number: number.clone(), comparable: Millionths::of(number).ok() },
            Value::String(text) => match address(text) {
                Some(address) => Self::Address { text: text.clone(), address },
                None => Self::Text(text.clone()),
            },
            Value::Array(_) | Value::Object(_) => return None,
        })
    }

    /// Whether a leaf of an event with this value is what is wanted. `value` is neither an object nor an array.
    pub(crate) fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(wanted), Value::String(found)) => wanted == found,
            (Self::Address { text, address: wanted }, Value::String(found)) => {
                text == found || address(found) == Some(*wanted)
            }
            (Self::Number { number, comparable }, Value::Number(found)) => equal(number, *comparable, found),
            (Self::Bool(wanted), Value::Bool(found)) => wanted == found,
            (Self::EqualsIgnoreCase(wanted), Value::String(found)) => lowercase(wanted).eq(lowercase(found)),
            (Self::Prefix { text, ignore_case: false }, Value::String(found)) => found.starts_with(text.as_str()),
            (Self::Prefix { text, ignore_case: true }, Value::String(found)) => {
                leads(lowercase(text), lowercase(found))
            }
            (Self::Suffix { text, ignore_case: false }, Value::String(found)) => found.ends_with(text.as_str()),
            (Self::Suffix { text, ignore_case: true }, Value::String(found)) => {
                leads(lowercase(text).rev(), lowercase(found).rev())
            }
            (Self::Wildcard(wildcard), Value::String(found)) => wildcard.matches(found),
            (Self::Numeric(bounds), Value::Number(found)) => in_range(bounds, found),
            (Self::Cidr(network), Value::String(found)) => in_network(*network, found),
            (Self::Present { non_empty }, found) => !non_empty || !(found.is_null() || found == ""),
            (Self::AnythingBut(unwanted), found) => !unwanted.iter().any(|matcher| matcher.matches(found)),
            (Self::Null, Value::Null) => true,
            _ => false,
        }
    }
}

/// Equality as the engine has it: 300 and 300.0 are one number, recorded by LocalStack's AWS-validated test
/// `test_event_pattern[number_comparison_float]` against what the documentation says.
fn equal(wanted: &Number, comparable: Option<Millionths>, found: &Number) -> bool {
    match (comparable, Millionths::of(found)) {
        (Some(wanted), Ok(found)) => wanted == found,
        _ => wanted == found,
    }
}

fn in_range(bounds: &[Bound], found: &Number) -> bool {
    Millionths::of(found).is_ok_and(|found| bounds.iter().all(|it| it.comparison.holds(found, it.value)))
}

/// Whether `text` is an address from the written one to the network's last: the engine does not mask the start.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/CIDR.java>
fn in_network(network: IpNet, text: &str) -> bool {
    address(text).is_some_and(|address| {
        address.is_ipv4() == network.addr().is_ipv4() && (network.addr()..=network.broadcast()).contains(&address)
    })
}

/// The address that a text spells, looked for in texts that may spell one: reading is not free.
fn address(text: &str) -> Option<IpAddr> {
    const LONGEST: usize = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".len();
    let may = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    if may { text.parse().ok() } else { None }
}

/// Character by character, as the engine does it.
fn lowercase(text: &str) -> impl DoubleEndedIterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn leads(mut wanted: impl Iterator<Item = char>, mut found: impl Iterator<Item = char>) -> bool {
    wanted.all(|character| found.next() == Some(character))
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any_case = |ignore_case: bool| if ignore_case { " in any case" } else { "" };
        match self {
            Self::Text(text) | Self::Address { text, .. } => quoted(text).fmt(formatter),
            Self::Number { number, .. } => number.fmt(formatter),
            Self::Bool(value) => value.fmt(formatter),
            Self::Null => formatter.write_str("null"),
            Self::EqualsIgnoreCase(text) => write!(formatter, "{} in any case", quoted(text)),
            Self::Prefix { text, ignore_case } => {
                write!(formatter, "a text that starts with {}{}", quoted(text), any_case(*ignore_case))
            }
            Self::Suffix { text, ignore_case } => {
                write!(formatter, "a text that ends with {}{}", quoted(text), any_case(*ignore_case))
            }
            Self::Wildcard(wildcard) => write!(formatter, "a text like {}", quoted(wildcard.text())),
            Self::Numeric(bounds) => {
                formatter.write_str("a number ")?;
                let bounds = bounds.iter().map(|it| format!("{} {}", it.comparison.symbol(), it.number));
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
