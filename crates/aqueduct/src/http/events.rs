//! The changes of a status as server-sent events.
//!
//! Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{Stream, unfold};
use tokio::time::Instant;

use super::follow::{LOOK_EVERY, MARGIN};
use super::{Answer, Follow, Request, Response, Streamed};
use crate::status::{State, Status, StatusError, Statuses};

/// The media type of server-sent events.
pub(super) const MEDIA_TYPE: &str = "text/event-stream";

/// The longest stream; its client comes back for the next. A function is not told that its client is gone.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
const STREAM_MAX: Duration = Duration::from_mins(1);

/// How long a client waits before it comes back, in milliseconds.
const RETRY: &str = "retry: 1000\n";

/// A line that says nothing. It keeps connections open, and moves on what lies in a buffer on the way.
const COMMENT: &str = ":\n\n";

impl Follow {
    /// The changes of a request's status as server-sent events, for a `GET`; none when there is no such status.
    ///
    /// - An event is a status in JSON, and its id the status's version. A client that comes back with it
    ///   (`Last-Event-ID`) gets nothing that it has.
    /// - The stream ends with the event that says how the request ended; a client that has that gets `204 No Content`,
    ///   on which an `EventSource` stays away. Before, it ends after a minute or near the function's deadline, and the
    ///   client comes back.
    pub async fn events(&self, id: &str, request: &Request) -> Result<Option<Answer>, StatusError> {
        let Some(status) = self.statuses.find(id).await? else { return Ok(None) };
        let has = request.header("last-event-id").and_then(|id| id.trim().parse::<u64>().ok());
        let is_news = has != Some(status.version);
        if !is_news && status.state != State::InProgress {
            return Ok(Some(Response::empty(204).header("cache-control", "no-store").into()));
        }
        let first = if is_news { event(&status) } else { COMMENT.to_owned() };
        let lasts = request.remaining.map_or(STREAM_MAX, |remaining| remaining.saturating_sub(MARGIN).min(STREAM_MAX));
        let watch = Watch {
            statuses: Arc::clone(&self.statuses),
            id: id.to_owned(),
            version: status.version,
            end: (status.state == State::InProgress).then(|| Instant::now() + lasts),
            first: Some(format!("{RETRY}{first}")),
        };
        Ok(Some(Streamed::new(MEDIA_TYPE, watch.pieces()).header("cache-control", "no-store").into()))
    }
}

/// What a stream looks at, and what its client has.
struct Watch {
    statuses: Arc<dyn Statuses>,
    id: String,
    version: u64,
    /// When the stream ends; none when it has said all.
    end: Option<Instant>,
    first: Option<String>,
}

impl Watch {
    fn pieces(self) -> impl Stream<Item = String> + Send + 'static {
        unfold(self, async |mut watch| Some((watch.next().await?, watch)))
    }

    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let left = self.end?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
        let status = match self.statuses.find(&self.id).await {
            Ok(status) => status?,
            Err(error) => {
                tracing::warn!(%error, "a stream of events ends early, and its client comes back");
                return None;
            }
        };
        if status.state != State::InProgress {
            self.end = None;
        }
        if status.version == self.version {
            return Some(COMMENT.to_owned());
        }
        self.version = status.version;
        Some(event(&status))
    }
}

