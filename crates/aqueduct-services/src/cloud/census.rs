//! How many messages are where, for display and for tests.

use aqueduct_topology::Arn;

use super::Cloud;
use crate::{CallId, Timestamp, sqs};

/// The messages of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCensus {
    /// The queue.
    pub queue: Arn,
    /// Messages that could be received now.
    pub visible: usize,
    /// Messages with a consumer.
    pub in_flight: usize,
    /// Messages that become visible later.
    pub delayed: usize,
}

impl QueueCensus {
    /// All messages of the queue.
    pub const fn total(&self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

/// No driver names a call so; calls made in here are answered at once.
const OWN_CALL: CallId = CallId(u64::MAX);

impl Cloud {
    /// All queues, by name, with their messages.
    pub fn queues(&mut self, now: Timestamp) -> Vec<QueueCensus> {
        let list = sqs::Request::ListQueues(sqs::ListQueues::default());
        let Some(Ok(sqs::Response::Queues(queues))) = self.sqs.call(now, OWN_CALL, list) else { return Vec::new() };
        queues.queue_urls.iter().filter_map(|url| self.count(now, url)).collect()
    }

    /// The messages of the queue with this name; `None` when there is no such queue.
    pub fn queue(&mut self, now: Timestamp, name: &str) -> Option<QueueCensus> {
        let url = self.queue_url(&self.site.arn("sqs", name));
        self.count(now, &url)
    }

    fn count(&mut self, now: Timestamp, url: &str) -> Option<QueueCensus> {
        let request = sqs::GetQueueAttributes { queue_url: url.to_owned(), attribute_names: vec!["All".to_owned()] };
        let answer = self.sqs.call(now, OWN_CALL, sqs::Request::GetQueueAttributes(request));
        let Some(Ok(sqs::Response::Attributes(answer))) = answer else { return None };
        let number = |name: &str| answer.attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Some(QueueCensus {
            queue: Arn::new(answer.attributes.get("QueueArn")?.as_str()),
            visible: number("ApproximateNumberOfMessages"),
            in_flight: number("ApproximateNumberOfMessagesNotVisible"),
            delayed: number("ApproximateNumberOfMessagesDelayed"),
        })
    }
}
