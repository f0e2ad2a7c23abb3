//! What a request asks for, by name.

use bytes::Bytes;
use http::Method;
use http::request::Parts;

use crate::codec::Codec;
use crate::route::Service;

/// The operation's name, without its service's: `SendMessage`. Of REST services it is found by method and path, and there a
/// request that is of no operation named here goes by its method.
pub fn operation(service: Service, parts: &Parts, body: &Bytes) -> String {
    match service {
        Service::S3 => s3(parts).to_owned(),
        Service::Lambda => lambda(parts).to_owned(),
        Service::Scheduler => scheduler(parts).to_owned(),
        Service::DynamoDb | Service::Sqs | Service::Sns | Service::Events | Service::Sts => {
            Codec::of(service, parts, body).action
        }
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
fn s3(parts: &Parts) -> &str {
    let has_key = parts.uri.path().trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match (&parts.method, has_key) {
        (&Method::PUT, true) if parts.headers.contains_key("x-amz-copy-source") => "CopyObject",
        (&Method::PUT, true) => "PutObject",
        (&Method::GET, true) => "GetObject",
        (&Method::HEAD, true) => "HeadObject",
        (&Method::DELETE, true) => "DeleteObject",
        (&Method::PUT, false) => "CreateBucket",
        (&Method::GET, false) => "ListObjectsV2",
        (&Method::HEAD, false) => "HeadBucket",
        (&Method::DELETE, false) => "DeleteBucket",
        (&Method::POST, false) => "DeleteObjects",
        (method, _) => method.as_str(),
    }
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
fn lambda(parts: &Parts) -> &str {
    match parts.uri.path().rsplit('/').next() {
        Some("invocations") => "Invoke",
        Some("response-streaming-invocations") => "InvokeWithResponseStream",
        _ => parts.method.as_str(),
    }
}

/// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>
fn scheduler(parts: &Parts) -> &str {
    let is_schedule = parts.uri.path().strip_prefix("/schedules/").is_some_and(|name| !name.is_empty());
    match (&parts.method, is_schedule) {
        (&Method::POST, true) => "CreateSchedule",
        (&Method::PUT, true) => "UpdateSchedule",
        (&Method::GET, true) => "GetSchedule",
        (&Method::DELETE, true) => "DeleteSchedule",
        (method, _) => method.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_names_its_operation() {
        let cases = [
            (Service::Sqs, "POST", "/", "AmazonSQS.SendMessage", "{}", "SendMessage"),
            (Service::Sqs, "POST", "/", "", "Action=SendMessage&Version=2012-11-05", "SendMessage"),
            (Service::Sns, "POST", "/", "", "Action=Publish&Version=2010-03-31", "Publish"),
            (Service::Events, "POST", "/", "AWSEvents.PutEvents", "{}", "PutEvents"),
            (Service::DynamoDb, "POST", "/", "DynamoDB_20120810.PutItem", "{}", "PutItem"),
            (Service::S3, "PUT", "/bucket/a/key", "", "", "PutObject"),
            (Service::S3, "GET", "/bucket/?list-type=2", "", "", "ListObjectsV2"),
            (Service::Lambda, "POST", "/2015-03-31/functions/f/invocations", "", "", "Invoke"),
            (Service::Scheduler, "POST", "/schedules/s", "", "{}", "CreateSchedule"),
            (Service::Lambda, "GET", "/2015-03-31/functions", "", "", "GET"),
        ];
        for (service, method, uri, target, body, expected) in cases {
            let mut request = http::Request::builder().method(method).uri(uri);
            if target.is_empty() {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            } else {
                request = request.header("x-amz-target", target);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(operation(service, &parts, &Bytes::from_static(body.as_bytes())), expected, "{uri} {target}");
        }
    }
}
