//! Numbers as DynamoDB stores them: decimals of at most 38 digits, exact.

use std::cmp::Ordering;
use std::fmt;

/// How many significant digits a number may have.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
const DIGITS_MAX: usize = 38;

/// A number in the one spelling that DynamoDB stores and answers: no exponent, no zeros that say nothing, no `-0`. Equal numbers
/// are equal texts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Number(String);

impl Number {
    /// A number of at most 38 digits, in any spelling without an exponent or a plus. Others are left to the other engine.
    pub(super) fn read(text: String) -> Option<Self> {
        let (whole, fraction) = split(unsigned(&text));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let sound = !whole.is_empty()
            && digits(whole)
            && digits(fraction)
            && !text.ends_with('.')
            && whole.len() + fraction.len() <= DIGITS_MAX;
        let is_stored = || (whole == "0" || !whole.starts_with('0')) && !fraction.ends_with('0') && text != "-0";
        match sound {
            false => None,
            true if is_stored() => Some(Self(text)),
            true => Some(Self(stored(&text))),
        }
    }

    /// How many there are of something.
    pub(super) fn count(count: usize) -> Self {
        Self(count.to_string())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The sum, if it has at most 38 digits.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        self.combine(other, i128::checked_add)
    }

    /// The difference, if it has at most 38 digits.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        self.combine(other, i128::checked_sub)
    }

    fn combine(&self, other: &Self, with: fn(i128, i128) -> Option<i128>) -> Option<Self> {
        let scale = self.scale().max(other.scale());
        Self::of(with(self.at(scale)?, other.at(scale)?)?, scale)
    }

    /// How many digits it has behind its point.
    fn scale(&self) -> usize {
        split(&self.0).1.len()
    }

    /// The number times ten to the power of `scale`, which is no less than its own.
    fn at(&self, scale: usize) -> Option<i128> {
        let (whole, fraction) = split(unsigned(&self.0));
        let mut digits = String::with_capacity(whole.len() + scale);
        digits.push_str(whole);
        digits.push_str(fraction);
        digits.extend(std::iter::repeat_n('0', scale - fraction.len()));
        let magnitude: i128 = digits.parse().ok()?;
        Some(if self.is_negative() { -magnitude } else { magnitude })
    }

    fn of(digits: i128, scale: usize) -> Option<Self> {
        let sign = if digits < 0 { "-" } else { "" };
        let digits = format!("{:0>1$}", digits.unsigned_abs(), scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        Self::read(format!("{sign}{whole}{point}{fraction}"))
    }

    fn is_negative(&self) -> bool {
        self.0.starts_with('-')
    }

    /// The bytes that it counts for in an item: two digits a byte on either side of the point, one more, and one for a sign.
    pub(super) fn size(&self) -> usize {
        let (whole, fraction) = split(unsigned(&self.0));
        // Zeros at either end of the digits count for nothing.
        let (whole, fraction) = match (whole, fraction) {
            ("0", fraction) => ("", fraction.trim_start_matches('0')),
            (whole, "") => (whole.trim_end_matches('0'), ""),
            both => both,
        };
        whole.len().div_ceil(2) + fraction.len().div_ceil(2) + 1 + usize::from(self.is_negative())
    }
}

/// The stored spelling of a number with a digit before its point.
fn stored(text: &str) -> String {
    let (whole, fraction) = split(unsigned(text));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if text.starts_with('-') && !(whole.is_empty() && fraction.is_empty()) { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix('-').unwrap_or(text)
}

/// The digits before the point and behind it.
fn split(text: &str) -> (&str, &str) {
    text.split_once('.').unwrap_or((text, ""))
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            let ((whole, fraction), (others, rest)) = (split(unsigned(&self.0)), split(unsigned(&other.0)));
            whole.len().cmp(&others.len()).then_with(|| whole.cmp(others)).then_with(|| fraction.cmp(rest))
        };
        match (self.is_negative(), other.is_negative()) {
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::read(text.to_owned()).unwrap()
    }

    #[test]
    fn numbers_are_stored_in_one_spelling() {
        let stored = ["0", "7", "-7", "10", "0.5", "-0.05", "123.456", "99999999999999999999999999999999999999"];
        let others = [("1.0", "1"), ("007.50", "7.5"), ("-0", "0"), ("0.0", "0"), ("-00.10", "-0.1"), ("100", "100")];
        for (text, number) in stored.iter().map(|text| (*text, *text)).chain(others) {
            assert_eq!(
                Number::read(text.to_owned()).map(|number| number.to_string()).as_deref(),
                Some(number),
                "{text}"
            );
        }
        let left = ["", "-", "+1", "1.", ".5", "1e3", " 1", "1 ", "١", "1.2.3", "--1"];
        for text in left.into_iter().chain(["100000000000000000000000000000000000000"]) {
            assert!(Number::read(text.to_owned()).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_are_in_the_order_of_their_values() {
        let ascending = ["-100", "-99.5", "-1", "-0.5", "-0.05", "0", "0.005", "0.05", "0.5", "0.55", "1", "9", "10.1"];
        for (at, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(number(left).cmp(&number(right)), at.cmp(&other), "{left} {right}");
            }
        }
    }

    #[test]
    fn sums_are_exact() {
        let cases = [
            ("1", "2", Some("3"), Some("-1")),
            ("0.1", "0.2", Some("0.3"), Some("-0.1")),
            ("0.5", "0.5", Some("1"), Some("0")),
            ("-5", "3", Some("-2"), Some("-8")),
            ("1000000000000000000000000000000000000", "0.1", Some("1000000000000000000000000000000000000.1"), None),
            ("99999999999999999999999999999999999999", "1", None, Some("99999999999999999999999999999999999998")),
        ];
        for (left, right, sum, difference) in cases {
            let of = |number: Option<Number>| number.map(|number| number.to_string());
            assert_eq!(of(number(left).plus(&number(right))).as_deref(), sum, "{left} + {right}");
            if difference.is_some() {
                assert_eq!(of(number(left).minus(&number(right))).as_deref(), difference, "{left} - {right}");
            }
        }
    }

    #[test]
    fn digits_count_by_pairs() {
        for (text, size) in
            [("0", 1), ("1", 2), ("42", 2), ("-42", 3), ("100", 2), ("0.005", 2), ("1.5", 3), ("123", 3)]
        {
            assert_eq!(number(text).size(), size, "{text}");
        }
    }
}
