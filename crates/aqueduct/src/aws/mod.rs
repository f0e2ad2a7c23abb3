//! Adapters for AWS: SQS, SNS, EventBridge, EventBridge Scheduler, DynamoDB and S3, each behind the feature of its name.

#[cfg(any(feature = "sqs", feature = "scheduler"))]
mod arn;
#[cfg(any(feature = "sqs", feature = "sns"))]
mod batch;
#[cfg(feature = "eventbridge")]
mod bus;
#[cfg(feature = "dynamodb")]
mod circuits;
#[cfg(feature = "dynamodb")]
mod claims;
#[cfg(any(
    feature = "dynamodb",
    feature = "eventbridge",
    feature = "s3",
    feature = "scheduler",
    feature = "sns",
    feature = "sqs"
))]
#[macro_use]
mod client;
#[cfg(all(feature = "aws", feature = "lambda"))]
mod environment;
#[cfg(feature = "s3")]
mod objects;
#[cfg(feature = "dynamodb")]
mod outbox;
#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge", feature = "dynamodb"))]
mod passing;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "sqs")]
mod redelivery;
#[cfg(feature = "sqs")]
mod rejected;
#[cfg(feature = "scheduler")]
mod scheduler;
#[cfg(feature = "dynamodb")]
mod statuses;
#[cfg(feature = "sns")]
mod topic;

#[cfg(feature = "aws")]
pub use aws_config::{self, SdkConfig};
#[cfg(feature = "dynamodb")]
pub use aws_sdk_dynamodb as dynamodb;
#[cfg(feature = "eventbridge")]
pub use aws_sdk_eventbridge as eventbridge;
#[cfg(feature = "s3")]
pub use aws_sdk_s3 as s3;
#[cfg(feature = "scheduler")]
pub use aws_sdk_scheduler as scheduler_sdk;
#[cfg(feature = "sns")]
pub use aws_sdk_sns as sns;
#[cfg(feature = "sqs")]
pub use aws_sdk_sqs as sqs;

#[cfg(feature = "eventbridge")]
pub use self::bus::Bus;
#[cfg(all(feature = "aws", feature = "lambda"))]
pub use self::environment::Environment;
#[cfg(feature = "s3")]
pub use self::objects::S3Objects;
#[cfg(feature = "sqs")]
pub use self::queue::Queue;
#[cfg(feature = "sqs")]
pub use self::redelivery::SqsRedelivery;
#[cfg(feature = "scheduler")]
pub use self::scheduler::Scheduler;
#[cfg(feature = "sns")]
pub use self::topic::Topic;
#[cfg(feature = "dynamodb")]
pub use self::{
    circuits::DynamoDbCircuits, claims::DynamoDbClaims, outbox::DynamoDbOutbox, statuses::DynamoDbStatuses,
};

/// The configuration of the function's role and Region; `AWS_ENDPOINT_URL` leads to a local cloud.
#[cfg(feature = "aws")]
pub async fn load_config() -> SdkConfig {
    aws_config::load_defaults(aws_config::BehaviorVersion::v2026_01_12()).await
}

/// A request that failed as a whole. The SDK has tried again what could be tried again.
#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge", feature = "scheduler"))]
fn refused(error: impl std::error::Error + 'static) -> crate::publish::Refusal {
    crate::publish::Refusal::last("RequestFailed", client::reason(error))
}

/// What is not known to have been accepted counts as refused.
#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
fn unanswered() -> crate::publish::Refusal {
    crate::publish::Refusal::passing("Unanswered", "the service did not say what became of it")
}

/// A number of an item.
#[cfg(feature = "dynamodb")]
fn number(value: &impl ToString) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests;
