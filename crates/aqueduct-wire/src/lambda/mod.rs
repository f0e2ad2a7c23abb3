//! The wire of Lambda: REST with JSON bodies.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>

use aqueduct_services::lambda::{Page, Request, Response};
use aqueduct_services::{ApiError, Arn};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::codec::Codec;
use crate::json;

mod describe;
mod event_invoke;
mod event_stream;
mod function;
mod invoke;
mod mapping;
mod permission;
mod url;

pub use event_stream::payload_chunk;

/// The longest body of a request that brings code, in bytes.
///
/// Source: LocalStack's AWS-validated test `TestLambdaSizeLimits::test_oversized_request_create_lambda`
const CODE_BODY_MAX: usize = 70_167_211;

/// Reads a request.
pub(crate) fn decode(_: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let segments: Vec<String> = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    refuse_qualifier(parts)?;
    // The first segment is the API's date; a later one never changed the shapes of the modelled actions.
    match segments.get(1..).unwrap_or_default() {
        ["functions", rest @ ..] => function_request(parts, rest, body),
        ["event-source-mappings", rest @ ..] => mapping_request(parts, rest, body),
        ["account-settings"] if parts.method == Method::GET => Ok(Request::GetAccountSettings),
        ["tags", resource] => tag_request(parts, resource, body),
        _ => Err(unknown(parts)),
    }
}

/// Whether a request may be as long as code is.
pub(crate) fn brings_code(parts: &Parts) -> bool {
    let path = parts.uri.path().trim_end_matches('/');
    path.ends_with("/functions") || path.ends_with("/code")
}

/// The body of such a request.
pub(crate) fn code_body(body: &Bytes) -> Result<Bytes, ApiError> {
    if body.len() <= CODE_BODY_MAX {
        return Ok(body.clone());
    }
    let message = format!("Request must be smaller than {CODE_BODY_MAX} bytes for the CreateFunction operation");
    Err(ApiError::sender("RequestEntityTooLargeException", message).with_status(413))
}

fn function_request(parts: &Parts, path: &[&str], body: &Bytes) -> Result<Request, ApiError> {
    let method = &parts.method;
    let (function, action) = match path {
        [] if method == Method::GET => return function::list(parts),
        [] if method == Method::POST => return function::create(body),
        [] => return Err(unknown(parts)),
        [name, action @ ..] => ((*name).to_owned(), action),
    };
    let is = |wanted: Method| *method == wanted;
    match action {
        [] if is(Method::GET) => Ok(Request::GetFunction { function }),
        [] if is(Method::DELETE) => Ok(Request::DeleteFunction { function }),
        ["configuration"] if is(Method::GET) => Ok(Request::GetFunctionConfiguration { function }),
        ["configuration"] if is(Method::PUT) => function::update(function, body),
        ["code"] if is(Method::PUT) => function::update_code(function, body),
        ["versions"] if is(Method::GET) => Ok(Request::ListVersionsByFunction { function }),
        ["versions"] if is(Method::POST) => Err(ApiError::not_modelled("the Lambda action PublishVersion")),
        ["aliases", ..] => Err(ApiError::not_modelled("aliases of functions")),
        ["code-signing-config"] if is(Method::GET) => Ok(Request::GetFunctionCodeSigningConfig { function }),
        ["invocations"] if is(Method::POST) => invoke::invoke(function, parts, body),
        ["response-streaming-invocations"] if is(Method::POST) => invoke::streamed(function, parts, body),
        ["invoke-async"] => {
            Err(ApiError::not_modelled("the Lambda action InvokeAsync; use Invoke with the invocation type Event"))
        }
        action => function_trigger_request(parts, function, action, body),
    }
}

