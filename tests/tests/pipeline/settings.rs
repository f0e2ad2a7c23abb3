//! What `cargo lambda watch` gives the functions is what the template gives them.

use std::collections::BTreeMap;
use std::path::Path;

use aqueduct_topology::{Deployment, read};

const ENDPOINT: &str = "http://127.0.0.1:4566";

/// What the runtime gives a function on AWS, and the template therefore does not; and that no URL takes streams here.
const OF_THE_RUNTIME: [(&str, &str); 5] = [
    ("AQUEDUCT_HTTP_BUFFERED", "true"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_ENDPOINT_URL", ENDPOINT),
    ("AWS_REGION", "us-east-1"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];

#[test]
fn watched_functions_have_the_settings_of_the_template() {
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra");
    let template = std::fs::read_to_string(infra.join("template.yaml")).unwrap();
    let deployment = Deployment { endpoint: Some(ENDPOINT.to_owned()), ..Deployment::default() };
    let (topology, _) = read(&template, &deployment);
    let mut wanted = BTreeMap::from(OF_THE_RUNTIME.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (name, value) in topology.functions.into_iter().flat_map(|function| function.environment) {
        let other = wanted.insert(name.clone(), value.clone());
        assert!(other.is_none_or(|other| other == value), "two functions mean different things by {name}");
    }
    let file = std::fs::read_to_string(infra.join("watch.env")).unwrap();
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let given: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(given, wanted);
}
