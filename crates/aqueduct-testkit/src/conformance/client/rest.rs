//! REST with JSON bodies: Lambda and EventBridge Scheduler.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>,
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{Refusal, Service, built, header, json};

/// Action, method, path and the members that go into the query with their names there. Members that neither path nor query
/// nor a header takes are the body.
type Route = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const QUALIFIER: (&str, &str) = ("Qualifier", "Qualifier");
const MARKER: (&str, &str) = ("Marker", "Marker");
const MAX_ITEMS: (&str, &str) = ("MaxItems", "MaxItems");
const REVISION: (&str, &str) = ("RevisionId", "RevisionId");

const LAMBDA: &[Route] = &[
    ("CreateFunction", "POST", "/2015-03-31/functions", &[]),
    ("ListFunctions", "GET", "/2015-03-31/functions", &[("FunctionVersion", "FunctionVersion"), MARKER, MAX_ITEMS]),
    ("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", &[QUALIFIER]),
    ("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}", &[QUALIFIER]),
    ("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration", &[QUALIFIER]),
    ("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration", &[]),
    ("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code", &[]),
    ("Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations", &[QUALIFIER]),
    ("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency", &[]),
    ("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency", &[]),
    ("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", &[]),
    ("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy", &[QUALIFIER]),
    ("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy", &[QUALIFIER]),
    ("RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", &[QUALIFIER, REVISION]),
    ("PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions", &[]),
    ("ListVersionsByFunction", "GET", "/2015-03-31/functions/{FunctionName}/versions", &[MARKER, MAX_ITEMS]),
    ("CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases", &[]),
    ("ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases", &[MARKER, MAX_ITEMS]),
    ("GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    ("UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    ("DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", &[]),
    ("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", &[QUALIFIER]),
    (
        "UpdateFunctionEventInvokeConfig",
        "POST",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    ("GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", &[QUALIFIER]),
    (
        "DeleteFunctionEventInvokeConfig",
        "DELETE",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        &[QUALIFIER],
    ),
    (
        "ListFunctionEventInvokeConfigs",
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
        &[MARKER, MAX_ITEMS],
    ),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url", &[QUALIFIER]),
    ("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url", &[QUALIFIER]),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url", &[QUALIFIER]),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url", &[QUALIFIER]),
    ("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls", &[MARKER, MAX_ITEMS]),
    ("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config", &[]),
    ("GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{FunctionName}/recursion-config", &[]),
    ("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings", &[]),
    (
        "ListEventSourceMappings",
        "GET",
        "/2015-03-31/event-source-mappings",
        &[("EventSourceArn", "EventSourceArn"), ("FunctionName", "FunctionName"), MARKER, MAX_ITEMS],
    ),
    ("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    ("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    ("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}", &[]),
    ("GetAccountSettings", "GET", "/2016-08-19/account-settings", &[]),
    ("ListTags", "GET", "/2017-03-31/tags/{Resource}", &[]),
    ("TagResource", "POST", "/2017-03-31/tags/{Resource}", &[]),
    ("UntagResource", "DELETE", "/2017-03-31/tags/{Resource}", &[("TagKeys", "tagKeys")]),
];

const NEXT_TOKEN: (&str, &str) = ("NextToken", "NextToken");
const MAX_RESULTS: (&str, &str) = ("MaxResults", "MaxResults");
const NAME_PREFIX: (&str, &str) = ("NamePrefix", "NamePrefix");
const GROUP: (&str, &str) = ("GroupName", "groupName");
const CLIENT_TOKEN: (&str, &str) = ("ClientToken", "clientToken");

const SCHEDULER: &[Route] = &[
    ("CreateSchedule", "POST", "/schedules/{Name}", &[]),
    ("UpdateSchedule", "PUT", "/schedules/{Name}", &[]),
    ("GetSchedule", "GET", "/schedules/{Name}", &[GROUP]),
    ("DeleteSchedule", "DELETE", "/schedules/{Name}", &[GROUP, CLIENT_TOKEN]),
    (
        "ListSchedules",
        "GET",
        "/schedules",
        &[("GroupName", "ScheduleGroup"), NAME_PREFIX, ("State", "State"), NEXT_TOKEN, MAX_RESULTS],
    ),
    ("CreateScheduleGroup", "POST", "/schedule-groups/{Name}", &[]),
    ("GetScheduleGroup", "GET", "/schedule-groups/{Name}", &[]),
    ("DeleteScheduleGroup", "DELETE", "/schedule-groups/{Name}", &[CLIENT_TOKEN]),
    ("ListScheduleGroups", "GET", "/schedule-groups", &[NAME_PREFIX, NEXT_TOKEN, MAX_RESULTS]),
    ("TagResource", "POST", "/tags/{ResourceArn}", &[]),
    ("UntagResource", "DELETE", "/tags/{ResourceArn}", &[("TagKeys", "TagKeys")]),
    ("ListTagsForResource", "GET", "/tags/{ResourceArn}", &[]),
];

/// Members of `Invoke` that are headers.
const HEADERS: [(&str, &str); 3] = [
    ("InvocationType", "x-amz-invocation-type"),
    ("LogType", "x-amz-log-type"),
    ("ClientContext", "x-amz-client-context"),
];

pub(super) fn request(service: Service, action: &str, input: &Value) -> Result<http::Request<Bytes>, String> {
    let routes = if service == Service::Lambda { LAMBDA } else { SCHEDULER };
    let (_, method, path, query) = routes
        .iter()
        .find(|(name, ..)| *name == action)
        .ok_or_else(|| format!("the suite does not know the path of {}:{action}", service.name()))?;
    let mut members = input.as_object().cloned().unwrap_or_default();
    let mut uri = filled(path, &mut members)?;
    append_query(&mut uri, query, &mut members);
    let mut request = http::Request::builder().method(*method).uri(uri);
    if action == "Invoke" {
        for (member, name) in HEADERS {
            if let Some(value) = members.shift_remove(member) {
                request = request.header(name, text(&value));
            }
        }
    }
    let body = match action {
        "Invoke" => members.get("Payload").map(text).unwrap_or_default().into_bytes(),
        _ if members.is_empty() && matches!(*method, "GET" | "DELETE") => Vec::new(),
        _ => Value::Object(members).to_string().into_bytes(),
    };
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    built(request.header(CONTENT_LENGTH, body.len()), body)
}

/// The path with its `{…}` taken out of the members.
fn filled(path: &str, members: &mut Map<String, Value>) -> Result<String, String> {
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        None => Ok(segment.to_owned()),
        Some(name) => {
            let value = members.shift_remove(name).ok_or_else(|| format!("the input lacks {name}"))?;
            Ok(escaped(&text(&value)))
        }
    };
    Ok(path.split('/').map(segment).collect::<Result<Vec<_>, String>>()?.join("/"))
}

fn append_query(uri: &mut String, query: &[(&str, &str)], members: &mut Map<String, Value>) {
    for (member, name) in query {
        let Some(value) = members.shift_remove(*member) else { continue };
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        for value in values {
            let mark = if uri.contains('?') { '&' } else { '?' };
            let _ = write!(uri, "{mark}{name}={}", escaped(&text(&value)));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

pub(super) fn answer(action: &str, response: &http::Response<Bytes>) -> Result<Result<Value, Refusal>, String> {
    if !response.status().is_success() {
        let body = json::read(response).unwrap_or_default();
        return Ok(Err(json::refusal(response, &body)));
    }
    if action != "Invoke" {
        return json::read(response).map(Ok);
    }
    let mut output = Map::new();
    output.insert("StatusCode".to_owned(), response.status().as_u16().into());
    output.insert("Payload".to_owned(), String::from_utf8_lossy(response.body()).into());
    let headers = [
        ("FunctionError", "x-amz-function-error"),
        ("ExecutedVersion", "x-amz-executed-version"),
        ("LogResult", "x-amz-log-result"),
    ];
    for (member, name) in headers {
        if let Some(value) = header(response, name) {
            output.insert(member.to_owned(), value.into());
        }
    }
    Ok(Ok(Value::Object(output)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(service: Service, action: &str, input: &Value) -> (String, String) {
        let request = request(service, action, input).unwrap();
        let line = format!("{} {}", request.method(), request.uri());
        (line, String::from_utf8(request.into_body().to_vec()).unwrap())
    }

    #[test]
    fn members_are_in_path_query_header_and_body() {
        let invoke =
            json!({ "FunctionName": "a:b", "Qualifier": "1", "InvocationType": "Event", "Payload": { "a": 1 } });
        let (line, body) = written(Service::Lambda, "Invoke", &invoke);
        assert_eq!(line, "POST /2015-03-31/functions/a%3Ab/invocations?Qualifier=1");
        assert_eq!(body, r#"{"a":1}"#);
        let (line, body) = written(Service::Scheduler, "CreateSchedule", &json!({ "Name": "n", "State": "DISABLED" }));
        assert_eq!((line.as_str(), body.as_str()), ("POST /schedules/n", r#"{"State":"DISABLED"}"#));
        let untag = json!({ "Resource": "arn", "TagKeys": ["a", "b"] });
        let (line, body) = written(Service::Lambda, "UntagResource", &untag);
        assert_eq!((line.as_str(), body.as_str()), ("DELETE /2017-03-31/tags/arn?tagKeys=a&tagKeys=b", ""));
    }

    #[test]
    fn an_action_without_a_path_is_told() {
        assert!(request(Service::Lambda, "CreateCodeSigningConfig", &json!({})).is_err());
        assert_eq!(request(Service::Lambda, "Invoke", &json!({})).unwrap_err(), "the input lacks FunctionName");
    }
}
