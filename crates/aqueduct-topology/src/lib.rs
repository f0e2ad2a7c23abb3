//! Templates read into a topology of queues, topics, buses and functions.
//!
//! [`read`] takes CloudFormation and SAM, in YAML or JSON, what CDK synthesises, and the plans of Terraform
//! (`terraform show -json`). [`read_stacks`] joins templates that are deployed together. [`graph`] draws what was read.
//!
//! Intrinsic functions, conditions, mappings, loops and dynamic references are worked out for one [`Deployment`]; SAM's
//! functions, state machines, events and connectors are written out as SAM's own transform does. Every resource keeps its
//! properties with their places: [`Topology::property`] tells what is set, what is not, and what only the deployment will
//! tell, which is [`Unknown`] and never guessed. Names that AWS would generate are made of the stack's name and the logical
//! id, so that they are the same each time.
//!
//! [`read_with_files`] also reads what lies beside a template: nested stacks and applications, and what `AWS::Include` puts
//! in. It has no file system of its own: its caller reads the files.
//!
//! Not read: what lies in buckets already, what macros put into a template, and the definitions of APIs beyond the events of
//! SAM's functions.

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
mod include;
mod integration;
mod intrinsic;
mod lines;
mod loops;
mod model;
mod nested;
mod nesting;
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
mod stacks;
mod suggest;
mod template;
mod terraform;

use std::collections::BTreeSet;

use nested::Files;
use parse::Limits;
use scope::Scope;
use template::Template;

pub use access::{Key, KeyAlias, Role};
pub use arn::Arn;
pub use deployment::Deployment;
pub use diagnostic::{Diagnostic, Severity, Span};
pub use integration::{
    FunctionAlias, InvokeConfig, Notification, Pipe, Route, StateMachine, StoredParameter, StreamKind, StreamMapping,
};
pub use lines::Lines;
pub use model::{
    Alarm, Archive, AsyncConfig, Bucket, Bus, Function, FunctionUrl, Mapping, Permission, Queue, Redrive,
    ResourcePolicy, Rule, Schedule, Subscription, Table, Target, Topic, Topology,
};
pub use nested::{File, ReadFile};
pub use resolved::{Property, Resolved, Unknown};
pub use resource::{Resource, Setting, Undecided};
pub use samconfig::{SamConfig, SamConfigError};
pub use stacks::{Link, Read, Stack, read_stacks, read_with_files};
pub use suggest::nearest;

/// Reads a template, YAML or JSON, or a plan of Terraform in JSON, into its topology for one deployment.
///
/// A template with mistakes gives the part that can be read, and says what is wrong with the rest. At most 4 MB is read,
/// 64 levels deep, with at most 200,000 parts; of a plan, 16 MB with a million.
///
/// ```
/// use aqueduct_topology::{Deployment, read};
///
/// let template = "Resources: {Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}}";
/// let (topology, diagnostics) = read(template, &Deployment::default());
/// assert!(diagnostics.is_empty());
/// assert_eq!(topology.queues[0].visibility_timeout.as_secs(), 60);
/// ```
pub fn read(text: &str, deployment: &Deployment) -> (Topology, Vec<Diagnostic>) {
    read_as(0, text, deployment, &Files::new(1, None))
}

/// Reads one of several templates: its place in the list goes into every place in it.
fn read_as(file: u16, text: &str, deployment: &Deployment, files: &Files<'_>) -> (Topology, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let topology = if terraform::is_plan(text) {
        read_plan(file, text, deployment, &mut diagnostics)
    } else {
        read_template(file, text, deployment, files, &mut diagnostics)
    };
    let topology = topology.unwrap_or_else(|refusal| {
        diagnostics.push(refusal);
        Topology::default()
    });
    // What is known to be wrong is not told once more as not known.
    let wrong: BTreeSet<Span> =
        diagnostics.iter().filter(|it| it.severity == Severity::Error).map(|it| it.span).collect();
    diagnostics.retain(|it| it.severity == Severity::Error || it.span.line == 0 || !wrong.contains(&it.span));
    // What has no place is about the template as a whole.
    for diagnostic in diagnostics.iter_mut().filter(|it| it.span.line == 0) {
        diagnostic.span.file = file;
    }
    (topology, diagnostics)
}

fn read_template(
    file: u16,
    text: &str,
    deployment: &Deployment,
    files: &Files<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Topology, Diagnostic> {
    let root = parse::parse_within(text, Limits { file, ..parse::OF_TEMPLATES }, diagnostics)?;
    let (root, has_loops) = include::expand(text, file, root, files, diagnostics);
    let root =
        if has_loops || text.contains(loops::LOOP) { loops::expand(&root, deployment, diagnostics) } else { root };
    let mut template = Template::new(&root, diagnostics)?;
    sam::expand(&mut template, diagnostics);
    let scope = Scope::new(&template, deployment, std::mem::take(diagnostics));
    scope.refuse_unknown_parameters();
    assertions::check(&scope);
    assertions::macros(&scope, root.get("Transform").map(AsRef::as_ref));
    let mut topology = read::topology(&scope);
    *diagnostics = scope.into_diagnostics();
    template.hand_over(&mut topology);
    Ok(topology)
}

fn read_plan(
    file: u16,
    text: &str,
    deployment: &Deployment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Topology, Diagnostic> {
    let root = parse::parse_within(text, Limits { file, ..terraform::LIMITS }, diagnostics)?;
    let (template, deployment) = terraform::template(&root, deployment, diagnostics);
    let scope = Scope::new(&template, &deployment, std::mem::take(diagnostics));
    let mut topology = read::topology(&scope);
    *diagnostics = scope.into_diagnostics();
    template.hand_over(&mut topology);
    Ok(topology)
}
