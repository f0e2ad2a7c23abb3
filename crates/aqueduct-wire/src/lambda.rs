//! The wire of Lambda: REST with JSON bodies.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_services::lambda::{
    AddPermission, CreateMapping, FunctionDescription, InvocationKind, Invoke, Invoked, MappingChange,
    MappingDescription, Request, Response, UpdateFunction, UrlDescription,
};
use aqueduct_services::{ApiError, Arn};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::codec::Codec;
use crate::json;

/// Reads a request.
pub(crate) fn decode(_: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let segments: Vec<String> = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    refuse_qualifier(parts)?;
    // The first segment is the API's date; a later one never changed the shapes of the modelled actions.
    match segments.get(1..).unwrap_or_default() {
        ["functions", rest @ ..] => function_request(parts, rest, body),
        ["event-source-mappings", rest @ ..] => mapping_request(parts, rest, body),
        _ => Err(unknown(parts)),
    }
}

fn function_request(parts: &Parts, path: &[&str], body: &Bytes) -> Result<Request, ApiError> {
    let method = &parts.method;
    let (name, action) = match path {
        [] if method == Method::GET => return Ok(Request::ListFunctions),
        [] if method == Method::POST => return Err(ApiError::not_modelled("the Lambda action CreateFunction")),
        [] => return Err(unknown(parts)),
        [name, action @ ..] => ((*name).to_owned(), action),
    };
    let is = |wanted: Method| *method == wanted;
    match action {
        [] if is(Method::GET) => Ok(Request::GetFunction { function: name }),
        ["configuration"] if is(Method::GET) => Ok(Request::GetFunctionConfiguration { function: name }),
        ["configuration"] if is(Method::PUT) => update_function(name, body),
        ["invocations"] if is(Method::POST) => invoke(name, parts, body),
        ["concurrency"] if is(Method::GET) => Ok(Request::GetFunctionConcurrency { function: name }),
        ["concurrency"] if is(Method::DELETE) => Ok(Request::DeleteFunctionConcurrency { function: name }),
        ["concurrency"] if is(Method::PUT) => {
            let input: PutConcurrency = json::read(body)?;
            let reserved = required(input.reserved_concurrent_executions, "ReservedConcurrentExecutions")?;
            Ok(Request::PutFunctionConcurrency { function: name, reserved })
        }
        ["policy"] if is(Method::GET) => Ok(Request::GetPolicy { function: name }),
        ["policy"] if is(Method::POST) => add_permission(name, body),
        ["policy", sid] if is(Method::DELETE) => {
            Ok(Request::RemovePermission { function: name, statement_id: (*sid).to_owned() })
        }
        ["url"] if is(Method::GET) => Ok(Request::GetFunctionUrlConfig { function: name }),
        _ => Err(unknown(parts)),
    }
}

fn mapping_request(parts: &Parts, path: &[&str], body: &Bytes) -> Result<Request, ApiError> {
    let method = &parts.method;
    match path {
        [] if method == Method::GET => Ok(Request::ListEventSourceMappings {
            function: query(parts, "FunctionName"),
            source: query(parts, "EventSourceArn").map(Arn::new),
        }),
        [] if method == Method::POST => create_mapping(body),
        [uuid] if method == Method::GET => Ok(Request::GetEventSourceMapping { uuid: (*uuid).to_owned() }),
        [uuid] if method == Method::PUT => update_mapping(uuid, body),
        [uuid] if method == Method::DELETE => Ok(Request::DeleteEventSourceMapping { uuid: (*uuid).to_owned() }),
        _ => Err(unknown(parts)),
    }
}

