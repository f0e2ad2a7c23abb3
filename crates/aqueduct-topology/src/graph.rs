//! The topology as a picture: a Mermaid flowchart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use crate::{Arn, Function, Queue, Target, Topology};

/// Actions that send a message, and what they are called in a policy's wildcards.
const SENDS: [&str; 3] = ["sqs:SendMessage", "sns:Publish", "events:PutEvents"];

/// Longer filters would blow the picture up.
const LABEL_CHARACTERS_MAX: usize = 72;

const STYLES: &str = "  classDef function fill:#fff3e0,stroke:#e65100,color:#000
  classDef queue fill:#e3f2fd,stroke:#1565c0,color:#000
  classDef topic fill:#f3e5f5,stroke:#7b1fa2,color:#000
  classDef bus fill:#fce4ec,stroke:#c2185b,color:#000
  classDef source fill:#e8f5e9,stroke:#2e7d32,color:#000
  classDef dead fill:#fafafa,stroke:#9e9e9e,color:#616161,stroke-dasharray:4 3
";

/// A Mermaid flowchart: solid edges carry messages, dotted ones what could not be delivered or handled.
///
/// Who sends is read from the functions' policy statements, so a grant on `*` draws no edge.
pub fn mermaid(topology: &Topology) -> String {
    let mut chart = Chart::new(topology);
    chart.nodes(topology);
    for function in &topology.functions {
        chart.function(function);
    }
    chart.deliveries(topology);
    chart.failures(topology);
    let mut text = "flowchart LR\n".to_owned();
    for line in chart.nodes.iter().chain(&chart.edges) {
        text.extend(["  ", line, "\n"]);
    }
    text.push_str(STYLES);
    text
}

struct Chart<'a> {
    /// Node names by ARN.
    names: BTreeMap<&'a str, String>,
    dead: BTreeSet<&'a Arn>,
    nodes: Vec<String>,
    edges: Vec<String>,
}

impl<'a> Chart<'a> {
    fn new(topology: &'a Topology) -> Self {
        let mut names = BTreeMap::new();
        let functions = topology.functions.iter().map(|function| (&function.arn, &function.id));
        let queues = topology.queues.iter().map(|queue| (&queue.arn, &queue.id));
        let topics = topology.topics.iter().map(|topic| (&topic.arn, &topic.id));
        let buses = topology.buses.iter().map(|bus| (&bus.arn, &bus.id));
        for (arn, id) in functions.chain(queues).chain(topics).chain(buses) {
            names.insert(arn.as_str(), node_name(id));
        }
        Self { names, dead: dead_letters(topology), nodes: Vec::new(), edges: Vec::new() }
    }

    fn node(&mut self, name: &str, shape: [&str; 2], label: &str, class: &str) {
        self.nodes.push(format!("{name}{}\"{}\"{}:::{class}", shape[0], escape(label), shape[1]));
    }

    /// Declares everything that has a place in the picture, in the template's order.
    fn nodes(&mut self, topology: &Topology) {
        if topology.functions.iter().any(|function| function.url.is_some()) {
            self.node("http_", ["([", "])"], "HTTP", "source");
        }
        for schedule in &topology.schedules {
            self.node(&node_name(&schedule.id), ["([", "])"], &schedule.expression, "source");
        }
        for rule in &topology.rules {
            if let Some(expression) = &rule.schedule {
                self.node(&node_name(&rule.id), ["([", "])"], expression, "source");
            }
        }
        for function in &topology.functions {
            self.node(&node_name(&function.id), ["[", "]"], &function.id, "function");
        }
        for queue in &topology.queues {
            let (shape, class) =
                if self.dead.contains(&queue.arn) { ([">", "]"], "dead") } else { (["[(", ")]"], "queue") };
            self.node(&node_name(&queue.id), shape, &queue_label(queue), class);
        }
        for topic in &topology.topics {
            self.node(&node_name(&topic.id), ["{{", "}}"], &topic.id, "topic");
        }
        for bus in &topology.buses {
            self.node(&node_name(&bus.id), ["[/", "/]"], &bus.id, "bus");
        }
    }

    /// The node of an ARN; what the template does not have gets a node of its own.
    fn end(&mut self, arn: &str) -> String {
        if let Some((_, name)) = self.names.iter().find(|(known, _)| is_same(arn, known)) {
            return name.clone();
        }
        let name = node_name(&arn.replace(|character: char| !character.is_ascii_alphanumeric(), "_"));
        let label = Arn::new(arn).name().to_owned();
        let declared = format!("{name}[[\"{}\"]]", escape(if label.is_empty() { arn } else { &label }));
        if !self.nodes.contains(&declared) {
            self.nodes.push(declared);
        }
        name
    }

    fn edge(&mut self, from: &str, label: &str, to: &str) {
        let label = if label.is_empty() { String::new() } else { format!("|\"{}\"|", escape(label)) };
        self.push(format!("{from} -->{label} {to}"));
    }

    fn dotted(&mut self, from: &str, label: &str, to: Option<&Arn>) {
        if let Some(to) = to {
            let to = self.end(to.as_str());
            self.push(format!("{from} -. {label} .-> {to}"));
        }
    }

