//! What moves messages beside queues, topics and buses: pipes, streams, state machines, bucket notifications, HTTP routes.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::{Arn, AsyncConfig, Span};

/// An EventBridge pipe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pipe {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// What it reads: a queue, stream or broker.
    pub source: Arn,
    /// What it asks for more before it delivers.
    pub enrichment: Option<Arn>,
    /// Where it delivers.
    pub target: Arn,
    /// The role that lets it do so.
    pub role: Option<Arn>,
    /// The JSON texts of `FilterCriteria.Filters[].Pattern`.
    pub filters: Vec<String>,
    /// `BatchSize` of its source; the source's default when it is not set.
    pub batch_size: Option<u32>,
    /// `MaximumBatchingWindowInSeconds` of its source.
    pub window: Duration,
    /// `DeadLetterConfig.Arn` of a stream source; pipes from SQS use the queue's own dead-letter queue.
    pub dead_letter: Option<Arn>,
    /// `TargetParameters`, as JSON.
    pub target_parameters: Option<Value>,
    /// False when `DesiredState` is `STOPPED`.
    pub enabled: bool,
    /// Where it stands in the template.
    pub span: Span,
}

/// What an event source mapping reads that is not SQS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StreamKind {
    /// A Kinesis data stream.
    Kinesis,
    /// A DynamoDB table's stream.
    DynamoDb,
    /// Amazon MSK.
    Kafka,
    /// A Kafka cluster elsewhere.
    SelfManagedKafka,
    /// Amazon MQ: `ActiveMQ` or `RabbitMQ`.
    Mq,
    /// Amazon `DocumentDB`'s change stream.
    DocumentDb,
}

/// An event source mapping of a stream or broker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamMapping {
    /// Logical id: the resource's, or function id + event id for a SAM event.
    pub id: String,
    /// What it reads.
    pub kind: StreamKind,
    /// The source's ARN; a Kafka cluster elsewhere has none.
    pub source: Option<Arn>,
    /// The function's ARN.
    pub function: Arn,
    /// `BatchSize`; the default is 100.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: Duration,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub reports_batch_item_failures: bool,
    /// The JSON texts of `FilterCriteria.Filters[].Pattern`.
    pub filters: Vec<String>,
    /// `MaximumRetryAttempts`; none means until the record expires.
    pub retries_max: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; none means until the stream drops the record.
    pub age_max: Option<Duration>,
    /// `BisectBatchOnFunctionError`.
    pub bisects: bool,
    /// `ParallelizationFactor`; the default is 1.
    pub parallelization: u32,
    /// `StartingPosition`.
    pub starting_position: Option<String>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Arn>,
    /// `Enabled`; the default is true.
    pub enabled: bool,
    /// Where it stands in the template.
    pub span: Span,
}

/// A Step Functions state machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateMachine {
    /// Logical id in the template.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// Whether its type is `EXPRESS`.
    pub express: bool,
    /// The role that it runs with.
    pub role: Option<Arn>,
    /// Its definition, when it stands in the template; substitutions are carried out.
    pub definition: Option<Value>,
    /// Where it stands in the template.
    pub span: Span,
}

/// What a bucket tells, and whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notification {
    /// Logical id of the bucket.
    pub id: String,
    /// The bucket's ARN.
    pub bucket: Arn,
    /// The function, queue or topic; none for EventBridge.
    pub target: Option<Arn>,
    /// `Event`, such as `s3:ObjectCreated:*`; all for EventBridge.
    pub events: Vec<String>,
    /// `Filter`, as JSON.
    pub filter: Option<Value>,
    /// Where it stands in the template.
    pub span: Span,
}

/// A route of an API that runs a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// Logical id: function id + event id for a SAM event.
    pub id: String,
    /// Whether it belongs to an HTTP API rather than a REST API.
    pub http_api: bool,
    /// The HTTP method, `ANY` for all.
    pub method: String,
    /// The path; `$default` for what no other route takes.
    pub path: String,
    /// The function's ARN.
    pub function: Arn,
    /// Where it stands in the template.
    pub span: Span,
}

/// An asynchronous configuration of a function, one of its versions or aliases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvokeConfig {
    /// Logical id; for SAM's, the one that SAM gives it.
    pub id: String,
    /// The function's ARN, unqualified.
    pub function: Arn,
    /// `Qualifier`: a version, an alias or `$LATEST`.
    pub qualifier: String,
    /// What it says; the dead-letter queue is the function's own matter.
    pub asynchronous: AsyncConfig,
    /// Where it stands in the template.
    pub span: Span,
}

/// A function's alias.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionAlias {
    /// Logical id in the template.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// Its ARN, the function's with the alias behind it.
    pub arn: Arn,
    /// Where it stands in the template.
    pub span: Span,
}

/// A parameter of Systems Manager that the template sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredParameter {
    /// Logical id in the template.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `Value`.
    pub value: String,
    /// Where it stands in the template.
    pub span: Span,
}
