//! The schemas of events as files of their own.

use serde_json::{Value, json};

use crate::Contracts;

impl Contracts {
    /// A JSON Schema for every event, with the name of its file: `OrderConfirmed.schema.json`, with the version in it where
    /// that is not the first.
    pub fn schema_files(&self) -> Vec<(String, Value)> {
        let safe = |letter: char| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_') { letter } else { '-' }
        };
        let file = |event: &crate::EventContract| {
            let name: String = event.kind.chars().map(safe).collect();
            let version: String = event.version.chars().map(safe).collect();
            let name = if version == "1" { name } else { format!("{name}.v{version}") };
            let schema = match &event.schema {
                Value::Object(members) if members.contains_key("$schema") => event.schema.clone(),
                Value::Object(members) => {
                    let mut with_dialect = json!({ "$schema": DIALECT });
                    if let Some(all) = with_dialect.as_object_mut() {
                        all.extend(members.clone());
                    }
                    with_dialect
                }
                other => json!({ "$schema": DIALECT, "title": event.kind, "allOf": [other] }),
            };
            (format!("{name}.schema.json"), schema)
        };
        self.events.iter().map(file).collect()
    }
}

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
