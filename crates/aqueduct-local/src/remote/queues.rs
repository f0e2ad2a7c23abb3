//! SQS elsewhere, from the consumer's side.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_services::Arn;
use aqueduct_services::cloud::QueueCensus;
use aqueduct_services::sqs::Received;
use serde::Deserialize;
use serde_json::json;

use super::RemoteError;
use super::client::Client;

/// How long a receive waits for a message: as long as SQS allows.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const WAIT: Duration = Duration::from_secs(20);

/// The most messages of one receive, and entries of one batch.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
pub(super) const MESSAGES_MAX: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueUrl {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Messages {
    #[serde(default)]
    messages: Option<Vec<Received>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    failed: Option<Vec<Failed>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
}

impl Client {
    /// The URL of a queue by its name.
    pub(super) async fn queue_url(&self, name: &str) -> Result<String, RemoteError> {
        let answer: QueueUrl = self.sqs("GetQueueUrl", &json!({"QueueName": name}), Duration::ZERO).await?;
        Ok(answer.queue_url)
    }

    /// A queue's visibility timeout.
    pub(super) async fn visibility_timeout(&self, url: &str) -> Result<Duration, RemoteError> {
        let attributes = self.attributes(url).await?;
        let seconds = attributes.get("VisibilityTimeout").and_then(|text| text.parse().ok());
        let missing = || self.unreadable("GetQueueAttributes", &"VisibilityTimeout is missing");
        seconds.map(Duration::from_secs).ok_or_else(missing)
    }

    /// How many messages a queue holds.
    pub(super) async fn census(&self, url: &str, queue: &Arn) -> Result<QueueCensus, RemoteError> {
        let attributes = self.attributes(url).await?;
        let number = |name: &str| attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(QueueCensus {
            queue: queue.clone(),
            visible: number("ApproximateNumberOfMessages"),
            in_flight: number("ApproximateNumberOfMessagesNotVisible"),
            delayed: number("ApproximateNumberOfMessagesDelayed"),
        })
    }

    async fn attributes(&self, url: &str) -> Result<BTreeMap<String, String>, RemoteError> {
        let input = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        let answer: Attributes = self.sqs("GetQueueAttributes", &input, Duration::ZERO).await?;
        Ok(answer.attributes)
    }

    /// Up to `count` messages, with all that is known of them; none when none comes while it waits.
    pub(super) async fn receive(&self, url: &str, count: usize) -> Result<Vec<Received>, RemoteError> {
        let input = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": count.clamp(1, MESSAGES_MAX),
            "WaitTimeSeconds": WAIT.as_secs(),
            // The older of the two names is all that some clouds know.
            "AttributeNames": ["All"],
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let answer: Messages = self.sqs("ReceiveMessage", &input, WAIT).await?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Deletes up to ten messages; whether each is gone.
    pub(super) async fn delete(&self, url: &str, handles: &[String]) -> Result<Vec<(String, bool)>, RemoteError> {
        let entries: Vec<_> = handles
            .iter()
            .enumerate()
            .map(|(index, handle)| json!({"Id": index.to_string(), "ReceiptHandle": handle}))
            .collect();
        let input = json!({"QueueUrl": url, "Entries": entries});
        let answer: Batch = self.sqs("DeleteMessageBatch", &input, Duration::ZERO).await?;
        let failed: BTreeSet<String> = answer.failed.into_iter().flatten().map(|failed| failed.id).collect();
        let ended = handles.iter().enumerate();
        Ok(ended.map(|(index, handle)| (handle.clone(), !failed.contains(&index.to_string()))).collect())
    }
}
