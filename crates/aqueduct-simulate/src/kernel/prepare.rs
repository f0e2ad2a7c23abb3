//! From names to numbers: the scenario is held against the topology, and everything that is wrong is said at once.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{Arn, Topology};

use super::arrivals::{Curve, Pace};
use super::plan::{self, Call, Names, Place, Plan, Way};
use super::routes::{Entrance, Router};
use super::sample::Sample;
use super::{micros, prepare_steps};
use crate::scenario::problem::known;
use crate::scenario::{USUAL_TIME, moment};
use crate::{Arrivals, Behaviour, Error, Prepared, Problem, Process, Publication, ServiceTime};

/// The longest time that messages may arrive: counts of microseconds stay whole numbers in the arithmetic of rates.
const LASTS_MAX: Duration = Duration::from_hours(24 * 3_660);

/// Goals that an item keeps count of.
const GOALS_MAX: usize = 32;

/// The distance of the 99th percentile of the normal distribution from its mean, in standard deviations.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// Makes the plan of a scenario.
pub(super) fn plan(topology: &Topology, prepared: &Prepared) -> Result<Plan, Error> {
    Router::check(topology).map_err(Error::Deployment)?;
    let mut preparing = Preparing::new(topology, prepared);
    let mut plan = preparing.topology_plan()?;
    preparing.arrivals(&mut plan);
    preparing.functions(&mut plan);
    preparing.goals(&mut plan);
    prepare_steps::steps(&mut preparing, &mut plan);
    preparing.groups(&mut plan);
    for mapping in 0..plan.mappings.len() {
        plan.mappings[mapping].passes = preparing.router.passes(mapping).map_err(Error::Deployment)?;
    }
    if preparing.problems.is_empty() { Ok(plan) } else { Err(Error::Scenario(preparing.problems)) }
}

