//! Cron expressions with AWS's six fields: minutes, hours, day of month, month, day of week, year.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions>

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan, civil};

use crate::Timestamp;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Values,
    hours: Values,
    days: Days,
    months: Values,
    years: Values,
}

/// Which days of a month: the day-of-month field or the day-of-week field, as the other one has to be `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(Values),
    /// `L`.
    LastOfMonth,
    /// `15W`: the weekday nearest to the day, in the same month.
    NearestWeekday(i16),
    OfWeek(Values),
    /// `6L`: the last Friday.
    LastOfWeek(i16),
    /// `6#3`: the third Friday.
    NthOfWeek(i16, i16),
}

/// The values that a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Values(Vec<Span>);

/// From `first` to `last`, which may lie before it, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: i16,
    last: i16,
    step: i16,
    /// How many values the field has, for a span that runs over its end.
    cycle: i16,
}

/// A field's range, and names for its values from the lowest on.
#[derive(Clone, Copy)]
struct Range {
    low: i16,
    high: i16,
    names: &'static [&'static str],
}

const MINUTE: Range = Range { low: 0, high: 59, names: &[] };
const HOUR: Range = Range { low: 0, high: 23, names: &[] };
const DAY: Range = Range { low: 1, high: 31, names: &[] };
const MONTH: Range = Range { low: 1, high: 12, names: &MONTHS };
const WEEKDAY: Range = Range { low: 1, high: 7, names: &WEEKDAYS };
const YEAR: Range = Range { low: 1970, high: 2199, names: &[] };

impl Cron {
    /// Reads the six fields.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields.as_slice() else { return None };
        Some(Self {
            minutes: Values::parse(minutes, MINUTE)?,
            hours: Values::parse(hours, HOUR)?,
            days: Days::parse(day, weekday)?,
            months: Values::parse(month, MONTH)?,
            years: Values::parse(year, YEAR)?,
        })
    }

    /// The first time behind `after` at which it is due.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let millis = i64::try_from(after.as_millis()).ok()?;
        let local = zone.to_datetime(jiff::Timestamp::from_millisecond(millis).ok()?);
        let mut day = local.date();
        while day.year() <= YEAR.high {
            if !self.years.has(day.year()) {
                day = Date::new(self.years.after(day.year(), YEAR)?, 1, 1).ok()?;
            } else if !self.months.has(day.month().into()) {
                day = day.last_of_month().checked_add(1.day()).ok()?;
            } else {
                if self.days.has(day)
                    && let Some(due) =
                        self.times(day).filter_map(|time| super::instant(time, zone)).find(|at| *at > after)
                {
                    return Some(due);
                }
                day = day.checked_add(1.day()).ok()?;
            }
        }
        None
    }

    fn times(&self, day: Date) -> impl Iterator<Item = civil::DateTime> {
        let minutes = (0..=59_i8).filter(|minute| self.minutes.has((*minute).into()));
        (0..=23_i8)
            .filter(|hour| self.hours.has((*hour).into()))
            .flat_map(move |hour| minutes.clone().map(move |minute| day.at(hour, minute, 0, 0)))
    }
}

impl Days {
    fn parse(day: &str, weekday: &str) -> Option<Self> {
        match (day, weekday) {
            ("?", "?") => None,
            ("?", weekday) => Self::parse_weekday(weekday),
            ("L", "?") => Some(Self::LastOfMonth),
            (day, "?") => match day.strip_suffix('W') {
                Some(nearest) => DAY.value(nearest).map(Self::NearestWeekday),
                None => Values::parse(day, DAY).map(Self::OfMonth),
            },
            _ => None,
        }
    }

    fn parse_weekday(text: &str) -> Option<Self> {
        if text == "L" {
            // The last day of the week is Saturday.
            return Values::parse("7", WEEKDAY).map(Self::OfWeek);
        }
        if let Some(day) = text.strip_suffix('L') {
            return WEEKDAY.value(day).map(Self::LastOfWeek);
        }
        if let Some((day, nth)) = text.split_once('#') {
            let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth))?;
            return Some(Self::NthOfWeek(WEEKDAY.value(day)?, nth));
        }
        Values::parse(text, WEEKDAY).map(Self::OfWeek)
    }

    fn has(&self, date: Date) -> bool {
        let (day, last) = (i16::from(date.day()), i16::from(date.days_in_month()));
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        match self {
            Self::OfMonth(values) => values.has(day),
            Self::LastOfMonth => day == last,
            Self::NearestWeekday(wanted) => nearest_weekday(date, *wanted) == Some(day),
            Self::OfWeek(values) => values.has(weekday),
            Self::LastOfWeek(wanted) => weekday == *wanted && day + 7 > last,
            Self::NthOfWeek(wanted, nth) => weekday == *wanted && (day - 1) / 7 + 1 == *nth,
        }
    }
}

/// The day of `date`'s month that is the weekday nearest to `day`, if the month has that day.
fn nearest_weekday(date: Date, day: i16) -> Option<i16> {
    let last = i16::from(date.days_in_month());
    let wanted = Date::new(date.year(), date.month(), i8::try_from(day).ok()?).ok()?;
    Some(match wanted.weekday() {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == last => day - 2,
        Weekday::Sunday => day + 1,
        _ => day,
    })
}

impl Values {
    fn parse(text: &str, range: Range) -> Option<Self> {
        text.split(',').map(|item| Span::parse(item, range)).collect::<Option<Vec<_>>>().map(Self)
    }

    fn has(&self, value: i16) -> bool {
        self.0.iter().any(|span| span.has(value))
    }

    /// The lowest value above `value`.
    fn after(&self, value: i16, range: Range) -> Option<i16> {
        (value + 1..=range.high).find(|value| self.has(*value))
    }
}

impl Span {
    /// `*`, `5`, `1-5`, and each with `/2` behind it.
    fn parse(text: &str, range: Range) -> Option<Self> {
        let (base, step) = match text.split_once('/') {
            Some((base, step)) => (base, Some(step.parse().ok().filter(|step| (1..=range.high).contains(step))?)),
            None => (text, None),
        };
        let (first, last) = match base.split_once('-') {
            Some((first, last)) => (range.value(first)?, range.value(last)?),
            None if base == "*" => (range.low, range.high),
            None => {
                let value = range.value(base)?;
                (value, if step.is_some() { range.high } else { value })
            }
        };
        let runs_over = first > last;
        if runs_over && range.names.is_empty() {
            return None;
        }
        Some(Self { first, last, step: step.unwrap_or(1), cycle: range.high - range.low + 1 })
    }

    fn has(self, value: i16) -> bool {
        let inside = if self.first <= self.last {
            (self.first..=self.last).contains(&value)
        } else {
            value >= self.first || value <= self.last
        };
        inside && (value - self.first).rem_euclid(self.cycle) % self.step == 0
    }
}

impl Range {
    fn value(self, text: &str) -> Option<i16> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(at) => self.low + i16::try_from(at).ok()?,
            None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?,
        };
        (self.low..=self.high).contains(&value).then_some(value)
    }
}
