//! Which service a request is meant for, as one endpoint serves them all.

use bytes::Bytes;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::query;

/// The service that an HTTP request is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Service {
    /// SQS, JSON 1.0 and query.
    Sqs,
    /// SNS, query.
    Sns,
    /// EventBridge, JSON 1.1.
    Events,
    /// EventBridge Scheduler, REST.
    Scheduler,
    /// Lambda, REST.
    Lambda,
    /// DynamoDB, JSON 1.0: not of this crate, the driver hands it on.
    DynamoDb,
    /// S3, REST: not of this crate, the driver hands it on.
    S3,
    /// STS, query: `GetCallerIdentity`, which many clients ask first.
    Sts,
}

impl Service {
    /// The service's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqs => "SQS",
            Self::Sns => "SNS",
            Self::Events => "EventBridge",
            Self::Scheduler => "EventBridge Scheduler",
            Self::Lambda => "Lambda",
            Self::DynamoDb => "DynamoDB",
            Self::S3 => "S3",
            Self::Sts => "STS",
        }
    }
}

/// Finds the service by `X-Amz-Target`, the credential scope of `Authorization` or of a presigned query, the path, and
/// the API version of an unsigned form, in this order.
pub fn route(parts: &Parts, body: &Bytes) -> Option<Service> {
    by_target(parts).or_else(|| by_scope(parts)).or_else(|| by_path(parts.uri.path())).or_else(|| by_form(parts, body))
}

fn by_target(parts: &Parts) -> Option<Service> {
    let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
    by_model(target.split_once('.')?.0)
}

/// The service by its name in its model.
fn by_model(name: &str) -> Option<Service> {
    match name {
        "AmazonSQS" => Some(Service::Sqs),
        // The new custom event buses are refused by name where the request is read.
        "AWSEvents" | "EventBridgeV2" | "AWSEventsV2" => Some(Service::Events),
        "DynamoDB_20120810" => Some(Service::DynamoDb),
        _ => None,
    }
}

/// The service that the signature is for: a scope is `key/date/region/service/aws4_request`, and signatures for many
/// Regions leave the Region out.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
pub(crate) fn signed_for(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signed =
        header.and_then(|header| header.split("Credential=").nth(1)).and_then(|rest| rest.split([',', ' ']).next());
    let presigned = || parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="));
    let scope = percent_decode_str(signed.or_else(presigned)?).decode_utf8().ok()?;
    scope.rsplit('/').nth(1).map(str::to_owned)
}

fn by_scope(parts: &Parts) -> Option<Service> {
    match signed_for(parts)?.as_str() {
        "sqs" => Some(Service::Sqs),
        "sns" => Some(Service::Sns),
        "events" | "eventsv2" => Some(Service::Events),
        "scheduler" => Some(Service::Scheduler),
        "lambda" => Some(Service::Lambda),
        "dynamodb" => Some(Service::DynamoDb),
        "s3" => Some(Service::S3),
        "sts" => Some(Service::Sts),
        _ => None,
    }
}

fn by_path(path: &str) -> Option<Service> {
    let mut segments = path.split('/').skip(1);
    let first = segments.next()?;
    match first {
        // Smithy RPC v2: `/service/AmazonSQS/operation/SendMessage`.
        "service" => by_model(segments.next()?),
        "schedules" | "schedule-groups" => Some(Service::Scheduler),
        "tags" if path.contains("scheduler") => Some(Service::Scheduler),
        _ if is_date(first) && path.len() > first.len() + 2 => Some(Service::Lambda),
        _ => None,
    }
}

/// Lambda's paths start with the date of an API version, such as `2015-03-31`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

fn by_form(parts: &Parts, body: &Bytes) -> Option<Service> {
    let action = query::parameter(parts, body, "Action")?;
    match query::parameter(parts, body, "Version").as_deref() {
        Some("2012-11-05") => Some(Service::Sqs),
        Some("2010-03-31") => Some(Service::Sns),
        Some("2011-06-15") => Some(Service::Sts),
        _ if is_queue_path(parts.uri.path()) => Some(Service::Sqs),
        // The links in notifications say no version.
        None if matches!(action.as_str(), "ConfirmSubscription" | "Unsubscribe") => Some(Service::Sns),
        _ => None,
    }
}

/// A queue URL's path: `/123456789012/OrdersQueue`.
fn is_queue_path(path: &str) -> bool {
    let mut pieces = path.trim_start_matches('/').split('/');
    let is_account = |piece: &str| piece.len() == 12 && piece.bytes().all(|byte| byte.is_ascii_digit());
    pieces.next().is_some_and(is_account)
        && pieces.next().is_some_and(|name| !name.is_empty())
        && pieces.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a str)];

    fn routed(uri: &str, headers: Headers<'_>, body: &str) -> Option<Service> {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        route(&parts, &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn each_sign_leads_to_its_service() {
        let signed = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
            )
        };
        let (s3, sns, sts) = (signed("s3"), signed("sns"), signed("sts"));
        let (lambda, scheduler, ec2) = (signed("lambda"), signed("scheduler"), signed("ec2"));
        let multi_region = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261122/events/aws4_request, SignedHeaders=host";
        let presigned =
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261122%2Feu-central-1%2Fs3%2Faws4_request";
        let cases: [(&str, Headers<'_>, &str, Option<Service>); 19] = [
            ("/", &[("x-amz-target", "AmazonSQS.SendMessage")], "{}", Some(Service::Sqs)),
            ("/", &[("x-amz-target", "AWSEvents.PutEvents")], "{}", Some(Service::Events)),
            ("/", &[("x-amz-target", "DynamoDB_20120810.PutItem")], "{}", Some(Service::DynamoDb)),
            ("/bucket/key", &[("authorization", &s3)], "", Some(Service::S3)),
            ("/", &[("authorization", &sns)], "Action=Publish", Some(Service::Sns)),
            ("/", &[("authorization", &sts)], "", Some(Service::Sts)),
            ("/2015-03-31/functions/f/invocations", &[("authorization", &lambda)], "", Some(Service::Lambda)),
            ("/schedules/s", &[("authorization", &scheduler)], "", Some(Service::Scheduler)),
            ("/", &[("authorization", multi_region)], "", Some(Service::Events)),
            (presigned, &[], "", Some(Service::S3)),
            ("/2015-03-31/functions/f/invocations", &[], "", Some(Service::Lambda)),
            ("/schedules", &[], "", Some(Service::Scheduler)),
            ("/service/AmazonSQS/operation/ListQueues", &[], "", Some(Service::Sqs)),
            ("/", &[], "Action=ListQueues&Version=2012-11-05", Some(Service::Sqs)),
            ("/?Action=ListTopics&Version=2010-03-31", &[], "", Some(Service::Sns)),
            ("/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:a:1:t:i", &[], "", Some(Service::Sns)),
            ("/000000000000/OrdersQueue?Action=ReceiveMessage", &[], "", Some(Service::Sqs)),
            ("/", &[("authorization", &ec2)], "", None),
            ("/favicon.ico", &[], "", None),
        ];
        for (uri, headers, body, expected) in cases {
            assert_eq!(routed(uri, headers, body), expected, "{uri} {headers:?} {body}");
        }
    }
}
