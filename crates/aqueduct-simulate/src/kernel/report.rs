//! The report of a run that is over.

use std::time::Duration;

use super::agenda::Micros;
use super::function::Function;
use super::plan;
use super::queue::Queue;
use super::tally::{GoalTally, Tally};
use super::{Kernel, duration};
use crate::{FunctionReport, GoalReport, Items, Latency, Outside, Prepared, QueueReport, Report, Usage};

/// Makes the report.
pub(super) fn report(mut kernel: Kernel<'_>, prepared: &Prepared, at_rest: Option<Micros>) -> Report {
    let scenario = &prepared.scenario;
    kernel.bounds();
    let plan = kernel.plan;
    // Series go on while messages arrive, even when nothing happens any more.
    let end = kernel.now.max(plan.lasts);
    let items = items(&kernel);
    let usage = usage(&kernel);
    let Kernel { mut queues, mut functions, mut tally, seed, .. } = kernel;
    let struck = std::mem::take(&mut tally.struck);
    let outside = plan.exits.iter().zip(&tally.left).map(|(exit, left)| Outside {
        from: exit.from.clone(),
        to: exit.to.clone(),
        why: exit.why.clone(),
        left: *left,
    });
    let outside = outside.collect();
    let goals = (0..).zip(&plan.goals).map(|(number, goal)| goal_report(number, goal, prepared, &tally));
    Report {
        title: scenario.title.clone(),
        seed,
        start: scenario.start,
        lasts: scenario.lasts,
        at_rest: at_rest.map(duration),
        deliveries: tally.deliveries,
        items,
        goals: goals.collect(),
        queues: queues.iter_mut().zip(&plan.queues).map(|(queue, plan)| queue_report(queue, plan, end)).collect(),
        functions: (functions.iter_mut().zip(&plan.functions))
            .map(|(function, of)| function_report(function, of, end))
            .collect(),
        outside,
        struck,
        assumed: prepared.assumed().to_vec(),
        usage,
    }
}

fn items(kernel: &Kernel<'_>) -> Vec<Items> {
    let tallies = kernel.plan.arrivals.iter().zip(&kernel.tally.items);
    let mut items: Vec<Items> = tallies
        .map(|(arrivals, tally)| Items {
            name: arrivals.name.clone(),
            arrived: tally.arrived,
            done: tally.done,
            lost: tally.lost,
            ..Items::default()
        })
        .collect();
    for (_, item) in kernel.items.used() {
        let items = &mut items[usize::from(item.arrivals)];
        if item.lost {
            items.lost += 1;
        } else if item.dead > 0 {
            items.dead += 1;
        } else if item.open == item.handed_on {
            items.done += 1;
        } else {
            items.pending += 1;
        }
    }
    items
}

fn queue_report(queue: &mut Queue, plan: &plan::Queue, end: Micros) -> QueueReport {
    let left = u64::from(queue.backlog.level());
    let (backlog, backlog_peak) = queue.backlog.finish(end);
    let (in_flight, in_flight_peak) = queue.in_flight.finish(end);
    let (oldest, oldest_peak) = queue.oldest.finish(end);
    let tally = std::mem::take(&mut queue.tally);
    QueueReport {
        id: plan.id.clone(),
        is_dead_letter_queue: plan.takes_dead_letters,
        arrived: tally.arrived,
        done: tally.done,
        filtered: tally.filtered,
        dead_lettered: tally.dead_lettered,
        expired: tally.expired,
        redriven: tally.redriven,
        left,
        backlog,
        in_flight,
        oldest,
        backlog_peak,
        in_flight_peak,
        oldest_peak,
        receives: (0..).zip(tally.receives).filter(|(_, count)| *count > 0).collect(),
        dead_letters: tally.dead_letters,
        drained_after: tally.drained_after.map(duration),
    }
}

fn function_report(function: &mut Function, plan: &plan::Function, end: Micros) -> FunctionReport {
    let (concurrency, concurrency_peak) = function.running.finish(end);
    let tally = std::mem::take(&mut function.tally);
    FunctionReport {
        id: plan.id.clone(),
        invocations: tally.invocations,
        records: tally.records,
        failed: tally.failed,
        repeated: tally.repeated,
        timeouts: tally.timeouts,
        throttles: tally.throttles,
        cold_starts: tally.cold_starts,
        concurrency,
        concurrency_peak,
        busy: duration(tally.busy),
        utilisation: function.bound.and_then(|_| ratio(u128::from(tally.busy_while_arriving), tally.allowed)),
    }
}

fn goal_report(number: usize, goal: &plan::Goal, prepared: &Prepared, tally: &Tally) -> GoalReport {
    let reached = &tally.goals[number];
    let arrived = tally.items[usize::from(goal.arrivals)].arrived;
    let scenario = &prepared.scenario.goals[number];
    GoalReport {
        of: scenario.of.clone(),
        done_by: scenario.done_by.clone(),
        within: scenario.within,
        share: goal.share,
        // Of nothing, all of it keeps its promise.
        kept: ratio(u128::from(reached.kept), u128::from(arrived)).unwrap_or(1.0),
        latency: latency(reached),
    }
}

fn latency(tally: &GoalTally) -> Latency {
    if tally.count == 0 {
        return Latency::default();
    }
    let latencies = tally.latency.histogram();
    let at = |quantile: f64| duration(latencies.value_at_quantile(quantile).min(tally.max));
    let mean = u64::try_from(tally.sum / u128::from(tally.count)).unwrap_or(u64::MAX);
    Latency {
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p999: at(0.999),
        mean: Duration::from_micros(mean),
        max: duration(tally.max),
    }
}

#[expect(clippy::cast_precision_loss, reason = "bills are no more exact")]
fn usage(kernel: &Kernel<'_>) -> Usage {
    let Tally { sqs, sqs_fifo, sqs_fair, sns, events, .. } = kernel.tally;
    let mut usage = Usage {
        sqs_requests: sqs,
        sqs_fifo_requests: sqs_fifo,
        sqs_fair_requests: sqs_fair,
        sns_publishes: sns,
        events,
        ..Usage::default()
    };
    for (function, plan) in kernel.functions.iter().zip(&kernel.plan.functions) {
        let tried = function.tally.tried as f64;
        usage.lambda_requests += function.tally.invocations;
        usage.lambda_gb_seconds += function.tally.memory_time as f64 / 1024.0 / 1e6;
        usage.dynamodb_reads += tried * plan.behaviour.reads;
        usage.dynamodb_writes += tried * plan.behaviour.writes;
    }
    usage
}

#[expect(clippy::cast_precision_loss, reason = "shares are no more exact")]
fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
