//! A template's topology run in virtual time under load and faults.

mod cost;
mod kernel;
mod report;
mod run;
mod runs;
mod scenario;
mod sketch;
mod vary;
mod verdict;
mod wiring;

pub mod words;

pub use cost::{Bill, Line, MONTH, Price, Prices, PricesError, ServiceCost};
pub use report::{
    Cause, DeadLetters, FunctionReport, GoalReport, Items, Latency, Outside, Peak, QueueReport, Report, Results,
    SCHEMA_VERSION, Series, Usage,
};
pub use run::{Error, Progress, run};
pub use runs::{Runs, Spread, in_parallel};
pub use scenario::{
    Arrivals, Assumed, Backoff, Behaviour, Change, Fault, FaultKind, Goal, Jitter, Prepared, Problem, Process,
    Publication, Retries, Scenario, ServiceTime, Setting,
};
pub use sketch::sketch;
pub use vary::{Outcome, Tried, Variation, Vary, VaryError};
pub use verdict::{Matter, Remedy, Seen, Statement, Trial, Verdict};
