//! Which resource is meant where none is named.

use aqueduct_topology::nearest;

use super::{Vary, VaryError};
use crate::Report;
use crate::wiring::{Wiring, owners};

impl Vary {
    /// The resource that was named, or the only one on the failing path that has the setting.
    pub(super) fn resource(&self, wiring: &Wiring<'_>, report: &Report) -> Result<String, VaryError> {
        let owners = owners(wiring.topology, self.setting);
        let setting = self.setting.name();
        if let Some(resource) = &self.resource {
            if owners.contains(&resource.as_str()) {
                return Ok(resource.clone());
            }
            let known = match nearest(resource, owners.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => known(&owners),
            };
            return Err(VaryError::Resource { resource: resource.clone(), setting, known });
        }
        let mut candidates = owners.clone();
        for paths in [failing(wiring, report), busy(wiring, report)] {
            let on_path: Vec<&str> =
                owners.iter().copied().filter(|owner| paths.iter().any(|it| it == owner)).collect();
            if !on_path.is_empty() {
                candidates = on_path;
                break;
            }
        }
        match candidates.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(VaryError::Resource { resource: "resource".to_owned(), setting, known: known(&owners) }),
            [first, ..] => {
                let to = self.to.map(|to| to.to_string()).unwrap_or_default();
                let (first, all) = ((*first).to_owned(), candidates.join(", "));
                Err(VaryError::Ambiguous { setting, first, range: format!("{}..{to}", self.from), all })
            }
        }
    }
}

fn known(owners: &[&str]) -> String {
    if owners.is_empty() { "the template has none".to_owned() } else { format!("there are {}", owners.join(", ")) }
}

/// What messages were given up by, or waited for longest where a goal is missed: queues, with the mappings and functions behind
/// them.
fn failing(wiring: &Wiring<'_>, report: &Report) -> Vec<String> {
    let letters = report.queues.iter().flat_map(|queue| &queue.dead_letters).map(|it| it.from.clone());
    let expired = report.queues.iter().filter(|queue| queue.expired > 0).map(|queue| queue.id.clone());
    let mut failing: Vec<String> = letters.chain(expired).collect();
    if failing.is_empty() && report.missed_goals() > 0 {
        failing.extend(report.slowest_queue().map(|queue| queue.id.clone()));
    }
    with_consumers(wiring, failing)
}

/// What had work to do.
fn busy(wiring: &Wiring<'_>, report: &Report) -> Vec<String> {
    let queues = report.queues.iter().filter(|queue| queue.arrived > 0 && !queue.is_dead_letter_queue);
    let mut busy = with_consumers(wiring, queues.map(|queue| queue.id.clone()).collect());
    busy.extend(report.functions.iter().filter(|it| it.invocations > 0).map(|it| it.id.clone()));
    busy
}

fn with_consumers(wiring: &Wiring<'_>, mut ids: Vec<String>) -> Vec<String> {
    let consumers = ids.iter().filter_map(|id| wiring.consumer(wiring.queue(id)?));
    let behind: Vec<String> =
        consumers.flat_map(|(mapping, function)| [mapping.id.clone(), function.id.clone()]).collect();
    ids.extend(behind);
    ids
}
