//! The log of an execution as `LogType=Tail` brings it.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// How much of the log an answer brings, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub const TAIL_BYTES_MAX: usize = 4_096;

/// `X-Amz-Log-Result`: the end of the log in Base64, with the lines that Lambda writes around those of the function.
///
/// The memory that was used is not measured, and said to be all of it.
///
/// Source: LocalStack's AWS-validated test `TestLambdaFeatures::test_invocation_with_logs`
pub(super) fn tail(request_id: &str, lines: &str, took: Duration, memory_mb: u32) -> String {
    let millis = took.as_secs_f64() * 1_000.0;
    let billed = took.as_micros().div_ceil(1_000);
    let newline = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
    let log = format!(
        "START RequestId: {request_id} Version: $LATEST\n{lines}{newline}END RequestId: {request_id}\n\
         REPORT RequestId: {request_id}\tDuration: {millis:.2} ms\tBilled Duration: {billed} ms\t\
         Memory Size: {memory_mb} MB\tMax Memory Used: {memory_mb} MB\t\n"
    );
    let bytes = log.as_bytes();
    BASE64_STANDARD.encode(&bytes[bytes.len().saturating_sub(TAIL_BYTES_MAX)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_what_comes() {
        let decoded = |text: String| String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
        let short = decoded(tail("r-1", "hello", Duration::from_micros(1_500), 128));
        assert!(
            short.starts_with("START RequestId: r-1 Version: $LATEST\nhello\nEND RequestId: r-1\nREPORT"),
            "{short}"
        );
        assert!(short.contains("Duration: 1.50 ms\tBilled Duration: 2 ms"), "{short}");
        let long = decoded(tail("r-1", &"x".repeat(10_000), Duration::ZERO, 128));
        assert!(long.len() == TAIL_BYTES_MAX && long.ends_with("Max Memory Used: 128 MB\t\n"));
    }
}
