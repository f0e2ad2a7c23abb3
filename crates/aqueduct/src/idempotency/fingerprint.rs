//! What tells one payload from another.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// The fingerprint of data: the same for the same JSON, however its objects are ordered.
pub(crate) fn fingerprint(data: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(of_value(serde_json::to_value(data)?))
}

/// The fingerprint of JSON text; of text that is no JSON as it stands.
pub(crate) fn of_text(text: &str) -> String {
    of_value(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

fn of_value(mut value: Value) -> String {
    value.sort_all_objects();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, value.to_string().as_bytes()).to_string()
}
