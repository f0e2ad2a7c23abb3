//! Scenarios on one queue: sending, draining, taking turns.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::task::JoinSet;

use crate::server::Server;
use crate::sqs::Sqs;

/// What was done in how much time.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// How many messages.
    pub(crate) messages: u64,
    /// From the first call to the last answer.
    pub(crate) took: Duration,
    /// How long each call took, in order.
    pub(crate) latencies: Vec<Duration>,
    /// What the server's processor time was, where that is known.
    pub(crate) processor: Option<Duration>,
}

impl Measured {
    /// Messages each second.
    pub(crate) fn rate(&self) -> f64 {
        count(self.messages) / self.took.as_secs_f64()
    }

    /// The latency below which a share of the calls stayed.
    pub(crate) fn latency(&self, share: f64) -> Duration {
        percentile(&self.latencies, share)
    }
}

/// The value below which a share of values stayed.
pub(crate) fn percentile(values: &[Duration], share: f64) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a list")]
    let at = (count(sorted.len() as u64) * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
pub(crate) const fn count(number: u64) -> f64 {
    number as f64
}

/// Sends `messages` messages of `bytes` bytes on `connections` connections.
pub(crate) async fn send(
    server: &Server,
    url: &str,
    (connections, messages, bytes): (u64, u64, usize),
) -> anyhow::Result<Measured> {
    let each = messages / connections;
    let work = |mut sqs: Sqs| {
        let call = sqs.sending(url, bytes);
        async move {
            let mut latencies = Vec::new();
            for _ in 0..each {
                let started = now();
                sqs.send(&call).await?;
                latencies.push(started.elapsed());
            }
            Ok((each, latencies))
        }
    };
    side_by_side(server, connections, work).await
}

/// Receives by ten and deletes in batches until the queue is empty.
pub(crate) async fn drain(server: &Server, url: &str, connections: u64) -> anyhow::Result<Measured> {
    let work = |mut sqs: Sqs| {
        let (call, url) = (sqs.receiving(url, 10), url.to_owned());
        async move {
            let (mut drained, mut latencies) = (0, Vec::new());
            loop {
                let started = now();
                let handles = sqs.receive(&call).await?;
                if handles.is_empty() {
                    return Ok((drained, latencies));
                }
                sqs.delete_batch(&url, &handles).await?;
                latencies.push(started.elapsed());
                drained += handles.len() as u64;
            }
        }
    };
    side_by_side(server, connections, work).await
}

/// Sends, receives and deletes one message after the other on one connection.
pub(crate) async fn serial(server: &Server, url: &str, (messages, bytes): (u64, usize)) -> anyhow::Result<Measured> {
    let work = |mut sqs: Sqs| {
        let (sending, receiving, url) = (sqs.sending(url, bytes), sqs.receiving(url, 1), url.to_owned());
        async move {
            let mut latencies = Vec::new();
            for _ in 0..messages {
                let started = now();
                sqs.send(&sending).await?;
                let handles = sqs.receive(&receiving).await?;
                let [handle] = handles.as_slice() else { bail!("{} messages instead of one", handles.len()) };
                sqs.delete(&url, handle).await?;
                latencies.push(started.elapsed());
            }
            Ok((messages, latencies))
        }
    };
    side_by_side(server, 1, work).await
}

async fn side_by_side<W, F>(server: &Server, connections: u64, work: W) -> anyhow::Result<Measured>
where
    W: Fn(Sqs) -> F,
    F: Future<Output = anyhow::Result<(u64, Vec<Duration>)>> + Send + 'static,
{
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Sqs::connect(server.address).await?);
    }
    let (mut tasks, started, before) = (JoinSet::new(), now(), server.processor());
    for client in clients {
        tasks.spawn(work(client));
    }
    let (mut messages, mut latencies) = (0, Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (count, mut each) = done??;
        messages += count;
        latencies.append(&mut each);
    }
    let took = started.elapsed();
    let processor = server.processor().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Measured { messages, took, latencies, processor })
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
