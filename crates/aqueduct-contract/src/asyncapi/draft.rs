//! JSON Schema of 2020-12 as draft 07, which AsyncAPI requires its tools to read.
//!
//! Source: <https://www.asyncapi.com/docs/reference/specification/v3.0.0#multiFormatSchemaFormatTable>,
//! <https://json-schema.org/draft/2019-09/release-notes>, <https://json-schema.org/draft/2020-12/release-notes>

use serde_json::{Map, Value};

/// Keywords whose values are data.
const DATA: [&str; 4] = ["const", "enum", "default", "examples"];

/// The same schema in words of draft 07.
pub(super) fn seventh(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let is_tuple = members.contains_key("prefixItems");
            let renamed = members.iter().filter(|(name, _)| name.as_str() != "$schema").map(|(name, value)| {
                let name = match name.as_str() {
                    "$defs" => "definitions",
                    "prefixItems" => "items",
                    "items" if is_tuple => "additionalItems",
                    "unevaluatedProperties" => "additionalProperties",
                    other => other,
                };
                let value = match value {
                    Value::String(reference) if name == "$ref" => reference.replace("/$defs/", "/definitions/").into(),
                    _ if DATA.contains(&name) => value.clone(),
                    _ => seventh(value),
                };
                (name.to_owned(), value)
            });
            let mut renamed: Map<String, Value> = renamed.collect();
            // Draft 07 does not look at what stands beside a reference.
            if renamed.len() > 1
                && let Some(reference) = renamed.remove("$ref")
            {
                let mut all = vec![Value::Object(Map::from_iter([("$ref".to_owned(), reference)]))];
                if let Some(Value::Array(others)) = renamed.remove("allOf") {
                    all.extend(others);
                }
                renamed.insert("allOf".to_owned(), all.into());
            }
            renamed.into()
        }
        Value::Array(elements) => elements.iter().map(seventh).collect(),
        other => other.clone(),
    }
}
