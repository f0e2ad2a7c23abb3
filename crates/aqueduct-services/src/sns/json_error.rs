//! What SNS says about text that is no JSON: the words of the parser that it uses.

use serde_json::error::Category;

/// Where AWS's parser says that it does not show the text.
const SOURCE: &str = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";

/// Why `text` is no JSON.
///
/// Recorded by LocalStack's AWS-validated tests `test_validate_set_sub_attributes` (a name without quotes) and
/// `test_subscribe_invalid_filter_policy` (a bare word); other mistakes are told in this parser's words.
pub(super) fn describe(text: &str, error: &serde_json::Error) -> String {
    let start = text.trim_start();
    let skipped = text.len() - start.len();
    if let Some(inner) = start.strip_prefix('{') {
        let behind = inner.trim_start();
        let column = skipped + 1 + (inner.len() - behind.len()) + 1;
        if let Some(first) = behind.chars().next().filter(|first| !matches!(first, '"' | '}')) {
            return format!(
                "failed to parse JSON. Unexpected character ('{first}' (code {})): was expecting double-quote to start \
                 field name\n at [Source: {SOURCE}; line: 1, column: {column}]",
                u32::from(first)
            );
        }
    }
    let word: String = start.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
    if error.classify() == Category::Syntax && word.starts_with(char::is_alphabetic) {
        return format!(
            "failed to parse JSON. Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token \
             'null', 'true' or 'false')\n at [Source: {SOURCE}; line: 1, column: {}]",
            skipped + word.len() + 1
        );
    }
    format!("failed to parse JSON. {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_mistakes_have_their_words() {
        let described = |text: &str| describe(text, &serde_json::from_str::<serde_json::Value>(text).unwrap_err());
        assert_eq!(
            described("{invalidjson}"),
            "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n \
             at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
        );
        assert!(described("invalid").ends_with("line: 1, column: 8]"), "{}", described("invalid"));
        assert!(described("invalid").contains("Unrecognized token 'invalid'"));
        assert!(described("").starts_with("failed to parse JSON. "));
        assert!(described("{\"a\":").starts_with("failed to parse JSON. "));
    }
}
