//! The topology and its addresses in a few lines.

use std::fmt::Write;

use aqueduct_local::Local;
use aqueduct_topology::{Arn, Mapping, Queue, Rule, Subscription, Topology};

use crate::screen::{BOLD, CYAN, DIM};
use crate::template::Template;

/// Logical id of the resource with this ARN, or its name.
pub(crate) fn id_of(topology: &Topology, arn: &Arn) -> String {
    let functions = topology.functions.iter().map(|function| (&function.arn, &function.id));
    let queues = topology.queues.iter().map(|queue| (&queue.arn, &queue.id));
    let topics = topology.topics.iter().map(|topic| (&topic.arn, &topic.id));
    let buses = topology.buses.iter().map(|bus| (&bus.arn, &bus.id));
    let mut all = functions.chain(queues).chain(topics).chain(buses);
    all.find(|(known, _)| *known == arn).map_or_else(|| arn.name().to_owned(), |(_, id)| id.clone())
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The overview.
pub(crate) fn of(topology: &Topology, local: &Local, template: &Template) -> String {
    let counts = [
        count(topology.functions.len(), "function", "functions"),
        count(topology.queues.len(), "queue", "queues"),
        count(topology.topics.len(), "topic", "topics"),
        count(topology.buses.len(), "bus", "buses"),
        count(topology.tables.len(), "table", "tables"),
    ];
    let mut text = format!("\n{BOLD}{}{BOLD:#}: {}\n", template.path(), counts.join(", "));
    for (from, to, how) in edges(topology) {
        let how = if how.is_empty() { String::new() } else { format!("  {DIM}{how}{DIM:#}") };
        let _ = writeln!(text, "  {from:<26} {CYAN}->{CYAN:#} {to}{how}");
    }
    text.push('\n');
    for function in &topology.functions {
        if let Some(url) = local.function_url(&function.id) {
            let _ = writeln!(text, "  {:<26} {BOLD}{url}{BOLD:#}", function.id);
        }
    }
    let region = topology.functions.first().map_or("us-east-1", |function| function.arn.region());
    let _ = writeln!(text, "  {:<26} {BOLD}{}{BOLD:#}\n", "AWS endpoint", local.endpoint());
    let _ = writeln!(text, "  export AWS_ENDPOINT_URL={} AWS_REGION={region}", local.endpoint());
    let _ = writeln!(text, "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test");
    text
}

fn edges(topology: &Topology) -> Vec<(String, String, String)> {
    let mut edges = Vec::new();
    for function in topology.functions.iter().filter(|function| function.url.is_some()) {
        edges.push(("HTTP".to_owned(), function.id.clone(), String::new()));
    }
    for mapping in &topology.mappings {
        let queue = topology.queues.iter().find(|queue| queue.arn == mapping.queue);
        let how = mapping_details(topology, mapping, queue);
        edges.push((id_of(topology, &mapping.queue), id_of(topology, &mapping.function), how));
    }
    for subscription in &topology.subscriptions {
        let to = id_of(topology, &Arn::new(subscription.endpoint.clone()));
        edges.push((id_of(topology, &subscription.topic), to, subscription_details(topology, subscription)));
    }
    for rule in &topology.rules {
        let from = rule.schedule.clone().unwrap_or_else(|| id_of(topology, &rule.bus));
        for target in &rule.targets {
            edges.push((from.clone(), id_of(topology, &target.arn), rule_details(rule)));
        }
    }
    for schedule in &topology.schedules {
        let how = if schedule.enabled { "" } else { "disabled" };
        edges.push((schedule.expression.clone(), id_of(topology, &schedule.target.arn), how.to_owned()));
    }
    edges
}

fn mapping_details(topology: &Topology, mapping: &Mapping, queue: Option<&Queue>) -> String {
    let mut details = vec![format!("batches of {}", mapping.batch_size)];
    if let Some(concurrency) = mapping.concurrency_max {
        details.push(format!("at most {concurrency} at once"));
    }
    if let Some(redrive) = queue.and_then(|queue| queue.redrive.as_ref()) {
        details.push(format!("{} after {} receives", id_of(topology, &redrive.target), redrive.receives_max));
    }
    if !mapping.enabled {
        details.push("disabled".to_owned());
    }
    details.join(", ")
}

fn subscription_details(topology: &Topology, subscription: &Subscription) -> String {
    let mut details = Vec::new();
    if subscription.filter_policy.is_some() {
        details.push("filtered".to_owned());
    }
    if subscription.raw {
        details.push("raw".to_owned());
    }
    if let Some(dead_letter) = &subscription.dead_letter {
        details.push(format!("else {}", id_of(topology, dead_letter)));
    }
    details.join(", ")
}

fn rule_details(rule: &Rule) -> String {
    if rule.enabled { format!("rule {}", rule.id) } else { format!("rule {}, disabled", rule.id) }
}
