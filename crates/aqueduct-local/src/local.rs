//! A running cloud and its functions, as the command and the tests hold it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::Site;
use aqueduct_services::cloud::{Cloud, QueueCensus};
use aqueduct_topology::{Bucket, Table, Topology};
use tempfile::TempDir;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::Clock;
use crate::driver::{Core, Driver, Gone, Handle};
use crate::dynamodb::DynamoDb;
use crate::endpoint::Endpoint;
use crate::fleet::{Events, Fleet, Spec};
use crate::function_url::FunctionUrl;
use crate::post::Posts;
use crate::remote::{Pollers, Watch};
use crate::s3::S3;
use crate::serve;
use crate::sockets::{self, Front};
use crate::{Event, Options, Remote, Signal, Sockets, StartError};

/// The pause between looks at queues elsewhere.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How often items whose time to live is over are deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A template that runs on this machine until [`Local::shutdown`], or until it is dropped.
#[derive(Debug)]
pub struct Local {
    endpoint: String,
    function_urls: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    driver: Handle,
    driving: JoinHandle<()>,
    servers: JoinSet<()>,
    events: broadcast::Sender<Event>,
    /// Counts messages elsewhere, when the queues are there.
    watch: Option<Watch>,
    /// The folder of S3, kept as long as this.
    files: Option<TempDir>,
}

/// The run was shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the local run was shut down")]
pub struct Stopped;

/// No function has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the topology has no function {0}; use its logical id or its physical name")]
pub struct UnknownFunction(pub String);

impl From<Gone> for Stopped {
    fn from(Gone: Gone) -> Self {
        Self
    }
}

impl Local {
    /// Starts the cloud that `topology` describes and serves it on `sockets`.
    ///
    /// The topology must have been read for [`Sockets::deployment`] of the same sockets. Function processes start when
    /// they are first needed.
    pub async fn start(topology: &Topology, sockets: Sockets, options: Options) -> Result<Self, StartError> {
        let clock = Clock::start();
        let Front::Here(listener) = sockets.endpoint else { return Err(StartError::NoEndpoint) };
        let endpoint = sockets::url(&listener);
        let site = site(topology, &endpoint);
        let mut cloud = Cloud::new(site.clone(), options.seed);
        cloud.provision(clock.now(), topology)?;
        let (tables, buckets) = (topology.tables.clone(), topology.buckets.clone());
        let stores = tokio::task::spawn_blocking(move || stores(&tables, &buckets));
        let (files, dynamodb, s3) = stores.await.map_err(|error| StartError::System {
            what: "set up DynamoDB and S3",
            source: std::io::Error::other(error),
        })??;
        let mut local = Self::launch(topology, endpoint, sockets.function_urls, &options, (clock, cloud), None)?;
        local.files = Some(files);
        local.sweep(dynamodb.clone());
        let endpoint = Endpoint { driver: local.driver.clone(), site: Arc::new(site), dynamodb, s3 };
        let serving = serve::serve(from_std(listener)?, move |request| endpoint.clone().answer(request));
        local.servers.spawn(serving);
        Ok(local)
    }

    /// Starts the functions that `topology` describes, with their queues and everything else on an endpoint elsewhere.
    ///
    /// The topology must have been read for [`Remote::deployment`] and [`Sockets::deployment`] of the same sockets, which
    /// [`Sockets::bind_urls`] bound. Function URLs and event source mappings are served here; subscriptions, rules and
    /// schedules are the endpoint's own, and it does not know the functions that run here.
    pub fn attach(
        topology: &Topology,
        sockets: Sockets,
        remote: &Remote,
        options: &Options,
    ) -> Result<Self, StartError> {
        let clock = Clock::start();
        let endpoint = remote.endpoint().to_owned();
        let mut cloud = Cloud::new(site(topology, &endpoint), options.seed);
        cloud.provision_functions(clock.now(), topology, &remote.sources(topology))?;
        Self::launch(topology, endpoint, sockets.function_urls, options, (clock, cloud), Some(remote))
    }

    /// Runs the functions of a cloud and serves their URLs.
    fn launch(
        topology: &Topology,
        endpoint: String,
        urls: BTreeMap<String, std::net::TcpListener>,
        options: &Options,
        (clock, mut cloud): (Clock, Cloud),
        remote: Option<&Remote>,
    ) -> Result<Self, StartError> {
        let function_urls: BTreeMap<String, String> =
            urls.iter().map(|(id, listener)| (id.clone(), format!("{}/", sockets::url(listener)))).collect();
        for function in &topology.functions {
            if let Some(url) = function_urls.get(&function.id) {
                cloud.set_function_url(&function.name, url.clone())?;
            }
        }
        let (sender, _) = broadcast::channel(options.events_kept.max(1));
        let events = Events(sender.clone());
        let (reports, reported) = mpsc::unbounded_channel();
        let fleet = Fleet::new(specs(topology, &endpoint, options), clock, events.clone(), reports)
            .map_err(|source| StartError::System { what: "start the guard of the function processes", source })?;
        let elsewhere = remote.map(|remote| Pollers::start(remote, topology, clock, events.clone()));
        let (pollers, arrivals) = elsewhere.unzip();
        let (posts, posted) = Posts::new();
        let core = Core::new(cloud, fleet, clock, events, posts, pollers);
        let (driver, handle) = Driver::new(core, clock, reported, posted, arrivals);
        let driving = tokio::spawn(driver.run());
        let mut local = Self {
            endpoint,
            function_urls,
            names: topology.functions.iter().map(|function| (function.id.clone(), function.name.clone())).collect(),
            driver: handle,
            driving,
            servers: JoinSet::new(),
            events: sender,
            watch: remote.map(|remote| remote.watch(topology)),
            files: None,
        };
        local.serve_urls(urls, clock)?;
        Ok(local)
    }

