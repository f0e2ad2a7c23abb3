//! Responses, as a function URL takes them (payload format 2.0).

use std::collections::BTreeMap;

use serde::Serialize;

/// An HTTP response with a text body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// HTTP status.
    pub status_code: u16,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Always false: bodies are text.
    is_base64_encoded: bool,
}

impl Response {
    /// An answer without a body.
    pub fn empty(status_code: u16) -> Self {
        Self { status_code, headers: BTreeMap::new(), body: String::new(), is_base64_encoded: false }
    }

    /// An answer with a text of the given media type.
    pub fn text(status_code: u16, media_type: &str, body: impl Into<String>) -> Self {
        let mut response = Self::empty(status_code).header("content-type", media_type);
        response.body = body.into();
        response
    }

    /// An answer in JSON. A value that cannot be written as JSON becomes an answer with status 500.
    pub fn json(status_code: u16, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(body) => Self::text(status_code, "application/json", body),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                Self::empty(500)
            }
        }
    }

    /// The same answer with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }
}
