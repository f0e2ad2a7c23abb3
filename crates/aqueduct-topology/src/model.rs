//! The topology: what a template deploys, resolved for one account and Region.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::{
    Arn, FunctionAlias, InvokeConfig, Key, KeyAlias, Notification, Pipe, Property, Resource, Role, Route, Span,
    StateMachine, StoredParameter, StreamMapping, Undecided,
};

/// The graph read from a template. Vectors keep the template's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Topology {
    /// Lambda functions.
    pub functions: Vec<Function>,
    /// SQS event source mappings, whether written out or made by a SAM `SQS` event.
    pub mappings: Vec<Mapping>,
    /// Lambda resource-policy statements, those that SAM generates included.
    pub permissions: Vec<Permission>,
    /// SQS queues.
    pub queues: Vec<Queue>,
    /// SNS topics.
    pub topics: Vec<Topic>,
    /// SNS subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// EventBridge buses; the account's `default` bus appears when something refers to it.
    pub buses: Vec<Bus>,
    /// EventBridge rules, scheduled ones and those of SAM events included.
    pub rules: Vec<Rule>,
    /// EventBridge Scheduler schedules.
    pub schedules: Vec<Schedule>,
    /// EventBridge archives.
    pub archives: Vec<Archive>,
    /// Queue and topic policies.
    pub policies: Vec<ResourcePolicy>,
    /// DynamoDB tables.
    pub tables: Vec<Table>,
    /// S3 buckets.
    pub buckets: Vec<Bucket>,
    /// CloudWatch alarms.
    pub alarms: Vec<Alarm>,
    /// The template's outputs that could be resolved.
    pub outputs: BTreeMap<String, String>,
    /// What the outputs are exported as, with their values: `Export.Name`.
    pub exports: BTreeMap<String, String>,
    /// IAM roles, those that SAM makes included.
    pub roles: Vec<Role>,
    /// KMS keys.
    pub keys: Vec<Key>,
    /// KMS aliases.
    pub key_aliases: Vec<KeyAlias>,
    /// Policies of EventBridge buses.
    pub bus_policies: Vec<ResourcePolicy>,
    /// Event source mappings of streams and brokers; those of SQS are in `mappings`.
    pub streams: Vec<StreamMapping>,
    /// Asynchronous configurations, one per function and qualifier.
    pub invoke_configs: Vec<InvokeConfig>,
    /// Functions' aliases, those that `AutoPublishAlias` makes included.
    pub aliases: Vec<FunctionAlias>,
    /// EventBridge pipes.
    pub pipes: Vec<Pipe>,
    /// Step Functions state machines.
    pub state_machines: Vec<StateMachine>,
    /// What S3 buckets notify.
    pub notifications: Vec<Notification>,
    /// Routes of APIs that run functions.
    pub routes: Vec<Route>,
    /// Systems Manager parameters that the template sets.
    pub stored_parameters: Vec<StoredParameter>,
    /// Every resource that the deployment has, by logical id, with its properties and their places.
    #[serde(skip)]
    pub resources: BTreeMap<String, Resource>,
    /// Resources that were left out because too little of them is known, by logical id.
    #[serde(skip)]
    pub undecided: BTreeMap<String, Undecided>,
    /// The templates' own `Metadata`.
    #[serde(skip)]
    pub metadata: Vec<Property>,
}

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Function {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN, unqualified.
    pub arn: Arn,
    /// `CodeUri` as written, relative to the template's folder.
    pub code_uri: Option<String>,
    /// The cargo binary that `rust-cargolambda` builds: `Metadata.BuildProperties.Binary`.
    pub binary: Option<String>,
    /// `Runtime`, such as `provided.al2023`.
    pub runtime: Option<String>,
    /// `Handler`.
    pub handler: Option<String>,
    /// `Timeout`; Lambda's default is 3 s.
    pub timeout: Duration,
    /// `MemorySize` in MB; Lambda's default is 128.
    pub memory_mb: u32,
    /// `Environment.Variables` that could be resolved.
    pub environment: BTreeMap<String, String>,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrency: Option<u32>,
    /// The function URL, if it has one.
    pub url: Option<FunctionUrl>,
    /// What happens to asynchronous invocations.
    pub asynchronous: AsyncConfig,
    /// The role that it runs with, when its ARN is known.
    pub role: Option<Arn>,
    /// Policy statements of the role that it runs with, when the template has that role, as IAM JSON.
    ///
    /// What is not known before the deployment stays the intrinsic function that it is.
    pub statements: Vec<Value>,
    /// Managed policies of that role, by ARN or name; those that SAM attaches are included.
    pub managed_policies: Vec<String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// A function URL.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionUrl {
    /// `AuthType`: `NONE` or `AWS_IAM`.
    pub auth_type: String,
    /// `InvokeMode`: `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
}

