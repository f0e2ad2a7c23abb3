//! The document that contracts travel in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{EventContract, FunctionContract};

/// The version of the document that this crate reads and writes.
pub const VERSION: u64 = 1;

/// How many bytes a document may have.
pub const SIZE_MAX: usize = 16 * 1024 * 1024;

/// The contracts of one workspace, or of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contracts {
    /// The event types.
    pub events: Vec<EventContract>,
    /// The functions.
    pub functions: Vec<FunctionContract>,
}

/// A text is no document of contracts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContractError {
    /// It is too long.
    #[error("the contracts have {bytes} bytes, and at most {SIZE_MAX} are read")]
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
    },
    /// It is no JSON, or not of this shape.
    #[error("these are no contracts: {0}")]
    Malformed(String),
    /// It has another version, or none.
    #[error("{0}; write the contracts anew with `aqueduct contracts`")]
    Version(String),
    /// It contradicts itself.
    #[error("{0}")]
    Inconsistent(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[expect(dead_code, reason = "the version is read before")]
    contracts: Value,
    #[serde(default)]
    events: Vec<EventContract>,
    #[serde(default)]
    functions: Vec<FunctionContract>,
}

#[derive(Serialize)]
struct Written<'a> {
    contracts: u64,
    events: &'a [EventContract],
    functions: &'a [FunctionContract],
}

/// The version alone, so that a document of a later version is told from a broken one.
#[derive(Deserialize)]
struct Versioned {
    contracts: Option<Value>,
}

impl Contracts {
    /// Reads a document. What it does not know is an error, so that a misspelt promise is not taken for one that was not
    /// made.
    pub fn read(text: &str) -> Result<Self, ContractError> {
        if text.len() > SIZE_MAX {
            return Err(ContractError::TooLarge { bytes: text.len() });
        }
        let malformed = |error: serde_json::Error| ContractError::Malformed(error.to_string());
        match serde_json::from_str::<Versioned>(text).map_err(malformed)?.contracts {
            Some(version) if version == VERSION => {}
            Some(version) => {
                let words = format!("the contracts have the version {version}, and only version {VERSION} is known");
                return Err(ContractError::Version(words));
            }
            None => {
                let words = format!("the contracts have no version; they begin with {{\"contracts\": {VERSION}, …}}");
                return Err(ContractError::Version(words));
            }
        }
        let Document { events, functions, .. } = serde_json::from_str(text).map_err(malformed)?;
        let contracts = Self { events, functions };
        contracts.check()?;
        Ok(contracts)
    }

    /// The document, indented, in an order that does not depend on who was asked first.
    pub fn to_json(&self) -> String {
        let mut sorted = self.clone();
        sorted.events.sort_by(|one, other| (&one.kind, &one.version).cmp(&(&other.kind, &other.version)));
        sorted.functions.sort_by(|one, other| one.name.cmp(&other.name));
        for function in &mut sorted.functions {
            function.consumes.sort();
            function.publishes.sort();
        }
        let document = Written { contracts: VERSION, events: &sorted.events, functions: &sorted.functions };
        // Text, numbers and JSON values are all that there is to write.
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The event of this type and version.
    pub fn event(&self, kind: &str, version: &str) -> Option<&EventContract> {
        self.events.iter().find(|event| event.kind == kind && event.version == version)
    }

    /// Adds the contracts of others. An event that both declare must be the same to both; a function that both declare is an
    /// error.
    pub fn join(&mut self, others: Self) -> Result<(), ContractError> {
        for event in others.events {
            match self.event(&event.kind, &event.version) {
                None => self.events.push(event),
                Some(known) if known.schema == event.schema => {}
                Some(_) => {
                    return Err(ContractError::Inconsistent(format!(
                        "version {} of the event {} is declared with two schemas; give one of them another version, or \
                         share the type",
                        event.version, event.kind
                    )));
                }
            }
        }
        self.functions.extend(others.functions);
        self.check()
    }

    fn check(&self) -> Result<(), ContractError> {
        let mut events = BTreeSet::new();
        for event in &self.events {
            if !events.insert((event.kind.as_str(), event.version.as_str())) {
                let words = format!("version {} of the event {} is declared twice", event.version, event.kind);
                return Err(ContractError::Inconsistent(words));
            }
            if !(event.schema.is_object() || event.schema.is_boolean()) {
                let words = format!("the schema of the event {} is neither an object nor a boolean", event.kind);
                return Err(ContractError::Inconsistent(words));
            }
        }
        let mut functions = BTreeSet::new();
        for function in &self.functions {
            if !functions.insert(function.name.as_str()) {
                let words = format!("the function {} is declared twice", function.name);
                return Err(ContractError::Inconsistent(words));
            }
            if function.retries.is_some_and(|retries| retries.attempts == Some(0)) {
                let words = format!("the function {} makes no attempt; its attempts begin with 1", function.name);
                return Err(ContractError::Inconsistent(words));
            }
            let consumed = function.consumes.iter().map(|it| ("consumes", &it.event, &it.version));
            let published = function.publishes.iter().map(|it| ("publishes", &it.event, &it.version));
            for (does, event, version) in consumed.chain(published) {
                if !events.contains(&(event.as_str(), version.as_str())) {
                    return Err(ContractError::Inconsistent(format!(
                        "the function {} {does} version {version} of {event}, which is not among the events; add \
                         {{\"type\": \"{event}\", \"version\": \"{version}\"}} to them",
                        function.name
                    )));
                }
            }
        }
        Ok(())
    }
}
