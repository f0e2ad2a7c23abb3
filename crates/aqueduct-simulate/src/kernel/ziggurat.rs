//! Exponential and normal numbers without a logarithm for most of them: the area under a falling density is cut into layers
//! of the same size, and a point of a layer that lies under the density for sure needs no more arithmetic.
//!
//! Marsaglia and Tsang, The Ziggurat Method for Generating Random Variables (2000), <https://doi.org/10.18637/jss.v005.i08>

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};
use std::sync::LazyLock;

/// As many as a byte can tell apart.
const LAYERS: usize = 256;

/// Where the lowest layer's tail begins, so that 256 layers have the same size: from the paper.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

/// The layers under a density that falls from 1 at 0.
#[derive(Debug)]
pub(super) struct Ziggurat {
    /// The right ends of the layers, from the lowest one up, and 0.
    ends: [f64; LAYERS + 1],
    /// The density there.
    heights: [f64; LAYERS + 1],
}

/// What becomes of a point.
pub(super) enum Point {
    /// It is under the density.
    Under(f64),
    /// It lies beyond the lowest layer's end, in the tail.
    Tail,
    /// It may be above the density: with this density there, and the layer's lower and upper height.
    Edge { at: f64, low: f64, high: f64 },
}

/// The layers of `exp(-x)`.
pub(super) static EXPONENTIAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    let size = (EXPONENTIAL_TAIL + 1.0) * libm::exp(-EXPONENTIAL_TAIL);
    Ziggurat::new(EXPONENTIAL_TAIL, size, exponential, |height| -libm::log(height))
});

/// The layers of `exp(-x * x / 2)`.
pub(super) static NORMAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    let beyond = FRAC_PI_2.sqrt() * libm::erfc(NORMAL_TAIL * FRAC_1_SQRT_2);
    let size = NORMAL_TAIL * normal(NORMAL_TAIL) + beyond;
    Ziggurat::new(NORMAL_TAIL, size, normal, |height| (-2.0 * libm::log(height)).sqrt())
});

/// The density of the exponential distribution.
pub(super) fn exponential(at: f64) -> f64 {
    libm::exp(-at)
}

/// The density of the normal distribution, 1 at 0.
pub(super) fn normal(at: f64) -> f64 {
    libm::exp(-0.5 * at * at)
}

/// Where a distribution's tail begins.
pub(super) const fn tail_of_exponential() -> f64 {
    EXPONENTIAL_TAIL
}

/// As above.
pub(super) const fn tail_of_normal() -> f64 {
    NORMAL_TAIL
}

impl Ziggurat {
    fn new(tail: f64, size: f64, density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Self {
        let mut ends = [0.0; LAYERS + 1];
        (ends[0], ends[1]) = (size / density(tail), tail);
        for layer in 2..LAYERS {
            ends[layer] = inverse(size / ends[layer - 1] + density(ends[layer - 1]));
        }
        Self { ends, heights: ends.map(density) }
    }

    /// A point of a layer, at a share of its width.
    #[inline]
    pub(super) fn point(&self, layer: u8, share: f64) -> Point {
        let layer = usize::from(layer);
        let at = share * self.ends[layer];
        if at < self.ends[layer + 1] {
            return Point::Under(at);
        }
        if layer == 0 {
            return Point::Tail;
        }
        Point::Edge { at, low: self.heights[layer], high: self.heights[layer + 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The highest layer reaches the top, which it does only if the layers' size is right.
    #[test]
    fn layers_of_one_size_fill_the_area() {
        for (ziggurat, density) in [(&EXPONENTIAL, exponential as fn(f64) -> f64), (&NORMAL, normal)] {
            let last = ziggurat.ends[LAYERS - 1];
            let size = ziggurat.ends[0] * density(ziggurat.ends[1]);
            let top = last * (1.0 - density(last));
            assert!((top / size - 1.0).abs() < 1e-6, "{top} {size}");
            assert!(ziggurat.ends.is_sorted_by(|one, other| one > other));
        }
    }
}
