//! What resources are called: physical names, ARNs, and what `Ref` and `Fn::GetAtt` give.
//!
//! Names that CloudFormation would generate are `{stack}-{logical id}` here, so that they are the same each time.

use crate::Arn;
use crate::resolved::Resolved;
use crate::scope::Scope;
use crate::template::Resource;

/// What `Ref` gives for a type.
///
/// Source: the "Return values" of each type in
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html>
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    Name,
    Arn,
    Url,
}

/// How a type is named.
struct Naming {
    /// The property that gives the name.
    property: &'static str,
    service: &'static str,
    /// What stands before the name in the ARN.
    prefix: &'static str,
    reference: Reference,
    characters_max: usize,
}

fn naming(kind: &str) -> Option<Naming> {
    use Reference::{Arn, Name, Url};
    let (property, service, prefix, reference, characters_max) = match kind {
        "AWS::SQS::Queue" => ("QueueName", "sqs", "", Url, 80),
        "AWS::SNS::Topic" => ("TopicName", "sns", "", Arn, 256),
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => ("FunctionName", "lambda", "function:", Name, 64),
        "AWS::Events::EventBus" => ("Name", "events", "event-bus/", Name, 256),
        "AWS::Events::Rule" => ("Name", "events", "rule/", Name, 64),
        "AWS::Events::Archive" => ("ArchiveName", "events", "archive/", Name, 48),
        "AWS::Scheduler::Schedule" => ("Name", "scheduler", "schedule/", Name, 64),
        "AWS::Scheduler::ScheduleGroup" => ("Name", "scheduler", "schedule-group/", Name, 64),
        "AWS::Pipes::Pipe" => ("Name", "pipes", "pipe/", Name, 64),
        "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => ("TableName", "dynamodb", "table/", Name, 255),
        "AWS::S3::Bucket" => ("BucketName", "s3", "", Name, 63),
        "AWS::CloudWatch::Alarm" => ("AlarmName", "cloudwatch", "alarm:", Name, 255),
        "AWS::Kinesis::Stream" => ("Name", "kinesis", "stream/", Name, 128),
        "AWS::KinesisFirehose::DeliveryStream" => ("DeliveryStreamName", "firehose", "deliverystream/", Name, 64),
        "AWS::Logs::LogGroup" => ("LogGroupName", "logs", "log-group:", Name, 512),
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
            ("StateMachineName", "states", "stateMachine:", Arn, 80)
        }
        "AWS::KMS::Key" => ("", "kms", "key/", Name, 256),
        "AWS::KMS::Alias" => ("AliasName", "kms", "", Name, 256),
        "AWS::IAM::Role" => ("RoleName", "iam", "role", Name, 64),
        "AWS::Events::ApiDestination" => ("Name", "events", "api-destination/", Name, 64),
        "AWS::Events::Connection" => ("Name", "events", "connection/", Name, 64),
        "AWS::AmazonMQ::Broker" => ("BrokerName", "mq", "broker:", Name, 50),
        "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => ("ClusterName", "kafka", "cluster/", Arn, 64),
        "AWS::Batch::JobQueue" => ("JobQueueName", "batch", "job-queue/", Arn, 128),
        "AWS::Batch::JobDefinition" => ("JobDefinitionName", "batch", "job-definition/", Arn, 128),
        "AWS::ECS::Cluster" => ("ClusterName", "ecs", "cluster/", Name, 255),
        "AWS::SecretsManager::Secret" => ("Name", "secretsmanager", "secret:", Arn, 512),
        "AWS::IAM::ManagedPolicy" => ("ManagedPolicyName", "iam", "policy", Arn, 128),
        "AWS::SSM::Parameter" => ("Name", "ssm", "parameter", Name, 2048),
        _ => return None,
    };
    Some(Naming { property, service, prefix, reference, characters_max })
}

/// The physical name, or why it is not known.
pub(crate) fn name(scope: &Scope<'_>, resource: &Resource) -> Result<String, String> {
    if let Some(name) = scope.deployment.physical_name(&resource.id) {
        return Ok(name.to_owned());
    }
    let naming = naming(&resource.kind)
        .ok_or_else(|| format!("the name of `{}`, of type {}, is not known", resource.id, resource.kind))?;
    scope.physical_name(resource, || {
        let written = resource.properties.get(naming.property).map(|node| scope.resolve(node).value);
        match written {
            None | Some(Resolved::Absent) => Ok(generated(scope, resource, &naming)),
            Some(Resolved::Unknown(unknown)) => Err(unknown.reason),
            Some(value) => value.text().ok_or_else(|| format!("the name of `{}` is no text", resource.id)),
        }
    })
}

