//! A schedule's delivery as the call that it is: what its dead-letter queue tells of it.
//!
//! Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html>

use aqueduct_topology::Arn;
use serde_json::{Value, json};

use super::api::ScheduleTarget;
use crate::{Handover, Site};

/// The parameters of the call that hands `message` to `to`.
pub(super) fn parameters(site: &Site, target: &ScheduleTarget, to: &Arn, message: &Handover) -> String {
    let body = message.body.as_str();
    let mut call = match to.service() {
        "sqs" => {
            let url = format!("{}/{}/{}", site.endpoint, to.account(), to.name());
            json!({ "MessageBody": body, "QueueUrl": url })
        }
        "sns" => json!({ "Message": body, "TopicArn": to }),
        "lambda" => json!({ "FunctionName": to, "InvocationType": "Event", "Payload": body }),
        _ => {
            let event: Value = serde_json::from_str(body).unwrap_or_default();
            let parameters = target.event_bridge_parameters.as_ref();
            json!({ "Entries": [{
                "Detail": event["detail"].to_string(),
                "DetailType": parameters.map(|it| it.detail_type.as_str()),
                "EventBusName": to,
                "Resources": event["resources"],
                "Source": parameters.map(|it| it.source.as_str()),
            }] })
        }
    };
    if let Some(group) = &message.group {
        call["MessageGroupId"] = Value::from(group.as_str());
    }
    call.to_string()
}

/// The code with which a service refuses a call, by EventBridge's code for the same.
pub(in crate::events) fn error_code(service: &str, code: &'static str) -> &'static str {
    match (code, service) {
        ("NO_RESOURCE", "sqs") => "AWS.SimpleQueueService.NonExistentQueue",
        ("NO_RESOURCE", "sns") => "NotFound",
        ("NO_RESOURCE", _) => "ResourceNotFoundException",
        ("NO_PERMISSIONS", "sqs") => "AccessDenied",
        ("NO_PERMISSIONS", "sns") => "AuthorizationError",
        ("NO_PERMISSIONS", _) => "AccessDeniedException",
        ("THROTTLING", "lambda") => "TooManyRequestsException",
        ("THROTTLING", _) => "ThrottlingException",
        ("INVALID_PARAMETER", "sqs") => "InvalidParameterValue",
        ("INVALID_PARAMETER", "sns") => "InvalidParameter",
        ("INVALID_PARAMETER", "lambda") => "InvalidParameterValueException",
        ("INVALID_PARAMETER", _) => "ValidationException",
        (code, _) => code,
    }
}
