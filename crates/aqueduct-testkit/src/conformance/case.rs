//! The shape of a case, as `cases/README.md` describes it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::client::Service;

/// Something that AWS does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What AWS does, in a sentence.
    pub name: String,
    /// Where it says so: a document's address, or a test recorded against AWS.
    pub source: String,
    /// The file under `cases/` that has the case.
    #[serde(skip)]
    pub file: String,
    /// The template under `cases/templates` to deploy first, without its ending.
    pub template: Option<String>,
    /// Properties of the template to set, by logical id; `null` removes one.
    #[serde(default)]
    pub set: BTreeMap<String, Map<String, Value>>,
    /// Logical ids to leave out of the template.
    #[serde(default)]
    pub without: Vec<String>,
    /// The deployment is refused, and this is part of what is said.
    pub refused: Option<String>,
    /// What functions do, by name; with a template, by logical id.
    #[serde(default)]
    pub functions: BTreeMap<String, FunctionScript>,
    /// What is done and what must be seen, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What a function does, one invocation after the other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionScript {
    /// What it does, invocation by invocation; the last one stands for all that follow.
    #[serde(rename = "does", default)]
    pub behaviours: Vec<Behaviour>,
    /// How many seconds each invocation takes; 1 when it is not said.
    #[serde(default = "one")]
    pub takes: u64,
    /// Further members of its `CreateFunction`, such as `Timeout`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

impl FunctionScript {
    /// What happens at an invocation, counted from 0; `None` where the script says nothing.
    pub fn behaviour(&self, turn: usize) -> Option<&Behaviour> {
        self.behaviours.get(turn).or(self.behaviours.last())
    }
}

const fn one() -> u64 {
    1
}

/// What a function does with an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// It answers `null`.
    Succeed,
    /// It answers with its event.
    Echo,
    /// It reports an error.
    Fail,
    /// Its process ends with status 1.
    Crash,
    /// It answers with this text, in which `$1` is the first record's message id, `$2` the second's, and so on.
    Answer(String),
}

impl Behaviour {
    /// The text of [`Behaviour::Answer`] with the message ids of a batch in it.
    pub fn with_ids(text: &str, event: &str) -> String {
        let ids = records(event, "messageId");
        // The last first, so that `$1` does not eat the start of `$10`.
        let numbered = ids.iter().enumerate().rev();
        numbered.fold(text.to_owned(), |text, (index, id)| text.replace(&format!("${}", index + 1), id))
    }
}

/// A member of each record of a batch, where it is text.
pub(super) fn records(event: &str, member: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record[member].as_str().map(str::to_owned)).collect()
}

/// Something done or looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub enum Step {
    /// An API call.
    Call(Call),
    /// Time passes.
    Wait(Duration),
    /// What only the embedded cloud shows.
    Look(Look),
}

/// An API call and what must be answered.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service.
    pub service: Service,
    /// The action.
    pub action: String,
    /// The input, as the SDKs spell it.
    pub with: Value,
    /// What must be answered.
    pub expected: Expected,
    /// For how long the call is made again until its answer fits.
    pub within: Option<Duration>,
}

/// What must be answered.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Success, of which this holds.
    Success(Value),
    /// A refusal, of whose `code`, `message` and `status` this holds.
    Refusal(Value),
}

/// What only the embedded cloud shows.
#[derive(Clone, Debug)]
pub enum Look {
    /// A message or event was lost so far, and this is part of why; or none was.
    Lost(Option<String>),
    /// A function was invoked at these times, in whole seconds since the start.
    Invoked {
        /// The function.
        function: String,
        /// Seconds since the start.
        times: Vec<u64>,
    },
    /// A function's batches had these bodies.
    Batches {
        /// The function.
        function: String,
        /// Bodies, batch by batch.
        bodies: Vec<Vec<String>>,
    },
    /// A function's events, of whose list this holds.
    Events {
        /// The function.
        function: String,
        /// A condition on the list.
        are: Value,
    },
}

/// A step as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    call: Option<String>,
    with: Option<Value>,
    gives: Option<Value>,
    refused: Option<Value>,
    within: Option<f64>,
    wait: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    lost: Option<Value>,
    invoked: Option<String>,
    times: Option<Vec<u64>>,
    batches: Option<String>,
    bodies: Option<Vec<Vec<String>>>,
    events: Option<String>,
    are: Option<Value>,
}

/// Tells `null` from a member that is not there.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

impl TryFrom<Written> for Step {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let kinds = [
            written.call.is_some(),
            written.wait.is_some(),
            written.lost.is_some(),
            written.invoked.is_some(),
            written.batches.is_some(),
            written.events.is_some(),
        ];
        if kinds.iter().filter(|is| **is).count() != 1 {
            return Err("a step has exactly one of call, wait, lost, invoked, batches and events".to_owned());
        }
        if let Some(call) = &written.call {
            return Call::read(call, &written).map(Self::Call);
        }
        if let Some(seconds) = written.wait {
            return Ok(Self::Wait(duration(seconds)?));
        }
        let missing = |member: &str| format!("the step lacks {member:?}");
        Ok(Self::Look(match written {
            Written { invoked: Some(function), times, .. } => {
                Look::Invoked { function, times: times.ok_or_else(|| missing("times"))? }
            }
            Written { batches: Some(function), bodies, .. } => {
                Look::Batches { function, bodies: bodies.ok_or_else(|| missing("bodies"))? }
            }
            Written { events: Some(function), are, .. } => {
                Look::Events { function, are: are.ok_or_else(|| missing("are"))? }
            }
            Written { lost: Some(Value::String(reason)), .. } => Look::Lost(Some(reason)),
            Written { lost: Some(Value::Null), .. } => Look::Lost(None),
            _ => return Err("lost is part of a reason, or null".to_owned()),
        }))
    }
}

impl Call {
    fn read(call: &str, written: &Written) -> Result<Self, String> {
        let (service, action) = call.split_once(':').ok_or_else(|| format!("{call:?} is not service:Action"))?;
        let service = Service::named(service).ok_or_else(|| format!("{service:?} is not a service of the suite"))?;
        let expected = match (&written.gives, &written.refused) {
            (Some(_), Some(_)) => return Err("a call has gives or refused, and not both".to_owned()),
            (None, Some(refused)) if refused.get("code").is_none() => return Err("refused lacks a code".to_owned()),
            (None, Some(refused)) => Expected::Refusal(refused.clone()),
            (gives, None) => Expected::Success(gives.clone().unwrap_or_else(|| Value::Object(Map::new()))),
        };
        Ok(Self {
            service,
            action: action.to_owned(),
            with: written.with.clone().unwrap_or_else(|| Value::Object(Map::new())),
            expected,
            within: written.within.map(duration).transpose()?,
        })
    }
}

fn duration(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{seconds} seconds: {error}"))
}

impl Case {
    /// How long the waits of the case are together.
    pub fn waits(&self) -> Duration {
        let wait = |step: &Step| match step {
            Step::Wait(duration) => *duration,
            Step::Call(_) | Step::Look(_) => Duration::ZERO,
        };
        self.steps.iter().map(wait).sum()
    }

    /// Whether the case calls a service.
    pub fn calls(&self, service: Service) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Call(call) if call.service == service))
    }

    /// Whether the case looks at what only the embedded cloud shows.
    pub fn looks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Look(_)))
    }
}
