//! A function: its settings, its resource policy and its executions under way.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{self as topology, Arn, AsyncConfig, FunctionUrl};
use serde_json::{Value, json};

use super::api::{AddPermission, FunctionDescription, UrlDescription};
use crate::{ApiError, Principal, Timestamp, policy};

/// A function as the service keeps it.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) timeout: Duration,
    pub(super) memory_mb: u32,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) asynchronous: AsyncConfig,
    /// `None` takes from what no function has reserved.
    pub(super) reserved: Option<u32>,
    pub(super) running: u32,
    /// Where the driver serves the function URL.
    pub(super) url_address: Option<String>,
    runtime: Option<String>,
    handler: Option<String>,
    url: Option<FunctionUrl>,
    statements: Vec<Value>,
    modified: Timestamp,
}

impl Function {
    /// A function as a template describes it.
    pub(super) fn new(now: Timestamp, function: &topology::Function) -> Self {
        Self {
            id: function.id.clone(),
            name: function.name.clone(),
            arn: function.arn.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            environment: function.environment.clone(),
            asynchronous: function.asynchronous.clone(),
            reserved: function.reserved_concurrency,
            running: 0,
            url_address: None,
            runtime: function.runtime.clone(),
            handler: function.handler.clone(),
            url: function.url.clone(),
            statements: Vec::new(),
            modified: now,
        }
    }

    /// Settings changed.
    pub(super) const fn touch(&mut self, now: Timestamp) {
        self.modified = now;
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
    pub(super) fn permit(&mut self, permission: &AddPermission) -> Result<Value, ApiError> {
        let sid = &permission.statement_id;
        if self.statements.iter().any(|statement| statement["Sid"] == sid.as_str()) {
            return Err(ApiError::sender(
                "ResourceConflictException",
                format!("The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing statement."),
            )
            .with_status(409));
        }
        let principal = match permission.principal.as_str() {
            "*" => json!("*"),
            service if service.ends_with(".amazonaws.com") => json!({ "Service": service }),
            account => json!({ "AWS": account }),
        };
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": principal,
            "Action": permission.action,
            "Resource": self.arn.as_str(),
        });
        if let Some(source) = &permission.source_arn {
            statement["Condition"] = json!({ "ArnLike": { "AWS:SourceArn": source } });
        }
        self.statements.push(statement.clone());
        Ok(statement)
    }

    /// Takes a statement out of the resource policy.
    pub(super) fn forbid(&mut self, sid: &str) -> Result<(), ApiError> {
        let before = self.statements.len();
        self.statements.retain(|statement| statement["Sid"] != sid);
        if self.statements.len() == before {
            let message = format!("Statement {sid} is not found in resource policy.");
            return Err(ApiError::sender("ResourceNotFoundException", message).with_status(404));
        }
        Ok(())
    }

    /// The function as the API describes it.
    pub(super) fn describe(&self, queued: usize) -> FunctionDescription {
        FunctionDescription {
            id: self.id.clone(),
            name: self.name.clone(),
            arn: self.arn.clone(),
            runtime: self.runtime.clone(),
            handler: self.handler.clone(),
            timeout: self.timeout.as_secs(),
            memory_mb: self.memory_mb,
            environment: self.environment.clone(),
            dead_letter: self.asynchronous.dead_letter.clone(),
            reserved: self.reserved,
            modified: self.modified,
            has_url: self.url.is_some(),
            running: self.running,
            queued,
        }
    }

    /// The function's URL, as the API describes it.
    pub(super) fn describe_url(&self, url: String) -> Option<UrlDescription> {
        self.url.as_ref().map(|config| UrlDescription {
            function: self.arn.clone(),
            url,
            auth_type: config.auth_type.clone(),
            invoke_mode: config.invoke_mode.clone(),
            created: self.modified,
        })
    }
}

/// The name in a `FunctionName` parameter: a name, `account:function:name` or an ARN, each with an optional `$LATEST`.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) fn name_of(text: &str) -> Result<&str, ApiError> {
    let tail = match text.rsplit_once("function:") {
        Some((_, tail)) => tail,
        None => text,
    };
    match tail.split_once(':') {
        None | Some((_, "$LATEST")) => Ok(tail.split(':').next().unwrap_or(tail)),
        Some(_) => Err(ApiError::not_modelled("versions and aliases of functions")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_function_name() {
        for text in [
            "order-intake",
            "order-intake:$LATEST",
            "000000000000:function:order-intake",
            "arn:aws:lambda:us-east-1:000000000000:function:order-intake",
            "arn:aws:lambda:us-east-1:000000000000:function:order-intake:$LATEST",
        ] {
            assert_eq!(name_of(text), Ok("order-intake"), "{text}");
        }
        assert_eq!(name_of("order-intake:live").unwrap_err().status, 501);
    }
}
