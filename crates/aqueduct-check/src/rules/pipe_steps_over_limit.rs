//! Pipes whose steps take longer than a pipe may run.

use aqueduct_topology::Function;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "pipe-steps-over-limit",
    summary: "a pipe whose enrichment and target may together take longer than five minutes",
    level: Level::Warning,
    why: "A pipe ends an execution after five minutes, whatever its functions are doing: the batch comes again, and what was done is done twice.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    bad: include_str!("../../rules/pipe-steps-over-limit/bad.yaml"),
    good: include_str!("../../rules/pipe-steps-over-limit/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How long an execution of a pipe may take, its enrichment and target included.
const SECONDS_MAX: u64 = 300;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for pipe in &wiring.topology.pipes {
        let enrichment = pipe.enrichment.as_ref().and_then(|arn| wiring.function(arn.as_str()));
        let parameters = pipe.target_parameters.as_ref();
        let handed_off =
            parameters.is_some_and(|it| it["LambdaFunctionParameters"]["InvocationType"] == "FIRE_AND_FORGET");
        let target = wiring.function(pipe.target.as_str()).filter(|_| !handed_off);
        let steps: Vec<&Function> = enrichment.into_iter().chain(target).collect();
        let seconds: u64 = steps.iter().map(|step| step.timeout.as_secs()).sum();
        let known = steps.iter().all(|step| wiring.knows(&step.id, &["Timeout"]))
            && wiring.knows(&pipe.id, &["TargetParameters"]);
        if seconds <= SECONDS_MAX || !known {
            continue;
        }
        let named: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
        let mut finding = Finding::at(
            pipe.span,
            format!(
                "{} may take {seconds} s for {}, and a pipe ends after {SECONDS_MAX} s",
                pipe.id,
                named.join(" and ")
            ),
            "lower their Timeout, or set LambdaFunctionParameters.InvocationType of the target to FIRE_AND_FORGET",
        );
        for step in steps {
            finding = finding.and(step.span, format!("may run {} s", step.timeout.as_secs()));
        }
        report.add(finding);
    }
}
