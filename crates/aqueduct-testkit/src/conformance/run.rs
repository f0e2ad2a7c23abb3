//! A case run against the embedded cloud in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::Request;
use aqueduct_services::cloud::virtual_time::Execution;
use aqueduct_services::{ApiError, MessageAttributeValue, What, lambda, sns, sqs};
use serde_json::{Value, json};

use super::TEMPLATES;
use super::case::{Action, Behaviour, Case, FunctionScript};
use crate::TestCloud;

/// A case that the embedded cloud does not stand up to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{case}: step {step}: {what}")]
pub struct Failure {
    /// The case's name.
    pub case: String,
    /// The step's number, from 1; 0 is the deployment.
    pub step: usize,
    /// What was seen, and what should have been.
    pub what: String,
}

impl Case {
    /// Runs the case.
    pub fn run(&self) -> Result<(), Failure> {
        let fail = |step| move |what| Failure { case: self.name.clone(), step, what };
        let template = self.template_text().map_err(fail(0))?;
        let cloud = match (TestCloud::new(&template), &self.refused) {
            (Ok(cloud), None) => cloud,
            (Err(refused), Some(part)) if refused.to_string().contains(part) => return Ok(()),
            (Err(refused), _) => return Err(fail(0)(refused.to_string())),
            (Ok(_), Some(part)) => return Err(fail(0)(format!("deployed, and not refused with {part:?}"))),
        };
        let mut stage = Stage { cloud, handles: BTreeMap::new(), lost: Vec::new() };
        for (function, script) in &self.functions {
            stage.cloud.on_invocation(function, actor(script.clone()));
        }
        for (index, step) in self.steps.iter().enumerate() {
            if let Some(seconds) = step.at {
                stage.cloud.run_until(Duration::from_secs(seconds));
            }
            stage.act(&step.action).map_err(fail(index + 1))?;
        }
        Ok(())
    }

    fn template_text(&self) -> Result<String, String> {
        let named = TEMPLATES.iter().find(|(name, _)| *name == self.template);
        let (_, text) = named.ok_or_else(|| format!("there is no template {:?}", self.template))?;
        let mut template: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let resources = template["Resources"].as_object_mut().ok_or("the template has no Resources")?;
        resources.retain(|id, _| !self.without.contains(id));
        for (id, properties) in &self.set {
            let resource = resources.get_mut(id).ok_or_else(|| format!("the template has no {id}"))?;
            let target = resource["Properties"].as_object_mut().ok_or("the resource has no Properties")?;
            target.extend(properties.clone());
            target.retain(|_, value| !value.is_null());
        }
        Ok(template.to_string())
    }
}

/// A closure that plays a function.
fn actor(script: FunctionScript) -> impl FnMut(&lambda::Invocation) -> Execution + 'static {
    let mut turn = 0;
    move |invocation| {
        let behaviour = script.behaviours.get(turn).or(script.behaviours.last());
        turn += 1;
        let ended = match behaviour {
            None | Some(Behaviour::Succeed) => lambda::Ended::Answered("null".to_owned()),
            Some(Behaviour::Fail) => lambda::failed("Error", "the function failed".to_owned()),
            Some(Behaviour::Answer(text)) => lambda::Ended::Answered(with_ids(text, &invocation.payload)),
        };
        Execution { ended, took: Duration::from_secs(script.takes), calls: Vec::new() }
    }
}

fn with_ids(text: &str, event: &str) -> String {
    let ids = records(event, "messageId");
    // The last first, so that `$1` does not eat the start of `$10`.
    let numbered = ids.iter().enumerate().rev();
    numbered.fold(text.to_owned(), |text, (index, id)| text.replace(&format!("${}", index + 1), id))
}

fn records(event: &str, member: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let records = event["Records"].as_array().into_iter().flatten();
    records.filter_map(|record| record[member].as_str().map(str::to_owned)).collect()
}

/// A running case.
struct Stage {
    cloud: TestCloud,
    /// The last receipt handle by queue and body.
    handles: BTreeMap<(String, String), String>,
    /// Why messages were lost so far.
    lost: Vec<String>,
}

