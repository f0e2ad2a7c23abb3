//! The embedded cloud in virtual time, spoken to through its wire.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::Cloud;
use aqueduct_services::cloud::virtual_time::{Execution, Functions, VirtualTime};
use aqueduct_services::lambda::{Ended, Exit, Invocation, exited, failed};
use aqueduct_services::{Site, Timestamp, What};
use aqueduct_topology::Topology;
use bytes::Bytes;
use serde_json::{Value, json};

use super::TEMPLATES;
use super::backend::Backend;
use super::case::{Behaviour, Case, FunctionScript, Look, records};
use super::client::{Service, SqsProtocol};
use super::condition::{Saved, check};
use super::text::Names;
use crate::template::{START, read, site};

/// A cloud of its own for one case.
pub(super) struct VirtualCloud {
    site: Site,
    sqs: SqsProtocol,
    run: String,
    time: VirtualTime<Scripted>,
    /// Why messages were lost so far.
    lost: Vec<String>,
    /// Physical names of functions by those of the case.
    functions: BTreeMap<String, String>,
}

/// Functions that play their scripts, by physical name.
#[derive(Default)]
struct Scripted {
    scripts: BTreeMap<String, (FunctionScript, usize)>,
    seen: Vec<(Timestamp, Invocation)>,
}

impl Functions for Scripted {
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution {
        self.seen.push((now, invocation.clone()));
        let Some((script, turn)) = self.scripts.get_mut(&invocation.function) else {
            return Execution::answered("null", Duration::from_secs(1));
        };
        *turn += 1;
        let ended = match script.behaviour(*turn - 1) {
            None | Some(Behaviour::Succeed) => Ended::Answered("null".to_owned()),
            Some(Behaviour::Echo) => Ended::Answered(invocation.payload.clone()),
            Some(Behaviour::Fail) => failed("Error", "the function failed".to_owned()),
            Some(Behaviour::Crash) => exited(&invocation.request_id, Exit::Status(1)),
            Some(Behaviour::Answer(text)) => Ended::Answered(Behaviour::with_ids(text, &invocation.payload)),
        };
        Execution { ended, took: Duration::from_secs(script.takes), calls: Vec::new() }
    }
}

impl VirtualCloud {
    pub(super) fn new(sqs: SqsProtocol, run: &str) -> Self {
        let time = VirtualTime::new(Cloud::new(site(), 1), Scripted::default(), START);
        let (lost, functions) = (Vec::new(), BTreeMap::new());
        Self { site: site(), sqs, run: run.to_owned(), time, lost, functions }
    }

    fn provision(&mut self, topology: &Topology) -> Result<(), String> {
        let now = self.time.now();
        self.time.cloud_mut().provision(now, topology).map_err(|error| error.to_string())
    }

    /// The invocations so far of a function.
    fn invocations(&mut self, function: &str) -> Vec<(Timestamp, String)> {
        let name = self.functions.get(function).map_or(function, String::as_str);
        let seen = self.time.functions_mut().seen.iter().filter(|(_, invocation)| invocation.function == name);
        seen.map(|(at, invocation)| (*at, invocation.payload.clone())).collect()
    }

