//! Putting a schema into another document.

use serde_json::{Map, Value};

/// Keywords whose values are data, where a `$ref` is no reference.
const DATA: [&str; 4] = ["const", "enum", "default", "examples"];

/// The schema as it must read at `pointer`, such as `#/$defs/OrderConfirmed`: references into it follow.
pub(crate) fn at(schema: &Value, pointer: &str) -> Value {
    match schema {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let moved = match value {
                    Value::String(reference) if name == "$ref" => {
                        reference.strip_prefix('#').map(|rest| format!("{pointer}{rest}").into())
                    }
                    _ if DATA.contains(&name.as_str()) => Some(value.clone()),
                    _ => None,
                };
                (name.clone(), moved.unwrap_or_else(|| at(value, pointer)))
            };
            // The dialect is the document's to say.
            let members = members.iter().filter(|(name, _)| name.as_str() != "$schema").map(member);
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(|element| at(element, pointer)).collect(),
        other => other.clone(),
    }
}
