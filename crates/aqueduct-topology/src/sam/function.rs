//! What SAM makes of a function: role, alias, URL, asynchronous configuration, and its events.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::source::{Runs, Source};
use super::{event, role, with};
use crate::node::{Node, Value};
use crate::template::Resource;
use crate::{Diagnostic, Span};

/// Everything that SAM generates for `function`; what buckets are to tell goes to `notified`, by the bucket's logical id.
pub(super) fn expand(
    function: &Resource,
    notified: &mut BTreeMap<String, Vec<Rc<Node>>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Resource> {
    let mut generated = Vec::new();
    let properties = &function.properties;
    let alias = alias(function);
    let qualifier = alias.as_ref().and_then(|alias| alias.properties.get("Name").cloned());
    let name = Node::reference(alias.as_ref().map_or(&function.id, |alias| &alias.id), function.span);
    let arn = if alias.is_some() { Rc::clone(&name) } else { Node::attribute(&function.id, "Arn", function.span) };
    generated.extend(alias);
    let config = properties.get("EventInvokeConfig").map(|config| {
        let destinations = destinations(function, config, &mut generated);
        let own = Node::reference(&function.id, config.span);
        let config = with(config, [("FunctionName", own)], config.span);
        let config = match &qualifier {
            Some(qualifier) => with(&config, [("Qualifier", Rc::clone(qualifier))], config.span),
            None => config,
        };
        match destinations {
            Some(destinations) => with(&config, [("DestinationConfig", destinations)], config.span),
            None => config,
        }
    });
    if !properties.get("Role").is_some_and(|role| !matches!(role.value, Value::Null)) {
        generated.push(role::of_function(function, config.as_deref()));
    }
    if let Some(url) = properties.get("FunctionUrlConfig") {
        let target = Node::reference(&function.id, url.span);
        let url = with(url, [("TargetFunctionArn", target)], url.span);
        generated.extend(public_url_permissions(function, &name, &url));
        generated.push(function.generated(format!("{}Url", function.id), "AWS::Lambda::Url", url));
    }
    if let Some(config) = config {
        let id = format!("{}EventInvokeConfig", function.id);
        generated.push(function.generated(id, "AWS::Lambda::EventInvokeConfig", config));
    }
    let runs = Runs::Function { name, arn };
    for entry in event::of(properties) {
        event::expand(function, &runs, entry, &mut generated, diagnostics);
        if entry.node.get("Type").and_then(|kind| kind.as_str()) == Some("S3")
            && let Some(properties) = entry.node.get("Properties")
        {
            let properties = Rc::clone(properties);
            let source = Source { owner: function, runs: &runs, id: String::new(), properties, span: entry.key_span };
            if let Some((bucket, configurations)) = source.notifications() {
                notified.entry(bucket).or_default().extend(configurations);
            }
        }
    }
    generated
}

/// `AutoPublishAlias`: what invokes the function invokes the alias.
fn alias(function: &Resource) -> Option<Resource> {
    let name = function.properties.get("AutoPublishAlias")?;
    let suffix: String = name.as_str().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    let version = Node::string("1", name.span);
    let entries = [
        ("Name", Rc::clone(name)),
        ("FunctionName", Node::reference(&function.id, name.span)),
        ("FunctionVersion", version),
    ];
    let id = format!("{}Alias{suffix}", function.id);
    Some(function.generated(id, "AWS::Lambda::Alias", Node::map(entries, name.span)))
}

/// The destinations of `EventInvokeConfig`; SAM makes the queue or topic of one that has only a type.
fn destinations(function: &Resource, config: &Node, generated: &mut Vec<Resource>) -> Option<Rc<Node>> {
    let mut all = Rc::clone(config.get("DestinationConfig")?);
    for name in ["OnSuccess", "OnFailure"] {
        let Some(destination) = all.get(name).filter(|destination| destination.get("Destination").is_none()) else {
            continue;
        };
        let span = destination.span;
        let (kind, suffix) = match destination.get("Type").and_then(|kind| kind.as_str()) {
            Some("SQS") => ("AWS::SQS::Queue", "Queue"),
            Some("SNS") => ("AWS::SNS::Topic", "Topic"),
            _ => continue,
        };
        let id = format!("{}EventInvokeConfig{name}{suffix}", function.id);
        let arn = if suffix == "Queue" { Node::attribute(&id, "Arn", span) } else { Node::reference(&id, span) };
        generated.push(function.generated(id, kind, Node::map::<&str>([], span)));
        let destination = with(destination, [("Destination", arn)], span);
        all = with(&all, [(name, destination)], all.span);
    }
    Some(all)
}

/// What lets anybody call a URL without authentication.
fn public_url_permissions(function: &Resource, name: &Rc<Node>, url: &Node) -> Vec<Resource> {
    if url.get("AuthType").and_then(|kind| kind.as_str()) != Some("NONE") {
        return Vec::new();
    }
    [("UrlPublicPermissions", "lambda:InvokeFunctionUrl"), ("URLInvokeAllowPublicAccess", "lambda:InvokeFunction")]
        .into_iter()
        .map(|(suffix, action)| permission(function, suffix, action, name, url.span))
        .collect()
}

fn permission(function: &Resource, suffix: &str, action: &str, name: &Rc<Node>, span: Span) -> Resource {
    let entries = [
        ("Action", Node::string(action, span)),
        ("FunctionName", Rc::clone(name)),
        ("Principal", Node::string("*", span)),
    ];
    function.generated(format!("{}{suffix}", function.id), "AWS::Lambda::Permission", Node::map(entries, span))
}
