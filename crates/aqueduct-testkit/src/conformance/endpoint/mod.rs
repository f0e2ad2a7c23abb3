//! An endpoint that speaks AWS's protocols over HTTP: ours, another local cloud's, or AWS.

mod clock;
mod http1;
mod sign;

use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::{Site, Timestamp};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use serde_json::{Value, json};

use super::backend::Backend;
use super::case::{Case, FunctionScript, Look};
use super::client::{self, Service, SqsProtocol};
use super::text::Names;
use sign::Signer;

pub use sign::Keys;

/// The role of functions; AWS wants one that is there and may write logs, read queues and send to destinations.
const ROLE: &str = "aqueduct-conformance";

/// How long a function may take until it can be invoked.
const ACTIVE_MAX: Duration = Duration::from_secs(30);

/// An endpoint to hold the suite against.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    site: Site,
    signer: Signer,
    /// The archive that functions are made of, in Base64.
    code: Option<Arc<str>>,
}

/// An endpoint that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The address is not one of an endpoint.
    #[error("{0:?} is no endpoint: use http://HOST:PORT, or https://{{service}}.REGION.amazonaws.com for AWS")]
    Address(String),
    /// It does not say which account it is.
    #[error("{url} does not answer GetCallerIdentity of STS: {why}")]
    Account {
        /// The address.
        url: String,
        /// What happened.
        why: String,
    },
}

impl Endpoint {
    /// Asks the endpoint at `url` for its account. `{service}` in the address stands for the name of a service, as AWS has
    /// one host for each. Requests are signed with `keys`.
    pub fn new(url: &str, region: &str, keys: Keys) -> Result<Self, Unusable> {
        let url = url.trim_end_matches('/').to_owned();
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(Unusable::Address(url));
        }
        let site = Site { account: String::new(), region: region.to_owned(), endpoint: url.clone() };
        let mut endpoint = Self { url, site, signer: Signer::new(keys, region), code: None };
        let why = |why| Unusable::Account { url: endpoint.url.clone(), why };
        endpoint.site.account = endpoint.account().map_err(why)?;
        Ok(endpoint)
    }

    /// Lets cases make functions: `code` is the archive of a bootstrap that plays the script in its environment variable
    /// `CONFORMANCE_SCRIPT`, in Base64.
    #[must_use]
    pub fn with_functions(mut self, code: &str) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Whether cases can make functions.
    pub(super) const fn has_functions(&self) -> bool {
        self.code.is_some()
    }

    fn account(&self) -> Result<String, String> {
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let request = http::Request::post("/")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .header(CONTENT_LENGTH, body.len())
            .body(Bytes::from_static(body.as_bytes()))
            .map_err(|error| error.to_string())?;
        let response = self.send("sts", request)?;
        let answer = String::from_utf8_lossy(response.body());
        let account = answer.split_once("<Account>").and_then(|(_, rest)| rest.split_once("</Account>"));
        account.map(|(account, _)| account.to_owned()).ok_or_else(|| format!("{}: {answer}", response.status()))
    }

    fn send(&self, service: &str, mut request: http::Request<Bytes>) -> Result<http::Response<Bytes>, String> {
        let url = format!("{}{}", self.url.replace("{service}", service), request.uri());
        let uri: http::Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let authority = uri.authority().ok_or_else(|| format!("{url} has no host"))?.to_string();
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, authority.parse().map_err(|error| format!("{authority}: {error}"))?);
        self.signer.sign(service, &mut request, clock::now())?;
        http1::exchange(&request).map_err(|error| format!("{url}: {error}"))
    }

    /// The endpoint made ready for one case.
    pub(super) fn ready(&self, sqs: SqsProtocol, run: &str) -> Connected<'_> {
        Connected { endpoint: self, sqs, run: run.to_owned(), functions: Vec::new() }
    }

    /// Letters and digits that no other run has.
    pub(super) fn run_name() -> String {
        format!("{:x}", clock::now().as_millis() % (1 << 40))
    }
}

/// An endpoint in use by a case.
pub(super) struct Connected<'a> {
    endpoint: &'a Endpoint,
    sqs: SqsProtocol,
    run: String,
    /// The functions that were made.
    functions: Vec<String>,
}

impl Connected<'_> {
    fn lambda(&mut self, action: &str, input: &Value) -> Result<Value, String> {
        let request = client::request(Service::Lambda, action, input, self.sqs)?;
        let response = self.exchange(Service::Lambda, request)?;
        let answer = client::answer(Service::Lambda, action, self.sqs, &response)?;
        answer.map_err(|refusal| format!("{action} was refused with {}: {}", refusal.code, refusal.message))
    }

    /// Waits until a function can be invoked.
    fn until_active(&mut self, name: &str) -> Result<(), String> {
        let until = clock::now() + ACTIVE_MAX;
        loop {
            let function = self.lambda("GetFunctionConfiguration", &json!({ "FunctionName": name }))?;
            match function["State"].as_str() {
                Some("Active") => return Ok(()),
                Some("Pending") if clock::now() < until => self.wait(Duration::from_millis(200)),
                _ => return Err(format!("the function {name} does not become active: {}", function["StateReason"])),
            }
        }
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        for name in std::mem::take(&mut self.functions) {
            // A function that is gone already is refused, which is as well.
            let _ = self.lambda("DeleteFunction", &json!({ "FunctionName": name }));
        }
    }
}

impl Backend for Connected<'_> {
    fn site(&self) -> &Site {
        &self.endpoint.site
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn wait(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn sqs(&self) -> SqsProtocol {
        self.sqs
    }

    fn exchange(&mut self, service: Service, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, String> {
        self.endpoint.send(service.name(), request)
    }

    fn add_function(&mut self, name: &str, script: &FunctionScript) -> Result<String, String> {
        let code = self.endpoint.code.clone().ok_or("functions are not made here")?;
        let name = format!("{name}-{}", self.run);
        let role = format!("arn:aws:iam::{}:role/{ROLE}", self.site().account);
        let variables = json!({ "CONFORMANCE_SCRIPT": json!(script).to_string() });
        let mut input = json!({
            "FunctionName": name, "Role": role, "Handler": "bootstrap", "Runtime": "provided.al2023",
            "Code": { "ZipFile": &*code }, "Environment": { "Variables": variables },
        });
        input.as_object_mut().into_iter().for_each(|members| members.extend(script.with.clone()));
        let function = self.lambda("CreateFunction", &input)?;
        self.functions.push(name.clone());
        self.until_active(&name)?;
        function["FunctionArn"].as_str().map(str::to_owned).ok_or_else(|| "a function without an ARN".to_owned())
    }

    fn deploy(&mut self, _: &Case, _: &mut Names) -> Result<(), String> {
        Err("templates are deployed in virtual time only".to_owned())
    }

    fn look(&mut self, _: &Look) -> Result<(), String> {
        Err("only the embedded cloud in virtual time can be looked into".to_owned())
    }

    fn keeps_what_was_made(&self) -> bool {
        true
    }
}
