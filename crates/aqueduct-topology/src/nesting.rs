//! Stacks that others nest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::nested::{BYTES_MAX, File, Files, NESTING_MAX, deployment_of, nested_path};
use crate::{Deployment, Diagnostic, Link, Severity, Topology};

/// A stack that is read: one of those that were given, or one that another one nests.
pub(crate) struct Part<'t> {
    /// The number of its file.
    pub(crate) file: u16,
    pub(crate) text: Text<'t>,
    pub(crate) deployment: Deployment,
    pub(crate) links: &'t BTreeMap<String, Link>,
    /// The stack that nests it, and its logical id there.
    pub(crate) parent: Option<(usize, String)>,
    /// The names of the files that lead to it, its own last.
    pub(crate) way: Vec<String>,
}

/// A template's text; a file that is nested more than once is held once.
pub(crate) enum Text<'t> {
    Given(&'t str),
    Named(Rc<File>),
}

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Given(text) => text,
            Self::Named(file) => &file.text,
        }
    }
}

/// Stacks that are read together: few files can nest one another very often.
const STACKS_MAX: usize = 256;

/// Adds the stacks that those which were read nest, and gives them their parameters. Says whether anything is new.
pub(crate) fn nest(parts: &mut Vec<Part<'_>>, read: &[(Topology, Vec<Diagnostic>)], files: &Files<'_>) -> bool {
    if !files.can_read() {
        return false;
    }
    let mut is_new = false;
    for (place, (topology, _)) in read.iter().enumerate() {
        for resource in topology.resources.values() {
            let Some(path) = nested_path(resource) else { continue };
            let deployment = deployment_of(&parts[place].deployment, resource);
            let known = parts
                .iter_mut()
                .find(|part| part.parent.as_ref().is_some_and(|(parent, id)| *parent == place && *id == resource.id));
            if let Some(part) = known {
                is_new |= part.deployment != deployment;
                part.deployment = deployment;
                continue;
            }
            let Ok(file) = files.number(parts[place].file, &path) else { continue };
            let named = files.file(file);
            let mut way = parts[place].way.clone();
            let bytes: usize = parts.iter().map(|part| part.text.as_str().len()).sum();
            let fits = parts.len() < STACKS_MAX && bytes + named.text.len() <= BYTES_MAX;
            if refusal(&way, &named.name).is_some() || !fits {
                continue;
            }
            way.push(named.name.clone());
            parts.push(Part {
                file,
                text: Text::Named(named),
                deployment,
                links: &NO_LINKS,
                parent: Some((place, resource.id.clone())),
                way,
            });
            is_new = true;
        }
    }
    is_new
}

/// What nobody links.
static NO_LINKS: BTreeMap<String, Link> = BTreeMap::new();

/// Why a file may not be nested at the end of this way.
fn refusal(way: &[String], name: &str) -> Option<String> {
    let shown = || way.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(" -> ");
    if way.iter().any(|it| it == name) {
        return Some(format!("it leads back to itself: {}", shown()));
    }
    (way.len() == NESTING_MAX).then(|| format!("it is nested more than {NESTING_MAX} deep: {}", shown()))
}

/// Says which nested stacks are not read.
pub(crate) fn unread(
    parts: &[Part<'_>],
    read: &[(Topology, Vec<Diagnostic>)],
    files: &Files<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let nested: BTreeSet<&(usize, String)> = parts.iter().filter_map(|part| part.parent.as_ref()).collect();
    for (place, (part, (topology, _))) in parts.iter().zip(read).enumerate() {
        for resource in topology.resources.values() {
            let Some(path) = nested_path(resource).filter(|_| files.can_read()) else { continue };
            if nested.contains(&(place, resource.id.clone())) {
                continue;
            }
            let (severity, why) = match files.number(part.file, &path) {
                Err(why) => (Severity::Warning, why),
                Ok(file) => {
                    let many = || format!("more than {STACKS_MAX} stacks or {} MB are nested", BYTES_MAX >> 20);
                    (Severity::Error, refusal(&part.way, &files.file(file).name).unwrap_or_else(many))
                }
            };
            diagnostics.push(Diagnostic {
                severity,
                message: format!("the nested stack `{}` is passed over: {why}", resource.id),
                help: Some("name a template beside this one".to_owned()),
                span: resource.span,
            });
        }
    }
}
