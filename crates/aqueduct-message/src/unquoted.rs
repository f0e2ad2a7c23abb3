//! What JSON does not fit, without the values that stand in it.

use std::fmt;

/// Everything that `serde` names an unexpected value by. What else stands there comes from the value's own type.
const KINDS: [&str; 18] = [
    "string",
    "integer",
    "floating point",
    "boolean",
    "character",
    "byte array",
    "null",
    "map",
    "sequence",
    "Option value",
    "unit value",
    "newtype struct",
    "enum",
    "unit variant",
    "newtype variant",
    "tuple variant",
    "struct variant",
    "number",
];

/// An error of `serde_json` in words that quote no value: errors are logged and travel with rejected messages, and bodies
/// may hold what nobody else should read.
pub(crate) struct Unquoted<'a>(pub(crate) &'a serde_json::Error);

impl fmt::Display for Unquoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        if !self.0.is_data() {
            return formatter.write_str(&text);
        }
        formatter.write_str(&without_values(&text))?;
        match self.0.line() {
            0 => Ok(()),
            line => write!(formatter, " at line {line} column {}", self.0.column()),
        }
    }
}

/// The words of an error of the data, without their end, which says where it is.
fn without_values(text: &str) -> String {
    let position = text.rfind(" at line ").unwrap_or(text.len());
    let text = text.get(..position).unwrap_or_default();
    if text.starts_with("missing field `") || text.starts_with("duplicate field `") {
        return text.to_owned();
    }
    let expected = text.rfind(", expected ").and_then(|at| text.get(at..)).unwrap_or_default();
    for what in ["unknown variant", "unknown field", "invalid length"] {
        if text.starts_with(what) {
            return format!("{what}{expected}");
        }
    }
    for what in ["invalid type: ", "invalid value: "] {
        if let Some(found) = text.strip_prefix(what) {
            let kind = KINDS.iter().find(|kind| found.starts_with(*kind)).copied().unwrap_or("another");
            return format!("{what}{kind}{expected}");
        }
    }
    "a value does not fit".to_owned()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, de};

    use super::Unquoted;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Order {
        id: String,
        count: u8,
        #[serde(default)]
        size: Option<Size>,
        #[serde(default)]
        pair: Option<[u8; 2]>,
        #[serde(default)]
        picky: Option<Picky>,
    }

    #[derive(Debug, Deserialize)]
    enum Size {
        Small,
    }

    #[derive(Debug)]
    struct Picky;

    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(de::Error::custom(format!("{text} at line 7")))
        }
    }

    #[test]
    fn values_are_left_out_and_the_rest_is_said() {
        let cases = [
            ("{\"id\": 4111, \"count\": 1}", "invalid type: integer, expected a string"),
            ("{\"id\": \"a\", \"count\": \"4111\"}", "invalid type: string, expected u8"),
            ("{\"id\": \"a\", \"count\": \", expected 4111 at line 9\"}", "invalid type: string, expected u8"),
            ("{\"id\": \"a\", \"count\": 4111}", "invalid value: integer, expected u8"),
            ("{\"id\": \"a\", \"count\": 1.4111}", "invalid type: floating point, expected u8"),
            ("{\"id\": null}", "invalid type: null, expected a string"),
            ("{\"id\": \"4111\"}", "missing field `count`"),
            ("{\"id\": \"a\", \"id\": \"4111\"}", "duplicate field `id`"),
            ("{\"4111\": 1}", "unknown field, expected one of `id`, `count`, `size`, `pair`, `picky`"),
            ("{\"id\": \"a\", \"count\": 1, \"size\": \"4111\"}", "unknown variant, expected `Small`"),
            ("{\"id\": \"a\", \"count\": 1, \"pair\": [41]}", "invalid length, expected an array of length 2"),
            ("{\"id\": \"a\", \"count\": 1, \"picky\": \"4111\"}", "a value does not fit"),
            ("{\"id\": \"4111\" oh", "expected `,` or `}`"),
        ];
        for (json, words) in cases {
            let error = serde_json::from_str::<Order>(json).unwrap_err();
            let said = Unquoted(&error).to_string();
            let position = format!(" at line 1 column {}", error.column());
            assert_eq!(said.strip_suffix(&position), Some(words), "{json}: {said}");
        }
    }
}
