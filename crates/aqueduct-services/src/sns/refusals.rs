//! What SNS says when it refuses a call.

use aqueduct_topology::Arn;

use crate::ApiError;

/// `InvalidParameter`, with the prefix that all its messages share.
pub(super) fn invalid(what: impl std::fmt::Display) -> ApiError {
    ApiError::sender("InvalidParameterException", format!("Invalid parameter: {what}"))
        .with_query_code("InvalidParameter")
}

/// `ParameterValueInvalid`, for message attributes.
pub(super) fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message).with_query_code("ParameterValueInvalid")
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
