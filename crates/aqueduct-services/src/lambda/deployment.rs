//! What a driver needs to run a function that was made or changed at run time.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{self as topology, Arn};

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
    /// A template's function as it is to be run, with its log in JSON: whoever runs it reads the fields of its lines.
    pub fn of_template(function: &topology::Function) -> Self {
        Self {
            name: function.name.clone(),
            arn: function.arn.clone(),
            handler: function.handler.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            environment: function.environment.clone(),
            logs_json: true,
            code: None,
        }
    }

    /// Its environment variables, and those that Lambda sets but for what the execution environment decides: credentials and the
    /// Runtime API's address.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    pub fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.environment.clone();
        for (name, value) in [
            ("_HANDLER", self.handler.as_deref().unwrap_or("bootstrap")),
            ("AWS_DEFAULT_REGION", self.arn.region()),
            ("AWS_REGION", self.arn.region()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &self.memory_mb.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", &self.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", if self.logs_json { "JSON" } else { "Text" }),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", self.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TZ", ":UTC"),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        variables
    }

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
