//! Verdicts of reports that are written by hand.

use std::time::Duration;

use super::*;
use crate::report::samples;
use crate::{FaultKind, ServiceTime, Setting};

fn outage() -> FaultKind {
    FaultKind::Outage { function: "OrderProcessor".to_owned(), fails_after: Duration::ZERO }
}

/// The statements about dead letters of a cause, when nothing that is tried helps.
fn said(cause: Cause, change: impl FnOnce(&mut Scenario)) -> Statement {
    let (topology, mut scenario, report) = (samples::topology(), samples::scenario(), samples::report_of(cause));
    scenario.faults.clear();
    change(&mut scenario);
    let verdict = Verdict::without_trials(&topology, &scenario, &report);
    assert!(!verdict.survived);
    let statement = verdict.statements.into_iter().find(|it| it.matter == Matter::Dead(cause)).unwrap();
    assert!(statement.remedies.is_empty());
    statement
}

#[test]
fn an_outage_is_held_against_the_patience_of_its_messages() {
    let statement = said(Cause::Outage, |scenario| scenario.faults = vec![samples::fault(outage())]);
    assert_eq!(
        statement.says,
        "1,204 of 90,000 orders reach OrdersDlq between 10:20 and 10:50, because 5 receives × 1 min = 5 min are less \
         than the outage of OrderProcessor of 30 min."
    );
    assert_eq!(
        statement.advice.unwrap(),
        "What lies in OrdersDlq can be moved back with a redrive to OrdersQueue, within its retention of 14 d."
    );
}

#[test]
fn every_cause_has_its_sentence() {
    type Case<'a> = (Cause, &'a dyn Fn(&mut Scenario), &'a str);
    let cases: [Case<'_>; 10] = [
        (
            Cause::Outage,
            &|it| {
                it.faults = vec![samples::fault(outage())];
                it.functions.entry("OrderProcessor".to_owned()).or_default().backs_off = true;
            },
            "5 receives, between which OrderProcessor backs off, last about 22.5 s, which is less than its outage of 30 min",
        ),
        (
            Cause::Dependency,
            &|it| {
                it.faults = vec![samples::fault(FaultKind::DependencyCapacity {
                    function: "OrderProcessor".to_owned(),
                    per_second: 20.0,
                })];
            },
            "what OrderProcessor calls serves 20 records a second for 30 min, and records that it refuses use up their \
             receives: 5 executions ask 50 times a second",
        ),
        (Cause::Poison, &|_| {}, "they are poison: OrderProcessor failed on each of them 5 times"),
        (
            Cause::Failure,
            &|it| it.functions.entry("OrderProcessor".to_owned()).or_default().failing = 0.4,
            "OrderProcessor fails 40 % of its records by chance, so that 1 % of all fail 5 times in a row",
        ),
        (
            Cause::Neighbour,
            &|_| {},
            "OrderProcessor does not tell which records of a batch of 10 failed, so that one that fails takes its neighbours along",
        ),
        (
            Cause::TimedOut,
            &|it| {
                it.functions.entry("OrderProcessor".to_owned()).or_default().takes =
                    ServiceTime::Fixed { fixed: Duration::from_secs(2) };
            },
            "a batch of 10 can take OrderProcessor 20 s, which is more than its timeout of 10 s",
        ),
        (Cause::Crash, &|_| {}, "OrderProcessor crashed before it could answer, on their last receive too"),
        (
            Cause::Late,
            &|_| {},
            "OrderProcessor was done with them only after 1 min, when they were due to be received again",
        ),
        (
            Cause::NeverRan,
            &|it| {
                it.faults = vec![samples::fault(FaultKind::Throttling {
                    function: "OrderProcessor".to_owned(),
                    concurrency: 0,
                })];
            },
            "OrderProcessor had no free concurrency for them (3 throttled invocations), for 30 min",
        ),
        (
            Cause::Undelivered,
            &|_| {},
            "OrdersQueue could not hand them on: it may not, or what it hands them to is not there",
        ),
    ];
    for (cause, change, because) in cases {
        let statement = said(cause, |scenario| change(scenario));
        assert!(statement.says.ends_with(&format!("because {because}.")), "{cause:?}: {}", statement.says);
    }
}

