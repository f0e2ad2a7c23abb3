//! Problems: errors that people and programs can both read (RFC 9457).

use serde::Serialize;

use super::Response;

/// An error answer.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9457>
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Names the kind of problem: a URI reference, the same for each occurrence.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short summary, the same for each occurrence.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong this time, and the way out.
    pub detail: String,
    /// Names this occurrence: a URI reference, such as the path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong with parts of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with a part of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer into the request's body.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem of a kind named by `slug`, such as `invalid-order`.
    pub fn new(status: u16, slug: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{slug}"),
            title,
            status,
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
        }
    }

    /// The same problem with a URI reference that names this occurrence.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// The same problem with what is wrong with parts of the request.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        Self::json(problem.status, &problem).header("content-type", "application/problem+json")
    }
}
