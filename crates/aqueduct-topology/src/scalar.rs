//! Plain scalars as CloudFormation reads them: YAML 1.1, without its dates.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html> (YAML 1.1, no timestamps)
//! and the scalar types of <https://yaml.org/type/>.

use serde_json::Number;

use crate::node::Value;

/// What a plain scalar means.
pub(crate) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => integer(text)
            .or_else(|| base_sixty(text))
            .or_else(|| float(text))
            .map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// Integers in base 2, 8 (a leading zero), 10 and 16, with underscores between the digits.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.chars().all(|character| character == '_' || character.is_digit(radix)) {
        return None;
    }
    let magnitude = i64::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    Some(Number::from(if negative { -magnitude } else { magnitude }))
}

/// Integers in base 60, such as `1:30`, which YAML 1.1 takes for 90. One with a leading zero is text.
fn base_sixty(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut places = digits.split(':');
    let first = places.next().filter(|first| first.starts_with(|it: char| ('1'..='9').contains(&it)))?;
    if !digits.contains(':') || !first.chars().all(|it| it.is_ascii_digit() || it == '_') {
        return None;
    }
    let first = first.replace('_', "").parse::<i64>().ok()?;
    let number = places.try_fold(first, |number, place| {
        let fits = (1..=2).contains(&place.len()) && place.bytes().all(|byte| byte.is_ascii_digit());
        let place: i64 = place.parse().ok().filter(|place| fits && *place < 60)?;
        number.checked_mul(60)?.checked_add(place)
    })?;
    Some(Number::from(if negative { -number } else { number }))
}

/// Decimal fractions and exponents; a number must hold a point or an exponent to be one.
fn float(text: &str) -> Option<Number> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let starts_well = unsigned.starts_with(|character: char| character.is_ascii_digit())
        || unsigned
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|character: char| character.is_ascii_digit()));
    let only_number = unsigned.chars().all(|character| character.is_ascii_digit() || "._eE+-".contains(character));
    // YAML 1.1 wants the point: `1e3` is text there.
    if !starts_well || !only_number || !unsigned.contains('.') {
        return None;
    }
    text.replace('_', "").parse().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_read_as_yaml_1_1() {
        let cases = [
            ("", json!(null)),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("yES", json!("yES")),
            ("y", json!("y")),
            ("0", json!(0)),
            ("10", json!(10)),
            ("-10", json!(-10)),
            ("+10", json!(10)),
            ("010", json!(8)),
            ("000000000012", json!(10)),
            ("089", json!("089")),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("123456789012", json!(123_456_789_012_i64)),
            ("99999999999999999999", json!("99999999999999999999")),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1e3", json!("1e3")),
            ("1.0e+3", json!(1000.0)),
            ("-", json!("-")),
            (".", json!(".")),
            ("1.2.3", json!("1.2.3")),
            ("2012-10-17", json!("2012-10-17")),
            ("12:30", json!(750)),
            ("-1:15:20", json!(-4520)),
            ("1:60", json!("1:60")),
            ("09:30", json!("09:30")),
            ("0:1", json!("0:1")),
            ("1:2:", json!("1:2:")),
            ("1:030", json!("1:030")),
            ("2026-11-25T12:30:00Z", json!("2026-11-25T12:30:00Z")),
            (".inf", json!(".inf")),
            ("0x", json!("0x")),
            ("--5", json!("--5")),
        ];
        for (text, meaning) in cases {
            assert_eq!(plain(text).to_json(), meaning, "{text:?}");
        }
    }
}
