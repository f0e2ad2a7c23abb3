//! Loops that Lambda is told not to stop.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "recursive-loop-allowed",
    summary: "a function whose RecursiveLoop is Allow",
    level: Level::Warning,
    why: "Lambda does not stop the function when its own messages invoke it again and again, and each round costs.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    bad: include_str!("../../rules/recursive-loop-allowed/bad.yaml"),
    good: include_str!("../../rules/recursive-loop-allowed/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let allowed = wiring.topology.property(&function.id, "RecursiveLoop").text().as_deref() == Some("Allow");
        let guarded = wiring.contract(function).is_some_and(|it| it.loop_guard.is_some());
        if !allowed || guarded {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&function.id, "RecursiveLoop", function.span),
                format!("{} may run in a loop for ever", function.id),
                "set RecursiveLoop to Terminate, or declare what ends the loop as the function's loop guard",
            )
            .fix(Fix::set(&function.id, "RecursiveLoop", "Terminate")),
        );
    }
}
