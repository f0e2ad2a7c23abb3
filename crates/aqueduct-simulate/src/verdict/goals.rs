//! What was promised and not kept, and work that does not end.

use std::fmt::Write as _;
use std::time::Duration;

use super::remedy::{Candidate, Measure, ladder};
use super::{Draft, Matter, Matters};
use crate::wiring::TIMEOUTS_OF_VISIBILITY;
use crate::words::{count, counted, number, percent, real, span, whole};
use crate::{FaultKind, Goal, GoalReport, Items, Process, QueueReport, Setting};

impl Matters<'_> {
    pub(super) fn missed_goals(&self) -> Vec<Draft> {
        let goals = self.report.goals.iter().enumerate().filter(|(_, goal)| goal.kept < goal.share);
        goals.map(|(place, goal)| self.missed(place, goal)).collect()
    }

    fn missed(&self, place: usize, goal: &GoalReport) -> Draft {
        let mut says = format!(
            "{} of {} are done by {} within {}; {} was promised. Of those that are done, 99 in 100 took at most {}.",
            percent(goal.kept),
            goal.of,
            goal.done_by,
            span(goal.within),
            percent(goal.share),
            span(goal.latency.p99)
        );
        let measure = Some(Measure::Goal { place });
        if let Some(items) = self.alone_too_many(goal) {
            let _ = write!(says, " {} are dead or lost, which alone are too many.", count(items.dead + items.lost));
            return Draft { matter: Matter::MissedGoal, says, measure, candidates: Vec::new(), advice: None };
        }
        let mut advice = None;
        if let Some((from, until)) = self.outage_on_the_way(goal) {
            let length = until.saturating_sub(from);
            if length > goal.within {
                let _ = write!(says, " The outage from {} alone lasts {}.", self.clock.time(from), span(length));
                advice = Some(
                    "No wiring is faster than an outage: promise less, or have the work done elsewhere meanwhile."
                        .to_owned(),
                );
            }
        }
        let mut candidates = Vec::new();
        if let Some(queue) = self.report.slowest_queue() {
            let _ = write!(
                says,
                " Most of the waiting is in {}: up to {}, at {}.",
                queue.id,
                span(Duration::from_secs_f64(queue.oldest_peak.value.max(0.0))),
                self.clock.time(queue.oldest_peak.at)
            );
            candidates.extend(self.more_throughput(&queue.id));
            candidates.extend(self.sooner_again(queue, goal));
        }
        Draft { matter: Matter::MissedGoal, says, measure, candidates, advice }
    }

    /// The goal's items, where those that are dead or lost are enough to miss it, and hardly one of the others is late.
    fn alone_too_many(&self, goal: &GoalReport) -> Option<&Items> {
        let items = self.report.items.iter().find(|items| items.name == goal.of)?;
        let (arrived, gone) = (real(items.arrived), real(items.dead + items.lost));
        let allowed = arrived * (1.0 - goal.share);
        let late = arrived * (1.0 - goal.kept) - gone;
        (gone > allowed && late <= allowed).then_some(items)
    }

    /// The longest outage of a function that the goal's items go through at the beginning or the end.
    fn outage_on_the_way(&self, goal: &GoalReport) -> Option<(Duration, Duration)> {
        let scenario = self.wiring.scenario;
        let of = |it: &&Goal| it.of == goal.of && it.done_by == goal.done_by;
        let entry = scenario
            .goals
            .iter()
            .find(of)
            .and_then(|it| scenario.arrivals.iter().find(|arrivals| arrivals.name == it.of));
        let first = entry.and_then(|arrivals| self.wiring.worker(&arrivals.to)).map(|it| it.id.as_str());
        self.wiring.longest(|kind| match kind {
            FaultKind::Outage { function, .. } => *function == goal.done_by || Some(function.as_str()) == first,
            _ => false,
        })
    }

    /// What works a queue off faster: more executions at once, greater batches.
    pub(super) fn more_throughput(&self, queue: &str) -> Vec<Candidate> {
        let Some(queue) = self.wiring.queue(queue) else { return Vec::new() };
        let Some((mapping, function)) = self.wiring.consumer(queue) else { return Vec::new() };
        let mut candidates = Vec::new();
        let of_mapping = self.wiring.value(&mapping.id, Setting::MaximumConcurrency);
        let reserved = self.wiring.value(&function.id, Setting::ReservedConcurrentExecutions);
        if let Some(now) = of_mapping {
            let more = [now + now.div_ceil(2), now * 2, now * 4];
            candidates.push(Candidate::setting(&mapping.id, Setting::MaximumConcurrency, Some(now), &more));
        }
        if let Some(now) = reserved {
            let wanted = ladder((now * 2).max(2));
            candidates.push(Candidate::setting(
                &function.id,
                Setting::ReservedConcurrentExecutions,
                Some(now),
                &wanted,
            ));
        }
        if self.wiring.behaviour(&function.id).per_batch {
            let batch = self.wiring.value(&mapping.id, Setting::BatchSize);
            let greater: Vec<u64> = [10].into_iter().filter(|size| batch.is_some_and(|batch| batch < *size)).collect();
            candidates.push(Candidate::setting(&mapping.id, Setting::BatchSize, batch, &greater));
        }
        candidates
    }

    /// What lets a failed message be tried again sooner.
    fn sooner_again(&self, report: &QueueReport, goal: &GoalReport) -> Option<Candidate> {
        let queue = self.wiring.queue(&report.id)?;
        let (_, function) = self.wiring.consumer(queue)?;
        let visibility = self.wiring.visibility(queue).as_secs();
        let least = self.wiring.value(&function.id, Setting::Timeout)? * TIMEOUTS_OF_VISIBILITY;
        let is_cause = visibility > least && visibility * 2 > goal.within.as_secs();
        is_cause.then(|| Candidate::setting(&queue.id, Setting::VisibilityTimeout, Some(visibility), &[least]))
    }

    /// Items that are still under way at the end.
    pub(super) fn not_drained(&self) -> Option<Draft> {
        let pending = self.report.pending();
        if pending == 0 {
            return None;
        }
        let mut says = format!("{} are still under way at the end", counted(pending, "items"));
        let fullest = self.report.queues.iter().filter(|queue| !queue.is_dead_letter_queue && queue.left > 0);
        let fullest = fullest.max_by_key(|queue| queue.left);
        let mut candidates = Vec::new();
        if let Some(queue) = fullest {
            let _ = write!(says, ": {} holds {}", queue.id, count(queue.left));
            if let Some(words) = self.rates(queue) {
                says += &words;
            }
            candidates = self.more_throughput(&queue.id);
        }
        says.push('.');
        Some(Draft { matter: Matter::NotDrained, says, measure: Some(Measure::Pending), candidates, advice: None })
    }

    /// How fast messages come to a queue that scenarios send to, and how fast its function can be.
    fn rates(&self, report: &QueueReport) -> Option<String> {
        let (mapping, function) = self.wiring.consumer(self.wiring.queue(&report.id)?)?;
        let executions = self.wiring.concurrency(mapping, function)?;
        let behaviour = self.wiring.behaviour(&function.id);
        let (typical, _) = behaviour.takes.typical_and_slow()?;
        let batch = self.wiring.value(&mapping.id, Setting::BatchSize).unwrap_or(1);
        let each = if behaviour.per_batch { real(batch) } else { 1.0 };
        let can = real(executions) * each / typical.as_secs_f64().max(0.001);
        let arrivals = self.wiring.scenario.arrivals.iter().filter(|it| it.to == report.id);
        let come: f64 = arrivals.map(|it| greatest_rate(&it.process)).sum();
        (come > can).then(|| {
            format!(
                "; {} messages a second come, and {executions} executions do {}",
                number(come),
                counted(whole(can), "records")
            )
        })
    }
}

/// The greatest rate of a process, in items a second; 0 where none is known.
fn greatest_rate(process: &Process) -> f64 {
    match process {
        Process::Constant { per_second } | Process::Poisson { per_second } => *per_second,
        Process::Daily { points } => points.values().copied().fold(0.0, f64::max),
        Process::Burst { .. } | Process::Trace { .. } => 0.0,
    }
}
