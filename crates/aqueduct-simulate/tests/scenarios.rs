//! The scenarios of the reference pipeline: all of them run, say what they are meant to say, and say it to the byte in every
//! build.
//!
//! `tests/reports.txt` has the digests of their reports. They change with the engine, the verdict, the page, the template and
//! the scenarios; `SNAPSHOTS=overwrite cargo test -p aqueduct-simulate --test scenarios` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use aqueduct_simulate::{Prepared, Prices, Report, Results, Runs, Scenario, Vary, in_parallel};
use aqueduct_topology::{Deployment, Topology};
use sha2::{Digest as _, Sha256};
use snapbox::{assert_data_eq, file};

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

fn trial(prepared: &Prepared) -> impl Fn(&Topology, &Scenario) -> Result<Report, String> + Sync {
    |topology, scenario| {
        let mut changed = prepared.clone();
        changed.scenario = scenario.clone();
        aqueduct_simulate::run(topology, &changed, 1, &mut |_| {}).map_err(|error| error.to_string())
    }
}

fn results(topology: &Topology, prepared: &Prepared) -> Results {
    let report = run(topology, prepared, 1);
    Results::of(topology, prepared.scenario.clone(), report, &Prices::of("us-east-1").unwrap(), &trial(prepared))
}

/// As with `--runs` and `--vary`.
fn with_further_runs(topology: &Topology, prepared: &Prepared, runs: usize, vary: &str) -> Results {
    let threads = NonZeroUsize::new(3).unwrap();
    let reports = in_parallel(threads, runs, |index| run(topology, prepared, 1 + index as u64));
    let vary: Vary = vary.parse().unwrap();
    let variation = vary.search(topology, &prepared.scenario, &reports[0], threads, &trial(prepared)).unwrap();
    Results { runs: Some(Runs::of(1, &reports)), variation: Some(variation), ..results(topology, prepared) }
}

/// What a report is known by: what it says first, and digests of its bytes.
fn known_by(name: &str, results: &Results) -> String {
    let digest = |text: &str| {
        Sha256::digest(text).iter().fold(String::new(), |mut digits, byte| {
            write!(digits, "{byte:02x}").unwrap();
            digits
        })
    };
    let (json, html) = (digest(&results.json().to_string()), digest(&results.html()));
    format!("{name}: {}\n  JSON {json}\n  HTML {html}\n", results.verdict.headline)
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

/// The scenario that is run from other seeds and with other settings too: the fastest.
const FURTHER: &str = "noisy-customer";

#[test]
fn each_scenario_ends_as_it_is_meant_to_with_the_same_bytes_in_every_build() {
    let topology = topology();
    let files = std::fs::read_dir(infra().join("scenarios")).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, EXPECTED.map(|it| it.name.to_owned()));
    let mut reports = String::new();
    for Expected { name, survives, said, helps } in EXPECTED {
        let prepared = Prepared::read(&infra().join(format!("scenarios/{name}.toml"))).unwrap();
        let results = results(&topology, &prepared);
        let verdict = &results.verdict;
        assert_eq!(verdict.survived, survives, "{name}: {}", verdict.headline);
        assert!(verdict.statements.iter().any(|it| it.says.contains(said)), "{name}: {verdict:#?}");
        let remedies: Vec<&str> =
            verdict.statements.iter().flat_map(|it| &it.remedies).map(|it| it.does.as_str()).collect();
        match helps {
            Some(helps) => assert!(remedies.iter().any(|it| it.contains(helps)), "{name}: {remedies:?}"),
            None => assert!(remedies.is_empty(), "{name}: {remedies:?}"),
        }
        reports += &known_by(name, &results);
        if name == FURTHER {
            let results = with_further_runs(&topology, &prepared, 3, "OrderProcessorOrders.MaximumConcurrency=5..20:5");
            assert!(results.runs.is_some() && results.variation.is_some());
            reports += &known_by("with --runs and --vary", &results);
        }
    }
    assert_data_eq!(reports, file!["reports.txt"].raw());
}

#[test]
fn the_scenario_of_the_documentation_can_be_run() {
    let page = std::fs::read_to_string(infra().join("../docs/simulate.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let prepared = Prepared::parse("first.toml", text, &mut |_| Err(std::io::ErrorKind::NotFound.into())).unwrap();
    let report = run(&topology(), &prepared, 1);
    assert!(report.items[0].arrived > 60_000 && report.items[0].dead > 0, "{:?}", report.items);
}

/// A scenario that names no file.
fn parsed(text: &str) -> Prepared {
    let parsed = Prepared::parse("s.toml", text, &mut |_| Err(std::io::ErrorKind::NotFound.into()));
    parsed.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

#[test]
fn a_sketch_can_be_run_and_has_comments_for_what_it_cannot_know() {
    for (template, expected) in [
        (std::fs::read_to_string(infra().join("template.yaml")).unwrap(), "# to = \"CommerceBus\""),
        (resources("Queue: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}", "Queue"), "groups = 100"),
        (resources("Queue: {Type: AWS::SQS::Queue}", "Queue"), "of = \"messages of Queue\""),
        (resources("Topic: {Type: AWS::SNS::Topic}", ""), "to = \"Worker\""),
    ] {
        let (topology, _) = aqueduct_topology::read(&template, &Deployment::default());
        let sketch = aqueduct_simulate::sketch(&topology, &BTreeMap::new(), "").unwrap();
        assert!(sketch.contains(expected), "{sketch}");
        let report = run(&topology, &parsed(&sketch), 1);
        assert!(report.items.iter().all(|items| items.arrived > 30_000), "{:?}", report.items);
        assert!(report.survived(), "{sketch}\n{:?}", report.items);
        let uncommented =
            sketch.replace("# [[faults]]\n# kind", "[[faults]]\nkind").replace("# f", "f").replace("# until", "until");
        let with_fault = parsed(&uncommented.replace("failing = 0.001", ""));
        assert_eq!(with_fault.scenario.faults.len(), 1);
    }
}

/// A resource beside a function, which reads this queue if there is one.
fn resources(resource: &str, queue: &str) -> String {
    let mapping = format!(
        "  Mapping: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{EventSourceArn: !GetAtt {queue}.Arn, FunctionName: !Ref Worker}}}}\n"
    );
    format!(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  {resource}\n  Worker: {{Type: AWS::Serverless::Function, Properties: \
         {{CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 5}}}}\n{}",
        if queue.is_empty() { "" } else { &mapping }
    )
}

#[test]
fn what_nothing_in_the_template_reads_is_handed_on() {
    let template = resources("Queue: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 60}}", "");
    let (topology, _) = aqueduct_topology::read(&template, &Deployment::default());
    let prepared = parsed(
        "title = 'handed on'\nstart = 2027-01-15T08:00:00Z\nlasts = '7d'\n[[arrivals]]\nname = 'calls'\nto = 'Worker'\n\
         process = { kind = 'constant', per_second = 0.01 }\n[functions.Worker]\npublishes = [{ to = 'Queue' }]",
    );
    let results = results(&topology, &prepared);
    let (items, queue) = (&results.report.items[0], &results.report.queues[0]);
    assert_eq!((items.arrived, items.done, queue.left, queue.expired), (6_048, 6_048, 6_048, 0));
    assert!(results.verdict.survived, "{}", results.verdict.headline);
    let said = "No function of the template reads 6,048 messages of Queue: they count as done";
    assert!(results.verdict.statements.iter().any(|it| it.says.starts_with(said)), "{:#?}", results.verdict);
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
