//! What must not go unsaid: what leads out of the run, faults that struck nothing, and what the scenario does not say itself.

use super::{Draft, Matter, Matters};
use crate::words::{counted, span};
use crate::{Assumed, Backoff, Fault, FaultKind, Outside};

impl Matters<'_> {
    /// What leads out of what is simulated.
    pub(super) fn outside(&self) -> Vec<Draft> {
        self.report.outside.iter().map(outside).collect()
    }

    /// Faults that struck nothing, so that surviving them says nothing.
    pub(super) fn unstruck(&self) -> Vec<Draft> {
        let faults = self.wiring.scenario.faults.iter().zip(&self.report.struck);
        faults.filter(|(_, struck)| **struck == 0).map(|(fault, _)| self.unstruck_fault(fault)).collect()
    }

    /// Where the retries stand that the scenario does not say.
    pub(super) fn assumed(&self) -> Option<Draft> {
        let assumed = &self.report.assumed;
        let from = &assumed.first()?.from;
        let each: Vec<String> = assumed.iter().map(|it| format!("{} {}", it.function, retries(it))).collect();
        let says = format!(
            "How functions try again stands in {from} where the scenario does not say it: {}.",
            each.join("; ")
        );
        Some(Draft { matter: Matter::Assumed, says, measure: None, candidates: Vec::new(), advice: None })
    }

    fn unstruck_fault(&self, fault: &Fault) -> Draft {
        let (from, until) = (self.clock.time(fault.from), self.clock.time(fault.until));
        let when = match &fault.kind {
            FaultKind::Redrive { .. } => format!("at {from}"),
            _ => format!("from {from} to {until}"),
        };
        let says = format!(
            "A fault struck nothing, and the run says nothing of it: `{}` {when}. {}",
            fault.kind.words(),
            self.why_unstruck(fault)
        );
        Draft { matter: Matter::UnstruckFault, says, measure: None, candidates: Vec::new(), advice: None }
    }

    fn why_unstruck(&self, fault: &Fault) -> String {
        let of = fault.kind.of();
        let is_idle = self.report.functions.iter().any(|it| it.id == of && it.invocations == 0 && it.throttles == 0)
            || self.report.queues.iter().any(|it| it.id == of && it.arrived == 0);
        match &fault.kind {
            _ if is_idle => format!("Nothing came to {of} in all the run."),
            FaultKind::Redrive { .. } => format!("There was nothing in {of} that SQS could move back."),
            _ if fault.from >= self.report.lasts => {
                format!(
                    "It begins at {}, and messages arrive until {}.",
                    self.clock.time(fault.from),
                    self.clock.time(self.report.lasts)
                )
            }
            FaultKind::Throttling { .. } | FaultKind::DependencyCapacity { .. } => {
                format!("{of} never wanted more than that then.")
            }
            FaultKind::Poison { .. } | FaultKind::Duplicates { .. } | FaultKind::Crash { .. } => {
                format!(
                    "Either nothing came to {of} then, or chance spared all of it: try another seed or a greater share."
                )
            }
            FaultKind::Outage { .. } | FaultKind::SlowDown { .. } => format!("Nothing came to {of} then."),
        }
    }
}

fn retries(assumed: &Assumed) -> String {
    let attempts = match assumed.attempts {
        Some(1) => "tries once".to_owned(),
        Some(attempts) => format!("tries {attempts} times"),
        None => "tries as often as its queue allows".to_owned(),
    };
    match &assumed.backoff {
        Some(Backoff { first, longest, .. }) => {
            format!("{attempts}, with waits from {} up to {}", span(*first), span(*longest))
        }
        None => format!("{attempts}, each after the visibility timeout"),
    }
}

fn outside(outside: &Outside) -> Draft {
    let Outside { from, to, why, left } = outside;
    let says = format!(
        "{} left by {from} to {to}, which is not simulated: {why}. Their items count as done with them.",
        counted(*left, "messages")
    );
    let advice = why.starts_with("it is in the Region").then(|| {
        "If it is one of this template's own resources, say with `--region` where the template is deployed.".to_owned()
    });
    Draft { matter: Matter::Outside, says, measure: None, candidates: Vec::new(), advice }
}
