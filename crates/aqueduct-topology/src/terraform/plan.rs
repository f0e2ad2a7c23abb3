//! A plan's resources with their configuration, and what expressions in it come to.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::document;
use crate::node::{Node, Value};
use crate::{Arn, Deployment, Span};

/// How many variables, outputs and modules one expression may lead through, and how deep modules may nest.
const DEPTH_MAX: usize = 32;

/// How many expressions are worked out; documents that are made of documents ask for their parts again each time.
const EXPRESSIONS_MAX: usize = 100_000;

/// Stands for a value that only the apply will tell; the argument says which.
pub(crate) const KNOWN_AFTER_APPLY: &str = "Fn::KnownAfterApply";

/// A resource of the plan.
pub(super) struct Instance {
    /// Such as `module.shop.aws_sqs_queue.orders["a"]`.
    pub(super) address: String,
    /// Such as `aws_sqs_queue`.
    pub(super) kind: String,
    /// What stands in brackets behind the address.
    key: Option<String>,
    module: Rc<Module>,
    pub(super) values: Rc<Node>,
    pub(super) expressions: Rc<Node>,
    /// Where the whole resource stands.
    pub(super) span: Span,
    /// Where its address stands.
    pub(super) address_span: Span,
}

/// A module, with its configuration and the one that calls it.
struct Module {
    /// Such as `module.shop`; empty for the root.
    address: String,
    key: Option<String>,
    configuration: Rc<Node>,
    /// The caller, and the call in its configuration.
    caller: Option<(Rc<Module>, Rc<Node>)>,
}

pub(super) struct Plan {
    pub(super) instances: Vec<Instance>,
    by_address: BTreeMap<String, usize>,
    variables: Rc<Node>,
    providers: Rc<Node>,
    prior: Rc<Node>,
    /// Expressions that were worked out.
    worked: Cell<usize>,
}

fn empty() -> Rc<Node> {
    Node::map::<&str>([], Span::default())
}

fn part(node: &Node, path: &[&str]) -> Rc<Node> {
    let found = path.iter().try_fold(None::<&Rc<Node>>, |at, key| at.map_or(node, |at| at).get(key).map(Some));
    found.flatten().cloned().unwrap_or_else(empty)
}

impl Plan {
    pub(super) fn new(root: &Rc<Node>) -> Self {
        let mut plan = Self {
            instances: Vec::new(),
            by_address: BTreeMap::new(),
            variables: part(root, &["variables"]),
            providers: part(root, &["configuration", "provider_config"]),
            prior: part(root, &["prior_state", "values", "root_module"]),
            worked: Cell::new(0),
        };
        let configuration = part(root, &["configuration", "root_module"]);
        let module = Module { address: String::new(), key: None, configuration, caller: None };
        // A state has what is there, and no configuration.
        let values = if root.get("planned_values").is_some() { "planned_values" } else { "values" };
        plan.add_module(&part(root, &[values, "root_module"]), &Rc::new(module), 0);
        for (place, instance) in plan.instances.iter().enumerate() {
            plan.by_address.insert(instance.address.clone(), place);
        }
        plan
    }

    fn add_module(&mut self, planned: &Node, module: &Rc<Module>, depth: usize) {
        let configured: BTreeMap<&str, &Rc<Node>> = list(&module.configuration, "resources")
            .iter()
            .filter_map(|resource| Some((resource.get("address")?.as_str()?, resource)))
            .collect();
        for resource in list(planned, "resources") {
            let text = |name: &str| resource.get(name).and_then(|node| node.as_str());
            let (Some(address), Some(kind), Some("managed")) = (text("address"), text("type"), text("mode")) else {
                continue;
            };
            let own = format!("{kind}.{}", text("name").unwrap_or_default());
            let expressions = configured.get(own.as_str()).and_then(|resource| resource.get("expressions")).cloned();
            self.instances.push(Instance {
                address: address.to_owned(),
                kind: kind.to_owned(),
                key: resource.get("index").and_then(|index| plain(index)),
                module: Rc::clone(module),
                values: resource.get("values").cloned().unwrap_or_else(empty),
                expressions: expressions.unwrap_or_else(empty),
                span: resource.span,
                address_span: resource.get("address").map_or(resource.span, |address| address.span),
            });
        }
        for child in list(planned, "child_modules") {
            let Some(address) = child.get("address").and_then(|address| address.as_str()) else { continue };
            let step = address.strip_prefix(module.address.as_str()).unwrap_or(address).trim_start_matches('.');
            let (name, key) = step_of(step.trim_start_matches("module."));
            let call = part(&module.configuration, &["module_calls", name]);
            let configuration = part(&call, &["module"]);
            let caller = Some((Rc::clone(module), call));
            let inner = Module { address: address.to_owned(), key, configuration, caller };
            if depth < DEPTH_MAX {
                self.add_module(child, &Rc::new(inner), depth + 1);
            }
        }
    }

