//! Plans of Terraform are read into the same topology as templates.

use aqueduct_topology::{Deployment, Function, Queue, Setting, Topology, read};
use serde_json::json;

const PLAN: &str = include_str!("terraform/plan.json");

fn topology() -> Topology {
    let (topology, diagnostics) = read(PLAN, &Deployment::default());
    assert_eq!(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    topology
}

fn queue<'t>(topology: &'t Topology, id: &str) -> &'t Queue {
    topology.queues.iter().find(|queue| queue.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn worker(topology: &Topology) -> &Function {
    &topology.functions[0]
}

#[test]
fn queues_and_their_redrive_policies() {
    let topology = topology();
    let orders = queue(&topology, "aws_sqs_queue.orders");
    assert_eq!(orders.arn.as_str(), "arn:aws:sqs:eu-central-1:111122223333:orders");
    assert_eq!(orders.visibility_timeout.as_secs(), 60);
    let dead = queue(&topology, "aws_sqs_queue.dead");
    assert_eq!(orders.redrive.as_ref().map(|redrive| &redrive.target), Some(&dead.arn));
    let receives = topology.property(&orders.id, "RedrivePolicy.maxReceiveCount");
    assert!(matches!(receives, Setting::Unknown(_)), "a policy made of references does not show its numbers");
    assert_eq!(topology.key(orders.kms_key.as_deref().expect("a key")), Some(&topology.keys[0]));
    let failures = queue(&topology, "module.failures.aws_sqs_queue.this");
    assert_eq!(failures.name, "failures");
    assert_eq!(
        failures.redrive.as_ref().map(|redrive| &redrive.target),
        Some(&dead.arn),
        "by a variable of the module"
    );
}

#[test]
fn policies_are_built_from_the_configuration() {
    let topology = topology();
    let policy = &topology.policies[0];
    let (queue, topic) = (queue(&topology, "aws_sqs_queue.orders"), &topology.topics[0]);
    assert_eq!(policy.resources, std::slice::from_ref(&queue.arn));
    assert_eq!(
        policy.document,
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": ["sqs:SendMessage"],
                "Resource": queue.arn.as_str(),
                "Principal": { "Service": ["sns.amazonaws.com"] },
                "Condition": { "ArnEquals": { "aws:SourceArn": topic.arn.as_str() } },
            }],
        })
    );
    let subscription = &topology.subscriptions[0];
    assert_eq!((&subscription.topic, subscription.endpoint.as_str()), (&topic.arn, queue.arn.as_str()));
    assert!(subscription.raw);
    assert_eq!(subscription.filter_policy, Some(json!({ "type": ["OrderConfirmed"] })));
    assert!(subscription.dead_letter.is_some());
}