/// Requests about what invokes a function, and what becomes of that.
fn function_trigger_request(
    parts: &Parts,
    function: String,
    action: &[&str],
    body: &Bytes,
) -> Result<Request, ApiError> {
    let is = |wanted: Method| parts.method == wanted;
    match action {
        ["concurrency"] if is(Method::GET) => Ok(Request::GetFunctionConcurrency { function }),
        ["concurrency"] if is(Method::DELETE) => Ok(Request::DeleteFunctionConcurrency { function }),
        ["concurrency"] if is(Method::PUT) => {
            let input: PutConcurrency = json::read(body)?;
            let reserved = required(input.reserved_concurrent_executions, "reservedConcurrentExecutions")?;
            Ok(Request::PutFunctionConcurrency { function, reserved })
        }
        ["recursion-config"] if is(Method::GET) => Ok(Request::GetFunctionRecursionConfig { function }),
        ["recursion-config"] if is(Method::PUT) => {
            let input: PutRecursion = json::read(body)?;
            let recursive_loop = required(input.recursive_loop, "recursiveLoop")?;
            Ok(Request::PutFunctionRecursionConfig { function, recursive_loop })
        }
        ["event-invoke-config", "list"] if is(Method::GET) => Ok(Request::ListFunctionEventInvokeConfigs { function }),
        ["event-invoke-config"] if is(Method::GET) => Ok(Request::GetFunctionEventInvokeConfig { function }),
        ["event-invoke-config"] if is(Method::DELETE) => Ok(Request::DeleteFunctionEventInvokeConfig { function }),
        ["event-invoke-config"] if is(Method::PUT) => {
            event_invoke::read(function, body).map(Request::PutFunctionEventInvokeConfig)
        }
        ["event-invoke-config"] if is(Method::POST) => {
            event_invoke::read(function, body).map(Request::UpdateFunctionEventInvokeConfig)
        }
        ["policy"] if is(Method::GET) => Ok(Request::GetPolicy { function }),
        ["policy"] if is(Method::POST) => permission::add(function, body),
        ["policy", sid] if is(Method::DELETE) => {
            let revision = query(parts, "RevisionId");
            Ok(Request::RemovePermission { function, statement_id: (*sid).to_owned(), revision })
        }
        ["url"] if is(Method::GET) => Ok(Request::GetFunctionUrlConfig { function }),
        ["url"] if is(Method::POST) => url::read(function, body).map(Request::CreateFunctionUrlConfig),
        ["url"] if is(Method::PUT) => url::read(function, body).map(Request::UpdateFunctionUrlConfig),
        ["url"] if is(Method::DELETE) => Ok(Request::DeleteFunctionUrlConfig { function }),
        ["urls"] if is(Method::GET) => Ok(Request::ListFunctionUrlConfigs { function }),
        _ => Err(unknown(parts)),
    }
}

fn mapping_request(parts: &Parts, path: &[&str], body: &Bytes) -> Result<Request, ApiError> {
    let method = &parts.method;
    match path {
        [] if method == Method::GET => Ok(Request::ListEventSourceMappings {
            function: query(parts, "FunctionName"),
            source: query(parts, "EventSourceArn").map(Arn::new),
            page: page(parts)?,
        }),
        [] if method == Method::POST => mapping::create(body),
        [uuid] if method == Method::GET => Ok(Request::GetEventSourceMapping { uuid: (*uuid).to_owned() }),
        [uuid] if method == Method::PUT => mapping::update(uuid, body),
        [uuid] if method == Method::DELETE => Ok(Request::DeleteEventSourceMapping { uuid: (*uuid).to_owned() }),
        _ => Err(unknown(parts)),
    }
}

