//! What can be wrong with an endpoint elsewhere.

use std::fmt::Write;

use thiserror::Error;

/// An endpoint elsewhere that does not do what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The address cannot be one.
    #[error(
        "the endpoint {endpoint:?} {reason}; give the http:// address of a local cloud, such as http://localhost:4566"
    )]
    Address {
        /// The address.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing answers there.
    #[error("cannot reach the endpoint {endpoint}: {reason}; start it, or correct its address")]
    Unreachable {
        /// The address.
        endpoint: String,
        /// The system's reason.
        reason: String,
    },
    /// It answers with an error.
    #[error("the endpoint {endpoint} refuses {action}: {code}: {message}")]
    Refused {
        /// The address.
        endpoint: String,
        /// The API action.
        action: String,
        /// The error's code.
        code: String,
        /// The error's message.
        message: String,
    },
    /// It answers with something that is no answer to the question.
    #[error("the endpoint {endpoint} does not answer {action} as AWS does: {reason}")]
    Unreadable {
        /// The address.
        endpoint: String,
        /// The API action.
        action: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// Queues that the template describes are not there.
    #[error("the endpoint {endpoint} does not have {}", listed(.queues))]
    MissingQueues {
        /// The address.
        endpoint: String,
        /// Logical ids and the names that were looked for.
        queues: Vec<(String, String)>,
    },
    /// A name is given for something that the template does not have.
    #[error("the template has no queue, topic, bus, table or bucket {0} that could be called something else")]
    UnknownResource(String),
}

impl RemoteError {
    /// Whether a queue is meant that there is not.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html>
    pub(super) fn is_no_queue(&self) -> bool {
        matches!(self, Self::Refused { code, .. }
            if code.contains("QueueDoesNotExist") || code.contains("NonExistentQueue"))
    }
}

fn listed(queues: &[(String, String)]) -> String {
    let mut text = String::new();
    for (index, (id, name)) in queues.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}the queue {id} ({name})");
    }
    text
}
