//! The role that SAM makes for a function without `Role`.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use std::rc::Rc;

use super::policy_template;
use crate::Span;
use crate::node::{Node, Value};
use crate::template::Resource;

/// Event types whose functions get a managed policy of AWS to read them with.
const READER_POLICIES: [(&str, &str); 5] = [
    ("SQS", "AWSLambdaSQSQueueExecutionRole"),
    ("Kinesis", "AWSLambdaKinesisExecutionRole"),
    ("DynamoDB", "AWSLambdaDynamoDBExecutionRole"),
    ("MSK", "AWSLambdaMSKExecutionRole"),
    ("MQ", "AWSLambdaAMQExecutionRole"),
];

/// The role of `function`, whose asynchronous configuration is `config`.
pub(super) fn of_function(function: &Resource, config: Option<&Node>) -> Resource {
    let span = function.span;
    let properties = &function.properties;
    let mut managed = vec![managed_policy("service-role/AWSLambdaBasicExecutionRole", span)];
    managed.extend(reader_policies(properties).map(|name| managed_policy(&format!("service-role/{name}"), span)));
    if is_set(properties, "VpcConfig") {
        managed.push(managed_policy("service-role/AWSLambdaVPCAccessExecutionRole", span));
    }
    if properties.get("Tracing").and_then(|mode| mode.as_str()).is_some_and(|mode| mode != "Disabled") {
        managed.push(managed_policy("AWSXrayWriteOnlyAccess", span));
    }
    let statements = destination_statements(properties, config);
    generated(function, "lambda.amazonaws.com", managed, statements)
}

/// The role of a state machine.
pub(super) fn of_state_machine(resource: &Resource) -> Resource {
    generated(resource, "states.amazonaws.com", Vec::new(), Vec::new())
}

/// A role that `service` assumes, with the owner's `Policies` and with `statements`.
fn generated(owner: &Resource, service: &str, mut managed: Vec<Rc<Node>>, statements: Vec<Rc<Node>>) -> Resource {
    let span = owner.span;
    let properties = &owner.properties;
    let mut policies = Vec::new();
    if let Some(written) = properties.get("Policies") {
        let items = written.as_list().unwrap_or(std::slice::from_ref(written));
        for item in items {
            add_policy(item, &mut managed, &mut policies);
        }
    }
    policies.extend(statements.into_iter().map(policy));
    let trust = properties.get("AssumeRolePolicyDocument").cloned().unwrap_or_else(|| trust(service, span));
    let list = |items: Vec<Rc<Node>>| Node::new(Value::List(items), span);
    let mut entries =
        vec![("AssumeRolePolicyDocument", trust), ("ManagedPolicyArns", list(managed)), ("Policies", list(policies))];
    for (sam, name) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
        entries.extend(properties.get(sam).map(|node| (name, Rc::clone(node))));
    }
    owner.generated(format!("{}Role", owner.id), "AWS::IAM::Role", Node::map(entries, span))
}

fn is_set(properties: &Node, name: &str) -> bool {
    properties.get(name).is_some_and(|node| !matches!(node.value, Value::Null))
}

fn managed_policy(path: &str, span: Span) -> Rc<Node> {
    let text = format!("arn:${{AWS::Partition}}:iam::aws:policy/{path}");
    Node::map([("Fn::Sub", Node::string(text, span))], span)
}

/// What lets `service` assume a role.
pub(super) fn trust(service: &str, span: Span) -> Rc<Node> {
    let text = |text: &str| Node::string(text, span);
    let list = |item: Rc<Node>| Node::new(Value::List(vec![item]), span);
    let principal = Node::map([("Service", list(text(service)))], span);
    let statement = Node::map(
        [("Action", list(text("sts:AssumeRole"))), ("Effect", text("Allow")), ("Principal", principal)],
        span,
    );
    document(list(statement))
}

/// An `Allow` statement.
pub(super) fn allow(action: &str, resource: Rc<Node>) -> Rc<Node> {
    let span = resource.span;
    let text = |text: &str| Node::string(text, span);
    Node::map([("Effect", text("Allow")), ("Action", text(action)), ("Resource", resource)], span)
}

/// A policy document.
pub(super) fn document(statement: Rc<Node>) -> Rc<Node> {
    let span = statement.span;
    Node::map([("Version", Node::string("2012-10-17", span)), ("Statement", statement)], span)
}

