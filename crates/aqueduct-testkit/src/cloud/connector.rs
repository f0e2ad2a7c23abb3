//! The way of AWS SDK clients into the cloud: requests are answered in this process, in virtual time.

use std::time::Duration;

use aqueduct_services::ApiError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::request::Parts;
use http_body_util::BodyExt;

use super::caller::Caller;
use super::core::Shared;

/// How long a request takes to its service and back.
const LATENCY: Duration = Duration::from_millis(5);

/// What SDK clients are given in place of a network.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    shared: Shared,
}

impl Network {
    pub(crate) const fn new(shared: Shared) -> Self {
        Self { shared }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, parts: &Parts, body: Bytes) -> http::Response<Bytes> {
        let request_id = "00000000-0000-4000-8000-000000000001";
        let Some(service) = aqueduct_wire::route(parts, &body) else {
            let error = ApiError::not_modelled(&format!("{} {}", parts.method, parts.uri.path()));
            let mut response = http::Response::new(Bytes::from(error.to_string()));
            *response.status_mut() = http::StatusCode::NOT_IMPLEMENTED;
            return response;
        };
        let (request, codec) = match aqueduct_wire::decode(service, parts, &body) {
            Ok(decoded) => decoded,
            Err(refusal) => return *refusal,
        };
        aqueduct_wire::encode(&codec, self.shared.call(request).await, request_id)
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::other(error, None);
        let caller = Caller::current();
        let request = request.try_into_http1x().map_err(|error| broken(error.into()))?;
        let (mut parts, body) = request.into_parts();
        caller.sign(&mut parts.headers);
        let body = match body.bytes() {
            Some(bytes) => Bytes::copy_from_slice(bytes),
            None => body.collect().await.map_err(broken)?.to_bytes(),
        };
        tokio::time::sleep(LATENCY).await;
        let answer = self.answer(&parts, body).await;
        HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| broken(error.into()))
    }
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
        let (exchange, read_timeout) = (self.network.clone().exchange(request), self.read_timeout);
        HttpConnectorFuture::new(async move {
            match read_timeout {
                None => exchange.await,
                Some(timeout) => match tokio::time::timeout(timeout, exchange).await {
                    Ok(answer) => answer,
                    Err(elapsed) => Err(ConnectorError::timeout(elapsed.into())),
                },
            }
        })
    }
}
