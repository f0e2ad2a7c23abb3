//! From a routed request to its input, and from an answer to the bytes that its caller understands.

use aqueduct_services::cloud::{Request, Response};
use aqueduct_services::{ApiError, Fault};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::query;
use crate::route::Service;
use crate::{actions, content, events, json, lambda, sns, sqs, xml};

/// The longest request body that is read, in bytes, but for those that bring code to Lambda.
///
/// The largest payload of a modelled service is Lambda's 6 MB; a message of 1 MiB grows up to sixfold in JSON escapes.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const BODY_MAX: usize = 8 * 1024 * 1024;

/// The request id of an answer to a request that could not be read.
const UNREAD_REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

/// How bytes and shapes correspond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.0; SQS also names errors as its query protocol did.
    Json10,
    /// AWS JSON 1.1.
    Json11,
    /// AWS query: a form in, XML out.
    Query,
    /// REST with JSON bodies.
    Rest,
}

/// How the answer to a decoded request is to be written.
#[derive(Clone, Debug)]
pub struct Codec {
    pub(crate) service: Service,
    pub(crate) protocol: Protocol,
    /// The action's name; empty for REST, where path and method name it.
    pub(crate) action: String,
}

impl Codec {
    /// Finds protocol and action of a request to `service`.
    pub(crate) fn of(service: Service, parts: &Parts, body: &Bytes) -> Self {
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let action = target.and_then(|target| target.split_once('.')).map(|(_, action)| action.to_owned());
        let protocol = match service {
            Service::Lambda | Service::Scheduler | Service::S3 => Protocol::Rest,
            Service::Events => Protocol::Json11,
            Service::DynamoDb => Protocol::Json10,
            Service::Sqs if action.is_some() => Protocol::Json10,
            Service::Sqs | Service::Sns | Service::Sts => Protocol::Query,
        };
        let action = match protocol {
            Protocol::Query => query::parameter(parts, body, "Action").unwrap_or_default(),
            Protocol::Json10 | Protocol::Json11 => action.unwrap_or_default(),
            Protocol::Rest => String::new(),
        };
        Self { service, protocol, action }
    }

    /// What AWS answers to an action that there is not; an action that is not modelled is refused by name.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
    pub(crate) fn unknown(&self) -> ApiError {
        let action = &self.action;
        if actions::is_left_out(self.service, action) {
            return ApiError::not_modelled(&format!("the {} action {action}", self.service.name()));
        }
        match self.protocol {
            Protocol::Query if action.is_empty() => ApiError::sender("MissingAction", "the request has no action"),
            Protocol::Query if self.service != Service::Sqs => no_operation(action, None),
            _ => ApiError::sender(
                "UnknownOperationException",
                format!("The action {action} is not valid for this endpoint."),
            )
            .with_query_code("InvalidAction"),
        }
    }

    /// The XML namespace of the service's answers in the query protocol.
    pub(crate) const fn namespace(&self) -> &'static str {
        match self.service {
            Service::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
            Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            _ => "http://queue.amazonaws.com/doc/2012-11-05/",
        }
    }

    /// An answer without a body.
    pub(crate) fn empty(&self, status: StatusCode, request_id: &str) -> http::Response<Bytes> {
        self.answer(status, request_id, Bytes::new())
    }

    /// An answer with `body`, in the protocol's content type.
    pub(crate) fn answer(&self, status: StatusCode, request_id: &str, body: Bytes) -> http::Response<Bytes> {
        let content_type = match self.protocol {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            Protocol::Query => "text/xml",
            Protocol::Rest => "application/json",
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }

    /// What an SQS endpoint shows to a browser that opens it.
    fn no_action(&self) -> http::Response<Bytes> {
        self.answer(StatusCode::NOT_FOUND, UNREAD_REQUEST_ID, Bytes::from_static(b"<UnknownOperationException/>\n"))
    }

    /// Writes a refusal.
    pub(crate) fn refusal(&self, error: &ApiError, request_id: &str) -> http::Response<Bytes> {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self.protocol {
            Protocol::Query => {
                let body = xml::error(self.namespace(), error, request_id);
                self.answer(status, request_id, body.into())
            }
            Protocol::Json10 | Protocol::Json11 => {
                let shape = json::error_shape(self.service, &error.code);
                let mut response = self.answer(status, request_id, json::error(&shape, &error.message));
                if self.service == Service::Sqs
                    && let Ok(value) = HeaderValue::from_str(&json::query_error(error))
                {
                    response.headers_mut().insert("x-amzn-query-error", value);
                }
                response
            }
            Protocol::Rest => {
                let fault = if error.fault == Fault::Sender { "User" } else { "Service" };
                let body = serde_json::json!({ "Type": fault, "Message": error.message, "message": error.message });
                let mut response = self.answer(status, request_id, body.to_string().into());
                if let Ok(value) = HeaderValue::from_str(&error.code) {
                    response.headers_mut().insert("x-amzn-errortype", value);
                }
                response
            }
        }
    }
}

