//! Answers that let a client follow a request to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{FieldError, Problem, Request, Response};
use crate::status::{State, Status, StatusError, Statuses};

/// The longest wait that a client may ask for: what sits between it and the function must not cut it off.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// How often a waiting answer and a stream look at the store.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is left of the function's time for the answer itself.
pub(super) const MARGIN: Duration = Duration::from_secs(1);

/// When a client that does not wait should ask again, in seconds.
const RETRY_AFTER: &str = "1";

/// Answers for statuses over HTTP, so that a client can follow a request without asking more often than it must:
///
/// - An answer has an `ETag`, and a client that has it (`If-None-Match`) gets `304 Not Modified`.
/// - With `?wait=20` such a client gets its answer when there is news, or `304` after that many seconds (0 to 20, and
///   never past the function's deadline). The function runs, and costs, for that long.
/// - Without a wait, `Retry-After` says when to ask again for as long as the request is under way.
/// - [`Self::events`] are the changes as server-sent events, where responses can be streamed.
#[derive(Clone, Debug)]
pub struct Follow {
    pub(super) statuses: Arc<dyn Statuses>,
}

impl Follow {
    /// Answers for these statuses.
    pub fn new(statuses: Arc<dyn Statuses>) -> Self {
        Self { statuses }
    }

    /// `202 Accepted`: the request is kept, and its status is found at `location`.
    pub fn accepted(status: &Status, location: impl Into<String>) -> Response {
        let response = Response::json(202, status)
            .header("location", location)
            .header("etag", status.etag())
            .header("cache-control", "no-store");
        retry_after(status, response)
    }

    /// The status of a request, for a `GET` or `HEAD`; none when there is no such status.
    pub async fn answer(&self, id: &str, request: &Request) -> Result<Option<Response>, StatusError> {
        let wait = match wait(request) {
            Ok(wait) => wait,
            Err(problem) => return Ok(Some(problem.into())),
        };
        let end = Instant::now() + wait.unwrap_or_default();
        loop {
            let Some(status) = self.statuses.find(id).await? else { return Ok(None) };
            let known = request.has(&status.etag());
            let left = end.saturating_duration_since(Instant::now());
            if !known || left.is_zero() || status.state != State::InProgress {
                let response = if known { Response::empty(304) } else { Response::json(200, &status) };
                let response = response.header("etag", status.etag()).header("cache-control", "no-cache");
                return Ok(Some(if wait.is_some() { response } else { retry_after(&status, response) }));
            }
            tokio::time::sleep(left.min(LOOK_EVERY)).await;
        }
    }
}

fn retry_after(status: &Status, response: Response) -> Response {
    if status.state == State::InProgress { response.header("retry-after", RETRY_AFTER) } else { response }
}

/// How long the client wants to wait for news, as far as the function's time allows.
fn wait(request: &Request) -> Result<Option<Duration>, Problem> {
    let Some(asked) = request.query.get("wait") else { return Ok(None) };
    let seconds = asked.parse().ok().map(Duration::from_secs).filter(|wait| *wait <= WAIT_MAX);
    let Some(seconds) = seconds else {
        let detail = format!("`wait` is a number of seconds from 0 to {}, such as ?wait=10.", WAIT_MAX.as_secs());
        let errors = vec![FieldError { pointer: "/wait".to_owned(), detail: detail.clone() }];
        return Err(Problem::new(400, "invalid-wait", "Invalid wait", detail).instance(&request.path).errors(errors));
    };
    Ok(Some(request.remaining.map_or(seconds, |remaining| seconds.min(remaining.saturating_sub(MARGIN)))))
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::status::{MemoryStatuses, cases};

    fn request(query: &str, tag: Option<&str>, remaining: Option<u64>) -> Request {
        let event = serde_json::json!({"rawPath": "/orders/s-1", "rawQueryString": query,
            "requestContext": {"http": {"method": "GET"}}});
        let mut request = Request::read(&event.to_string()).unwrap();
        request.headers.extend(tag.map(|tag| ("if-none-match".to_owned(), tag.to_owned())));
        request.remaining = remaining.map(Duration::from_secs);
        request
    }

    /// What follows a request that was received, and where its status is.
    pub(in crate::http) async fn follow() -> (Follow, Arc<MemoryStatuses>) {
        let statuses = Arc::new(MemoryStatuses::default());
        let status = Status::new("s-1", "ada", &cases::step("received", 0, State::InProgress), Timestamp::UNIX_EPOCH);
        statuses.open(status).await.unwrap();
        (Follow::new(statuses.clone()), statuses)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_for_no_longer_than_it_was_asked_and_may() {
        let (follow, _) = follow().await;
        let have = Some("\"1\"");
        let cases = [
            ("", None, None, 200, 0),
            ("", have, None, 304, 0),
            ("wait=20", None, None, 200, 0),
            ("wait=20", Some("\"0\""), None, 200, 0),
            ("wait=20", have, None, 304, 20),
            ("wait=20", have, Some(6), 304, 5),
            ("wait=20", have, Some(1), 304, 0),
            ("wait=0", have, None, 304, 0),
            ("wait=21", have, None, 400, 0),
            ("wait=-1", have, None, 400, 0),
            ("wait=soon", have, None, 400, 0),
        ];
        for (query, tag, remaining, status, seconds) in cases {
            let started = Instant::now();
            let answer = follow.answer("s-1", &request(query, tag, remaining)).await.unwrap().unwrap();
            let case = format!("{query} {tag:?} {remaining:?}: {answer:?}");
            assert_eq!((answer.status_code, started.elapsed().as_secs()), (status, seconds), "{case}");
            assert_eq!(answer.headers.contains_key("retry-after"), query.is_empty(), "{case}");
        }
        assert_eq!(follow.answer("s-2", &request("wait=20", have, None)).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn news_ends_the_wait() {
        let (follow, statuses) = follow().await;
        let asked = request("wait=20", Some("\"1\""), None);
        let started = Instant::now();
        let news = async {
            tokio::time::sleep(Duration::from_millis(3_500)).await;
            statuses.advance("s-1", cases::step("dispatched", 9, State::Done)).await.unwrap();
        };
        let (answer, ()) = tokio::join!(follow.answer("s-1", &asked), news);
        let answer = answer.unwrap().unwrap();
        assert_eq!((answer.status_code, answer.headers["etag"].as_str()), (200, "\"2\""));
        assert_eq!(started.elapsed().as_secs(), 4);
        let finished = follow.answer("s-1", &request("wait=20", Some("\"2\""), None)).await.unwrap().unwrap();
        assert_eq!((finished.status_code, started.elapsed().as_secs()), (304, 4), "no more is to come");
    }

    #[tokio::test]
    async fn what_is_accepted_says_where_to_look_and_when() {
        let (_, statuses) = follow().await;
        let status = statuses.find("s-1").await.unwrap().unwrap();
        let answer = Follow::accepted(&status, "/orders/s-1");
        assert_eq!(answer.status_code, 202);
        let headers = ["location", "etag", "retry-after"].map(|name| answer.headers[name].as_str());
        assert_eq!(headers, ["/orders/s-1", "\"1\"", "1"]);
    }
}