/// Whether a queue or topic is FIFO, which a generated name has to show.
pub(crate) fn is_fifo(scope: &Scope<'_>, resource: &Resource) -> bool {
    ["FifoQueue", "FifoTopic"]
        .iter()
        .filter_map(|property| resource.properties.get(property))
        .any(|node| scope.resolve(node).value.text().is_some_and(|text| text == "true"))
}

fn generated(scope: &Scope<'_>, resource: &Resource, naming: &Naming) -> String {
    let suffix = if is_fifo(scope, resource) { ".fifo" } else { "" };
    let mut name = format!("{}-{}", scope.deployment.stack, resource.id);
    let characters_max = naming.characters_max - suffix.len();
    if name.len() > characters_max {
        let mut cut = characters_max - 9;
        while !name.is_char_boundary(cut) {
            cut -= 1;
        }
        name = format!("{}-{:08x}", &name[..cut], checksum(&name));
    }
    if resource.kind == "AWS::S3::Bucket" { name.to_lowercase() } else { format!("{name}{suffix}") }
}

/// FNV-1a: tells long names apart that were cut to the same beginning.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The ARN, or why it is not known.
pub(crate) fn arn(scope: &Scope<'_>, resource: &Resource) -> Result<Arn, String> {
    let physical = scope.deployment.physical.get(&resource.id);
    if let Some(arn) = physical.filter(|physical| physical.starts_with("arn:")) {
        return Ok(Arn::new(arn.as_str()));
    }
    let name = name(scope, resource)?;
    let naming = naming(&resource.kind).ok_or_else(|| format!("the ARN of `{}` is not known", resource.id))?;
    let own = |property: &str| match resource.properties.get(property).map(|node| scope.resolve(node).value) {
        Some(Resolved::Unknown(unknown)) => Err(unknown.reason),
        Some(value) => Ok(value.text()),
        None => Ok(None),
    };
    let partition = scope.partition();
    let region = scope.deployment.region.as_str();
    // A queue's URL also says whose queue it is.
    let account = physical.and_then(|url| account_in(url)).unwrap_or(&scope.deployment.account);
    let path = match resource.kind.as_str() {
        "AWS::S3::Bucket" => return Ok(Arn::new(format!("arn:{partition}:s3:::{name}"))),
        "AWS::IAM::Role" | "AWS::IAM::ManagedPolicy" => {
            let path = own("Path")?.unwrap_or_else(|| "/".to_owned());
            return Ok(Arn::new(format!("arn:{partition}:iam::{account}:{}{path}{name}", naming.prefix)));
        }
        "AWS::SSM::Parameter" => format!("parameter/{}", name.trim_start_matches('/')),
        "AWS::Events::Rule" => match own("EventBusName")? {
            Some(bus) if bus_name(&bus) != "default" => format!("rule/{}/{name}", bus_name(&bus)),
            _ => format!("rule/{name}"),
        },
        "AWS::Scheduler::Schedule" => {
            format!("schedule/{}/{name}", own("GroupName")?.unwrap_or_else(|| "default".to_owned()))
        }
        _ => format!("{}{name}", naming.prefix),
    };
    Ok(Arn::new(format!("arn:{partition}:{}:{region}:{account}:{path}", naming.service)))
}

/// The name in what `EventBusName` may hold: a name or an ARN.
pub(crate) fn bus_name(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn)
}

