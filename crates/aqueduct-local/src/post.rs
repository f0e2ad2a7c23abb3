//! Requests that SNS sends to HTTP endpoints on this machine.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use aqueduct_services::sns::{Post, Posted};
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

use crate::serve;

/// How long an endpoint may take to answer.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html>
const TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer is read, so that the connection can be used again; nobody looks at it.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A request that came to its end, by its ticket.
pub(crate) type Report = (u64, Posted);

/// Sends requests, each in a task of its own.
#[derive(Debug)]
pub(crate) struct Posts {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    reports: mpsc::UnboundedSender<Report>,
}

impl Posts {
    /// Nothing sent yet; the reports come out of the channel.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Report>) {
        let (reports, reported) = mpsc::unbounded_channel();
        let http = legacy::Client::builder(TokioExecutor::new()).build_http();
        (Self { http, reports }, reported)
    }

    /// Sends a request, and reports how it went.
    pub(crate) fn send(&self, post: Post) {
        let (http, reports) = (self.http.clone(), self.reports.clone());
        tokio::spawn(async move {
            let ticket = post.ticket;
            // Nobody listens any more when the run is over.
            let _ = reports.send((ticket, answer(&http, post).await));
        });
    }
}

async fn answer(http: &legacy::Client<HttpConnector, Full<Bytes>>, post: Post) -> Posted {
    if let Err(reason) = check(&post.url) {
        return Posted::Refused(reason);
    }
    let mut request = Request::post(&post.url);
    for (name, value) in &post.headers {
        request = request.header(*name, value);
    }
    let request = match request.body(Full::new(Bytes::from(post.body))) {
        Ok(request) => request,
        Err(error) => return Posted::Refused(format!("{} cannot be sent to: {error}", post.url)),
    };
    let exchange = async {
        let response = http.request(request).await.map_err(|error| innermost(&error))?;
        let status = response.status().as_u16();
        let _ = serve::collect(response.into_body(), ANSWER_BYTES_MAX).await;
        Ok::<_, String>(status)
    };
    match tokio::time::timeout(TIMEOUT, exchange).await {
        Ok(Ok(status)) => Posted::Answered(status),
        Ok(Err(reason)) => Posted::Failed(format!("{} cannot be reached: {reason}", post.url)),
        Err(_) => Posted::Failed(format!("{} did not answer within {} s", post.url, TIMEOUT.as_secs())),
    }
}

/// What keeps a URL from being sent to: traffic stays on this machine, and has no TLS.
fn check(url: &str) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|error| format!("{url} is no address ({error})"))?;
    if uri.scheme_str() != Some("http") {
        return Err(format!(
            "{url} needs TLS, which this run does not speak: subscribe an http:// address of this machine"
        ));
    }
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_here = host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_here {
        return Ok(());
    }
    Err(format!(
        "{url} is not on this machine, and this run sends to loopback addresses only: subscribe http://127.0.0.1:PORT/ or \
         http://localhost:PORT/, and let what listens there pass it on"
    ))
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
    fn requests_stay_on_this_machine() {
        for url in ["http://127.0.0.1:8080/hook", "http://localhost/", "http://[::1]:9/x?y=1", "http://127.9.9.9:1"] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for (url, words) in [
            ("https://localhost/", "needs TLS"),
            ("http://example.org/", "http://127.0.0.1:PORT/"),
            ("http://10.0.0.7:8080/", "not on this machine"),
            ("http://localhost.example.org/", "not on this machine"),
            ("http://user@evil.example.org/", "not on this machine"),
            ("oops", "needs TLS"),
        ] {
            let reason = check(url).unwrap_err();
            assert!(reason.contains(words) && reason.starts_with(url), "{url}: {reason}");
        }
    }
}
