//! EventBridge Scheduler's actions, by method and path.

use aqueduct_services::events::{
    CreateSchedule, CreateScheduleGroup, ListScheduleGroups, ListSchedules, ListTags, NamedSchedule,
    NamedScheduleGroup, Request, Tag, TagResource, UntagResource,
};
use aqueduct_services::{ApiError, Arn};
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::json;
use crate::query::Form;

/// The body of `TagResource`, whose ARN is in the path.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tags {
    tags: Vec<Tag>,
}

/// Reads a request.
pub(super) fn decode(parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    // ARNs in paths have slashes of their own, escaped.
    let raw: Vec<&str> = parts.uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let segments: Vec<String> =
        raw.iter().map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = Form::of(parts, b"");
    match segments.as_slice() {
        ["schedules"] if parts.method == Method::GET => list_schedules(&query),
        ["schedules", name] => schedule(&parts.method, name, &query, body),
        ["schedule-groups"] if parts.method == Method::GET => list_groups(&query),
        ["schedule-groups", name] => group(&parts.method, name, body),
        ["tags", arn @ ..] if !arn.is_empty() => tags(parts, &Arn::new(arn.join("/")), body),
        _ => Err(unknown(&parts.method, parts.uri.path())),
    }
}

fn unknown(method: &Method, path: &str) -> ApiError {
    ApiError::not_modelled(&format!("the EventBridge Scheduler call {method} {path}"))
}

fn schedule(method: &Method, name: &str, query: &Form, body: &Bytes) -> Result<Request, ApiError> {
    let named = || NamedSchedule { name: name.to_owned(), group_name: query.text("groupName").map(str::to_owned) };
    let whole = || -> Result<Box<CreateSchedule>, ApiError> {
        Ok(Box::new(CreateSchedule { name: name.to_owned(), ..json::read(body)? }))
    };
    match *method {
        Method::GET => Ok(Request::GetSchedule(named())),
        Method::DELETE => Ok(Request::DeleteSchedule(named())),
        Method::POST => Ok(Request::CreateSchedule(whole()?)),
        Method::PUT => Ok(Request::UpdateSchedule(whole()?)),
        _ => Err(unknown(method, "/schedules")),
    }
}

fn group(method: &Method, name: &str, body: &Bytes) -> Result<Request, ApiError> {
    let named = NamedScheduleGroup { name: name.to_owned() };
    match *method {
        Method::GET => Ok(Request::GetScheduleGroup(named)),
        Method::DELETE => Ok(Request::DeleteScheduleGroup(named)),
        Method::POST => {
            let request = CreateScheduleGroup { name: named.name, ..json::read(body)? };
            Ok(Request::CreateScheduleGroup(request))
        }
        _ => Err(unknown(method, "/schedule-groups")),
    }
}

fn tags(parts: &Parts, arn: &Arn, body: &Bytes) -> Result<Request, ApiError> {
    let resource = arn.clone();
    match parts.method {
        Method::GET => Ok(Request::ListScheduleGroupTags(ListTags { resource })),
        Method::POST => {
            let Tags { tags } = json::read(body)?;
            Ok(Request::TagScheduleGroup(TagResource { resource, tags }))
        }
        Method::DELETE => {
            let tag_keys = tag_keys(parts);
            Ok(Request::UntagScheduleGroup(UntagResource { resource, tag_keys }))
        }
        _ => Err(unknown(&parts.method, "/tags")),
    }
}

/// `TagKeys=a&TagKeys=b`: one parameter for each key.
fn tag_keys(parts: &Parts) -> Vec<String> {
    let pairs = parts.uri.query().unwrap_or_default().split('&');
    let keys = pairs.filter_map(|pair| pair.strip_prefix("TagKeys="));
    keys.map(|key| percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()).collect()
}

fn list_schedules(query: &Form) -> Result<Request, ApiError> {
    let text = |name: &str| query.text(name).map(str::to_owned);
    Ok(Request::ListSchedules(ListSchedules {
        group_name: text("ScheduleGroup"),
        name_prefix: text("NamePrefix"),
        state: text("State"),
        max_results: number(query, "MaxResults")?,
        next_token: text("NextToken"),
    }))
}

fn list_groups(query: &Form) -> Result<Request, ApiError> {
    let text = |name: &str| query.text(name).map(str::to_owned);
    Ok(Request::ListScheduleGroups(ListScheduleGroups {
        name_prefix: text("NamePrefix"),
        max_results: number(query, "MaxResults")?,
        next_token: text("NextToken"),
    }))
}

fn number(query: &Form, name: &str) -> Result<Option<u32>, ApiError> {
    let number = query.text(name).map(str::parse).transpose();
    number.map_err(|_| ApiError::sender("ValidationException", format!("{name} is not a number.")))
}
