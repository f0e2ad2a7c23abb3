//! Orders sent to a function URL and followed to their ends.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aqueduct_local::Local;
use aqueduct_topology::Topology;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::join_all;
use hyper::{Method, Uri};
use serde::Deserialize;
use serde_json::Value;

use crate::args::Up;
use crate::commands::happening::Happening;
use crate::failure::Failure;
use crate::http::{Answer, Ask};
use crate::screen;

/// The longest pause between two looks at a status, so that its steps are seen as they happen.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// An HTTP event for a function.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    file: PathBuf,
    function: String,
    event: HttpEvent,
}

/// An event of a function URL, payload format 2.0, as far as it says what to send.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpEvent {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    request_context: RequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Clone, Debug, Deserialize)]
struct Http {
    method: String,
}

/// A status as the pipeline reports it.
#[derive(Debug, Deserialize)]
struct Status {
    id: String,
    state: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    updated: Value,
    next_action: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
struct Step {
    #[serde(rename = "step")]
    name: String,
    #[serde(default)]
    at: Value,
    #[serde(default)]
    message: String,
}

/// Reads the events that are to be sent.
pub(crate) fn read_all(args: &Up, topology: &Topology) -> Result<Vec<Order>, Failure> {
    if args.send.is_empty() {
        return Ok(Vec::new());
    }
    let function = receiver(args, topology)?;
    args.send.iter().map(|file| read(file, &function)).collect()
}

fn receiver(args: &Up, topology: &Topology) -> Result<String, Failure> {
    let with_url: Vec<&str> = topology
        .functions
        .iter()
        .filter(|function| function.url.is_some())
        .map(|function| function.id.as_str())
        .collect();
    match (&args.to, with_url.as_slice()) {
        (Some(to), all) if all.contains(&to.as_str()) => Ok(to.clone()),
        (Some(to), all) => Err(Failure::setup(format!("--to {to}: no such function with a URL; there are {all:?}"))),
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => {
            Err(Failure::setup("no function of the template has a URL to send to; set FunctionUrlConfig on one"))
        }
        (None, several) => {
            Err(Failure::setup(format!("several functions have a URL: {several:?}; choose one with --to")))
        }
    }
}

fn read(file: &Path, function: &str) -> Result<Order, Failure> {
    let name = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::setup(format!("cannot read the event {name}: {error}")))?;
    let event = serde_json::from_str(&text).map_err(|error| {
        Failure::setup(format!(
            "{name} is not an event of a function URL: {error}\n\
             it needs rawPath, headers, requestContext.http.method and body, as in payload format 2.0"
        ))
    })?;
    Ok(Order { file: file.to_owned(), function: function.to_owned(), event })
}

/// Sends all orders and follows each until it is done or failed; fails when one did.
pub(crate) async fn send_all(local: &Local, orders: Vec<Order>, happening: &Happening) -> Result<(), Failure> {
    let sent = join_all(orders.iter().map(|order| send(local, order, happening))).await;
    let mut failures: Vec<Failure> = sent.into_iter().filter_map(Result::err).collect();
    let last = failures.pop();
    for failure in failures {
        screen::error(&failure.message);
    }
    last.map_or(Ok(()), Err)
}

async fn send(local: &Local, order: &Order, happening: &Happening) -> Result<(), Failure> {
    let file = order.file.display();
    let base = local.function_url(&order.function).unwrap_or_default();
    let ask = order.event.ask(base).map_err(|reason| Failure::setup(format!("{file}: {reason}")))?;
    let (method, uri) = (ask.method.clone(), ask.uri.clone());
    let answer = ask.send().await.map_err(Failure::work)?;
    screen::talk(format_args!("{method} {uri} ({file}): {}", answer.status));
    if answer.status.as_u16() == 202
        && let Some(location) = answer.header("location")
    {
        let location = resolve(base, location).ok_or_else(|| {
            Failure::work(format!("{file}: the answer's Location {location:?} is not an address of {base}"))
        })?;
        return follow(location, answer.retry_after(), happening).await;
    }
    if answer.status.is_success() {
        screen::data(String::from_utf8_lossy(&answer.body).trim_end());
        return Ok(());
    }
    Err(Failure::work(format!("{file}: {}", problem(&answer))))
}

