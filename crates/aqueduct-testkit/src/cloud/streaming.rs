//! Answers that arrive piece by piece.

use std::fmt;

use aqueduct_services::ApiError;
use aqueduct_services::cloud::Response;
use aqueduct_services::lambda::{self, Prelude};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc;

use super::http::{whole, written};

/// How a call ends.
type End = LocalBoxFuture<'static, Result<Response, ApiError>>;

/// The body of an answer that may still be being made. Dropping it hangs up, and the function runs on.
pub struct Pieces {
    first: Option<Bytes>,
    under_way: Option<(mpsc::UnboundedReceiver<String>, End)>,
}

impl Pieces {
    /// The next piece, as soon as it is there; `None` when that was all.
    ///
    /// An error says that the function failed, crashed or ran out of time before it had made all of them, so that the connection breaks.
    pub async fn next(&mut self) -> Option<Result<Bytes, ApiError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let (pieces, end) = self.under_way.as_mut()?;
        let end = tokio::select! {
            biased;
            Some(piece) = pieces.recv() => return Some(Ok(Bytes::from(piece))),
            end = end => end,
        };
        self.under_way = None;
        match end {
            Ok(Response::Lambda(lambda::Response::Invoked(invoked))) if invoked.function_error.is_none() => None,
            Ok(_) => {
                Some(Err(ApiError::sender("ConnectionReset", "the function did not come to the end of its answer")))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pieces").field("first", &self.first).finish_non_exhaustive()
    }
}

/// An answer whose head is there, or all of it when its call has ended.
pub(super) async fn begun(
    mut pieces: mpsc::UnboundedReceiver<String>,
    mut end: End,
) -> Result<http::Response<Pieces>, ApiError> {
    let some = |bytes: Bytes| (!bytes.is_empty()).then_some(bytes);
    let mut text = String::new();
    loop {
        tokio::select! {
            biased;
            Some(piece) = pieces.recv() => text.push_str(&piece),
            end = &mut end => return whole(end).map(|all| all.map(|body| Pieces { first: some(body), under_way: None })),
        }
        if let Prelude::Complete(head, begin) = Prelude::read(text.as_bytes()) {
            let first = some(Bytes::from(text).split_off(begin));
            return written(head, Pieces { first, under_way: Some((pieces, end)) });
        }
    }
}
