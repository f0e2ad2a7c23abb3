//! How a local run comes into being.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::Site;
use aqueduct_services::cloud::Cloud;
use aqueduct_services::lambda::UrlOf;
use aqueduct_stores::{DynamoDb, S3};
use aqueduct_topology::Topology;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::data::{Data, Hold, Journal, Records, Repairs};
use crate::driver::{Core, Driver, Hands, Hearing};
use crate::endpoint::Endpoint;
use crate::fleet::{Events, Fleet, Spec};
use crate::function_url::FunctionUrl;
use crate::post::Posts;
use crate::remote::Pollers;
use crate::sockets::{self, Front};
use crate::{Local, Options, Remote, Sockets, StartError, serve};

/// A cloud that nobody drives yet.
struct Origin {
    clock: Clock,
    cloud: Cloud,
    /// Where its changes go.
    kept: Option<(Hold, Records)>,
    repairs: Repairs,
}

impl Origin {
    /// A new cloud, or the one that `data` has.
    fn new(clock: Clock, site: Site, options: &Options, data: Option<Data>) -> Result<Self, StartError> {
        let cloud = |seed| {
            let mut cloud = Cloud::new(site, seed);
            cloud.set_watch(options.notes.into());
            cloud
        };
        let Some(data) = data else {
            return Ok(Self { clock, cloud: cloud(options.seed), kept: None, repairs: Repairs::default() });
        };
        // Identifiers must not come twice, and those of earlier starts are in the data.
        let mut cloud = cloud(options.seed ^ clock.now().as_millis());
        let (hold, records, repairs) = data.restore(clock.now(), &mut cloud)?;
        Ok(Self { clock, cloud, kept: Some((hold, records)), repairs })
    }
}

impl Local {
    /// Starts the cloud that `topology` describes and serves it on `sockets`.
    ///
    /// The topology must have been read for [`Sockets::deployment`] of the same sockets. Function processes start when
    /// they are first needed, and so do DynamoDB and S3 unless the topology has tables or buckets.
    ///
    /// With [`Options::data`], the cloud goes on from there: what the topology describes is created, or brought to what
    /// it describes, and messages stay.
    pub async fn start(topology: &Topology, sockets: Sockets, mut options: Options) -> Result<Self, StartError> {
        let clock = Clock::start();
        let Front::Here(listener) = sockets.endpoint else { return Err(StartError::NoEndpoint) };
        let endpoint = sockets::url(&listener);
        let data = options.data.take();
        let site = site(topology, &endpoint, &options, data.as_ref());
        let (dynamodb, s3) = stores(topology, data.as_ref(), clock).await?;
        let mut origin = Origin::new(clock, site.clone(), &options, data)?;
        origin.cloud.provision(clock.now(), topology)?;
        let mut local = Self::launch(topology, endpoint, sockets.function_urls, &options, origin, None)?;
        local.sweep(dynamodb.clone());
        let endpoint = Endpoint { driver: local.driver.clone(), clock, site: Arc::new(site), dynamodb, s3 };
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
        let mut origin = Origin::new(clock, site(topology, &endpoint, options, None), options, None)?;
        origin.cloud.provision_functions(clock.now(), topology, &remote.sources(topology))?;
        Self::launch(topology, endpoint, sockets.function_urls, options, origin, Some(remote))
    }

    /// Runs the functions of a cloud and serves their URLs.
    fn launch(
        topology: &Topology,
        endpoint: String,
        urls: BTreeMap<String, std::net::TcpListener>,
        options: &Options,
        origin: Origin,
        remote: Option<&Remote>,
    ) -> Result<Self, StartError> {
        let Origin { clock, mut cloud, kept, repairs } = origin;
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
        let fleet =
            Fleet::new(specs(topology, &endpoint, options), endpoint.clone(), clock, events.clone(), reports)
                .map_err(|source| StartError::System { what: "start the guard of the function processes", source })?;
        let elsewhere = remote.map(|remote| Pollers::start(remote, topology, clock, events.clone()));
        let (pollers, arrivals) = elsewhere.unzip();
        let (hold, records) = kept.unzip();
        let journal = records.map(Journal::start).transpose();
        let journal = journal.map_err(|source| StartError::System { what: "start the store's thread", source })?;
        let (journal, written) = journal.unzip();
        let (posts, posted) = Posts::new();
        let core = Core::new(cloud, clock, events, Hands { fleet, posts, pollers, journal });
        let (driver, handle) = Driver::new(core, clock, Hearing { reports: reported, posted, arrivals, written });
        let (failing, failure) = watch::channel(None);
        let driving = tokio::spawn(async move {
            if let Err(failed) = driver.run().await {
                failing.send_replace(Some(failed));
            }
        });
        let mut local = Self {
            endpoint,
            function_urls,
            names: topology.functions.iter().map(|function| (function.id.clone(), function.name.clone())).collect(),
            driver: handle,
            driving,
            failure,
            servers: JoinSet::new(),
            events: sender,
            watch: remote.map(|remote| remote.watch(topology)),
            repairs,
            _hold: hold,
        };
        local.serve_urls(urls, clock)?;
        Ok(local)
    }

    fn serve_urls(&mut self, urls: BTreeMap<String, std::net::TcpListener>, clock: Clock) -> Result<(), StartError> {
        for (id, socket) in urls {
            let Some(function) = self.names.get(&id).cloned() else { continue };
            let authority = socket.local_addr().map(|address| address.to_string()).unwrap_or_default();
            let (driver, url) = (self.driver.clone(), UrlOf::Function(function));
            let url = FunctionUrl { driver, clock, url, authority, prefix: String::new() };
            self.servers.spawn(serve::serve(from_std(socket)?, move |request| url.clone().answer(request)));
        }
        Ok(())
    }
}

fn from_std(socket: std::net::TcpListener) -> Result<TcpListener, StartError> {
    TcpListener::from_std(socket).map_err(|source| StartError::System { what: "listen", source })
}

/// DynamoDB and S3 with what the topology has of them.
async fn stores(topology: &Topology, data: Option<&Data>, clock: Clock) -> Result<(DynamoDb, S3), StartError> {
    let since_1970 = move || Duration::from_millis(clock.now().as_millis());
    let (dynamodb, s3) = (DynamoDb::new(data.map(Data::dynamodb)), S3::in_folder(data.map(Data::s3), since_1970));
    let (tables, buckets) = (topology.tables.clone(), topology.buckets.clone());
    let set_up = tokio::task::spawn_blocking(move || {
        dynamodb.provision(&tables).map_err(StartError::DynamoDb)?;
        s3.provision(&buckets).map_err(StartError::S3)?;
        Ok((dynamodb, s3))
    });
    set_up
        .await
        .map_err(|error| StartError::System { what: "set up DynamoDB and S3", source: std::io::Error::other(error) })?
}

/// Where the cloud runs: as its queues and functions say, else its data, else the options.
fn site(topology: &Topology, endpoint: &str, options: &Options, data: Option<&Data>) -> Site {
    let account = data.map_or(options.account.as_str(), Data::account);
    let region = data.map_or(options.region.as_str(), Data::region);
    let functions = topology.functions.iter().map(|function| &function.arn);
    let queues = topology.queues.iter().map(|queue| &queue.arn);
    let arn = functions.chain(queues).next();
    Site {
        account: arn.map_or(account, |arn| arn.account()).to_owned(),
        region: arn.map_or(region, |arn| arn.region()).to_owned(),
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
