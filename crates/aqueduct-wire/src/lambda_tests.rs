//! Bytes of the Lambda API, as SDKs send and read them.

use aqueduct_services::Timestamp;
use aqueduct_services::cloud;

use super::*;
use crate::{Service, decode as decode_any, encode as encode_any};

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn read(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Result<Request, Box<http::Response<Bytes>>> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    match decode_any(Service::Lambda, &parts(method, uri, headers), &body) {
        Ok((cloud::Request::Lambda(request), _)) => Ok(request),
        Ok(_) => panic!("another service's request"),
        Err(response) => Err(response),
    }
}

fn write(response: Response) -> http::Response<Bytes> {
    let (_, codec) = decode_any(Service::Lambda, &parts("GET", "/2015-03-31/functions/", &[]), &Bytes::new()).unwrap();
    encode_any(&codec, Ok(cloud::Response::Lambda(response)), "r-1")
}

fn json_of(response: &http::Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn function() -> FunctionDescription {
    FunctionDescription {
        id: "Intake".to_owned(),
        name: "order-intake".to_owned(),
        arn: Arn::new("arn:aws:lambda:us-east-1:000000000000:function:order-intake"),
        runtime: Some("provided.al2023".to_owned()),
        handler: None,
        timeout: 10,
        memory_mb: 256,
        environment: BTreeMap::from([("TABLE".to_owned(), "orders".to_owned())]),
        dead_letter: None,
        reserved: Some(5),
        modified: Timestamp::from_millis(1_584_039_838_390),
        has_url: true,
        running: 0,
        queued: 0,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table with a row for each action")]
fn every_action_is_found_by_method_and_path() {
    let f = || "f".to_owned();
    let uuid = || "u-1".to_owned();
    let cases = [
        ("GET", "/2015-03-31/functions/", "", Request::ListFunctions),
        ("GET", "/2015-03-31/functions/f", "", Request::GetFunction { function: f() }),
        ("GET", "/2015-03-31/functions/f?Qualifier=$LATEST", "", Request::GetFunction { function: f() }),
        ("GET", "/2015-03-31/functions/f/configuration", "", Request::GetFunctionConfiguration { function: f() }),
        (
            "PUT",
            "/2015-03-31/functions/f/configuration",
            r#"{"Timeout":20,"Environment":{"Variables":{"A":"1"}},"Layers":[]}"#,
            Request::UpdateFunctionConfiguration(UpdateFunction {
                function: f(),
                timeout: Some(20),
                memory_mb: None,
                environment: Some(BTreeMap::from([("A".to_owned(), "1".to_owned())])),
            }),
        ),
        (
            "PUT",
            "/2017-10-31/functions/f/concurrency",
            r#"{"ReservedConcurrentExecutions":3}"#,
            Request::PutFunctionConcurrency { function: f(), reserved: 3 },
        ),
        ("GET", "/2019-09-30/functions/f/concurrency", "", Request::GetFunctionConcurrency { function: f() }),
        ("DELETE", "/2017-10-31/functions/f/concurrency", "", Request::DeleteFunctionConcurrency { function: f() }),
        ("GET", "/2015-03-31/functions/f/policy", "", Request::GetPolicy { function: f() }),
        (
            "DELETE",
            "/2015-03-31/functions/f/policy/sid",
            "",
            Request::RemovePermission { function: f(), statement_id: "sid".to_owned() },
        ),
        (
            "POST",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/policy",
            r#"{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"sns.amazonaws.com","SourceArn":"arn:aws:sns:*"}"#,
            Request::AddPermission(AddPermission {
                function: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
                statement_id: "s".to_owned(),
                action: "lambda:InvokeFunction".to_owned(),
                principal: "sns.amazonaws.com".to_owned(),
                source_arn: Some("arn:aws:sns:*".to_owned()),
            }),
        ),
        ("GET", "/2021-10-31/functions/f/url", "", Request::GetFunctionUrlConfig { function: f() }),
        (
            "GET",
            "/2015-03-31/event-source-mappings/?FunctionName=f&EventSourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A0%3Aq",
            "",
            Request::ListEventSourceMappings {
                function: Some(f()),
                source: Some(Arn::new("arn:aws:sqs:us-east-1:0:q")),
            },
        ),
        ("GET", "/2015-03-31/event-source-mappings/u-1", "", Request::GetEventSourceMapping { uuid: uuid() }),
        ("DELETE", "/2015-03-31/event-source-mappings/u-1", "", Request::DeleteEventSourceMapping { uuid: uuid() }),
        (
            "PUT",
            "/2015-03-31/event-source-mappings/u-1",
            r#"{"Enabled":false,"ScalingConfig":{}}"#,
            Request::UpdateEventSourceMapping {
                uuid: uuid(),
                change: MappingChange { enabled: Some(false), concurrency_max: Some(None), ..MappingChange::default() },
            },
        ),
        (
            "POST",
            "/2015-03-31/event-source-mappings/",
            r#"{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:0:q","BatchSize":5,"FunctionResponseTypes":["ReportBatchItemFailures"],"FilterCriteria":{"Filters":[{"Pattern":"{}"}]},"ScalingConfig":{"MaximumConcurrency":4}}"#,
            Request::CreateEventSourceMapping(CreateMapping {
                function: f(),
                source: Arn::new("arn:aws:sqs:us-east-1:0:q"),
                enabled: None,
                batch_size: Some(5),
                window: None,
                concurrency_max: Some(4),
                reports_batch_item_failures: true,
                filters: vec!["{}".to_owned()],
            }),
        ),
    ];
    for (method, uri, body, expected) in cases {
        assert_eq!(read(method, uri, &[], body).expect(uri), expected, "{method} {uri}");
    }
}

#[test]
fn invocations_differ_by_their_type() {
    let uri = "/2015-03-31/functions/order-intake/invocations";
    let kinds = [
        (None, InvocationKind::Synchronous),
        (Some("RequestResponse"), InvocationKind::Synchronous),
        (Some("Event"), InvocationKind::Asynchronous),
        (Some("DryRun"), InvocationKind::DryRun),
    ];
    for (header, kind) in kinds {
        let headers: Vec<_> = header.map(|value| ("X-Amz-Invocation-Type", value)).into_iter().collect();
        let invoke = Invoke { function: "order-intake".to_owned(), kind, payload: r#"{"a":1}"#.to_owned() };
        assert_eq!(read("POST", uri, &headers, r#"{"a":1}"#).unwrap(), Request::Invoke(invoke));
    }
}

#[test]
fn what_is_not_modelled_is_refused_by_name() {
    let refused = [
        ("POST", "/2015-03-31/functions", "{}", "CreateFunction"),
        ("POST", "/2015-03-31/functions/f/versions", "{}", "/2015-03-31/functions/f/versions"),
        ("PUT", "/2015-03-31/functions/f/configuration", r#"{"Layers":["arn"]}"#, "Layers"),
        ("GET", "/2015-03-31/functions/f?Qualifier=live", "", "aliases"),
        (
            "POST",
            "/2015-03-31/event-source-mappings",
            r#"{"FunctionName":"f","EventSourceArn":"a","ProvisionedPollerConfig":{"MinimumPollers":2}}"#,
            "ProvisionedPollerConfig",
        ),
    ];
    for (method, uri, body, name) in refused {
        let response = read(method, uri, &[], body).expect_err(uri);
        assert_eq!(response.status(), 501, "{uri}");
        assert!(json_of(&response)["message"].as_str().unwrap().contains(name), "{uri}");
    }
    let tail = read("POST", "/2015-03-31/functions/f/invocations", &[("x-amz-log-type", "Tail")], "{}");
    assert_eq!(tail.expect_err("a log tail").status(), 501);
}

#[test]
fn an_answer_of_a_function_is_the_body() {
    let ok = Invoked { status: 200, function_error: None, payload: r#"{"ok":true}"#.to_owned() };
    let response = write(Response::Invoked(ok));
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), r#"{"ok":true}"#);
    assert_eq!(response.headers()["x-amz-executed-version"], "$LATEST");
    assert!(!response.headers().contains_key("x-amz-function-error"));

    let failed = Invoked { status: 200, function_error: Some("Unhandled"), payload: "{}".to_owned() };
    assert_eq!(write(Response::Invoked(failed)).headers()["x-amz-function-error"], "Unhandled");

    let queued = Invoked { status: 202, function_error: None, payload: String::new() };
    let response = write(Response::Invoked(queued));
    assert_eq!((response.status().as_u16(), response.body().len()), (202, 0));
}

#[test]
fn descriptions_have_the_names_of_the_api() {
    let response = write(Response::Function(Box::new(function())));
    assert_eq!(
        json_of(&response),
        json!({
            "Configuration": {
                "FunctionName": "order-intake",
                "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:order-intake",
                "Timeout": 10,
                "MemorySize": 256,
                "LastModified": "2020-03-12T19:03:58.390+0000",
                "Version": "$LATEST",
                "Environment": { "Variables": { "TABLE": "orders" } },
                "PackageType": "Zip",
                "State": "Active",
                "LastUpdateStatus": "Successful",
                "Runtime": "provided.al2023",
            },
            "Concurrency": { "ReservedConcurrentExecutions": 5 },
        })
    );
    let mapping = MappingDescription {
        id: "Mapping".to_owned(),
        uuid: "u-1".to_owned(),
        source: Arn::new("arn:aws:sqs:us-east-1:0:q"),
        function: function().arn,
        batch_size: 10,
        window: 0,
        concurrency_max: Some(2),
        reports_batch_item_failures: true,
        filters: vec![r#"{"body":{}}"#.to_owned()],
        state: "Enabled",
        modified: Timestamp::from_millis(1_584_039_838_390),
        batches: 0,
        held: 0,
    };
    let response = write(Response::MappingAccepted(Box::new(mapping)));
    assert_eq!(response.status(), 202);
    assert_eq!(
        json_of(&response),
        json!({
            "UUID": "u-1",
            "EventSourceArn": "arn:aws:sqs:us-east-1:0:q",
            "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:order-intake",
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "LastModified": 1_584_039_838,
            "State": "Enabled",
            "StateTransitionReason": "USER_INITIATED",
            "ScalingConfig": { "MaximumConcurrency": 2 },
            "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{}}" }] },
        })
    );
}

#[test]
fn refusals_name_their_shape_in_a_header() {
    let (_, codec) = decode_any(Service::Lambda, &parts("GET", "/2015-03-31/functions/", &[]), &Bytes::new()).unwrap();
    let error = ApiError::sender("TooManyRequestsException", "Rate Exceeded.").with_status(429);
    let response = encode_any(&codec, Err(error), "r-1");
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["x-amzn-errortype"], "TooManyRequestsException");
    assert_eq!(json_of(&response)["Type"], "User");
}