    /// The deployment with what the plan knows about it.
    pub(super) fn deployment(&self, given: &Deployment) -> Deployment {
        let mut deployment = given.clone();
        let arns = self.instances.iter().filter_map(|it| Some((it, it.values.get("arn")?.as_str()?)));
        for (instance, arn) in arns.filter(|(_, arn)| arn.starts_with("arn:")) {
            deployment.physical.entry(instance.address.clone()).or_insert_with(|| arn.to_owned());
        }
        let known = deployment.physical.values().map(|arn| Arn::new(arn.as_str()));
        let known = known.into_iter().find(|arn| arn.account().len() == 12 && !arn.region().is_empty());
        let identity = list(&self.prior, "resources").iter().find(|it| is(it, "type", "aws_caller_identity"));
        let account = identity.and_then(|it| it.get("values")?.get("account_id")?.as_str().map(str::to_owned));
        let account = account.or_else(|| known.as_ref().map(|arn| arn.account().to_owned()));
        let provider = self.providers.get("aws").and_then(|aws| aws.get("expressions")?.get("region").cloned());
        let module = Module { address: String::new(), key: None, configuration: empty(), caller: None };
        let region = provider.map(|region| self.expression(&Rc::new(module), None, &region, 0));
        let region = region.and_then(|region| region.as_str().map(str::to_owned));
        let region = region.or_else(|| known.as_ref().map(|arn| arn.region().to_owned()));
        deployment.account = account.unwrap_or(deployment.account);
        deployment.region = region.unwrap_or(deployment.region);
        deployment
    }

    pub(super) fn instance(&self, address: &str) -> Option<&Instance> {
        self.by_address.get(address).map(|place| &self.instances[*place])
    }

    /// An attribute of a resource, from the plan or from the configuration.
    pub(super) fn attribute(&self, instance: &Instance, name: &str) -> Option<Rc<Node>> {
        self.merged(instance, instance.values.get(name), instance.expressions.get(name))
    }

    /// What the plan knows, with what it does not know taken from the configuration.
    pub(super) fn merged(
        &self,
        instance: &Instance,
        value: Option<&Rc<Node>>,
        expression: Option<&Rc<Node>>,
    ) -> Option<Rc<Node>> {
        let value = value.filter(|value| !matches!(value.value, Value::Null));
        let blocks = expression.filter(|it| it.as_list().is_some() || !is_expression(it));
        match (value, blocks) {
            (Some(value), Some(blocks)) => Some(self.merged_blocks(instance, value, blocks)),
            (Some(value), None) => Some(Rc::clone(value)),
            (None, Some(blocks)) => Some(self.blocks(instance, blocks)),
            (None, None) => {
                let node = self.expression(&instance.module, instance.key.as_deref(), expression?, 0);
                (!matches!(node.value, Value::Null)).then_some(node)
            }
        }
    }

    fn merged_blocks(&self, instance: &Instance, value: &Rc<Node>, blocks: &Rc<Node>) -> Rc<Node> {
        match (&value.value, blocks.as_list()) {
            (Value::List(items), Some(blocks)) => {
                let merged = items.iter().enumerate().map(|(place, item)| match blocks.get(place) {
                    Some(block) => self.merged_blocks(instance, item, block),
                    None => Rc::clone(item),
                });
                Node::new(Value::List(merged.collect()), value.span)
            }
            (Value::List(items), None) if items.len() == 1 => {
                let merged = self.merged_blocks(instance, &items[0], blocks);
                Node::new(Value::List(vec![merged]), value.span)
            }
            (Value::Map(entries), None) => {
                let names = entries.iter().map(|entry| entry.key.as_str());
                let more = blocks.entries().iter().map(|entry| entry.key.as_str());
                let more = more.filter(|name| value.get(name).is_none());
                let merged = names
                    .chain(more)
                    .filter_map(|name| Some((name, self.merged(instance, value.get(name), blocks.get(name))?)));
                Node::map(merged.collect::<Vec<_>>(), value.span)
            }
            _ => Rc::clone(value),
        }
    }

