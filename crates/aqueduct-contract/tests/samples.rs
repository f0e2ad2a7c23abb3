//! The sample events are events of the contracts that stand beside the template.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};

use aqueduct_contract::Contracts;
use aqueduct_message::{Envelope, read_event};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The record of `sqs/orders-poison.json` that is meant to be none.
const POISON: &str = "c80e8021-a70a-42c7-a470-796e1186f753";

#[test]
fn sample_events_fit_their_schemas() {
    let contracts = Contracts::read(&std::fs::read_to_string(root().join("infra/contracts.json")).unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for folder in ["sqs", "sns", "eventbridge", "schedule"] {
        for entry in root().join("events").join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let batch = read_event(&text).unwrap();
            assert!(!batch.deliveries.is_empty(), "{}", path.display());
            for delivery in &batch.deliveries {
                let problems = problems(&contracts, delivery, &mut seen);
                let is_poison = path.ends_with("orders-poison.json") && &*delivery.id == POISON;
                assert_eq!(problems.is_empty(), !is_poison, "{} {}: {problems:?}", path.display(), delivery.id);
            }
        }
    }
    let declared: Vec<_> = contracts.events.iter().map(|event| event.kind.as_str()).collect();
    let without: Vec<_> = declared.iter().filter(|kind| !seen.contains(**kind)).collect();
    assert!(without.is_empty(), "no sample of {without:?}");
}

fn problems(
    contracts: &Contracts,
    delivery: &aqueduct_message::Delivery<'_>,
    seen: &mut std::collections::BTreeSet<String>,
) -> Vec<String> {
    let envelope = match Envelope::read(delivery) {
        Ok(envelope) => envelope,
        Err(error) => return vec![error.to_string()],
    };
    let Some(event) = contracts.events.iter().find(|event| event.kind == envelope.header.kind) else {
        return vec![format!("nobody declares {}", envelope.header.kind)];
    };
    seen.insert(event.kind.clone());
    let data: Value = serde_json::from_str(&envelope.data).unwrap();
    let validator = jsonschema::validator_for(&event.schema).unwrap();
    validator.iter_errors(&data).map(|error| error.to_string()).collect()
}
