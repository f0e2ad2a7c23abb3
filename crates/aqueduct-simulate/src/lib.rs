//! A template's topology run in virtual time under load and faults.

mod report;
mod scenario;

pub use report::{
    Cause, DeadLetters, FunctionReport, GoalReport, Items, Latency, Peak, QueueReport, Report, Series, Usage,
};
pub use scenario::{
    Arrivals, Behaviour, Change, Fault, FaultKind, Goal, Process, Publication, Scenario, ServiceTime, Setting,
};