    fn serve_urls(&mut self, urls: BTreeMap<String, std::net::TcpListener>, clock: Clock) -> Result<(), StartError> {
        for (id, socket) in urls {
            let Some(function) = self.names.get(&id).cloned() else { continue };
            let authority = socket.local_addr().map(|address| address.to_string()).unwrap_or_default();
            let url = FunctionUrl { driver: self.driver.clone(), clock, function, authority };
            self.servers.spawn(serve::serve(from_std(socket)?, move |request| url.clone().answer(request)));
        }
        Ok(())
    }

    fn sweep(&mut self, dynamodb: DynamoDb) {
        self.servers.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                dynamodb.sweep();
            }
        });
    }

    /// The URL for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The URL of a function by its logical id, with a slash at the end.
    pub fn function_url(&self, id: &str) -> Option<&str> {
        self.function_urls.get(id).map(String::as_str)
    }

    /// What happens from now on. A watcher that falls behind by more than [`Options::events_kept`] misses events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Waits until nothing waits, runs or is to be tried again.
    ///
    /// With queues elsewhere, it waits until no function runs and the queues that functions read are empty, at two looks
    /// in a row: what that cloud still carries from a topic or bus to a queue is in no queue.
    pub async fn idle(&self) -> Result<(), Stopped> {
        let mut empty_looks = 0;
        loop {
            self.driver.idle().await?;
            let Some(watch) = &self.watch else { return Ok(()) };
            empty_looks = if watch.is_idle().await { empty_looks + 1 } else { 0 };
            if empty_looks == 2 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Makes every invocation of a function fail, those under way too, as if its process crashed at its start.
    pub fn stop_function(&self, function: &str) -> Result<(), UnknownFunction> {
        self.set_stopped(function, true)
    }

    /// Ends what [`Self::stop_function`] began.
    pub fn start_function(&self, function: &str) -> Result<(), UnknownFunction> {
        self.set_stopped(function, false)
    }

    fn set_stopped(&self, function: &str, stopped: bool) -> Result<(), UnknownFunction> {
        match self.driver.set_stopped(self.name_of(function), stopped) {
            Ok(true) => Ok(()),
            Ok(false) | Err(Gone) => Err(UnknownFunction(function.to_owned())),
        }
    }

    /// Sends a signal to every process of a function; answers how many there are.
    pub fn signal(&self, function: &str, signal: Signal) -> Result<usize, Stopped> {
        Ok(self.driver.signal(self.name_of(function), signal)?)
    }

    /// How many messages each queue holds, by its name; empty when the endpoint elsewhere that has the queues is away.
    pub async fn census(&self) -> Result<BTreeMap<String, QueueCensus>, Stopped> {
        let census = match &self.watch {
            Some(watch) => watch.census().await.unwrap_or_default(),
            None => self.driver.census()?,
        };
        Ok(census.into_iter().map(|count| (count.queue.name().to_owned(), count)).collect())
    }

    fn name_of<'a>(&'a self, function: &'a str) -> &'a str {
        self.names.get(function).map_or(function, String::as_str)
    }

    /// Ends every process and closes every socket.
    pub async fn shutdown(mut self) {
        self.servers.shutdown().await;
        self.driver.shutdown().await;
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.driving.abort();
        self.driver.abandon();
    }
}

fn from_std(socket: std::net::TcpListener) -> Result<TcpListener, StartError> {
    TcpListener::from_std(socket).map_err(|source| StartError::System { what: "listen", source })
}

/// DynamoDB and S3 with what the topology has of them, and the folder that goes with S3.
fn stores(tables: &[Table], buckets: &[Bucket]) -> Result<(TempDir, DynamoDb, S3), StartError> {
    let files = TempDir::with_prefix("aqueduct-")
        .map_err(|source| StartError::System { what: "make a temporary folder", source })?;
    let dynamodb = DynamoDb::with_tables(tables).map_err(StartError::DynamoDb)?;
    let s3 = S3::with_buckets(&files, buckets).map_err(StartError::S3)?;
    Ok((files, dynamodb, s3))
}

/// Where the cloud runs: as its queues and functions say, else the account and Region of local clouds.
fn site(topology: &Topology, endpoint: &str) -> Site {
    let functions = topology.functions.iter().map(|function| &function.arn);
    let queues = topology.queues.iter().map(|queue| &queue.arn);
    let arn = functions.chain(queues).next();
    Site {
        account: arn.map_or("000000000000", |arn| arn.account()).to_owned(),
        region: arn.map_or("us-east-1", |arn| arn.region()).to_owned(),
        endpoint: endpoint.to_owned(),
    }
}

fn specs(topology: &Topology, endpoint: &str, options: &Options) -> Vec<Spec> {
    let none = BTreeMap::new();
    let spec = |function: &aqueduct_topology::Function| {
        let variables = options.environment.get(&function.id).unwrap_or(&none);
        Spec::new(function, options.executables.get(&function.id).cloned(), endpoint, variables)
    };
    topology.functions.iter().map(spec).collect()
}
