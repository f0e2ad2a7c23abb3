//! Several templates as one topology, joined where one stack uses what another has.

use std::collections::{BTreeMap, BTreeSet};

use crate::nested::{File, Files, NESTING_MAX, ReadFile};
use crate::nesting::{Part, Text, nest, unread};
use crate::{Deployment, Diagnostic, Severity, Span, Topology, read_as};

/// How often stacks are read to hand values on from one to the next.
const ROUNDS_MAX: usize = 8;

/// A template that is deployed together with others.
#[derive(Clone, Debug)]
pub struct Stack<'t> {
    /// The template.
    pub text: &'t str,
    /// What it is resolved for. Stacks with the same name get a number behind it, since names of resources start with it.
    pub deployment: Deployment,
    /// Which parameters have the value of another stack's output, as whoever deploys them passes it on.
    pub links: BTreeMap<String, Link>,
}

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The stack's place in the list.
    pub stack: usize,
    /// The output's name.
    pub output: String,
}

/// What stacks hand on.
#[derive(Default, PartialEq)]
struct Shared {
    exports: BTreeMap<String, String>,
    stored: BTreeMap<String, String>,
    outputs: Vec<BTreeMap<String, String>>,
}

/// What reading came to.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Read {
    /// All stacks, joined.
    pub topology: Topology,
    /// What there is to say of the templates.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the templates name; the first has the number behind that of the last template.
    pub files: Vec<File>,
}

