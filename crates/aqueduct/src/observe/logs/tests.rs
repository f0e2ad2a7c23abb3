use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

/// What is logged by `work` under these controls, line by line, and besides what `others` do.
fn logged_with(controls: &Controls, others: Vec<Part>, work: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let clock = Clock::new(|| Timestamp::from_millisecond(1_800_000_000_500).expect("in range"), String::new);
    let sink: Sink = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
    let subscriber = subscriber(controls, clock, sink, others);
    tracing::dispatcher::with_default(&subscriber, work);
    let lines = lines.lock().unwrap();
    lines.clone()
}

fn logged(format: &str, level: &str, directives: &str, work: impl FnOnce()) -> Vec<String> {
    logged_with(&Controls::new(format, level, directives), Vec::new(), work)
}

#[test]
fn a_line_is_flat_and_says_what_the_spans_around_it_say() {
    let lines = logged("JSON", "", "", || {
        let invocation = tracing::error_span!("invocation", requestId = "r-1", user = "outer").entered();
        let record = tracing::error_span!("message", messageId = tracing::field::Empty, receiveCount = 2_u32);
        record.record("messageId", "m-\"1\"");
        let _inside = record.entered();
        let error = std::io::Error::other("disk full");
        tracing::warn!(
            user = "inner", level = 3, _aws = "x", half = 0.5, none = f64::NAN, error = &error as &dyn std::error::Error,
            list = ?[1, 2], otel.name = "hidden", "lost {}\n", "2"
        );
        drop(invocation);
    });
    let [line] = &lines[..] else { panic!("{lines:?}") };
    let expected = json!({
        "timestamp": "2027-01-15T08:00:00.500Z", "level": "WARN", "message": "lost 2\n", "requestId": "r-1",
        "user": "inner", "messageId": "m-\"1\"", "receiveCount": 2, "field.level": 3, "field._aws": "x", "half": 0.5,
        "none": "NaN", "error": "disk full", "list": "[1, 2]", "target": module_path!(),
    });
    assert_eq!(serde_json::from_str::<Value>(line).expect("a line is JSON"), expected, "{line}");
    assert!(!line.contains('\n') && line.starts_with(r#"{"timestamp":"#), "{line}");
}

#[test]
fn text_is_written_where_it_is_asked_for() {
    let lines = logged("Text", "", "", || {
        let _inside = tracing::error_span!("message", messageId = "m-1").entered();
        tracing::info!(amount = 3, "paid");
    });
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert!(line.contains("INFO message{messageId=\"m-1\"}") && line.ends_with("paid amount=3"), "{line}");
}

/// What is written of a line of each level within a span.
fn levels_said(level: &str, directives: &str) -> Vec<String> {
    let lines = logged("JSON", level, directives, || {
        let _inside = tracing::error_span!("message", messageId = "m-1").entered();
        tracing::trace!("trace");
        tracing::debug!("debug");
        tracing::info!("info");
        tracing::warn!("warn");
        tracing::error!("error");
    });
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter().all(|line| line["messageId"] == "m-1"), "whatever the level, a line names its message");
    lines.iter().filter_map(|line| line["message"].as_str().map(str::to_owned)).collect()
}

#[test]
fn levels_are_those_of_lambda_and_within_them_those_of_the_function() {
    let cases = [
        ("", "", vec!["info", "warn", "error"]),
        ("", "debug", vec!["debug", "info", "warn", "error"]),
        ("TRACE", "", vec!["trace", "debug", "info", "warn", "error"]),
        ("WARN", "", vec!["warn", "error"]),
        ("warn", "debug", vec!["warn", "error"]),
        ("DEBUG", "error", vec!["error"]),
        ("INFO", "aqueduct=warn", vec!["warn", "error"]),
        ("INFO", "other=trace", vec!["info", "warn", "error"]),
        ("INFO", "aqueduct=error, other=trace,,", vec!["error"]),
        ("", "aqueduct=loud,debug", vec!["debug", "info", "warn", "error"]),
        ("ERROR", "", vec!["error"]),
        ("FATAL", "", vec!["error"]),
        ("LOUD", "", vec!["info", "warn", "error"]),
    ];
    for (level, directives, expected) in cases {
        assert_eq!(levels_said(level, directives), expected, "{level} {directives}");
    }
}

#[cfg(feature = "env-filter")]
#[test]
fn levels_may_be_those_of_a_span() {
    let cases = [
        ("", "off,[message]=debug", vec!["debug", "info", "warn", "error"]),
        ("", "off,[another]=debug", vec![]),
        ("WARN", "[message]=debug", vec!["warn", "error"]),
    ];
    for (level, directives, expected) in cases {
        assert_eq!(levels_said(level, directives), expected, "{level} {directives}");
    }
}

/// A value that logs while it is written down.
struct Talkative;

impl std::fmt::Debug for Talkative {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        tracing::info!("written down");
        formatter.write_str("talkative")
    }
}

