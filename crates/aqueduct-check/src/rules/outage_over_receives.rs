//! Outages that are longer than the retries.

use aqueduct_contract::Retries;
use aqueduct_topology::Queue;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "outage-over-receives",
    summary: "retries that give messages up before the outage that their consumer is to bear is over",
    level: Level::Warning,
    why: "While a dependency is away every message fails. Whichever ends first, the consumer's own attempts or the queue's receives, makes dead letters of all of them.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/outage-over-receives/bad.yaml"),
    good: include_str!("../../rules/outage-over-receives/good.yaml"),
    contracts: Some(include_str!("../../rules/outage-over-receives/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

/// SQS allows no greater `maxReceiveCount`.
const RECEIVES_MAX: u32 = 1_000;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let Some(contract) = wiring.contract(function) else { continue };
        let Some(tolerance) = contract.outage_tolerance_seconds else { continue };
        let retries = contract.retries.unwrap_or_default();
        let redrive = queue.redrive.as_ref().filter(|_| wiring.knows(&queue.id, &["RedrivePolicy.maxReceiveCount"]));
        let Some(end) = End::of(retries, redrive.map(|it| it.receives_max)) else { continue };
        let is_told = retries.backoff.is_some() || (end.is_own && retries.patience_seconds.is_some());
        let is_known = wiring.knows(&queue.id, &["VisibilityTimeout"]) && !queue.visibility_timeout.is_zero();
        let span = retries.span(end.receives, queue.visibility_timeout).as_secs();
        if span >= tolerance || !(is_told || is_known) {
            continue;
        }
        let bears = format!("{} is to bear an outage of {tolerance} s, and", function.id);
        let enough = enough(retries, queue, tolerance);
        let of_queue = wiring.place(&queue.id, "RedrivePolicy.maxReceiveCount", queue.span);
        let finding = if end.is_own {
            let message = format!("{bears} may reject a message after {} attempts in {span} s", end.receives);
            let finding = Finding::at(function.span, message, own_help(enough, redrive.map(|it| it.receives_max)));
            match redrive {
                Some(redrive) => finding.and(of_queue, format!("allows {} receives", redrive.receives_max)),
                None => finding,
            }
        } else {
            let message =
                format!("{bears} {} may give a message up after {} receives in {span} s", queue.id, end.receives);
            Finding::at(of_queue, message, queue_help(retries, end.receives, enough, tolerance))
        };
        report.add(finding.and(wiring.mapping_place(mapping), "consumes it"));
    }
}

/// What gives a message up first.
struct End {
    receives: u32,
    /// Whether it is the function.
    is_own: bool,
}

impl End {
    fn of(retries: Retries, of_queue: Option<u32>) -> Option<Self> {
        match (retries.attempts, of_queue) {
            (Some(own), of_queue) if of_queue.is_none_or(|receives| own <= receives) => {
                Some(Self { receives: own, is_own: true })
            }
            (_, Some(receives)) => Some(Self { receives, is_own: false }),
            (_, None) => None,
        }
    }
}

/// How many receives last long enough; none when no number that SQS allows does.
fn enough(retries: Retries, queue: &Queue, tolerance: u64) -> Option<u32> {
    // What is told of some attempts says nothing of more of them.
    let waits = Retries { attempts: None, patience_seconds: None, ..retries };
    (1..=RECEIVES_MAX).find(|receives| waits.span(*receives, queue.visibility_timeout).as_secs() >= tolerance)
}

fn own_help(enough: Option<u32>, of_queue: Option<u32>) -> String {
    let Some(enough) = enough else { return "let it hold failed messages back for longer".to_owned() };
    let then = match of_queue {
        Some(receives) if receives <= enough => ", and set maxReceiveCount to some more",
        _ => "",
    };
    format!("let it make {enough} attempts, or hold failed messages back for longer{then}")
}

fn queue_help(retries: Retries, receives: u32, enough: Option<u32>, tolerance: u64) -> String {
    let more = enough.map(|enough| format!("set maxReceiveCount to {enough}"));
    let longer = match (retries.backoff, receives.checked_sub(1).filter(|waits| *waits > 0)) {
        (Some(_), _) => Some("let the function hold failed messages back for longer".to_owned()),
        (None, Some(waits)) => Some(format!("set VisibilityTimeout to {} s", tolerance.div_ceil(waits.into()))),
        (None, None) => None,
    };
    more.into_iter().chain(longer).collect::<Vec<_>>().join(", or ")
}
