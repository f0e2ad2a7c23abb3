//! A template that runs: on an embedded cloud of its own, or where `AQUEDUCT_STACK` leads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aqueduct_local::{Event, Local, Options, Sockets};
use aqueduct_topology::{Deployment, Topology, read};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard, broadcast};

use super::binaries;

/// A running template.
pub(crate) struct Stack {
    pub(super) place: Place,
    embedded: Option<Embedded>,
}

/// Where a template runs, and under which names. A deployment elsewhere writes this as JSON.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) endpoint: String,
    pub(super) region: String,
    /// Physical ids by logical ids: URLs of queues, ARNs of topics, names of tables, buses and buckets.
    pub(super) resources: BTreeMap<String, String>,
    /// Function URLs by the function's logical id.
    pub(super) urls: BTreeMap<String, String>,
    /// The `Host` header that a function URL wants where it is not that of its address.
    #[serde(default)]
    pub(super) hosts: BTreeMap<String, String>,
}

/// An embedded cloud, watched from inside.
struct Embedded {
    topology: Topology,
    local: Local,
    events: broadcast::Receiver<Event>,
}

/// Held by a test that switches off what others use, where all tests share one place.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Waits until no other test that switches things off is at work.
pub(crate) async fn exclusive() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// A customer of this test run alone, since a place may remember earlier runs.
pub(crate) fn customer(test: &str) -> String {
    let run = std::process::id();
    format!("{test}.{run}.{}@example.com", aqueduct::Clock::system().id())
}

impl Stack {
    /// The order pipeline: elsewhere if `AQUEDUCT_STACK` names a file that says where, else on an embedded cloud.
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where")]
    pub(crate) async fn orders() -> Self {
        match std::env::var("AQUEDUCT_STACK") {
            Ok(file) => Self::elsewhere(&file),
            Err(_) => Self::embedded("../infra/template.yaml").await,
        }
    }

    /// What runs elsewhere; the file says where.
    pub(crate) fn elsewhere(file: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self { place: serde_json::from_str(&text).unwrap(), embedded: None }
    }

    /// A template on an embedded cloud, by its path from this package's folder.
    pub(crate) async fn embedded(template: &str) -> Self {
        let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(template).canonicalize().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let (outline, diagnostics) = read(&text, &Deployment::default());
        assert_eq!(diagnostics, [], "{template}");
        let executables = binaries::build(&path, &outline).await;
        let sockets = Sockets::bind(&outline, 0, 0).unwrap();
        let deployment = sockets.deployment(Deployment::default());
        let (topology, _) = read(&text, &deployment);
        let options = Options { executables, ..Options::default() };
        let local = Local::start(&topology, sockets, options).await.unwrap();
        let events = local.events();
        let place = Place {
            endpoint: local.endpoint().to_owned(),
            region: deployment.region,
            resources: resources(&topology),
            urls: deployment.function_urls,
            hosts: BTreeMap::new(),
        };
        Self { place, embedded: Some(Embedded { topology, local, events }) }
    }

    /// The physical id of a resource.
    pub(crate) fn resource(&self, id: &str) -> &str {
        self.place.resources.get(id).unwrap_or_else(|| panic!("there is no resource {id}"))
    }

    /// The physical ids of all resources.
    pub(crate) const fn resources(&self) -> &BTreeMap<String, String> {
        &self.place.resources
    }

    /// The embedded cloud.
    pub(crate) fn local(&self) -> &Local {
        &self.embedded.as_ref().expect("this test runs on an embedded cloud").local
    }

    /// The template, as it runs on the embedded cloud.
    pub(crate) fn topology(&self) -> &Topology {
        &self.embedded.as_ref().expect("this test runs on an embedded cloud").topology
    }

    /// The log messages that functions wrote since the last call, with what they are about.
    pub(crate) fn log(&mut self) -> Vec<(Option<String>, String)> {
        let events = &mut self.embedded.as_mut().expect("this test runs on an embedded cloud").events;
        let mut lines = Vec::new();
        while let Ok(event) = events.try_recv() {
            if let Event::Log(line) = event {
                lines.push((line.subject, line.message));
            }
        }
        lines
    }

    /// Ends the embedded cloud; what runs elsewhere goes on.
    pub(crate) async fn end(self) {
        if let Some(embedded) = self.embedded {
            embedded.local.shutdown().await;
        }
    }
}

/// Physical ids by logical ids, as `Ref` would answer them.
pub(crate) fn resources(topology: &Topology) -> BTreeMap<String, String> {
    let queues = topology.queues.iter().map(|queue| (&queue.id, queue.url.as_str()));
    let topics = topology.topics.iter().map(|topic| (&topic.id, topic.arn.as_str()));
    let buses = topology.buses.iter().map(|bus| (&bus.id, bus.name.as_str()));
    let tables = topology.tables.iter().map(|table| (&table.id, table.name.as_str()));
    let archives = topology.archives.iter().map(|archive| (&archive.id, archive.name.as_str()));
    let buckets = topology.buckets.iter().map(|bucket| (&bucket.id, bucket.name.as_str()));
    let functions = topology.functions.iter().map(|function| (&function.id, function.name.as_str()));
    let all = queues.chain(topics).chain(buses).chain(tables).chain(archives).chain(buckets).chain(functions);
    all.map(|(id, physical)| (id.clone(), physical.to_owned())).collect()
}
