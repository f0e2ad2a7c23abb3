//! Reading one wanted value. Errors are reasons in AWS's words.

use ipnet::IpNet;
use serde_json::Value;

use super::{anything_but, numeric};
use crate::Dialect;
use crate::dialect::Operator;
use crate::matcher::Matcher;
use crate::node::Node;
use crate::wildcard::Wildcard;

/// Reads a value or an object with one operator.
///
/// The words are recorded by LocalStack's AWS-validated tests `test_event_pattern` and `test_validate_policy`, and stand
/// in <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/JsonRuleCompiler.java>.
pub(super) fn matcher(dialect: Dialect, wanted: &Node) -> Result<Matcher, String> {
    let exactly = |value: &Value| Matcher::exactly(value).ok_or_else(|| VALUE.to_owned());
    match wanted {
        Node::Object(members) => expression(dialect, members),
        Node::Array(_) => Err(VALUE.to_owned()),
        Node::Leaf(value) => exactly(value),
    }
}

const VALUE: &str = "Match value must be String, number, true, false, or null";

/// The member that the engine reads first.
pub(super) fn first(members: &[(String, Node)]) -> Option<(&str, &Node)> {
    members.first().map(|(name, value)| (name.as_str(), value))
}

fn expression(dialect: Dialect, members: &[(String, Node)]) -> Result<Matcher, String> {
    let (name, value) = first(members).ok_or("Match expression name not found")?;
    let unknown = || format!("Unrecognized match type {name}");
    let operator = Operator::named(name).ok_or_else(unknown)?;
    if !dialect.knows(operator) {
        return Err(if dialect == Dialect::Lambda {
            format!("{name} is not among the operators that Lambda documents for filters")
        } else {
            unknown()
        });
    }
    let matcher = match operator {
        Operator::AnythingBut => anything_but::matcher(dialect, value)?,
        Operator::Cidr => Matcher::Cidr(network(text(value, "prefix")?)?),
        Operator::EqualsIgnoreCase => Matcher::EqualsIgnoreCase(text(value, name)?.to_owned()),
        Operator::Exists => match value {
            Node::Leaf(Value::Bool(true)) => Matcher::Present { non_empty: dialect.is_sns() },
            Node::Leaf(Value::Bool(false)) => Matcher::Absent,
            _ => return Err("exists match pattern must be either true or false.".to_owned()),
        },
        Operator::Numeric => Matcher::Numeric(numeric::bounds(dialect, value)?),
        Operator::Prefix => {
            let (text, ignore_case) = affix(dialect, "prefix", "Prefix", value)?;
            Matcher::Prefix { text, ignore_case }
        }
        Operator::Suffix => {
            let (text, ignore_case) = affix(dialect, "suffix", "Suffix", value)?;
            Matcher::Suffix { text, ignore_case }
        }
        Operator::Wildcard => Matcher::Wildcard(Wildcard::parse(text(value, name)?)?),
    };
    if members.len() == 1 {
        return Ok(matcher);
    }
    Err(if matches!(operator, Operator::Numeric | Operator::AnythingBut) {
        numeric::TOO_MANY.to_owned()
    } else {
        "Only one key allowed in match expression".to_owned()
    })
}

fn text<'a>(value: &'a Node, operator: &str) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("{operator} match pattern must be a string"))
}

/// The text of `prefix` or `suffix`, and whether case does not count.
fn affix(dialect: Dialect, operator: &str, capital: &str, value: &Node) -> Result<(String, bool), String> {
    match value.as_object() {
        Some(members) if dialect.affixes_ignore_case() => {
            let (name, value) = first(members).ok_or_else(|| format!("{capital} expression name not found"))?;
            if name != "equals-ignore-case" {
                return Err(format!("Unsupported {operator} pattern: {name}"));
            }
            let text = text(value, name)?;
            if members.len() > 1 {
                return Err("Only one key allowed in match expression".to_owned());
            }
            Ok((text.to_owned(), true))
        }
        _ => Ok((text(value, operator)?.to_owned(), false)),
    }
}

/// Recorded by LocalStack's AWS-validated tests `test_event_pattern[content_ip_address_…_EXC]`.
fn network(text: &str) -> Result<IpNet, String> {
    let parts: Vec<_> = text.split('/').collect();
    let [address, bits] = parts[..] else { return Err("Malformed CIDR, one '/' required".to_owned()) };
    let bits: i64 = bits.parse().map_err(|_| "Malformed CIDR, mask bits must be an integer")?;
    let bits = u8::try_from(bits).map_err(|_| {
        if bits < 0 { "Malformed CIDR, mask bits must not be negative".to_owned() } else { too_many_bits(address) }
    })?;
    let ip = address.parse().map_err(|_| format!("Nonstandard IP address: {address}"))?;
    IpNet::new(ip, bits).map_err(|_| too_many_bits(address))
}

fn too_many_bits(address: &str) -> String {
    if address.contains(':') { "IPv6 mask bits must be < 128" } else { "IPv4 mask bits must be < 32" }.to_owned()
}
