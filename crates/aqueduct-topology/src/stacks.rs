//! Several templates as one topology, joined where one stack uses what another has.

use std::collections::{BTreeMap, BTreeSet};

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

/// Reads several stacks into one topology.
///
/// They are joined by exports and `Fn::ImportValue`, by parameters of Systems Manager, and by [`Stack::links`]. A logical
/// id that an earlier stack has too is preceded by the stack's name, as in `billing/Queue`. Places say which template they
/// are in: [`Span::file`] is the stack's place in the list.
pub fn read_stacks(stacks: &[Stack<'_>]) -> (Topology, Vec<Diagnostic>) {
    let names = distinct_names(stacks);
    let mut shared = Shared::default();
    let mut read = read_with(stacks, &names, &shared);
    for _ in 0..ROUNDS_MAX {
        let handed_on = share(&read);
        if handed_on == shared {
            break;
        }
        shared = handed_on;
        read = read_with(stacks, &names, &shared);
    }
    let mut diagnostics = Vec::new();
    exported_twice(&read, &names, &mut diagnostics);
    let mut topology = Topology::default();
    for ((own, told), name) in read.into_iter().zip(&names) {
        topology.absorb(own, name);
        diagnostics.extend(told);
    }
    (topology, diagnostics)
}

fn distinct_names(stacks: &[Stack<'_>]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |stack: &Stack<'_>| {
        let first = stack.deployment.stack.clone();
        let mut others = (2..).map(|number| format!("{first}-{number}"));
        let mut name = first.clone();
        while !taken.insert(name.clone()) {
            name = others.next().unwrap_or_default();
        }
        name
    };
    stacks.iter().map(name).collect()
}

fn read_with(stacks: &[Stack<'_>], names: &[String], shared: &Shared) -> Vec<(Topology, Vec<Diagnostic>)> {
    let read = |(place, stack): (usize, &Stack<'_>)| {
        let mut deployment = stack.deployment.clone();
        deployment.stack.clone_from(&names[place]);
        add(&mut deployment.imports, &shared.exports);
        add(&mut deployment.stored_parameters, &shared.stored);
        for (parameter, link) in &stack.links {
            if let Some(value) = shared.outputs.get(link.stack).and_then(|outputs| outputs.get(&link.output)) {
                deployment.parameters.entry(parameter.clone()).or_insert_with(|| value.clone());
            }
        }
        read_as(u16::try_from(place).unwrap_or(u16::MAX), stack.text, &deployment)
    };
    stacks.iter().enumerate().map(read).collect()
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

fn exported_twice(read: &[(Topology, Vec<Diagnostic>)], names: &[String], diagnostics: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, ((topology, _), name)) in read.iter().zip(names).enumerate() {
        for export in topology.exports.keys() {
            if let Some(other) = first.insert(export, name) {
                diagnostics.push(Diagnostic {
                    severity: Severity::Error,
                    message: format!("stacks `{other}` and `{name}` both export `{export}`"),
                    help: Some("an account has each export once in a Region; rename one of them".to_owned()),
                    span: Span { file: u16::try_from(place).unwrap_or(u16::MAX), ..Span::default() },
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
