//! Both places, and requests to them.

use std::path::Path;
use std::time::Duration;

use aqueduct_stores::S3;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What time it always is: 2027-01-15, 08:00:00.
const NOW: Duration = Duration::from_millis(1_800_000_000_250);

/// Header fields of a request.
pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A service in memory and one in a temporary folder, each with its name.
pub(crate) fn both() -> [(&'static str, S3); 2] {
    [("memory", S3::in_memory(|| NOW)), ("folder", S3::in_folder(None, || NOW))]
}

pub(crate) fn in_folder(folder: &Path) -> S3 {
    S3::in_folder(Some(folder.to_owned()), || NOW)
}

/// Sends a request, such as `PUT /bucket/key`.
pub(crate) async fn ask(s3: &S3, line: &str, fields: Fields<'_>, body: impl Into<Bytes>) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(format!("http://127.0.0.1{path}"));
    let body = body.into();
    for (name, value) in fields.iter().chain(&[("host", "127.0.0.1"), ("content-length", &body.len().to_string())]) {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let (head, body) = s3.answer(parts, body).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

/// Sends a request that has to succeed.
pub(crate) async fn done(s3: &S3, line: &str, body: impl Into<Bytes>) -> Answer {
    let answer = ask(s3, line, &[], body).await;
    assert!((200..300).contains(&answer.status), "{line}: {answer:?}");
    answer
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The texts of all elements of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        let elements = text.split(&*begin).skip(1).map(|rest| rest.split(&*end).next().unwrap_or_default());
        elements.map(|element| quick_xml::escape::unescape(element).unwrap().into_owned()).collect()
    }

    pub(crate) fn one(&self, name: &str) -> String {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {}", self.text());
        all.into_iter().next().unwrap()
    }
}

/// A key or another value as addresses have it.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
