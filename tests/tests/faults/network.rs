//! The way from the AWS SDK to the cloud, which loses, refuses and delays what it is told to.

use std::cmp::Ordering;
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
use url::form_urlencoded;

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// None: the request passes, and the fault after it is for a later one.
    Pass,
    /// The service asks for patience and does nothing.
    Throttle,
    /// The service does what it is asked, and its answer is lost.
    LoseAnswer,
    /// Of a batch, the entry at this place is refused, and the others are taken.
    Refuse(usize, Blame),
    /// Nothing comes back, ever; whoever waits for it is told.
    Hang(Arc<Notify>),
}

/// Why a service refuses an entry, as it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// It failed itself.
    Service,
    /// The entry is wrong, and will be wrong again.
    Sender,
    /// Too much came at once, which SQS and SNS call the sender's fault.
    Haste,
}

impl Blame {
    /// The code and the fault in the answers of SQS and SNS.
    const fn batch(self) -> (&'static str, bool) {
        match self {
            Self::Service => ("InternalError", false),
            Self::Sender => ("InvalidMessageContents", true),
            Self::Haste => ("ThrottlingException", true),
        }
    }

    /// The code in an answer of EventBridge.
    const fn bus(self) -> &'static str {
        match self {
            Self::Service => "InternalFailure",
            Self::Sender => "MalformedDetail",
            Self::Haste => "ThrottlingException",
        }
    }
}

/// The network, and which faults it has in store.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    http: Client<Connector, Full<Bytes>>,
    faults: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    /// The operations that reached the cloud, each with how many entries its batch had.
    passed: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            faults: Arc::default(),
            passed: Arc::default(),
        }
    }

    /// Lets the next request of an operation that has no fault yet, or so many of them, meet this one.
    pub(crate) fn next(&self, operation: &'static str, times: usize, fault: &Fault) {
        self.faults.lock().unwrap().extend((0..times).map(|_| (operation, fault.clone())));
    }

    /// How many faults did not happen yet.
    pub(crate) fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    /// How many requests of an operation reached the cloud.
    pub(crate) fn passed(&self, operation: &str) -> usize {
        self.batches(operation).len()
    }

    /// How many entries the requests of an operation had that reached the cloud, one by one.
    pub(crate) fn batches(&self, operation: &str) -> Vec<usize> {
        let passed = self.passed.lock().unwrap();
        passed.iter().filter(|(of, _)| of == operation).map(|(_, entries)| *entries).collect()
    }

    fn take(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let place = faults.iter().position(|(of, _)| *of == operation)?;
        Some(faults.remove(place).1)
    }

    async fn forward(&self, request: HttpRequest, body: Option<String>) -> Result<HttpResponse, ConnectorError> {
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| ConnectorError::io(error);
        let of = operation(&request);
        let mut request = request.try_into_http1x().map_err(|error| broken(error.into()))?;
        let bytes = match body {
            Some(body) => Bytes::from(body),
            None => Bytes::copy_from_slice(request.body().bytes().unwrap_or_default()),
        };
        self.passed.lock().unwrap().push((of, entries(&bytes)));
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
            Some(Fault::Refuse(place, blame)) if is_form(&request) => self.refuse_member(request, place, blame).await,
            Some(Fault::Refuse(place, blame)) => self.refuse(request, place, blame).await,
            Some(Fault::Hang(reached)) => {
                reached.notify_one();
                std::future::pending().await
            }
        }
    }

    /// Forwards a batch of SQS or EventBridge without one entry, and puts its refusal into the answer.
    async fn refuse(&self, request: HttpRequest, place: usize, blame: Blame) -> Result<HttpResponse, ConnectorError> {
        let mut asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let refused = asked["Entries"].as_array_mut().unwrap().remove(place);
        let (code, sender_fault) = blame.batch();
        let refusal =
            json!({"Id": refused["Id"], "Code": code, "Message": "not this one", "SenderFault": sender_fault});
        if asked["Entries"].as_array().unwrap().is_empty() {
            return Ok(answer(200, json!({"Successful": [], "Failed": [refusal]}).to_string()));
        }
        let response = self.forward(request, Some(asked.to_string())).await?;
        let mut answered: Value = serde_json::from_slice(response.body().bytes().unwrap()).unwrap();
        match answered["Entries"].as_array_mut() {
            Some(entries) => {
                entries.insert(place, json!({"ErrorCode": blame.bus(), "ErrorMessage": "not this one"}));
                answered["FailedEntryCount"] = json!(1);
            }
            None => answered["Failed"] = json!([refusal]),
        }
        Ok(answer(200, answered.to_string()))
    }

    /// The same for SNS, whose batches are forms and whose answers are XML.
    async fn refuse_member(
        &self,
        request: HttpRequest,
        place: usize,
        blame: Blame,
    ) -> Result<HttpResponse, ConnectorError> {
        let (rest, id) = without_member(request.body().bytes().unwrap(), place);
        let (code, fault) = blame.batch();
        let why = format!("<Code>{code}</Code><Message>not this one</Message><SenderFault>{fault}</SenderFault>");
        let failed = format!("<Failed><member><Id>{id}</Id>{why}</member></Failed>");
        if !rest.contains(MEMBER) {
            let result = format!("<PublishBatchResult><Successful></Successful>{failed}</PublishBatchResult>");
            return Ok(answer(200, format!("<PublishBatchResponse>{result}</PublishBatchResponse>")));
        }
        let response = self.forward(request, Some(rest)).await?;
        let text = std::str::from_utf8(response.body().bytes().unwrap()).unwrap();
        assert!(text.contains("<Failed></Failed>"), "{text}");
        Ok(answer(200, text.replace("<Failed></Failed>", &failed)))
    }
}

