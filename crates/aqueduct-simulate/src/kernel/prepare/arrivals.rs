//! What arrives, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Preparing;
use crate::kernel::arrivals::{Curve, Pace};
use crate::kernel::micros;
use crate::kernel::plan::{self, Call, Plan};
use crate::scenario::moment;
use crate::{Arrivals, Process};

impl Preparing<'_> {
    pub(super) fn arrivals(&mut self, plan: &mut Plan) {
        let scenario = &self.prepared.scenario;
        self.expect(!scenario.arrivals.is_empty(), "arrivals", "nothing arrives; a scenario needs one at least");
        self.expect(scenario.arrivals.len() < usize::from(u16::MAX), "arrivals", "there are too many");
        for (index, arrivals) in scenario.arrivals.iter().enumerate() {
            let key = format!("arrivals[{index}]");
            let is_again = scenario.arrivals[..index].iter().any(|other| other.name == arrivals.name);
            let name = &arrivals.name;
            self.expect(!is_again, &format!("{key}.name"), &format!("there are two arrivals named {name:?}"));
            self.share(arrivals.noisy_share, &format!("{key}.noisy_share"));
            let pace = self.pace(arrivals, &format!("{key}.process"));
            let ways = self.ways(&arrivals.to, arrivals.sample.as_deref(), &key);
            let (Some(pace), Some((call, ways))) = (pace, ways) else { continue };
            let reaches = !ways.is_empty() || matches!(call, Call::Queue(_) | Call::Function);
            let nobody = "no subscription or rule takes the sample, so that nothing would happen";
            self.expect(reaches, &format!("{key}.sample"), nobody);
            let url = self.topology.functions.iter().find(|function| function.id == arrivals.to);
            plan.arrivals.push(plan::Arrivals {
                name: name.clone(),
                to: arrivals.to.clone(),
                pace,
                call,
                is_synchronous: call == Call::Function && url.is_some_and(|function| function.url.is_some()),
                ways,
                groups: arrivals.groups,
                noisy_share: arrivals.noisy_share,
            });
        }
        plan.groups = scenario.arrivals.iter().map(|arrivals| arrivals.groups).max().unwrap_or_default();
    }

    fn pace(&mut self, arrivals: &Arrivals, key: &str) -> Option<Pace> {
        let problems = self.problems.len();
        let pace = match &arrivals.process {
            Process::Constant { per_second } => {
                self.rate(*per_second, key);
                if *per_second > 0.0 { Pace::Constant { gap: 1e6 / per_second } } else { nothing() }
            }
            Process::Poisson { per_second } => {
                self.rate(*per_second, key);
                if *per_second > 0.0 { Pace::Poisson { gap: 1e6 / per_second } } else { nothing() }
            }
            Process::Daily { points } => self.daily(points, key)?,
            Process::Burst { at, items } => Pace::Burst { at: micros(*at), items: *items },
            Process::Trace { file } => Pace::Trace(self.trace(file, key)?),
        };
        (self.problems.len() == problems).then_some(pace)
    }

    fn rate(&mut self, rate: f64, key: &str) {
        let holds = rate.is_finite() && (0.0..=1e6).contains(&rate);
        self.expect(holds, &format!("{key}.per_second"), &format!("{rate} is no rate; it goes from 0 to a million"));
    }

    fn daily(&mut self, points: &BTreeMap<String, f64>, key: &str) -> Option<Pace> {
        let mut curve = Vec::new();
        for (time, rate) in points {
            let key = format!("{key}.points.{time}");
            let of_day = time.parse::<jiff::civil::Time>().ok().filter(|_| time.contains(':'));
            let Some(of_day) = of_day else {
                self.problem(&key, format!("{time:?} is no time of day; write it like \"08:30\""));
                return None;
            };
            let holds = rate.is_finite() && (0.0..=1e6).contains(rate);
            self.expect(holds, &key, &format!("{rate} is no rate; it goes from 0 to a million"));
            curve.push((since_midnight(of_day), *rate));
        }
        if curve.is_empty() {
            self.problem(&format!("{key}.points"), "a curve needs a point at least");
            return None;
        }
        let start = self.prepared.scenario.start.to_zoned(jiff::tz::TimeZone::UTC).time();
        Some(Pace::Daily(Curve::new(&curve, since_midnight(start))))
    }

    /// The times of a file, in order.
    fn trace(&mut self, name: &str, key: &str) -> Option<Vec<u64>> {
        let start = self.prepared.scenario.start;
        let time = |line: &str| {
            if let Ok(seconds) = line.parse::<f64>() {
                return Duration::try_from_secs_f64(seconds).ok().map(micros);
            }
            let since = moment::parse(line)?.duration_since(start);
            Duration::try_from(since).ok().map(micros)
        };
        let wrong = "is neither a time like 2027-01-15T08:00:00Z at the start or later, nor seconds since the start";
        let mut times = self.lines(name, &format!("{key}.file"), time, wrong)?;
        times.sort_unstable();
        Some(times)
    }
}

/// A process that brings nothing.
const fn nothing() -> Pace {
    Pace::Burst { at: 0, items: 0 }
}

fn since_midnight(time: jiff::civil::Time) -> Duration {
    let since = time.duration_since(jiff::civil::Time::midnight());
    Duration::try_from(since).unwrap_or_default()
}
