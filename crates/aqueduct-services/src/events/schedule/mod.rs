//! Schedule expressions: `rate(…)`, `cron(…)` and `at(…)`, and when they next come due.
//!
//! Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

use std::time::Duration;

use jiff::civil;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::Timestamp;

mod cron;

use cron::Cron;

/// A text that is no schedule expression. Each API has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a schedule expression")]
pub struct NoExpression;

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `rate(5 minutes)`: at this interval from its start on.
    Rate(Duration),
    /// `cron(0 12 * * ? *)`.
    Cron(Box<Cron>),
    /// `at(2026-11-22T18:40:00)`: once. EventBridge Scheduler only.
    At(civil::DateTime),
}

impl Expression {
    /// Reads an expression.
    ///
    /// What is no expression was recorded by LocalStack's AWS-validated tests `test_put_rule_with_invalid_schedule_rate`
    /// and `tests_put_rule_with_invalid_schedule_cron`.
    pub fn parse(text: &str) -> Result<Self, NoExpression> {
        Self::read(text, true)
    }

    /// Reads an expression as EventBridge Scheduler does, which does not mind the number of a rate's unit:
    /// `rate(2 minute)`, recorded by LocalStack's AWS-validated test `test_update_schedule`.
    pub fn parse_lenient(text: &str) -> Result<Self, NoExpression> {
        Self::read(text, false)
    }

    fn read(text: &str, strict: bool) -> Result<Self, NoExpression> {
        let (kind, inner) = text.strip_suffix(')').and_then(|text| text.split_once('(')).ok_or(NoExpression)?;
        match kind {
            "rate" => rate(inner, strict).map(Self::Rate),
            "cron" => Cron::parse(inner).map(|cron| Self::Cron(Box::new(cron))),
            "at" => at(inner).map(Self::At),
            _ => None,
        }
        .ok_or(NoExpression)
    }

    /// The first time behind `after` at which it is due; `start` is when a rate began to count. The zone is that in
    /// which `cron` and `at` are read.
    ///
    /// A time that a clock change skips is not due; one that a clock change repeats is due once.
    /// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
    pub fn next(&self, after: Timestamp, start: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Rate(every) if after < start => Some(start).filter(|_| !every.is_zero()),
            Self::Rate(every) => {
                let step = u64::try_from(every.as_millis()).ok().filter(|step| *step > 0)?;
                let intervals = (after.as_millis() - start.as_millis()) / step + 1;
                // Beyond the end of time nothing is due any more.
                let due = intervals.checked_mul(step).and_then(|since| start.as_millis().checked_add(since));
                due.map(Timestamp::from_millis)
            }
            Self::Cron(cron) => cron.next(after, zone),
            Self::At(local) => instant(*local, zone).filter(|due| *due > after),
        }
    }
}

/// The time at which a clock in `zone` shows `local`; the first of two, `None` for none.
fn instant(local: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    if matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
        return None;
    }
    let due = ambiguous.earlier().ok()?;
    u64::try_from(due.as_millisecond()).ok().map(Timestamp::from_millis)
}

/// To the strict, one has the singular, and every other number the plural.
fn rate(inner: &str, strict: bool) -> Option<Duration> {
    let (number, unit) = inner.split_once(' ')?;
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let value: u64 = number.parse().ok().filter(|value| is_plain && *value > 0)?;
    let seconds = match unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    if strict && unit.ends_with('s') != (value > 1) {
        return None;
    }
    value.checked_mul(seconds).map(Duration::from_secs)
}

fn at(inner: &str) -> Option<civil::DateTime> {
    // The parser also reads shorter forms; AWS wants all of yyyy-mm-ddThh:mm:ss and nothing else.
    let is_full = inner.len() == 19 && inner.as_bytes()[10] == b'T';
    inner.parse().ok().filter(|_| is_full)
}

#[cfg(test)]
mod tests;
