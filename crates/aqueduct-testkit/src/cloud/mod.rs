//! A template's cloud in virtual time, with the user's own functions and AWS SDK clients.

mod caller;
mod connector;
mod core;
mod driver;
mod entries;
mod execution;
mod function;
mod http;
mod mishaps;
mod shortcuts;
mod stores;
mod streaming;
mod time;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use aqueduct::Clock;
use aqueduct::aws::aws_config::retry::RetryConfig;
use aqueduct::aws::aws_config::{BehaviorVersion, Region};
use aqueduct::aws::{Environment, SdkConfig};
use aqueduct_services::cloud::Cloud as Services;
use aqueduct_services::cloud::virtual_time::StillBusy;
use aqueduct_services::lambda::Deployment;
use aqueduct_services::{Ids, Timestamp, sns};
use aqueduct_stores::DynamoDb;
use aqueduct_topology::Topology;
use aqueduct_wire::Service;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

pub use self::function::{Function, SetupError};
pub use self::streaming::Pieces;

use self::connector::Network;
use self::core::Shared;
use self::driver::{Cast, Registered, Running, Stage};
use self::function::BoxError;
use self::mishaps::Mishaps;
use self::stores::Stores;
use self::time::VirtualClock;
use crate::fault::{Fault, Faults, Point};
use crate::requests;
use crate::template::{ENDPOINT, Refused, START, Template, site};

/// How long [`Cloud::run_until_idle`] waits at most.
const IDLE_WITHIN: Duration = Duration::from_hours(30 * 24);

/// A template's cloud in virtual time.
///
/// Functions are the user's own code ([`Cloud::on`]), and AWS SDK clients of [`Cloud::config`] reach the cloud without a network.
/// Time stands still while code runs and jumps to whatever is due next when all code waits: timers of handlers, backoff of SDK
/// clients, visibility timeouts and schedules alike. The same seed gives the same run.
///
/// A function for which nothing was registered answers `null`, which is a success. Resources are named by logical id or by
/// physical name.
pub struct Cloud {
    // Dropped in this order: what runs before what it runs on.
    local: LocalSet,
    runtime: Runtime,
    shared: Shared,
    cast: Rc<Cast>,
    mishaps: Mishaps,
    dynamodb: DynamoDb,
    config: SdkConfig,
    clock: Clock,
    template: Template,
    seeds: RefCell<Ids>,
}

/// The services that calls go to.
const SERVICES: [Service; 8] = [
    Service::Sqs,
    Service::Sns,
    Service::Events,
    Service::Scheduler,
    Service::Lambda,
    Service::DynamoDb,
    Service::S3,
    Service::Sts,
];

impl Cloud {
    /// Deploys the template of a file; [`Template::open`] says where it is looked for.
    pub fn from_template(path: impl AsRef<Path>) -> Result<Self, Refused> {
        Self::new(&Template::open(path)?, 1)
    }