impl Stage {
    fn act(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Send { queue, body, group, deduplication, delay, refused } => {
                let message = sqs::SendMessage {
                    queue_url: self.cloud.queue_url(queue),
                    message_body: body.clone(),
                    message_group_id: group.clone(),
                    message_deduplication_id: deduplication.clone(),
                    delay_seconds: *delay,
                    ..sqs::SendMessage::default()
                };
                outcome(self.cloud.send_message(message).map(drop), refused.as_deref())
            }
            Action::Receive { queue, max, visibility, gives, with } => {
                self.receive(queue, *max, *visibility, gives, with)
            }
            Action::Delete { queue, body, refused } => self.delete(queue, body, refused.as_deref()),
            Action::Hide { queue, body, seconds } => self.hide(queue, body, *seconds),
            Action::Publish { topic, message, attributes } => {
                let message = outgoing(message, attributes);
                outcome(self.cloud.publish(topic, message).map(drop), None)
            }
            Action::PutEvent { bus, detail_type } => {
                outcome(self.cloud.put_event(bus, "conformance", detail_type, "{}"), None)
            }
            Action::Redrive { queue, per_second, refused } => {
                outcome(self.cloud.redrive(queue, *per_second), refused.as_deref())
            }
            Action::Replay { archive, from, until } => {
                let (from, until) = (Duration::from_secs(*from), Duration::from_secs(*until));
                outcome(self.cloud.replay(archive, from, until), None)
            }
            Action::Invoke { function, event } => outcome(self.cloud.invoke(function, &event.to_string()), None),
            Action::Count { queue, visible, in_flight, delayed } => {
                let census = self.cloud.queue(queue).ok_or_else(|| format!("there is no queue {queue}"))?;
                same("visible", &visible.unwrap_or(census.visible), &census.visible)?;
                same("in flight", &in_flight.unwrap_or(census.in_flight), &census.in_flight)?;
                same("delayed", &delayed.unwrap_or(census.delayed), &census.delayed)
            }
            Action::Invoked { function, times } => {
                let invocations = self.cloud.invocations(function);
                let seen: Vec<u64> = invocations.iter().map(|(at, _)| at.as_secs()).collect();
                same("invocations at", times, &seen)
            }
            Action::Batches { function, bodies } => {
                let invocations = self.cloud.invocations(function);
                let seen: Vec<_> = invocations.iter().map(|(_, event)| records(event, "body")).collect();
                same("batches", bodies, &seen)
            }
            Action::Lost { reason } => self.look_for_loss(reason.as_deref()),
        }
    }

    fn receive(
        &mut self,
        queue: &str,
        max: Option<i64>,
        visibility: Option<i64>,
        gives: &[String],
        with: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        let received = self.cloud.receive(sqs::ReceiveMessage {
            queue_url: self.cloud.queue_url(queue),
            max_number_of_messages: Some(max.unwrap_or(10)),
            visibility_timeout: visibility,
            ..sqs::ReceiveMessage::default()
        });
        let received = received.map_err(|error| error.to_string())?;
        let bodies: Vec<String> = received.iter().map(|message| message.body.clone()).collect();
        same("bodies", &gives.to_vec(), &bodies)?;
        for message in &received {
            self.handles.insert((queue.to_owned(), message.body.clone()), message.receipt_handle.clone());
        }
        for (name, value) in with {
            let seen = received.first().and_then(|message| message.attributes.get(name)).cloned();
            same(name, &Some(value.clone()), &seen)?;
        }
        Ok(())
    }

    fn delete(&mut self, queue: &str, body: &str, refused: Option<&str>) -> Result<(), String> {
        let (queue_url, receipt_handle) = (self.cloud.queue_url(queue), self.handle(queue, body)?);
        let delete = sqs::DeleteMessage { queue_url, receipt_handle };
        outcome(self.ask(sqs::Request::DeleteMessage(delete)), refused)
    }

    fn hide(&mut self, queue: &str, body: &str, seconds: i64) -> Result<(), String> {
        let (queue_url, receipt_handle) = (self.cloud.queue_url(queue), self.handle(queue, body)?);
        let hide = sqs::ChangeMessageVisibility { queue_url, receipt_handle, visibility_timeout: Some(seconds) };
        outcome(self.ask(sqs::Request::ChangeMessageVisibility(hide)), None)
    }

    fn ask(&mut self, request: sqs::Request) -> Result<(), ApiError> {
        self.cloud.call(Request::Sqs(request)).map_or(Ok(()), |answer| answer.map(drop))
    }

    fn handle(&self, queue: &str, body: &str) -> Result<String, String> {
        let handle = self.handles.get(&(queue.to_owned(), body.to_owned()));
        handle.cloned().ok_or_else(|| format!("{body:?} was not received from {queue}"))
    }

    fn look_for_loss(&mut self, reason: Option<&str>) -> Result<(), String> {
        for note in self.cloud.take_notes() {
            if let What::Lost { reason } = note.what {
                self.lost.push(reason);
            }
        }
        match reason {
            None if self.lost.is_empty() => Ok(()),
            Some(part) if self.lost.iter().any(|reason| reason.contains(part)) => Ok(()),
            _ => Err(format!("lost: expected {reason:?}, saw {:?}", self.lost)),
        }
    }
}

fn outgoing(message: &str, attributes: &BTreeMap<String, String>) -> sns::Outgoing {
    let text = |value: &String| MessageAttributeValue {
        data_type: "String".to_owned(),
        string_value: Some(value.clone()),
        binary_value: None,
    };
    sns::Outgoing {
        message: message.to_owned(),
        attributes: attributes.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        ..sns::Outgoing::default()
    }
}

fn outcome(result: Result<(), ApiError>, refused: Option<&str>) -> Result<(), String> {
    match (result, refused) {
        (Ok(()), None) => Ok(()),
        (Err(error), Some(code)) if error.code == code || error.query_code.as_deref() == Some(code) => Ok(()),
        (Ok(()), Some(code)) => Err(format!("not refused, but {code} was expected")),
        (Err(error), None) => Err(error.to_string()),
        (Err(error), Some(code)) => Err(format!("refused with {error}, but {code} was expected")),
    }
}

fn same<T: PartialEq + serde::Serialize>(what: &str, expected: &T, seen: &T) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    Err(format!("{what}: expected {}, saw {}", json!(expected), json!(seen)))
}
