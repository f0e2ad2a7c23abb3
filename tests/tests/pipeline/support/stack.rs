//! A template that runs on an embedded cloud.

use std::path::{Path, PathBuf};

use aqueduct_local::{Local, Options, Sockets};
use aqueduct_topology::{Deployment, Topology, read};

use super::binaries;

/// A running template, its topology, and its log so far.
pub(crate) struct Stack {
    pub(crate) local: Local,
    pub(crate) topology: Topology,
    pub(crate) events: tokio::sync::broadcast::Receiver<aqueduct_local::Event>,
}

impl Stack {
    /// The order pipeline.
    pub(crate) async fn orders() -> Self {
        Self::start("../infra/template.yaml").await
    }

    /// A template, by its path from this package's folder.
    pub(crate) async fn start(template: &str) -> Self {
        let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(template).canonicalize().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let (outline, diagnostics) = read(&text, &Deployment::default());
        assert_eq!(diagnostics, [], "{template}");
        let executables = binaries::build(&path, &outline).await;
        let sockets = Sockets::bind(&outline, 0, 0).unwrap();
        let (topology, _) = read(&text, &sockets.deployment(Deployment::default()));
        let options = Options { executables, ..Options::default() };
        let local = Local::start(&topology, sockets, options).await.unwrap();
        let events = local.events();
        Self { local, topology, events }
    }

    /// The URL of a queue by its logical id.
    pub(crate) fn queue_url(&self, id: &str) -> &str {
        &self.queue(id).url
    }

    pub(crate) fn queue(&self, id: &str) -> &aqueduct_topology::Queue {
        self.topology.queues.iter().find(|queue| queue.id == id).unwrap_or_else(|| panic!("there is no queue {id}"))
    }

    /// The name of a table by its logical id.
    pub(crate) fn table(&self, id: &str) -> &str {
        let table = self.topology.tables.iter().find(|table| table.id == id);
        &table.unwrap_or_else(|| panic!("there is no table {id}")).name
    }

    /// The log messages that functions wrote since the last call, with what they are about.
    pub(crate) fn log(&mut self) -> Vec<(Option<String>, String)> {
        let mut lines = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let aqueduct_local::Event::Log(line) = event {
                lines.push((line.subject, line.message));
            }
        }
        lines
    }
}
