//! What AWS does, as cases with their sources, held against the embedded cloud.
//!
//! A case deploys a small template, does things at points in time and says what must be seen. The cases are data under
//! `cases/`, so that another cloud can be held against the same ones.

mod case;
mod run;

pub use case::{Action, Behaviour, Case, FunctionScript, Step};
pub use run::Failure;

const FILES: [(&str, &str); 4] = [
    ("sqs.json", include_str!("../../cases/sqs.json")),
    ("mappings.json", include_str!("../../cases/mappings.json")),
    ("asynchronous.json", include_str!("../../cases/asynchronous.json")),
    ("fan-out.json", include_str!("../../cases/fan-out.json")),
];

const TEMPLATES: [(&str, &str); 4] = [
    ("queue", include_str!("../../cases/templates/queue.json")),
    ("fifo-queue", include_str!("../../cases/templates/fifo-queue.json")),
    ("worker", include_str!("../../cases/templates/worker.json")),
    ("fan-out", include_str!("../../cases/templates/fan-out.json")),
];

/// All cases; an error names the file that cannot be read.
pub fn cases() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (file, text) in FILES {
        let read: Vec<Case> = serde_json::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        cases.extend(read);
    }
    Ok(cases)
}
