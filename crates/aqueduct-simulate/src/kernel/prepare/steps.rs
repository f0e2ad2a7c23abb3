//! Faults and changes by time.

use aqueduct_topology::Topology;

use super::Preparing;
use crate::kernel::agenda::Micros;
use crate::kernel::micros;
use crate::kernel::plan::{Change, FunctionFault, Plan, Step};
use crate::kernel::routes::Router;
use crate::scenario::problem::known_for;
use crate::{Fault, FaultKind, Setting};

/// Notes what changes, in the order of time.
pub(super) fn steps(preparing: &mut Preparing<'_>, plan: &mut Plan) {
    let prepared = preparing.prepared;
    plan.faults_count = prepared.scenario.faults.len();
    let mut steps: Vec<(Micros, Step)> = Vec::new();
    for (index, fault) in prepared.scenario.faults.iter().enumerate() {
        let key = format!("faults[{index}]");
        let (from, until) = (micros(fault.from), micros(fault.until));
        preparing.expect(fault.from <= fault.until, &format!("{key}.until"), "a fault ends when it began, or later");
        if let Some((begin, end)) = fault_steps(preparing, plan, index, fault, &key) {
            steps.push((from, begin));
            steps.extend(end.map(|end| (until, end)));
        }
        let (first, last) = plan.faults.unwrap_or((from, until));
        plan.faults = Some((first.min(from), last.max(until)));
    }
    changes(preparing, &mut steps);
    if let Some((first, last)) = plan.faults {
        steps.insert(0, (first, Step::FirstFault));
        steps.push((last, Step::LastFaultOver));
    }
    // Ends come before begins of the same time where they are written so; the first fault's mark comes before all.
    steps.sort_by_key(|(at, _)| *at);
    plan.steps = steps;
}

/// What a fault changes when it begins, and when it ends.
fn fault_steps(
    preparing: &mut Preparing<'_>,
    plan: &Plan,
    number: usize,
    fault: &Fault,
    key: &str,
) -> Option<(Step, Option<Step>)> {
    let (function, kind) = match &fault.kind {
        FaultKind::Outage { function, fails_after } => (function, FunctionFault::Outage(micros(*fails_after))),
        FaultKind::SlowDown { function, factor } => {
            let holds = factor.is_finite() && *factor > 0.0;
            preparing.expect(holds, &format!("{key}.factor"), &format!("{factor} is no factor; it is more than 0"));
            (function, FunctionFault::SlowDown(*factor))
        }
        FaultKind::Throttling { function, concurrency } => (function, FunctionFault::Throttling(*concurrency)),
        FaultKind::DependencyCapacity { function, per_second } => {
            let holds = per_second.is_finite() && *per_second >= 0.0;
            preparing.expect(holds, &format!("{key}.per_second"), &format!("{per_second} is no rate"));
            (function, FunctionFault::Capacity(*per_second))
        }
        FaultKind::Poison { function, share } => {
            preparing.share(*share, &format!("{key}.share"));
            (function, FunctionFault::Poison(*share))
        }
        FaultKind::Crash { function, share } => {
            preparing.share(*share, &format!("{key}.share"));
            (function, FunctionFault::Crash(*share))
        }
        FaultKind::Duplicates { queue, share } => {
            preparing.share(*share, &format!("{key}.share"));
            let queue = preparing.queue(queue, &format!("{key}.queue"))?;
            let is_standard = !plan.queues[queue as usize].fifo;
            preparing.expect(is_standard, &format!("{key}.queue"), "a FIFO queue delivers once");
            return Some((Step::Duplicate(queue, number, *share), Some(Step::EndDuplicates(queue, number))));
        }
        FaultKind::Redrive { queue, per_second } => return redrive(preparing, plan, (number, queue), *per_second, key),
    };
    let function = preparing.function(function, &format!("{key}.function"))?;
    Some((Step::Begin(function, number, kind), Some(Step::End(function, number))))
}

fn redrive(
    preparing: &mut Preparing<'_>,
    plan: &Plan,
    (fault, queue): (usize, &str),
    rate: Option<u32>,
    key: &str,
) -> Option<(Step, Option<Step>)> {
    use aqueduct_services::sqs::limits::MOVE_RATE_MAX;

    let number = preparing.queue(queue, &format!("{key}.queue"))?;
    let mut targets: Vec<&str> = Vec::new();
    for (target, _) in plan.queues.iter().filter_map(|queue| queue.redrive) {
        targets.push(&plan.queues[target as usize].id);
    }
    if !targets.contains(&queue) {
        let known = known_for(queue, targets);
        let message = format!("{queue} is no queue's dead-letter queue, and SQS moves back from those alone: {known}");
        preparing.problem(&format!("{key}.queue"), message);
        return None;
    }
    let holds = rate.is_none_or(|rate| (1..=MOVE_RATE_MAX).contains(&rate));
    let message = format!("SQS moves from 1 to {MOVE_RATE_MAX} messages a second");
    preparing.expect(holds, &format!("{key}.per_second"), &message);
    Some((Step::Redrive(number, fault, rate), None))
}