/// What Lambda does with asynchronous invocations of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AsyncConfig {
    /// `MaximumRetryAttempts`, 0 to 2; the default is 2.
    pub retries_max: u32,
    /// `MaximumEventAgeInSeconds`; the default is 6 h.
    pub age_max: Duration,
    /// `DestinationConfig.OnSuccess.Destination`.
    pub on_success: Option<Arn>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Arn>,
    /// `DeadLetterConfig.TargetArn` (SAM: `DeadLetterQueue.TargetArn`).
    pub dead_letter: Option<Arn>,
}

/// An SQS event source mapping.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mapping {
    /// Logical id: the resource's, or function id + event id for a SAM event.
    pub id: String,
    /// The queue's ARN.
    pub queue: Arn,
    /// The function's ARN.
    pub function: Arn,
    /// `BatchSize`; the default is 10.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`; the default is none.
    pub window: Duration,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: bool,
    /// The JSON texts of `FilterCriteria.Filters[].Pattern`.
    pub filters: Vec<String>,
    /// `ScalingConfig.MaximumConcurrency`.
    pub concurrency_max: Option<u32>,
    /// `Enabled`; the default is true.
    pub enabled: bool,
    /// Where it stands in the template.
    pub span: Span,
}

/// A statement of a function's resource policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// Logical id, or that of the SAM event that implies it.
    pub id: String,
    /// The function's ARN, with the version or alias that it is limited to.
    pub function: Arn,
    /// `Action`, such as `lambda:InvokeFunction`.
    pub action: String,
    /// Service principal, such as `sns.amazonaws.com`; `*` for a public function URL.
    pub principal: String,
    /// `SourceArn`, which may hold `*`.
    pub source_arn: Option<String>,
    /// Why `SourceArn`, which is there, is not known.
    pub source_unknown: Option<String>,
    /// `SourceAccount`.
    pub source_account: Option<String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An SQS queue. Durations default as `CreateQueue` does.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queue {
    /// Logical id in the template.
    pub id: String,
    /// Physical name, `.fifo` included.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// Its URL.
    pub url: String,
    /// Whether it is a FIFO queue.
    pub fifo: bool,
    /// `VisibilityTimeout`, 30 s by default.
    pub visibility_timeout: Duration,
    /// `MessageRetentionPeriod`, 4 days by default.
    pub retention: Duration,
    /// `DelaySeconds`, none by default.
    pub delay: Duration,
    /// `ReceiveMessageWaitTimeSeconds`, none by default.
    pub receive_wait: Duration,
    /// `MaximumMessageSize` in bytes, 1 MiB by default.
    pub message_bytes_max: u32,
    /// `ContentBasedDeduplication`.
    pub content_based_deduplication: bool,
    /// `DeduplicationScope`: `queue` or `messageGroup`.
    pub deduplication_scope: Option<String>,
    /// `FifoThroughputLimit`: `perQueue` or `perMessageGroupId`.
    pub fifo_throughput_limit: Option<String>,
    /// `RedrivePolicy`.
    pub redrive: Option<Redrive>,
    /// `RedriveAllowPolicy`, as JSON.
    pub redrive_allow: Option<Value>,
    /// `KmsMasterKeyId`.
    pub kms_key: Option<String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// A queue's redrive policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redrive {
    /// The dead-letter queue's ARN.
    pub target: Arn,
    /// `maxReceiveCount`; the API's default is 10.
    pub receives_max: u32,
}

