//! CloudFormation and SAM templates read into a topology of queues, topics, buses and functions.

mod access;
mod alias;
mod arn;
mod assertions;
mod cidr;
mod deployment;
mod diagnostic;
mod dynamic;
pub mod graph;
mod identity;
mod integration;
mod intrinsic;
mod loops;
mod model;
mod node;
mod parse;
mod properties;
mod read;
mod resolved;
mod resource;
mod sam;
mod samconfig;
pub mod sample;
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
pub use samconfig::{SamConfig, SamConfigError};

/// Reads a template, YAML or JSON, into its topology for one deployment.
///
/// A template with mistakes gives the part that can be read, and says what is wrong with the rest. At most 4 MB is
/// read, 64 levels deep, with at most 200,000 parts.
pub fn read(text: &str, deployment: &Deployment) -> (Topology, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let read = parse::parse(text, &mut diagnostics).and_then(|root| {
        let root = loops::expand(text, root, deployment, &mut diagnostics);
        Ok((Template::new(&root, &mut diagnostics)?, root))
    });
    let (mut template, root) = match read {
        Ok(read) => read,
        Err(refusal) => {
            diagnostics.push(refusal);
            return (Topology::default(), diagnostics);
        }
    };
    sam::expand(&mut template, &mut diagnostics);
    let scope = Scope::new(&template, deployment, diagnostics);
    scope.refuse_unknown_parameters();
    assertions::check(&scope);
    assertions::macros(&scope, root.get("Transform").map(AsRef::as_ref));
    let mut topology = read::topology(&scope);
    let diagnostics = scope.into_diagnostics();
    template.hand_over(&mut topology);
    (topology, diagnostics)
}
