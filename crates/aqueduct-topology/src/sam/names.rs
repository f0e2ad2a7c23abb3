//! The properties of SAM's events, by type.

pub(super) const SQS: &[&str] = &[
    "Queue",
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "ScalingConfig",
];
pub(super) const SNS: &[&str] =
    &["Topic", "Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "SqsSubscription"];
pub(super) const RULE: &[&str] = &[
    "EventBusName",
    "Pattern",
    "DeadLetterConfig",
    "RetryPolicy",
    "Input",
    "InputPath",
    "InputTransformer",
    "Target",
    "State",
    "Enabled",
    "RuleName",
];
pub(super) const SCHEDULE: &[&str] =
    &["Schedule", "Input", "Enabled", "State", "Name", "Description", "DeadLetterConfig", "RetryPolicy", "RoleArn"];
pub(super) const SCHEDULE_V2: &[&str] = &[
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "Name",
    "OmitName",
    "State",
    "Description",
    "StartDate",
    "EndDate",
    "GroupName",
    "KmsKeyArn",
    "Input",
    "RoleArn",
    "DeadLetterConfig",
    "RetryPolicy",
    "PermissionsBoundary",
];

pub(super) const STREAM: &[&str] = &[
    "Stream",
    "Broker",
    "Cluster",
    "KafkaBootstrapServers",
    "BatchSize",
    "BisectBatchOnFunctionError",
    "CollectionName",
    "ConsumerGroupId",
    "DatabaseName",
    "DestinationConfig",
    "DynamicPolicyName",
    "Enabled",
    "FilterCriteria",
    "FullDocument",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "SchemaRegistryConfig",
    "SecretsManagerKmsKeyId",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
];
pub(super) const S3: &[&str] = &["Bucket", "Events", "Filter"];
pub(super) const API: &[&str] = &[
    "Auth",
    "Method",
    "Path",
    "ApiId",
    "RestApiId",
    "PayloadFormatVersion",
    "RequestModel",
    "RequestParameters",
    "ResponseTransferMode",
    "RouteSettings",
    "TimeoutInMillis",
];
/// Of events that only give a permission here.
pub(super) const ANY: &[&str] = &[];