#[test]
fn functions_with_their_roles_and_triggers() {
    let topology = topology();
    let worker = worker(&topology);
    assert_eq!(worker.timeout.as_secs(), 10);
    assert_eq!(worker.reserved_concurrency, None);
    assert_eq!(worker.environment["STAGE"], "live");
    let actions: Vec<_> = worker.statements.iter().map(|statement| statement["Action"].clone()).collect();
    assert_eq!(
        actions,
        [json!(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]), json!(["sns:Publish"])]
    );
    assert!(worker.managed_policies.iter().any(|arn| arn.ends_with("AWSLambdaBasicExecutionRole")));
    let dead = &queue(&topology, "aws_sqs_queue.dead").arn;
    assert_eq!(worker.asynchronous.dead_letter.as_ref(), Some(dead));
    let failures = &queue(&topology, "module.failures.aws_sqs_queue.this").arn;
    assert_eq!(worker.asynchronous.on_failure.as_ref(), Some(failures), "by an output of a module");
    assert_eq!(worker.asynchronous.retries_max, 1);
    let mapping = &topology.mappings[0];
    assert_eq!((&mapping.queue, &mapping.function), (&queue(&topology, "aws_sqs_queue.orders").arn, &worker.arn));
    assert!(mapping.reports_batch_item_failures);
    assert_eq!(mapping.filters, [r#"{"body":{"kind":["a"]}}"#]);
    assert_eq!(mapping.concurrency_max, Some(5));
    let permission = &topology.permissions[0];
    assert_eq!(permission.function.as_str(), format!("{}:live", worker.arn));
    assert_eq!(permission.source_arn.as_deref(), Some(topology.rules[0].arn.as_str()));
}

#[test]
fn rules_have_the_targets_that_name_them() {
    let topology = topology();
    let rule = &topology.rules[0];
    assert_eq!(rule.bus, topology.buses[0].arn);
    assert_eq!(rule.pattern, Some(json!({ "source": ["fulfilment"] })));
    let [worker_target, extra] = rule.targets.as_slice() else { panic!("two targets: {:?}", rule.targets) };
    assert_eq!(worker_target.arn, worker(&topology).arn);
    assert_eq!((worker_target.retries_max, worker_target.age_max.as_secs()), (3, 120));
    assert_eq!(worker_target.dead_letter.as_ref(), Some(&queue(&topology, "aws_sqs_queue.dead").arn));
    assert_eq!(extra.arn, queue(&topology, "aws_sqs_queue.many[\"b\"]").arn, "the instance with the same key");
    assert_eq!(topology.schedules[0].target.arn, worker(&topology).arn);
    assert_eq!(topology.alarms[0].dimensions["QueueName"], "orders-dead");
    assert_eq!(topology.alarms[0].threshold, Some(0.0));
}

#[test]
fn properties_stand_where_the_plan_has_them() {
    let topology = topology();
    let span = topology.span_of("aws_sqs_queue.orders", "VisibilityTimeout");
    let line = PLAN.lines().nth(span.line as usize - 1).expect("the line");
    assert!(line.contains("\"visibility_timeout_seconds\": 60"), "{line}");
    let orders = topology.resource("aws_sqs_queue.orders").expect("the queue");
    let line = PLAN.lines().nth(orders.span.line as usize - 1).expect("the line");
    assert!(line.contains("\"address\": \"aws_sqs_queue.orders\""), "{line}");
    assert_eq!(topology.resource_at(span).map(|resource| resource.id.as_str()), Some("aws_sqs_queue.orders"));
}

#[test]
fn a_plan_without_resources_says_so() {
    let (topology, diagnostics) = read(r#"{"format_version": "1.2", "planned_values": {}}"#, &Deployment::default());
    assert_eq!(topology, Topology::default());
    assert!(diagnostics[0].message.starts_with("the plan has no resources of AWS"), "{diagnostics:?}");
}

#[test]
fn references_in_circles_end() {
    let plan = PLAN.replace(r#""aws_sqs_queue.this.arn""#, r#""module.failures.queue_arn""#);
    let (topology, _) = read(&plan, &Deployment::default());
    assert_eq!(topology.functions[0].asynchronous.on_failure, None);
}

#[test]
fn documents_made_of_documents_end() {
    use serde_json::Value;
    let mut plan: Value = serde_json::from_str(PLAN).expect("JSON");
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().expect("resources");
    for level in 0..30 {
        let next = format!("data.aws_iam_policy_document.d{}.json", level + 1);
        let statement = json!({ "resources": { "references": [next] } });
        resources.push(json!({
            "address": format!("data.aws_iam_policy_document.d{level}"),
            "expressions": { "statement": vec![statement; 10] },
        }));
    }
    let policy = resources.iter_mut().find(|it| it["address"] == "aws_sqs_queue_policy.orders").expect("the policy");
    policy["expressions"]["policy"] = json!({ "references": ["data.aws_iam_policy_document.d0.json"] });
    let (topology, _) = read(&plan.to_string(), &Deployment::default());
    assert_eq!(topology.queues.len(), 5);
}

#[test]
fn a_state_knows_every_arn() {
    let state = json!({
        "format_version": "1.0",
        "terraform_version": "1.13.4",
        "values": { "root_module": { "resources": [
            {
                "address": "aws_sqs_queue.orders", "mode": "managed", "type": "aws_sqs_queue", "name": "orders",
                "values": {
                    "arn": "arn:aws:sqs:eu-west-1:111122223333:orders",
                    "name": "orders",
                    "redrive_policy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:111122223333:dead\",\"maxReceiveCount\":4}",
                },
            },
        ] } },
    });
    let (topology, diagnostics) = read(&state.to_string(), &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    let queue = &topology.queues[0];
    assert_eq!(queue.arn.as_str(), "arn:aws:sqs:eu-west-1:111122223333:orders");
    assert_eq!(queue.redrive.as_ref().map(|redrive| redrive.receives_max), Some(4));
}
