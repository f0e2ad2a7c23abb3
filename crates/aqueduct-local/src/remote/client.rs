//! The AWS protocols from the caller's side, as far as they are needed here.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RemoteError;

/// How long an answer may take beyond what it was asked to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) endpoint: String,
    region: String,
    http: legacy::Client<HttpConnector, Full<Bytes>>,
}

impl Client {
    /// A client for an address of this machine or network.
    pub(super) fn new(endpoint: &str, region: &str) -> Result<Self, RemoteError> {
        check(endpoint).map_err(|reason| RemoteError::Address { endpoint: endpoint.to_owned(), reason })?;
        let endpoint = endpoint.trim_end_matches('/');
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { endpoint: endpoint.to_owned(), region: region.to_owned(), http })
    }

    /// An SQS action in AWS JSON 1.0, whose answer may wait for `wait`.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html>
    pub(super) async fn sqs<T: DeserializeOwned>(
        &self,
        action: &str,
        input: &Value,
        wait: Duration,
    ) -> Result<T, RemoteError> {
        let request = self
            .request("sqs", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(Full::new(Bytes::from(input.to_string())));
        let (status, body) = self.exchange(action, request, wait).await?;
        if !status.is_success() {
            return Err(self.refused(action, status, &body, json_error));
        }
        serde_json::from_slice(&body).map_err(|error| self.unreadable(action, &error))
    }

    /// A CloudFormation action in the query protocol; the answer is XML.
    pub(super) async fn cloudformation(&self, action: &str, stack: &str) -> Result<String, RemoteError> {
        let stack = utf8_percent_encode(stack, NON_ALPHANUMERIC);
        let form = format!("Action={action}&Version=2010-05-15&StackName={stack}");
        let request =
            self.request("cloudformation", "application/x-www-form-urlencoded").body(Full::new(Bytes::from(form)));
        let (status, body) = self.exchange(action, request, Duration::ZERO).await?;
        if !status.is_success() {
            let read = |body: &str| xml_error(body).or_else(|| json_error(body));
            return Err(self.refused(action, status, &body, read));
        }
        String::from_utf8(body.to_vec()).map_err(|error| self.unreadable(action, &error))
    }

    /// The start of a request. Local clouds route it, and find its account and Region, by the credential scope of its
    /// signature; they do not verify the signature itself, and there is none.
    fn request(&self, service: &str, content_type: &str) -> http::request::Builder {
        let scope = format!("test/20260101/{}/{service}/aws4_request", self.region);
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none");
        Request::post(format!("{}/", self.endpoint))
            .header("content-type", content_type)
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", signature)
    }

    async fn exchange(
        &self,
        action: &str,
        request: http::Result<Request<Full<Bytes>>>,
        wait: Duration,
    ) -> Result<(StatusCode, Bytes), RemoteError> {
        let request = request.map_err(|error| self.unreadable(action, &error))?;
        let unreachable = |reason| RemoteError::Unreachable { endpoint: self.endpoint.clone(), reason };
        let answer = async {
            let response = self.http.request(request).await.map_err(|error| unreachable(innermost(&error)))?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(|error| unreachable(innermost(&error)))?;
            Ok((status, body.to_bytes()))
        };
        let limit = wait + PATIENCE;
        let late = |_| unreachable(format!("no answer to {action} within {} s", limit.as_secs()));
        tokio::time::timeout(limit, answer).await.map_err(late)?
    }

    fn refused(
        &self,
        action: &str,
        status: StatusCode,
        body: &[u8],
        read: impl FnOnce(&str) -> Option<(String, String)>,
    ) -> RemoteError {
        let (code, message) =
            read(&String::from_utf8_lossy(body)).unwrap_or_else(|| ("HTTP status".to_owned(), status.to_string()));
        RemoteError::Refused { endpoint: self.endpoint.clone(), action: action.to_owned(), code, message }
    }

    /// An answer that is none.
    pub(super) fn unreadable(&self, action: &str, reason: &dyn ToString) -> RemoteError {
        let (endpoint, reason) = (self.endpoint.clone(), reason.to_string());
        RemoteError::Unreadable { endpoint, action: action.to_owned(), reason }
    }
}

/// Code and message of an error in AWS JSON.
///
/// Source: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
fn json_error(body: &str) -> Option<(String, String)> {
    let error: Value = serde_json::from_str(body).ok()?;
    let text = |names: [&str; 2]| names.iter().find_map(|name| error[*name].as_str());
    let code = text(["__type", "code"])?;
    let code = code.rsplit('#').next().unwrap_or(code);
    Some((code.to_owned(), text(["message", "Message"]).unwrap_or_default().to_owned()))
}

/// Code and message of an error in the query protocol.
fn xml_error(body: &str) -> Option<(String, String)> {
    let code = super::stack::texts(body, "Code").ok()?.pop()?;
    Some((code, super::stack::texts(body, "Message").ok()?.pop().unwrap_or_default()))
}

/// What keeps an address from being that of a local cloud.
fn check(endpoint: &str) -> Result<(), String> {
    let uri: Uri = endpoint.parse().map_err(|error| format!("is no address ({error})"))?;
    let host = uri.host().unwrap_or_default();
    if host.ends_with("amazonaws.com") || host.ends_with("amazonaws.com.cn") {
        return Err("is AWS itself, where functions are deployed, not run from here".to_owned());
    }
    match uri.scheme_str() {
        Some("http") if uri.path() == "/" && uri.query().is_none() => Ok(()),
        Some("http") => Err("has a path".to_owned()),
        _ => Err("does not start with http://".to_owned()),
    }
}

/// What the system said, below what the layers above made of it.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_refused() {
        for (endpoint, word) in [
            ("https://sqs.eu-west-1.amazonaws.com", "AWS itself"),
            ("https://localhost:4566", "http://"),
            ("localhost:4566", "http://"),
            ("http://localhost:4566/path", "path"),
            ("http://", "no address"),
        ] {
            let error = Client::new(endpoint, "us-east-1").unwrap_err().to_string();
            assert!(error.contains(word), "{endpoint}: {error}");
        }
        for endpoint in ["http://localhost:4566", "http://10.0.0.7:4566/"] {
            assert!(Client::new(endpoint, "us-east-1").is_ok(), "{endpoint}");
        }
    }

    #[test]
    fn errors_of_both_protocols() {
        let pair = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
        let json = r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "not there"}"#;
        assert_eq!(json_error(json), pair("QueueDoesNotExist", "not there"));
        let xml =
            "<ErrorResponse><Error><Code>ValidationError</Code><Message>no &lt;a&gt;</Message></Error></ErrorResponse>";
        assert_eq!(xml_error(xml), pair("ValidationError", "no <a>"));
        assert_eq!(json_error("<html>"), None);
    }
}