    /// Deploys the template of a text.
    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Self::new(&Template::parse(text)?, 1)
    }

    /// Deploys a template; identifiers and chance come from `seed`.
    pub fn new(template: &Template, seed: u64) -> Result<Self, Refused> {
        Self::with_faults(template, seed, Faults::none())
    }

    /// As [`Self::new`], with faults.
    pub fn with_faults(template: &Template, seed: u64, faults: Faults) -> Result<Self, Refused> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(Refused::InRuntime);
        }
        let mut seeds = Ids::new(seed);
        let runtime = runtime(seeds.next_u64()).map_err(Refused::Runtime)?;
        let (topology, time) = (template.topology(), VirtualClock::start(runtime.handle()));
        let now = time.clone();
        faults.log().time().set(move || now.now());
        let mut services = Services::new(site(), seeds.next_u64());
        let mishaps = Mishaps::new(faults, topology);
        services.set_liberties(mishaps.liberties());
        services.provision(START, topology).map_err(Refused::Deployment)?;
        let (shared, stores) = (Shared::new(services, time.clone()), Stores::new(topology, &time)?);
        let cast = Rc::new(Cast::default());
        let clock = time.for_handlers(seeds.next_u64());
        let dynamodb = stores.dynamodb.clone();
        let config = config(Network::new(shared.clone(), stores, mishaps.clone()), time);
        let local = LocalSet::new();
        let stage = Stage { shared: shared.clone(), cast: Rc::clone(&cast), mishaps: mishaps.clone() };
        local.spawn_local(driver::drive(stage));
        let (template, seeds) = (template.clone(), RefCell::new(seeds));
        Ok(Self { local, runtime, shared, cast, mishaps, dynamodb, config, clock, template, seeds })
    }

    /// Says what a function runs: `build` makes it of its environment, as `main` does, once for each execution environment.
    ///
    /// ```no_run
    /// # use aqueduct::aws::Environment;
    /// # use aqueduct::Consumer;
    /// # use aqueduct_testkit::Cloud;
    /// # fn consumer(aws: &Environment) -> Result<Consumer, std::io::Error> { unimplemented!() }
    /// let cloud = Cloud::from_template("infra/template.yaml")?;
    /// cloud.on("OrderProcessor", consumer)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on<B, R, E>(&self, function: &str, build: B) -> Result<(), SetupError>
    where
        B: Fn(&Environment) -> Result<R, E> + 'static,
        R: Into<Function>,
        E: Into<BoxError>,
    {
        let topology = self.topology();
        let known = topology.functions.iter().find(|known| known.id == function || known.name == function);
        let Some(known) = known else {
            let known = topology.functions.iter().map(|function| function.id.clone()).collect();
            return Err(SetupError::NoFunction { name: function.to_owned(), known });
        };
        let (name, settings) = (known.name.clone(), Deployment::of_template(known).variables());
        let (config, clock) = (self.config.clone(), self.clock_of(&known.id));
        let start = move || {
            let environment = Environment::with_settings(config.clone(), settings.clone());
            let function = clock.stand_in(|| build(&environment)).map_err(Into::into)?.into();
            Ok(Running { function: Rc::new(function.named(&name)), clock: clock.clone() })
        };
        let _inside = self.runtime.enter();
        let registered = Registered::new(Box::new(start));
        let registered = registered.map_err(|source| SetupError::Failed { name: function.to_owned(), source })?;
        self.cast.register(known.name.clone(), registered);
        Ok(())
    }

    /// The clock of a function, which a fault may have set wrong.
    fn clock_of(&self, function: &str) -> Clock {
        let Some(Fault::Skew { millis }) = self.mishaps.at(&Point::Clock { function: function.to_owned() }) else {
            return self.clock.clone();
        };
        let (now, id) = (self.clock.clone(), self.clock.clone());
        let skew = jiff::SignedDuration::from_millis(millis);
        Clock::new(move || now.now().saturating_add(skew).unwrap_or(jiff::Timestamp::MAX), move || id.id())
    }

    /// Takes a function, a service (`DynamoDB`) or an operation (`SNS.Publish`) away from one point in time to another, counted
    /// from the start: invocations crash, and calls are answered with 503. A name that nothing here has is refused.
    pub fn outage(&self, what: &str, during: Range<Duration>) -> Result<(), SetupError> {
        let topology = self.topology();
        let is_function = topology.functions.iter().any(|known| known.id == what || known.name == what);
        let (service, operation) =
            what.split_once('.').map_or((what, None), |(service, operation)| (service, Some(operation)));
        match SERVICES.into_iter().find(|known| connector::name(*known) == service) {
            Some(service) => is_operation(service, operation)?,
            None if is_function => {}
            None => {
                let functions = topology.functions.iter().map(|function| function.id.clone()).collect();
                let services = SERVICES.map(connector::name).to_vec();
                return Err(SetupError::NothingToTakeAway { name: what.to_owned(), functions, services });
            }
        }
        let name = requests::function_name(topology, what);
        self.mishaps.outage(self.mishaps.id(&name), during);
        Ok(())
    }

    /// Says who is told of each item of a table whenever it changes, as DynamoDB has it then, such as `{"id": {"S": "ord_1"}}`. It is
    /// how a test follows what real functions keep, step by step. What is deleted, or written by a statement of `PartiQL`, is not told.
    pub fn on_item(
        &self,
        table: &str,
        tell: impl Fn(&serde_json::Value) + Send + Sync + 'static,
    ) -> Result<(), SetupError> {
        let tables = &self.topology().tables;
        let Some(known) = tables.iter().find(|known| known.id == table || known.name == table) else {
            let known = tables.iter().map(|table| table.id.clone()).collect();
            return Err(SetupError::NoTable { name: table.to_owned(), known });
        };
        self.dynamodb.on_item(&known.name, tell);
        Ok(())
    }

    /// Says what answers the requests that SNS sends to a URL; to any other there is no connection.
    pub fn on_post(&self, url: &str, answer: impl FnMut(&sns::Post) -> sns::Posted + 'static) {
        self.cast.on_post(url, Box::new(answer));
    }

    /// What the test itself is given of AWS, without settings: its clients, whose calls are to be made within [`Cloud::run`].
    pub fn environment(&self) -> Environment {
        Environment::with_settings(self.config.clone(), BTreeMap::new())
    }

    /// The configuration for AWS SDK clients of any service, whose calls are to be made within [`Cloud::run`].
    ///
    /// What clients may spend on retries, the SDK counts for all clients of a process together, and a configuration cannot change that:
    /// where failing calls are many, those of [`Cloud::environment`] keep a run from depending on those before it.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The clock that handlers are given.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the template describes.
    pub fn topology(&self) -> &Topology {
        self.template.topology()
    }

    /// Runs a future to its end, and the cloud with it. [`Clock::system`] is the cloud's clock in it.
    ///
    /// # Panics
    ///
    /// Within another `run`, as Tokio's `block_on` does.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        // Jitter and invocation ids of SDK clients come from here.
        fastrand::seed(self.seeds.borrow_mut().next_u64());
        self.runtime.block_on(self.local.run_until(self.clock.stand_in_for(future)))
    }

    /// Lets `duration` pass.
    pub fn run_for(&self, duration: Duration) {
        self.run(async { tokio::time::sleep(duration).await });
    }

    /// Lets time pass until nothing waits, runs or is to be tried again, but not more than 30 days. Schedules do not count.
    pub fn run_until_idle(&self) -> Result<(), StillBusy> {
        let rested = self.run(async { tokio::time::timeout(IDLE_WITHIN, self.shared.rest()).await });
        rested.map_err(|_| StillBusy { at: self.now() })
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.shared.clock().now()
    }

    /// How long it is since the start.
    pub fn elapsed(&self) -> Duration {
        self.shared.clock().elapsed()
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cloud").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}

/// An operation that a service does not have would be away without anybody noticing. Of services whose operations are not
/// listed, every name is taken.
fn is_operation(service: Service, operation: Option<&str>) -> Result<(), SetupError> {
    let known = aqueduct_wire::actions(service);
    match operation.filter(|operation| !known.is_empty() && !known.contains(operation)) {
        None => Ok(()),
        Some(operation) => {
            let (service, name, known) = (connector::name(service), operation.to_owned(), known.to_vec());
            Err(SetupError::NoOperation { service, name, known })
        }
    }
}

/// A runtime whose time is virtual.
fn runtime(seed: u64) -> std::io::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    // The chance of `select!`, which only an unstable build lets itself be told.
    #[cfg(tokio_unstable)]
    builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_le_bytes()));
    #[cfg(not(tokio_unstable))]
    let _ = seed;
    builder.build()
}

/// The configuration that leads SDK clients here.
fn config(network: Network, time: VirtualClock) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "aqueduct-testkit");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(site().region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(ENDPOINT)
        .http_client(SharedHttpClient::new(network))
        .retry_config(RetryConfig::standard())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(time))
        .build()
}
