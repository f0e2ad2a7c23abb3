//! Requests to HTTP endpoints.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html>, and recorded by
//! LocalStack's AWS-validated test `test_subscribe_external_http_endpoint`.

use aqueduct_topology::Arn;

use super::delivery_policy::CONTENT_TYPE;
use crate::Refusal;

/// A request that SNS asks the driver to send to an HTTP endpoint; the driver says how it went, by the ticket.
///
/// It is a `POST`. The driver adds `Host`, `Content-Length` and `Connection`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Names this attempt.
    pub ticket: u64,
    /// Where to, `http` or `https`.
    pub url: String,
    /// Headers, in the order in which they are sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// How a [`Post`] went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The endpoint answered with this HTTP status.
    Answered(u16),
    /// No answer: no connection, or none in time. SNS tries again.
    Failed(String),
    /// The driver does not send there, and says why. SNS does not try again.
    Refused(String),
}

impl Posted {
    /// What it means for the delivery: server errors and 429 are tried again, all others are permanent.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>
    pub(super) fn into_result(self, url: &str) -> Result<(), Refusal> {
        match self {
            Self::Answered(200..=299) => Ok(()),
            Self::Answered(status @ (429 | 500..=599)) => Err(Refusal::Throttled(format!("{url} answered {status}"))),
            Self::Answered(status) => Err(Refusal::Invalid(format!("{url} answered {status}"))),
            Self::Failed(reason) => Err(Refusal::Throttled(reason)),
            Self::Refused(reason) => Err(Refusal::NoResource(reason)),
        }
    }
}

/// What the headers of a request say about its message.
#[derive(Clone, Debug)]
pub(super) struct Headers<'a> {
    pub(super) kind: &'static str,
    pub(super) id: &'a str,
    pub(super) topic: &'a Arn,
    /// Not of a request to confirm a new subscription.
    pub(super) subscription: Option<&'a Arn>,
    pub(super) raw: bool,
    pub(super) content_type: Option<&'a str>,
}

impl Headers<'_> {
    /// The headers, as AWS sends them.
    pub(super) fn list(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("x-amz-sns-message-type", self.kind.to_owned()),
            ("x-amz-sns-message-id", self.id.to_owned()),
            ("x-amz-sns-topic-arn", self.topic.to_string()),
        ];
        if let Some(subscription) = self.subscription {
            headers.push(("x-amz-sns-subscription-arn", subscription.to_string()));
        }
        if self.raw {
            headers.push(("x-amz-sns-rawdelivery", "true".to_owned()));
        }
        headers.push(("content-type", self.content_type.unwrap_or(CONTENT_TYPE).to_owned()));
        headers.push(("user-agent", "Amazon Simple Notification Service Agent".to_owned()));
        headers.push(("accept-encoding", "gzip,deflate".to_owned()));
        headers
    }
}
