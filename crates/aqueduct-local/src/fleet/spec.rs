//! What a function's processes have in common.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_services::lambda::{Deployment, Ended, failed};
use aqueduct_topology::Function;

use super::package::Package;
use super::process::Program;

/// What to run.
#[derive(Clone, Debug)]
enum Code {
    /// The executable; none when nothing was built for the function.
    Built(Option<PathBuf>),
    /// An archive that the API brought.
    Package(Arc<Package>),
}

/// What a function's processes have in common.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// Physical name.
    pub(crate) name: String,
    /// `Handler`.
    pub(crate) handler: String,
    /// Timeout of an invocation.
    pub(crate) timeout: Duration,
    code: Code,
    /// Variables that win over the function's own, also after it changed.
    overriding: BTreeMap<String, String>,
    /// The environment, but for what differs from process to process.
    environment: BTreeMap<String, String>,
}

impl Spec {
    /// What to run for a template's `function`; `variables` are set beside the template's and win over them.
    pub(crate) fn new(
        function: &Function,
        executable: Option<PathBuf>,
        endpoint: &str,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let deployment = Deployment::of_template(function);
        Self::with(&deployment, Code::Built(executable), variables.clone(), endpoint)
    }

    /// What to run for a function that was made at run time.
    pub(crate) fn deployed(deployment: &Deployment, endpoint: &str) -> Self {
        let code = match &deployment.code {
            Some(code) => Code::Package(Arc::new(Package::new(code.zip().clone()))),
            None => Code::Built(None),
        };
        Self::with(deployment, code, BTreeMap::new(), endpoint)
    }

    /// What to run once the function changed.
    pub(crate) fn changed(&self, deployment: &Deployment, endpoint: &str) -> Self {
        let code = match (&deployment.code, &self.code) {
            (Some(code), Code::Package(package)) if package.is_of(code.zip()) => Code::Package(Arc::clone(package)),
            (Some(code), _) => Code::Package(Arc::new(Package::new(code.zip().clone()))),
            (None, code) => code.clone(),
        };
        Self::with(deployment, code, self.overriding.clone(), endpoint)
    }

    fn with(deployment: &Deployment, code: Code, overriding: BTreeMap<String, String>, endpoint: &str) -> Self {
        let handler = deployment.handler.clone().unwrap_or_else(|| "bootstrap".to_owned());
        let mut environment = deployment.environment.clone();
        environment.extend(overriding.clone());
        // What Lambda sets wins.
        environment = Deployment { environment, ..deployment.clone() }.variables();
        for (name, value) in
            [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_ENDPOINT_URL", endpoint)]
        {
            environment.insert(name.to_owned(), value.to_owned());
        }
        let (name, timeout) = (deployment.name.clone(), deployment.timeout);
        Self { name, handler, timeout, code, overriding, environment }
    }

    /// The program for one process, whose Runtime API listens at `address`.
    pub(crate) async fn program(&self, address: &str) -> Result<Program, Ended> {
        let no_entry = |message: String| failed("Runtime.InvalidEntrypoint", message);
        let executable = match &self.code {
            Code::Built(Some(executable)) => executable.clone(),
            Code::Built(None) => {
                return Err(no_entry(format!("no executable was built for the function {}", self.name)));
            }
            Code::Package(package) => package.bootstrap().await.map_err(|error| no_entry(error.to_string()))?,
        };
        let task_root = executable.parent().map_or_else(|| "/".to_owned(), |folder| folder.display().to_string());
        let mut environment = self.environment.clone();
        environment.insert("LAMBDA_TASK_ROOT".to_owned(), task_root);
        environment.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), address.to_owned());
        Ok(Program { executable, environment })
    }
}
