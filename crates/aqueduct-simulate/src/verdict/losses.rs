//! What is lost: messages that grew too old, and messages that nothing kept.

use super::remedy::{Candidate, Measure};
use super::{Draft, Matter, Matters};
use crate::wiring::Wiring;
use crate::words::{count, counted, span};
use crate::{QueueReport, Setting};
use aqueduct_topology::Arn;
use std::fmt::Write as _;

impl Matters<'_> {
    pub(super) fn losses(&self) -> Vec<Draft> {
        let queues = self.report.queues.iter().filter(|queue| queue.expired > 0);
        let mut losses: Vec<Draft> = queues.map(|queue| self.expired(queue)).collect();
        let expired: u64 = self.report.queues.iter().map(|queue| queue.expired).sum();
        if self.report.lost() > expired {
            losses.push(self.lost(expired));
        }
        losses
    }

    fn expired(&self, report: &QueueReport) -> Draft {
        let retention = self.wiring.queue(&report.id).map(|queue| queue.retention.as_secs()).unwrap_or_default();
        let retention = self.wiring.value(&report.id, Setting::MessageRetentionPeriod).unwrap_or(retention);
        let says = format!(
            "{} in {} reached the end of the retention of {} and were deleted by SQS.",
            counted(report.expired, "messages"),
            report.id,
            span(std::time::Duration::from_secs(retention))
        );
        let mut candidates = Vec::new();
        let (advice, ladder) = if report.is_dead_letter_queue {
            let age = "A dead letter keeps the age that it had in its queue, so that it has less time here; redrive it before.";
            (Some(age.to_owned()), [retention.saturating_mul(2), retention.saturating_mul(4)])
        } else {
            (None, [retention.saturating_mul(2), retention.saturating_mul(8)])
        };
        candidates.push(Candidate::setting(&report.id, Setting::MessageRetentionPeriod, Some(retention), &ladder));
        candidates.extend(self.more_throughput(&report.id));
        let measure = Some(Measure::Expired { queue: report.id.clone() });
        Draft { matter: Matter::Expired, says, measure, candidates, advice }
    }

    /// Queues that nothing in the template reads.
    pub(super) fn handed_on(&self) -> Option<Draft> {
        let mappings = &self.wiring.topology.mappings;
        let is_read = |id: &str| {
            let queue = self.wiring.queue(id);
            queue.is_some_and(|queue| mappings.iter().any(|mapping| mapping.enabled && mapping.queue == queue.arn))
        };
        let queues = self.report.queues.iter().filter(|it| it.left > 0 && !it.is_dead_letter_queue && !is_read(&it.id));
        let kept: Vec<String> = queues.map(|it| format!("{} of {}", counted(it.left, "messages"), it.id)).collect();
        if kept.is_empty() {
            return None;
        }
        let says = format!(
            "No function of the template reads {}: they count as done, for whoever reads them elsewhere.",
            kept.join(", ")
        );
        Some(Draft { matter: Matter::HandedOn, says, measure: None, candidates: Vec::new(), advice: None })
    }

    /// Topics that the scenario sends to and that nobody has subscribed to.
    fn deaf(&self) -> Vec<String> {
        let Wiring { topology, scenario } = self.wiring;
        let published = scenario.functions.values().flat_map(|it| &it.publishes).map(|it| &it.to);
        let mut sent: Vec<&String> = scenario.arrivals.iter().map(|it| &it.to).chain(published).collect();
        sent.sort();
        sent.dedup();
        let topics = topology.topics.iter().filter(|topic| sent.contains(&&topic.id));
        let has_subscriber = |arn: &Arn| topology.subscriptions.iter().any(|it| it.topic == *arn);
        topics.filter(|topic| !has_subscriber(&topic.arn)).map(|topic| topic.id.clone()).collect()
    }

    fn lost(&self, expired: u64) -> Draft {
        let mut says = format!("{} are lost", count(self.report.lost()));
        if expired > 0 {
            says += ", those that grew too old included";
        }
        says += ": nothing kept a message of theirs.";
        let deaf = self.deaf();
        if !deaf.is_empty() {
            let _ = write!(says, " Nothing that the simulation knows is subscribed to {}.", deaf.join(", "));
        }
        let open = if deaf.is_empty() { self.open_ends() } else { Vec::new() };
        if !open.is_empty() {
            let _ = write!(says, " What fails here has no dead-letter queue: {}.", open.join(", "));
        }
        let advice = (!open.is_empty()).then(|| {
            "Give them a dead-letter queue: RedrivePolicy of a queue or subscription, OnFailure or DeadLetterConfig of a function, \
             DeadLetterConfig of a rule's target."
                .to_owned()
        });
        Draft { matter: Matter::Lost, says, measure: Some(Measure::Lost), candidates: Vec::new(), advice }
    }

    /// What had failures, and has no place for what fails.
    fn open_ends(&self) -> Vec<String> {
        let topology = self.wiring.topology;
        let failed =
            |id: &str| self.report.functions.iter().any(|it| it.id == id && (it.failed > 0 || it.throttles > 0));
        let functions = topology.functions.iter().filter(|it| {
            let asynchronous = &it.asynchronous;
            asynchronous.on_failure.is_none() && asynchronous.dead_letter.is_none() && failed(&it.id)
        });
        let is_polled = |id: &str| !self.wiring.sources(id).is_empty();
        let functions = functions.filter(|it| !is_polled(&it.id)).map(|it| it.id.clone());
        let subscriptions = topology.subscriptions.iter().filter(|it| it.dead_letter.is_none()).map(|it| it.id.clone());
        let rules = topology.rules.iter().filter(|rule| rule.targets.iter().any(|target| target.dead_letter.is_none()));
        let mut open: Vec<String> = functions.collect();
        // Failing functions are the likely cause; without any, whatever hands messages on may be.
        if open.is_empty() {
            open.extend(subscriptions);
            open.extend(rules.map(|rule| rule.id.clone()));
        }
        open
    }
}
