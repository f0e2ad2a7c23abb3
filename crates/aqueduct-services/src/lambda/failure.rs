//! How Lambda words what went wrong with an execution.

use std::time::Duration;

use serde_json::json;

use super::Ended;

/// The largest answer of a synchronous invocation: 6 MB and a little, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;

/// How a runtime process came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit<'a> {
    /// It exited with this status.
    Status(i32),
    /// A signal ended it; its name in lowercase, such as `killed`.
    Signal(&'a str),
}

/// The runtime's process ended while it worked on `request_id`, or before it asked for its first event.
///
/// AWS documents no format; the words are those that callers of Invoke report.
pub fn exited(request_id: &str, exit: Exit<'_>) -> Ended {
    let how = match exit {
        Exit::Status(0) => "Runtime exited without providing a reason".to_owned(),
        Exit::Status(status) => format!("Runtime exited with error: exit status {status}"),
        Exit::Signal(signal) => format!("Runtime exited with error: signal: {signal}"),
    };
    failed("Runtime.ExitError", format!("RequestId: {request_id} Error: {how}"))
}

/// An execution that failed with an error document of type and message alone.
pub fn failed(error_type: &str, message: String) -> Ended {
    let payload = json!({ "errorType": error_type, "errorMessage": message }).to_string();
    Ended::Failed { error_type: error_type.to_owned(), message, payload }
}

/// What became of an execution, with the timeout put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The function answered with this JSON text.
    Success(String),
    /// The function failed.
    Failure { error_type: String, message: String, payload: String },
}

impl Outcome {
    /// Reads how an execution of a function with `timeout` ended.
    pub(super) fn of(ended: Ended, request_id: &str, timeout: Duration) -> Self {
        let failure = match ended {
            Ended::Answered(payload) if payload.len() <= RESPONSE_BYTES_MAX => return Self::Success(payload),
            Ended::Answered(_) => failed(
                "Function.ResponseSizeTooLarge",
                format!("Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."),
            ),
            Ended::TimedOut => failed(
                "Sandbox.Timedout",
                format!("RequestId: {request_id} Error: Task timed out after {:.2} seconds", timeout.as_secs_f64()),
            ),
            failed @ Ended::Failed { .. } => failed,
        };
        match failure {
            Ended::Failed { error_type, message, payload } => Self::Failure { error_type, message, payload },
            Ended::Answered(payload) => Self::Success(payload),
            Ended::TimedOut => Self::Success(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_process_is_an_exit_error() {
        let Ended::Failed { error_type, payload, .. } = exited("r-1", Exit::Signal("killed")) else {
            panic!("not a failure")
        };
        assert_eq!(error_type, "Runtime.ExitError");
        assert_eq!(
            payload,
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: Runtime exited with error: signal: killed"}"#
        );
    }

    #[test]
    fn a_timeout_names_its_seconds() {
        let Outcome::Failure { error_type, message, .. } = Outcome::of(Ended::TimedOut, "r-1", Duration::from_secs(10))
        else {
            panic!("not a failure")
        };
        assert_eq!(error_type, "Sandbox.Timedout");
        assert_eq!(message, "RequestId: r-1 Error: Task timed out after 10.00 seconds");
    }
}
