//! An endpoint that speaks AWS's protocols over HTTP: ours, another local cloud's, or AWS.

mod clock;
mod http1;
mod sign;

use std::time::Duration;

use aqueduct_services::{Site, Timestamp};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};

use super::backend::Backend;
use super::case::{Case, FunctionScript, Look};
use super::client::{Service, SqsProtocol};
use super::text::Names;
use sign::Signer;

pub use sign::Keys;

/// An endpoint to hold the suite against.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    site: Site,
    signer: Signer,
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
        let mut endpoint = Self { url, site, signer: Signer::new(keys, region) };
        let why = |why| Unusable::Account { url: endpoint.url.clone(), why };
        endpoint.site.account = endpoint.account().map_err(why)?;
        Ok(endpoint)
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
    pub(super) const fn ready(&self, sqs: SqsProtocol) -> Connected<'_> {
        Connected { endpoint: self, sqs }
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

    fn add_function(&mut self, name: &str, _: &FunctionScript) -> Result<String, String> {
        Err(format!("the function {name} cannot be made here"))
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
