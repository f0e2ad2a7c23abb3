//! A function: its settings, its resource policy, its URL and what becomes of its asynchronous events.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{self as topology, Arn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{AddPermission, EventInvokeDescription, FunctionDescription, Logging, Progress, UrlDescription};
use super::code::Code;
use super::name::is_account;
use super::refusals::{conflict, invalid, not_found};
use crate::{ApiError, Principal, Timestamp, policy};

/// How long a function is `Pending` after it was created, or `InProgress` after an update. AWS takes seconds.
pub(super) const SETTLES_AFTER: Duration = Duration::from_millis(500);

/// `MaximumRetryAttempts` and `MaximumEventAgeInSeconds`, unless they are set.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html>
const RETRIES_MAX: u32 = 2;
const AGE_MAX: Duration = Duration::from_hours(6);

/// A function as the service keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Function {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
    /// `None` takes from what no function has reserved.
    pub(super) reserved: Option<u32>,
    /// Whether it may invoke itself without end.
    pub(super) allows_recursion: bool,
    pub(super) event_invoke: Option<EventInvoke>,
    pub(super) url: Option<Url>,
    /// Its code, where the API brought it: the executables of a template's functions are the driver's.
    #[serde(skip)]
    pub(super) code: Option<Code>,
    statements: Vec<Value>,
    modified: Timestamp,
    /// When the last change is through.
    settles: Timestamp,
    is_update: bool,
    /// `RevisionId`: that of the last change, and the one once it is through.
    revisions: (String, String),
}

/// What `UpdateFunctionConfiguration` changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) description: String,
    pub(super) role: String,
    pub(super) runtime: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) timeout: Duration,
    pub(super) memory_mb: u32,
    pub(super) environment: Option<BTreeMap<String, String>>,
    pub(super) dead_letter: Option<Arn>,
    pub(super) architectures: Vec<String>,
    pub(super) ephemeral_mb: u32,
    pub(super) tracing: String,
    pub(super) logging: Logging,
}

/// What is set about asynchronous invocations; `None` stands for Lambda's defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct EventInvoke {
    pub(super) retries_max: Option<u32>,
    pub(super) age_max: Option<Duration>,
    pub(super) on_success: Option<Arn>,
    pub(super) on_failure: Option<Arn>,
    pub(super) modified: Timestamp,
}

/// What becomes of asynchronous events.
#[derive(Clone, Debug)]
pub(super) struct Asynchronous {
    pub(super) retries_max: u32,
    pub(super) age_max: Duration,
    pub(super) on_success: Option<Arn>,
    pub(super) on_failure: Option<Arn>,
    pub(super) dead_letter: Option<Arn>,
}

/// A function URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Url {
    /// What its address names it by.
    pub(super) id: String,
    pub(super) auth_type: String,
    pub(super) invoke_mode: String,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// Where the driver serves it, when it has an address of its own.
    pub(super) address: Option<String>,
}

impl Settings {
    /// Lambda's defaults.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
    pub(super) fn new(name: &str) -> Self {
        Self {
            description: String::new(),
            role: String::new(),
            runtime: None,
            handler: None,
            timeout: Duration::from_secs(3),
            memory_mb: 128,
            environment: None,
            dead_letter: None,
            architectures: vec!["x86_64".to_owned()],
            ephemeral_mb: 512,
            tracing: "PassThrough".to_owned(),
            logging: Logging {
                log_format: Some("Text".to_owned()),
                log_group: Some(format!("/aws/lambda/{name}")),
                ..Logging::default()
            },
        }
    }
}

impl Function {
    /// A new function, `Pending` until [`SETTLES_AFTER`].
    pub(super) fn new(now: Timestamp, arn: Arn, settings: Settings, revisions: (String, String)) -> Self {
        let name = arn.name().to_owned();
        Self {
            id: name.clone(),
            name,
            arn,
            settings,
            tags: BTreeMap::new(),
            reserved: None,
            allows_recursion: false,
            event_invoke: None,
            url: None,
            code: None,
            statements: Vec::new(),
            modified: now,
            settles: now + SETTLES_AFTER,
            is_update: false,
            revisions,
        }
    }

