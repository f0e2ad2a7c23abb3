//! Answers that a function streams: their way from the Runtime API to whoever asked.

use aqueduct_services::lambda::{Ended, RESPONSE_BYTES_MAX, STREAMED_BYTES_MAX, failed};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::mpsc;

/// How many pieces wait for a slow reader before the function has to wait, too.
const PIECES_MAX: usize = 16;

/// What a function streams, for whoever takes it while it is being made.
#[derive(Debug)]
pub(crate) struct Streamed {
    /// `Content-Type` of the runtime.
    pub(crate) content_type: Option<String>,
    /// The pieces. They end when the function has ended, well or not.
    pub(crate) pieces: mpsc::Receiver<Bytes>,
}

/// Where the pieces go.
#[derive(Debug)]
pub(crate) enum Sink {
    /// To whoever takes them as they come.
    Through(mpsc::Sender<Bytes>),
    /// Nowhere before all of them are there.
    Whole,
}

impl Sink {
    /// A sink for pieces, and its other end.
    pub(crate) fn through(content_type: Option<String>) -> (Self, Streamed) {
        let (sender, pieces) = mpsc::channel(PIECES_MAX);
        (Self::Through(sender), Streamed { content_type, pieces })
    }
}

/// The body of an answer broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// Reads a streamed answer to its end. What went through a sink is not in the answer that this gives back.
pub(crate) async fn read(mut body: Incoming, sink: Sink) -> Result<Ended, Broken> {
    let bytes_max = if matches!(sink, Sink::Whole) { RESPONSE_BYTES_MAX } else { STREAMED_BYTES_MAX };
    let (mut whole, mut bytes) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let piece = match frame.map_err(|_| Broken)?.into_data() {
            Ok(piece) => piece,
            Err(frame) => match frame.trailers_ref().and_then(reported) {
                Some(error) => return Ok(error),
                None => continue,
            },
        };
        bytes += piece.len();
        if bytes > bytes_max {
            let message = format!("Response payload size exceeded maximum allowed payload size ({bytes_max} bytes).");
            return Ok(failed("Function.ResponseSizeTooLarge", message));
        }
        match &sink {
            // A caller who hung up does not end the function, which would not hear of it on AWS either.
            // Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>
            Sink::Through(pieces) => drop(pieces.send(piece).await),
            Sink::Whole => whole.extend_from_slice(&piece),
        }
    }
    Ok(Ended::Answered(String::from_utf8_lossy(&whole).into_owned()))
}

/// The error that the trailers of an answer report.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>
fn reported(trailers: &HeaderMap) -> Option<Ended> {
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok());
    let error_type = text("lambda-runtime-function-error-type")?.to_owned();
    let body = text("lambda-runtime-function-error-body").and_then(|body| BASE64_STANDARD.decode(body).ok());
    let document: Value = body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
    let message = document.get("errorMessage").and_then(Value::as_str).unwrap_or_default().to_owned();
    if document.is_object() {
        return Some(Ended::Failed { error_type, message, payload: document.to_string() });
    }
    Some(failed(&error_type, message))
}
