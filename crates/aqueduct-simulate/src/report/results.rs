//! Everything that a simulation has to tell, for programs.

use aqueduct_topology::Topology;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Bill, Prices, Report, Runs, Scenario, Trial, Variation, Verdict};

/// The version of the JSON document. It grows when a name changes its meaning or goes; new names do not make it grow.
pub const SCHEMA_VERSION: u32 = 1;

/// A report with what it means and what it costs.
#[derive(Clone, Debug)]
pub struct Results {
    /// What was run.
    pub scenario: Scenario,
    /// What came of it.
    pub report: Report,
    /// What that means.
    pub verdict: Verdict,
    /// What a month of it costs.
    pub bill: Bill,
    /// What many runs have in common, where there were many.
    pub runs: Option<Runs>,
    /// What came of the values of a setting, where one was varied.
    pub variation: Option<Variation>,
}

impl Results {
    /// Judges a report and reckons its cost.
    pub fn of(topology: &Topology, scenario: Scenario, report: Report, prices: &Prices, trial: &Trial<'_>) -> Self {
        let verdict = Verdict::of(topology, &scenario, &report, trial);
        let bill = Bill::of(&report, topology, prices);
        Self { scenario, report, verdict, bill, runs: None, variation: None }
    }

    /// One JSON document. Durations and points in time since the start are seconds; what comes from the scenario is
    /// written as scenarios write it.
    pub fn json(&self) -> Value {
        let mut document = json!({
            "schema_version": SCHEMA_VERSION,
            "verdict": self.verdict,
            "report": self.report,
            "faults": self.scenario.faults,
            "changes": self.scenario.changes,
            "cost_per_month": self.bill,
        });
        let further = [("runs", as_json(self.runs.as_ref())), ("variation", as_json(self.variation.as_ref()))];
        for (name, value) in further {
            if let Some(value) = value {
                document[name] = value;
            }
        }
        document
    }
}

fn as_json(value: Option<&impl Serialize>) -> Option<Value> {
    value.map(|value| json!(value))
}