    fn blocks(&self, instance: &Instance, blocks: &Rc<Node>) -> Rc<Node> {
        if let Some(items) = blocks.as_list() {
            let items = items.iter().map(|item| self.blocks(instance, item)).collect();
            return Node::new(Value::List(items), blocks.span);
        }
        let entries = blocks.entries().iter();
        let entries = entries.filter_map(|it| Some((it.key.as_str(), self.merged(instance, None, Some(&it.node))?)));
        Node::map(entries.collect::<Vec<_>>(), blocks.span)
    }

    /// What an expression of the configuration comes to.
    fn expression(&self, module: &Rc<Module>, key: Option<&str>, expression: &Rc<Node>, depth: usize) -> Rc<Node> {
        if let Some(constant) = expression.get("constant_value") {
            return Rc::clone(constant);
        }
        let references: Vec<&str> = list(expression, "references").iter().filter_map(|it| it.as_str()).collect();
        self.worked.set(self.worked.get() + 1);
        if self.worked.get() > EXPRESSIONS_MAX {
            return unknown("one expression of too many", expression.span);
        }
        // A reference is followed by what it is part of.
        let specific: Vec<&str> = references
            .iter()
            .filter(|it| !references.iter().any(|other| other.len() > it.len() && other.starts_with(&format!("{it}."))))
            .filter(|it| !it.starts_with("each.") && !it.starts_with("count.") && !it.starts_with("path."))
            .copied()
            .collect();
        match specific.as_slice() {
            [] if references.is_empty() => Node::new(Value::Null, expression.span),
            [one] if depth < DEPTH_MAX => self.reference(module, key, one, expression.span, depth + 1),
            _ => unknown(&references.join(", "), expression.span),
        }
    }

    /// What a reference such as `aws_sqs_queue.orders.arn`, `var.queue` or `module.shop.queue` comes to.
    fn reference(&self, module: &Rc<Module>, key: Option<&str>, name: &str, span: Span, depth: usize) -> Rc<Node> {
        let steps = split(name);
        match steps.as_slice() {
            ["var", variable, ..] => self.variable(module, variable, name, span, depth),
            ["module", called, output, ..] => self.output(module, called, output, name, span, depth),
            ["data", "aws_iam_policy_document", _, ..] => {
                let (data, _) = step_of(steps[2]);
                let address = format!("data.aws_iam_policy_document.{data}");
                let found = list(&module.configuration, "resources").iter().find(|it| is(it, "address", &address));
                match found.and_then(|data| data.get("expressions")) {
                    Some(expressions) => {
                        let value = |expression: &Rc<Node>| self.expression(module, key, expression, depth);
                        document::of(expressions, &value)
                    }
                    None => unknown(name, span),
                }
            }
            [kind, resource, attribute, ..] if *kind != "data" && *kind != "local" => {
                match self.find(module, key, kind, resource) {
                    Some(found) => attribute_of(found, attribute, name, span),
                    None => unknown(name, span),
                }
            }
            // An index that is no constant ends the reference at the resource.
            [kind, resource] if !["data", "local", "path", "terraform"].contains(kind) => {
                match self.find(module, key, kind, resource) {
                    Some(found) => attribute_of(found, "arn", name, span),
                    None => unknown(name, span),
                }
            }
            _ => unknown(name, span),
        }
    }

    /// The instance that a reference means: the one with the same key where there are several.
    pub(super) fn find_from(&self, from: &Instance, reference: &str) -> Option<&Instance> {
        let steps = split(reference);
        let [kind, resource, ..] = steps.as_slice() else { return None };
        self.find(&from.module, from.key.as_deref(), kind, resource)
    }

    fn find(&self, module: &Module, key: Option<&str>, kind: &str, resource: &str) -> Option<&Instance> {
        let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
        let exact = format!("{prefix}{kind}.{resource}");
        if let Some(found) = self.instance(&exact) {
            return Some(found);
        }
        let (name, _) = step_of(resource);
        let start = format!("{prefix}{kind}.{name}[");
        let several = self.by_address.range(start.clone()..).take_while(|(address, _)| address.starts_with(&start));
        let several: Vec<&Instance> = several.map(|(_, place)| &self.instances[*place]).collect();
        match several.as_slice() {
            [one] => Some(one),
            several => several.iter().copied().find(|instance| key.is_some() && instance.key.as_deref() == key),
        }
    }