    fn push(&mut self, edge: String) {
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// What calls a function over HTTP, and what the function sends to.
    fn function(&mut self, function: &Function) {
        let name = node_name(&function.id);
        if function.url.is_some() {
            self.edge("http_", "", &name);
        }
        for arn in sent_to(function) {
            let known = self.names.contains_key(arn) && !self.dead.iter().any(|dead| dead.as_str() == arn);
            if known {
                let to = self.end(arn);
                self.edge(&name, "", &to);
            }
        }
    }

    fn deliveries(&mut self, topology: &Topology) {
        for mapping in &topology.mappings {
            let (from, to) = (self.end(mapping.queue.as_str()), self.end(mapping.function.as_str()));
            self.edge(&from, &format!("batches of {}", mapping.batch_size), &to);
        }
        for subscription in &topology.subscriptions {
            let (from, to) = (self.end(subscription.topic.as_str()), self.end(&subscription.endpoint));
            let filter = subscription.filter_policy.as_ref().map(summary);
            let raw = subscription.raw.then(|| "raw".to_owned());
            let label: Vec<String> = filter.into_iter().chain(raw).collect();
            self.edge(&from, &label.join("\n"), &to);
        }
        for rule in &topology.rules {
            let from = if rule.schedule.is_some() { node_name(&rule.id) } else { self.end(rule.bus.as_str()) };
            let label = rule.pattern.as_ref().map(summary).unwrap_or_default();
            for target in &rule.targets {
                let to = self.end(target.arn.as_str());
                self.edge(&from, &label, &to);
            }
        }
        for schedule in &topology.schedules {
            let to = self.end(schedule.target.arn.as_str());
            self.edge(&node_name(&schedule.id), "", &to);
        }
    }

    fn failures(&mut self, topology: &Topology) {
        for queue in &topology.queues {
            if let Some(redrive) = &queue.redrive {
                let label = format!("after {} receives", redrive.receives_max);
                self.dotted(&node_name(&queue.id), &label, Some(&redrive.target));
            }
        }
        for subscription in &topology.subscriptions {
            let from = self.end(subscription.topic.as_str());
            self.dotted(&from, "undelivered", subscription.dead_letter.as_ref());
        }
        for rule in &topology.rules {
            let from = if rule.schedule.is_some() { node_name(&rule.id) } else { self.end(rule.bus.as_str()) };
            for target in &rule.targets {
                self.dotted(&from, "undelivered", target.dead_letter.as_ref());
            }
        }
        for schedule in &topology.schedules {
            self.dotted(&node_name(&schedule.id), "undelivered", schedule.target.dead_letter.as_ref());
        }
        for function in &topology.functions {
            let name = node_name(&function.id);
            self.dotted(&name, "failed", function.asynchronous.on_failure.as_ref());
            self.dotted(&name, "failed", function.asynchronous.dead_letter.as_ref());
        }
    }
}

/// Every ARN that takes what could not be delivered or handled.
fn dead_letters(topology: &Topology) -> BTreeSet<&Arn> {
    let targets = topology.rules.iter().flat_map(|rule| &rule.targets);
    let targets = targets.chain(topology.schedules.iter().map(|schedule| &schedule.target));
    let asynchronous = topology.functions.iter().map(|function| &function.asynchronous);
    topology
        .queues
        .iter()
        .filter_map(|queue| queue.redrive.as_ref().map(|redrive| &redrive.target))
        .chain(topology.subscriptions.iter().filter_map(|subscription| subscription.dead_letter.as_ref()))
        .chain(targets.filter_map(|target: &Target| target.dead_letter.as_ref()))
        .chain(asynchronous.flat_map(|config| config.on_failure.iter().chain(&config.dead_letter)))
        .collect()
}

/// The queues, topics and buses that a function's statements let it send to.
fn sent_to(function: &Function) -> Vec<&str> {
    let allows = function.statements.iter().filter(|statement| statement["Effect"] == "Allow");
    let sends = allows.filter(|statement| texts(&statement["Action"]).into_iter().any(is_send));
    sends.flat_map(|statement| texts(&statement["Resource"])).collect()
}

fn is_send(action: &str) -> bool {
    match action.strip_suffix('*') {
        Some(prefix) => SENDS.iter().any(|send| send.starts_with(prefix)),
        None => SENDS.contains(&action),
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// Whether an ARN is `known`, or a qualified form of that function's.
fn is_same(arn: &str, known: &str) -> bool {
    let rest = arn.strip_prefix(known);
    rest == Some("") || (known.contains(":lambda:") && rest.is_some_and(|rest| rest.starts_with(':')))
}

/// Mermaid takes some lower-case words, such as `end` and `default`, for its own.
fn node_name(id: &str) -> String {
    if id.chars().any(char::is_uppercase) { id.to_owned() } else { format!("{id}_") }
}

fn queue_label(queue: &Queue) -> String {
    if queue.fifo { format!("{}\nFIFO", queue.id) } else { queue.id.clone() }
}

/// A filter policy or event pattern, one line per key.
fn summary(pattern: &Value) -> String {
    let mut text = String::new();
    for (key, accepted) in pattern.as_object().into_iter().flatten() {
        let plain: Option<Vec<&str>> =
            accepted.as_array().map(|items| items.iter().filter_map(Value::as_str).collect());
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = match plain {
            Some(values) if Some(values.len()) == accepted.as_array().map(Vec::len) => {
                write!(text, "{separator}{key}: {}", values.join(", "))
            }
            _ => write!(text, "{separator}{key}: …"),
        };
    }
    if text.chars().count() > LABEL_CHARACTERS_MAX {
        text = text.chars().take(LABEL_CHARACTERS_MAX - 1).chain(['…']).collect();
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
