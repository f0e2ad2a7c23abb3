//! Large templates: read whole, in time that grows with their size, or refused in bounded memory.

use aqueduct_topology::{Deployment, read, sample};

#[test]
fn the_sample_is_a_template_without_mistakes() {
    let (topology, diagnostics) = read(&sample::template(50), &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    let counts = [topology.functions.len(), topology.queues.len(), topology.mappings.len(), topology.roles.len()];
    assert_eq!(counts, [5, 10, 5, 5]);
    let written = topology.resources.values().filter(|resource| resource.generated_by.is_none()).count();
    assert_eq!(written, 50);
}

#[test]
fn five_thousand_resources_are_read_whole() {
    let (topology, diagnostics) = read(&sample::template(5000), &Deployment::default());
    assert_eq!(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(topology.functions.len(), 500);
}

#[test]
fn ten_megabytes_are_refused() {
    let text = "a".repeat(10 << 20);
    let (topology, diagnostics) = read(&text, &Deployment::default());
    assert!(topology.resources.is_empty());
    assert!(diagnostics[0].message.contains("more than the"), "{diagnostics:?}");
}

#[test]
fn many_keys_in_one_map_are_read_in_time_that_grows_with_them() {
    let keys: Vec<String> = (0..60_000).map(|number| format!("  k{number}: 1\n")).collect();
    let keys = keys.concat();
    let (_, diagnostics) =
        read(&format!("Resources:\n  Q: {{Type: AWS::SQS::Queue}}\nMetadata:\n{keys}"), &Deployment::default());
    assert_eq!(diagnostics, []);
}

#[test]
fn many_mistakes_are_told_in_time_that_grows_with_them() {
    let resources: Vec<String> = (0..9_000).map(|number| format!("  R{number}: {{Type: AWS::SQS::Queu}}\n")).collect();
    let resources = resources.concat();
    let (_, diagnostics) = read(&format!("Resources:\n{resources}"), &Deployment::default());
    assert_eq!(diagnostics.len(), 9_000);
}
