//! Messages brought from queues elsewhere and deleted there: one receive and one deletion at a time for each queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::Arn;
use aqueduct_services::sqs::Received;
use aqueduct_topology::Topology;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::Client;
use super::presence::Presence;
use super::queues::MESSAGES_MAX;
use super::{Remote, RemoteError};
use crate::clock::Clock;
use crate::fleet::Events;

/// The pause after a failed call; each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The longest such pause.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What comes back from a queue.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A receive ended, perhaps without messages.
    Received { queue: Arn, messages: Vec<Received> },
    /// Deletions ended; whether each message is gone.
    Deleted { queue: Arn, ended: Vec<(String, bool)> },
}

/// The tasks that talk with the endpoint; they end with this.
#[derive(Debug)]
pub(crate) struct Pollers {
    queues: BTreeMap<Arn, Poller>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Poller {
    receives: mpsc::UnboundedSender<usize>,
    deletions: mpsc::UnboundedSender<String>,
    is_receiving: bool,
}

impl Pollers {
    /// Pollers for the queues that functions of `topology` read, and what they bring.
    pub(crate) fn start(
        remote: &Remote,
        topology: &Topology,
        clock: Clock,
        events: Events,
    ) -> (Self, mpsc::UnboundedReceiver<Arrival>) {
        let (arrivals, arrived) = mpsc::unbounded_channel();
        let presence = Arc::new(Presence::new(remote.endpoint().to_owned(), clock, events));
        let urls = remote.urls(topology);
        let (mut queues, mut tasks) = (BTreeMap::new(), JoinSet::new());
        for queue in remote.sources(topology).into_keys() {
            let Some(url) = urls.get(&queue).cloned() else { continue };
            let (receives, wanted) = mpsc::unbounded_channel();
            let (deletions, handled) = mpsc::unbounded_channel();
            let client = remote.client.clone();
            let line =
                Line { client, presence: presence.clone(), url, queue: queue.clone(), arrivals: arrivals.clone() };
            tasks.spawn(line.clone().receive(wanted));
            tasks.spawn(line.delete(handled));
            queues.insert(queue, Poller { receives, deletions, is_receiving: false });
        }
        (Self { queues, _tasks: tasks }, arrived)
    }

    /// Receives from the queues of which messages are wanted, but for those that are being received from.
    pub(crate) fn receive(&mut self, wanted: &BTreeMap<Arn, usize>) {
        for (queue, count) in wanted.iter().filter(|(_, count)| **count > 0) {
            if let Some(poller) = self.queues.get_mut(queue).filter(|poller| !poller.is_receiving) {
                poller.is_receiving = poller.receives.send(*count).is_ok();
            }
        }
    }

    /// A receive ended; the next may begin.
    pub(crate) fn received(&mut self, queue: &Arn) {
        if let Some(poller) = self.queues.get_mut(queue) {
            poller.is_receiving = false;
        }
    }

    /// Deletes messages.
    pub(crate) fn delete(&self, deletions: Vec<(Arn, Vec<String>)>) {
        for (queue, handles) in deletions {
            let Some(poller) = self.queues.get(&queue) else { continue };
            for handle in handles {
                // The task ends only with this.
                let _ = poller.deletions.send(handle);
            }
        }
    }
}

/// The line to one queue.
#[derive(Clone, Debug)]
struct Line {
    client: Client,
    presence: Arc<Presence>,
    url: String,
    queue: Arn,
    arrivals: mpsc::UnboundedSender<Arrival>,
}

impl Line {
    async fn receive(self, mut wanted: mpsc::UnboundedReceiver<usize>) {
        while let Some(count) = wanted.recv().await {
            let messages = self.insist(|| self.client.receive(&self.url, count)).await;
            let _ = self.arrivals.send(Arrival::Received { queue: self.queue.clone(), messages });
        }
    }

    async fn delete(self, mut deletions: mpsc::UnboundedReceiver<String>) {
        let mut batch = Vec::new();
        while deletions.recv_many(&mut batch, MESSAGES_MAX).await > 0 {
            let ended = self.insist(|| self.client.delete(&self.url, &batch)).await;
            let _ = self.arrivals.send(Arrival::Deleted { queue: self.queue.clone(), ended });
            batch.clear();
        }
    }

    /// Calls until there is an answer, with growing pauses.
    async fn insist<T, F>(&self, call: impl Fn() -> F) -> T
    where
        F: Future<Output = Result<T, RemoteError>>,
    {
        let mut pause = BACKOFF_MIN;
        loop {
            match call().await {
                Ok(answer) => {
                    self.presence.answered(self.queue.name());
                    return answer;
                }
                Err(error) => self.presence.failed(self.queue.name(), &error),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(BACKOFF_MAX);
        }
    }
}