/// Whether a request is in the query protocol.
fn is_form(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target").is_none() && !is_s3(request)
}

/// Only requests to S3 say what their bodies add up to.
fn is_s3(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-content-sha256").is_some()
}

/// The operation of a request: a header in the JSON protocols, a parameter of the form in the query protocol, the method
/// for an object of S3.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    if is_s3(request) {
        return match request.method() {
            "GET" => "GetObject".to_owned(),
            "PUT" => "PutObject".to_owned(),
            other => other.to_owned(),
        };
    }
    let form = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}

/// A batch of SNS without one of its entries, and the id of that entry.
fn without_member(body: &[u8], place: usize) -> (String, String) {
    let (mut rest, mut id) = (form_urlencoded::Serializer::new(String::new()), String::new());
    for (name, value) in form_urlencoded::parse(body) {
        let Some((member, field)) = name.strip_prefix(MEMBER).and_then(|name| name.split_once('.')) else {
            rest.append_pair(&name, &value);
            continue;
        };
        let member: usize = member.parse().unwrap();
        match (member - 1).cmp(&place) {
            Ordering::Less => _ = rest.append_pair(&name, &value),
            Ordering::Greater => _ = rest.append_pair(&format!("{MEMBER}{}.{field}", member - 1), &value),
            Ordering::Equal if field == "Id" => id = value.into_owned(),
            Ordering::Equal => {}
        }
    }
    (rest.finish(), id)
}

/// How many entries a batch has.
fn entries(body: &[u8]) -> usize {
    if let Ok(asked) = serde_json::from_slice::<Value>(body) {
        return asked["Entries"].as_array().map_or(0, Vec::len);
    }
    form_urlencoded::parse(body).filter(|(name, _)| name.starts_with(MEMBER) && name.ends_with(".Id")).count()
}

/// What the names of a batch's entries begin with in a form.
const MEMBER: &str = "PublishBatchRequestEntries.member.";

fn answer(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

fn throttled(request: &HttpRequest) -> HttpResponse {
    if is_s3(request) {
        return answer(503, "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>".to_owned());
    }
    if is_form(request) {
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
