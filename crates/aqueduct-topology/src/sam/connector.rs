//! SAM's connectors as the policies and permissions that they stand for.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>

use std::rc::Rc;

use super::role;
use crate::node::{Node, Value};
use crate::template::{Resource, Template};
use crate::{Diagnostic, Severity, Span};

/// Where a connector's statements go.
#[derive(Clone, Copy)]
enum How {
    SourceRole,
    DestinationRole,
    /// The destination's own policy, for a service principal.
    Policy(&'static str),
    Permission(&'static str),
}

use How::{DestinationRole, Permission, Policy, SourceRole};

/// Source, destination, where the statements go, and the actions of `Read` and `Write`, separated by blanks.
type Profile = (&'static str, &'static str, How, &'static str, &'static str);

const TABLE_READ: &str = "dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:BatchGetItem \
                          dynamodb:ConditionCheckItem dynamodb:PartiQLSelect";
const TABLE_WRITE: &str = "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:BatchWriteItem \
                           dynamodb:PartiQLDelete dynamodb:PartiQLInsert dynamodb:PartiQLUpdate";
const BUCKET_READ: &str = "s3:GetObject s3:GetObjectAcl s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectTorrent \
                           s3:GetObjectVersion s3:GetObjectVersionAcl s3:GetObjectVersionForReplication \
                           s3:GetObjectVersionTorrent s3:ListBucket s3:ListBucketMultipartUploads \
                           s3:ListBucketVersions s3:ListMultipartUploadParts";
const BUCKET_WRITE: &str = "s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:PutObject \
                            s3:PutObjectLegalHold s3:PutObjectRetention s3:RestoreObject";
const STREAM_READ: &str = "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams";
const QUEUE_READ: &str = "sqs:ReceiveMessage sqs:GetQueueAttributes";
const INVOKE: &str = "lambda:InvokeAsync lambda:InvokeFunction";

const FUNCTION: &str = "AWS::Lambda::Function";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
const TABLE: &str = "AWS::DynamoDB::Table";
const BUCKET: &str = "AWS::S3::Bucket";
const BUS: &str = "AWS::Events::EventBus";
const RULE: &str = "AWS::Events::Rule";
const STATES: &str = "AWS::StepFunctions::StateMachine";
const REST_API: &str = "AWS::ApiGateway::RestApi";
const HTTP_API: &str = "AWS::ApiGatewayV2::Api";

/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html#supported-connector-resource-types>
const PROFILES: [Profile; 26] = [
    (TABLE, FUNCTION, DestinationRole, STREAM_READ, ""),
    (RULE, TOPIC, Policy("events.amazonaws.com"), "", "sns:Publish"),
    (RULE, QUEUE, Policy("events.amazonaws.com"), "", "sqs:SendMessage"),
    (RULE, FUNCTION, Permission("events.amazonaws.com"), "", "lambda:InvokeFunction"),
    (RULE, BUS, SourceRole, "", "events:PutEvents"),
    (RULE, STATES, SourceRole, "", "states:StartExecution"),
    (FUNCTION, FUNCTION, SourceRole, "", INVOKE),
    (FUNCTION, BUCKET, SourceRole, BUCKET_READ, BUCKET_WRITE),
    (FUNCTION, TABLE, SourceRole, TABLE_READ, TABLE_WRITE),
    (
        FUNCTION,
        QUEUE,
        SourceRole,
        QUEUE_READ,
        "sqs:DeleteMessage sqs:SendMessage sqs:ChangeMessageVisibility sqs:PurgeQueue",
    ),
    (FUNCTION, TOPIC, SourceRole, "", "sns:Publish"),
    (FUNCTION, BUS, SourceRole, "", "events:PutEvents"),
    (
        FUNCTION,
        STATES,
        SourceRole,
        "states:DescribeStateMachine states:ListExecutions",
        "states:StartExecution states:StartSyncExecution",
    ),
    (REST_API, FUNCTION, Permission("apigateway.amazonaws.com"), "", "lambda:InvokeFunction"),
    (HTTP_API, FUNCTION, Permission("apigateway.amazonaws.com"), "", "lambda:InvokeFunction"),
    (TOPIC, QUEUE, Policy("sns.amazonaws.com"), "", "sqs:SendMessage"),
    (TOPIC, FUNCTION, Permission("sns.amazonaws.com"), "", "lambda:InvokeFunction"),
    (QUEUE, FUNCTION, DestinationRole, QUEUE_READ, "sqs:DeleteMessage"),
    (BUCKET, FUNCTION, Permission("s3.amazonaws.com"), "", "lambda:InvokeFunction"),
    (STATES, FUNCTION, SourceRole, "", INVOKE),
    (STATES, TOPIC, SourceRole, "", "sns:Publish"),
    (STATES, QUEUE, SourceRole, "", "sqs:SendMessage"),
    (STATES, BUCKET, SourceRole, BUCKET_READ, BUCKET_WRITE),
    (STATES, TABLE, SourceRole, TABLE_READ, TABLE_WRITE),
    (STATES, STATES, SourceRole, "states:DescribeExecution", "states:StartExecution"),
    (STATES, BUS, SourceRole, "", "events:PutEvents"),
];

/// One end of a connector.
struct End {
    kind: String,
    arn: Option<Rc<Node>>,
    /// What `Roles` of a policy takes for its role.
    role: Option<Rc<Node>>,
    /// What `Queues` or `Topics` of a policy takes.
    reference: Option<Rc<Node>>,
}

/// Adds what connectors stand for, those that are resources and those that stand at their source.
pub(super) fn expand(template: &mut Template, diagnostics: &mut Vec<Diagnostic>) {
    let mut generated = Vec::new();
    for resource in &template.resources {
        if resource.kind == "AWS::Serverless::Connector" {
            let source = resource.properties.get("Source");
            connect(template, resource, &resource.id, source, &resource.properties, &mut generated, diagnostics);
        }
        for entry in resource.connectors.as_ref().map(|connectors| connectors.entries()).unwrap_or_default() {
            let id = format!("{}{}", resource.id, entry.key);
            let source = Node::map([("Id", Node::string(resource.id.as_str(), entry.key_span))], entry.key_span);
            let Some(properties) = entry.node.get("Properties") else { continue };
            connect(template, resource, &id, Some(&source), properties, &mut generated, diagnostics);
        }
    }
    template.resources.extend(generated);
}

fn connect(
    template: &Template,
    owner: &Resource,
    id: &str,
    source: Option<&Rc<Node>>,
    properties: &Rc<Node>,
    generated: &mut Vec<Resource>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(destination) = properties.get("Destination") else { return };
    let several = destination.as_list();
    let destinations = several.unwrap_or(std::slice::from_ref(destination));
    let permissions: Vec<&str> = properties
        .get("Permissions")
        .and_then(|list| list.as_list())
        .map(|list| list.iter().filter_map(|item| item.as_str()).collect())
        .unwrap_or_default();
    for (index, destination) in destinations.iter().enumerate() {
        let suffix = if several.is_some() { format!("Destination{index}") } else { String::new() };
        let ends = source.and_then(|source| Some((end(template, source)?, end(template, destination)?)));
        let profile = ends.as_ref().and_then(|(from, to)| profile(&from.kind, &to.kind));
        let (Some((from, to)), Some(profile)) = (ends, profile) else {
            diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                message: format!("connector `{id}` is passed over: what it connects is not known"),
                help: Some("SAM's reference lists which types connectors support".to_owned()),
                span: destination.span,
            });
            continue;
        };
        let grant = Grant { owner, id, suffix: &suffix, span: destination.span };
        generated.extend(grant.resources(&from, &to, profile, &permissions));
    }
}

