//! The topology in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::{Arn, Topology};

use super::Preparing;
use crate::kernel::micros;
use crate::kernel::plan::{self, Plan};
use crate::kernel::routes::Entrance;
use crate::kernel::sample::Sample;
use crate::scenario::USUAL_TIME;
use crate::{Behaviour, Error};

/// The longest time that messages may arrive: counts of microseconds stay whole numbers in the arithmetic of rates.
const LASTS_MAX: Duration = Duration::from_hours(24 * 3_660);

impl Preparing<'_> {
    pub(super) fn topology_plan(&mut self) -> Result<Plan, Error> {
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
                takes_dead_letters: dead_letters.contains(queue.arn.as_str()),
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
}

/// Queues that others give messages up to.
fn dead_letter_queues(topology: &Topology) -> BTreeSet<&str> {
    let queues = topology.queues.iter().filter_map(|queue| queue.redrive.as_ref()).map(|redrive| &redrive.target);
    let functions = topology.functions.iter().map(|function| &function.asynchronous);
    let functions = functions.flat_map(|config| config.dead_letter.iter().chain(&config.on_failure));
    let subscriptions = topology.subscriptions.iter().filter_map(|subscription| subscription.dead_letter.as_ref());
    let targets = topology.rules.iter().flat_map(|rule| &rule.targets);
    let targets = targets.chain(topology.schedules.iter().map(|schedule| &schedule.target));
    let targets = targets.filter_map(|target| target.dead_letter.as_ref());
    let buses = topology.buses.iter().filter_map(|bus| bus.dead_letter.as_ref());
    queues.chain(functions).chain(subscriptions).chain(targets).chain(buses).map(Arn::as_str).collect()
}
