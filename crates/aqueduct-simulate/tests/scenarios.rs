//! The scenarios of the reference pipeline: all of them run, say what they are meant to say, and say it again to the byte.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use aqueduct_simulate::{Prepared, Prices, Report, Results, Scenario};
use aqueduct_topology::{Deployment, Topology};

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra")
}

fn topology() -> Topology {
    let text = std::fs::read_to_string(infra().join("template.yaml")).unwrap();
    let (topology, diagnostics) = aqueduct_topology::read(&text, &Deployment::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    topology
}

fn run(topology: &Topology, prepared: &Prepared, seed: u64) -> Report {
    aqueduct_simulate::run(topology, prepared, seed, &mut |_| {}).unwrap()
}

fn results(topology: &Topology, prepared: &Prepared) -> Results {
    let report = run(topology, prepared, 1);
    let trial = |topology: &Topology, scenario: &Scenario| {
        let mut changed = prepared.clone();
        changed.scenario = scenario.clone();
        aqueduct_simulate::run(topology, &changed, 1, &mut |_| {}).map_err(|error| error.to_string())
    };
    Results::of(topology, prepared.scenario.clone(), report, &Prices::us_east_1().unwrap(), &trial)
}

/// A scenario: whether it survives, part of what is said, and part of what is seen to help.
struct Expected {
    name: &'static str,
    survives: bool,
    said: &'static str,
    helps: Option<&'static str>,
}

const EXPECTED: [Expected; 6] = [
    Expected {
        name: "black-friday",
        survives: false,
        said: "of orders are done by OrderProcessor within 1 min",
        helps: Some("raise MaximumConcurrency of OrderProcessorOrders"),
    },
    Expected { name: "noisy-customer", survives: true, said: "Nothing is dead", helps: None },
    Expected {
        name: "payment-outage",
        survives: false,
        said: "less than its outage of 30 min",
        helps: Some("raise the attempts of OrderProcessor (`Consumer::attempts`) from 9 to 13"),
    },
    Expected { name: "poison-release", survives: false, said: "rejects them as poison", helps: None },
    Expected { name: "redrive-storm", survives: true, said: "less than its outage of 40 min", helps: None },
    Expected {
        name: "slow-downstream",
        survives: false,
        said: "Most of the waiting is in FulfilmentQueue",
        helps: Some("raise MaximumConcurrency of OrderFulfilmentConfirmed"),
    },
];

#[test]
fn each_scenario_ends_as_it_is_meant_to_and_twice_the_same() {
    let topology = topology();
    let files = std::fs::read_dir(infra().join("scenarios")).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, EXPECTED.map(|it| it.name.to_owned()));
    for Expected { name, survives, said, helps } in EXPECTED {
        let path = infra().join(format!("scenarios/{name}.toml"));
        let first = results(&topology, &Prepared::read(&path).unwrap());
        let verdict = &first.verdict;
        assert_eq!(verdict.survived, survives, "{name}: {}", verdict.headline);
        assert!(verdict.statements.iter().any(|it| it.says.contains(said)), "{name}: {verdict:#?}");
        let remedies: Vec<&str> =
            verdict.statements.iter().flat_map(|it| &it.remedies).map(|it| it.does.as_str()).collect();
        match helps {
            Some(helps) => assert!(remedies.iter().any(|it| it.contains(helps)), "{name}: {remedies:?}"),
            None => assert!(remedies.is_empty(), "{name}: {remedies:?}"),
        }

        let again = results(&topology, &Prepared::read(&path).unwrap());
        assert_eq!(again.json().to_string(), first.json().to_string(), "{name}");
        assert_eq!(again.html(), first.html(), "{name}");
    }
}

#[test]
fn a_remedy_that_is_told_helps_from_other_seeds_too() {
    let topology = topology();
    let mut prepared = Prepared::read(&infra().join("scenarios/payment-outage.toml")).unwrap();
    let told = results(&topology, &prepared).verdict;
    let remedy = told.statements.iter().flat_map(|it| &it.remedies).find(|it| it.seen.survived).unwrap();
    prepared.scenario.changes.extend(remedy.changes.iter().cloned());
    prepared.scenario.functions.get_mut("OrderProcessor").unwrap().attempts = Some(13);
    for seed in 1..=5 {
        let report = run(&topology, &prepared, seed);
        assert_eq!((report.dead(), report.lost()), (0, 0), "seed {seed}");
    }
}
