//! What SQS refuses, in its words.
//!
//! The codes of both protocols come from the service's model and from the `*.snapshot.json` files of LocalStack's
//! AWS-validated tests in `tests/aws/services/sqs`.

use crate::ApiError;

/// A refusal of a value; the query protocol spells the code of such common errors without `Exception`.
pub(super) fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message).with_query_code("InvalidParameterValue")
}

/// A parameter with a value that it may not have.
pub(super) fn invalid(value: &str, parameter: &str, reason: &str) -> ApiError {
    invalid_value(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

/// A parameter that is missing.
pub(super) fn missing(parameter: &str) -> ApiError {
    let message = format!("The request must contain the parameter {parameter}.");
    ApiError::sender("MissingRequiredParameterException", message).with_query_code("MissingParameter")
}

/// A queue that there is not.
pub(super) fn no_queue() -> ApiError {
    ApiError::sender("QueueDoesNotExist", "The specified queue does not exist.")
        .with_query_code("AWS.SimpleQueueService.NonExistentQueue")
}

/// A queue that an ARN names and that there is not.
///
/// Recorded by LocalStack's AWS-validated test `test_destination_needs_to_exist`.
pub(super) fn no_resource(parameter: &str) -> ApiError {
    let message = format!("The resource that you specified for the {parameter} parameter doesn't exist.");
    ApiError::sender("ResourceNotFoundException", message).with_status(404)
}

/// An attribute that the queue does not have.
pub(super) fn unknown_attribute(name: &str) -> ApiError {
    ApiError::sender("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

/// A value that an attribute of a queue may not have.
pub(super) fn invalid_attribute(name: &str) -> ApiError {
    ApiError::sender("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

/// A handle that this queue never gave out.
pub(super) fn invalid_handle(handle: &str) -> ApiError {
    let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
    ApiError::sender("ReceiptHandleIsInvalid", message).with_status(404)
}

/// A batch error, whose query code has a prefix.
pub(super) fn batch(code: &'static str, query_code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::sender(code, message).with_query_code(query_code)
}
