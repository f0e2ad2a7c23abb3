//! How long items took, counted for percentiles.

use hdrhistogram::Histogram;

use super::agenda::Micros;

/// The longest latency that is told from others: fifty days, in microseconds, which fill the last length in bits.
const LONGEST: u64 = (1 << 42) - 1;

/// The leading bits that tell latencies apart, so that a percentile is within a thousandth: three digits.
const BITS: u32 = 11;

/// Values of one length in bits that are told apart, but for the shortest ones, all of which are.
const EACH: usize = 1 << (BITS - 1);

/// Latencies by their leading bits: the buckets of a [`Histogram`] of three digits, which is made of them at the end.
#[derive(Debug)]
pub(super) struct Latencies {
    counts: Vec<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { counts: vec![0; bucket(LONGEST) + 1] }
    }
}

impl Latencies {
    #[inline]
    pub(super) fn record(&mut self, latency: Micros) {
        self.counts[bucket(latency.min(LONGEST))] += 1;
    }

    /// The same as a histogram.
    pub(super) fn histogram(&self) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("the library takes these constants");
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            histogram.saturating_record_n(least(bucket), *count);
        }
        histogram
    }
}

/// The bucket of a latency.
#[expect(clippy::cast_possible_truncation, reason = "buckets are few")]
#[inline]
const fn bucket(latency: u64) -> usize {
    let dropped = (u64::BITS - (latency | 1).leading_zeros()).saturating_sub(BITS);
    dropped as usize * EACH + (latency >> dropped) as usize
}

/// The least latency of a bucket.
const fn least(bucket: usize) -> u64 {
    let dropped = (bucket / EACH).saturating_sub(1);
    ((bucket - dropped * EACH) as u64) << dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::chance::Chance;

    #[test]
    fn buckets_follow_each_other() {
        let mut last = 0;
        for at in 0..=bucket(LONGEST) {
            assert_eq!(bucket(least(at)), at);
            assert!(at == 0 || least(at) > last && bucket(least(at) - 1) == at - 1, "{at}");
            last = least(at);
        }
    }

    #[test]
    fn they_are_those_of_a_histogram() {
        let mut chance = Chance::new(8, 0);
        let mut latencies = Latencies::default();
        let mut known = Histogram::<u64>::new_with_bounds(1, LONGEST, 3).unwrap();
        for _ in 0..20_000 {
            let latency = (u64::from(chance.below(u32::MAX)) << 12) >> chance.below(45);
            latencies.record(latency);
            known.saturating_record(latency);
        }
        let histogram = latencies.histogram();
        for thousandths in 0..=1_000 {
            let quantile = f64::from(thousandths) / 1_000.0;
            assert_eq!(histogram.value_at_quantile(quantile), known.value_at_quantile(quantile), "{quantile}");
        }
    }
}
