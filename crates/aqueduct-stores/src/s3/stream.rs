//! Bodies that come and go.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use s3s::dto::StreamingBlob;
use s3s::{Body, S3Result, s3_error};

use super::place::Open;

/// The largest body of a request, in bytes: as much as the endpoint of a local run takes.
const BODY_BYTES_MAX: usize = 72 * 1024 * 1024;

/// How much of a file is in memory while it is sent; a body of that size is read at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// The whole body of a request.
pub(super) async fn collected(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    let mut whole = BytesMut::new();
    let mut first = Bytes::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| s3_error!(IncompleteBody, "the body broke off: {error}"))?;
        if first.len() + whole.len() + piece.len() > BODY_BYTES_MAX {
            return Err(s3_error!(
                EntityTooLarge,
                "the embedded S3 takes {BODY_BYTES_MAX} bytes in a request: upload in parts"
            ));
        }
        // A body mostly comes in one piece, which is taken as it is.
        if first.is_empty() && whole.is_empty() {
            first = piece;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&piece);
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// The body of an answer. A file is read piece by piece, where that may block.
pub(super) fn blob(mut open: Open) -> io::Result<StreamingBlob> {
    if matches!(open, Open::Bytes(_)) || open.size() <= PIECE_BYTES as u64 {
        let most = usize::try_from(open.size()).map_err(io::Error::other)?;
        return Ok(StreamingBlob::from(Body::from(open.next(most)?)));
    }
    let pieces = stream::try_unfold(open, async |mut open| {
        let read = tokio::task::spawn_blocking(move || open.next(PIECE_BYTES).map(|piece| (piece, open)));
        let (piece, open) = read.await.map_err(io::Error::other)??;
        Ok::<_, io::Error>((!piece.is_empty()).then_some((piece, open)))
    });
    Ok(StreamingBlob::wrap(pieces))
}