fn changes(preparing: &mut Preparing<'_>, steps: &mut Vec<(Micros, Step)>) {
    let prepared = preparing.prepared;
    let mut changed = preparing.topology.clone();
    let mut order: Vec<usize> = (0..prepared.scenario.changes.len()).collect();
    order.sort_by_key(|index| prepared.scenario.changes[*index].at);
    for index in order {
        let change = &prepared.scenario.changes[index];
        let key = format!("changes[{index}]");
        let Some(step) = change_step(preparing, &mut changed, change, &key) else { continue };
        if let Err(error) = Router::check(&changed) {
            preparing.problem(&format!("{key}.value"), error.to_string());
        }
        steps.push((micros(change.at), Step::Set(step)));
    }
}

/// Makes a change in the topology, and says it in numbers.
fn change_step(
    preparing: &mut Preparing<'_>,
    topology: &mut Topology,
    change: &crate::Change,
    key: &str,
) -> Option<Change> {
    let (resource, value) = (change.resource.as_str(), change.value);
    let seconds = std::time::Duration::from_secs(value);
    let Ok(count) = u32::try_from(value) else {
        preparing.problem(&format!("{key}.value"), format!("{value} is too large"));
        return None;
    };
    let queue = preparing.queues.get(resource);
    let function = preparing.functions.get(resource);
    let mapping = preparing.mappings.get(resource);
    let step = match (change.setting, queue, function, mapping) {
        (Setting::VisibilityTimeout, Some(queue), ..) => {
            topology.queues[queue as usize].visibility_timeout = seconds;
            Change::Visibility(queue, micros(seconds))
        }
        (Setting::DelaySeconds, Some(queue), ..) => {
            topology.queues[queue as usize].delay = seconds;
            Change::Delay(queue, micros(seconds))
        }
        (Setting::MessageRetentionPeriod, Some(queue), ..) => {
            topology.queues[queue as usize].retention = seconds;
            Change::Retention(queue, micros(seconds))
        }
        (Setting::MaxReceiveCount, Some(queue), ..) => {
            let Some(redrive) = &mut topology.queues[queue as usize].redrive else {
                preparing.problem(&format!("{key}.setting"), format!("{resource} has no dead-letter queue"));
                return None;
            };
            redrive.receives_max = count;
            Change::MaxReceives(queue, count)
        }
        (Setting::BatchSize, _, _, Some(mapping)) => {
            topology.mappings[mapping as usize].batch_size = count;
            Change::BatchSize(mapping, count as usize)
        }
        (Setting::MaximumBatchingWindowInSeconds, _, _, Some(mapping)) => {
            topology.mappings[mapping as usize].window = seconds;
            Change::Window(mapping, micros(seconds))
        }
        (Setting::MaximumConcurrency, _, _, Some(mapping)) => {
            topology.mappings[mapping as usize].concurrency_max = Some(count);
            Change::MaximumConcurrency(mapping, count)
        }
        (Setting::ReservedConcurrentExecutions, _, Some(function), _) => {
            topology.functions[function as usize].reserved_concurrency = Some(count);
            Change::Reserved(function, count)
        }
        (Setting::Timeout, _, Some(function), _) => {
            topology.functions[function as usize].timeout = seconds;
            Change::Timeout(function, micros(seconds))
        }
        (Setting::MemorySize, _, Some(function), _) => {
            topology.functions[function as usize].memory_mb = count;
            Change::Memory(function, count)
        }
        (setting, ..) => {
            misplaced(preparing, setting, resource, key);
            return None;
        }
    };
    Some(step)
}

/// Says whose a setting is.
fn misplaced(preparing: &mut Preparing<'_>, setting: Setting, resource: &str, key: &str) {
    let (kind, names) = match setting {
        Setting::VisibilityTimeout
        | Setting::MaxReceiveCount
        | Setting::DelaySeconds
        | Setting::MessageRetentionPeriod => ("queue", &preparing.queues),
        Setting::BatchSize | Setting::MaximumBatchingWindowInSeconds | Setting::MaximumConcurrency => {
            ("mapping", &preparing.mappings)
        }
        Setting::ReservedConcurrentExecutions | Setting::Timeout | Setting::MemorySize => {
            ("function", &preparing.functions)
        }
    };
    let known = known_for(resource, names.iter());
    let message = format!("{setting:?} belongs to a {kind}, and {resource:?} is none; there are {known}");
    preparing.problem(&format!("{key}.resource"), message);
}
