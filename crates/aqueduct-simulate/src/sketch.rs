//! A scenario to begin with, made of a template's wiring.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aqueduct_topology::{Arn, Function, Queue, Subscription, Topology};

use crate::wiring::Wiring;
use crate::{Backoff, Retries, Scenario};

/// A scenario of an ordinary hour, as TOML text to put one's own numbers in: what arrives, where messages can enter,
/// the functions that work on it, and an outage to take the comment signs away from. `None` where no function works on anything.
///
/// What enters by a bus, or where something filters, needs a sample, and stands in comments. `retries` are those of functions by
/// logical id, and `from` says where they stand.
pub fn sketch(topology: &Topology, retries: &BTreeMap<String, Retries>, from: &str) -> Option<String> {
    let scenario = nothing();
    let wiring = Wiring { topology, scenario: &scenario };
    let entries = entries(&wiring);
    let mut arriving = entries.iter().filter(|entry| !entry.needs_sample);
    let worked = arriving.find_map(|entry| Some((entry, entry.worker.as_ref()?)));
    let mut text = String::from(
        "# A sketch: put your own numbers in. docs/simulate.md says what else there is.\ntitle = \"An ordinary hour\"\n\
         start = 2027-01-15T08:00:00Z\nlasts = \"1h\"\n\n# What arrives, where messages can enter.\n",
    );
    for entry in &entries {
        text += &entry.toml();
    }
    text += "# What functions do with each record.\n";
    for function in workers(&wiring) {
        let _ = write!(
            text,
            "[functions.{}]\ntakes = {{ p50 = \"100ms\", p99 = \"500ms\" }}\n# failing = 0.001\n\
             # publishes = [{{ to = \"a queue, topic or bus\" }}]\n{}\n",
            key(&function.id),
            retries.get(&function.id).map(|it| written(it, from)).unwrap_or_default()
        );
    }
    let (entry, function) = worked?;
    let _ = write!(
        text,
        "# What goes wrong: take the number signs away.\n# [[faults]]\n# kind = \"outage\"\n# function = {0}\n# from = \"20m\"\n\
         # until = \"30m\"\n\n# What is promised.\n[[goals]]\nof = {1}\ndone_by = {0}\nwithin = \"1m\"\nshare = 0.99\n",
        quoted(function),
        quoted(&entry.name())
    );
    Some(text)
}

/// Retries as a scenario says them.
fn written(retries: &Retries, from: &str) -> String {
    let mut text = format!("# How it tries again, as {from} says.\n");
    if let Some(attempts) = retries.attempts {
        let _ = writeln!(text, "attempts = {attempts}");
    }
    match &retries.backoff {
        Some(backoff) if *backoff == Backoff::default() => text += "backs_off = true\n",
        Some(Backoff { first, factor, longest, jitter }) => {
            let jitter = serde_json::to_string(jitter).unwrap_or_default();
            let _ = writeln!(
                text,
                "backoff = {{ first = \"{}ms\", factor = {factor}, longest = \"{}ms\", jitter = {jitter} }}",
                first.as_millis(),
                longest.as_millis()
            );
        }
        None => {}
    }
    if retries.rejects {
        text += "rejects_poison = true\n";
    }
    text
}

/// A place that messages enter by.
struct Entry {
    to: String,
    /// A function that works on what enters.
    worker: Option<String>,
    has_groups: bool,
    /// Whether it depends on the message where it goes.
    needs_sample: bool,
}

impl Entry {
    fn name(&self) -> String {
        format!("messages of {}", self.to)
    }

    fn toml(&self) -> String {
        let mut text = format!(
            "[[arrivals]]\nname = {}\nto = {}\nprocess = {{ kind = \"poisson\", per_second = 10 }}\n",
            quoted(&self.name()),
            quoted(&self.to)
        );
        if self.has_groups {
            text += "groups = 100\n";
        }
        if self.needs_sample {
            text += "sample = \"an event as the function gets it, in JSON\"\n";
            text = text.lines().fold(String::new(), |text, line| text + "# " + line + "\n");
        }
        text + "\n"
    }
}

