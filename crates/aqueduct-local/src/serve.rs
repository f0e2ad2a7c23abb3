//! HTTP/1.1 on a loopback listener, with keep-alive and bounded bodies.

use std::convert::Infallible;
use std::future::Future;

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response body: mostly in memory, streamed where S3 reads a file.
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A body that is in memory.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Why a request's body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    TooLong,
    /// The connection broke.
    Broken,
}

/// How much of a body that is too long is read and thrown away, so that its sender gets to read the answer.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Reads a whole body of at most `bytes_max` bytes.
pub(crate) async fn collect(mut body: Incoming, bytes_max: usize) -> Result<Bytes, BodyError> {
    let (mut whole, mut discarded) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if discarded > 0 || whole.len() + data.len() > bytes_max {
            whole.clear();
            discarded += data.len();
            if discarded > DISCARDED_BYTES_MAX {
                break;
            }
        } else {
            whole.extend_from_slice(&data);
        }
    }
    if discarded > 0 { Err(BodyError::TooLong) } else { Ok(whole.freeze()) }
}

/// Answers every request on `listener` with `handler`, until the future is dropped; then every connection ends.
pub(crate) async fn serve<H, F>(listener: TcpListener, handler: H)
where
    H: Fn(http::Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = http::Response<Body>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let handler = handler.clone();
                let service = service_fn(move |request| {
                    let answer = handler(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                connections.spawn(async move {
                    let mut http = hyper::server::conn::http1::Builder::new();
                    // A connection that breaks concerns its caller, who sees it; the run goes on.
                    let _ = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
