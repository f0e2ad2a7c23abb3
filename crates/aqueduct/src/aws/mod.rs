//! Adapters for AWS: SQS, SNS, EventBridge and DynamoDB, each behind the feature of its name.

#[cfg(feature = "eventbridge")]
mod bus;
#[cfg(feature = "dynamodb")]
mod claims;
#[cfg(feature = "sqs")]
mod queue;
#[cfg(feature = "sqs")]
mod redelivery;
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
#[cfg(feature = "sns")]
pub use aws_sdk_sns as sns;
#[cfg(feature = "sqs")]
pub use aws_sdk_sqs as sqs;

#[cfg(feature = "eventbridge")]
pub use self::bus::Bus;
#[cfg(feature = "sqs")]
pub use self::queue::Queue;
#[cfg(feature = "sqs")]
pub use self::redelivery::SqsRedelivery;
#[cfg(feature = "sns")]
pub use self::topic::Topic;
#[cfg(feature = "dynamodb")]
pub use self::{claims::DynamoDbClaims, statuses::DynamoDbStatuses};

/// The configuration of the function's role and Region; `AWS_ENDPOINT_URL` leads to a local cloud.
#[cfg(feature = "aws")]
pub async fn load_config() -> SdkConfig {
    aws_config::load_defaults(aws_config::BehaviorVersion::v2026_01_12()).await
}

/// What the SDK says, down to the cause: its own errors name only their outermost layer.
#[cfg(feature = "aws")]
fn reason(error: impl std::error::Error + 'static) -> String {
    crate::consume::chain(&error)
}

/// Notes the fate of the batch entry that was sent under its place as its id.
#[cfg(any(feature = "sqs", feature = "sns"))]
fn set(fates: &mut [Result<crate::publish::Ack, String>], id: &str, fate: Result<crate::publish::Ack, String>) {
    if let Some(place) = id.parse::<usize>().ok().and_then(|index| fates.get_mut(index)) {
        *place = fate;
    }
}