/// What is told of remedies when `helps` says whether the changed scenario survives.
fn remedies(
    cause: Cause,
    fault: Option<FaultKind>,
    helps: impl Fn(&Topology, &Scenario) -> bool + Sync,
) -> Vec<String> {
    remedies_in(samples::scenario(), cause, fault, helps)
}

fn remedies_in(
    mut scenario: Scenario,
    cause: Cause,
    fault: Option<FaultKind>,
    helps: impl Fn(&Topology, &Scenario) -> bool + Sync,
) -> Vec<String> {
    let (topology, report) = (samples::topology(), samples::report_of(cause));
    scenario.faults = fault.into_iter().map(samples::fault).collect();
    let trial = |topology: &Topology, scenario: &Scenario| {
        Ok(if helps(topology, scenario) { samples::survivor() } else { samples::report_of(cause) })
    };
    let verdict = Verdict::of(&topology, &scenario, &report, &trial);
    let statement = verdict.statements.into_iter().find(|it| it.matter == Matter::Dead(cause)).unwrap();
    statement.remedies.into_iter().map(|it| it.does).collect()
}

fn changed(scenario: &Scenario, setting: Setting) -> Option<u64> {
    scenario.changes.iter().rfind(|it| it.setting == setting).map(|it| it.value)
}

#[test]
fn only_what_was_seen_to_help_is_told() {
    let by_receives = |_: &Topology, it: &Scenario| changed(it, Setting::MaxReceiveCount).is_some_and(|it| it >= 31);
    assert_eq!(
        remedies(Cause::Outage, Some(outage()), by_receives),
        ["raise maxReceiveCount of OrdersQueue from 5 to 31"]
    );
    let later = |_: &Topology, it: &Scenario| changed(it, Setting::MaxReceiveCount).is_some_and(|it| it >= 40);
    assert_eq!(
        remedies(Cause::Outage, Some(outage()), later),
        ["raise maxReceiveCount of OrdersQueue from 5 to 47"],
        "what is computed is tried, and more when it is not enough"
    );
    let sooner = |_: &Topology, it: &Scenario| changed(it, Setting::MaxReceiveCount).is_some_and(|it| it >= 13);
    let mut scenario = samples::scenario();
    scenario.functions.entry("OrderProcessor".to_owned()).or_default().backs_off = true;
    assert_eq!(
        remedies_in(scenario, Cause::Outage, Some(outage()), sooner),
        ["raise maxReceiveCount of OrdersQueue from 5 to 13"],
        "waits that double need fewer receives"
    );
    let mut scenario = samples::scenario();
    let worker = scenario.functions.entry("OrderProcessor".to_owned()).or_default();
    (worker.backs_off, worker.attempts) = (true, Some(3));
    let tried_on = |_: &Topology, it: &Scenario| {
        it.functions["OrderProcessor"].attempts == Some(13) && changed(it, Setting::MaxReceiveCount) == Some(15)
    };
    assert_eq!(
        remedies_in(scenario, Cause::Outage, Some(outage()), tried_on),
        [
            "raise the attempts of OrderProcessor (`Consumer::attempts`) from 3 to 13, and maxReceiveCount of OrdersQueue from 5 to 15"
        ]
    );
    let backing_off = |_: &Topology, it: &Scenario| it.functions["OrderProcessor"].backs_off;
    assert_eq!(
        remedies(Cause::Outage, Some(outage()), backing_off),
        ["let OrderProcessor back off, so that failed records wait longer each time"]
    );
    assert!(remedies(Cause::Outage, Some(outage()), |_, _| false).is_empty());
    let by_mapping = |topology: &Topology, _: &Scenario| topology.mappings[0].reports_batch_item_failures;
    assert_eq!(
        remedies(Cause::Neighbour, None, by_mapping),
        ["set FunctionResponseTypes of OrderProcessorOrders to [ReportBatchItemFailures]"]
    );
    let slower = |_: &Topology, it: &Scenario| changed(it, Setting::VisibilityTimeout).is_some_and(|it| it >= 120);
    assert_eq!(remedies(Cause::Late, None, slower), ["raise VisibilityTimeout of OrdersQueue from 60 to 120"]);
    let capacity = FaultKind::DependencyCapacity { function: "OrderProcessor".to_owned(), per_second: 30.0 };
    let fewer = |_: &Topology, it: &Scenario| changed(it, Setting::MaximumConcurrency) == Some(3);
    assert_eq!(
        remedies(Cause::Dependency, Some(capacity), fewer),
        ["lower MaximumConcurrency of OrderProcessorOrders from 5 to 3"]
    );
}

