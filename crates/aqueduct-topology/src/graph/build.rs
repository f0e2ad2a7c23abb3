//! Nodes and edges out of a topology.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use super::{Edge, EdgeKind, Graph, Node, NodeKind};
use crate::{Arn, Function, Queue, Rule, Topology};

/// Actions that send a message, and what they are called in a policy's wildcards.
const SENDS: [&str; 3] = ["sqs:SendMessage", "sns:Publish", "events:PutEvents"];

/// Longer filters would blow the picture up.
const LABEL_CHARACTERS_MAX: usize = 72;

/// The node of everything that comes over HTTP.
const HTTP: &str = "http";

pub(super) fn graph(topology: &Topology) -> Graph {
    let mut build = Build::new(topology);
    build.nodes();
    for function in &topology.functions {
        build.function(function);
    }
    build.deliveries();
    build.other_deliveries();
    build.failures();
    build.graph
}

struct Build<'t> {
    topology: &'t Topology,
    graph: Graph,
    /// Places of nodes, by ARN and by id.
    places: BTreeMap<String, usize>,
    names: BTreeSet<String>,
    dead: BTreeSet<&'t Arn>,
    edges: BTreeSet<(usize, usize, EdgeKind, String)>,
}

impl<'t> Build<'t> {
    fn new(topology: &'t Topology) -> Self {
        Self {
            topology,
            graph: Graph::default(),
            places: BTreeMap::new(),
            names: BTreeSet::new(),
            dead: dead_letters(topology),
            edges: BTreeSet::new(),
        }
    }

    fn node(&mut self, id: &str, arn: Option<&Arn>, kind: NodeKind, label: String) -> usize {
        let place = self.graph.nodes.len();
        let mut name = node_name(id);
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        self.graph.nodes.push(Node { id: id.to_owned(), name, kind, label, mark: None, findings: 0 });
        self.places.entry(id.to_owned()).or_insert(place);
        if let Some(arn) = arn {
            self.places.entry(arn.as_str().to_owned()).or_insert(place);
        }
        place
    }

    /// What a resource is called in the picture.
    fn shown(&self, id: &str) -> String {
        self.topology.resource(id).map_or_else(|| id.to_owned(), |resource| resource.shown_name().to_owned())
    }

    /// Declares everything that has a place in the picture, in the template's order.
    fn nodes(&mut self) {
        let topology = self.topology;
        if topology.functions.iter().any(|function| function.url.is_some()) || !topology.routes.is_empty() {
            self.node(HTTP, None, NodeKind::Source, "HTTP".to_owned());
        }
        for schedule in &topology.schedules {
            self.node(&schedule.id, None, NodeKind::Source, schedule.expression.clone());
        }
        for rule in &topology.rules {
            if let Some(expression) = &rule.schedule {
                self.node(&rule.id, None, NodeKind::Source, expression.clone());
            }
        }
        let notifying: BTreeSet<&str> = topology.notifications.iter().map(|it| it.id.as_str()).collect();
        for bucket in topology.buckets.iter().filter(|bucket| notifying.contains(bucket.id.as_str())) {
            self.node(&bucket.id, Some(&bucket.arn), NodeKind::Source, self.shown(&bucket.id));
        }
        for function in &topology.functions {
            self.node(&function.id, Some(&function.arn), NodeKind::Function, self.shown(&function.id));
        }
        for queue in &topology.queues {
            let dead = self.dead.contains(&queue.arn);
            let kind = if dead { NodeKind::DeadLetterQueue } else { NodeKind::Queue };
            self.node(&queue.id, Some(&queue.arn), kind, self.queue_label(queue));
        }
        for topic in &topology.topics {
            self.node(&topic.id, Some(&topic.arn), NodeKind::Topic, self.shown(&topic.id));
        }
        for bus in &topology.buses {
            self.node(&bus.id, Some(&bus.arn), NodeKind::Bus, self.shown(&bus.id));
        }
        for pipe in &topology.pipes {
            self.node(&pipe.id, Some(&pipe.arn), NodeKind::Pipe, self.shown(&pipe.id));
        }
        let reached: BTreeSet<&Arn> = targets(topology).collect();
        for machine in topology.state_machines.iter().filter(|machine| reached.contains(&machine.arn)) {
            self.node(&machine.id, Some(&machine.arn), NodeKind::StateMachine, self.shown(&machine.id));
        }
    }

