//! Curves over time as SVG.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::escape;
use crate::Series;
use crate::words::{Clock, number, real, span};

const WIDTH: f64 = 540.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 22.0;

/// How many points a curve has at most: two for every three signs of its width.
const POINTS: usize = 360;

/// How many times of day the axis has at most.
const TIMES_MAX: u64 = 7;

/// Distances of times of day, in seconds.
const STEPS: [u64; 17] =
    [1, 5, 15, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Count,
    Seconds,
}

/// One curve.
pub(super) struct Curve<'a> {
    pub(super) class: &'static str,
    pub(super) series: &'a Series,
}

/// A time in which something is wrong.
pub(super) struct Band {
    pub(super) from: Duration,
    pub(super) until: Duration,
    pub(super) name: String,
}

/// Curves on the same axes.
pub(super) struct Plot<'a> {
    pub(super) name: String,
    /// What is to be seen, for those who do not see it.
    pub(super) says: String,
    pub(super) curves: Vec<Curve<'a>>,
    pub(super) height: f64,
    pub(super) unit: Unit,
}

impl Plot<'_> {
    /// The image, from the start until `until`.
    pub(super) fn svg(&self, clock: &Clock, start: Timestamp, until: Duration, bands: &[Band]) -> String {
        let axes = Axes { height: self.height, until, top: self.top() };
        let name = escape(&self.name);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{name}: {}\">\n<title>{name}</title>\n",
            self.height,
            escape(&self.says)
        );
        svg += &axes.bands(bands, clock);
        svg += &axes.values(self.unit, self.parts());
        svg += &axes.times(clock, start);
        for curve in self.curves.iter().filter(|curve| curve.series.values.iter().any(|value| *value > 0.0)) {
            svg += &axes.curve(curve);
        }
        svg + "</svg>\n"
    }

    /// The top of the axis: a number that no value exceeds, and whose parts are round.
    fn top(&self) -> f64 {
        let values = self.curves.iter().flat_map(|curve| &curve.series.values);
        let greatest = values.copied().fold(0.0, f64::max);
        match self.unit {
            Unit::Count => round_up(greatest),
            Unit::Seconds => {
                let half = STEPS.iter().map(|step| real(*step)).find(|step| step * 2.0 >= greatest);
                half.map_or_else(|| round_up(greatest), |half| half * 2.0)
            }
        }
    }

    /// How many parts the axis has.
    fn parts(&self) -> u32 {
        if matches!(self.unit, Unit::Count) && self.height > 150.0 { 4 } else { 2 }
    }
}

/// The next number that has round quarters.
fn round_up(value: f64) -> f64 {
    if value <= 40.0 {
        return (value / 4.0).ceil().max(1.0) * 4.0;
    }
    let mut power = 10.0;
    while power * 10.0 < value {
        power *= 10.0;
    }
    let step = [1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0].into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}

struct Axes {
    height: f64,
    until: Duration,
    top: f64,
}

impl Axes {
    fn x(&self, at: Duration) -> f64 {
        let share = at.as_secs_f64() / self.until.as_secs_f64().max(1e-9);
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let base = self.height - BOTTOM;
        base - (value / self.top).clamp(0.0, 1.0) * (base - TOP)
    }

    fn bands(&self, bands: &[Band], clock: &Clock) -> String {
        let mut svg = String::new();
        let mut named_until = 0.0;
        for band in bands.iter().filter(|band| band.from < self.until) {
            let (from, until) = (self.x(band.from), self.x(band.until));
            let width = (until - from).max(1.5);
            let base = self.height - BOTTOM;
            let (first, last) = (clock.time(band.from), clock.time(band.until));
            let when = if band.until > band.from { format!("{first} to {last}") } else { first };
            let name = escape(&band.name);
            let _ = writeln!(
                svg,
                "<rect class=\"fault\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{:.1}\"><title>{name}, {when}</title></rect>",
                base - TOP
            );
            // A name about 6 units a letter, which must not run out of the image or into the one before it.
            let room = real(band.name.chars().count() as u64) * 5.8;
            let at = from.min(WIDTH - RIGHT - room).max(LEFT);
            if at >= named_until {
                let _ = writeln!(svg, "<text class=\"fault-name\" x=\"{at:.1}\" y=\"{:.1}\">{name}</text>", TOP - 6.0);
                named_until = at + room + 8.0;
            }
        }
        svg
    }

    fn values(&self, unit: Unit, lines: u32) -> String {
        let line = |place: u32| {
            let value = self.top * f64::from(place) / f64::from(lines);
            let y = self.y(value);
            let label = match unit {
                Unit::Count => number(value),
                Unit::Seconds if place == 0 => "0".to_owned(),
                Unit::Seconds => span(Duration::from_secs_f64(value)),
            };
            format!(
                "<line class=\"rule\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" />\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\n",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0
            )
        };
        (0..=lines).map(line).collect()
    }

    /// Times of day at round distances from midnight.
    fn times(&self, clock: &Clock, start: Timestamp) -> String {
        let seconds = self.until.as_secs().max(1);
        let step = STEPS.into_iter().find(|step| seconds / step <= TIMES_MAX).unwrap_or(seconds);
        let since_midnight = u64::try_from(start.as_second().rem_euclid(86_400)).unwrap_or_default();
        let mut at = since_midnight.div_ceil(step) * step - since_midnight;
        let (mut svg, is_crowded) = (String::new(), seconds / step > 3);
        for place in 0_u32.. {
            if at > seconds {
                break;
            }
            // Every other one may go where there is little room.
            let class = if is_crowded && !place.is_multiple_of(2) { "time between" } else { "time" };
            let offset = Duration::from_secs(at);
            let x = self.x(offset);
            let base = self.height - BOTTOM;
            let _ = writeln!(
                svg,
                "<line class=\"rule\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{base:.1}\" y2=\"{:.1}\" />\
                 <text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                base + 4.0,
                x.clamp(LEFT, WIDTH - RIGHT - 16.0),
                self.height - 5.0,
                clock.time(offset)
            );
            at += step;
        }
        svg
    }

    fn curve(&self, curve: &Curve<'_>) -> String {
        let points = usize::try_from(self.until.as_millis() / curve.series.every.as_millis().max(1)).unwrap_or(POINTS);
        let points = points.clamp(2, POINTS);
        let values = curve.series.in_parts(self.until, points);
        let x = |place: usize| LEFT + (real(place as u64) + 0.5) / real(points as u64) * (WIDTH - LEFT - RIGHT);
        let place = |(place, value): (usize, &f64)| format!("{:.1},{:.1}", x(place), self.y(*value));
        let line: Vec<String> = values.iter().enumerate().map(place).collect();
        let (line, base, class) = (line.join(" "), self.height - BOTTOM, curve.class);
        let (first, last) = (x(0), x(points - 1));
        format!(
            "<polygon class=\"{class} area\" points=\"{first:.1},{base:.1} {line} {last:.1},{base:.1}\" />\n\
             <polyline class=\"{class} curve\" points=\"{line}\" />\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_numbers_with_round_quarters() {
        for (value, top) in
            [(0.0, 4.0), (4.0, 4.0), (11.0, 12.0), (41.0, 60.0), (1_601.0, 2_000.0), (9_001.0, 10_000.0)]
        {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}: {}", round_up(value));
        }
    }
}
