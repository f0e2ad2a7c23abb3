//! SAM made plain: what `AWS::Serverless::*` resources stand for, as CloudFormation resources.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

mod connector;
mod event;
mod function;
mod globals;
mod names;
mod policy_template;
mod role;
mod source;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::node::{Entry, Node, Value};
use crate::template::{Resource, Template};
use crate::{Diagnostic, Severity};
use source::Runs;

pub(crate) use role::UNKNOWN_TEMPLATE;

/// Applies `Globals`, and puts the resources that SAM generates behind those that they come from.
pub(crate) fn expand(template: &mut Template, diagnostics: &mut Vec<Diagnostic>) {
    let globals = template.globals.clone();
    let globals = |section: &str| globals.as_ref().and_then(|globals| globals.get(section)).cloned();
    let (functions, state_machines) = (globals("Function"), globals("StateMachine"));
    let mut notified = BTreeMap::new();
    for mut resource in std::mem::take(&mut template.resources) {
        let defaults = match resource.kind.as_str() {
            "AWS::Serverless::Function" => &functions,
            "AWS::Serverless::StateMachine" => &state_machines,
            _ => {
                template.resources.push(resource);
                continue;
            }
        };
        if let Some(defaults) = defaults {
            resource.properties = globals::merge(defaults, &resource.properties);
        }
        let generated = if resource.kind == "AWS::Serverless::Function" {
            function::expand(&resource, &mut notified, diagnostics)
        } else {
            state_machine(&resource, diagnostics)
        };
        template.resources.push(resource);
        template.resources.extend(generated);
    }
    refuse_taken_ids(template, diagnostics);
    for resource in template.resources.iter_mut().filter(|resource| resource.kind == "AWS::S3::Bucket") {
        if let Some(configurations) = notified.remove(&resource.id) {
            notify(resource, configurations);
        }
    }
    connector::expand(template, diagnostics);
}

/// Takes out what SAM would make under the id of a resource that is written in the template: it refuses such a template.
///
/// Source: <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/translator/verify_logical_id.py>
fn refuse_taken_ids(template: &mut Template, diagnostics: &mut Vec<Diagnostic>) {
    let written = template.resources.iter().filter(|resource| resource.generated_by.is_none());
    let written: BTreeMap<_, _> = written.map(|resource| (resource.id.clone(), resource.kind.clone())).collect();
    template.resources.retain(|resource| {
        let (Some(owner), Some(kind)) = (&resource.generated_by, written.get(&resource.id)) else { return true };
        diagnostics.push(Diagnostic {
            severity: Severity::Error,
            message: format!(
                "SAM refuses the template: it makes `{}` of `{owner}`, of type {}, and there is one of this name, of type {kind}",
                resource.id, resource.kind
            ),
            help: Some(format!("rename `{}`, or the event of `{owner}` whose name SAM makes it of", resource.id)),
            span: resource.span,
        });
        false
    });
}

/// A state machine's role, and what its events stand for.
fn state_machine(resource: &Resource, diagnostics: &mut Vec<Diagnostic>) -> Vec<Resource> {
    let mut generated = Vec::new();
    if resource.properties.get("Role").is_none() {
        generated.push(role::of_state_machine(resource));
    }
    let runs = Runs::StateMachine { arn: Node::reference(&resource.id, resource.span) };
    for entry in event::of(&resource.properties) {
        event::expand(resource, &runs, entry, &mut generated, diagnostics);
    }
    generated
}

/// Adds what S3 events want to be told to the bucket's own notifications.
fn notify(bucket: &mut Resource, configurations: Vec<Rc<Node>>) {
    let span = bucket.properties.span;
    let empty = Node::map::<&str>([], span);
    let own = bucket.properties.get("NotificationConfiguration").unwrap_or(&empty);
    let mut all = own.get("LambdaConfigurations").and_then(|list| list.as_list()).unwrap_or_default().to_vec();
    all.extend(configurations);
    let own = with(own, [("LambdaConfigurations", Node::new(Value::List(all), span))], own.span);
    bucket.properties = with(&bucket.properties, [("NotificationConfiguration", own)], span);
}

/// A copy of a map with more entries, standing at `span`.
fn with<const N: usize>(map: &Node, more: [(&str, Rc<Node>); N], span: crate::Span) -> Rc<Node> {
    let mut entries = map.entries().to_vec();
    for (key, node) in more {
        entries.retain(|entry| entry.key != key);
        entries.push(Entry { key: key.to_owned(), key_span: node.span, node });
    }
    Node::new(Value::Map(entries), span)
}
