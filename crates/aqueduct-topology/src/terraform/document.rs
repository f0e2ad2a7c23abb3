//! `aws_iam_policy_document`: a policy written as Terraform blocks.
//!
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>

use std::rc::Rc;

use crate::Span;
use crate::node::{Node, Value};

/// The policy document that the data source's expressions describe; `value` works an expression out.
pub(super) fn of(expressions: &Node, value: &dyn Fn(&Rc<Node>) -> Rc<Node>) -> Rc<Node> {
    let span = expressions.span;
    let statements = blocks(expressions, "statement").iter().map(|block| statement(block, value)).collect();
    Node::map(
        [("Version", Node::string("2012-10-17", span)), ("Statement", Node::new(Value::List(statements), span))],
        span,
    )
}

fn blocks<'n>(node: &'n Node, name: &str) -> &'n [Rc<Node>] {
    let Some(blocks) = node.get(name) else { return &[] };
    blocks.as_list().unwrap_or(std::slice::from_ref(blocks))
}

fn statement(block: &Node, value: &dyn Fn(&Rc<Node>) -> Rc<Node>) -> Rc<Node> {
    let span = block.span;
    let mut entries: Vec<(&str, Rc<Node>)> = Vec::new();
    let effect = block.get("effect").map(value).filter(|effect| effect.as_str().is_some());
    entries.push(("Effect", effect.unwrap_or_else(|| Node::string("Allow", span))));
    for (own, name) in [
        ("sid", "Sid"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        entries.extend(block.get(own).map(|expression| (name, value(expression))));
    }
    for (own, name) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let principals = blocks(block, own);
        if !principals.is_empty() {
            entries.push((name, principals_of(principals, value, span)));
        }
    }
    let conditions = blocks(block, "condition");
    if !conditions.is_empty() {
        entries.push(("Condition", conditions_of(conditions, value, span)));
    }
    Node::map(entries, span)
}

fn text(block: &Node, name: &str, value: &dyn Fn(&Rc<Node>) -> Rc<Node>) -> Option<String> {
    value(block.get(name)?).as_str().map(str::to_owned)
}

fn principals_of(blocks: &[Rc<Node>], value: &dyn Fn(&Rc<Node>) -> Rc<Node>, span: Span) -> Rc<Node> {
    let all = blocks.iter().filter_map(|block| {
        let identifiers = value(block.get("identifiers")?);
        Some((text(block, "type", value)?, identifiers))
    });
    let all: Vec<(String, Rc<Node>)> = all.collect();
    if all.iter().any(|(kind, _)| kind == "*") {
        return Node::string("*", span);
    }
    Node::map(all, span)
}

/// What one operator of a condition compares, with what.
type Keys = Vec<(String, Rc<Node>)>;

fn conditions_of(blocks: &[Rc<Node>], value: &dyn Fn(&Rc<Node>) -> Rc<Node>, span: Span) -> Rc<Node> {
    let mut operators: Vec<(String, Keys)> = Vec::new();
    for block in blocks {
        let (Some(test), Some(key)) = (text(block, "test", value), text(block, "variable", value)) else { continue };
        let Some(values) = block.get("values").map(value) else { continue };
        match operators.iter_mut().find(|(own, _)| *own == test) {
            Some((_, keys)) => keys.push((key, values)),
            None => operators.push((test, vec![(key, values)])),
        }
    }
    Node::map(operators.into_iter().map(|(test, keys)| (test, Node::map(keys, span))), span)
}