/// Spans in every relation that they can have, to each other and to threads.
const WORK: [(&str, fn()); 8] = [
    ("nested", || {
        let outer = tracing::info_span!("outer", a = 1, b = "outer");
        let inner = outer.in_scope(|| tracing::info_span!("inner", b = "inner", c = tracing::field::Empty));
        inner.record("c", true);
        inner.record("c", false);
        inner.in_scope(|| tracing::info!(d = 1.5, "inside"));
        outer.in_scope(|| tracing::info!("beside"));
        tracing::info!("outside");
    }),
    ("parents that are told", || {
        let first = tracing::info_span!("first", first = true);
        let second = tracing::info_span!(parent: &first, "second", second = true);
        let _other = tracing::info_span!("other", other = true).entered();
        let alone = tracing::info_span!(parent: None, "alone", alone = true);
        tracing::info!(parent: &second, "of the second");
        tracing::info!(parent: None, "of none");
        alone.in_scope(|| tracing::info!("alone"));
        tracing::info!("of the other");
    }),
    ("left in the order of entering", || {
        let (first, second) =
            (tracing::info_span!("first", first = true), tracing::info_span!("second", second = true));
        let (first, second) = (first.entered(), second.entered());
        drop(first);
        tracing::info!("in the second");
        drop(second);
        tracing::info!("in none");
    }),
    ("entered twice", || {
        let span = tracing::info_span!("span", span = true);
        let again = span.clone();
        span.in_scope(|| {
            again.in_scope(|| tracing::info!("twice"));
            tracing::info!("once");
        });
        tracing::info!("not at all");
    }),
    ("a child outlives its parent", || {
        let parent = tracing::info_span!("parent", parent = true);
        let child = tracing::info_span!(parent: &parent, "child", child = true);
        drop(parent);
        let another = tracing::info_span!("another", another = true);
        child.in_scope(|| tracing::info!("a child"));
        drop(child);
        another.in_scope(|| tracing::info!("another"));
    }),
    ("a place has others one after the other", || {
        for turn in 0..100 {
            let span = tracing::info_span!("span", turn, text = "x".repeat(turn * 50));
            span.in_scope(|| tracing::info!("now"));
        }
    }),
    ("another thread", || {
        let span = tracing::info_span!("span", span = true);
        let _here = tracing::info_span!("here", here = true).entered();
        let log = tracing::dispatcher::get_default(Clone::clone);
        let there = move || {
            tracing::dispatcher::with_default(&log, || {
                tracing::info!("in no span");
                span.in_scope(|| tracing::info!("in the span"));
            });
        };
        std::thread::spawn(there).join().expect("it does not panic");
    }),
    ("a span that is filtered out", || {
        let _kept = tracing::info_span!("kept", kept = true).entered();
        let _left_out = tracing::debug_span!("left out", left_out = true).entered();
        let _inside = tracing::info_span!("inside", inside = true).entered();
        tracing::info!("two of three");
    }),
];

#[test]
fn a_log_alone_says_what_it_says_beside_others() {
    let controls = Controls::new("", "", "");
    for (what, work) in WORK {
        let alone = logged_with(&controls, Vec::new(), work);
        let beside = logged_with(&controls, vec![Box::new(LevelFilter::TRACE)], work);
        assert!(!alone.is_empty(), "{what}");
        assert_eq!(alone, beside, "{what}");
    }
}

#[test]
fn what_is_written_down_may_log_itself() {
    let lines = logged("", "", "", || {
        let span = tracing::info_span!("span", first = true, later = tracing::field::Empty).entered();
        span.record("later", tracing::field::debug(Talkative));
        tracing::info!("said");
    });
    let said: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let words: Vec<&str> = said.iter().filter_map(|line| line["message"].as_str()).collect();
    assert_eq!(words, ["written down", "said"]);
    assert_eq!((&said[1]["first"], &said[1]["later"]), (&json!(true), &json!("talkative")));
}