/// A plan in the making.
#[derive(Debug)]
pub(super) struct Preparing<'a> {
    pub(super) topology: &'a Topology,
    pub(super) prepared: &'a Prepared,
    pub(super) queues: Names,
    pub(super) functions: Names,
    pub(super) mappings: Names,
    topics: Names,
    buses: Names,
    router: Router<'a>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Preparing<'a> {
    fn new(topology: &'a Topology, prepared: &'a Prepared) -> Self {
        Self {
            topology,
            prepared,
            queues: Names::new(topology.queues.iter().map(|queue| &queue.id)),
            functions: Names::new(topology.functions.iter().map(|function| &function.id)),
            mappings: Names::new(topology.mappings.iter().map(|mapping| &mapping.id)),
            topics: Names::new(topology.topics.iter().map(|topic| &topic.id)),
            buses: Names::new(topology.buses.iter().map(|bus| &bus.id)),
            router: Router::new(topology),
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(self.prepared.problem(key, message));
    }

    /// Notes a problem unless something holds.
    pub(super) fn expect(&mut self, holds: bool, key: &str, message: &str) {
        if !holds {
            self.problem(key, message);
        }
    }

    pub(super) fn share(&mut self, share: f64, key: &str) {
        self.expect((0.0..=1.0).contains(&share), key, &format!("{share} is no share; shares go from 0 to 1"));
    }

    /// The number of a function.
    pub(super) fn function(&mut self, id: &str, key: &str) -> Option<u32> {
        let function = self.functions.get(id);
        if function.is_none() {
            let known = known(self.functions.iter());
            self.problem(key, format!("the topology has no function {id:?}; it has {known}"));
        }
        function
    }

    /// The number of a queue.
    pub(super) fn queue(&mut self, id: &str, key: &str) -> Option<u32> {
        let queue = self.queues.get(id);
        if queue.is_none() {
            let known = known(self.queues.iter());
            self.problem(key, format!("the topology has no queue {id:?}; it has {known}"));
        }
        queue
    }

    /// The number of a queue by its ARN.
    fn by_arn(&self, arn: &Arn) -> Option<u32> {
        (0..).zip(&self.topology.queues).find(|(_, queue)| queue.arn == *arn).map(|(number, _)| number)
    }

    fn topology_plan(&mut self) -> Result<Plan, Error> {
        let topology = self.topology;
        let mut plan = Plan { lasts: micros(self.prepared.scenario.lasts), ..Plan::default() };
        let lasts = self.prepared.scenario.lasts;
        self.expect(
            !lasts.is_zero() && lasts <= LASTS_MAX,
            "lasts",
            "a scenario lasts longer than 0 s, and ten years at most",
        );
        let dead_letters = dead_letter_queues(topology);
        for queue in &topology.queues {
            let redrive = queue.redrive.as_ref();
            plan.queues.push(plan::Queue {
                id: queue.id.clone(),
                fifo: queue.fifo,
                visibility: micros(queue.visibility_timeout),
                retention: micros(queue.retention),
                delay: micros(queue.delay),
                redrive: redrive.and_then(|redrive| Some((self.by_arn(&redrive.target)?, redrive.receives_max))),
                takes_dead_letters: dead_letters.contains(&&queue.arn),
                has_groups: false,
                mappings: Vec::new(),
            });
        }
        let functions = topology.functions.iter();
        let by_arn: BTreeMap<&str, u32> = functions.map(|function| function.arn.as_str()).zip(0..).collect();
        for (number, mapping) in (0..).zip(&topology.mappings) {
            let function = by_arn.get(mapping.function.as_str()).copied();
            let (Some(queue), Some(function)) = (self.by_arn(&mapping.queue), function) else { continue };
            if mapping.enabled {
                plan.queues[queue as usize].mappings.push(number);
            }
            plan.mappings.push(plan::Mapping {
                queue,
                function,
                batch_size: mapping.batch_size as usize,
                window: micros(mapping.window),
                partial: mapping.reports_batch_item_failures,
                concurrency_max: mapping.concurrency_max,
                passes: None,
            });
        }
        for number in 0..topology.functions.len() {
            let function = self.function_plan(number).map_err(Error::Deployment)?;
            plan.functions.push(function);
        }
        Ok(plan)
    }

    fn function_plan(&mut self, number: usize) -> Result<plan::Function, aqueduct_services::ApiError> {
        let function = &self.topology.functions[number];
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        let asynchronous = &function.asynchronous;
        let on_success = match asynchronous.on_success {
            Some(_) => self.router.ways(Entrance::Success(index), &Sample::any())?,
            None => Vec::new(),
        };
        let on_failure = match (&asynchronous.on_failure, &asynchronous.dead_letter) {
            (None, None) => None,
            _ => Some(self.router.ways(Entrance::Failure(index), &Sample::any())?),
        };
        let usual = plan::ServiceTime::Fixed(micros(USUAL_TIME));
        Ok(plan::Function {
            id: function.id.clone(),
            timeout: micros(function.timeout),
            memory_mb: function.memory_mb,
            reserved: function.reserved_concurrency,
            retries_max: asynchronous.retries_max,
            age_max: micros(asynchronous.age_max),
            on_success,
            on_failure,
            behaviour: plan::Behaviour::new(&Behaviour::default(), usual, Vec::new()),
        })
    }

    fn arrivals(&mut self, plan: &mut Plan) {
        let scenario = &self.prepared.scenario;
        self.expect(!scenario.arrivals.is_empty(), "arrivals", "nothing arrives; a scenario needs one at least");
        self.expect(scenario.arrivals.len() < usize::from(u16::MAX), "arrivals", "there are too many");
        for (index, arrivals) in scenario.arrivals.iter().enumerate() {
            let key = format!("arrivals[{index}]");
            let is_again = scenario.arrivals[..index].iter().any(|other| other.name == arrivals.name);
            let name = &arrivals.name;
            self.expect(!is_again, &format!("{key}.name"), &format!("there are two arrivals named {name:?}"));
            self.share(arrivals.noisy_share, &format!("{key}.noisy_share"));
            let pace = self.pace(arrivals, &format!("{key}.process"));
            let ways = self.ways(&arrivals.to, arrivals.sample.as_deref(), &key);
            let (Some(pace), Some((call, ways))) = (pace, ways) else { continue };
            let reaches = !ways.is_empty() || matches!(call, Call::Queue(_) | Call::Function);
            let nobody = "no subscription or rule takes the sample, so that nothing would happen";
            self.expect(reaches, &format!("{key}.sample"), nobody);
            let url = self.topology.functions.iter().find(|function| function.id == arrivals.to);
            plan.arrivals.push(plan::Arrivals {
                name: name.clone(),
                pace,
                call,
                is_synchronous: call == Call::Function && url.is_some_and(|function| function.url.is_some()),
                ways,
                groups: arrivals.groups,
                noisy_share: arrivals.noisy_share,
            });
        }
        plan.groups = scenario.arrivals.iter().map(|arrivals| arrivals.groups).max().unwrap_or_default();
    }

    fn pace(&mut self, arrivals: &Arrivals, key: &str) -> Option<Pace> {
        let problems = self.problems.len();
        let pace = match &arrivals.process {
            Process::Constant { per_second } => {
                self.rate(*per_second, key);
                if *per_second > 0.0 { Pace::Constant { gap: 1e6 / per_second } } else { nothing() }
            }
            Process::Poisson { per_second } => {
                self.rate(*per_second, key);
                if *per_second > 0.0 { Pace::Poisson { gap: 1e6 / per_second } } else { nothing() }
            }
            Process::Daily { points } => self.daily(points, key)?,
            Process::Burst { at, items } => Pace::Burst { at: micros(*at), items: *items },
            Process::Trace { file } => Pace::Trace(self.trace(file, key)?),
        };
        (self.problems.len() == problems).then_some(pace)
    }

    fn rate(&mut self, rate: f64, key: &str) {
        let holds = rate.is_finite() && (0.0..=1e6).contains(&rate);
        self.expect(holds, &format!("{key}.per_second"), &format!("{rate} is no rate; it goes from 0 to a million"));
    }

    fn daily(&mut self, points: &BTreeMap<String, f64>, key: &str) -> Option<Pace> {
        let mut curve = Vec::new();
        for (time, rate) in points {
            let key = format!("{key}.points.{time}");
            let of_day = time.parse::<jiff::civil::Time>().ok().filter(|_| time.contains(':'));
            let Some(of_day) = of_day else {
                self.problem(&key, format!("{time:?} is no time of day; write it like \"08:30\""));
                return None;
            };
            let holds = rate.is_finite() && (0.0..=1e6).contains(rate);
            self.expect(holds, &key, &format!("{rate} is no rate; it goes from 0 to a million"));
            curve.push((since_midnight(of_day), *rate));
        }
        if curve.is_empty() {
            self.problem(&format!("{key}.points"), "a curve needs a point at least");
            return None;
        }
        let start = self.prepared.scenario.start.to_zoned(jiff::tz::TimeZone::UTC).time();
        Some(Pace::Daily(Curve::new(&curve, since_midnight(start))))
    }

    /// The times of a file, in order.
    fn trace(&mut self, name: &str, key: &str) -> Option<Vec<u64>> {
        let start = self.prepared.scenario.start;
        let time = |line: &str| {
            if let Ok(seconds) = line.parse::<f64>() {
                return Duration::try_from_secs_f64(seconds).ok().map(micros);
            }
            let since = moment::parse(line)?.duration_since(start);
            Duration::try_from(since).ok().map(micros)
        };
        let wrong = "is neither a time like 2027-01-15T08:00:00Z at the start or later, nor seconds since the start";
        let mut times = self.lines(name, &format!("{key}.file"), time, wrong)?;
        times.sort_unstable();
        Some(times)
    }

    /// What is on the lines of a file; empty ones and comments behind `#` are left out.
    fn lines<T>(&mut self, name: &str, key: &str, read: impl Fn(&str) -> Option<T>, wrong: &str) -> Option<Vec<T>> {
        let file = match self.prepared.file(key, name) {
            Ok(file) => file,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        let mut values = Vec::new();
        for (index, line) in file.text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some(value) = read(line) else {
                let message = format!("{line:?} {wrong}");
                let (file, line) = (file.name.to_owned(), Some(index + 1));
                self.problems.push(Problem { file, line, key: key.to_owned(), message });
                return None;
            };
            values.push(value);
        }
        Some(values)
    }

    /// What is called to send something to a resource, and where copies of it arrive.
    fn ways(&mut self, to: &str, sample: Option<&str>, key: &str) -> Option<(Call, Vec<Way>)> {
        let (entrance, call) = if let Some(queue) = self.queues.get(to) {
            (Entrance::Queue(queue), Call::Queue(queue))
        } else if let Some(topic) = self.topics.get(to) {
            (Entrance::Topic(topic), Call::Topic)
        } else if let Some(bus) = self.buses.get(to) {
            (Entrance::Bus(bus), Call::Bus)
        } else if let Some(function) = self.functions.get(to) {
            (Entrance::Function(function), Call::Function)
        } else {
            let names = [&self.queues, &self.topics, &self.buses, &self.functions];
            let known = known(names.into_iter().flat_map(Names::iter));
            let message = format!("the topology has no queue, topic, bus or function {to:?}; it has {known}");
            self.problem(&format!("{key}.to"), message);
            return None;
        };
        let key = format!("{key}.sample");
        let sample = self.sample(sample, entrance, to, &key)?;
        match self.router.ways(entrance, &sample) {
            Ok(ways) => Some((call, ways)),
            Err(error) => {
                self.problem(&key, format!("{to} refuses it: {error}"));
                None
            }
        }
    }

    /// The sample of a name; without one, something that will do where nobody looks into it.
    fn sample(&mut self, name: Option<&str>, entrance: Entrance, to: &str, key: &str) -> Option<Sample> {
        let Some(name) = name else {
            let Some(asks) = self.asks(entrance) else { return Some(Sample::any()) };
            self.problem(key, format!("{asks} looks into what comes to {to}; give a `sample` of it"));
            return None;
        };
        match self.prepared.file(key, name) {
            Ok(file) => Some(Sample::read(file.text)),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Who looks into what is given there: a filter policy, an event pattern, or a mapping's filter.
    fn asks(&self, entrance: Entrance) -> Option<String> {
        let topology = self.topology;
        match entrance {
            Entrance::Queue(queue) => {
                let queue = &topology.queues[queue as usize].arn;
                let mut mappings = topology.mappings.iter().filter(|mapping| mapping.queue == *queue);
                mappings.find(|mapping| !mapping.filters.is_empty()).map(|mapping| mapping.id.clone())
            }
            Entrance::Topic(topic) => {
                let topic = &topology.topics[topic as usize].arn;
                let mut of_topic = topology.subscriptions.iter().filter(|subscription| subscription.topic == *topic);
                of_topic.find(|subscription| subscription.filter_policy.is_some()).map(|asks| asks.id.clone())
            }
            Entrance::Bus(bus) => {
                let bus = &topology.buses[bus as usize].arn;
                let mut rules = topology.rules.iter().filter(|rule| rule.bus == *bus && rule.pattern.is_some());
                rules.next().map(|rule| rule.id.clone())
            }
            _ => None,
        }
    }

    fn functions(&mut self, plan: &mut Plan) {
        for (id, behaviour) in &self.prepared.scenario.functions {
            let key = format!("functions.{id}");
            let Some(function) = self.function(id, &key) else { continue };
            self.share(behaviour.failing, &format!("{key}.failing"));
            self.share(behaviour.poison, &format!("{key}.poison"));
            for (name, value) in [("reads", behaviour.reads), ("writes", behaviour.writes)] {
                let holds = value.is_finite() && value >= 0.0;
                self.expect(holds, &format!("{key}.{name}"), &format!("{value} is no number of calls"));
            }
            let tries = behaviour.attempts != Some(0);
            self.expect(tries, &format!("{key}.attempts"), "a record is tried once at least");
            let takes = self.service_time(&behaviour.takes, &format!("{key}.takes"));
            let publishes = self.publications(&behaviour.publishes, &key);
            let Some(takes) = takes else { continue };
            plan.functions[function as usize].behaviour = plan::Behaviour::new(behaviour, takes, publishes);
        }
    }

    fn publications(&mut self, publications: &[Publication], key: &str) -> Vec<plan::Publication> {
        let mut plans = Vec::new();
        for (index, publication) in publications.iter().enumerate() {
            let key = format!("{key}.publishes[{index}]");
            let count = publication.count;
            let holds = (0.0..=10_000.0).contains(&count);
            self.expect(holds, &format!("{key}.count"), &format!("{count} is no count; it goes from 0 to 10,000"));
            if let Some((call, ways)) = self.ways(&publication.to, publication.sample.as_deref(), &key) {
                plans.push(plan::Publication { count, call, ways });
            }
        }
        plans
    }

    fn service_time(&mut self, takes: &ServiceTime, key: &str) -> Option<plan::ServiceTime> {
        match takes {
            ServiceTime::Fixed { fixed } => Some(plan::ServiceTime::Fixed(micros(*fixed))),
            ServiceTime::Exponential { mean } => Some(plan::ServiceTime::Exponential(mean.as_secs_f64() * 1e6)),
            ServiceTime::Lognormal { p50, p99 } => {
                if p50.is_zero() || p99 < p50 {
                    self.problem(key, "`p50` is more than nothing, and `p99` is not less than it");
                    return None;
                }
                let (middle, high) = (p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6);
                let spread = (libm::log(high) - libm::log(middle)) / NORMAL_P99;
                Some(plan::ServiceTime::Lognormal(libm::log(middle), spread))
            }
            ServiceTime::Empirical { file } => {
                let time = |line: &str| {
                    let span: jiff::SignedDuration = line.parse().ok()?;
                    Duration::try_from(span).ok().map(micros)
                };
                let key = format!("{key}.file");
                let times = self.lines(file, &key, time, "is no duration; write it like 120ms")?;
                self.expect(!times.is_empty(), &key, "there is no time in the file");
                (!times.is_empty()).then_some(plan::ServiceTime::Empirical(times))
            }
        }
    }

    fn goals(&mut self, plan: &mut Plan) {
        let goals = &self.prepared.scenario.goals;
        self.expect(goals.len() <= GOALS_MAX, "goals", &format!("there are more than {GOALS_MAX}"));
        for (index, goal) in goals.iter().enumerate() {
            let key = format!("goals[{index}]");
            self.share(goal.share, &format!("{key}.share"));
            let arrivals = self.prepared.scenario.arrivals.iter().position(|arrivals| arrivals.name == goal.of);
            let function = self.function(&goal.done_by, &format!("{key}.done_by"));
            let Some(arrivals) = arrivals else {
                let names = known(self.prepared.scenario.arrivals.iter().map(|arrivals| arrivals.name.as_str()));
                self.problem(&format!("{key}.of"), format!("nothing arrives as {:?}; there are {names}", goal.of));
                continue;
            };
            let (Some(function), Ok(arrivals)) = (function, u16::try_from(arrivals)) else { continue };
            plan.goals.push(plan::Goal { arrivals, function, within: micros(goal.within), share: goal.share });
        }
    }

    /// A FIFO queue takes no message without a group, so that items which can reach one need groups.
    fn groups(&mut self, plan: &mut Plan) {
        let published = plan.functions.iter().flat_map(|function| &function.behaviour.publishes);
        let published = published.flat_map(|publication| &publication.ways);
        let arriving = plan.arrivals.iter().flat_map(|arrivals| &arrivals.ways);
        let of_group = published.chain(arriving).filter(|way| plan.groups > 0 && way.group == plan::Grouping::Own);
        let queues: Vec<u32> = of_group
            .filter_map(|way| match way.to {
                Place::Queue(queue) => Some(queue),
                _ => None,
            })
            .collect();
        for queue in queues {
            plan.queues[queue as usize].has_groups = true;
        }
        for (index, arrivals) in plan.arrivals.iter().enumerate().filter(|(_, arrivals)| arrivals.groups == 0) {
            if let Some(queue) = fifo_queue_reached(plan, &arrivals.ways) {
                let message = format!(
                    "{} takes no message without a group, and {} reach it; say among how many groups they are spread",
                    plan.queues[queue as usize].id, arrivals.name
                );
                self.problems.push(self.prepared.problem(&format!("arrivals[{index}].groups"), message));
            }
        }
    }
}

/// A FIFO queue that copies with their item's own group reach.
fn fifo_queue_reached(plan: &Plan, ways: &[Way]) -> Option<u32> {
    let mut places: Vec<Way> = ways.to_vec();
    let mut next = 0;
    while let Some(way) = places.get(next).copied() {
        next += 1;
        let functions: Vec<u32> = match way.to {
            Place::Queue(queue) => {
                let queue_plan = &plan.queues[queue as usize];
                if queue_plan.fifo && way.group == plan::Grouping::Own {
                    return Some(queue);
                }
                queue_plan.mappings.iter().map(|mapping| plan.mappings[*mapping as usize].function).collect()
            }
            Place::Function(function) => vec![function],
            Place::Nowhere => Vec::new(),
        };
        for function in functions {
            let function = &plan.functions[function as usize];
            let published = function.behaviour.publishes.iter().flat_map(|publication| &publication.ways);
            for way in published.chain(&function.on_success) {
                if !places.contains(way) {
                    places.push(*way);
                }
            }
        }
    }
    None
}

/// Queues that others give messages up to.
fn dead_letter_queues(topology: &Topology) -> Vec<&Arn> {
    let queues = topology.queues.iter().filter_map(|queue| queue.redrive.as_ref()).map(|redrive| &redrive.target);
    let functions = topology.functions.iter().map(|function| &function.asynchronous);
    let functions = functions.flat_map(|config| config.dead_letter.iter().chain(&config.on_failure));
    let subscriptions = topology.subscriptions.iter().filter_map(|subscription| subscription.dead_letter.as_ref());
    let targets = topology.rules.iter().flat_map(|rule| &rule.targets);
    let targets = targets.chain(topology.schedules.iter().map(|schedule| &schedule.target));
    let targets = targets.filter_map(|target| target.dead_letter.as_ref());
    let buses = topology.buses.iter().filter_map(|bus| bus.dead_letter.as_ref());
    queues.chain(functions).chain(subscriptions).chain(targets).chain(buses).collect()
}

/// A process that brings nothing.
const fn nothing() -> Pace {
    Pace::Burst { at: 0, items: 0 }
}

fn since_midnight(time: jiff::civil::Time) -> Duration {
    let since = time.duration_since(jiff::civil::Time::midnight());
    Duration::try_from(since).unwrap_or_default()
}
