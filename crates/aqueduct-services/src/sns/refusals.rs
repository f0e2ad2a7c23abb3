//! What SNS says when it refuses a call.

use aqueduct_topology::Arn;

use crate::ApiError;

/// `InvalidParameter`, with the prefix that all its messages share.
pub(super) fn invalid(what: impl std::fmt::Display) -> ApiError {
    invalid_without_prefix(format!("Invalid parameter: {what}"))
}

/// `InvalidParameter` with a message of its own.
pub(super) fn invalid_without_prefix(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterException", message).with_query_code("InvalidParameter")
}

/// `ParameterValueInvalid`, for message attributes.
pub(super) fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message).with_query_code("ParameterValueInvalid")
}

/// `ValidationError`: a required member is not there.
pub(super) fn missing(path: &str) -> ApiError {
    let message = format!(
        "1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
    );
    ApiError::sender("ValidationException", message).with_query_code("ValidationError")
}

/// `InvalidState`: what is asked does not go with the state of things.
pub(super) fn invalid_state(what: &str) -> ApiError {
    ApiError::sender("InvalidStateException", format!("Invalid state: {what}")).with_query_code("InvalidState")
}

/// `AuthorizationError` with HTTP status 403.
pub(super) fn unauthorized(message: &str) -> ApiError {
    ApiError::sender("AuthorizationErrorException", message).with_query_code("AuthorizationError").with_status(403)
}

/// `NotFound` with HTTP status 404.
fn not_found(message: &str) -> ApiError {
    ApiError::sender("NotFoundException", message).with_query_code("NotFound").with_status(404)
}

/// The topic does not exist. Recorded by LocalStack's AWS-validated test `test_unknown_topic_publish`.
pub(super) fn no_topic() -> ApiError {
    not_found("Topic does not exist")
}

/// The subscription does not exist.
pub(super) fn no_subscription() -> ApiError {
    not_found("Subscription does not exist")
}

/// The tagged resource does not exist.
pub(super) fn no_resource() -> ApiError {
    ApiError::sender("ResourceNotFoundException", "Resource does not exist")
        .with_query_code("ResourceNotFound")
        .with_status(404)
}

/// Refuses what has not the parts of an ARN.
///
/// Recorded by LocalStack's AWS-validated test `test_publish_wrong_arn_format`.
pub(super) fn checked<'a>(parameter: &str, arn: &'a Arn) -> Result<&'a Arn, ApiError> {
    let parts = arn.as_str().split(':').count();
    if parts < 6 {
        return Err(invalid(format_args!("{parameter} Reason: An ARN must have at least 6 elements, not {parts}")));
    }
    Ok(arn)
}

/// Refuses what is not the ARN of a subscription.
///
/// Recorded by LocalStack's AWS-validated tests `test_unsubscribe_wrong_arn_format` and
/// `test_get_subscription_attributes_error_not_exists`.
pub(super) fn checked_subscription(arn: &Arn) -> Result<&Arn, ApiError> {
    if arn.as_str().is_empty() {
        return Err(invalid("SubscriptionArn Reason: no value for required parameter"));
    }
    checked("SubscriptionArn", arn)?;
    let id = arn.as_str().split(':').nth(6).unwrap_or_default();
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_uuid { Ok(arn) } else { Err(invalid("SubscriptionId")) }
}
