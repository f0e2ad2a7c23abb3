//! A case run against a backend, step by step.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::backend::Backend;
use super::case::{Call, Case, Expected, Look, Step};
use super::client::{self, Refusal};
use super::condition::{self, Saved, check, shown};
use super::text::Names;
use super::undo::{Undo, undo};

/// The pause between calls of a step that waits for its answer to fit.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How many different answers of such a step are told.
const TOLD_MAX: usize = 4;

/// A case that a backend does not stand up to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// The case's file and name.
    pub case: String,
    /// The step's number, from 1; 0 is what comes before the first one.
    pub step: usize,
    /// The step's call, if it is one.
    pub call: Option<String>,
    /// What was seen, and what should have been.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, step, call, what } = self;
        match call {
            Some(call) => write!(formatter, "{case}: step {step}, {call}: {what}"),
            None => write!(formatter, "{case}: step {step}: {what}"),
        }
    }
}

/// Runs a case; `run` makes its names its own.
pub(super) fn run(case: &Case, backend: &mut dyn Backend, run: &str) -> Result<(), Failure> {
    let fail = |step: usize, what: String| {
        let call = step.checked_sub(1).and_then(|index| case.steps.get(index)).and_then(|step| match step {
            Step::Call(call) => Some(format!("{}:{}", call.service.name(), call.action)),
            Step::Wait(_) | Step::Look(_) => None,
        });
        Failure { case: format!("{}: {}", case.file, case.name), step, call, what }
    };
    let mut stage = Stage { backend, names: Names::default(), made: Vec::new() };
    match (stage.set(case, run), &case.refused) {
        (Ok(()), None) => {}
        (Err(refusal), Some(part)) if refusal.contains(part) => return Ok(()),
        (Err(refusal), _) => return Err(fail(0, refusal)),
        (Ok(()), Some(part)) => return Err(fail(0, format!("deployed, and not refused with {part:?}"))),
    }
    let mut steps = case.steps.iter().enumerate();
    let done = steps.try_for_each(|(index, step)| stage.act(step).map_err(|what| fail(index + 1, what)));
    stage.clean();
    done
}

/// A running case.
struct Stage<'a> {
    backend: &'a mut dyn Backend,
    names: Names,
    /// How to take away what was made, in order.
    made: Vec<Undo>,
}

impl Stage<'_> {
    fn set(&mut self, case: &Case, run: &str) -> Result<(), String> {
        let site = self.backend.site().clone();
        for (name, value) in
            [("run", run), ("account", &site.account), ("region", &site.region), ("endpoint", &site.endpoint)]
        {
            self.names.set(name, value);
        }
        if case.template.is_some() {
            return self.backend.deploy(case, &mut self.names);
        }
        for (name, script) in &case.functions {
            let mut script = script.clone();
            let with = self.names.fill(&Value::Object(script.with), self.backend.now())?;
            script.with = with.as_object().cloned().unwrap_or_default();
            let arn = self.backend.add_function(name, &script)?;
            self.names.set(format!("function.{name}"), arn);
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Wait(duration) => {
                self.backend.wait(*duration);
                Ok(())
            }
            Step::Call(call) => self.call_until_it_fits(call),
            Step::Look(Look::Events { function, are }) => {
                let are = self.names.fill(are, self.backend.now())?;
                self.backend.look(&Look::Events { function: function.clone(), are })
            }
            Step::Look(look) => self.backend.look(look),
        }
    }

    fn call_until_it_fits(&mut self, call: &Call) -> Result<(), String> {
        let until = self.backend.now() + call.within.unwrap_or_default();
        // Not the last one alone: a message that does not fit is hidden from the calls that follow.
        let mut seen: Vec<String> = Vec::new();
        loop {
            let Err(what) = self.call(call) else { return Ok(()) };
            if seen.len() < TOLD_MAX && !seen.contains(&what) {
                seen.push(what);
            }
            if self.backend.now() >= until {
                return Err(seen.join("\n    then "));
            }
            self.backend.wait(AGAIN_AFTER);
        }
    }

    fn call(&mut self, call: &Call) -> Result<(), String> {
        let now = self.backend.now();
        let input = self.names.fill(&call.with, now)?;
        let sqs = self.backend.sqs();
        let request = client::request(call.service, &call.action, &input, sqs)?;
        let response = self.backend.exchange(call.service, request)?;
        let answer = client::answer(call.service, &call.action, sqs, &response)?;
        let mut saved = Saved::new();
        match (&call.expected, answer) {
            (Expected::Success(gives), Ok(output)) => {
                self.made.extend(undo(call.service, &call.action, &input, &output));
                let gives = self.names.fill(gives, now)?;
                check(&gives, &output, &mut saved)
                    .map_err(|mismatch| format!("{mismatch}\n    in {}", shown(&output)))?;
            }
            (Expected::Refusal(refused), Err(refusal)) => {
                let refused = self.names.fill(refused, now)?;
                check_refusal(&refused, &refusal, &mut saved)?;
            }
            (Expected::Success(_), Err(refusal)) => return Err(format!("refused with {}", told(&refusal))),
            (Expected::Refusal(refused), Ok(output)) => {
                return Err(format!("expected the refusal {}, saw {}", shown(refused), shown(&output)));
            }
        }
        for (name, value) in saved {
            self.names.set(name, value);
        }
        Ok(())
    }
}

impl Stage<'_> {
    /// Takes away what was made, the last first. What is gone already is refused, which is as well.
    fn clean(&mut self) {
        if !self.backend.keeps_what_was_made() {
            return;
        }
        while let Some(Undo { service, action, input }) = self.made.pop() {
            if let Ok(request) = client::request(service, action, &input, self.backend.sqs()) {
                let _ = self.backend.exchange(service, request);
            }
        }
    }
}

/// The code that is expected may be the one that the SDKs show or the error's name in the model.
fn check_refusal(refused: &Value, refusal: &Refusal, saved: &mut Saved) -> Result<(), String> {
    let seen = |code: &str| condition::refusal(code, &refusal.message, refusal.status);
    let outcome = check(refused, &seen(&refusal.code), saved);
    let by_shape = refusal.shape.as_ref().map(|shape| check(refused, &seen(shape), saved));
    match by_shape {
        Some(Ok(())) => Ok(()),
        _ => outcome.map_err(|mismatch| format!("{mismatch}\n    in {}", told(refusal))),
    }
}

fn told(refusal: &Refusal) -> String {
    let Refusal { code, shape, message, status } = refusal;
    let shape = shape.as_ref().filter(|shape| *shape != code).map(|shape| format!(" ({shape})")).unwrap_or_default();
    format!("{code}{shape}, status {status}: {message}")
}