/// The account in a queue's URL, `…/account/name`.
fn account_in(url: &str) -> Option<&str> {
    let mut parts = url.rsplit('/').skip(1);
    parts.next().filter(|part| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The URL of the queue `id`, which is called `name`.
pub(crate) fn queue_url(scope: &Scope<'_>, id: &str, name: &str) -> String {
    let deployment = scope.deployment;
    if let Some(url) = deployment.physical.get(id).filter(|physical| physical.starts_with("http")) {
        return url.clone();
    }
    match &deployment.endpoint {
        Some(endpoint) => format!("{}/{}/{name}", endpoint.trim_end_matches('/'), deployment.account),
        None => format!("https://sqs.{}.amazonaws.com/{}/{name}", deployment.region, deployment.account),
    }
}

/// What `Ref` gives, or why that is not known.
pub(crate) fn reference(scope: &Scope<'_>, resource: &Resource) -> Result<String, String> {
    absent(scope, resource)?;
    match resource.kind.as_str() {
        "AWS::Lambda::Alias" | "AWS::Lambda::Version" => return qualified(scope, resource),
        "AWS::Events::Rule" => {
            let arn = arn(scope, resource)?;
            let path = arn.resource().trim_start_matches("rule/");
            // On a bus of one's own the reference is `bus|rule`.
            return Ok(path.replacen('/', "|", 1));
        }
        _ => {}
    }
    match naming(&resource.kind) {
        Some(Naming { reference: Reference::Name, .. }) => name(scope, resource),
        Some(Naming { reference: Reference::Arn, .. }) => arn(scope, resource).map(|arn| arn.as_str().to_owned()),
        Some(Naming { reference: Reference::Url, .. }) => Ok(queue_url(scope, &resource.id, &name(scope, resource)?)),
        None => Err(format!("what `Ref` gives for `{}`, of type {}, is not known", resource.id, resource.kind)),
    }
}

/// What `Fn::GetAtt` gives, or why that is not known.
pub(crate) fn attribute(scope: &Scope<'_>, resource: &Resource, attribute: &str) -> Result<String, String> {
    absent(scope, resource)?;
    match (resource.kind.as_str(), attribute) {
        ("AWS::Lambda::Alias", "AliasArn") => qualified(scope, resource),
        ("AWS::Lambda::Url", "FunctionUrl") => function_url(scope, resource),
        (_, "Arn") | ("AWS::SNS::Topic", "TopicArn") | ("AWS::IAM::ManagedPolicy", "PolicyArn") => {
            arn(scope, resource).map(|arn| arn.as_str().to_owned())
        }
        ("AWS::SQS::Queue", "QueueName")
        | ("AWS::SNS::Topic", "TopicName")
        | ("AWS::Events::EventBus" | "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine", "Name")
        | ("AWS::KMS::Key", "KeyId") => name(scope, resource),
        ("AWS::SQS::Queue", "QueueUrl") => Ok(queue_url(scope, &resource.id, &name(scope, resource)?)),
        // The label is made of the time of creation, so the stack's name stands for it.
        ("AWS::DynamoDB::Table", "StreamArn") => {
            Ok(format!("{}/stream/{}", arn(scope, resource)?, scope.deployment.stack))
        }
        ("AWS::SSM::Parameter", "Value") => {
            let value = resource.properties.get("Value").map(|node| scope.resolve(node).value);
            match value {
                Some(Resolved::Unknown(unknown)) => Err(unknown.reason),
                value => value.and_then(|value| value.text()).ok_or_else(|| "it has no `Value`".to_owned()),
            }
        }
        ("AWS::CloudFormation::Stack" | "AWS::Serverless::Application", attribute)
            if attribute.starts_with("Outputs.") =>
        {
            let outputs = scope.deployment.nested_outputs.get(&resource.id);
            let output = attribute.strip_prefix("Outputs.").and_then(|name| outputs?.get(name));
            output
                .cloned()
                .ok_or_else(|| format!("`{}.{attribute}` is not known before the stack is deployed", resource.id))
        }
        ("AWS::S3::Bucket", "DomainName") => Ok(format!("{}.s3.amazonaws.com", name(scope, resource)?)),
        _ => Err(format!("`{}.{attribute}` is not known before the stack is deployed", resource.id)),
    }
}

/// Says so when the resource's condition leaves it out.
fn absent(scope: &Scope<'_>, resource: &Resource) -> Result<(), String> {
    match &resource.condition {
        Some(condition) if !scope.condition(condition, resource.span)? => {
            Err(format!("`{}` is left out by condition `{condition}`", resource.id))
        }
        _ => Ok(()),
    }
}

fn qualified(scope: &Scope<'_>, resource: &Resource) -> Result<String, String> {
    let function = resource.properties.get("FunctionName").ok_or("its function is not named")?;
    let function = scope.resolve(function).value.text().ok_or("its function is not known")?;
    let qualifier = match resource.properties.get("Name") {
        Some(name) => scope.resolve(name).value.text().ok_or("its name is not known")?,
        // The number of a version counts deployments.
        None => return Err(format!("the number of version `{}` is not known", resource.id)),
    };
    Ok(format!("{}:{qualifier}", function_arn(scope, &function)))
}

/// The ARN of the function that a name or ARN stands for.
pub(crate) fn function_arn(scope: &Scope<'_>, name_or_arn: &str) -> Arn {
    if name_or_arn.starts_with("arn:") {
        return Arn::new(name_or_arn);
    }
    let name = name_or_arn.rsplit_once("function:").map_or(name_or_arn, |(_, name)| name);
    let (region, account) = (&scope.deployment.region, &scope.deployment.account);
    Arn::new(format!("arn:{}:lambda:{region}:{account}:function:{name}", scope.partition()))
}

fn function_url(scope: &Scope<'_>, resource: &Resource) -> Result<String, String> {
    let target = resource.properties.get("TargetFunctionArn").ok_or("its function is not named")?;
    let target = scope.resolve(target).value.text().ok_or("its function is not known")?;
    let target = function_arn(scope, &target);
    let function = scope
        .template
        .resources
        .iter()
        .find(|function| function.noun() == "function" && arn(scope, function).is_ok_and(|arn| arn == target));
    function
        .and_then(|function| scope.deployment.function_urls.get(&function.id).cloned())
        .ok_or_else(|| "the URL is given when the function is deployed".to_owned())
}
