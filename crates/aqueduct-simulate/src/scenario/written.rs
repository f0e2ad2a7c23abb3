//! Faults and service times as they are written: every key by itself, to say which of them do not go together.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{FaultKind, span};

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a service time, such as { fixed = \"100ms\" }, { p50 = \"120ms\", p99 = \"900ms\" }, { mean = \"100ms\" } or \
                 { file = \"times.txt\" }"
)]
pub(super) struct ServiceTime {
    #[serde(default, deserialize_with = "duration")]
    fixed: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    p50: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    p99: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    mean: Option<Duration>,
    file: Option<String>,
}

impl TryFrom<ServiceTime> for super::ServiceTime {
    type Error = &'static str;

    fn try_from(written: ServiceTime) -> Result<Self, Self::Error> {
        match written {
            ServiceTime { fixed: Some(fixed), p50: None, p99: None, mean: None, file: None } => {
                Ok(Self::Fixed { fixed })
            }
            ServiceTime { fixed: None, p50: Some(p50), p99: Some(p99), mean: None, file: None } => {
                Ok(Self::Lognormal { p50, p99 })
            }
            ServiceTime { fixed: None, p50: None, p99: None, mean: Some(mean), file: None } => {
                Ok(Self::Exponential { mean })
            }
            ServiceTime { fixed: None, p50: None, p99: None, mean: None, file: Some(file) } => {
                Ok(Self::Empirical { file })
            }
            _ => Err("a service time has `fixed`, or `p50` and `p99`, or `mean`, or `file`, and nothing else"),
        }
    }
}

/// The keys of every kind of fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    kind: String,
    #[serde(with = "span")]
    from: Duration,
    #[serde(default, deserialize_with = "duration")]
    until: Option<Duration>,
    function: Option<String>,
    queue: Option<String>,
    #[serde(default, deserialize_with = "duration")]
    fails_after: Option<Duration>,
    factor: Option<f64>,
    concurrency: Option<u32>,
    per_second: Option<f64>,
    share: Option<f64>,
}

/// Each kind with the keys that it must have and those that it may have.
const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("outage", &["until", "function"], &["fails_after"]),
    ("slow_down", &["until", "function", "factor"], &[]),
    ("throttling", &["until", "function", "concurrency"], &[]),
    ("dependency_capacity", &["until", "function", "per_second"], &[]),
    ("poison", &["until", "function", "share"], &[]),
    ("duplicates", &["until", "queue", "share"], &[]),
    ("crash", &["until", "function", "share"], &[]),
    ("redrive", &["queue"], &["until", "per_second"]),
];

impl Fault {
    /// The optional keys that are there.
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        [
            ("until", self.until.is_some()),
            ("function", self.function.is_some()),
            ("queue", self.queue.is_some()),
            ("fails_after", self.fails_after.is_some()),
            ("factor", self.factor.is_some()),
            ("concurrency", self.concurrency.is_some()),
            ("per_second", self.per_second.is_some()),
            ("share", self.share.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_there)| is_there.then_some(key))
    }

    fn check(&self) -> Result<(), String> {
        let kind = self.kind.as_str();
        let Some((_, must, may)) = KINDS.iter().find(|(name, ..)| *name == kind) else {
            let kinds: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
            return Err(format!("{kind:?} is no kind of fault; the kinds are {}", kinds.join(", ")));
        };
        let keys: Vec<&str> = self.keys().collect();
        if let Some(missing) = must.iter().find(|key| !keys.contains(key)) {
            return Err(format!("a fault of kind {kind:?} needs `{missing}`"));
        }
        if let Some(other) = keys.iter().find(|key| !must.contains(key) && !may.contains(key)) {
            let known: Vec<&str> = ["from"].iter().chain(*must).chain(*may).copied().collect();
            return Err(format!("a fault of kind {kind:?} has no `{other}`; it has {}", known.join(", ")));
        }
        Ok(())
    }
}

impl TryFrom<Fault> for super::Fault {
    type Error = String;

    fn try_from(written: Fault) -> Result<Self, String> {
        written.check()?;
        let function = written.function.unwrap_or_default();
        let queue = written.queue.unwrap_or_default();
        let share = written.share.unwrap_or_default();
        let per_second = written.per_second;
        let kind = match written.kind.as_str() {
            "outage" => FaultKind::Outage { function, fails_after: written.fails_after.unwrap_or_default() },
            "slow_down" => FaultKind::SlowDown { function, factor: written.factor.unwrap_or(1.0) },
            "throttling" => FaultKind::Throttling { function, concurrency: written.concurrency.unwrap_or_default() },
            "dependency_capacity" => {
                FaultKind::DependencyCapacity { function, per_second: per_second.unwrap_or_default() }
            }
            "poison" => FaultKind::Poison { function, share },
            "duplicates" => FaultKind::Duplicates { queue, share },
            "crash" => FaultKind::Crash { function, share },
            _ => FaultKind::Redrive { queue, per_second: per_second.map(whole).transpose()? },
        };
        Ok(Self { from: written.from, until: written.until.unwrap_or(written.from), kind })
    }
}

fn whole(rate: f64) -> Result<u32, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is compared with what it came from"
    )]
    let whole = rate as u32;
    if f64::from(whole).total_cmp(&rate).is_eq() {
        Ok(whole)
    } else {
        Err(format!("SQS moves a whole number of messages a second, and not {rate}"))
    }
}

/// The items of a burst; each takes its memory at once.
pub(super) fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    const ITEMS_MAX: u64 = 10_000_000;
    let items = u64::deserialize(deserializer)?;
    if items <= ITEMS_MAX {
        return Ok(items);
    }
    Err(D::Error::custom(format!("{items} items are too many for one burst; it has {ITEMS_MAX} at most")))
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    span::deserialize(deserializer).map(Some)
}