fn profile(from: &str, to: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|(source, destination, ..)| *source == from && *destination == to)
}

fn end(template: &Template, written: &Rc<Node>) -> Option<End> {
    let span = written.span;
    let given = |name: &str| written.get(name).cloned();
    let Some(id) = written.get("Id").and_then(|id| id.as_str()) else {
        let kind = written.get("Type")?.as_str()?;
        let reference = given("QueueUrl").or_else(|| given("Arn"));
        return Some(End { kind: plain(kind), arn: given("Arn"), role: given("RoleName"), reference });
    };
    let resource = template.resources.iter().find(|resource| resource.id == id)?;
    let kind = plain(&resource.kind);
    let by_reference = [TOPIC, STATES].contains(&kind.as_str());
    let arn = if by_reference { Node::reference(id, span) } else { Node::attribute(id, "Arn", span) };
    let role = role_of(resource, span);
    Some(End { kind, arn: Some(arn), role, reference: Some(Node::reference(id, span)) })
}

/// The CloudFormation type that a SAM type becomes.
fn plain(kind: &str) -> String {
    match kind {
        "AWS::Serverless::Function" => FUNCTION,
        "AWS::Serverless::SimpleTable" => TABLE,
        "AWS::Serverless::StateMachine" => STATES,
        "AWS::Serverless::Api" => REST_API,
        "AWS::Serverless::HttpApi" => HTTP_API,
        kind => kind,
    }
    .to_owned()
}