/// What SNS and STS answer to an action that their API does not have in the version asked for.
fn no_operation(action: &str, version: Option<&str>) -> ApiError {
    let version = version.unwrap_or("NO_VERSION_SPECIFIED");
    ApiError::sender("InvalidAction", format!("Could not find operation {action} for version {version}"))
}

/// What holds for every action of a service.
fn check(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<(), ApiError> {
    if content::is_cbor(parts) {
        let what = format!("Smithy RPC v2 CBOR for {}, which SDKs speak to other services", codec.service.name());
        return Err(ApiError::not_modelled(&what));
    }
    if codec.protocol == Protocol::Query {
        query::check(parts, body)?;
        let version = query::parameter(parts, body, "Version");
        let wanted = match codec.service {
            Service::Sns => Some("2010-03-31"),
            Service::Sts => Some("2011-06-15"),
            // SQS answers in all its versions alike.
            _ => None,
        };
        // Requests without a version, as written by hand, are read; AWS refuses them.
        if let Some(wanted) = wanted
            && (version.as_ref().is_some_and(|version| version != wanted)
                || !actions::exists(codec.service, &codec.action))
            && !codec.action.is_empty()
        {
            return Err(no_operation(&codec.action, version.as_deref()));
        }
    }
    Ok(())
}

/// Undoes the content coding and finds protocol and action; an answer in place of a request that cannot be read.
pub(crate) fn open(
    service: Service,
    parts: &Parts,
    body: &Bytes,
) -> Result<(Codec, Bytes), Box<http::Response<Bytes>>> {
    let refuse = |codec: &Codec, error: &ApiError| Box::new(codec.refusal(error, UNREAD_REQUEST_ID));
    let plain = match service {
        Service::Lambda if lambda::brings_code(parts) => lambda::code_body(body),
        _ => content::plain(parts, body),
    };
    let plain = plain.map_err(|error| refuse(&Codec::of(service, parts, &Bytes::new()), &error))?;
    let codec = Codec::of(service, parts, &plain);
    check(&codec, parts, &plain).map_err(|error| refuse(&codec, &error))?;
    if codec.service == Service::Sqs && codec.protocol == Protocol::Query && codec.action.is_empty() {
        return Err(Box::new(codec.no_action()));
    }
    Ok((codec, plain))
}

/// Reads a request; a request that is not one gets its error answer at once.
///
/// DynamoDB, S3 and STS are not among the services of the embedded cloud's `Request`: hand the first two on to
/// their own implementations, and answer STS with [`crate::caller_identity`].
pub fn decode(service: Service, parts: &Parts, body: &Bytes) -> Result<(Request, Codec), Box<http::Response<Bytes>>> {
    let (codec, body) = open(service, parts, body)?;
    let request = match service {
        Service::Sqs => sqs::decode(&codec, parts, &body).map(Request::Sqs),
        Service::Sns => sns::decode(&codec, parts, &body).map(Request::Sns),
        Service::Events | Service::Scheduler => events::decode(&codec, parts, &body).map(Request::Events),
        Service::Lambda => lambda::decode(&codec, parts, &body).map(Request::Lambda),
        Service::DynamoDb | Service::S3 | Service::Sts => {
            Err(ApiError::not_modelled("this service as part of the embedded cloud"))
        }
    };
    match request {
        Ok(mut request) => {
            if let Some(Ok(header)) = parts.headers.get("x-amzn-trace-id").map(|value| value.to_str()) {
                request.set_trace_header(header);
            }
            Ok((request, codec))
        }
        Err(error) => Err(Box::new(codec.refusal(&error, UNREAD_REQUEST_ID))),
    }
}

/// Writes an answer in the protocol and version of its request.
pub fn encode(codec: &Codec, result: Result<Response, ApiError>, request_id: &str) -> http::Response<Bytes> {
    match result {
        Ok(Response::Sqs(response)) => sqs::encode(codec, &response, request_id),
        Ok(Response::Sns(response)) => sns::encode(codec, &response, request_id),
        Ok(Response::Events(response)) => events::encode(codec, &response, request_id),
        Ok(Response::Lambda(response)) => lambda::encode(codec, response, request_id),
        Err(error) if codec.service == Service::Sqs && codec.protocol == Protocol::Query => {
            codec.refusal(&sqs::in_query(error), request_id)
        }
        Err(error) => codec.refusal(&error, request_id),
    }
}
