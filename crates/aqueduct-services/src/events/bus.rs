//! Buses: what they are told, and who may put events on them.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{BusDescription, BusSettings};
use super::api::{DeadLetterConfig, PutPermission, RemovePermission};
use super::refusals::{invalid, not_found, required};
use crate::{ApiError, Site, Timestamp};

/// The bus that every account has.
pub(super) const DEFAULT_BUS: &str = "default";

/// The longest policy, in bytes.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
const POLICY_BYTES_MAX: usize = 10 * 1024;

/// A bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Bus {
    pub(super) arn: Arn,
    pub(super) description: Option<String>,
    pub(super) kms_key: Option<String>,
    pub(super) dead_letter: Option<DeadLetterConfig>,
    pub(super) log_config: Option<Value>,
    pub(super) policy: Option<Value>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
}

impl Bus {
    /// A bus with nothing set.
    pub(super) fn new(site: &Site, now: Timestamp, name: &str) -> Self {
        Self {
            arn: bus_arn(site, name),
            description: None,
            kms_key: None,
            dead_letter: None,
            log_config: None,
            policy: None,
            tags: BTreeMap::new(),
            created: now,
            modified: now,
        }
    }

    /// Takes over what a call sets.
    pub(super) fn set(&mut self, settings: BusSettings) {
        self.description = settings.description;
        self.kms_key = settings.kms_key_identifier;
        self.dead_letter = settings.dead_letter_config;
        self.log_config = settings.log_config;
    }

    /// What it was told.
    pub(super) fn settings(&self) -> BusSettings {
        BusSettings {
            description: self.description.clone(),
            kms_key_identifier: self.kms_key.clone(),
            dead_letter_config: self.dead_letter.clone(),
            log_config: self.log_config.clone(),
        }
    }

    /// The bus as `DescribeEventBus` answers it.
    pub(super) fn description(&self, name: &str) -> BusDescription {
        BusDescription {
            name: name.to_owned(),
            arn: self.arn.clone(),
            settings: self.settings(),
            policy: self.policy.as_ref().map(Value::to_string),
            creation_time: self.created,
            last_modified_time: self.modified,
        }
    }

    /// The bus as `ListEventBuses` answers it.
    pub(super) fn listed(&self, name: &str) -> BusDescription {
        let settings = BusSettings { description: self.description.clone(), ..BusSettings::default() };
        BusDescription { settings, ..self.description(name) }
    }

    /// Sets the whole policy, or one statement, which replaces the one of the same id.
    ///
    /// Statements recorded by LocalStack's AWS-validated test `test_put_permission`.
    pub(super) fn permit(&mut self, request: PutPermission) -> Result<(), ApiError> {
        let policy = match request.policy {
            Some(text) => {
                let policy: Option<Value> = serde_json::from_str(&text).ok();
                let policy = policy.filter(|policy| policy.get("Statement").is_some());
                policy.ok_or_else(|| invalid("Parameter Policy is not valid. Reason: it is not a policy document."))?
            }
            None => self.with_statement(statement(&self.arn, request)?),
        };
        if policy.to_string().len() > POLICY_BYTES_MAX {
            let message = "The policy of an event bus is limited to 10 KB.";
            return Err(ApiError::sender("PolicyLengthExceededException", message));
        }
        self.policy = Some(policy);
        Ok(())
    }

    fn with_statement(&self, statement: Value) -> Value {
        let mut statements = statements(self.policy.as_ref());
        match statements.iter_mut().find(|existing| existing["Sid"] == statement["Sid"]) {
            Some(existing) => *existing = statement,
            None => statements.push(statement),
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// Takes one statement or the whole policy away.
    ///
    /// Refusals recorded by LocalStack's AWS-validated test `test_remove_permission_non_existing_sid`.
    pub(super) fn forbid(&mut self, request: &RemovePermission) -> Result<(), ApiError> {
        if request.remove_all_permissions {
            return match self.policy.take() {
                Some(_) => Ok(()),
                None => Err(not_found("EventBus does not have a policy.")),
            };
        }
        let id = request.statement_id.as_deref().ok_or_else(|| required("StatementId"))?;
        let mut statements = statements(self.policy.as_ref());
        let count = statements.len();
        statements.retain(|statement| statement["Sid"] != id);
        if statements.len() == count {
            return Err(not_found("Statement with the provided id does not exist."));
        }
        let policy = (!statements.is_empty()).then(|| json!({ "Version": "2012-10-17", "Statement": statements }));
        self.policy = policy;
        Ok(())
    }
}

fn statements(policy: Option<&Value>) -> Vec<Value> {
    match policy.and_then(|policy| policy.get("Statement")) {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    }
}

/// The statement that the parts of a call make.
fn statement(bus: &Arn, request: PutPermission) -> Result<Value, ApiError> {
    let id = request.statement_id.ok_or_else(|| required("StatementId"))?;
    let principal = request.principal.ok_or_else(|| required("Principal"))?;
    let action = request.action.ok_or_else(|| required("Action"))?;
    if action != "events:PutEvents" {
        return Err(invalid("Provided value in parameter 'action' is not supported."));
    }
    let is_account = principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit());
    let principal = match principal.as_str() {
        "*" => json!("*"),
        account if is_account => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
        _ => return Err(invalid("Parameter Principal is not valid. Reason: it is neither an account nor *.")),
    };
    let mut statement = json!({
        "Sid": id, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": bus,
    });
    if let Some(condition) = request.condition {
        let wanted = Map::from_iter([(condition.key, Value::from(condition.value))]);
        statement["Condition"] = Value::Object(Map::from_iter([(condition.operator, Value::Object(wanted))]));
    }
    Ok(statement)
}

/// The ARN of a bus.
pub(super) fn bus_arn(site: &Site, name: &str) -> Arn {
    site.arn("events", &format!("event-bus/{name}"))
}

/// The name of a bus that is given by name, by ARN, or not at all.
pub(super) fn bus_name(given: Option<&str>) -> &str {
    given.map_or(DEFAULT_BUS, |given| given.rsplit('/').next().unwrap_or(given))
}
