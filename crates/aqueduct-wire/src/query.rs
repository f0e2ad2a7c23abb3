//! The form of the AWS query protocol: `Action=…&List.1.Name=…`, from a body or a URL's query.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use aqueduct_services::ApiError;
use http::request::Parts;
use percent_encoding::percent_decode_str;

/// Parameters by name. A name that comes twice keeps its first value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// The parameters of a request's URL and, where it is a form, of its body.
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Self {
        let mut form = Self::default();
        if looks_like_form(parts) {
            form.extend(&String::from_utf8_lossy(body));
        }
        form.extend(parts.uri.query().unwrap_or_default());
        form
    }

    fn extend(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.0.entry(unescape(name)).or_insert_with(|| unescape(value));
        }
    }

    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The parameters below `prefix.`, without it.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        let prefix = format!("{prefix}.");
        let range = self.0.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        Self(range.map(|(name, value)| (name[prefix.len()..].to_owned(), value.clone())).collect())
    }

    /// The members of a list, in the order of their numbers: `prefix.1.…`, `prefix.member.1.…` or `prefix.entry.1.…`.
    /// A scalar member has its value under the empty name.
    pub(crate) fn list(&self, prefix: &str) -> Vec<Self> {
        let mut members: BTreeMap<u32, Self> = BTreeMap::new();
        for (name, value) in self.below(prefix).0 {
            let name = name.strip_prefix("member.").or_else(|| name.strip_prefix("entry.")).unwrap_or(&name);
            let (number, rest) = name.split_once('.').unwrap_or((name, ""));
            if let Ok(number) = number.parse() {
                members.entry(number).or_default().0.insert(rest.to_owned(), value);
            }
        }
        members.into_values().collect()
    }

    /// A list of strings.
    pub(crate) fn texts(&self, prefix: &str) -> Vec<String> {
        self.list(prefix).into_iter().filter_map(|member| member.text("").map(str::to_owned)).collect()
    }

    /// A map of strings whose entries name key and value `key` and `value`.
    pub(crate) fn map(&self, prefix: &str, key: &str, value: &str) -> BTreeMap<String, String> {
        let entry = |member: Self| Some((member.text(key)?.to_owned(), member.text(value)?.to_owned()));
        self.list(prefix).into_iter().filter_map(entry).collect()
    }
}

/// The most parameters of a form: a batch of ten messages with ten attributes each has less than a tenth of it.
const PARAMETERS_MAX: usize = 10_000;

/// One parameter, without reading the others.
pub(crate) fn parameter(parts: &Parts, body: &[u8], name: &str) -> Option<String> {
    let body = if looks_like_form(parts) { String::from_utf8_lossy(body) } else { Cow::Borrowed("") };
    let pairs = body.split('&').chain(parts.uri.query().unwrap_or_default().split('&'));
    let value = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        // Names of parameters have no escapes where clients write them; a name with some is found all the same.
        let is_it = key == name || (key.contains(['%', '+']) && unescape(key) == name);
        is_it.then(|| unescape(value))
    };
    pairs.filter(|pair| !pair.is_empty()).find_map(value)
}

/// Refuses a form with more parameters than any action has.
pub(crate) fn check(parts: &Parts, body: &[u8]) -> Result<(), ApiError> {
    let count = |text: &[u8]| text.split(|byte| *byte == b'&').count();
    if count(body).max(count(parts.uri.query().unwrap_or_default().as_bytes())) <= PARAMETERS_MAX {
        return Ok(());
    }
    Err(ApiError::sender("MalformedQueryString", format!("the request has more than {PARAMETERS_MAX} parameters")))
}

/// A body without a content type is read as a form too, as hand-written clients send it.
fn looks_like_form(parts: &Parts) -> bool {
    let content_type = parts.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type
        .is_none_or(|content_type| content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
}

fn unescape(text: &str) -> String {
    let text = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Form {
        let mut form = Form::default();
        form.extend(body);
        form
    }

    #[test]
    fn escapes_and_plus_signs_are_undone() {
        assert_eq!(form("A=a+b%26c%0A&B").text("A"), Some("a b&c\n"));
        assert_eq!(form("A=1&B").text("B"), Some(""));
    }

    #[test]
    fn lists_follow_their_numbers() {
        assert_eq!(form("N.10=c&N.2=b&N.1=a").texts("N"), ["a", "b", "c"]);
        assert_eq!(form("N.member.2=b&N.member.1=a").texts("N"), ["a", "b"]);
    }

    #[test]
    fn maps_take_any_key_and_value_names() {
        let map = form("Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=%7B%7D").map(
            "Attributes",
            "key",
            "value",
        );
        assert_eq!(map, BTreeMap::from([("FilterPolicy".to_owned(), "{}".to_owned())]));
    }

    #[test]
    fn one_parameter_is_found_as_in_the_whole_form() {
        let (parts, ()) = http::Request::post("/?Version=1&Z=%7B%7D&A=query").body(()).unwrap().into_parts();
        let body = b"&A=a+b%26&B&%41ction=List&A=again";
        let form = Form::of(&parts, body);
        for name in ["A", "B", "Action", "Version", "Z", "Y", ""] {
            assert_eq!(parameter(&parts, body, name).as_deref(), form.text(name), "{name}");
        }
    }

    #[test]
    fn parameters_are_bounded() {
        let (parts, ()) = http::Request::post("/").body(()).unwrap().into_parts();
        assert!(check(&parts, "A&".repeat(9_999).as_bytes()).is_ok());
        assert_eq!(check(&parts, "A&".repeat(10_000).as_bytes()).unwrap_err().code, "MalformedQueryString");
    }

    #[test]
    fn nonsense_is_an_empty_form() {
        assert_eq!(form("&&=&.1.=%zz").list("N"), []);
    }
}
