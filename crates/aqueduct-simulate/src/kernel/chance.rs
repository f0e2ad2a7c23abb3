//! Chance: the same seed gives the same numbers on every platform.

use aqueduct_services::Ids;

use super::ziggurat::{self, EXPONENTIAL, NORMAL, Point};

/// 2 to the power of -53, the distance of neighbouring numbers from 0 to 1.
const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;

/// A stream of numbers, made by `SplitMix64`. Logarithms come from `libm`, since those of platforms round differently.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    bits: Ids,
}

impl Chance {
    /// The stream of this seed and purpose. Streams of other purposes are independent of it, so that a change of one part
    /// of a scenario leaves the numbers of the others as they were.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut seeds = Ids::new(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31));
        Self { bits: Ids::new(seeds.next_u64()) }
    }

    /// From 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 * UNIT
    }

    /// Whether something of this probability happens. What never or always happens takes no number.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.unit() < probability)
    }

    /// Evenly from 0 to `end`, without `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        (((self.bits.next_u64() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// From the exponential distribution whose mean is 1.
    pub(super) fn exponential(&mut self) -> f64 {
        loop {
            let (layer, _, share) = self.point();
            match EXPONENTIAL.point(layer, share) {
                Point::Under(at) => return at,
                Point::Tail => return ziggurat::tail_of_exponential() - libm::log(1.0 - self.unit()),
                Point::Edge { at, low, high } => {
                    if low + (high - low) * self.unit() < ziggurat::exponential(at) {
                        return at;
                    }
                }
            }
        }
    }

    /// From the normal distribution with mean 0 and variance 1.
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let (layer, sign, share) = self.point();
            match NORMAL.point(layer, share) {
                Point::Under(at) => return sign * at,
                Point::Tail => return sign * self.normal_tail(),
                Point::Edge { at, low, high } => {
                    if low + (high - low) * self.unit() < ziggurat::normal(at) {
                        return sign * at;
                    }
                }
            }
        }
    }

    /// Beyond the lowest layer, by Marsaglia's method for tails.
    fn normal_tail(&mut self) -> f64 {
        let tail = ziggurat::tail_of_normal();
        loop {
            let x = -libm::log(1.0 - self.unit()) / tail;
            let y = -libm::log(1.0 - self.unit());
            if y + y > x * x {
                return tail + x;
            }
        }
    }

    /// A layer, a sign, and a share of the layer's width, of different bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn point(&mut self) -> (u8, f64, f64) {
        let bits = self.bits.next_u64();
        let [layer, rest, ..] = bits.to_le_bytes();
        let sign = if rest & 1 == 0 { 1.0 } else { -1.0 };
        (layer, sign, (bits >> 11) as f64 * UNIT)
    }
}

/// A number from 0 to 1 that belongs to these three and is the same whenever it is asked for.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
pub(super) fn fixed(seed: u64, of: u64, purpose: u64) -> f64 {
    let mut bits = Ids::new(seed ^ of.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ purpose.rotate_left(40));
    (bits.next_u64() >> 11) as f64 * UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mean of a million is within five standard errors, which a right generator leaves once in two million.
    #[test]
    fn distributions_have_their_means_and_variances() {
        let mut chance = Chance::new(1, 2);
        let count = 1_000_000;
        let moments = |mut next: Box<dyn FnMut() -> f64>| {
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..count {
                let value = next();
                sum += value;
                squares += value * value;
            }
            let mean = sum / f64::from(count);
            (mean, squares / f64::from(count) - mean * mean)
        };
        let mut each = [chance.clone(), Chance::new(1, 3), Chance::new(1, 4)];
        let (mean, variance) = moments(Box::new(move || chance.unit()));
        assert!((mean - 0.5).abs() < 0.0015 && (variance - 1.0 / 12.0).abs() < 0.001, "{mean} {variance}");
        let mut exponential = each[1].clone();
        let (mean, variance) = moments(Box::new(move || exponential.exponential()));
        assert!((mean - 1.0).abs() < 0.005 && (variance - 1.0).abs() < 0.015, "{mean} {variance}");
        let mut normal = each[2].clone();
        let (mean, variance) = moments(Box::new(move || normal.normal()));
        assert!(mean.abs() < 0.005 && (variance - 1.0).abs() < 0.01, "{mean} {variance}");
        let counts = (0..count).fold([0_u32; 7], |mut counts, _| {
            counts[each[0].below(7) as usize] += 1;
            counts
        });
        assert!(counts.iter().all(|each| each.abs_diff(142_857) < 5 * 350), "{counts:?}");
    }
}