    fn look_for_loss(&mut self, reason: Option<&str>) -> Result<(), String> {
        for note in self.time.take_notes() {
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

impl Backend for VirtualCloud {
    fn site(&self) -> &Site {
        &self.site
    }

    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn wait(&mut self, duration: Duration) {
        let until = self.time.now() + duration;
        self.time.run_until(until);
    }

    fn sqs(&self) -> SqsProtocol {
        self.sqs
    }

    fn exchange(&mut self, _: Service, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, String> {
        let (parts, body) = request.into_parts();
        let service = aqueduct_wire::route(&parts, &body).ok_or("the wire finds no service for the request")?;
        let (request, codec) = match aqueduct_wire::decode(service, &parts, &body) {
            Ok(decoded) => decoded,
            Err(refusal) => return Ok(*refusal),
        };
        let call = self.time.call(request);
        let answer = loop {
            if let Some(answer) = self.time.answer(call) {
                break answer;
            }
            if !self.time.step() {
                return Err("the call is never answered".to_owned());
            }
        };
        Ok(aqueduct_wire::encode(&codec, answer, "00000000-0000-4000-8000-000000000001"))
    }

    fn add_function(&mut self, name: &str, script: &FunctionScript) -> Result<String, String> {
        let physical = format!("{name}-{}", self.run);
        let mut properties = json!({
            "FunctionName": physical,
            "Code": { "ZipFile": "" },
            "Handler": "bootstrap",
            "Runtime": "provided.al2023",
            "Role": "arn:aws:iam::000000000000:role/conformance",
        });
        properties.as_object_mut().into_iter().for_each(|members| members.extend(script.with.clone()));
        let function = json!({ "Type": "AWS::Lambda::Function", "Properties": properties });
        let topology =
            read(&json!({ "Resources": { "Function": function } }).to_string()).map_err(|e| e.to_string())?;
        self.provision(&topology)?;
        self.time.functions_mut().scripts.insert(physical.clone(), (script.clone(), 0));
        let arn = self.site.arn("lambda", &format!("function:{physical}")).to_string();
        self.functions.insert(name.to_owned(), physical);
        Ok(arn)
    }

    fn deploy(&mut self, case: &Case, names: &mut Names) -> Result<(), String> {
        let topology = read(&template(case)?).map_err(|refused| refused.to_string())?;
        self.provision(&topology)?;
        for queue in &topology.queues {
            names.set(&queue.id, format!("{}/{}/{}", self.site.endpoint, self.site.account, queue.name));
            names.set(format!("{}.Arn", queue.id), queue.arn.as_str());
        }
        for topic in &topology.topics {
            names.set(&topic.id, topic.arn.as_str());
        }
        for bus in &topology.buses {
            names.set(&bus.id, bus.name.as_str());
            names.set(format!("{}.Arn", bus.id), bus.arn.as_str());
        }
        for archive in &topology.archives {
            names.set(&archive.id, archive.name.as_str());
            names.set(
                format!("{}.Arn", archive.id),
                self.site.arn("events", &format!("archive/{}", archive.name)).as_str(),
            );
        }
        for function in &topology.functions {
            names.set(&function.id, function.name.as_str());
            names.set(format!("{}.Arn", function.id), function.arn.as_str());
            self.functions.insert(function.id.clone(), function.name.clone());
            if let Some(script) = case.functions.get(&function.id) {
                self.time.functions_mut().scripts.insert(function.name.clone(), (script.clone(), 0));
            }
        }
        Ok(())
    }

    fn look(&mut self, look: &Look) -> Result<(), String> {
        match look {
            Look::Lost(reason) => self.look_for_loss(reason.as_deref()),
            Look::Invoked { function, times } => {
                let invocations = self.invocations(function);
                let seen: Vec<u64> = invocations.iter().map(|(at, _)| at.since(START).as_secs()).collect();
                same("invocations at", times, &seen)
            }
            Look::Batches { function, bodies } => {
                let invocations = self.invocations(function);
                let seen: Vec<_> = invocations.iter().map(|(_, event)| records(event, "body")).collect();
                same("batches", bodies, &seen)
            }
            Look::Events { function, are } => {
                let invocations = self.invocations(function);
                let events = invocations.iter().map(|(_, event)| serde_json::from_str(event).unwrap_or_default());
                let events = Value::Array(events.collect());
                check(are, &events, &mut Saved::new()).map_err(|mismatch| format!("events: {mismatch}"))
            }
        }
    }
}

/// The text of the case's template.
fn template(case: &Case) -> Result<String, String> {
    let wanted = format!("templates/{}.json", case.template.as_deref().unwrap_or_default());
    let named = TEMPLATES.iter().find(|(name, _)| *name == wanted);
    let (_, text) = named.ok_or_else(|| format!("there is no {wanted}"))?;
    let mut template: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let resources = template["Resources"].as_object_mut().ok_or("the template has no Resources")?;
    resources.retain(|id, _| !case.without.contains(id));
    for (id, properties) in &case.set {
        let resource = resources.get_mut(id).ok_or_else(|| format!("the template has no {id}"))?;
        let target = resource["Properties"].as_object_mut().ok_or("the resource has no Properties")?;
        target.extend(properties.clone());
        target.retain(|_, value| !value.is_null());
    }
    Ok(template.to_string())
}

fn same<T: PartialEq + serde::Serialize>(what: &str, expected: &T, seen: &T) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    Err(format!("{what}: expected {}, saw {}", json!(expected), json!(seen)))
}
