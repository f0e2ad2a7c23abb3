//! Numbers as the engine compares them.

use serde_json::Number;

/// A number between -5,000,000,000 and 5,000,000,000 with at most six decimals, counted in millionths.
///
/// Source: <https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/ComparableNumber.java>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Millionths(i64);

/// Why the engine does not compare a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incomparable {
    /// It is beyond the bounds.
    TooFar,
    /// It has too many decimals.
    TooFine,
}

const MILLION: i64 = 1_000_000;
const FAREST: i64 = 5_000_000_000;

impl Millionths {
    /// The number, unless it is beyond the bounds or has more than six decimals: then it is a text to the engine.
    pub(crate) fn of(number: &Number) -> Result<Self, Incomparable> {
        if let Some(whole) = number.as_i64() {
            return if whole.abs() <= FAREST { Ok(Self(whole * MILLION)) } else { Err(Incomparable::TooFar) };
        }
        let value = number.as_f64().unwrap_or(f64::INFINITY);
        if value.abs() > 5e9 {
            return Err(Incomparable::TooFar);
        }
        let scaled = (value * 1e6).round();
        // Dividing rounds as reading the decimal text does, so that it gives the value back for up to six decimals alone.
        // Multiplying rounds too, which far out may miss the neighbour.
        #[expect(clippy::float_cmp, reason = "both sides are the double that is closest to the same decimal number")]
        let exact = [scaled, scaled - 1.0, scaled + 1.0].into_iter().find(|scaled| scaled / 1e6 == value);
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 5e15")]
        exact.map(|scaled| Self(scaled as i64)).ok_or(Incomparable::TooFine)
    }

    /// How many millionths it is.
    pub(crate) const fn count(self) -> i64 {
        self.0
    }

    /// Whether the number is within SNS's narrower bounds: a billion to both sides, five decimals.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
    pub(crate) fn is_within_bounds_of_sns(self) -> Result<(), Incomparable> {
        if self.0.abs() > FAREST / 5 * MILLION {
            Err(Incomparable::TooFar)
        } else if self.0 % 10 != 0 {
            Err(Incomparable::TooFine)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decimals_within_five_billion() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("-0.0", Ok(0)),
            ("300", Ok(300_000_000)),
            ("300.0", Ok(300_000_000)),
            ("3.018e2", Ok(301_800_000)),
            ("0.1", Ok(100_000)),
            ("-4999999999.999999", Ok(-4_999_999_999_999_999)),
            ("5e9", Ok(5_000_000_000_000_000)),
            ("5000000000.000001", Err(Incomparable::TooFar)),
            ("-5000000001", Err(Incomparable::TooFar)),
            ("18446744073709551615", Err(Incomparable::TooFar)),
            ("0.30000000000000004", Err(Incomparable::TooFine)),
            ("1.0000001", Err(Incomparable::TooFine)),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(Millionths::of(&number), expected.map(Millionths), "{text}");
        }
    }

    #[test]
    fn every_sixth_decimal_is_told_apart() {
        for count in (0..5_000_000_000_000_000_i64).step_by(7_919_000_003_333) {
            let text = format!("{}.{:06}", count / MILLION, count % MILLION);
            let number: Number = serde_json::from_str(&text).unwrap();
            assert_eq!(Millionths::of(&number), Ok(Millionths(count)), "{text}");
        }
    }
}
