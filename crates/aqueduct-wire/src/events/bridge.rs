//! EventBridge's actions, by the name in `X-Amz-Target`.

use aqueduct_services::ApiError;
use aqueduct_services::events::Request;
use bytes::Bytes;
use http::request::Parts;

use crate::codec::Codec;
use crate::{json, route};

/// What the targets of this API start with. The custom event buses of September 2026 have an API of their own.
const PREFIX: &str = "AWSEvents.";

/// Reads a request.
pub(super) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_signed_for_new = || route::signed_for(parts).is_some_and(|service| service == "eventsv2");
    if !target.starts_with(PREFIX) && (!target.is_empty() || is_signed_for_new()) {
        let what = "the API of EventBridge's new custom event buses (eventsv2), only that of the classic ones";
        return Err(ApiError::not_modelled(what));
    }
    Ok(match codec.action.as_str() {
        "CreateEventBus" => Request::CreateEventBus(json::read(body)?),
        "DeleteEventBus" => Request::DeleteEventBus(json::read(body)?),
        "DescribeEventBus" => Request::DescribeEventBus(json::read(body)?),
        "ListEventBuses" => Request::ListEventBuses(json::read(body)?),
        "UpdateEventBus" => Request::UpdateEventBus(json::read(body)?),
        "PutPermission" => Request::PutPermission(json::read(body)?),
        "RemovePermission" => Request::RemovePermission(json::read(body)?),
        "TagResource" => Request::TagResource(json::read(body)?),
        "UntagResource" => Request::UntagResource(json::read(body)?),
        "ListTagsForResource" => Request::ListTagsForResource(json::read(body)?),
        "PutRule" => Request::PutRule(json::read(body)?),
        "DeleteRule" => Request::DeleteRule(json::read(body)?),
        "DescribeRule" => Request::DescribeRule(json::read(body)?),
        "ListRules" => Request::ListRules(json::read(body)?),
        "ListRuleNamesByTarget" => Request::ListRuleNamesByTarget(json::read(body)?),
        "EnableRule" => Request::EnableRule(json::read(body)?),
        "DisableRule" => Request::DisableRule(json::read(body)?),
        "PutTargets" => Request::PutTargets(json::read(body)?),
        "RemoveTargets" => Request::RemoveTargets(json::read(body)?),
        "ListTargetsByRule" => Request::ListTargetsByRule(json::read(body)?),
        "PutEvents" => Request::PutEvents(json::read(body)?),
        "TestEventPattern" => Request::TestEventPattern(json::read(body)?),
        "CreateArchive" => Request::CreateArchive(json::read(body)?),
        "DeleteArchive" => Request::DeleteArchive(json::read(body)?),
        "DescribeArchive" => Request::DescribeArchive(json::read(body)?),
        "ListArchives" => Request::ListArchives(json::read(body)?),
        "UpdateArchive" => Request::UpdateArchive(json::read(body)?),
        "StartReplay" => Request::StartReplay(json::read(body)?),
        "CancelReplay" => Request::CancelReplay(json::read(body)?),
        "DescribeReplay" => Request::DescribeReplay(json::read(body)?),
        "ListReplays" => Request::ListReplays(json::read(body)?),
        _ => return Err(codec.unknown()),
    })
}
