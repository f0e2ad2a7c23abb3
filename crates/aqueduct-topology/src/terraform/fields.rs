//! What attributes of Terraform's resources come to as properties.

use std::rc::Rc;

use super::plan::{Instance, KNOWN_AFTER_APPLY, Plan, unknown};
use super::types::of_kind;
use crate::node::{Node, Value};
use crate::parse;
use crate::template::Resource;

/// An attribute, the property that it is, and its form.
#[derive(Clone)]
pub(super) struct Field(pub(super) &'static str, pub(super) &'static str, pub(super) Form);

/// How an attribute holds its value.
#[derive(Clone)]
pub(super) enum Form {
    /// As the property does.
    Same,
    /// As JSON text.
    Json,
    /// As the JSON text of a redrive policy.
    Redrive,
    /// As a block, or a list with one, with attributes of its own.
    Block(Vec<Field>),
    /// As a list of blocks.
    Blocks(Vec<Field>),
    /// As a map of an alarm's dimensions.
    Dimensions,
}

use Form::{Block, Blocks, Dimensions, Json, Redrive, Same};

/// The CloudFormation resource that an instance equals, if it is of a type that is read.
pub(super) fn resource(plan: &Plan, instance: &Instance) -> Option<Resource> {
    let (kind, fields) = of_kind(&instance.kind)?;
    let attribute = |name: &str| plan.attribute(instance, name);
    let resource = Resource::of(instance.address.clone(), kind, properties(fields, &attribute, instance.span));
    Some(Resource { span: instance.address_span, ..resource })
}

/// The properties that attributes are.
pub(super) fn properties(
    fields: &'static [Field],
    attribute: &dyn Fn(&str) -> Option<Rc<Node>>,
    span: crate::Span,
) -> Rc<Node> {
    let entries = fields.iter().filter_map(|Field(name, property, form)| {
        let value = attribute(name)?;
        Some((*property, formed(&value, form)?))
    });
    Node::map(entries.collect::<Vec<_>>(), span)
}

fn formed(value: &Rc<Node>, form: &'static Form) -> Option<Rc<Node>> {
    match form {
        // Providers answer -1 and "" for what is not set.
        Same if value.as_str() == Some("") || is_minus_one(value) => None,
        Same => Some(Rc::clone(value)),
        Json => json(value),
        Redrive => match json(value)? {
            policy if is_unknown(&policy) => Some(policy),
            policy if policy.intrinsic().is_some() || policy.as_str().is_some() => Some(redrive(policy)),
            policy => Some(policy),
        },
        Block(fields) => {
            let block = value.as_list().map_or(Some(value), <[_]>::first)?;
            Some(block_of(fields, block))
        }
        Blocks(fields) => {
            let blocks = value.as_list().unwrap_or(std::slice::from_ref(value));
            let blocks = blocks.iter().map(|block| block_of(fields, block)).collect();
            Some(Node::new(Value::List(blocks), value.span))
        }
        Dimensions => {
            let pair = |(name, value): (&str, &Rc<Node>)| {
                let name = Node::string(name, value.span);
                Node::map([("Name", name), ("Value", Rc::clone(value))], value.span)
            };
            let pairs = value.entries().iter().map(|entry| pair((&entry.key, &entry.node))).collect();
            Some(Node::new(Value::List(pairs), value.span))
        }
    }
}

fn block_of(fields: &'static [Field], block: &Rc<Node>) -> Rc<Node> {
    if is_unknown(block) {
        return Rc::clone(block);
    }
    let properties = properties(fields, &|name| block.get(name).cloned(), block.span);
    nest_metric(&properties)
}

/// Puts `Metric` of a metric query into its `MetricStat`.
fn nest_metric(properties: &Rc<Node>) -> Rc<Node> {
    let (Some(stat), Some(metric)) = (properties.get("MetricStat"), properties.get("Metric")) else {
        return Rc::clone(properties);
    };
    let entries = stat.entries().iter().map(|entry| (entry.key.as_str(), Rc::clone(&entry.node)));
    let stat = Node::map(entries.chain([("Metric", Rc::clone(metric))]).collect::<Vec<_>>(), stat.span);
    let entries = properties.entries().iter().filter(|entry| entry.key != "MetricStat" && entry.key != "Metric");
    let entries = entries.map(|entry| (entry.key.as_str(), Rc::clone(&entry.node)));
    Node::map(entries.chain([("MetricStat", stat)]).collect::<Vec<_>>(), properties.span)
}

/// A redrive policy of which the configuration names only the dead-letter queue.
fn redrive(target: Rc<Node>) -> Rc<Node> {
    let span = target.span;
    let receives = unknown("maxReceiveCount", span);
    Node::map([("deadLetterTargetArn", target), ("maxReceiveCount", receives)], span)
}

/// JSON text as what it says; what is no text stays.
pub(super) fn json(value: &Rc<Node>) -> Option<Rc<Node>> {
    match value.as_str() {
        Some("") => None,
        Some(text) if text.trim_start().starts_with(['{', '[']) => {
            let parsed = parse::parse(text, &mut Vec::new()).ok()?;
            Some(placed(&parsed, value.span))
        }
        _ => Some(Rc::clone(value)),
    }
}

/// The same part, standing where the text that it was read from stands.
fn placed(node: &Rc<Node>, span: crate::Span) -> Rc<Node> {
    let value = match &node.value {
        Value::List(items) => Value::List(items.iter().map(|item| placed(item, span)).collect()),
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.as_str(), placed(&entry.node, span)));
            return Node::map(entries.collect::<Vec<_>>(), span);
        }
        value => value.clone(),
    };
    Node::new(value, span)
}

fn is_unknown(node: &Node) -> bool {
    matches!(node.entries(), [entry] if entry.key == KNOWN_AFTER_APPLY)
}

fn is_minus_one(node: &Node) -> bool {
    matches!(&node.value, Value::Number(number) if number.as_i64() == Some(-1))
}
