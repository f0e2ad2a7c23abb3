//! The filters on messages' ways, each read once.

use std::collections::BTreeMap;
use std::rc::Rc;

use aqueduct_contract::{Carrier, View};
use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology::{Rule as BusRule, Span, StreamKind, Subscription, Topology};
use serde_json::Value;

use crate::policy::holds_intrinsic;

/// A filter on the way: one of its patterns must match.
#[derive(Clone, Debug)]
pub(crate) struct Gate<'a> {
    /// Logical id of the subscription, rule or mapping that has it.
    pub(crate) id: &'a str,
    /// The property that holds it.
    pub(crate) property: &'static str,
    pub(crate) span: Span,
    pub(crate) view: View,
    /// The patterns; none when they cannot be read.
    pub(crate) patterns: Option<Rc<[Pattern]>>,
}

impl Gate<'_> {
    /// What it is, as words: "the event pattern of Rule".
    pub(crate) fn words(&self) -> String {
        let what = match self.property {
            "FilterPolicy" => "filter policy",
            "EventPattern" => "event pattern",
            _ => "filter criteria",
        };
        format!("the {what} of {}", self.id)
    }
}

/// The filters of subscriptions, rules and mappings by logical id; what lets everything through has none.
pub(crate) fn gates(topology: &Topology) -> BTreeMap<&str, Gate<'_>> {
    let subscriptions = topology.subscriptions.iter().filter_map(|it| of_subscription(topology, it));
    let rules = topology.rules.iter().map(of_rule);
    let mappings = topology.mappings.iter().filter_map(|it| of_mapping(&it.id, &it.filters, it.span));
    let seen = topology.streams.iter().filter(|it| has_samples(it.kind));
    let streams = seen.filter_map(|it| of_mapping(&it.id, &it.filters, it.span));
    subscriptions.chain(rules).chain(mappings).chain(streams).map(|gate| (gate.id, gate)).collect()
}

/// Whether a sample event can show what filter criteria see of such a stream or broker.
pub(crate) fn has_samples(kind: StreamKind) -> bool {
    matches!(kind, StreamKind::DynamoDb | StreamKind::Kinesis | StreamKind::Kafka | StreamKind::SelfManagedKafka)
}

fn of_subscription<'a>(topology: &'a Topology, it: &'a Subscription) -> Option<Gate<'a>> {
    let known = |path| !topology.property(&it.id, path).is_unknown();
    if it.filter_policy.is_none() && known("FilterPolicy") {
        return None;
    }
    let on_body = it.filter_policy_scope == "MessageBody";
    let (dialect, view) =
        if on_body { (Dialect::SnsBody, View::TopicBody) } else { (Dialect::SnsAttributes, View::TopicAttributes) };
    let policy = it.filter_policy.as_ref().filter(|_| known("FilterPolicyScope"));
    let patterns = policy.and_then(|policy| parsed(dialect, policy));
    Some(Gate { id: &it.id, property: "FilterPolicy", span: it.span, view, patterns })
}

fn of_rule(rule: &BusRule) -> Gate<'_> {
    let patterns = rule.pattern.as_ref().and_then(|pattern| parsed(Dialect::Bus, pattern));
    Gate { id: &rule.id, property: "EventPattern", span: rule.span, view: View::Bus, patterns }
}

/// The filter criteria of a mapping, of a queue, a stream or a broker: all see the record.
fn of_mapping<'a>(id: &'a str, filters: &[String], span: Span) -> Option<Gate<'a>> {
    if filters.is_empty() {
        return None;
    }
    let patterns = filters.iter().map(|filter| Pattern::parse_text(Dialect::Lambda, filter).ok()).collect();
    Some(Gate { id, property: "FilterCriteria", span, view: View::Queue(Carrier::Itself), patterns })
}

/// The pattern, unless it holds what only the deployment knows.
fn parsed(dialect: Dialect, pattern: &Value) -> Option<Rc<[Pattern]>> {
    if holds_intrinsic(pattern) {
        return None;
    }
    Pattern::parse(dialect, pattern).ok().map(|pattern| Rc::from([pattern]))
}
