//! The exponential function, for times that are drawn: the same on every platform, and cheaper than one that has to be right
//! to the last bit.

use std::f64::consts::LN_2;

/// Steps between a power of two and the next one, by the bits of their number.
const STEP_BITS: u32 = 7;
const STEPS: usize = 1 << STEP_BITS;

/// A step's logarithm.
const STEP: f64 = LN_2 / 128.0;

/// Its upper 32 bits, of which multiples are exact, and the rest, with what [`LN_2`] is less than the logarithm of two.
const STEP_HIGH: f64 = f64::from_bits(STEP.to_bits() & !0xffff_ffff);
const STEP_LOW: f64 = (STEP - STEP_HIGH) + 2.319_046_813_846_299_6e-17 / 128.0;

/// Added to a number, it leaves the nearest whole one in the lowest bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// The powers of two between 1 and 2.
static POWERS: [f64; STEPS] = powers();

#[expect(clippy::cast_precision_loss, reason = "they are small")]
const fn powers() -> [f64; STEPS] {
    let mut powers = [1.0; STEPS];
    let mut step = 1;
    while step < STEPS {
        let exponent = step as f64 * STEP;
        // The series from its smallest term on, so that rounding does not add up.
        let (mut sum, mut term) = (1.0, 24);
        while term > 0 {
            sum = 1.0 + sum * exponent / term as f64;
            term -= 1;
        }
        powers[step] = sum;
        step += 1;
    }
    powers
}

/// e to the power of `exponent`, off by less than 2e-15 of it. Exponents beyond those of numbers in full precision count as the
/// nearest one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lowest bits of a whole number, and of one that is positive"
)]
#[inline]
pub(super) fn exp(exponent: f64) -> f64 {
    let exponent = exponent.clamp(-700.0, 700.0);
    let shifted = exponent * (1.0 / STEP) + ROUNDING;
    let whole = shifted - ROUNDING;
    let steps = shifted.to_bits() as i32;
    let rest = exponent - whole * STEP_HIGH - whole * STEP_LOW;
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0))));
    let power = f64::from_bits((((steps >> STEP_BITS) + 1_023) as u64) << 52);
    POWERS[steps as usize & (STEPS - 1)] * series * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::Chance;

    #[test]
    fn it_is_as_precise_as_it_says() {
        let mut chance = Chance::new(3, 0);
        for exponent in [0.0, -0.0, 1.0, -1.0, LN_2, 700.0, -700.0] {
            check(exponent);
        }
        for _ in 0..100_000 {
            check((chance.unit() - 0.5) * 80.0);
            check((chance.unit() - 0.5) * 1_400.0);
        }
    }

    fn check(exponent: f64) {
        let (own, known) = (exp(exponent), libm::exp(exponent));
        assert!((own / known - 1.0).abs() < 2e-15, "{exponent}: {own} {known}");
    }

    #[test]
    fn exponents_out_of_range_count_as_the_nearest_one() {
        for (exponent, nearest) in [(1e9, 700.0), (f64::INFINITY, 700.0), (-1e9, -700.0), (f64::NEG_INFINITY, -700.0)] {
            assert!(exp(exponent).total_cmp(&exp(nearest)).is_eq(), "{exponent}");
        }
    }
}
