//! Reading the XML answers of the query protocol.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

/// An element with its text or its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

impl Element {
    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads a document and answers with its root.
pub(super) fn read(xml: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| format!("the answer is no XML: {error}: {xml}"))?;
        match event {
            Event::Start(start) => {
                open.push(Element { name: start.local_name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(start) => {
                let empty = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
                open.last_mut().ok_or("an element without a parent")?.children.push(empty);
            }
            Event::Text(part) => {
                let part = part.into_inner();
                open.last_mut().ok_or("text without an element")?.text.push_str(&part);
            }
            Event::GeneralRef(name) => {
                let reference = format!("&{};", name.into_inner());
                let text = unescape(&reference).map_err(|error| error.to_string())?;
                open.last_mut().ok_or("text without an element")?.text.push_str(&text);
            }
            Event::End(_) => {
                let mut closed = open.pop().ok_or("an element ends that did not start")?;
                if !closed.children.is_empty() {
                    closed.text.clear();
                }
                open.last_mut().ok_or("an element ends that did not start")?.children.push(closed);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.swap_remove(0).children.pop().ok_or_else(|| format!("the answer has no element: {xml}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_and_texts_are_unescaped() {
        let root = read("<?xml version=\"1.0\"?><a xmlns=\"n\"><b>1 &lt; 2&#13;</b> <c/><b>x</b></a>").unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("a", 3));
        assert_eq!(root.text_of("b"), Some("1 < 2\r"));
        assert_eq!(root.text_of("c"), Some(""));
        assert!(read("").is_err());
    }
}
