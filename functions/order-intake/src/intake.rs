//! The routes.

use std::sync::Arc;

use aqueduct::http::{Answer, Problem, Request, Response};
use aqueduct::status::{StatusError, Statuses};
use aqueduct::{Clock, Publisher};

use crate::pages;

/// Answers HTTP requests: the shop page, new orders, and the status of orders.
#[derive(Debug)]
pub struct Intake {
    pub(crate) statuses: Arc<dyn Statuses>,
    pub(crate) orders: Publisher,
    pub(crate) clock: Clock,
}

impl Intake {
    /// Keeps statuses in `statuses` and sends orders to `orders`.
    pub fn new(statuses: Arc<dyn Statuses>, orders: Publisher, clock: Clock) -> Self {
        Self { statuses, orders, clock }
    }

    /// Answers one request. Whatever comes in, there is an answer that says what to do.
    pub async fn answer(self: Arc<Self>, request: Request) -> Answer {
        let answered = match (request.segments().as_slice(), request.method.as_str()) {
            (["orders"], "POST") => self.place(&request).await,
            (["orders"], "GET" | "HEAD") => self.report(&request).await,
            (["orders"], _) => Err(not_allowed(&request, "GET, HEAD, POST")),
            (["orders", id, "events"], "GET" | "HEAD") => self.events(id, &request).await,
            (["orders", id], "GET" | "HEAD") if request.wants_events() => self.events(id, &request).await,
            (["orders", id], "GET" | "HEAD") => self.status(id, &request).await,
            (["orders", _] | ["orders", _, "events"], _) => Err(not_allowed(&request, "GET, HEAD")),
            (path, method) => match pages::find(path) {
                Some(page) if matches!(method, "GET" | "HEAD") => Ok(page.into()),
                Some(_) => Err(not_allowed(&request, "GET, HEAD")),
                None => {
                    Err(not_found(&request, format!("There is nothing at {}; the shop is at /.", request.path)).into())
                }
            },
        };
        let answer = answered.unwrap_or_else(Answer::from);
        if request.method == "HEAD" { answer.without_body() } else { answer }
    }
}

pub(crate) fn not_found(request: &Request, detail: String) -> Problem {
    Problem::new(404, "not-found", "Not found", detail).instance(&request.path)
}

fn not_allowed(request: &Request, allow: &str) -> Response {
    let detail = format!("{} answers to {allow}, not to {}.", request.path, request.method);
    let problem = Problem::new(405, "method-not-allowed", "Method not allowed", detail).instance(&request.path);
    Response::from(problem).header("allow", allow)
}

/// A dependency is away. Nothing was changed, and the same request is welcome again.
pub(crate) fn unavailable(request: &Request, error: &StatusError) -> Response {
    tracing::error!(%error, "a request could not be served");
    let detail = "The shop cannot reach its records right now. Nothing was changed; please try again in a moment.";
    try_again(request, detail)
}

/// A problem that is over soon.
pub(crate) fn try_again(request: &Request, detail: &str) -> Response {
    let problem = Problem::new(503, "unavailable", "Try again in a moment", detail).instance(&request.path);
    Response::from(problem).header("retry-after", "2")
}
