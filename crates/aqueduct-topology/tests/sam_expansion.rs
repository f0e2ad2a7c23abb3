//! What SAM's own translator makes of a template, and the template itself, are read as the same topology.

use aqueduct_topology::{Deployment, read};
use serde_json::Value;

/// The topology as JSON, by id, without what the translator removes or turns into roles.
fn wiring(text: &str) -> Value {
    let (topology, diagnostics) = read(text, &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    let mut value = serde_json::to_value(&topology).expect("a topology is JSON");
    for list in value.as_object_mut().expect("a map").values_mut().filter_map(Value::as_array_mut) {
        for item in list.iter_mut() {
            strip(item);
        }
        list.sort_by_key(|item| item["id"].to_string());
    }
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for key in ["span", "code_uri", "statements", "managed_policies"] {
                entries.remove(key);
            }
            entries.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn sam_and_its_expansion_are_the_same_topology() {
    let written = wiring(include_str!("sam/pipeline.yaml"));
    let expanded = wiring(include_str!("sam/pipeline.expanded.json"));
    for (section, items) in written.as_object().expect("a map") {
        assert_eq!(items, &expanded[section], "{section}");
    }
}

#[test]
fn roles_of_the_expansion_allow_what_sam_is_known_to_allow() {
    let statements = |text: &str, id: &str| {
        let (topology, _) = read(text, &Deployment::default());
        let function = topology.functions.into_iter().find(|function| function.id == id).expect("the function");
        (function.statements, function.managed_policies)
    };
    for (id, queue_policy) in [("Worker", true), ("Private", false)] {
        let (written, managed) = statements(include_str!("sam/pipeline.yaml"), id);
        let (expanded, expanded_managed) = statements(include_str!("sam/pipeline.expanded.json"), id);
        assert_eq!(managed, expanded_managed, "{id}");
        assert_eq!(managed.iter().any(|name| name.ends_with("SQSQueueExecutionRole")), queue_policy, "{id}");
        let targets = |statements: &[Value]| {
            let mut targets: Vec<_> = statements.iter().map(|statement| statement["Resource"].to_string()).collect();
            targets.sort();
            targets
        };
        assert!(!written.is_empty(), "{id} may use its failure destination");
        assert_eq!(targets(&written), targets(&expanded), "{id}");
    }
}
