//! Writing the XML answers of the query protocol.

use std::borrow::Cow;

use aqueduct_services::{ApiError, Fault};
use quick_xml::escape::escape;

/// An XML document under construction.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element with children.
    pub(crate) fn element(&mut self, name: &str, children: impl FnOnce(&mut Self)) {
        self.push(&["<", name, ">"]);
        children(self);
        self.push(&["</", name, ">"]);
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        // `escape` also writes a carriage return as a reference, which a parser would otherwise turn into a line feed.
        self.push(&["<", name, ">", &escape(sayable(text).as_ref()), "</", name, ">"]);
    }

    /// An element with text, or nothing.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.0.push_str(piece);
        }
    }
}

/// The text without the characters that XML cannot say, not even as references: each becomes U+FFFD, since a client could
/// not read the whole answer otherwise.
///
/// Source: <https://www.w3.org/TR/xml/#charsets>
fn sayable(text: &str) -> Cow<'_, str> {
    let is_not = |character: char| {
        (character < ' ' && !matches!(character, '\t' | '\n' | '\r')) || matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(is_not) { Cow::Owned(text.replace(is_not, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The answer of an action: `<ActionResponse><ActionResult>…</ActionResult><ResponseMetadata>…`.
/// Without `result` there is no `ActionResult`, as for actions that answer nothing.
pub(crate) fn response<F: FnOnce(&mut Xml)>(
    namespace: &str,
    action: &str,
    request_id: &str,
    result: Option<F>,
) -> String {
    let mut xml = Xml::default();
    let root = format!("{action}Response");
    xml.push(&["<?xml version=\"1.0\"?><", &root, " xmlns=\"", namespace, "\">"]);
    if let Some(result) = result {
        xml.element(&format!("{action}Result"), result);
    }
    xml.element("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    xml.push(&["</", &root, ">"]);
    xml.0
}

/// A refusal.
pub(crate) fn error(namespace: &str, error: &ApiError, request_id: &str) -> String {
    let mut xml = Xml::default();
    xml.push(&["<?xml version=\"1.0\"?><ErrorResponse xmlns=\"", namespace, "\">"]);
    xml.element("Error", |xml| {
        xml.text("Type", if error.fault == Fault::Sender { "Sender" } else { "Receiver" });
        xml.text("Code", error.query_code.as_ref().unwrap_or(&error.code));
        xml.text("Message", &error.message);
        xml.push(&["<Detail/>"]);
    });
    xml.text("RequestId", request_id);
    xml.push(&["</ErrorResponse>"]);
    xml.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let xml = response("urn:n", "Get", "r-1", Some(|xml: &mut Xml| xml.text("Body", "a<b>&\"\r")));
        assert_eq!(
            xml,
            "<?xml version=\"1.0\"?><GetResponse xmlns=\"urn:n\"><GetResult><Body>a&lt;b&gt;&amp;&quot;&#13;</Body></GetResult>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetResponse>"
        );
    }

    #[test]
    fn what_xml_cannot_say_is_replaced() {
        let mut xml = Xml::default();
        xml.text("B", "a\u{0}b\u{1b}c\t\n\u{7f}\u{85}\u{ffff}\u{10000}]]>");
        assert_eq!(xml.0, "<B>a\u{fffd}b\u{fffd}c\t\n\u{7f}\u{85}\u{fffd}\u{10000}]]&gt;</B>");
    }

    #[test]
    fn errors_carry_the_query_code() {
        let refusal =
            ApiError::sender("QueueDoesNotExist", "gone").with_query_code("AWS.SimpleQueueService.NonExistentQueue");
        let xml = error("urn:n", &refusal, "r-1");
        assert!(xml.contains(
            "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>gone</Message>"
        ));
    }
}
