//! A template's topology run in virtual time under load and faults.

mod kernel;
mod report;
mod run;
mod scenario;

pub use report::{
    Cause, DeadLetters, FunctionReport, GoalReport, Items, Latency, Peak, QueueReport, Report, Series, Usage,
};
pub use run::{Error, Progress, run};
pub use scenario::{
    Arrivals, Behaviour, Change, Fault, FaultKind, Goal, Prepared, Problem, Process, Publication, Scenario,
    ServiceTime, Setting,
};
