//! An embedded cloud with everything of a template but its functions.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct::aws::SdkConfig;
use aqueduct::aws::aws_config::retry::RetryConfig;
use aqueduct::aws::aws_config::{BehaviorVersion, Region};
use aqueduct::aws::sqs::config::{Credentials, SharedCredentialsProvider};
use aqueduct::aws::sqs::types::Message;
use aqueduct::aws::sqs::types::MessageSystemAttributeName::All;
use aqueduct::aws::{dynamodb, eventbridge, s3, sns, sqs};
use aqueduct_local::{Local, Options, Sockets};
use aqueduct_topology::{Deployment, read};

use crate::network::Network;

pub(crate) struct Cloud {
    /// Held for as long as the cloud is to run.
    local: Local,
    pub(crate) network: Network,
    /// Physical ids by logical ids.
    resources: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
}

impl Cloud {
    /// A template whose functions, and whatever leads to them, are left to the test.
    pub(crate) async fn start(template: &str) -> Self {
        let (outline, _) = read(template, &Deployment::default());
        let sockets = Sockets::bind(&outline, 0, 0).unwrap();
        let (mut topology, diagnostics) = read(template, &sockets.deployment(Deployment::default()));
        assert_eq!(diagnostics, []);
        let functions: Vec<String> = topology.functions.drain(..).map(|function| function.arn.to_string()).collect();
        topology.mappings.clear();
        topology.permissions.clear();
        topology.schedules.clear();
        topology.subscriptions.retain(|subscription| subscription.protocol == "sqs");
        topology.rules.retain(|rule| rule.targets.iter().all(|target| !functions.contains(&target.arn.to_string())));
        let queues = topology.queues.iter().map(|queue| (queue.id.clone(), queue.url.clone()));
        let topics = topology.topics.iter().map(|topic| (topic.id.clone(), topic.arn.to_string()));
        let buses = topology.buses.iter().map(|bus| (bus.id.clone(), bus.name.clone()));
        let tables = topology.tables.iter().map(|table| (table.id.clone(), table.name.clone()));
        let buckets = topology.buckets.iter().map(|bucket| (bucket.id.clone(), bucket.name.clone()));
        let resources = queues.chain(topics).chain(buses).chain(tables).chain(buckets).collect();
        let names = topology.queues.iter().map(|queue| (queue.id.clone(), queue.name.clone())).collect();
        let local = Local::start(&topology, sockets, Options::default()).await.unwrap();
        Self { local, network: Network::new(), resources, names }
    }

    /// The configuration of clients that go through the faulty network. They wait for next to nothing between tries.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(self.endpoint())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .http_client(self.network.clone())
            .build()
    }

    pub(crate) fn endpoint(&self) -> &str {
        self.local.endpoint()
    }

    pub(crate) fn sqs(&self) -> sqs::Client {
        sqs::Client::new(&self.config())
    }

    pub(crate) fn sns(&self) -> sns::Client {
        sns::Client::new(&self.config())
    }

    pub(crate) fn eventbridge(&self) -> eventbridge::Client {
        eventbridge::Client::new(&self.config())
    }

    pub(crate) fn s3(&self) -> s3::Client {
        s3::Client::from_conf(s3::config::Builder::from(&self.config()).force_path_style(true).build())
    }

    pub(crate) fn dynamodb(&self) -> dynamodb::Client {
        dynamodb::Client::new(&self.config())
    }

    /// The URL of a queue, the ARN of a topic, the name of a bus, table or bucket.
    pub(crate) fn resource(&self, id: &str) -> &str {
        self.resources.get(id).unwrap_or_else(|| panic!("there is no resource {id}"))
    }

    /// How many messages of a queue can be received and how many are in flight.
    pub(crate) async fn count(&self, queue: &str) -> (usize, usize) {
        let census = self.local.census().await.unwrap();
        let count = &census[&self.names[queue]];
        (count.visible, count.in_flight)
    }

    /// All messages that a queue has to give, which then are in flight.
    pub(crate) async fn take(&self, queue: &str) -> Vec<Message> {
        let (sqs, mut all) = (self.sqs(), Vec::new());
        loop {
            let receive = sqs.receive_message().queue_url(self.resource(queue)).max_number_of_messages(10);
            let receive = receive.message_system_attribute_names(All).message_attribute_names("All");
            let messages = receive.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return all;
            }
            all.extend(messages);
        }
    }

    pub(crate) async fn end(self) {
        assert_eq!(self.network.left(), 0, "every fault happened");
        self.local.shutdown().await;
    }
}
