//! Schedule expressions as tables.

use super::*;

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(u64::try_from(instant.as_millisecond()).unwrap())
}

fn show(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).unwrap()).unwrap().to_string()
}

/// What AWS refuses, as recorded by LocalStack's AWS-validated tests.
#[test]
fn what_is_no_expression() {
    let refused = [
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(1 minutes)",
        "rate(1 hours)",
        "rate(1 days)",
        "rate(10 minute)",
        "rate(10 hour)",
        "rate(10 day)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(0 minutes)",
        "rate(-10 minutes)",
        "rate(+10 minutes)",
        "rate(10 MINUTES)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "rate(99999999999999999999 days)",
        "cron(0 1 * * * *)",
        "cron(0 1 ? * ? *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron(0 0 ? * 3#1,6#3 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 32W * ? *)",
        "cron(0/0 * * * ? *)",
        "cron(30-10 * * * ? *)",
        "cron(0 0 1 * ?)",
        "at(2026-11-22)",
        "at(2026-11-22T18:40)",
        "at(2026-11-22T18:40:00Z)",
        "at(2026-13-22T18:40:00)",
        "every minute",
        "",
    ];
    for text in refused {
        assert_eq!(Expression::parse(text), Err(NoExpression), "{text:?}");
    }
}

/// What AWS takes, as recorded by LocalStack's AWS-validated test `tests_put_rule_with_schedule_cron`, and when it is
/// next due after 2026-11-22T18:40:30Z, a Sunday.
#[test]
fn when_an_expression_is_due() {
    let cases = [
        ("cron(0 2 ? * SAT *)", Some("2026-11-28T02:00:00Z")),
        ("cron(0 12 * * ? *)", Some("2026-11-23T12:00:00Z")),
        ("cron(5,35 14 * * ? *)", Some("2026-11-23T14:05:00Z")),
        ("cron(15 10 ? * 6L 2002-2005)", None),
        ("cron(15 10 ? * 6L 2002-2027)", Some("2026-11-27T10:15:00Z")),
        ("cron(0 2 ? * SAT#3 *)", Some("2026-12-19T02:00:00Z")),
        ("cron(* * ? * SAT#3 *)", Some("2026-12-19T00:00:00Z")),
        ("cron(0/5 5 ? JAN 1-5 2022)", None),
        ("cron(0/5 5 ? JAN 1-5 2028)", Some("2028-01-02T05:00:00Z")),
        ("cron(0 18 ? * MON-FRI *)", Some("2026-11-23T18:00:00Z")),
        ("cron(0 8 1 * ? *)", Some("2026-12-01T08:00:00Z")),
        ("cron(0/15 * * * ? *)", Some("2026-11-22T18:45:00Z")),
        ("cron(0/10 * ? * MON-FRI *)", Some("2026-11-23T00:00:00Z")),
        ("cron(0/5 8-17 ? * MON-FRI *)", Some("2026-11-23T08:00:00Z")),
        ("cron(0/30 20-23 ? * MON-FRI *)", Some("2026-11-23T20:00:00Z")),
        ("cron(* * * * ? *)", Some("2026-11-22T18:41:00Z")),
        ("cron(0 0 L * ? *)", Some("2026-11-30T00:00:00Z")),
        ("cron(0 0 ? * L *)", Some("2026-11-28T00:00:00Z")),
        // 2026-11-15 and 2027-01-31 are Sundays, 2027-05-01 is a Saturday.
        ("cron(0 0 15W 11 ? 2026-2027)", Some("2027-11-15T00:00:00Z")),
        ("cron(0 0 31W 1 ? *)", Some("2027-01-29T00:00:00Z")),
        ("cron(0 0 1W 5 ? *)", Some("2027-05-03T00:00:00Z")),
        ("cron(0 0 29 2 ? *)", Some("2028-02-29T00:00:00Z")),
        ("cron(0 0 ? * FRI-MON *)", Some("2026-11-23T00:00:00Z")),
        ("cron(0 0 31 4 ? *)", None),
        ("rate(1 minute)", Some("2026-11-22T18:41:10Z")),
        ("rate(2 hours)", Some("2026-11-22T20:00:10Z")),
        ("at(2026-11-22T18:40:31)", Some("2026-11-22T18:40:31Z")),
        ("at(2026-11-22T18:40:30)", None),
    ];
    let (after, start) = (at("2026-11-22T18:40:30Z"), at("2026-11-22T18:00:10Z"));
    for (text, expected) in cases {
        let due = Expression::parse(text).unwrap().next(after, start, &TimeZone::UTC);
        assert_eq!(due.map(show).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_clock_change_skips_or_repeats_no_run() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let cases = [
        // 02:30 does not exist on 2026-03-29.
        ("cron(30 2 * * ? *)", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        // 02:30 happens twice on 2026-10-25, at +02:00 and again at +01:00.
        ("cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("cron(30 2 * * ? *)", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ("at(2026-07-01T12:00:00)", "2026-06-01T00:00:00Z", "2026-07-01T10:00:00Z"),
    ];
    for (text, after, expected) in cases {
        let due = Expression::parse(text).unwrap().next(at(after), at(after), &zone);
        assert_eq!(due.map(show).as_deref(), Some(expected), "{text} after {after}");
    }
}

#[test]
fn a_rate_starts_with_its_start() {
    let every = Expression::parse("rate(1 day)").unwrap();
    let start = at("2026-11-22T18:00:00Z");
    assert_eq!(every.next(at("2026-11-20T00:00:00Z"), start, &TimeZone::UTC), Some(start));
    assert_eq!(every.next(start, start, &TimeZone::UTC), Some(at("2026-11-23T18:00:00Z")));
}

/// Cron expressions and, minute by minute, whether a clock that shows it is due.
mod scan {
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    use super::*;

    /// A field's text and the values that it stands for.
    type Field = (String, Vec<i16>);

    fn field(low: i16, high: i16) -> impl Strategy<Value = Field> {
        let all = move || (low..=high).collect::<Vec<_>>();
        prop_oneof![
            2 => Just(("*".to_owned(), all())),
            2 => (low..=high).prop_map(|value| (value.to_string(), vec![value])),
            1 => (low..=high, 1..=high.min(9)).prop_map(move |(first, step)| {
                (format!("{first}/{step}"), (first..=high).step_by(step.unsigned_abs().into()).collect())
            }),
            1 => (low..=high, low..=high).prop_map(|(one, other)| {
                let (first, last) = (one.min(other), one.max(other));
                (format!("{first}-{last}"), (first..=last).collect())
            }),
            1 => prop::collection::vec(low..=high, 2..4).prop_map(|values| {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                (texts.join(","), values)
            }),
        ]
    }

    #[derive(Clone, Debug)]
    struct Fields {
        minutes: Field,
        hours: Field,
        days: Field,
        months: Field,
        of_week: bool,
    }

    fn fields() -> impl Strategy<Value = Fields> {
        let days = any::<bool>().prop_flat_map(|of_week| {
            let days = if of_week { field(1, 7).boxed() } else { field(1, 31).boxed() };
            days.prop_map(move |days| (of_week, days))
        });
        (field(0, 59), field(0, 23), days, field(1, 12)).prop_map(|(minutes, hours, (of_week, days), months)| Fields {
            minutes,
            hours,
            days,
            months,
            of_week,
        })
    }

    impl Fields {
        fn text(&self) -> String {
            let Self { minutes, hours, days, months, of_week } = self;
            let (day, weekday) = if *of_week { ("?", days.0.as_str()) } else { (days.0.as_str(), "?") };
            format!("cron({} {} {day} {} {weekday} *)", minutes.0, hours.0, months.0)
        }

        fn has(&self, clock: DateTime) -> bool {
            let day = if self.of_week { clock.weekday().to_sunday_one_offset() } else { clock.day() };
            self.minutes.1.contains(&clock.minute().into())
                && self.hours.1.contains(&clock.hour().into())
                && self.months.1.contains(&clock.month().into())
                && self.days.1.contains(&day.into())
        }
    }

    /// The first minute behind `after` at which the clock of a zone shows a time of these for the first time.
    fn first(fields: &Fields, after: Timestamp, zone: &TimeZone, minutes: u64) -> Option<Timestamp> {
        let start = after.as_millis() / 60_000 + 1;
        (start..start + minutes).map(|minute| Timestamp::from_millis(minute * 60_000)).find(|at| {
            let instant = jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).unwrap()).unwrap();
            let clock = zone.to_datetime(instant);
            fields.has(clock) && super::super::instant(clock, zone) == Some(*at)
        })
    }

    proptest! {
        #[test]
        fn the_next_time_is_the_first_that_a_scan_finds(
            fields in fields(),
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
            // A year of minutes.
            offset in 0..525_600_u64,
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let after = Timestamp::from_millis(1_767_225_600_000 + offset * 60_000);
            let due = Expression::parse(&fields.text()).unwrap().next(after, after, &zone);
            let scanned = 4_000;
            let end = after + Duration::from_mins(scanned);
            prop_assert_eq!(
                due.filter(|due| *due < end).map(show),
                first(&fields, after, &zone, scanned).filter(|due| *due < end).map(show),
                "{}", fields.text()
            );
        }
    }
}