/// JSON has no line breaks, so it is one line of data.
fn event(status: &Status) -> String {
    match serde_json::to_string(status) {
        Ok(data) => format!("id: {}\ndata: {data}\n\n", status.version),
        Err(error) => {
            tracing::error!(%error, "a status could not be written");
            COMMENT.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::http::follow::tests::follow;
    use crate::status::cases;

    fn request(last: Option<&str>, remaining: Option<u64>) -> Request {
        let event = json!({"rawPath": "/orders/s-1/events", "requestContext": {"http": {"method": "GET"}}});
        let mut request = Request::read(&event.to_string()).unwrap();
        request.headers.extend(last.map(|last| ("last-event-id".to_owned(), last.to_owned())));
        request.remaining = remaining.map(Duration::from_secs);
        request
    }

    async fn stream(follow: &Follow, last: Option<&str>, remaining: Option<u64>) -> Streamed {
        match follow.events("s-1", &request(last, remaining)).await.unwrap().unwrap() {
            Answer::Streamed(streamed) => streamed,
            Answer::Whole(response) => panic!("not a stream: {response:?}"),
        }
    }

    /// The ids and steps of the events in a text.
    fn told(text: &str) -> Vec<(u64, String)> {
        let events = text.split("\n\n").filter(|event| event.contains("data: "));
        let of = |event: &str| {
            let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            let status: Value = serde_json::from_str(&line("data: ")).unwrap();
            (line("id: ").parse().unwrap(), status["step"].as_str().unwrap().to_owned())
        };
        events.map(of).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn each_change_is_an_event_and_the_last_one_ends_the_stream() {
        let (follow, statuses) = follow().await;
        let streamed = stream(&follow, None, None).await;
        assert_eq!((streamed.status_code, streamed.headers["content-type"].as_str()), (200, "text/event-stream"));
        let changes = async {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            statuses.delay("s-1", "late", None).await.unwrap();
            tokio::time::sleep(Duration::from_secs(2)).await;
            statuses.advance("s-1", cases::step("confirmed", 1, State::InProgress)).await.unwrap();
            statuses.advance("s-1", cases::step("rejected", 9, State::Failed)).await.unwrap();
        };
        let (pieces, ()) = tokio::join!(streamed.pieces.collect::<Vec<_>>(), changes);
        assert!(pieces[0].starts_with("retry: 1000\nid: 1\n"), "{pieces:?}");
        assert_eq!(pieces[1], COMMENT, "nothing happened in the first second");
        let steps = [(1, "received"), (2, "received"), (4, "rejected")].map(|(id, step)| (id, step.to_owned()));
        assert_eq!(told(&pieces.concat()), steps, "what is no longer so is not told");
        assert!(pieces.concat().contains(r#""delayed":true"#));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_is_over_before_the_functions_time_is() {
        let (follow, _) = follow().await;
        for (remaining, seconds) in [(None, 60), (Some(900), 60), (Some(10), 9), (Some(1), 0)] {
            let started = Instant::now();
            let text = stream(&follow, None, remaining).await.pieces.collect::<String>().await;
            assert_eq!((told(&text).len(), started.elapsed().as_secs()), (1, seconds), "{remaining:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_comes_back_gets_what_it_has_not() {
        let (follow, statuses) = follow().await;
        for (last, events) in [("1", 0), ("0", 1), ("2", 1), ("-", 1)] {
            let text = stream(&follow, Some(last), Some(3)).await.pieces.collect::<String>().await;
            assert_eq!(told(&text).len(), events, "{last}: {text}");
        }
        statuses.advance("s-1", cases::step("dispatched", 9, State::Done)).await.unwrap();
        let started = Instant::now();
        let text = stream(&follow, Some("1"), None).await.pieces.collect::<String>().await;
        assert_eq!((told(&text), started.elapsed().as_secs()), (vec![(2, "dispatched".to_owned())], 0));
        let again = follow.events("s-1", &request(Some("2"), None)).await.unwrap().unwrap();
        assert_eq!(again.status_code(), 204, "there is nothing to come back for");
        assert!(follow.events("s-2", &request(None, None)).await.unwrap().is_none());
    }

    #[test]
    fn events_are_asked_for_by_their_media_type() {
        let cases = [
            ("text/event-stream", true),
            ("text/html, Text/Event-Stream; charset=utf-8", true),
            ("text/event-stream;q=0.5", true),
            ("text/event-stream;q=0", false),
            ("text/event-stream; q=0.0", false),
            ("*/*", false),
            ("application/json", false),
        ];
        for (accept, wants) in cases {
            let mut request = request(None, None);
            request.headers.insert("accept".to_owned(), accept.to_owned());
            assert_eq!(request.wants_events(), wants, "{accept}");
        }
        assert!(!request(None, None).wants_events());
    }
}