    fn queue_label(&self, queue: &Queue) -> String {
        let name = self.shown(&queue.id);
        if queue.fifo { format!("{name}\nFIFO") } else { name }
    }

    /// The node of an ARN; what the template does not have gets a node of its own.
    fn end(&mut self, arn: &str) -> usize {
        // A function's versions and aliases are the function.
        let unqualified = arn.contains(":lambda:").then(|| arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":"));
        let known = self.places.get(arn).or_else(|| self.places.get(&unqualified?));
        if let Some(place) = known {
            return *place;
        }
        let label = Arn::new(arn).name().to_owned();
        let kind = match Arn::new(arn).service() {
            "kinesis" | "dynamodb" | "kafka" | "mq" => NodeKind::Source,
            _ => NodeKind::External,
        };
        self.node(arn, None, kind, if label.is_empty() { arn.to_owned() } else { label })
    }

    /// Adds an edge once; `id` is what makes it.
    fn edge(&mut self, id: Option<&str>, from: usize, to: usize, kind: EdgeKind, label: &str) {
        if self.edges.insert((from, to, kind, label.to_owned())) {
            let id = id.map(str::to_owned);
            self.graph.edges.push(Edge { from, to, kind, label: label.to_owned(), id, mark: None });
        }
    }

    fn deliver(&mut self, id: Option<&str>, from: usize, label: &str, to: &str) {
        let to = self.end(to);
        self.edge(id, from, to, EdgeKind::Delivery, label);
    }

    fn fail(&mut self, id: Option<&str>, from: usize, label: &str, to: Option<&Arn>) {
        if let Some(to) = to {
            let to = self.end(to.as_str());
            self.edge(id, from, to, EdgeKind::Failure, label);
        }
    }

    /// What calls a function over HTTP, and what the function sends to.
    fn function(&mut self, function: &Function) {
        let place = self.end(function.arn.as_str());
        if function.url.is_some() {
            let http = self.end(HTTP);
            self.edge(None, http, place, EdgeKind::Delivery, "");
        }
        for arn in sent_to(function) {
            let known = self.places.contains_key(arn) && !self.dead.iter().any(|dead| dead.as_str() == arn);
            if known {
                self.deliver(None, place, "", arn);
            }
        }
    }

    fn deliveries(&mut self) {
        let topology = self.topology;
        for mapping in &topology.mappings {
            let from = self.end(mapping.queue.as_str());
            let label = format!("batches of {}", mapping.batch_size);
            self.deliver(Some(&mapping.id), from, &label, mapping.function.as_str());
        }
        for subscription in &topology.subscriptions {
            let from = self.end(subscription.topic.as_str());
            let filter = subscription.filter_policy.as_ref().map(summary);
            let raw = subscription.raw.then(|| "raw".to_owned());
            let label: Vec<String> = filter.into_iter().chain(raw).collect();
            self.deliver(Some(&subscription.id), from, &label.join("\n"), &subscription.endpoint);
        }
        for rule in &topology.rules {
            let from = self.start_of(rule);
            let label = rule.pattern.as_ref().map(summary).unwrap_or_default();
            for target in &rule.targets {
                self.deliver(Some(&rule.id), from, &label, target.arn.as_str());
            }
        }
        for schedule in &topology.schedules {
            let from = self.end(&schedule.id);
            self.deliver(None, from, "", schedule.target.arn.as_str());
        }
    }

    /// Pipes, streams, routes and buckets.
    fn other_deliveries(&mut self) {
        let topology = self.topology;
        for pipe in &topology.pipes {
            let place = self.end(pipe.arn.as_str());
            let from = self.end(pipe.source.as_str());
            let filters: Vec<String> =
                pipe.filters.iter().filter_map(|it| serde_json::from_str(it).ok()).map(|it| summary(&it)).collect();
            self.edge(None, from, place, EdgeKind::Delivery, &filters.join("\n"));
            if let Some(enrichment) = &pipe.enrichment {
                self.deliver(None, place, "enriched by", enrichment.as_str());
            }
            self.deliver(None, place, "", pipe.target.as_str());
        }
        for mapping in &topology.streams {
            let source = mapping.source.as_ref().map_or("Kafka", Arn::as_str);
            let from = self.end(source);
            let label = format!("batches of {}", mapping.batch_size);
            self.deliver(Some(&mapping.id), from, &label, mapping.function.as_str());
        }
        for route in &topology.routes {
            let from = self.end(HTTP);
            let label = format!("{} {}", route.method, route.path);
            self.deliver(Some(&route.id), from, &label, route.function.as_str());
        }
        for notification in &topology.notifications {
            let from = self.end(notification.bucket.as_str());
            let default_bus = topology.buses.iter().find(|bus| bus.name == "default");
            let to = notification.target.as_ref().or_else(|| Some(&default_bus?.arn));
            if let Some(to) = to {
                self.deliver(None, from, &notification.events.join("\n"), to.as_str());
            }
        }
    }

    /// The schedule that a rule is, or the bus that it watches.
    fn start_of(&mut self, rule: &Rule) -> usize {
        if rule.schedule.is_some() { self.end(&rule.id) } else { self.end(rule.bus.as_str()) }
    }

    fn failures(&mut self) {
        let topology = self.topology;
        for queue in &topology.queues {
            if let Some(redrive) = &queue.redrive {
                let from = self.end(queue.arn.as_str());
                let unknown = topology.property(&queue.id, "RedrivePolicy.maxReceiveCount").is_unknown();
                let receives = if unknown { "some".to_owned() } else { redrive.receives_max.to_string() };
                self.fail(None, from, &format!("after {receives} receives"), Some(&redrive.target));
            }
        }
        for subscription in &topology.subscriptions {
            let from = self.end(subscription.topic.as_str());
            self.fail(Some(&subscription.id), from, "undelivered", subscription.dead_letter.as_ref());
        }
        for rule in &topology.rules {
            let from = self.start_of(rule);
            for target in &rule.targets {
                self.fail(Some(&rule.id), from, "undelivered", target.dead_letter.as_ref());
            }
        }
        for schedule in &topology.schedules {
            let from = self.end(&schedule.id);
            self.fail(None, from, "undelivered", schedule.target.dead_letter.as_ref());
        }
        for function in &topology.functions {
            let from = self.end(function.arn.as_str());
            self.fail(None, from, "failed", function.asynchronous.on_failure.as_ref());
            self.fail(None, from, "failed", function.asynchronous.dead_letter.as_ref());
        }
        for mapping in &topology.streams {
            let from = self.end(mapping.function.as_str());
            self.fail(None, from, "failed", mapping.on_failure.as_ref());
        }
        for pipe in &topology.pipes {
            let from = self.end(pipe.arn.as_str());
            self.fail(None, from, "failed", pipe.dead_letter.as_ref());
        }
    }
}

