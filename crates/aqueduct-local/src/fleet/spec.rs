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
        let deployment = Deployment {
            name: function.name.clone(),
            arn: function.arn.clone(),
            handler: function.handler.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            environment: function.environment.clone(),
            logs_json: true,
            code: None,
        };
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

    /// Source of the variables: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    fn with(deployment: &Deployment, code: Code, overriding: BTreeMap<String, String>, endpoint: &str) -> Self {
        let handler = deployment.handler.clone().unwrap_or_else(|| "bootstrap".to_owned());
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
        for (name, value) in deployment.environment.iter().chain(&overriding) {
            set(name, value);
        }
        for (name, value) in [
            ("_HANDLER", handler.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", deployment.arn.region()),
            ("AWS_REGION", deployment.arn.region()),
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &deployment.memory_mb.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", &deployment.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", if deployment.logs_json { "JSON" } else { "Text" }),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{}", deployment.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TZ", ":UTC"),
        ] {
            set(name, value);
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
