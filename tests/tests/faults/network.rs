//! The way from the AWS SDK to the cloud, which loses, refuses and delays what it is told to.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Connector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// None: the request passes, and the fault after it is for a later one.
    Pass,
    /// The service asks for patience and does nothing.
    Throttle,
    /// The service does what it is asked, and its answer is lost.
    LoseAnswer,
    /// Of a batch, the entry at this place is refused, by the sender's fault or not, and the others are taken.
    Refuse(usize, bool),
    /// Nothing comes back, ever; whoever waits for it is told.
    Hang(Arc<Notify>),
}

/// The network, and which faults it has in store.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    http: Client<Connector, Full<Bytes>>,
    faults: Arc<Mutex<Vec<(&'static str, Fault)>>>,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self { http: Client::builder(TokioExecutor::new()).build_http(), faults: Arc::default() }
    }

    /// Lets the next request of an operation that has no fault yet, or so many of them, meet this one.
    pub(crate) fn next(&self, operation: &'static str, times: usize, fault: &Fault) {
        self.faults.lock().unwrap().extend((0..times).map(|_| (operation, fault.clone())));
    }

    /// How many faults did not happen yet.
    pub(crate) fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    fn take(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let place = faults.iter().position(|(of, _)| *of == operation)?;
        Some(faults.remove(place).1)
    }

    async fn forward(&self, request: HttpRequest, body: Option<String>) -> Result<HttpResponse, ConnectorError> {
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::io(error);
        let mut request = request.try_into_http1x().map_err(|error| broken(error.into()))?;
        let bytes = match body {
            Some(body) => Bytes::from(body),
            None => Bytes::copy_from_slice(request.body().bytes().unwrap_or_default()),
        };
        request.headers_mut().remove("content-length");
        let answer =
            self.http.request(request.map(|_| Full::new(bytes))).await.map_err(|error| broken(error.into()))?;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.map_err(|error| broken(error.into()))?.to_bytes();
        let answer = http::Response::from_parts(head, SdkBody::from(bytes));
        HttpResponse::try_from(answer).map_err(|error| broken(error.into()))
    }

    async fn call(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        match self.take(&operation(&request)) {
            None | Some(Fault::Pass) => self.forward(request, None).await,
            Some(Fault::Throttle) => Ok(throttled(&request)),
            Some(Fault::LoseAnswer) => {
                self.forward(request, None).await?;
                Err(ConnectorError::io("the connection was reset".into()))
            }
            Some(Fault::Refuse(place, sender_fault)) => self.refuse(request, place, sender_fault).await,
            Some(Fault::Hang(reached)) => {
                reached.notify_one();
                std::future::pending().await
            }
        }
    }

    /// Forwards a batch of SQS or EventBridge without one entry, and puts its refusal into the answer.
    async fn refuse(&self, request: HttpRequest, place: usize, sender: bool) -> Result<HttpResponse, ConnectorError> {
        let mut asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let refused = asked["Entries"].as_array_mut().unwrap().remove(place);
        let refusal =
            json!({"Id": refused["Id"], "Code": "InternalError", "Message": "not this one", "SenderFault": sender});
        if asked["Entries"].as_array().unwrap().is_empty() {
            return Ok(answer(200, json!({"Successful": [], "Failed": [refusal]}).to_string()));
        }
        let response = self.forward(request, Some(asked.to_string())).await?;
        let mut answered: Value = serde_json::from_slice(response.body().bytes().unwrap()).unwrap();
        match answered["Entries"].as_array_mut() {
            Some(entries) => {
                let code = if sender { "MalformedDetail" } else { "ThrottlingException" };
                entries.insert(place, json!({"ErrorCode": code, "ErrorMessage": "not this one"}));
                answered["FailedEntryCount"] = json!(1);
            }
            None => answered["Failed"] = json!([refusal]),
        }
        Ok(answer(200, answered.to_string()))
    }
}

/// The operation of a request: a header in the JSON protocols, a parameter of the form in the query protocol.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let form = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}

fn answer(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

fn throttled(request: &HttpRequest) -> HttpResponse {
    if request.headers().get("x-amz-target").is_none() {
        let error = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>slow down</Message></Error>";
        return answer(400, format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"));
    }
    answer(400, json!({"__type": "com.amazonaws#ThrottlingException", "message": "slow down"}).to_string())
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().call(request))
    }
}

impl HttpClient for Network {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
