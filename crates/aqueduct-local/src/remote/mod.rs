//! Queues, topics, buses, tables and buckets elsewhere: another local cloud keeps them, and our functions get its messages.
//!
//! The endpoint is on this machine or network. Requests carry a credential scope but no signature, so AWS itself
//! refuses them; it is not meant.

mod client;
mod error;
mod pollers;
mod presence;
mod queues;
mod stack;

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::Arn;
use aqueduct_services::cloud::QueueCensus;
use aqueduct_topology::{Deployment, Topology};

use client::Client;
pub use error::RemoteError;
pub(crate) use pollers::{Arrival, Pollers};

/// Where to look for what a template describes.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The endpoint's URL.
    pub endpoint: String,
    /// The Region that requests name.
    pub region: String,
    /// The CloudFormation stack that deployed the template there.
    pub stack: Option<String>,
    /// Physical names, queue URLs or ARNs by logical id; they win over the stack's.
    pub resources: BTreeMap<String, String>,
}

/// A template's resources on an endpoint elsewhere.
#[derive(Clone, Debug)]
pub struct Remote {
    client: Client,
    region: String,
    account: Option<String>,
    /// As `Ref` gives them, by logical id.
    physical: BTreeMap<String, String>,
    /// By logical id, or by name where the template does not describe the queue.
    queues: BTreeMap<String, RemoteQueue>,
    competitors: Vec<String>,
}

#[derive(Clone, Debug)]
struct RemoteQueue {
    url: String,
    visibility: Duration,
}

impl Remote {
    /// Finds the resources of `topology`, which was read without knowing what they are called there.
    pub async fn find(search: Search, topology: &Topology) -> Result<Self, RemoteError> {
        let client = Client::new(&search.endpoint, &search.region)?;
        if let Some(unknown) = search.resources.keys().find(|id| !is_nameable(topology, id)) {
            return Err(RemoteError::UnknownResource(unknown.clone()));
        }
        let mut remote = Self {
            client,
            region: search.region,
            account: None,
            physical: BTreeMap::new(),
            queues: BTreeMap::new(),
            competitors: Vec::new(),
        };
        if let Some(stack) = &search.stack {
            remote.read_stack(stack).await?;
        }
        remote.physical.extend(search.resources);
        remote.find_queues(topology).await?;
        Ok(remote)
    }

