//! Bytes of the Lambda API, as SDKs send and read them.

use std::collections::BTreeMap;

use aqueduct_services::lambda::{
    AddPermission, CodeSource, CreateFunction, CreateMapping, EventInvokeChange, FunctionDescription, InvocationKind,
    Invoke, Invoked, Logging, MappingChange, MappingDescription, Progress, ProvisionedPollers, UpdateCode,
    UpdateFunction, UrlChange,
};
use aqueduct_services::{Timestamp, cloud};

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
        description: String::new(),
        role: "arn:aws:iam::000000000000:role/intake".to_owned(),
        runtime: Some("provided.al2023".to_owned()),
        handler: None,
        timeout: 10,
        memory_mb: 256,
        environment: Some(BTreeMap::from([("TABLE".to_owned(), "orders".to_owned())])),
        dead_letter: None,
        architectures: vec!["x86_64".to_owned()],
        ephemeral_mb: 512,
        tracing: "PassThrough".to_owned(),
        logging: Logging { log_format: Some("Text".to_owned()), ..Logging::default() },
        code_sha256: "c2hh".to_owned(),
        code_bytes: 22,
        revision: "rev".to_owned(),
        tags: BTreeMap::new(),
        progress: Progress::Done,
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
        ("GET", "/2015-03-31/functions/", "", Request::ListFunctions(Page::default())),
        ("GET", "/2015-03-31/functions/f", "", Request::GetFunction { function: f() }),
        ("GET", "/2015-03-31/functions/f?Qualifier=$LATEST", "", Request::GetFunction { function: f() }),
        ("GET", "/2015-03-31/functions/f/configuration", "", Request::GetFunctionConfiguration { function: f() }),
        (
            "PUT",
            "/2015-03-31/functions/f/configuration",
            r#"{"Timeout":20,"Environment":{"Variables":{"A":"1"}},"Layers":[]}"#,
            Request::UpdateFunctionConfiguration(Box::new(UpdateFunction {
                function: f(),
                timeout: Some(20),
                environment: Some(BTreeMap::from([("A".to_owned(), "1".to_owned())])),
                ..UpdateFunction::default()
            })),
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
            Request::RemovePermission { function: f(), statement_id: "sid".to_owned(), revision: None },
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
                ..AddPermission::default()
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
                page: Page::default(),
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
                change: Box::new(MappingChange {
                    enabled: Some(false),
                    concurrency_max: Some(None),
                    ..MappingChange::default()
                }),
            },
        ),
        (
            "POST",
            "/2015-03-31/event-source-mappings/",
            r#"{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:0:q","BatchSize":5,"FunctionResponseTypes":["ReportBatchItemFailures"],"FilterCriteria":{"Filters":[{"Pattern":"{}"}]},"ScalingConfig":{"MaximumConcurrency":4}}"#,
            Request::CreateEventSourceMapping(Box::new(CreateMapping {
                function: f(),
                source: Arn::new("arn:aws:sqs:us-east-1:0:q"),
                tags: BTreeMap::new(),
                settings: MappingChange {
                    batch_size: Some(5),
                    concurrency_max: Some(Some(4)),
                    reports_batch_item_failures: Some(true),
                    filters: Some(vec![Some("{}".to_owned())]),
                    ..MappingChange::default()
                },
            })),
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
        let invoke = Invoke { kind, ..Invoke::synchronous("order-intake", r#"{"a":1}"#) };
        assert_eq!(read("POST", uri, &headers, r#"{"a":1}"#).unwrap(), Request::Invoke(invoke));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table with a row for each action")]
fn actions_at_run_time_are_found_too() {
    let f = || "f".to_owned();
    let zip = || CodeSource::Zip(Bytes::from_static(b"zip"));
    let resource = || "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned();
    let cases = [
        (
            "POST",
            "/2015-03-31/functions",
            r#"{"FunctionName":"f","Runtime":"provided.al2023","Handler":"b","Role":"r","Code":{"ZipFile":"emlw"},"SnapStart":{"ApplyOn":"None"},"VpcConfig":{"SubnetIds":[]}}"#,
            Request::CreateFunction(Box::new(CreateFunction {
                name: f(),
                package_type: None,
                code: zip(),
                tags: BTreeMap::new(),
                architectures: None,
                settings: UpdateFunction {
                    runtime: Some("provided.al2023".to_owned()),
                    handler: Some("b".to_owned()),
                    role: Some("r".to_owned()),
                    ..UpdateFunction::default()
                },
            })),
        ),
        (
            "PUT",
            "/2015-03-31/functions/f/code",
            r#"{"ZipFile":"emlw","DryRun":true}"#,
            Request::UpdateFunctionCode(Box::new(UpdateCode {
                function: f(),
                code: zip(),
                architectures: None,
                revision: None,
                dry_run: true,
            })),
        ),
        ("DELETE", "/2015-03-31/functions/f", "", Request::DeleteFunction { function: f() }),
        ("GET", "/2015-03-31/functions/f/versions", "", Request::ListVersionsByFunction { function: f() }),
        ("GET", "/2016-08-19/account-settings/", "", Request::GetAccountSettings),
        (
            "GET",
            "/2015-03-31/functions?Marker=m&MaxItems=3",
            "",
            Request::ListFunctions(Page { marker: Some("m".to_owned()), items_max: Some(3) }),
        ),
        (
            "PUT",
            "/2019-09-25/functions/f/event-invoke-config",
            r#"{"MaximumRetryAttempts":1,"DestinationConfig":{"OnFailure":{"Destination":"arn"}}}"#,
            Request::PutFunctionEventInvokeConfig(EventInvokeChange {
                function: f(),
                retries_max: Some(1),
                age_max: None,
                destinations: Some((None, Some("arn".to_owned()))),
            }),
        ),
        (
            "PUT",
            "/2024-08-31/functions/f/recursion-config",
            r#"{"RecursiveLoop":"Allow"}"#,
            Request::PutFunctionRecursionConfig { function: f(), recursive_loop: "Allow".to_owned() },
        ),
        (
            "POST",
            "/2021-10-31/functions/f/url",
            r#"{"AuthType":"NONE"}"#,
            Request::CreateFunctionUrlConfig(UrlChange {
                function: f(),
                auth_type: Some("NONE".to_owned()),
                ..UrlChange::default()
            }),
        ),
        ("GET", "/2021-10-31/functions/f/urls", "", Request::ListFunctionUrlConfigs { function: f() }),
        (
            "POST",
            "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
            r#"{"Tags":{"a":"1"}}"#,
            Request::TagResource { resource: resource(), tags: BTreeMap::from([("a".to_owned(), "1".to_owned())]) },
        ),
        (
            "DELETE",
            "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af?tagKeys=a&tagKeys=b+c",
            "",
            Request::UntagResource { resource: resource(), keys: vec!["a".to_owned(), "b c".to_owned()] },
        ),
        (
            "PUT",
            "/2015-03-31/event-source-mappings/u-1",
            r#"{"FunctionName":"f","ProvisionedPollerConfig":{"MinimumPollers":3},"KMSKeyArn":""}"#,
            Request::UpdateEventSourceMapping {
                uuid: "u-1".to_owned(),
                change: Box::new(MappingChange {
                    function: Some(f()),
                    provisioned: Some(Some(ProvisionedPollers { min: Some(3), max: None })),
                    kms_key: Some(String::new()),
                    ..MappingChange::default()
                }),
            },
        ),
    ];
    for (method, uri, body, expected) in cases {
        assert_eq!(read(method, uri, &[], body).expect(uri), expected, "{method} {uri}");
    }
}

#[test]
fn what_is_not_modelled_is_refused_by_name() {
    let function = r#""FunctionName":"f","Role":"r","Code":{"ZipFile":""}"#;
    let published = format!("{{{function},\"Publish\":true}}");
    let refused = [
        ("POST", "/2015-03-31/functions", published.as_str(), "Publish"),
        ("POST", "/2015-03-31/functions/f/versions", "{}", "PublishVersion"),
        ("POST", "/2015-03-31/functions/f/aliases", "{}", "aliases"),
        ("POST", "/2018-10-31/layers/l/versions", "{}", "/2018-10-31/layers/l/versions"),
        ("POST", "/2014-11-13/functions/f/invoke-async/", "{}", "InvokeAsync"),
        ("PUT", "/2015-03-31/functions/f/configuration", r#"{"Layers":["arn"]}"#, "Layers"),
        ("GET", "/2015-03-31/functions/f?Qualifier=live", "", "aliases"),
        (
            "POST",
            "/2015-03-31/event-source-mappings",
            r#"{"FunctionName":"f","EventSourceArn":"a","StartingPosition":"LATEST"}"#,
            "StartingPosition",
        ),
    ];
    for (method, uri, body, name) in refused {
        let response = read(method, uri, &[], body).expect_err(uri);
        assert_eq!(response.status(), 501, "{uri}");
        assert!(json_of(&response)["message"].as_str().unwrap().contains(name), "{uri}");
    }
}

#[test]
fn an_invocation_brings_its_headers() {
    let headers = [("x-amz-log-type", "Tail"), ("x-amz-client-context", "e30="), ("x-amzn-trace-id", "Root=1-2")];
    let Ok(Request::Invoke(invoke)) = read("POST", "/2015-03-31/functions/f/invocations", &headers, "{}") else {
        panic!("not an invocation")
    };
    assert!(invoke.log_tail);
    assert_eq!(invoke.client_context.as_deref(), Some("e30="));
    assert_eq!(invoke.trace_header.as_deref(), Some("Root=1-2"));
    let uri = "/2021-11-15/functions/f/response-streaming-invocations";
    assert!(matches!(read("POST", uri, &[], "{}"), Ok(Request::Invoke(Invoke { streamed: true, .. }))));
}

#[test]
fn an_answer_of_a_function_is_the_body() {
    let ok = Invoked { status: 200, payload: r#"{"ok":true}"#.to_owned(), ..Invoked::default() };
    let response = write(Response::Invoked(ok));
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), r#"{"ok":true}"#);
    assert_eq!(response.headers()["x-amz-executed-version"], "$LATEST");
    assert!(!response.headers().contains_key("x-amz-function-error"));

    let failed = Invoked { status: 200, function_error: Some("Unhandled"), ..Invoked::default() };
    assert_eq!(write(Response::Invoked(failed)).headers()["x-amz-function-error"], "Unhandled");

    let logged = Invoked { status: 200, log_tail: Some("bG9n".to_owned()), ..Invoked::default() };
    assert_eq!(write(Response::Invoked(logged)).headers()["x-amz-log-result"], "bG9n");

    let queued = Invoked { status: 202, ..Invoked::default() };
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
                "Role": "arn:aws:iam::000000000000:role/intake",
                "CodeSize": 22,
                "CodeSha256": "c2hh",
                "Description": "",
                "Timeout": 10,
                "MemorySize": 256,
                "LastModified": "2020-03-12T19:03:58.390+0000",
                "Version": "$LATEST",
                "TracingConfig": { "Mode": "PassThrough" },
                "RevisionId": "rev",
                "PackageType": "Zip",
                "Architectures": ["x86_64"],
                "EphemeralStorage": { "Size": 512 },
                "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
                "LoggingConfig": { "LogFormat": "Text" },
                "Runtime": "provided.al2023",
                "Environment": { "Variables": { "TABLE": "orders" } },
                "RuntimeVersionConfig": {
                    "RuntimeVersionArn": format!("arn:aws:lambda:us-east-1::runtime:{:0>64}", "70726f76696465642e616c32303233"),
                },
                "State": "Active",
                "LastUpdateStatus": "Successful",
            },
            "Code": { "RepositoryType": "S3" },
            "Concurrency": { "ReservedConcurrentExecutions": 5 },
        })
    );
}

#[test]
fn mappings_have_the_names_of_the_api() {
    let mapping = MappingDescription {
        id: "Mapping".to_owned(),
        uuid: "u-1".to_owned(),
        arn: Arn::new("arn:aws:lambda:us-east-1:0:event-source-mapping:u-1"),
        source: Arn::new("arn:aws:sqs:us-east-1:0:q"),
        function: function().arn,
        batch_size: 10,
        window: 0,
        concurrency_max: Some(2),
        provisioned: None,
        reports_batch_item_failures: true,
        filters: vec![r#"{"body":{}}"#.to_owned()],
        kms_key: None,
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
            "EventSourceMappingArn": "arn:aws:lambda:us-east-1:0:event-source-mapping:u-1",
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
