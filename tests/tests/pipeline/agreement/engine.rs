//! The simulation's counts, held against what became of each message.

use std::collections::BTreeMap;

use aqueduct_simulate::{Prepared, QueueReport};
use aqueduct_testkit::Template;
use aqueduct_topology::Topology;

use super::TEMPLATE;
use super::ends::Ends;
use super::scenario::Item;

/// What became of the messages of a queue.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    arrived: u64,
    done: u64,
    dead: u64,
    /// Messages that the function was not shown, by their number of receives.
    unseen: u64,
    /// Messages by how often they had been received when they left.
    receives: BTreeMap<u32, u64>,
}

/// Of the simulation.
fn simulated(topology: &Topology, prepared: &Prepared, queue: &str) -> Counts {
    let report = aqueduct_simulate::run(topology, prepared, 1, &mut |_| {}).unwrap();
    let report: &QueueReport = report.queues.iter().find(|report| report.id == queue).unwrap();
    let mut receives = report.receives.clone();
    // Lambda receives what its filters delete.
    if report.filtered > 0 {
        *receives.entry(1).or_default() -= report.filtered;
    }
    receives.retain(|_, count| *count > 0);
    Counts { arrived: report.arrived, done: report.done, dead: report.dead_lettered, unseen: report.filtered, receives }
}

/// Of messages.
fn counted(topology: &Topology, items: &[&Item], ends: &Ends, queue: &str) -> Counts {
    let mut counts = Counts::default();
    let dead_letter_queue = format!("{queue}Dead");
    let is_entered =
        topology.queues.iter().any(|known| known.id == queue && items.iter().any(|item| item.to == known.id));
    for item in items {
        let fate = ends.of(&item.subject);
        match fate.received.get(queue) {
            Some(received) => {
                let is_dead = fate.lies_in.contains_key(&dead_letter_queue);
                counts.arrived += 1;
                *(if is_dead { &mut counts.dead } else { &mut counts.done }) += 1;
                *counts.receives.entry(received.last().copied().unwrap_or_default()).or_default() += 1;
            }
            None if is_entered && item.to == queue => {
                counts.arrived += 1;
                counts.unseen += 1;
            }
            None => {}
        }
    }
    counts
}

/// Checks that as many messages end in each place, received as often: of all arrivals together, and of each alone.
pub(crate) fn assert_agrees(prepared: &Prepared, items: &[Item], ends: &Ends) {
    let template = Template::open(TEMPLATE).unwrap();
    let topology = template.topology();
    let alone = prepared.scenario.arrivals.iter().map(|arrivals| {
        let mut alone = prepared.clone();
        alone.scenario.arrivals.retain(|other| other.name == arrivals.name);
        (arrivals.name.as_str(), alone, items.iter().filter(|item| item.arrivals == arrivals.name).collect())
    });
    let together = ("all", prepared.clone(), items.iter().collect::<Vec<_>>());
    let mut messages = 0;
    for (name, prepared, items) in std::iter::once(together).chain(alone) {
        for queue in ["Work", "Announced", "Placed", "Ordered"] {
            let counts = counted(topology, &items, ends, queue);
            assert_eq!(simulated(topology, &prepared, queue), counts, "{name} in {queue}");
            messages += counts.arrived;
        }
    }
    assert!(messages > 0, "nothing was compared");
}
