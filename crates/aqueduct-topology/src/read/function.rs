//! Lambda functions, what invokes them, and what becomes of asynchronous invocations.

use std::time::Duration;

use super::{exists, named, role};
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, AsyncConfig, Function, FunctionUrl, Mapping, Permission, Severity, Topology, identity};

/// Lambda's own limits when nothing else is configured.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>
const ASYNC_DEFAULT: AsyncConfig = AsyncConfig {
    retries_max: 2,
    age_max: Duration::from_hours(6),
    on_success: None,
    on_failure: None,
    dead_letter: None,
};

const FUNCTION: &[&str] = &[
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "Code",
    "CodeSigningConfigArn",
    "CodeUri",
    "DeadLetterConfig",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Events",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionScalingConfig",
    "FunctionUrlConfig",
    "Handler",
    "ImageConfig",
    "ImageUri",
    "InlineCode",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "Tags",
    "TenancyConfig",
    "Timeout",
    "Tracing",
    "TracingConfig",
    "VersionDescription",
    "VersionDeletionPolicy",
    "VpcConfig",
];

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Function> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    properties.expect(resource, FUNCTION);
    let dead_letter = ["DeadLetterConfig", "DeadLetterQueue"]
        .iter()
        .find_map(|name| properties.map(name).and_then(|config| config.arn("TargetArn")));
    let grants = role::grants(scope, resource, &properties);
    Some(Function {
        id: resource.id.clone(),
        name,
        arn,
        code_uri: code_uri(&properties),
        binary: binary(resource),
        runtime: properties.string("Runtime"),
        handler: properties.string("Handler"),
        timeout: properties.seconds("Timeout").unwrap_or(Duration::from_secs(3)),
        memory_mb: properties.number("MemorySize").unwrap_or(128),
        environment: properties
            .map("Environment")
            .map(|environment| environment.texts("Variables").into_iter().collect())
            .unwrap_or_default(),
        reserved_concurrency: properties.number("ReservedConcurrentExecutions"),
        url: None,
        asynchronous: AsyncConfig { dead_letter, ..ASYNC_DEFAULT },
        statements: grants.statements,
        managed_policies: grants.managed_policies,
        span: resource.span,
    })
}

/// The folder of the code; code in a bucket has none.
fn code_uri(properties: &Properties<'_>) -> Option<String> {
    let name = if properties.has("CodeUri") { "CodeUri" } else { "Code" };
    properties.item(name)?.value.text().filter(|uri| !uri.starts_with("s3://"))
}

fn binary(resource: &Resource) -> Option<String> {
    let build = resource.metadata.as_ref()?.get("BuildProperties")?;
    build.get("Binary")?.as_str().map(str::to_owned)
}

/// Gives functions their URLs and asynchronous configuration, which are resources of their own.
pub(super) fn attach(scope: &Scope<'_>, topology: &mut Topology) {
    for resource in &scope.template.resources {
        match resource.kind.as_str() {
            "AWS::Lambda::Url" if exists(scope, resource) => attach_url(scope, resource, topology),
            "AWS::Lambda::EventInvokeConfig" if exists(scope, resource) => {
                attach_invoke_config(scope, resource, topology);
            }
            _ => {}
        }
    }
}