    async fn read_stack(&mut self, stack: &str) -> Result<(), RemoteError> {
        for resource in stack::resources(&self.client, stack).await? {
            match resource.kind.as_str() {
                "AWS::SQS::Queue"
                | "AWS::SNS::Topic"
                | "AWS::Events::EventBus"
                | "AWS::DynamoDB::Table"
                | "AWS::S3::Bucket" => {
                    self.physical.insert(resource.id, resource.physical);
                }
                "AWS::Lambda::EventSourceMapping" => self.competitors.push(resource.id),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every queue of the template, and every queue that a function reads.
    async fn find_queues(&mut self, topology: &Topology) -> Result<(), RemoteError> {
        let described = topology.queues.iter().map(|queue| (queue.id.clone(), queue.name.clone()));
        let mut wanted: BTreeMap<String, String> = described.collect();
        for mapping in &topology.mappings {
            wanted.entry(key(topology, &mapping.queue)).or_insert_with(|| mapping.queue.name().to_owned());
        }
        let mut missing = Vec::new();
        for (id, name) in wanted {
            let given = Deployment { physical: self.physical.clone(), ..Deployment::default() };
            let name = given.physical_name(&id).unwrap_or(&name).to_owned();
            match self.queue(&id, &name).await {
                Ok(queue) => {
                    self.account = self.account.take().or_else(|| account_in(&queue.url));
                    self.physical.insert(id.clone(), queue.url.clone());
                    self.queues.insert(id, queue);
                }
                Err(error) if error.is_no_queue() => missing.push((id, name)),
                Err(error) => return Err(error),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(RemoteError::MissingQueues { endpoint: self.client.endpoint.clone(), queues: missing })
    }

    async fn queue(&self, id: &str, name: &str) -> Result<RemoteQueue, RemoteError> {
        let url = match self.physical.get(id).filter(|physical| physical.starts_with("http")) {
            Some(url) => url.clone(),
            None => self.client.queue_url(name).await?,
        };
        let visibility = self.client.visibility_timeout(&url).await?;
        Ok(RemoteQueue { url, visibility })
    }

    /// The deployment for which to read the template: `base` with what its resources are called there.
    #[must_use]
    pub fn deployment(&self, base: Deployment) -> Deployment {
        let account = self.account.clone().unwrap_or(base.account);
        Deployment { account, region: self.region.clone(), physical: self.physical.clone(), ..base }
    }

    /// The endpoint's URL, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.client.endpoint
    }

    /// Event source mappings of the stack itself, by logical id: functions deployed there take messages, too.
    pub fn competitors(&self) -> &[String] {
        &self.competitors
    }

    /// The visibility timeouts of the queues that functions read.
    pub(crate) fn sources(&self, topology: &Topology) -> BTreeMap<Arn, Duration> {
        let queues = topology.mappings.iter().filter_map(|mapping| {
            let queue = self.queues.get(&key(topology, &mapping.queue))?;
            Some((mapping.queue.clone(), queue.visibility))
        });
        queues.collect()
    }

    /// URLs of the queues that are known here, by ARN.
    fn urls(&self, topology: &Topology) -> BTreeMap<Arn, String> {
        let described = topology.queues.iter().map(|queue| &queue.arn);
        let arns = described.chain(topology.mappings.iter().map(|mapping| &mapping.queue));
        arns.filter_map(|arn| Some((arn.clone(), self.queues.get(&key(topology, arn))?.url.clone()))).collect()
    }

    /// A view of the queues of `topology`, which was read for [`Self::deployment`].
    pub(crate) fn watch(&self, topology: &Topology) -> Watch {
        let read = topology.mappings.iter().map(|mapping| mapping.queue.clone()).collect();
        Watch { client: self.client.clone(), urls: self.urls(topology), read }
    }
}

/// How many messages queues elsewhere hold.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    client: Client,
    urls: BTreeMap<Arn, String>,
    read: Vec<Arn>,
}

impl Watch {
    /// All queues of the template.
    pub(crate) async fn census(&self) -> Result<Vec<QueueCensus>, RemoteError> {
        let mut census = Vec::with_capacity(self.urls.len());
        for (arn, url) in &self.urls {
            census.push(self.client.census(url, arn).await?);
        }
        Ok(census)
    }

    /// Whether the queues that functions read are known to be empty.
    pub(crate) async fn is_idle(&self) -> bool {
        self.census().await.is_ok_and(|census| {
            census.iter().filter(|count| self.read.contains(&count.queue)).all(|count| count.total() == 0)
        })
    }
}

/// How a queue is called here: by its logical id, else by its name.
fn key(topology: &Topology, queue: &Arn) -> String {
    let described = topology.queues.iter().find(|candidate| candidate.arn == *queue);
    described.map_or_else(|| queue.name().to_owned(), |described| described.id.clone())
}

fn is_nameable(topology: &Topology, id: &str) -> bool {
    let queues = topology.queues.iter().map(|queue| &queue.id);
    let topics = topology.topics.iter().map(|topic| &topic.id);
    let buses = topology.buses.iter().map(|bus| &bus.id);
    let tables = topology.tables.iter().map(|table| &table.id);
    let buckets = topology.buckets.iter().map(|bucket| &bucket.id);
    queues.chain(topics).chain(buses).chain(tables).chain(buckets).any(|known| known == id)
}

/// The account in a queue's URL, `…/account/name`.
fn account_in(url: &str) -> Option<String> {
    let account = url.rsplit('/').nth(1)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.to_owned())
}
