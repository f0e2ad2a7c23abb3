//! CloudFormation and SAM templates read into a topology of queues, topics, buses and functions.

mod access;
mod alias;
mod arn;
mod deployment;
mod diagnostic;
pub mod graph;
mod identity;
mod integration;
mod intrinsic;
mod model;
mod node;
mod parse;
mod properties;
mod read;
mod resolved;
mod resource;
mod sam;
mod scalar;
mod scope;
mod suggest;
mod template;

use scope::Scope;
use template::Template;

pub use access::{Key, KeyAlias, Role};
pub use arn::Arn;
pub use deployment::Deployment;
pub use diagnostic::{Diagnostic, Severity, Span};
pub use integration::{
    FunctionAlias, InvokeConfig, Notification, Pipe, Route, StateMachine, StoredParameter, StreamKind, StreamMapping,
};
pub use model::{
    Alarm, Archive, AsyncConfig, Bucket, Bus, Function, FunctionUrl, Mapping, Permission, Queue, Redrive,
    ResourcePolicy, Rule, Schedule, Subscription, Table, Target, Topic, Topology,
};
pub use resolved::{Property, Resolved, Unknown};
pub use resource::{Resource, Setting, Undecided};

/// Reads a template, YAML or JSON, into its topology for one deployment.
///
/// A template with mistakes gives the part that can be read, and says what is wrong with the rest. At most 1 MB is
/// read, 64 levels deep, with at most 200,000 parts.
pub fn read(text: &str, deployment: &Deployment) -> (Topology, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let template = parse::parse(text, &mut diagnostics).and_then(|root| Template::new(&root, &mut diagnostics));
    let mut template = match template {
        Ok(template) => template,
        Err(refusal) => {
            diagnostics.push(refusal);
            return (Topology::default(), diagnostics);
        }
    };
    sam::expand(&mut template, &mut diagnostics);
    let scope = Scope::new(&template, deployment, diagnostics);
    let mut topology = read::topology(&scope);
    let diagnostics = scope.into_diagnostics();
    template.hand_over(&mut topology);
    (topology, diagnostics)
}
