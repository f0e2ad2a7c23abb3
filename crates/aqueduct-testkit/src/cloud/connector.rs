//! The way of AWS SDK clients into the cloud: requests are answered in this process, in virtual time.

use std::time::Duration;

use aqueduct_services::ApiError;
use aqueduct_wire::{Failure, Service};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use http_body_util::BodyExt;

use super::core::Shared;
use super::mishaps::Mishaps;
use super::stores::Stores;
use super::{caller, entries};
use crate::fault::{Fault, Point, When};
use crate::template::site;

/// How long a request takes to its service and back.
const LATENCY: Duration = Duration::from_millis(5);

/// The request id of every answer.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000001";

/// What SDK clients are given in place of a network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    shared: Shared,
    stores: Stores,
    mishaps: Mishaps,
}

/// The connection broke.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection was reset before the answer came")]
struct Reset;

impl Network {
    pub(crate) const fn new(shared: Shared, stores: Stores, mishaps: Mishaps) -> Self {
        Self { shared, stores, mishaps }
    }

    /// A request on its way to its service and back, with what goes wrong there.
    async fn exchange(&self, parts: Parts, body: Bytes) -> Result<http::Response<Bytes>, Reset> {
        let Some(service) = aqueduct_wire::route(&parts, &body) else {
            tokio::time::sleep(LATENCY).await;
            return Ok(unknown(&parts));
        };
        let operation = format!("{}.{}", name(service), aqueduct_wire::operation(service, &parts, &body));
        let nth = self.mishaps.count(&operation);
        let call = |when| Point::Call { operation: operation.clone(), nth, when };
        let fault = self.mishaps.at(&call(When::Before));
        tokio::time::sleep(LATENCY + delay(fault)).await;
        let fail = |failure| Ok(aqueduct_wire::fail(service, &parts, &body, failure, REQUEST_ID));
        if self.mishaps.is_out(&operation, self.shared.clock().elapsed()) {
            return fail(Failure::Down(503));
        }
        match fault {
            Some(Fault::Error { status }) => return fail(Failure::Down(status)),
            Some(Fault::Throttle) => return fail(Failure::Throttled),
            _ => {}
        }
        let answer = self.answer(service, parts, body, fault).await;
        match self.mishaps.at(&call(When::After)) {
            Some(Fault::LoseAnswer) => return Err(Reset),
            late @ Some(Fault::Latency { .. }) => tokio::time::sleep(delay(late)).await,
            _ => {}
        }
        Ok(answer)
    }

    async fn answer(&self, service: Service, parts: Parts, body: Bytes, fault: Option<Fault>) -> http::Response<Bytes> {
        match service {
            Service::DynamoDb => return self.stores.dynamodb(&parts, &body),
            Service::S3 => return self.stores.s3(parts, body).await,
            Service::Sts => return aqueduct_wire::caller_identity(&site(), &parts, &body, REQUEST_ID),
            _ => {}
        }
        let (mut request, codec) = match aqueduct_wire::decode(service, &parts, &body) {
            Ok(decoded) => decoded,
            Err(refusal) => return *refusal,
        };
        let failed = fault.and_then(|fault| match fault {
            Fault::FailEntries { .. } => entries::take(fault, &mut request),
            _ => None,
        });
        let answer = match failed {
            None => self.shared.call(request).await,
            Some(failed) if entries::is_empty(&request) => {
                let answer = entries::none_left(&failed);
                entries::put_back(failed, Ok(answer))
            }
            Some(failed) => entries::put_back(failed, self.shared.call(request).await),
        };
        aqueduct_wire::encode(&codec, answer, REQUEST_ID)
    }

    /// Answers an SDK client.
    async fn send(self, request: HttpRequest, trace_id: Option<String>) -> Result<HttpResponse, ConnectorError> {
        let other = |error| ConnectorError::other(error, None);
        let (mut parts, body) = request.try_into_http1x().map_err(|error| other(error.into()))?.into_parts();
        caller::sign(&mut parts.headers, trace_id.as_deref());
        let body = match body.bytes() {
            Some(bytes) => Bytes::copy_from_slice(bytes),
            None => body.collect().await.map_err(other)?.to_bytes(),
        };
        let answer = self.exchange(parts, body).await.map_err(|reset| ConnectorError::io(reset.into()))?;
        HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| other(error.into()))
    }
}

/// The service's name in front of its operations.
pub(super) const fn name(service: Service) -> &'static str {
    match service {
        Service::Scheduler => "Scheduler",
        service => service.name(),
    }
}

const fn delay(fault: Option<Fault>) -> Duration {
    match fault {
        Some(Fault::Latency { millis }) => Duration::from_millis(millis),
        _ => Duration::ZERO,
    }
}

fn unknown(parts: &Parts) -> http::Response<Bytes> {
    let what =
        format!("{} {}{}", parts.method, parts.uri.authority().map_or("", |host| host.as_str()), parts.uri.path());
    let mut response = http::Response::new(Bytes::from(ApiError::not_modelled(&what).to_string()));
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    response
}

impl HttpClient for Network {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connection { network: self.clone(), read_timeout: settings.read_timeout() })
    }
}

/// A connection with the timeouts of a client.
#[derive(Debug)]
struct Connection {
    network: Network,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.network.clone().send(request, caller::trace_id());
        let Some(read_timeout) = self.read_timeout else { return HttpConnectorFuture::new(answer) };
        HttpConnectorFuture::new(async move {
            let answer = tokio::time::timeout(read_timeout, answer).await;
            answer.unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
        })
    }
}
