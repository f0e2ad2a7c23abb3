//! SAM made plain: what `AWS::Serverless::Function` stands for, as CloudFormation resources.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

mod event;
mod globals;
mod policy_template;
mod role;

use std::rc::Rc;

use crate::Diagnostic;
use crate::node::{Entry, Node, Value};
use crate::template::{Resource, Template};

pub(crate) use role::UNKNOWN_TEMPLATE;

/// Applies `Globals`, and puts the resources that SAM generates behind the functions they come from.
pub(crate) fn expand(template: &mut Template, diagnostics: &mut Vec<Diagnostic>) {
    let globals = template.globals.as_ref().and_then(|globals| globals.get("Function")).cloned();
    let written = std::mem::take(&mut template.resources);
    for mut resource in written {
        if resource.kind != "AWS::Serverless::Function" {
            template.resources.push(resource);
            continue;
        }
        if let Some(globals) = &globals {
            resource.properties = globals::merge(globals, &resource.properties);
        }
        let generated = function(&resource, diagnostics);
        template.resources.push(resource);
        template.resources.extend(generated);
    }
}

fn function(function: &Resource, diagnostics: &mut Vec<Diagnostic>) -> Vec<Resource> {
    let mut generated = Vec::new();
    let properties = &function.properties;
    if !properties.get("Role").is_some_and(|role| !matches!(role.value, Value::Null)) {
        generated.push(role::generated(function));
    }
    if let Some(url) = properties.get("FunctionUrlConfig") {
        let target = Node::attribute(&function.id, "Arn", url.span);
        let url = with(url, [("TargetFunctionArn", target)], url.span);
        generated.extend(public_url_permissions(function, &url));
        generated.push(function.generated(format!("{}Url", function.id), "AWS::Lambda::Url", url));
    }
    if let Some(config) = properties.get("EventInvokeConfig") {
        let name = Node::reference(&function.id, config.span);
        let config = with(config, [("FunctionName", name)], config.span);
        let id = format!("{}EventInvokeConfig", function.id);
        generated.push(function.generated(id, "AWS::Lambda::EventInvokeConfig", config));
    }
    for entry in properties.get("Events").map(|events| events.entries()).unwrap_or_default() {
        event::expand(function, entry, &mut generated, diagnostics);
    }
    generated
}

/// What lets anybody call a URL without authentication.
fn public_url_permissions(function: &Resource, url: &Node) -> Vec<Resource> {
    if url.get("AuthType").and_then(|kind| kind.as_str()) != Some("NONE") {
        return Vec::new();
    }
    [("UrlPublicPermissions", "lambda:InvokeFunctionUrl"), ("URLInvokeAllowPublicAccess", "lambda:InvokeFunction")]
        .into_iter()
        .map(|(suffix, action)| {
            let entries = [
                ("Action", Node::string(action, url.span)),
                ("FunctionName", Node::reference(&function.id, url.span)),
                ("Principal", Node::string("*", url.span)),
            ];
            let id = format!("{}{suffix}", function.id);
            function.generated(id, "AWS::Lambda::Permission", Node::map(entries, url.span))
        })
        .collect()
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