#[test]
fn what_is_refused_is_no_remedy_and_what_was_seen_is_told() {
    let (topology, scenario, report) = (samples::topology(), samples::scenario(), samples::report());
    let trial = |_: &Topology, scenario: &Scenario| match changed(scenario, Setting::MaxReceiveCount) {
        Some(31) => Err("refused".to_owned()),
        Some(_) => {
            let mut eased = samples::report();
            (eased.items[0].dead, eased.items[0].done) = (4, 89_996);
            eased.queues[1].dead_letters[0].count = 4;
            Ok(eased)
        }
        None => Ok(samples::report()),
    };
    let verdict = Verdict::of(&topology, &scenario, &report, &trial);
    let remedy = &verdict.statements[0].remedies[0];
    assert_eq!(remedy.does, "raise maxReceiveCount of OrdersQueue from 5 to 47");
    assert_eq!((remedy.seen.survived, remedy.seen.dead), (false, 4));
    assert_eq!(remedy.changes.len(), 1);
}

#[test]
fn goals_losses_and_backlogs_are_told() {
    let (topology, scenario, mut report) = (samples::topology(), samples::scenario(), samples::report());
    report.queues[0].expired = 40;
    (report.items[0].lost, report.items[0].pending) = (50, 300);
    report.queues[0].left = 300;
    let verdict = Verdict::without_trials(&topology, &scenario, &report);
    let says = |matter| verdict.statements.iter().find(|it| it.matter == matter).map(|it| it.says.as_str()).unwrap();
    assert_eq!(
        verdict.headline,
        "It does not survive: of 90,000 orders, 1,204 are dead, 50 are lost, 300 are still under way; a goal is missed."
    );
    assert_eq!(
        says(Matter::Expired),
        "40 messages in OrdersQueue reached the end of the retention of 4 d and were deleted by SQS."
    );
    assert!(says(Matter::Lost).starts_with("50 are lost, those that grew too old included"));
    assert_eq!(says(Matter::NotDrained), "300 items are still under way at the end: OrdersQueue holds 300.");
    let goal = says(Matter::MissedGoal);
    assert!(goal.starts_with("95.1 % of orders are done by OrderProcessor within 2 min; 99 % was promised."), "{goal}");
    assert!(goal.contains("The outage from 10:20 alone lasts 30 min."), "{goal}");
    assert!(goal.contains("Most of the waiting is in OrdersQueue: up to 5 min 12 s, at 10:52."), "{goal}");
}

#[test]
fn a_goal_that_only_the_dead_miss_is_told_so() {
    let (topology, scenario, mut report) = (samples::topology(), samples::scenario(), samples::report());
    report.goals[0].kept = 1.0 - 1_204.0 / 90_000.0;
    let verdict = Verdict::without_trials(&topology, &scenario, &report);
    let goal = verdict.statements.iter().find(|it| it.matter == Matter::MissedGoal).unwrap();
    assert!(goal.says.ends_with("1,204 are dead or lost, which alone are too many."), "{}", goal.says);
}

#[test]
fn nothing_wrong_is_told_too() {
    let (topology, scenario) = (samples::topology(), samples::scenario());
    let verdict = Verdict::without_trials(&topology, &scenario, &samples::survivor());
    assert!(verdict.survived);
    assert_eq!(verdict.headline, "It survives: all 90,000 orders are done.");
    let matters: Vec<Matter> = verdict.statements.iter().map(|it| it.matter).collect();
    assert_eq!(matters, [Matter::Fine, Matter::Recovery]);
    assert_eq!(verdict.statements[1].says, "OrdersQueue was back to normal 12 min after the last fault, at 11:02.");
}