    /// A function as a template describes it, which is there at once.
    pub(super) fn of_template(now: Timestamp, function: &topology::Function, revision: String, url_id: String) -> Self {
        let asynchronous = &function.asynchronous;
        let settings = Settings {
            role: format!("arn:aws:iam::{}:role/{}", function.arn.account(), function.id),
            runtime: function.runtime.clone(),
            handler: function.handler.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            environment: (!function.environment.is_empty()).then(|| function.environment.clone()),
            dead_letter: asynchronous.dead_letter.clone(),
            ..Settings::new(&function.name)
        };
        let event_invoke = EventInvoke {
            retries_max: (asynchronous.retries_max != RETRIES_MAX).then_some(asynchronous.retries_max),
            age_max: (asynchronous.age_max != AGE_MAX).then_some(asynchronous.age_max),
            on_success: asynchronous.on_success.clone(),
            on_failure: asynchronous.on_failure.clone(),
            modified: now,
        };
        let url = function.url.as_ref().map(|url| Url {
            id: url_id,
            auth_type: url.auth_type.clone(),
            invoke_mode: url.invoke_mode.clone(),
            created: now,
            modified: now,
            address: None,
        });
        Self {
            id: function.id.clone(),
            reserved: function.reserved_concurrency,
            event_invoke: (!event_invoke.is_default()).then_some(event_invoke),
            url,
            settles: now,
            ..Self::new(now, function.arn.clone(), settings, (revision.clone(), revision))
        }
    }

    /// Settings or code changed: the function is `InProgress` until [`SETTLES_AFTER`].
    pub(super) fn touch(&mut self, now: Timestamp, revisions: (String, String)) {
        self.modified = now;
        self.settles = now + SETTLES_AFTER;
        self.is_update = true;
        self.revisions = revisions;
    }

    /// Something changed that takes no time.
    pub(super) fn revise(&mut self, revision: String) {
        self.revisions = (revision.clone(), revision);
    }

    /// How far it is with its last change.
    pub(super) fn progress(&self, now: Timestamp) -> Progress {
        match (now < self.settles, self.is_update) {
            (false, _) => Progress::Done,
            (true, false) => Progress::Creating,
            (true, true) => Progress::Updating,
        }
    }

    /// Its revision.
    pub(super) fn revision(&self, now: Timestamp) -> &str {
        if now < self.settles { &self.revisions.0 } else { &self.revisions.1 }
    }

    /// What becomes of its asynchronous events.
    pub(super) fn asynchronous(&self) -> Asynchronous {
        let set = self.event_invoke.as_ref();
        Asynchronous {
            retries_max: set.and_then(|set| set.retries_max).unwrap_or(RETRIES_MAX),
            age_max: set.and_then(|set| set.age_max).unwrap_or(AGE_MAX),
            on_success: set.and_then(|set| set.on_success.clone()),
            on_failure: set.and_then(|set| set.on_failure.clone()),
            dead_letter: self.settings.dead_letter.clone(),
        }
    }

    /// The function's resource policy.
    pub(super) fn policy(&self) -> Value {
        json!({ "Version": "2012-10-17", "Id": "default", "Statement": self.statements })
    }

    /// Whether it has a resource policy at all.
    pub(super) const fn has_policy(&self) -> bool {
        !self.statements.is_empty()
    }

    /// Whether the resource policy lets `from` invoke the function.
    pub(super) fn allows(&self, from: &Principal) -> Result<(), String> {
        policy::allows(&self.policy(), "lambda:InvokeFunction", &self.arn, from)
    }

