//! Numbers, durations and times as reports write them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A whole number with a comma between thousands: `90,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted, in the plural that is given: `1 message`, `2 messages`.
pub fn counted(number: u64, plural: &str) -> String {
    let singular = match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    };
    format!("{} {}", count(number), if number == 1 { &singular } else { plural })
}

/// A number that need not be whole, with as many places as tell something: `0.25`, `12.5`, `1,204`.
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 100.0 || value.fract() == 0.0 {
        let sign = if value <= -0.5 { "-" } else { "" };
        return format!("{sign}{}", count(whole(magnitude)));
    }
    let text = if magnitude >= 10.0 { format!("{value:.1}") } else { format!("{value:.2}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The nearest whole number; 0 for what is negative or none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float stays in range")]
pub(crate) fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts of a simulation are far below 2^52")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// A share of one in percent. It says 100 % and 0 % only where nothing or everything is missing.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    for places in 0..=3 {
        let text = format!("{percent:.places$}");
        let shown: f64 = text.parse().unwrap_or(percent);
        let is_edge = (shown >= 100.0 && percent < 100.0) || (shown <= 0.0 && percent > 0.0);
        if !is_edge && (places >= 1 || (shown - percent).abs() < 0.000_1) {
            return format!("{} %", text.trim_end_matches(".0"));
        }
    }
    let edge = if percent >= 50.0 { "> 99.999" } else { "< 0.001" };
    format!("{edge} %")
}

/// A duration in its two greatest units: `320 ms`, `12.5 s`, `5 min`, `1 h 30 min`, `2 d 4 h`.
pub fn span(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1_000 {
        return format!("{millis} ms");
    }
    if millis < 60_000 {
        return format!("{} s", number((duration.as_secs_f64() * 10.0).round() / 10.0));
    }
    let seconds = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
    for (name, length, lesser, lesser_length) in
        [("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)]
    {
        let (greater, rest) = (seconds / length, seconds % length / lesser_length);
        if greater > 0 {
            let rest = if rest == 0 { String::new() } else { format!(" {rest} {lesser}") };
            return format!("{} {name}{rest}", count(greater));
        }
    }
    format!("{seconds} s")
}

/// Dollars and cents.
pub fn money(dollars: f64) -> String {
    if dollars > 0.0 && dollars < 0.005 {
        return "< $0.01".to_owned();
    }
    let cents = whole(dollars * 100.0);
    format!("${}.{:02}", count(cents / 100), cents % 100)
}

/// Tells points in time of a simulation as times of day, in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Timestamp,
    with_seconds: bool,
}

impl Clock {
    /// A clock for what starts at `start` and lasts so long; short things are told to the second.
    pub fn new(start: Timestamp, lasts: Duration) -> Self {
        Self { start, with_seconds: lasts < Duration::from_mins(15) }
    }

    /// The time of day of a point in time, with the days that have gone by: `10:20`, `02:05 (+1 d)`.
    pub fn time(&self, at: Duration) -> String {
        let (start, time) = (self.start.to_zoned(TimeZone::UTC), self.start.checked_add(at));
        let Ok(time) = time.map(|time| time.to_zoned(TimeZone::UTC)) else { return span(at) };
        let days = time.date().since(start.date()).map_or(0, |it| it.get_days());
        let seconds = if self.with_seconds { format!(":{:02}", time.second()) } else { String::new() };
        let later = if days == 0 { String::new() } else { format!(" (+{days} d)") };
        format!("{:02}:{:02}{seconds}{later}", time.hour(), time.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_their_size() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (90_000, "90,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(value), text);
        }
        for (value, text) in
            [(0.0, "0"), (0.25, "0.25"), (12.5, "12.5"), (9.999, "10"), (1_203.6, "1,204"), (-3.0, "-3")]
        {
            assert_eq!(number(value), text);
        }
        for (value, text) in [(0.0, "$0.00"), (0.001, "< $0.01"), (12.345, "$12.35"), (1_234.5, "$1,234.50")] {
            assert_eq!(money(value), text);
        }
    }

    #[test]
    fn a_percentage_does_not_hide_what_is_missing() {
        for (share, text) in [
            (1.0, "100 %"),
            (0.0, "0 %"),
            (0.5, "50 %"),
            (0.981_2, "98.1 %"),
            (0.999_6, "99.96 %"),
            (0.999_999_9, "> 99.999 %"),
            (0.000_4, "0.04 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn durations_are_told_in_two_units() {
        for (millis, text) in [
            (0, "0 ms"),
            (320, "320 ms"),
            (1_000, "1 s"),
            (12_500, "12.5 s"),
            (60_000, "1 min"),
            (90_000, "1 min 30 s"),
            (300_000, "5 min"),
            (5_400_000, "1 h 30 min"),
            (187_200_000, "2 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn times_of_day_say_which_day() {
        let clock = Clock::new("2026-11-27T23:50:00Z".parse().unwrap(), Duration::from_hours(4));
        assert_eq!(clock.time(Duration::from_mins(5)), "23:55");
        assert_eq!(clock.time(Duration::from_mins(20)), "00:10 (+1 d)");
        let short = Clock::new("2026-11-27T08:00:00Z".parse().unwrap(), Duration::from_mins(5));
        assert_eq!(short.time(Duration::from_secs(61)), "08:01:01");
    }
}