fn entries(wiring: &Wiring<'_>) -> Vec<Entry> {
    let topology = wiring.topology;
    let is_sent_to = |queue: &&Queue| !targets(topology).any(|arn| arn == queue.arn.as_str());
    let queues = topology.queues.iter().filter(is_sent_to).filter_map(|queue| {
        let (_, function) = wiring.consumer(queue)?;
        let needs_sample = filters(topology, queue);
        Some(Entry { to: queue.id.clone(), worker: Some(function.id.clone()), has_groups: queue.fifo, needs_sample })
    });
    let topics = topology.topics.iter().filter_map(|topic| {
        let mut subscriptions = topology.subscriptions.iter().filter(|it| it.topic == topic.arn).peekable();
        subscriptions.peek()?;
        let looks = |it: &Subscription| {
            it.filter_policy.is_some() || wiring.queue_of(&it.endpoint).is_some_and(|queue| filters(topology, queue))
        };
        let needs_sample = subscriptions.clone().any(looks);
        let worker = subscriptions.find_map(|it| worker(wiring, &it.endpoint));
        let has_groups = topic.arn.as_str().ends_with(".fifo");
        Some(Entry { to: topic.id.clone(), worker, has_groups, needs_sample })
    });
    let has_rule = |bus: &Arn| topology.rules.iter().any(|rule| rule.bus == *bus && rule.pattern.is_some());
    let buses = topology.buses.iter().filter(|bus| has_rule(&bus.arn));
    let buses = buses.map(|bus| Entry { to: bus.id.clone(), worker: None, has_groups: false, needs_sample: true });
    let mut entries: Vec<Entry> = queues.chain(topics).chain(buses).collect();
    if entries.iter().all(|entry| entry.needs_sample) {
        let called = |function: &Function| Entry {
            to: function.id.clone(),
            worker: Some(function.id.clone()),
            has_groups: false,
            needs_sample: false,
        };
        entries.extend(topology.functions.iter().map(called));
    }
    entries
}

/// Whether a mapping of the queue looks into its messages.
fn filters(topology: &Topology, queue: &Queue) -> bool {
    topology.mappings.iter().any(|mapping| mapping.queue == queue.arn && !mapping.filters.is_empty())
}

/// A scenario without any changes.
fn nothing() -> Scenario {
    Scenario {
        title: String::new(),
        start: jiff::Timestamp::UNIX_EPOCH,
        lasts: std::time::Duration::ZERO,
        arrivals: Vec::new(),
        functions: BTreeMap::new(),
        faults: Vec::new(),
        changes: Vec::new(),
        goals: Vec::new(),
    }
}

/// The function that works on what goes to an ARN.
fn worker(wiring: &Wiring<'_>, arn: &str) -> Option<String> {
    let of_queue = wiring.queue_of(arn).and_then(|queue| wiring.consumer(queue)).map(|(_, function)| function);
    of_queue.or_else(|| wiring.function_of(arn)).map(|function| function.id.clone())
}

/// The ARNs that something in the template sends to.
fn targets(topology: &Topology) -> impl Iterator<Item = &str> {
    let dead = topology.queues.iter().filter_map(|queue| queue.redrive.as_ref()).map(|it| it.target.as_str());
    let endpoints = topology.subscriptions.iter().map(|it| it.endpoint.as_str());
    let rules = topology.rules.iter().flat_map(|rule| &rule.targets).map(|target| target.arn.as_str());
    let schedules = topology.schedules.iter().map(|schedule| schedule.target.arn.as_str());
    dead.chain(endpoints).chain(rules).chain(schedules)
}

/// The functions that queues, topics or rules lead to; all of them where none does.
fn workers<'a>(wiring: &Wiring<'a>) -> Vec<&'a Function> {
    let topology = wiring.topology;
    let mapped = topology.mappings.iter().map(|mapping| mapping.function.as_str());
    let led_to: Vec<&str> =
        mapped.chain(targets(topology)).filter_map(|arn| wiring.function_of(arn)).map(|it| it.id.as_str()).collect();
    let workers: Vec<&Function> = topology.functions.iter().filter(|it| led_to.contains(&it.id.as_str())).collect();
    if workers.is_empty() { topology.functions.iter().collect() } else { workers }
}

/// A name as a TOML key.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-".contains(sign));
    if is_bare { name.to_owned() } else { quoted(name) }
}

/// A name as TOML text, which has JSON's escapes.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
