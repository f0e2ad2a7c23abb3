//! What is lost: messages that grew too old, and messages that nothing kept.

use super::remedy::{Candidate, Measure};
use super::{Draft, Matter, Matters};
use crate::words::{count, counted, span};
use crate::{QueueReport, Setting};
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

    fn lost(&self, expired: u64) -> Draft {
        let mut says = format!("{} are lost", count(self.report.lost()));
        if expired > 0 {
            says += ", those that grew too old included";
        }
        says += ": nothing kept a message of theirs.";
        let open = self.open_ends();
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
