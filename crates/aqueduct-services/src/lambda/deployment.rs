//! What a driver needs to run a function that was made or changed at run time.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;

use super::code::Code;
use super::function::Function;

/// A function as it is to be run from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `Handler`.
    pub handler: Option<String>,
    /// Timeout of an invocation.
    pub timeout: Duration,
    /// Memory, in MB.
    pub memory_mb: u32,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// Whether its log lines are to be JSON.
    pub logs_json: bool,
    /// Its code; `None` for a function of a template, whose executable the driver has.
    pub code: Option<Code>,
}

/// What changed about the functions to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// The function is new or other than before; processes that run its former self end when they are free.
    Deploy(Box<Deployment>),
    /// The function of this name is gone.
    Remove(String),
}

impl Deployment {
    pub(super) fn of(function: &Function) -> Self {
        let settings = &function.settings;
        Self {
            name: function.name.clone(),
            arn: function.arn.clone(),
            handler: settings.handler.clone(),
            timeout: settings.timeout,
            memory_mb: settings.memory_mb,
            environment: settings.environment.clone().unwrap_or_default(),
            // Functions of a template always write JSON: the command that runs them reads their fields.
            logs_json: function.code.is_none() || settings.logging.log_format.as_deref() == Some("JSON"),
            code: function.code.clone(),
        }
    }
}
