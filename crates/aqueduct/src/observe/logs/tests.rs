use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

/// What is logged by `work` under these controls, line by line.
fn logged(format: &str, level: &str, directives: &str, work: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let clock = Clock::new(|| Timestamp::from_millisecond(1_800_000_000_500).expect("in range"), String::new);
    let sink: Sink = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
    let subscriber = subscriber(&Controls::new(format, level, directives), clock, sink, Vec::new());
    tracing::subscriber::with_default(subscriber, work);
    let lines = lines.lock().unwrap();
    lines.clone()
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

#[test]
fn levels_are_those_of_lambda_and_within_them_those_of_the_function() {
    let work = || {
        let _inside = tracing::error_span!("message", messageId = "m-1").entered();
        tracing::trace!("trace");
        tracing::debug!("debug");
        tracing::info!("info");
        tracing::warn!("warn");
        tracing::error!("error");
    };
    let cases = [
        ("", "", vec!["info", "warn", "error"]),
        ("", "debug", vec!["debug", "info", "warn", "error"]),
        ("TRACE", "", vec!["trace", "debug", "info", "warn", "error"]),
        ("WARN", "", vec!["warn", "error"]),
        ("warn", "debug", vec!["warn", "error"]),
        ("DEBUG", "error", vec!["error"]),
        ("INFO", "aqueduct=warn", vec!["warn", "error"]),
        ("INFO", "other=trace", vec!["info", "warn", "error"]),
        ("ERROR", "", vec!["error"]),
        ("FATAL", "", vec!["error"]),
        ("LOUD", "", vec!["info", "warn", "error"]),
    ];
    for (level, directives, expected) in cases {
        let lines = logged("JSON", level, directives, work);
        let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let said: Vec<&str> = lines.iter().filter_map(|line| line["message"].as_str()).collect();
        assert_eq!(said, expected, "{level} {directives}");
        assert!(lines.iter().all(|line| line["messageId"] == "m-1"), "whatever the level, a line names its message");
    }
}