    /// Adds a statement to the resource policy and answers with it.
    ///
    /// Source: LocalStack's AWS-validated tests `TestLambdaPermissions::test_add_lambda_permission_aws`,
    /// `…test_lambda_permission_fn_versioning` and `…test_permission_exceptions`
    pub(super) fn permit(&mut self, permission: &AddPermission) -> Result<Value, ApiError> {
        let sid = &permission.statement_id;
        if self.statements.iter().any(|statement| statement["Sid"] == sid.as_str()) {
            return Err(conflict(format!(
                "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the \
                 existing statement."
            )));
        }
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": principal(&permission.principal)?,
            "Action": permission.action,
            "Resource": self.arn.as_str(),
        });
        let mut equal = serde_json::Map::new();
        for (key, value) in [
            ("lambda:FunctionUrlAuthType", &permission.function_url_auth_type),
            ("aws:PrincipalOrgID", &permission.principal_org_id),
            ("AWS:SourceAccount", &permission.source_account),
            ("lambda:EventSourceToken", &permission.event_source_token),
        ] {
            if let Some(value) = value {
                equal.insert(key.to_owned(), json!(value));
            }
        }
        if !equal.is_empty() {
            statement["Condition"]["StringEquals"] = Value::Object(equal);
        }
        if let Some(source) = &permission.source_arn {
            statement["Condition"]["ArnLike"] = json!({ "AWS:SourceArn": source });
        }
        self.statements.push(statement.clone());
        Ok(statement)
    }

    /// Takes a statement out of the resource policy.
    pub(super) fn forbid(&mut self, sid: &str) -> Result<(), ApiError> {
        if self.statements.is_empty() {
            return Err(not_found("No policy is associated with the given resource."));
        }
        let before = self.statements.len();
        self.statements.retain(|statement| statement["Sid"] != sid);
        if self.statements.len() == before {
            return Err(not_found(format!("Statement {sid} is not found in resource policy.")));
        }
        Ok(())
    }

    /// The function as the API describes it.
    pub(super) fn describe(&self, now: Timestamp, running: u32, queued: usize) -> FunctionDescription {
        let settings = self.settings.clone();
        FunctionDescription {
            id: self.id.clone(),
            name: self.name.clone(),
            arn: self.arn.clone(),
            description: settings.description,
            role: settings.role,
            runtime: settings.runtime,
            handler: settings.handler,
            timeout: settings.timeout.as_secs(),
            memory_mb: settings.memory_mb,
            environment: settings.environment,
            dead_letter: settings.dead_letter,
            architectures: settings.architectures,
            ephemeral_mb: settings.ephemeral_mb,
            tracing: settings.tracing,
            logging: settings.logging,
            code_sha256: self.code.as_ref().map_or_else(Code::sha256_of_nothing, |code| code.sha256().to_owned()),
            code_bytes: self.code_bytes(),
            revision: self.revision(now).to_owned(),
            tags: self.tags.clone(),
            reserved: self.reserved,
            modified: self.modified,
            progress: self.progress(now),
            has_url: self.url.is_some(),
            running,
            queued,
        }
    }

    /// How large its archive is.
    pub(super) fn code_bytes(&self) -> usize {
        self.code.as_ref().map_or(0, |code| code.zip().len())
    }

    /// The function's URL, as the API describes it; without an address of its own it is a path of `endpoint`.
    pub(super) fn describe_url(&self, endpoint: &str) -> Option<UrlDescription> {
        self.url.as_ref().map(|url| UrlDescription {
            function: self.arn.clone(),
            url: url.address.clone().unwrap_or_else(|| format!("{endpoint}/lambda-url/{}/", url.id)),
            auth_type: url.auth_type.clone(),
            invoke_mode: url.invoke_mode.clone(),
            created: url.created,
            modified: url.modified,
        })
    }

    /// What was set about its asynchronous invocations, as the API describes it.
    pub(super) fn describe_event_invoke(&self) -> Option<EventInvokeDescription> {
        self.event_invoke.as_ref().map(|set| EventInvokeDescription {
            function: format!("{}:$LATEST", self.arn),
            retries_max: set.retries_max,
            age_max: set.age_max.map(|age| age.as_secs()),
            on_success: set.on_success.clone(),
            on_failure: set.on_failure.clone(),
            modified: set.modified,
        })
    }
}

impl EventInvoke {
    fn is_default(&self) -> bool {
        self.retries_max.is_none() && self.age_max.is_none() && self.on_success.is_none() && self.on_failure.is_none()
    }
}

fn principal(text: &str) -> Result<Value, ApiError> {
    match text {
        "*" => Ok(json!("*")),
        service if service.ends_with(".amazonaws.com") => Ok(json!({ "Service": service })),
        account if is_account(account) => Ok(json!({ "AWS": format!("arn:aws:iam::{account}:root") })),
        arn if arn.starts_with("arn:aws:iam:") => Ok(json!({ "AWS": arn })),
        _ => Err(invalid("The provided principal was invalid. Please check the principal and try again.")),
    }
}
