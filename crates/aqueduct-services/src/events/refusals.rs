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

/// Recorded by LocalStack's AWS-validated tests `test_add_exceed_fife_targets_per_rule` and
/// `tests_concurrency_error_too_many_active_replays`.
pub(super) fn too_many() -> ApiError {
    ApiError::sender("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
}

/// Recorded by LocalStack's AWS-validated test `test_describe_delete_not_existing_event_bus`.
pub(super) fn no_bus(name: &str) -> ApiError {
    not_found(format!("Event bus {name} does not exist."))
}

/// Recorded by LocalStack's AWS-validated test `test_describe_nonexistent_rule`.
pub(super) fn no_rule(name: &str, bus: &str) -> ApiError {
    not_found(format!("Rule {name} does not exist on EventBus {bus}."))
}

/// A rule that a service made and keeps for itself.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html>
pub(super) fn managed(rule: &str) -> ApiError {
    ApiError::sender("ManagedRuleException", format!("Rule {rule} is managed by an AWS service."))
}

/// A parameter that a call cannot do without.
pub(super) fn required(name: &str) -> ApiError {
    invalid(format!("Parameter {name} must be specified."))
}
