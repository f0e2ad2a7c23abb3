//! What functions do.

use std::time::Duration;

use super::Preparing;
use crate::kernel::micros;
use crate::kernel::plan::{self, Plan};
use crate::{Publication, ServiceTime};

/// The distance of the 99th percentile of the normal distribution from its mean, in standard deviations.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

impl Preparing<'_> {
    pub(super) fn functions(&mut self, plan: &mut Plan) {
        for (id, behaviour) in &self.prepared.scenario.functions {
            let key = format!("functions.{id}");
            let Some(function) = self.function(id, &key) else { continue };
            self.share(behaviour.failing, &format!("{key}.failing"));
            self.share(behaviour.poison, &format!("{key}.poison"));
            for (name, value) in [("reads", behaviour.reads), ("writes", behaviour.writes)] {
                let holds = value.is_finite() && value >= 0.0;
                self.expect(holds, &format!("{key}.{name}"), &format!("{value} is no number of calls"));
            }
            let grows = behaviour.backoff.is_none_or(|backoff| backoff.factor.is_finite() && backoff.factor > 0.0);
            self.expect(grows, &format!("{key}.backoff.factor"), "a factor is more than 0");
            let tries = behaviour.attempts != Some(0);
            self.expect(tries, &format!("{key}.attempts"), "a record is tried once at least");
            let takes = self.service_time(&behaviour.takes, &format!("{key}.takes"));
            let publishes = self.publications(&behaviour.publishes, &key);
            let Some(takes) = takes else { continue };
            plan.functions[function as usize].behaviour = plan::Behaviour::new(behaviour, takes, publishes);
        }
    }

    fn publications(&mut self, publications: &[Publication], key: &str) -> Vec<plan::Publication> {
        let mut plans = Vec::new();
        for (index, publication) in publications.iter().enumerate() {
            let key = format!("{key}.publishes[{index}]");
            let count = publication.count;
            let holds = (0.0..=10_000.0).contains(&count);
            self.expect(holds, &format!("{key}.count"), &format!("{count} is no count; it goes from 0 to 10,000"));
            if let Some((call, ways)) = self.ways(&publication.to, publication.sample.as_deref(), &key) {
                plans.push(plan::Publication::new(&publication.to, count, call, ways));
            }
        }
        plans
    }

    fn service_time(&mut self, takes: &ServiceTime, key: &str) -> Option<plan::ServiceTime> {
        match takes {
            ServiceTime::Fixed { fixed } => Some(plan::ServiceTime::Fixed(micros(*fixed))),
            ServiceTime::Exponential { mean } => Some(plan::ServiceTime::Exponential(mean.as_secs_f64() * 1e6)),
            ServiceTime::Lognormal { p50, p99 } => {
                if p50.is_zero() || p99 < p50 {
                    self.problem(key, "`p50` is more than nothing, and `p99` is not less than it");
                    return None;
                }
                let (middle, high) = (p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6);
                let spread = (libm::log(high) - libm::log(middle)) / NORMAL_P99;
                Some(plan::ServiceTime::Lognormal(libm::log(middle), spread))
            }
            ServiceTime::Empirical { file } => {
                let time = |line: &str| {
                    let span: jiff::SignedDuration = line.parse().ok()?;
                    Duration::try_from(span).ok().map(micros)
                };
                let key = format!("{key}.file");
                let times = self.lines(file, &key, time, "is no duration; write it like 120ms")?;
                self.expect(!times.is_empty(), &key, "there is no time in the file");
                (!times.is_empty()).then_some(plan::ServiceTime::Empirical(times))
            }
        }
    }
}
