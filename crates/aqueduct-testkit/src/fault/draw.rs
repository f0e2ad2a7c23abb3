//! Chance that belongs to a seed and a place.

use aqueduct_services::Ids;

/// Pseudo-random draws that depend on a seed and on what they are for, and on nothing that was drawn before.
#[derive(Clone, Debug)]
pub(crate) struct Draw(Ids);

impl Draw {
    /// Draws for `what`, whose parts tell it from everything else.
    pub(crate) fn new(seed: u64, what: &[&str], counts: &[u64]) -> Self {
        let mut state = Ids::new(seed).next_u64();
        let mut take = |bits: u64| state = Ids::new(state.rotate_left(23) ^ bits).next_u64();
        for text in what {
            take(text.len() as u64);
            for chunk in text.as_bytes().chunks(8) {
                take(chunk.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)));
            }
        }
        counts.iter().copied().for_each(take);
        Self(Ids::new(state))
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        /// Every `f64` in `0..1` with this many steps is exact.
        const STEPS: u64 = 1 << 53;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds")]
        let drawn = (self.0.next_u64() % STEPS) as f64 / STEPS as f64;
        drawn < probability
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[usize::try_from(self.below(N as u64)).unwrap_or_default()]
    }

    /// 64 bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}
