//! Texts with `*` in them.

/// A text in which `*` stands for any number of characters; `\*` and `\\` are the characters themselves.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard {
    /// As the pattern spells it.
    text: String,
    /// The literal pieces between the wildcards: one more than there are wildcards.
    pieces: Vec<String>,
}

/// More wildcards than this make a pattern too complex. EventBridge's own measure is not published: two wildcards are
/// recorded as accepted, six as rejected (LocalStack's AWS-validated tests
/// `test_event_pattern[content_wildcard_simplified]` and `test_event_pattern[content_wildcard_complex_EXC]`).
const WILDCARDS_MAX: usize = 5;

impl Wildcard {
    /// Reads `text`; an error is the reason in EventBridge's words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![String::new()];
        let mut after_star = false;
        let mut characters = text.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            // EventBridge counts from the quotation mark in front of the text.
            let position = index + 1;
            let literal = match character {
                '*' if after_star => return Err(format!("Consecutive wildcard characters at pos {index}")),
                '*' => None,
                '\\' => match characters.next_if(|(_, next)| matches!(next, '*' | '\\')) {
                    Some((_, escaped)) => Some(escaped),
                    None => return Err(format!("Invalid escape character at pos {position}")),
                },
                other => Some(other),
            };
            match (literal, pieces.last_mut()) {
                (Some(literal), Some(piece)) => piece.push(literal),
                _ => pieces.push(String::new()),
            }
            after_star = literal.is_none();
        }
        if pieces.len() - 1 > WILDCARDS_MAX {
            return Err("Rule is too complex - try using fewer wildcard characters or fewer repeating character \
                        sequences after a wildcard character"
                .to_owned());
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// As the pattern spells it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A text that fits, with `between` in the place of every wildcard.
    pub(crate) fn joined(&self, between: &str) -> String {
        self.pieces.join(between)
    }

    /// Whether `value` fits.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else { return false };
        let Some(value) = value.strip_prefix(first.as_str()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return value.is_empty() };
        let Some(mut value) = value.strip_suffix(last.as_str()) else { return false };
        // The leftmost place of each piece leaves the most room for those behind it.
        for piece in middle {
            let Some(at) = value.find(piece.as_str()) else { return false };
            value = &value[at + piece.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits() {
        for (pattern, value, expected) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*bc*bc", "abc", false),
            ("a*bc*bc", "abcbc", true),
            ("*é*", "café au lait", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\*", r"a\b", true),
        ] {
            let wildcard = Wildcard::parse(pattern).unwrap();
            assert_eq!(wildcard.matches(value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn rejected() {
        for (pattern, reason) in [
            ("arn:aws:events:us-east-1:**:event-bus/*", "Consecutive wildcard characters at pos 26"),
            (r"a\b", "Invalid escape character at pos 2"),
            (r"a\", "Invalid escape character at pos 2"),
        ] {
            assert_eq!(Wildcard::parse(pattern), Err(reason.to_owned()), "{pattern}");
        }
        assert!(Wildcard::parse("*:*:*:*:*:event-bus/*").unwrap_err().starts_with("Rule is too complex"));
    }
}