/// The function that a name or ARN, qualified or not, stands for.
fn named_function<'t>(scope: &Scope<'_>, name_or_arn: &str, topology: &'t mut Topology) -> Option<&'t mut Function> {
    let arn = identity::function_arn(scope, name_or_arn);
    topology.functions.iter_mut().find(|function| {
        let rest = arn.as_str().strip_prefix(function.arn.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

fn attach_url(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    let properties = Properties::new(scope, resource);
    let Some(target) = properties.required("TargetFunctionArn") else { return };
    if let Some(function) = named_function(scope, &target, topology) {
        function.url = Some(FunctionUrl {
            auth_type: properties.string("AuthType").unwrap_or_else(|| "AWS_IAM".to_owned()),
            invoke_mode: properties.string("InvokeMode").unwrap_or_else(|| "BUFFERED".to_owned()),
        });
    }
}

fn attach_invoke_config(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    let properties = Properties::new(scope, resource);
    let Some(name) = properties.required("FunctionName") else { return };
    let Some(function) = named_function(scope, &name, topology) else { return };
    let own = &mut function.asynchronous;
    own.retries_max = properties.number("MaximumRetryAttempts").unwrap_or(ASYNC_DEFAULT.retries_max);
    own.age_max = properties.seconds("MaximumEventAgeInSeconds").unwrap_or(ASYNC_DEFAULT.age_max);
    let Some(destinations) = properties.map("DestinationConfig") else { return };
    let mut destination = |name: &str| {
        let destination = destinations.map(name)?;
        let arn = destination.required_arn("Destination")?;
        // SAM lets the role that it makes use the destination when `Type` tells it what that is.
        let action = match destination.string("Type").as_deref() {
            Some("SQS") => Some("sqs:SendMessage"),
            Some("SNS") => Some("sns:Publish"),
            Some("Lambda") => Some("lambda:InvokeFunction"),
            Some("EventBridge") => Some("events:PutEvents"),
            _ => None,
        };
        function.statements.extend(action.map(|action| role::allow(&[action], &arn.as_str().into())));
        Some(arn)
    };
    own.on_success = destination("OnSuccess");
    own.on_failure = destination("OnFailure");
}

const MAPPING: &[&str] = &[
    "AmazonManagedKafkaEventSourceConfig",
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "DocumentDBEventSourceConfig",
    "Enabled",
    "EventSourceArn",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queue",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Tags",
    "Topics",
    "TumblingWindowInSeconds",
];

pub(super) fn mapping(scope: &Scope<'_>, resource: &Resource) -> Option<Mapping> {
    let properties = Properties::new(scope, resource);
    properties.expect(resource, MAPPING);
    if properties.has("SelfManagedEventSource") {
        return None;
    }
    let queue = properties.required_arn("EventSourceArn")?;
    if queue.service() != "sqs" {
        scope.report(
            Severity::Warning,
            format!("event source mapping `{}` is passed over: it reads {}, not SQS", resource.id, queue.service()),
            None,
            resource.span,
        );
        return None;
    }
    let filters = properties.map("FilterCriteria").map(|criteria| criteria.maps("Filters")).unwrap_or_default();
    Some(Mapping {
        id: resource.id.clone(),
        queue,
        function: identity::function_arn(scope, &properties.required("FunctionName")?),
        batch_size: properties.number("BatchSize").unwrap_or(10),
        window: properties.seconds("MaximumBatchingWindowInSeconds").unwrap_or_default(),
        reports_batch_item_failures: properties
            .strings("FunctionResponseTypes")
            .iter()
            .any(|kind| kind == "ReportBatchItemFailures"),
        filters: filters.iter().filter_map(|filter| pattern_text(filter)).collect(),
        concurrency_max: properties.map("ScalingConfig").and_then(|scaling| scaling.number("MaximumConcurrency")),
        enabled: properties.flag("Enabled").unwrap_or(true),
        span: resource.span,
    })
}

/// `Pattern` is JSON text; a map, which SAM users write by mistake, is read as what they mean.
fn pattern_text(filter: &Properties<'_>) -> Option<String> {
    let item = filter.item("Pattern")?;
    item.value.text().or_else(|| Some(item.value.to_json().to_string()))
}

pub(super) fn permission(scope: &Scope<'_>, resource: &Resource) -> Option<Permission> {
    let properties = Properties::new(scope, resource);
    let function: Arn = identity::function_arn(scope, &properties.required("FunctionName")?);
    let principal = properties.required("Principal")?;
    // Sources beyond SNS and EventBridge, APIs above all, are often known to the deployment only.
    let followed = ["sns.amazonaws.com", "events.amazonaws.com"].contains(&principal.as_str());
    let source_arn = if followed { properties.string("SourceArn") } else { properties.string_if_known("SourceArn") };
    Some(Permission { id: resource.id.clone(), function, principal, source_arn, span: resource.span })
}
