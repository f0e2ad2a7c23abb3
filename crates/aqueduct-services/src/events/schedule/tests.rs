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
