//! What is measured of an invocation for its metrics.

use std::time::Duration;

use jiff::Timestamp;

use super::attempt::{End, STOPPED};
use super::{Consumer, Outcome, Tally};
use crate::observe::Measured;

impl Consumer {
    /// Writes the metrics of an invocation that began at `came`.
    pub(super) fn measure(&self, ends: &[End<'_>], tally: Tally, came: Timestamp) {
        let Some(metrics) = &self.metrics else { return };
        let age = |end: &End<'_>| {
            let age = came.as_millisecond() - end.delivery.sent?.as_millisecond();
            // Clocks differ: a message from the future is new.
            Some(u64::try_from(age).unwrap_or_default())
        };
        metrics.write(&Measured {
            consumer: &self.name,
            at: came,
            tally,
            ages: ends.iter().filter_map(age).collect(),
            durations: ends.iter().filter(|end| was_begun(end)).filter_map(|end| end.took).collect(),
        });
    }
}

fn was_begun(end: &End<'_>) -> bool {
    let untouched = matches!(end.outcome, Outcome::Retry { after: Some(Duration::ZERO), .. });
    !(untouched && end.kind() == Some(STOPPED))
}