/// An SNS topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Topic {
    /// Logical id in the template.
    pub id: String,
    /// Physical name, `.fifo` included.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// Whether it is a FIFO topic.
    pub fifo: bool,
    /// `ContentBasedDeduplication`.
    pub content_based_deduplication: bool,
    /// `KmsMasterKeyId`.
    pub kms_key: Option<String>,
    /// Its other attributes by name, as `CreateTopic` takes them: `ArchivePolicy`, `MaximumMessageSize`…
    pub attributes: BTreeMap<String, String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An SNS subscription.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Subscription {
    /// Logical id: the resource's, or function id + event id for a SAM event.
    pub id: String,
    /// The topic's ARN.
    pub topic: Arn,
    /// `Protocol`: `sqs`, `lambda`, `https`…
    pub protocol: String,
    /// `Endpoint`: an ARN or a URL.
    pub endpoint: String,
    /// `RawMessageDelivery`.
    pub raw: bool,
    /// `FilterPolicy`.
    pub filter_policy: Option<Value>,
    /// `FilterPolicyScope`: `MessageAttributes` (the default) or `MessageBody`.
    pub filter_policy_scope: String,
    /// `RedrivePolicy.deadLetterTargetArn`.
    pub dead_letter: Option<Arn>,
    /// Its other attributes by name, as `Subscribe` takes them: `DeliveryPolicy`, `ReplayPolicy`…
    pub attributes: BTreeMap<String, String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An EventBridge bus.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bus {
    /// Logical id, or `default` for the account's own bus.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `KmsKeyIdentifier`.
    pub kms_key: Option<String>,
    /// `DeadLetterConfig.Arn`.
    pub dead_letter: Option<Arn>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An EventBridge rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Logical id: the resource's, or function id + event id for a SAM event.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// The bus it watches.
    pub bus: Arn,
    /// `EventPattern`.
    pub pattern: Option<Value>,
    /// `ScheduleExpression`.
    pub schedule: Option<String>,
    /// False when `State` is `DISABLED`.
    pub enabled: bool,
    /// Where matching events go.
    pub targets: Vec<Target>,
    /// How many more targets there are, whose ARN is not known.
    pub unknown_targets: usize,
    /// Where it stands in the template.
    pub span: Span,
}

/// A target of a rule or schedule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// `Id`.
    pub id: String,
    /// The target's ARN.
    pub arn: Arn,
    /// `RoleArn`.
    pub role: Option<Arn>,
    /// `Input`: a constant JSON text sent instead of the event.
    pub input: Option<String>,
    /// `InputPath`: the part of the event that is sent.
    pub input_path: Option<String>,
    /// `InputTransformer`, as JSON.
    pub input_transformer: Option<Value>,
    /// `SqsParameters.MessageGroupId`.
    pub group: Option<String>,
    /// `EventBridgeParameters` of a schedule, `Source` and `DetailType`.
    pub event: Option<(String, String)>,
    /// `RetryPolicy.MaximumRetryAttempts`, 185 by default.
    pub retries_max: u32,
    /// `RetryPolicy.MaximumEventAgeInSeconds`, 24 h by default.
    pub age_max: Duration,
    /// `DeadLetterConfig.Arn`.
    pub dead_letter: Option<Arn>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An EventBridge Scheduler schedule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schedule {
    /// Logical id: the resource's, or function id + event id for a SAM `ScheduleV2` event.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `ScheduleExpression`: `at(…)`, `rate(…)` or `cron(…)`.
    pub expression: String,
    /// `ScheduleExpressionTimezone`.
    pub time_zone: Option<String>,
    /// `GroupName`.
    pub group: Option<String>,
    /// `StartDate`, ISO 8601.
    pub start: Option<String>,
    /// `EndDate`, ISO 8601.
    pub end: Option<String>,
    /// `FlexibleTimeWindow.MaximumWindowInMinutes` of a flexible window.
    pub window_minutes: Option<u32>,
    /// False when `State` is `DISABLED`.
    pub enabled: bool,
    /// Where it goes.
    pub target: Target,
    /// Where it stands in the template.
    pub span: Span,
}

/// An EventBridge archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Archive {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// The bus whose events it keeps.
    pub bus: Arn,
    /// `EventPattern`; none keeps all.
    pub pattern: Option<Value>,
    /// `RetentionDays`; 0 keeps for ever.
    pub retention_days: u32,
    /// Where it stands in the template.
    pub span: Span,
}

/// A policy document attached to queues or topics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourcePolicy {
    /// Logical id in the template.
    pub id: String,
    /// The queues' and topics' ARNs.
    pub resources: Vec<Arn>,
    /// The IAM policy document. One that is not known stays the intrinsic function that it is, and has no `Statement`.
    pub document: Value,
    /// Where it stands in the template.
    pub span: Span,
}

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// The body of the `CreateTable` call that makes it: the template's properties, without those that the call does not know.
    pub create: Value,
    /// The attribute of `TimeToLiveSpecification`.
    pub time_to_live: Option<String>,
    /// Its stream's ARN, if it has one. The label, which AWS makes of the time of creation, is the stack's name here.
    pub stream: Option<Arn>,
    /// Where it stands in the template.
    pub span: Span,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// Where it stands in the template.
    pub span: Span,
}

/// A CloudWatch alarm on a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarm {
    /// Logical id in the template.
    pub id: String,
    /// `Namespace`, such as `AWS/SQS`.
    pub namespace: String,
    /// `MetricName`.
    pub metric: String,
    /// `Dimensions`, by name.
    pub dimensions: BTreeMap<String, String>,
    /// `TreatMissingData`.
    pub treat_missing_data: Option<String>,
    /// `Statistic` or `ExtendedStatistic`, of the alarm or of the metric in its expression.
    pub statistic: Option<String>,
    /// `ComparisonOperator`.
    pub comparison: Option<String>,
    /// `Threshold`.
    pub threshold: Option<f64>,
    /// `Period` in seconds.
    pub period: Option<u32>,
    /// `EvaluationPeriods`.
    pub evaluation_periods: Option<u32>,
    /// `DatapointsToAlarm`; all of the evaluation periods when it is not set.
    pub datapoints: Option<u32>,
    /// `AlarmActions` that are known.
    pub actions: Vec<String>,
    /// False when `ActionsEnabled` is.
    pub actions_enabled: bool,
    /// Where it stands in the template.
    pub span: Span,
}