fn invoke(function: String, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-amz-log-type").is_some_and(|log| log != "None") {
        return Err(ApiError::not_modelled("the log tail of an invocation; leave LogType out"));
    }
    if header("x-amz-client-context").is_some() {
        return Err(ApiError::not_modelled("the client context of an invocation"));
    }
    let kind = match header("x-amz-invocation-type") {
        None | Some("RequestResponse") => InvocationKind::Synchronous,
        Some("Event") => InvocationKind::Asynchronous,
        Some("DryRun") => InvocationKind::DryRun,
        Some(other) => return Err(invalid(format!("Value '{other}' at 'invocationType' is not an invocation type"))),
    };
    let payload = std::str::from_utf8(body).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        ApiError::sender("InvalidRequestContentException", message)
    })?;
    Ok(Request::Invoke(Invoke { function, kind, payload: payload.to_owned() }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutConcurrency {
    reserved_concurrent_executions: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FunctionUpdate {
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<Environment>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<String, String>,
}

fn update_function(function: String, body: &Bytes) -> Result<Request, ApiError> {
    let input: FunctionUpdate = json::read(body)?;
    refuse_others(&input.others, "UpdateFunctionConfiguration")?;
    Ok(Request::UpdateFunctionConfiguration(UpdateFunction {
        function,
        timeout: input.timeout,
        memory_mb: input.memory_size,
        environment: input.environment.map(|environment| environment.variables),
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Permission {
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    source_arn: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

fn add_permission(function: String, body: &Bytes) -> Result<Request, ApiError> {
    let input: Permission = json::read(body)?;
    refuse_others(&input.others, "AddPermission")?;
    Ok(Request::AddPermission(AddPermission {
        function,
        statement_id: required(input.statement_id, "StatementId")?,
        action: required(input.action, "Action")?,
        principal: required(input.principal, "Principal")?,
        source_arn: input.source_arn,
    }))
}

/// What creating and updating a mapping share.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MappingInput {
    function_name: Option<String>,
    event_source_arn: Option<String>,
    enabled: Option<bool>,
    batch_size: Option<u32>,
    maximum_batching_window_in_seconds: Option<u32>,
    scaling_config: Option<ScalingConfig>,
    function_response_types: Option<Vec<String>>,
    filter_criteria: Option<FilterCriteria>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ScalingConfig {
    maximum_concurrency: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Filter {
    pattern: String,
}

impl MappingInput {
    fn reports(&self) -> Option<bool> {
        let types = self.function_response_types.as_ref()?;
        Some(types.iter().any(|kind| kind == "ReportBatchItemFailures"))
    }

    fn filters(&mut self) -> Option<Vec<String>> {
        let criteria = self.filter_criteria.take()?;
        Some(criteria.filters.into_iter().map(|filter| filter.pattern).collect())
    }
}

fn create_mapping(body: &Bytes) -> Result<Request, ApiError> {
    let mut input: MappingInput = json::read(body)?;
    refuse_others(&input.others, "CreateEventSourceMapping")?;
    Ok(Request::CreateEventSourceMapping(CreateMapping {
        reports_batch_item_failures: input.reports().unwrap_or(false),
        filters: input.filters().unwrap_or_default(),
        function: required(input.function_name, "FunctionName")?,
        source: Arn::new(required(input.event_source_arn, "EventSourceArn")?),
        enabled: input.enabled,
        batch_size: input.batch_size,
        window: input.maximum_batching_window_in_seconds,
        concurrency_max: input.scaling_config.and_then(|scaling| scaling.maximum_concurrency),
    }))
}

fn update_mapping(uuid: &str, body: &Bytes) -> Result<Request, ApiError> {
    let mut input: MappingInput = json::read(body)?;
    refuse_others(&input.others, "UpdateEventSourceMapping")?;
    if input.function_name.is_some() {
        return Err(ApiError::not_modelled("a mapping that changes its function"));
    }
    let change = MappingChange {
        reports_batch_item_failures: input.reports(),
        filters: input.filters(),
        enabled: input.enabled,
        batch_size: input.batch_size,
        window: input.maximum_batching_window_in_seconds,
        concurrency_max: input.scaling_config.map(|scaling| scaling.maximum_concurrency),
    };
    Ok(Request::UpdateEventSourceMapping { uuid: uuid.to_owned(), change })
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: Response, request_id: &str) -> http::Response<Bytes> {
    let (status, body) = match response {
        Response::Invoked(invoked) => return invoked_response(codec, invoked, request_id),
        Response::Empty => return codec.empty(StatusCode::NO_CONTENT, request_id),
        Response::Functions(functions) => {
            (StatusCode::OK, json!({ "Functions": functions.iter().map(configuration).collect::<Vec<_>>() }))
        }
        Response::Function(function) => (StatusCode::OK, function_body(&function)),
        Response::Configuration(function) => (StatusCode::OK, configuration(&function)),
        Response::Concurrency(None) => (StatusCode::OK, json!({})),
        Response::Concurrency(Some(reserved)) => (StatusCode::OK, json!({ "ReservedConcurrentExecutions": reserved })),
        Response::MappingAccepted(description) => (StatusCode::ACCEPTED, mapping(&description)),
        Response::Mapping(description) => (StatusCode::OK, mapping(&description)),
        Response::Mappings(descriptions) => {
            (StatusCode::OK, json!({ "EventSourceMappings": descriptions.iter().map(mapping).collect::<Vec<_>>() }))
        }
        Response::Statement(statement) => (StatusCode::CREATED, json!({ "Statement": statement })),
        Response::Policy(policy) => (StatusCode::OK, json!({ "Policy": policy })),
        Response::Url(description) => (StatusCode::OK, url_config(&description)),
        other => {
            let error = ApiError::not_modelled(&format!("the Lambda answer {other:?} on the wire"));
            return codec.refusal(&error, request_id);
        }
    };
    codec.answer(status, request_id, body.to_string().into())
}

fn invoked_response(codec: &Codec, invoked: Invoked, request_id: &str) -> http::Response<Bytes> {
    let status = StatusCode::from_u16(invoked.status).unwrap_or(StatusCode::OK);
    let mut response = codec.answer(status, request_id, invoked.payload.into());
    let headers = response.headers_mut();
    if status == StatusCode::OK {
        headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    }
    if let Some(error) = invoked.function_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static(error));
    }
    response
}

fn function_body(function: &FunctionDescription) -> Value {
    let mut body = json!({ "Configuration": configuration(function) });
    if let Some(reserved) = function.reserved {
        body["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    body
}

fn configuration(function: &FunctionDescription) -> Value {
    let mut body = json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Timeout": function.timeout,
        "MemorySize": function.memory_mb,
        "LastModified": function.last_modified(),
        "Version": "$LATEST",
        "Environment": { "Variables": function.environment },
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    for (name, value) in [("Runtime", &function.runtime), ("Handler", &function.handler)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if let Some(target) = &function.dead_letter {
        body["DeadLetterConfig"] = json!({ "TargetArn": target });
    }
    body
}

fn mapping(description: &MappingDescription) -> Value {
    let response_types: &[&str] =
        if description.reports_batch_item_failures { &["ReportBatchItemFailures"] } else { &[] };
    let mut body = json!({
        "UUID": description.uuid,
        "EventSourceArn": description.source,
        "FunctionArn": description.function,
        "BatchSize": description.batch_size,
        "MaximumBatchingWindowInSeconds": description.window,
        "FunctionResponseTypes": response_types,
        "LastModified": description.modified.as_secs(),
        "State": description.state,
        "StateTransitionReason": "USER_INITIATED",
    });
    if let Some(max) = description.concurrency_max {
        body["ScalingConfig"] = json!({ "MaximumConcurrency": max });
    }
    if !description.filters.is_empty() {
        let filters: Vec<Value> = description.filters.iter().map(|pattern| json!({ "Pattern": pattern })).collect();
        body["FilterCriteria"] = json!({ "Filters": filters });
    }
    body
}

fn url_config(description: &UrlDescription) -> Value {
    json!({
        "FunctionArn": description.function,
        "FunctionUrl": description.url,
        "AuthType": description.auth_type,
        "InvokeMode": description.invoke_mode,
        "CreationTime": description.creation_time(),
        "LastModifiedTime": description.creation_time(),
    })
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    let pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| decoded(value)).next()
}

fn refuse_qualifier(parts: &Parts) -> Result<(), ApiError> {
    match query(parts, "Qualifier").as_deref() {
        None | Some("$LATEST") => Ok(()),
        Some(_) => Err(ApiError::not_modelled("versions and aliases of functions")),
    }
}

/// Members that the embedded cloud does not know are refused, unless they are empty.
fn refuse_others(others: &Map<String, Value>, action: &str) -> Result<(), ApiError> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match others.iter().find(|(_, value)| !is_empty(value)) {
        None => Ok(()),
        Some((name, _)) => Err(ApiError::not_modelled(&format!("{name} of the Lambda action {action}"))),
    }
}

fn required<T>(value: Option<T>, name: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| invalid(format!("{name} is missing")))
}

fn invalid(message: String) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message)
}

fn unknown(parts: &Parts) -> ApiError {
    ApiError::not_modelled(&format!("the Lambda request {} {}", parts.method, parts.uri.path()))
}

#[cfg(test)]
#[path = "lambda_tests.rs"]
mod tests;