/// Looks at a status until it is final.
async fn follow(location: Uri, pause: Option<Duration>, happening: &Happening) -> Result<(), Failure> {
    let mut pause = pause;
    let (mut shown, mut said) = (0, String::new());
    loop {
        tokio::time::sleep(pause.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)).await;
        let answer = Ask::get(location.clone()).send().await.map_err(Failure::work)?;
        if !answer.status.is_success() {
            return Err(Failure::work(format!("{location}: {}", problem(&answer))));
        }
        let status: Status = serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::work(format!("{location} is not the status of an order: {error}")))?;
        for (index, step) in status.steps.iter().enumerate().skip(shown) {
            let failed = status.state == "failed" && index + 1 == status.steps.len();
            happening.status(&step.at, &status.id, failed, &format!("{}: {}", step.name, step.message));
        }
        let is_news = status.steps.len() <= shown && status.message != said;
        if is_news && status.state == "in_progress" {
            // What the customer is told while a step lasts, such as that it takes longer than usual.
            happening.status(&status.updated, &status.id, false, &format!("{}: {}", status.step, status.message));
        }
        shown = shown.max(status.steps.len());
        said.clone_from(&status.message);
        match status.state.as_str() {
            "done" => return Ok(()),
            "failed" => {
                let next = status.next_action.map(|next| format!("\n{next}")).unwrap_or_default();
                return Err(Failure::work(format!("order {} failed: {}{next}", status.id, status.message)));
            }
            _ => pause = answer.retry_after(),
        }
    }
}

impl HttpEvent {
    fn ask(&self, base: &str) -> Result<Ask, String> {
        let question = if self.raw_query_string.is_empty() { "" } else { "?" };
        let uri = format!("{}{}{question}{}", base.trim_end_matches('/'), self.raw_path, self.raw_query_string);
        let uri = uri.parse().map_err(|error| format!("rawPath {:?}: {error}", self.raw_path))?;
        let method = Method::from_bytes(self.request_context.http.method.as_bytes());
        let method = method.map_err(|_| format!("{:?} is not an HTTP method", self.request_context.http.method))?;
        let body = match &self.body {
            None => Vec::new(),
            Some(body) if self.is_base64_encoded => {
                BASE64_STANDARD.decode(body).map_err(|error| format!("the body is not Base64: {error}"))?
            }
            Some(body) => body.clone().into_bytes(),
        };
        let headers = self.headers.iter().filter(|(name, _)| !is_set_by_the_way(name));
        let headers = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Ask { method, uri, headers, body })
    }
}

/// Headers that the connection and Lambda's front set.
fn is_set_by_the_way(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "host" | "content-length" | "connection" | "transfer-encoding" | "accept-encoding")
        || name.starts_with("x-forwarded-")
        || name.starts_with("x-amzn-")
}

/// An answer's `Location`, which may be a path.
fn resolve(base: &str, location: &str) -> Option<Uri> {
    if location.starts_with('/') {
        format!("{}{location}", base.trim_end_matches('/')).parse().ok()
    } else {
        location.parse().ok().filter(|uri: &Uri| uri.authority().is_some())
    }
}

/// What a refusal says: title and detail of a problem document, else the body.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9457>
fn problem(answer: &Answer) -> String {
    let document = answer.json().unwrap_or_default();
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut words = match (text("title"), text("detail")) {
        (Some(title), Some(detail)) => format!("{title}: {detail}"),
        (Some(words), None) | (None, Some(words)) => words,
        (None, None) => String::from_utf8_lossy(&answer.body).trim_end().to_owned(),
    };
    for error in document.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let _ = write!(words, "\n  {}: {}", part("pointer"), part("detail"));
    }
    format!("{}: {words}", answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_becomes_a_request() {
        let event: HttpEvent = serde_json::from_value(serde_json::json!({
            "version": "2.0", "rawPath": "/orders", "rawQueryString": "a=1",
            "headers": {"content-type": "application/json", "Host": "x", "x-forwarded-for": "1.2.3.4"},
            "requestContext": {"http": {"method": "POST"}},
            "body": "e30=", "isBase64Encoded": true,
        }))
        .unwrap();
        let ask = event.ask("http://127.0.0.1:9/").unwrap();
        assert_eq!(ask.uri, "http://127.0.0.1:9/orders?a=1");
        assert_eq!(ask.method, Method::POST);
        assert_eq!(ask.headers, [("content-type".to_owned(), "application/json".to_owned())]);
        assert_eq!(ask.body, b"{}");
    }

    #[test]
    fn locations_are_paths_or_addresses() {
        let base = "http://127.0.0.1:9/";
        assert_eq!(resolve(base, "/orders/1").unwrap(), "http://127.0.0.1:9/orders/1");
        assert_eq!(resolve(base, "http://127.0.0.1:8/o").unwrap(), "http://127.0.0.1:8/o");
        assert_eq!(resolve(base, "orders/1"), None);
    }
}