/// Everything that messages are sent to by rules, schedules and pipes.
fn targets(topology: &Topology) -> impl Iterator<Item = &Arn> {
    let of_rules = topology.rules.iter().flat_map(|rule| &rule.targets).map(|target| &target.arn);
    let of_schedules = topology.schedules.iter().map(|schedule| &schedule.target.arn);
    let of_pipes = topology.pipes.iter().flat_map(|pipe| pipe.enrichment.iter().chain([&pipe.target]));
    of_rules.chain(of_schedules).chain(of_pipes)
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
        .chain(targets.filter_map(|target| target.dead_letter.as_ref()))
        .chain(asynchronous.flat_map(|config| config.on_failure.iter().chain(&config.dead_letter)))
        .chain(topology.streams.iter().filter_map(|mapping| mapping.on_failure.as_ref()))
        .chain(topology.buses.iter().filter_map(|bus| bus.dead_letter.as_ref()))
        .chain(topology.pipes.iter().filter_map(|pipe| pipe.dead_letter.as_ref()))
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

/// Mermaid takes some lower-case words, such as `end` and `default`, for its own.
fn node_name(id: &str) -> String {
    let mut name = id.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    if !name.chars().any(char::is_uppercase) || name.starts_with(|it: char| it.is_ascii_digit()) {
        name.push('_');
    }
    name
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
