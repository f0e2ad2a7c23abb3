//! Bodies that are passed on while functions make them.

use aqueduct_services::cloud;
use aqueduct_services::lambda::{self, Invoked};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::{mpsc, oneshot};

use crate::driver::Delivered;
use crate::serve::{Body, BoxError};

/// The end of an answer: how the invocation went.
pub(crate) type End = oneshot::Receiver<Delivered>;

/// Why a body breaks off. Its reader notices by the missing last chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function ended before its answer did")]
pub(crate) struct BrokenOff;

/// The state of a body.
struct Passing<F, L> {
    first: Option<Bytes>,
    pieces: mpsc::Receiver<Bytes>,
    end: Option<End>,
    /// What a piece looks like in the body.
    frame: F,
    /// What follows the last piece.
    last: L,
}

/// A body of `first` and the pieces that follow it, each in its `frame`; `last` makes what stands at the end.
pub(crate) fn body<F, L>(first: Bytes, pieces: mpsc::Receiver<Bytes>, end: End, frame: F, last: L) -> Body
where
    F: Fn(Bytes) -> Bytes + Send + 'static,
    L: Fn(Invoked) -> Result<Bytes, BrokenOff> + Send + 'static,
{
    let first = Some(first).filter(|first| !first.is_empty());
    let passing = Passing { first, pieces, end: Some(end), frame, last };
    let pieces = stream::unfold(passing, async |mut passing| {
        let piece = match passing.first.take() {
            Some(first) => Some(first),
            None => passing.pieces.recv().await,
        };
        let frame = match piece {
            Some(piece) => Ok((passing.frame)(piece)),
            None => outcome(passing.end.take()?).await.and_then(&passing.last),
        };
        Some((frame.map(Frame::data).map_err(BoxError::from), passing))
    });
    StreamBody::new(pieces).boxed_unsync()
}

/// How the invocation went.
async fn outcome(end: End) -> Result<Invoked, BrokenOff> {
    match end.await {
        Ok(Delivered::Whole(Ok(cloud::Response::Lambda(lambda::Response::Invoked(invoked))))) => Ok(invoked),
        _ => Err(BrokenOff),
    }
}
