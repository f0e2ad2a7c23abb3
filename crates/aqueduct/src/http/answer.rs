//! What requests are answered with: responses, or responses that are still being made.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::stream::{BoxStream, Stream, StreamExt as _};

use super::{Problem, Response};

/// What a request is answered with.
#[derive(Debug)]
pub enum Answer {
    /// A response that is there.
    Whole(Response),
    /// A response whose body is still being made.
    Streamed(Streamed),
}

/// An HTTP response whose text body is sent piece by piece, behind a function URL with `InvokeMode: RESPONSE_STREAM`
/// ([`lambda::run_http_streaming`](crate::lambda::run_http_streaming)).
pub struct Streamed {
    /// HTTP status.
    pub status_code: u16,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The pieces of the body. The function runs, and costs, until they end, even when nobody reads them.
    pub pieces: BoxStream<'static, String>,
}

impl Streamed {
    /// An answer with status 200 and text of the given media type.
    pub fn new(media_type: &str, pieces: impl Stream<Item = String> + Send + 'static) -> Self {
        let headers = BTreeMap::from([("content-type".to_owned(), media_type.to_owned())]);
        Self { status_code: 200, headers, pieces: pieces.boxed() }
    }

    /// The same answer with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }
}

impl Answer {
    /// HTTP status.
    pub const fn status_code(&self) -> u16 {
        match self {
            Self::Whole(response) => response.status_code,
            Self::Streamed(streamed) => streamed.status_code,
        }
    }

    /// Headers, with names in lower case.
    pub const fn headers(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Whole(response) => &response.headers,
            Self::Streamed(streamed) => &streamed.headers,
        }
    }

    /// The same answer without its body, as it answers `HEAD`.
    #[must_use]
    pub fn without_body(self) -> Self {
        let (mut response, _) = self.split();
        response.body.clear();
        Self::Whole(response)
    }

    /// The response, when all of it is there.
    pub async fn gathered(self) -> Response {
        let (mut response, pieces) = self.split();
        if let Some(mut pieces) = pieces {
            while let Some(piece) = pieces.next().await {
                response.body.push_str(&piece);
            }
        }
        response
    }

    /// What is there of the response, and the pieces that are to come.
    fn split(self) -> (Response, Option<BoxStream<'static, String>>) {
        match self {
            Self::Whole(response) => (response, None),
            Self::Streamed(Streamed { status_code, headers, pieces }) => {
                let mut response = Response::empty(status_code);
                response.headers = headers;
                (response, Some(pieces))
            }
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::Whole(response)
    }
}

impl From<Streamed> for Answer {
    fn from(streamed: Streamed) -> Self {
        Self::Streamed(streamed)
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self::Whole(problem.into())
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Streamed")
            .field("status_code", &self.status_code)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn answer() -> Answer {
        Streamed::new("text/plain", stream::iter(["a".to_owned(), "b".to_owned()])).header("x-order", "1").into()
    }

    #[tokio::test]
    async fn a_streamed_answer_can_be_had_whole_or_without_its_body() {
        let whole = answer().gathered().await;
        assert_eq!((whole.status_code, whole.body.as_str(), whole.headers["x-order"].as_str()), (200, "ab", "1"));
        let head = answer().without_body().gathered().await;
        assert_eq!(
            (head.status_code, head.body.as_str(), head.headers["content-type"].as_str()),
            (200, "", "text/plain")
        );
    }
}