/// An item of a role's `Policies` with one statement.
pub(super) fn policy(statement: Rc<Node>) -> Rc<Node> {
    let span = statement.span;
    Node::map([("PolicyDocument", document(statement))], span)
}

/// The managed policies that the events want, each once.
fn reader_policies(properties: &Node) -> impl Iterator<Item = &'static str> {
    let events = properties.get("Events").map(|events| events.entries()).unwrap_or_default();
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| {
            let kind = event.node.get("Type")?.as_str()?;
            let buffered = kind == "SNS" && event.node.get("Properties")?.get("SqsSubscription").is_some();
            Some(if buffered { "SQS" } else { kind })
        })
        .collect();
    READER_POLICIES.into_iter().filter(move |(kind, _)| kinds.contains(kind)).map(|(_, policy)| policy)
}

/// One item of `Policies`: a managed policy, a document, policy templates, or a choice of those.
fn add_policy(item: &Rc<Node>, managed: &mut Vec<Rc<Node>>, policies: &mut Vec<Rc<Node>>) {
    let span = item.span;
    if let Some(("Fn::If", argument)) = item.intrinsic()
        && let Some([condition, yes, no]) = argument.as_list()
        && [yes, no].iter().any(|branch| branch.is_map())
    {
        let branch = |node: &Rc<Node>| match (node.intrinsic(), node.get("Statement")) {
            (Some(_), _) => Rc::clone(node),
            (None, Some(_)) => Node::map([("PolicyDocument", Rc::clone(node))], span),
            (None, None) => templates(node),
        };
        let choice = vec![Rc::clone(condition), branch(yes), branch(no)];
        policies.push(Node::map([("Fn::If", Node::new(Value::List(choice), span))], span));
    } else if item.intrinsic().is_some() || item.as_str().is_some() {
        managed.push(Rc::clone(item));
    } else if item.get("Statement").is_some() {
        policies.push(Node::map([("PolicyDocument", Rc::clone(item))], span));
    } else if item.is_map() {
        policies.push(templates(item));
    }
}

/// The policy that a map of policy templates stands for.
fn templates(item: &Node) -> Rc<Node> {
    let mut statements = Vec::new();
    for entry in item.entries() {
        if let Some(known) = policy_template::statements(&entry.key, &entry.node, entry.key_span) {
            statements.extend(known);
        } else {
            let name = Node::string(entry.key.as_str(), entry.key_span);
            statements.push(Node::map([(UNKNOWN_TEMPLATE, name)], entry.key_span));
        }
    }
    policy(Node::new(Value::List(statements), item.span))
}

/// Stands for the statements of a policy template that is not known, and is unknown itself.
pub(crate) const UNKNOWN_TEMPLATE: &str = "Fn::PolicyTemplate";

/// What the role must be allowed so that failures and results go where the function says.
fn destination_statements(properties: &Node, config: Option<&Node>) -> Vec<Rc<Node>> {
    let mut statements = Vec::new();
    let config = config.and_then(|config| config.get("DestinationConfig"));
    let events = properties.get("Events").map(|events| events.entries()).unwrap_or_default();
    let of_events = events.iter().filter_map(|event| event.node.get("Properties")?.get("DestinationConfig"));
    for destinations in config.into_iter().chain(of_events) {
        for name in ["OnSuccess", "OnFailure"] {
            let destination = destinations.get(name);
            let kind = destination.and_then(|destination| destination.get("Type")?.as_str());
            let action = match kind {
                Some("SQS") => "sqs:SendMessage",
                Some("SNS") => "sns:Publish",
                Some("Lambda") => "lambda:InvokeFunction",
                Some("EventBridge") => "events:PutEvents",
                _ => continue,
            };
            let resource = destination.and_then(|destination| destination.get("Destination"));
            statements.extend(resource.map(|resource| allow(action, Rc::clone(resource))));
        }
    }
    if let Some(queue) = properties.get("DeadLetterQueue")
        && let Some(target) = queue.get("TargetArn")
    {
        let topic = queue.get("Type").and_then(|kind| kind.as_str()) == Some("SNS");
        statements.push(allow(if topic { "sns:Publish" } else { "sqs:SendMessage" }, Rc::clone(target)));
    }
    statements
}