/// Reads several stacks into one topology.
///
/// They are joined by exports and `Fn::ImportValue`, by parameters of Systems Manager, and by [`Stack::links`]. A logical
/// id that an earlier stack has too is preceded by the stack's name, as in `billing/Queue`. Places say which template they
/// are in: [`Span::file`] is the stack's place in the list.
pub fn read_stacks(stacks: &[Stack<'_>]) -> (Topology, Vec<Diagnostic>) {
    let Read { topology, diagnostics, .. } = read_together(stacks, None);
    (topology, diagnostics)
}

/// Reads stacks as [`read_stacks`] does, and the files that they name: nested stacks and applications with a path beside the
/// template, and what `AWS::Include` puts in. Parameters and outputs of nested stacks are joined. At most 64 files and 256
/// stacks of 16 MB together are read, 8 levels deep; a file that leads back to itself is an error.
///
/// ```
/// use aqueduct_topology::{Deployment, File, Stack, read_with_files};
///
/// let parent = "Resources: {Queues: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: queues.yaml}}}";
/// let queues = "Resources: {Orders: {Type: AWS::SQS::Queue}}";
/// let stack = Stack { text: parent, deployment: Deployment::default(), links: Default::default() };
/// let read = read_with_files(&[stack], &|_, path| Ok(File { name: path.to_owned(), text: queues.to_owned() }));
/// assert_eq!(read.topology.queues[0].id, "Orders");
/// assert_eq!(read.files[0].name, "queues.yaml");
/// ```
pub fn read_with_files(stacks: &[Stack<'_>], read_file: &ReadFile<'_>) -> Read {
    read_together(stacks, Some(read_file))
}

fn read_together(stacks: &[Stack<'_>], read_file: Option<&ReadFile<'_>>) -> Read {
    let files = Files::new(stacks.len(), read_file);
    let names = distinct_names(stacks.iter().map(|stack| stack.deployment.stack.as_str()));
    let given = (0..u16::MAX).zip(stacks).zip(names);
    let mut parts: Vec<Part<'_>> = given
        .map(|((file, stack), name)| Part {
            file,
            text: Text::Given(stack.text),
            deployment: stack.deployment.for_stack(&name),
            links: &stack.links,
            parent: None,
            way: Vec::new(),
        })
        .collect();
    let mut shared = Shared::default();
    let mut read = read_with(&parts, &shared, &files);
    for _ in 0..ROUNDS_MAX + NESTING_MAX {
        let nested = nest(&mut parts, &read, &files);
        let handed_on = share(&read);
        // Nobody hands anything on to a stack that is alone.
        if !nested && (parts.len() == 1 || handed_on == shared) {
            break;
        }
        shared = handed_on;
        read = read_with(&parts, &shared, &files);
    }
    let mut diagnostics = Vec::new();
    unread(&parts, &read, &files, &mut diagnostics);
    exported_twice(&read, &parts, &mut diagnostics);
    let mut topology = Topology::default();
    for ((mut own, told), part) in read.into_iter().zip(&parts) {
        if part.parent.is_some() {
            // Nobody but the stack that nests it has its outputs.
            own.outputs.clear();
        }
        topology.absorb(own, &part.deployment.stack);
        diagnostics.extend(told);
    }
    // A template that is nested twice says the same twice.
    let mut told = BTreeSet::new();
    diagnostics.retain(|it| told.insert((it.span, it.message.clone())));
    Read { topology, diagnostics, files: files.into_files() }
}

fn distinct_names<'s>(wanted: impl Iterator<Item = &'s str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |first: &str| {
        let mut others = (2..).map(|number| format!("{first}-{number}"));
        let mut name = first.to_owned();
        while !taken.insert(name.clone()) {
            name = others.next().unwrap_or_default();
        }
        name
    };
    wanted.map(name).collect()
}

fn read_with(parts: &[Part<'_>], shared: &Shared, files: &Files<'_>) -> Vec<(Topology, Vec<Diagnostic>)> {
    let read = |(place, part): (usize, &Part<'_>)| {
        let mut deployment = part.deployment.clone();
        add(&mut deployment.imports, &shared.exports);
        add(&mut deployment.stored_parameters, &shared.stored);
        for (parameter, link) in part.links {
            if let Some(value) = shared.outputs.get(link.stack).and_then(|outputs| outputs.get(&link.output)) {
                deployment.parameters.entry(parameter.clone()).or_insert_with(|| value.clone());
            }
        }
        for (child, other) in parts.iter().enumerate() {
            let nested = other.parent.as_ref().filter(|(parent, _)| *parent == place);
            if let Some(((_, id), outputs)) = nested.zip(shared.outputs.get(child)) {
                deployment.nested_outputs.insert(id.clone(), outputs.clone());
            }
        }
        read_as(part.file, part.text.as_str(), &deployment, files)
    };
    parts.iter().enumerate().map(read).collect()
}

/// What the caller gives goes before what stacks hand on.
fn add(given: &mut BTreeMap<String, String>, shared: &BTreeMap<String, String>) {
    for (name, value) in shared {
        given.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

fn share(read: &[(Topology, Vec<Diagnostic>)]) -> Shared {
    let mut shared = Shared::default();
    for (topology, _) in read {
        shared.exports.extend(topology.exports.clone());
        let stored = topology.stored_parameters.iter().map(|it| (it.name.clone(), it.value.clone()));
        shared.stored.extend(stored);
        shared.outputs.push(topology.outputs.clone());
    }
    shared
}

fn exported_twice(read: &[(Topology, Vec<Diagnostic>)], parts: &[Part<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for ((topology, _), part) in read.iter().zip(parts) {
        let name = &part.deployment.stack;
        for export in topology.exports.keys() {
            if let Some(other) = first.insert(export, name) {
                diagnostics.push(Diagnostic {
                    severity: Severity::Error,
                    message: format!("stacks `{other}` and `{name}` both export `{export}`"),
                    help: Some("an account has each export once in a Region; rename one of them".to_owned()),
                    span: Span { file: part.file, ..Span::default() },
                });
            }
        }
    }
}

impl Topology {
    /// Adds another stack's topology, renaming what both have.
    fn absorb(&mut self, mut other: Self, stack: &str) {
        let taken: BTreeSet<&String> = other.resources.keys().filter(|id| self.resources.contains_key(*id)).collect();
        let taken: BTreeSet<String> = taken.into_iter().cloned().collect();
        let renamed = |id: &str| if taken.contains(id) { format!("{stack}/{id}") } else { id.to_owned() };
        macro_rules! join {
            ($($list:ident)*) => { $(
                other.$list.iter_mut().for_each(|item| item.id = renamed(&item.id));
                self.$list.append(&mut other.$list);
            )* };
        }
        let known: BTreeSet<_> = self.buses.iter().map(|bus| bus.arn.clone()).collect();
        other.buses.retain(|bus| !known.contains(&bus.arn));
        join!(functions mappings permissions queues topics subscriptions buses rules schedules archives policies tables
              buckets alarms roles keys key_aliases bus_policies streams invoke_configs aliases pipes state_machines
              notifications routes stored_parameters);
        for (id, mut resource) in other.resources {
            resource.id = renamed(&id);
            resource.generated_by = resource.generated_by.map(|by| renamed(&by));
            self.resources.insert(resource.id.clone(), resource);
        }
        self.undecided.extend(other.undecided.into_iter().map(|(id, undecided)| (renamed(&id), undecided)));
        for (name, value) in other.outputs {
            let name = if self.outputs.contains_key(&name) { format!("{stack}/{name}") } else { name };
            self.outputs.insert(name, value);
        }
        add(&mut self.exports, &other.exports);
        self.metadata.extend(other.metadata);
    }
}
