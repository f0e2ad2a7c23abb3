//! Lambda functions, what invokes them, and what becomes of asynchronous invocations.

use std::time::Duration;

use super::{exists, named, stream};
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{
    Arn, AsyncConfig, Function, FunctionAlias, FunctionUrl, InvokeConfig, Mapping, Permission, Severity, StreamMapping,
    Topology, identity,
};

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
        role: role(scope, resource, &properties),
        statements: Vec::new(),
        managed_policies: Vec::new(),
        span: resource.span,
    })
}

/// The role that it runs with; SAM makes one when none is given.
fn role(scope: &Scope<'_>, resource: &Resource, properties: &Properties<'_>) -> Option<Arn> {
    if properties.has("Role") || resource.kind == "AWS::Lambda::Function" {
        return properties.string_if_known("Role").map(Arn::new);
    }
    let role = scope.resource(&format!("{}Role", resource.id))?;
    identity::arn(scope, role).ok()
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
    let destinations = properties.map("DestinationConfig");
    let destination = |name: &str| destinations.as_ref()?.map(name)?.required_arn("Destination");
    let asynchronous = AsyncConfig {
        retries_max: properties.number("MaximumRetryAttempts").unwrap_or(ASYNC_DEFAULT.retries_max),
        age_max: properties.seconds("MaximumEventAgeInSeconds").unwrap_or(ASYNC_DEFAULT.age_max),
        on_success: destination("OnSuccess"),
        on_failure: destination("OnFailure"),
        dead_letter: None,
    };
    let arn = identity::function_arn(scope, &name);
    let mut function = arn.clone();
    if let Some(own) = named_function(scope, &name, topology) {
        function = own.arn.clone();
        let dead_letter = own.asynchronous.dead_letter.take();
        own.asynchronous = AsyncConfig { dead_letter, ..asynchronous.clone() };
    }
    let behind = arn.as_str().strip_prefix(function.as_str()).and_then(|rest| rest.strip_prefix(':'));
    let qualifier = properties.string("Qualifier").or(behind.map(str::to_owned));
    topology.invoke_configs.push(InvokeConfig {
        id: resource.id.clone(),
        function,
        qualifier: qualifier.unwrap_or_else(|| "$LATEST".to_owned()),
        asynchronous,
        span: resource.span,
    });
}

pub(super) fn alias(scope: &Scope<'_>, resource: &Resource) -> Option<FunctionAlias> {
    let properties = Properties::new(scope, resource);
    let name = properties.required("Name")?;
    let function = identity::function_arn(scope, &properties.required("FunctionName")?);
    let arn = Arn::new(format!("{function}:{name}"));
    Some(FunctionAlias { id: resource.id.clone(), name, arn, span: resource.span })
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

/// What an event source mapping is, by its source.
pub(super) enum Source {
    Queue(Mapping),
    Stream(StreamMapping),
}

pub(super) fn mapping(scope: &Scope<'_>, resource: &Resource) -> Option<Source> {
    let properties = Properties::new(scope, resource);
    properties.expect(resource, MAPPING);
    if properties.has("SelfManagedEventSource") {
        return stream::read(scope, resource, &properties, None).map(Source::Stream);
    }
    let source = properties.required_arn("EventSourceArn")?;
    if source.service() != "sqs" {
        let stream = stream::read(scope, resource, &properties, Some(source.clone()));
        if stream.is_none() {
            scope.report(
                Severity::Warning,
                format!("event source mapping `{}` is passed over: it reads {}", resource.id, source.service()),
                None,
                resource.span,
            );
        }
        return stream.map(Source::Stream);
    }
    Some(Source::Queue(Mapping {
        id: resource.id.clone(),
        queue: source,
        function: identity::function_arn(scope, &properties.required("FunctionName")?),
        batch_size: properties.number("BatchSize").unwrap_or(10),
        window: properties.seconds("MaximumBatchingWindowInSeconds").unwrap_or_default(),
        reports_batch_item_failures: stream::reports_batch_item_failures(&properties),
        filters: stream::filters(&properties),
        concurrency_max: properties.map("ScalingConfig").and_then(|scaling| scaling.number("MaximumConcurrency")),
        enabled: properties.flag("Enabled").unwrap_or(true),
        span: resource.span,
    }))
}

pub(super) fn permission(scope: &Scope<'_>, resource: &Resource) -> Option<Permission> {
    let properties = Properties::new(scope, resource);
    let function: Arn = identity::function_arn(scope, &properties.required("FunctionName")?);
    // Terraform names the version or alias apart from the function.
    let function = match properties.string_if_known("Qualifier") {
        Some(qualifier) => Arn::new(format!("{function}:{qualifier}")),
        None => function,
    };
    let principal = properties.required("Principal")?;
    // Sources beyond SNS and EventBridge, APIs above all, are often known to the deployment only.
    let followed = ["sns.amazonaws.com", "events.amazonaws.com"].contains(&principal.as_str());
    let source_arn = if followed { properties.string("SourceArn") } else { properties.string_if_known("SourceArn") };
    Some(Permission {
        id: resource.id.clone(),
        function,
        action: properties.string("Action").unwrap_or_else(|| "lambda:InvokeFunction".to_owned()),
        principal,
        source_arn,
        source_unknown: properties.unknown("SourceArn").map(str::to_owned),
        source_account: properties.string_if_known("SourceAccount"),
        span: resource.span,
    })
}