    fn variable(&self, module: &Rc<Module>, variable: &str, name: &str, span: Span, depth: usize) -> Rc<Node> {
        let (variable, _) = step_of(variable);
        let Some((caller, call)) = &module.caller else {
            let value = self.variables.get(variable).and_then(|variable| variable.get("value"));
            return value.cloned().unwrap_or_else(|| unknown(name, span));
        };
        if let Some(expression) = part(call, &["expressions"]).get(variable) {
            return self.expression(caller, module.key.as_deref(), expression, depth);
        }
        let default = part(&module.configuration, &["variables", variable]).get("default").cloned();
        default.unwrap_or_else(|| unknown(name, span))
    }

    fn output(
        &self,
        module: &Rc<Module>,
        called: &str,
        output: &str,
        name: &str,
        span: Span,
        depth: usize,
    ) -> Rc<Node> {
        let (called_name, key) = step_of(called);
        let call = part(&module.configuration, &["module_calls", called_name]);
        let configuration = part(&call, &["module"]);
        let expression = part(&configuration, &["outputs", output]).get("expression").cloned();
        let Some(expression) = expression else { return unknown(name, span) };
        let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
        let address = format!("{prefix}module.{called}");
        let inner = Module { address, key, configuration, caller: Some((Rc::clone(module), call)) };
        self.expression(&Rc::new(inner), None, &expression, depth)
    }
}

/// What stands for an attribute of a resource.
fn attribute_of(instance: &Instance, attribute: &str, name: &str, span: Span) -> Rc<Node> {
    let id = instance.address.as_str();
    let (attribute, _) = step_of(attribute);
    if let Some(known) = instance.values.get(attribute).filter(|value| !matches!(value.value, Value::Null)) {
        return Rc::clone(known);
    }
    match (instance.kind.as_str(), attribute) {
        (_, "arn" | "qualified_arn" | "invoke_arn" | "target_key_arn") => Node::attribute(id, "Arn", span),
        ("aws_sns_topic" | "aws_sfn_state_machine", "id")
        | ("aws_sqs_queue", "id" | "url")
        | ("aws_lambda_function", "function_name" | "id")
        | ("aws_cloudwatch_event_bus" | "aws_iam_role" | "aws_dynamodb_table", "name" | "id")
        | ("aws_kms_key", "key_id" | "id")
        | ("aws_s3_bucket", "bucket" | "id") => Node::reference(id, span),
        ("aws_sqs_queue", "name") => Node::attribute(id, "QueueName", span),
        ("aws_sns_topic", "name") => Node::attribute(id, "TopicName", span),
        ("aws_dynamodb_table", "stream_arn") => Node::attribute(id, "StreamArn", span),
        _ => unknown(name, span),
    }
}

/// A value that is known after the apply.
pub(super) fn unknown(what: &str, span: Span) -> Rc<Node> {
    Node::map([(KNOWN_AFTER_APPLY, Node::string(what, span))], span)
}

fn is_expression(node: &Node) -> bool {
    node.get("constant_value").is_some() || node.get("references").is_some() || node.entries().is_empty()
}

pub(super) fn list<'n>(node: &'n Node, key: &str) -> &'n [Rc<Node>] {
    node.get(key).and_then(|list| list.as_list()).unwrap_or_default()
}

fn is(node: &Node, key: &str, text: &str) -> bool {
    node.get(key).and_then(|node| node.as_str()) == Some(text)
}

fn plain(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A step's name and what stands in brackets behind it, without quotes.
fn step_of(step: &str) -> (&str, Option<String>) {
    match step.split_once('[') {
        Some((name, rest)) => (name, Some(rest.trim_end_matches(']').trim_matches('"').to_owned())),
        None => (step, None),
    }
}

/// The steps of a reference; a dot in brackets is none.
fn split(reference: &str) -> Vec<&str> {
    let (mut steps, mut start, mut inside) = (Vec::new(), 0, false);
    for (place, character) in reference.char_indices() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            '.' if !inside => {
                steps.push(&reference[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    steps.push(&reference[start..]);
    steps
}
