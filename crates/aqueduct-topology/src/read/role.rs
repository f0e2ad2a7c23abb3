//! What a function's role allows: SAM's `Policies`, or the role that the template describes.

use serde_json::{Value, json};

use super::exists;
use crate::identity;
use crate::properties::Properties;
use crate::resolved::{Item, Resolved};
use crate::scope::Scope;
use crate::template::Resource;

/// Statements and managed policies of a role.
#[derive(Default)]
pub(super) struct Grants {
    pub(super) statements: Vec<Value>,
    /// ARNs and names of managed policies.
    pub(super) managed_policies: Vec<String>,
}

/// An `Allow` statement.
pub(super) fn allow(actions: &[&str], resource: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

/// What the role of `function` allows.
pub(super) fn grants(scope: &Scope<'_>, function: &Resource, properties: &Properties<'_>) -> Grants {
    let mut grants = Grants::default();
    if properties.has("Role") {
        // A role of another stack is simply not seen; only its own template could tell.
        if let Some(Item { value: Resolved::String(arn), .. }) = properties.item("Role") {
            grants.add_role(scope, arn);
        }
        return grants;
    }
    if let Some(item) = properties.item("Policies") {
        let policies = if item.list().is_empty() { std::slice::from_ref(item) } else { item.list() };
        for policy in policies {
            grants.add_sam_policy(scope, policy);
        }
    }
    if function.kind == "AWS::Serverless::Function" {
        grants.add_sam_defaults(scope, function, properties);
    }
    grants
}

impl Grants {
    /// One item of SAM's `Policies`: a managed policy, a document, or a policy template.
    fn add_sam_policy(&mut self, scope: &Scope<'_>, policy: &Item) {
        match &policy.value {
            Resolved::String(name) => self.managed_policies.push(name.clone()),
            Resolved::Map(_) if policy.get("Statement").is_some() => self.add_document(policy),
            Resolved::Map(entries) => {
                for (name, parameters) in entries {
                    self.statements.extend(template(scope, name, &parameters.value.to_json()));
                }
            }
            _ => {}
        }
    }

    fn add_document(&mut self, document: &Item) {
        if let Some(statement) = document.get("Statement") {
            match statement.value.to_json() {
                Value::Array(statements) => self.statements.extend(statements),
                statement => self.statements.push(statement),
            }
        }
    }

    /// The managed policies that SAM attaches to the roles it makes, and the dead-letter queue's statement.
    ///
    /// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>
    fn add_sam_defaults(&mut self, scope: &Scope<'_>, function: &Resource, properties: &Properties<'_>) {
        let role = |name: &str| format!("arn:{}:iam::aws:policy/service-role/{name}", scope.partition());
        self.managed_policies.push(role("AWSLambdaBasicExecutionRole"));
        let events = function.properties.get("Events").map(|events| events.entries()).unwrap_or_default();
        let kinds = events.iter().filter_map(|event| event.node.get("Type")?.as_str().map(str::to_owned));
        if kinds.into_iter().any(|kind| kind == "SQS") {
            self.managed_policies.push(role("AWSLambdaSQSQueueExecutionRole"));
        }
        if let Some(queue) = properties.map("DeadLetterQueue")
            && let Some(arn) = queue.string("TargetArn")
        {
            let action = if queue.string("Type").as_deref() == Some("SNS") { "sns:Publish" } else { "sqs:SendMessage" };
            self.statements.push(allow(&[action], &arn.into()));
        }
    }

    /// What the template says about the role with this ARN.
    fn add_role(&mut self, scope: &Scope<'_>, arn: &str) {
        for resource in scope.template.resources.iter().filter(|resource| resource.kind.starts_with("AWS::IAM::")) {
            let properties = || Properties::new(scope, resource);
            match resource.kind.as_str() {
                "AWS::IAM::Role" if identity::arn(scope, resource).is_ok_and(|own| own.as_str() == arn) => {
                    let properties = properties();
                    for policy in properties.item("Policies").map(Item::list).unwrap_or_default() {
                        if let Some(document) = policy.get("PolicyDocument") {
                            self.add_document(document);
                        }
                    }
                    self.managed_policies.extend(properties.strings("ManagedPolicyArns"));
                }
                "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" if exists(scope, resource) => {
                    let properties = properties();
                    let name = arn.rsplit('/').next().unwrap_or(arn);
                    let roles = properties.strings("Roles").into_iter().chain(properties.string("RoleName"));
                    if roles.into_iter().any(|role| role == name)
                        && let Some(document) = properties.item("PolicyDocument")
                    {
                        self.add_document(document);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A SAM policy template as its statement. One that is not of messaging or DynamoDB gives none.
///
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>
fn template(scope: &Scope<'_>, name: &str, parameters: &Value) -> Option<Value> {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str);
    let arn = |service: &str, path: &str| {
        let (region, account) = (&scope.deployment.region, &scope.deployment.account);
        format!("arn:{}:{service}:{region}:{account}:{path}", scope.partition())
    };
    let table = || text("TableName").map(|name| arn("dynamodb", &format!("table/{name}")));
    let table_and_indexes = || table().map(|table| json!([table, format!("{table}/index/*")]));
    match name {
        "SQSPollerPolicy" => Some(allow(
            &[
                "sqs:ChangeMessageVisibility",
                "sqs:ChangeMessageVisibilityBatch",
                "sqs:DeleteMessage",
                "sqs:DeleteMessageBatch",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            &arn("sqs", text("QueueName")?).into(),
        )),
        "SQSSendMessagePolicy" => Some(allow(&["sqs:SendMessage*"], &arn("sqs", text("QueueName")?).into())),
        "SNSPublishMessagePolicy" => Some(allow(&["sns:Publish"], &arn("sns", text("TopicName")?).into())),
        "EventBridgePutEventsPolicy" => {
            let bus = format!("event-bus/{}", identity::bus_name(text("EventBusName")?));
            Some(allow(&["events:PutEvents"], &arn("events", &bus).into()))
        }
        "LambdaInvokePolicy" => {
            let function = format!("function:{}*", text("FunctionName")?);
            Some(allow(&["lambda:InvokeFunction"], &arn("lambda", &function).into()))
        }
        "DynamoDBCrudPolicy" => Some(allow(
            &[
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
                "dynamodb:ConditionCheckItem",
            ],
            &table_and_indexes()?,
        )),
        "DynamoDBReadPolicy" => Some(allow(
            &["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"],
            &table_and_indexes()?,
        )),
        "DynamoDBWritePolicy" => {
            Some(allow(&["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"], &table_and_indexes()?))
        }
        _ => None,
    }
}