fn tag_request(parts: &Parts, resource: &str, body: &Bytes) -> Result<Request, ApiError> {
    let resource = resource.to_owned();
    if parts.method == Method::GET {
        return Ok(Request::ListTags { resource });
    }
    if parts.method == Method::POST {
        let input: TagInput = json::read(body)?;
        return Ok(Request::TagResource { resource, tags: input.tags });
    }
    if parts.method == Method::DELETE {
        return Ok(Request::UntagResource { resource, keys: queries(parts, "tagKeys").collect() });
    }
    Err(unknown(parts))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutConcurrency {
    reserved_concurrent_executions: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutRecursion {
    recursive_loop: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagInput {
    tags: std::collections::BTreeMap<String, String>,
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: Response, request_id: &str) -> http::Response<Bytes> {
    let (status, body) = match response {
        Response::Invoked(invoked) => return invoke::answer(codec, invoked, request_id),
        Response::Empty => return codec.empty(StatusCode::NO_CONTENT, request_id),
        Response::Functions { functions, next } => (StatusCode::OK, describe::functions(&functions, next)),
        Response::Versions(functions) => (StatusCode::OK, describe::versions(&functions)),
        Response::Function(function) => (StatusCode::OK, describe::function(&function)),
        Response::FunctionCreated(function) => (StatusCode::CREATED, describe::configuration(&function)),
        Response::Configuration(function) => (StatusCode::OK, describe::configuration(&function)),
        Response::CodeSigning(function) => (StatusCode::OK, json!({ "FunctionName": function })),
        Response::AccountSettings(settings) => (StatusCode::OK, describe::account(settings)),
        Response::Concurrency(None) => (StatusCode::OK, json!({})),
        Response::Concurrency(Some(reserved)) => (StatusCode::OK, json!({ "ReservedConcurrentExecutions": reserved })),
        Response::RecursiveLoop(setting) => (StatusCode::OK, json!({ "RecursiveLoop": setting })),
        Response::EventInvoke(set) => (StatusCode::OK, event_invoke::written(&set)),
        Response::EventInvokes(sets) => (
            StatusCode::OK,
            json!({ "FunctionEventInvokeConfigs": sets.iter().map(event_invoke::written).collect::<Vec<_>>() }),
        ),
        Response::MappingAccepted(description) => (StatusCode::ACCEPTED, mapping::written(&description)),
        Response::Mapping(description) => (StatusCode::OK, mapping::written(&description)),
        Response::Mappings { mappings, next } => (StatusCode::OK, mapping::list(&mappings, next)),
        Response::Statement(statement) => (StatusCode::CREATED, json!({ "Statement": statement })),
        Response::Policy { policy, revision } => (StatusCode::OK, json!({ "Policy": policy, "RevisionId": revision })),
        Response::UrlCreated(description) => (StatusCode::CREATED, url::written(&description)),
        Response::Url(description) => (StatusCode::OK, url::written(&description)),
        Response::Urls(urls) => {
            (StatusCode::OK, json!({ "FunctionUrlConfigs": urls.iter().map(url::written).collect::<Vec<_>>() }))
        }
        Response::Tags(tags) => (StatusCode::OK, json!({ "Tags": tags })),
        other => {
            let error = ApiError::not_modelled(&format!("the Lambda answer {other:?} on the wire"));
            return codec.refusal(&error, request_id);
        }
    };
    codec.answer(status, request_id, body.to_string().into())
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    queries(parts, name).next()
}

fn queries<'a>(parts: &'a Parts, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let pairs = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    // A `+` in a query is a space.
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| decoded(&value.replace('+', "%20")))
}

fn page(parts: &Parts) -> Result<Page, ApiError> {
    let items_max = query(parts, "MaxItems").map(|text| {
        let unreadable = |_| ApiError::sender("SerializationException", format!("MaxItems is no number: {text}"));
        text.parse().map_err(unreadable)
    });
    Ok(Page { marker: query(parts, "Marker"), items_max: items_max.transpose()? })
}

fn refuse_qualifier(parts: &Parts) -> Result<(), ApiError> {
    match query(parts, "Qualifier").as_deref() {
        None | Some("$LATEST") => Ok(()),
        Some(_) => Err(ApiError::not_modelled("versions and aliases of functions")),
    }
}

/// Members that the embedded cloud does not know are refused, unless they are empty.
fn refuse_others(others: &Map<String, Value>, action: &str) -> Result<(), ApiError> {
    match others.iter().find(|(_, value)| !is_empty(value)) {
        None => Ok(()),
        Some((name, _)) => Err(ApiError::not_modelled(&format!("{name} of the Lambda action {action}"))),
    }
}

/// Whether a value says nothing: also one whose members say nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

fn required<T>(value: Option<T>, member: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| {
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        );
        ApiError::sender("ValidationException", message)
    })
}

fn unknown(parts: &Parts) -> ApiError {
    ApiError::not_modelled(&format!("the Lambda request {} {}", parts.method, parts.uri.path()))
}

#[cfg(test)]
mod tests;
