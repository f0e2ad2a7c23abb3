//! Refusals in Lambda's words.

use crate::ApiError;

/// `InvalidParameterValueException`.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message)
}

/// `ValidationException` for one value that breaks a constraint of the API's model.
pub(super) fn constraint(value: &str, member: &str, constraint: &str) -> ApiError {
    ApiError::sender(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {constraint}"
        ),
    )
}

/// Refuses a number outside of its range.
pub(super) fn in_range(value: i64, member: &str, min: i64, max: i64) -> Result<i64, ApiError> {
    if value < min {
        return Err(constraint(&value.to_string(), member, &format!("have value greater than or equal to {min}")));
    }
    if value > max {
        return Err(constraint(&value.to_string(), member, &format!("have value less than or equal to {max}")));
    }
    Ok(value)
}

/// Refuses a value that is none of these.
pub(super) fn one_of(value: &str, member: &str, allowed: &[&str]) -> Result<(), ApiError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(constraint(value, member, &format!("satisfy enum value set: [{}]", allowed.join(", "))))
}

/// `ResourceNotFoundException`.
pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::sender("ResourceNotFoundException", message).with_status(404)
}

/// What Lambda says of many things that are not there.
pub(super) fn no_resource() -> ApiError {
    not_found("The resource you requested does not exist.")
}

/// `ResourceConflictException`.
pub(super) fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::sender("ResourceConflictException", message).with_status(409)
}

/// Refuses a change of a revision that is not the latest.
///
/// Source: LocalStack's AWS-validated test `TestLambdaRevisions::test_function_revisions_basic`
pub(super) fn check_revision(asked: Option<&str>, latest: &str, call: &str) -> Result<(), ApiError> {
    if asked.is_none_or(|asked| asked == latest) {
        return Ok(());
    }
    let message = format!(
        "The Revision Id provided does not match the latest Revision Id. Call the {call} API to retrieve the latest \
         Revision Id"
    );
    Err(ApiError::sender("PreconditionFailedException", message).with_status(412))
}
