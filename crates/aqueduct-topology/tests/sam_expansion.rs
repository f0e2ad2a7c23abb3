//! What SAM's own translator makes of a template, and the template itself, are read as the same topology.

use std::collections::{BTreeMap, BTreeSet};

use aqueduct_topology::{Deployment, Role, read};
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

const PAIRS: [(&str, &str); 2] = [
    (include_str!("sam/pipeline.yaml"), include_str!("sam/pipeline.expanded.json")),
    (include_str!("sam/generated.yaml"), include_str!("sam/generated.expanded.json")),
];

#[test]
fn sam_and_its_expansion_are_the_same_topology() {
    for (written, expanded) in PAIRS {
        let (written, expanded) = (wiring(written), wiring(expanded));
        for (section, items) in written.as_object().expect("a map") {
            assert_eq!(items, &expanded[section], "{section}");
        }
    }
}

/// A role's managed policies, and its statements as pairs of action and resource.
type Allowed = (BTreeSet<String>, BTreeSet<(String, String)>);

/// What each role allows, by logical id.
fn allowed(text: &str) -> BTreeMap<String, Allowed> {
    let (topology, _) = read(text, &Deployment::default());
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned)).collect(),
        value => vec![value.as_str().map_or(value.to_string(), str::to_owned)],
    };
    let pairs = |statement: &Value| {
        let resources: Vec<String> = list(&statement["Resource"]);
        let actions: Vec<String> = list(&statement["Action"]);
        // SAM writes `sns:publish`; IAM does not mind.
        let pair =
            |action: String| resources.iter().map(move |it| (action.to_lowercase(), it.clone())).collect::<Vec<_>>();
        actions.into_iter().flat_map(pair).collect::<Vec<_>>()
    };
    let of_role = |role: &Role| {
        let own = topology.resources.values().filter(|it| it.kind == "AWS::IAM::ManagedPolicy");
        let own: BTreeSet<String> = own.map(|policy| policy.id.clone()).collect();
        let managed = role.managed_policies.iter().filter(|arn| !own.iter().any(|id| arn.ends_with(id.as_str())));
        (managed.cloned().collect(), role.statements.iter().flat_map(pairs).collect())
    };
    topology.roles.iter().map(|role| (role.id.clone(), of_role(role))).collect()
}

#[test]
fn roles_allow_the_same() {
    for (written, expanded) in PAIRS {
        let (written, expanded) = (allowed(written), allowed(expanded));
        assert!(written.values().any(|(_, statements)| !statements.is_empty()));
        assert_eq!(written.keys().collect::<Vec<_>>(), expanded.keys().collect::<Vec<_>>());
        for (role, (managed, statements)) in &written {
            let (expanded_managed, expanded_statements) = &expanded[role];
            assert_eq!(managed, expanded_managed, "{role}");
            let differences: Vec<_> = statements.symmetric_difference(expanded_statements).collect();
            assert!(differences.is_empty(), "{role}: {differences:?}");
        }
    }
}
