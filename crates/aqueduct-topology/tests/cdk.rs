//! What CDK synthesises is CloudFormation; constructs are shown by their paths.

use aqueduct_topology::{Deployment, Resource, graph, read};

#[test]
fn a_synthesised_template_is_read_whole_and_shown_by_construct() {
    let (topology, diagnostics) = read(include_str!("cdk.json"), &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    let worker = &topology.functions[0];
    let names: Vec<_> =
        topology.queues.iter().filter_map(|queue| topology.resource(&queue.id)).map(Resource::shown_name).collect();
    assert_eq!(names, ["ShopStack/Orders/Dead", "ShopStack/Orders/Queue"]);
    assert_eq!(topology.mappings[0].function, worker.arn);
    assert_eq!(worker.statements[0]["Resource"], topology.queues[1].arn.as_str(), "the policy that CDK attaches");
    assert!(worker.managed_policies[0].ends_with("AWSLambdaBasicExecutionRole"));
    assert_eq!(topology.policies[0].resources, std::slice::from_ref(&topology.queues[1].arn));
    let picture = graph::mermaid(&topology);
    assert!(picture.contains("Worker1234ABCD[\"ShopStack/Worker\"]:::function"), "{picture}");
}

#[test]
fn the_bootstrap_rule_holds_when_its_version_is_given() {
    let mut deployment = Deployment::default();
    let name = "/cdk-bootstrap/hnb659fds/version".to_owned();
    deployment.stored_parameters.insert(name.clone(), "21".to_owned());
    assert_eq!(read(include_str!("cdk.json"), &deployment).1, []);
    deployment.stored_parameters.insert(name, "5".to_owned());
    let (_, diagnostics) = read(include_str!("cdk.json"), &deployment);
    assert!(diagnostics[0].message.contains("rule `CheckBootstrapVersion`"), "{diagnostics:?}");
}
