//! Functions as a scenario describes them.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::Timestamp;
use aqueduct_services::cloud::virtual_time::{Execution, Functions};
use aqueduct_services::lambda::{Ended, Invocation, failed};
use serde_json::Value;

use crate::report::Cause;

/// How long a function takes unless the scenario says.
const SERVICE_TIME: Duration = Duration::from_millis(100);

/// How long a function that is down takes to fail.
const FAILURE_TIME: Duration = Duration::from_millis(50);

/// One function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modelled {
    pub(crate) service_time: Option<Duration>,
    /// Outages, from and until.
    pub(crate) outages: Vec<(Timestamp, Timestamp)>,
}

/// All functions, by physical name, and how the last execution of each message went.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) functions: BTreeMap<String, Modelled>,
    fates: BTreeMap<String, Cause>,
}

impl Model {
    /// Why a message failed last; a message that never ran found no concurrency.
    pub(crate) fn cause(&self, message_id: &str) -> Cause {
        self.fates.get(message_id).copied().unwrap_or(Cause::NeverRan)
    }
}

impl Functions for Model {
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution {
        let ids = message_ids(&invocation.payload);
        let function = self.functions.get(&invocation.function);
        let is_down =
            function.is_some_and(|function| function.outages.iter().any(|(from, until)| *from <= now && now < *until));
        let service_time = function.and_then(|function| function.service_time).unwrap_or(SERVICE_TIME);
        let records = u32::try_from(ids.len().max(1)).unwrap_or(u32::MAX);
        let took = service_time.saturating_mul(records);
        let (execution, fate) = if is_down {
            let ended = failed("Outage", "the function is down".to_owned());
            (Execution { ended, took: FAILURE_TIME, calls: Vec::new() }, Cause::Outage)
        } else {
            let in_time = took <= invocation.deadline.since(now);
            let fate = if in_time { Cause::Late } else { Cause::TimedOut };
            (Execution { ended: Ended::Answered("null".to_owned()), took, calls: Vec::new() }, fate)
        };
        for id in ids {
            self.fates.insert(id, fate);
        }
        execution
    }
}

fn message_ids(event: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record["messageId"].as_str().map(str::to_owned)).collect()
}
