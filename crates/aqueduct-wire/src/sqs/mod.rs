//! The wire of SQS: AWS JSON 1.0, which current SDKs speak, and the older query protocol.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html>

mod answer;
mod form;

use aqueduct_services::ApiError;
use aqueduct_services::sqs::{Request, Response};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::codec::{Codec, Protocol};
use crate::query::Form;
use crate::{json, xml};

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let request = match codec.protocol {
        Protocol::Query => form::read(&codec.action, &Form::of(parts, body), parts.uri.path()),
        _ => from_json(&codec.action, body),
    };
    request.unwrap_or_else(|| Err(codec.unknown()))
}

/// An action's input from AWS JSON; `None` for an action that there is not.
fn from_json(action: &str, body: &[u8]) -> Option<Result<Request, ApiError>> {
    Some(match action {
        "CreateQueue" => json::read(body).map(Request::CreateQueue),
        "DeleteQueue" => json::read(body).map(Request::DeleteQueue),
        "ListQueues" => json::read(body).map(Request::ListQueues),
        "GetQueueUrl" => json::read(body).map(Request::GetQueueUrl),
        "GetQueueAttributes" => json::read(body).map(Request::GetQueueAttributes),
        "SetQueueAttributes" => json::read(body).map(Request::SetQueueAttributes),
        "SendMessage" => json::read(body).map(Request::SendMessage),
        "SendMessageBatch" => json::read(body).map(Request::SendMessageBatch),
        "ReceiveMessage" => json::read(body).map(Request::ReceiveMessage),
        "DeleteMessage" => json::read(body).map(Request::DeleteMessage),
        "DeleteMessageBatch" => json::read(body).map(Request::DeleteMessageBatch),
        "ChangeMessageVisibility" => json::read(body).map(Request::ChangeMessageVisibility),
        "ChangeMessageVisibilityBatch" => json::read(body).map(Request::ChangeMessageVisibilityBatch),
        "PurgeQueue" => json::read(body).map(Request::PurgeQueue),
        "ListDeadLetterSourceQueues" => json::read(body).map(Request::ListDeadLetterSourceQueues),
        "StartMessageMoveTask" => json::read(body).map(Request::StartMessageMoveTask),
        "CancelMessageMoveTask" => json::read(body).map(Request::CancelMessageMoveTask),
        "ListMessageMoveTasks" => json::read(body).map(Request::ListMessageMoveTasks),
        "TagQueue" => json::read(body).map(Request::TagQueue),
        "UntagQueue" => json::read(body).map(Request::UntagQueue),
        "ListQueueTags" => json::read(body).map(Request::ListQueueTags),
        _ => return None,
    })
}

/// What the query protocol says where AWS JSON says something else.
///
/// Recorded by LocalStack's AWS-validated test `test_non_existent_queue`.
pub(crate) fn in_query(error: ApiError) -> ApiError {
    if error.code == "QueueDoesNotExist" {
        return ApiError { message: "The specified queue does not exist for this wsdl version.".to_owned(), ..error };
    }
    error
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: &Response, request_id: &str) -> http::Response<Bytes> {
    let body = match codec.protocol {
        Protocol::Query => {
            let result = answer::has_result(response).then_some(|xml: &mut xml::Xml| {
                answer::write(xml, &codec.action, response);
            });
            Bytes::from(xml::response(codec.namespace(), &codec.action, request_id, result))
        }
        _ => to_json(response),
    };
    codec.answer(StatusCode::OK, request_id, body)
}

fn to_json(response: &Response) -> Bytes {
    match response {
        Response::QueueUrl(output) => json::write(output),
        Response::Queues(output) => json::write(output),
        Response::DeadLetterSources(output) => json::write(output),
        Response::Attributes(output) => json::write(output),
        Response::Sent(output) => json::write(output),
        Response::SentBatch(output) => json::write(output),
        Response::Messages(output) => json::write(output),
        Response::Batch(output) => json::write(output),
        Response::MoveStarted(output) => json::write(output),
        Response::MoveCancelled(output) => json::write(output),
        Response::MoveTasks(output) => json::write(output),
        Response::Tags(output) => json::write(output),
        // `Done`, and any answer without a body.
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests;
