//! What EventBridge says when it refuses a call.

use crate::ApiError;

/// `ValidationException`.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::sender("ValidationException", message)
}

/// `ResourceNotFoundException`, which EventBridge answers with HTTP status 400.
pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::sender("ResourceNotFoundException", message)
}

/// `ResourceAlreadyExistsException`.
pub(super) fn exists(message: impl Into<String>) -> ApiError {
    ApiError::sender("ResourceAlreadyExistsException", message)
}

/// Recorded by LocalStack's AWS-validated test `test_describe_delete_not_existing_event_bus`.
pub(super) fn no_bus(name: &str) -> ApiError {
    not_found(format!("Event bus {name} does not exist."))
}

/// Recorded by LocalStack's AWS-validated test `test_describe_nonexistent_rule`.
pub(super) fn no_rule(name: &str, bus: &str) -> ApiError {
    not_found(format!("Rule {name} does not exist on EventBus {bus}."))
}

/// Names of buses, rules and archives: 1 to `longest` characters of `.`, `-`, `_`, letters and digits.
pub(super) fn check_name(what: &str, name: &str, longest: usize) -> Result<(), ApiError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (1..=longest).contains(&name.len()) && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [\\.\\-_A-Za-z0-9]+ and have length less than or equal to {longest}"
    )))
}