/// What names the role that a resource runs with.
fn role_of(resource: &Resource, span: Span) -> Option<Rc<Node>> {
    let written = ["Role", "RoleArn"].iter().find_map(|name| resource.properties.get(name));
    match written.map(|role| (role, role.intrinsic())) {
        None if resource.kind.starts_with("AWS::Serverless::") => {
            Some(Node::reference(&format!("{}Role", resource.id), span))
        }
        Some((_, Some(("Fn::GetAtt", argument)))) => {
            let id = argument.as_list().and_then(|parts| parts.first()?.as_str().map(str::to_owned));
            let id = id.or_else(|| argument.as_str()?.split_once('.').map(|(id, _)| id.to_owned()))?;
            Some(Node::reference(&id, span))
        }
        _ => None,
    }
}

/// One connection.
struct Grant<'a> {
    owner: &'a Resource,
    /// The connector's logical id.
    id: &'a str,
    /// What tells its destinations apart, if it has several.
    suffix: &'a str,
    span: Span,
}

impl Grant<'_> {
    /// What it generates.
    fn resources(&self, from: &End, to: &End, (.., how, read, write): &Profile, permissions: &[&str]) -> Vec<Resource> {
        let Self { owner, id, suffix: of_several, span } = *self;
        let actions = [("Read", *read), ("Write", *write)].into_iter().filter(|(name, _)| permissions.contains(name));
        let actions: Vec<&str> = actions.flat_map(|(_, actions)| actions.split_whitespace()).collect();
        let list = |items: Vec<Rc<Node>>| Node::new(Value::List(items), span);
        let text = |text: &str| Node::string(text, span);
        let action_list = || list(actions.iter().map(|action| text(action)).collect());
        let mut generated = Vec::new();
        let mut add = |suffix: &str, kind: &str, entries: Vec<(&str, Rc<Node>)>| {
            generated.push(owner.generated(format!("{id}{suffix}{of_several}"), kind, Node::map(entries, span)));
        };
        match how {
            _ if actions.is_empty() => {}
            SourceRole | DestinationRole => {
                let (of, on) = if matches!(how, SourceRole) { (from, to) } else { (to, from) };
                let (Some(role), Some(arn)) = (&of.role, &on.arn) else { return generated };
                let statement = Node::map(
                    [("Effect", text("Allow")), ("Action", action_list()), ("Resource", inner_resources(on, arn, how))],
                    span,
                );
                let document = role::document(statement);
                add(
                    "Policy",
                    "AWS::IAM::ManagedPolicy",
                    vec![("PolicyDocument", document), ("Roles", list(vec![Rc::clone(role)]))],
                );
            }
            Policy(principal) => {
                let (Some(source), Some(arn), Some(reference)) = (&from.arn, &to.arn, &to.reference) else {
                    return generated;
                };
                let condition =
                    Node::map([("ArnEquals", Node::map([("aws:SourceArn", Rc::clone(source))], span))], span);
                let statement = Node::map(
                    [
                        ("Effect", text("Allow")),
                        ("Principal", Node::map([("Service", text(principal))], span)),
                        ("Action", text(actions.first().copied().unwrap_or_default())),
                        ("Resource", Rc::clone(arn)),
                        ("Condition", condition),
                    ],
                    span,
                );
                let (suffix, kind, names) = if to.kind == QUEUE {
                    ("QueuePolicy", "AWS::SQS::QueuePolicy", "Queues")
                } else {
                    ("TopicPolicy", "AWS::SNS::TopicPolicy", "Topics")
                };
                let names_of = list(vec![Rc::clone(reference)]);
                add(suffix, kind, vec![("PolicyDocument", role::document(list(vec![statement]))), (names, names_of)]);
            }
            Permission(principal) => {
                let Some(function) = &to.arn else { return generated };
                let mut entries = vec![
                    ("Action", text("lambda:InvokeFunction")),
                    ("FunctionName", Rc::clone(function)),
                    ("Principal", text(principal)),
                ];
                // An API's permission is for its routes, whose ARN only the deployment knows.
                entries.extend(from.arn.as_ref().map(|source| ("SourceArn", Rc::clone(source))));
                add("WriteLambdaPermission", "AWS::Lambda::Permission", entries);
            }
        }
        generated
    }
}

/// The resource that a role is given access to, with what lies inside it.
fn inner_resources(end: &End, arn: &Rc<Node>, how: &How) -> Rc<Node> {
    let span = arn.span;
    let suffixes: &[&str] = match (end.kind.as_str(), how) {
        (BUCKET, _) => &["", "/*"],
        (TABLE, DestinationRole) => &["/stream/*"],
        (TABLE, _) => &["", "/index/*"],
        _ => &[""],
    };
    let extended = |suffix: &&str| {
        if suffix.is_empty() {
            return Rc::clone(arn);
        }
        let parts = Node::new(Value::List(vec![Rc::clone(arn), Node::string(*suffix, span)]), span);
        let join = Node::new(Value::List(vec![Node::string("", span), parts]), span);
        Node::map([("Fn::Join", join)], span)
    };
    Node::new(Value::List(suffixes.iter().map(extended).collect()), span)
}
