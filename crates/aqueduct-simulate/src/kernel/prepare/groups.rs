//! Message groups, which FIFO queues ask for.

use super::Preparing;
use crate::kernel::plan::{self, Place, Plan, Way};

impl Preparing<'_> {
    /// A FIFO queue takes no message without a group, so that items which can reach one need groups.
    pub(super) fn groups(&mut self, plan: &mut Plan) {
        let published = plan.functions.iter().flat_map(|function| &function.behaviour.publishes);
        let published = published.flat_map(|publication| &publication.ways);
        let arriving = plan.arrivals.iter().flat_map(|arrivals| &arrivals.ways);
        let of_group = published.chain(arriving).filter(|way| plan.groups > 0 && way.group == plan::Grouping::Own);
        let queues: Vec<u32> = of_group
            .filter_map(|way| match way.to {
                Place::Queue(queue) => Some(queue),
                _ => None,
            })
            .collect();
        for queue in queues {
            plan.queues[queue as usize].has_groups = true;
        }
        for (index, arrivals) in plan.arrivals.iter().enumerate().filter(|(_, arrivals)| arrivals.groups == 0) {
            if let Some(queue) = fifo_queue_reached(plan, &arrivals.ways) {
                let message = format!(
                    "{} takes no message without a group, and {} reach it; say among how many groups they are spread",
                    plan.queues[queue as usize].id, arrivals.name
                );
                self.problems.push(self.prepared.problem(&format!("arrivals[{index}].groups"), message));
            }
        }
    }
}

/// A FIFO queue that copies with their item's own group reach.
fn fifo_queue_reached(plan: &Plan, ways: &[Way]) -> Option<u32> {
    let mut places: Vec<Way> = ways.to_vec();
    let mut next = 0;
    while let Some(way) = places.get(next).copied() {
        next += 1;
        let functions: Vec<u32> = match way.to {
            Place::Queue(queue) => {
                let queue_plan = &plan.queues[queue as usize];
                if queue_plan.fifo && way.group == plan::Grouping::Own {
                    return Some(queue);
                }
                queue_plan.mappings.iter().map(|mapping| plan.mappings[*mapping as usize].function).collect()
            }
            Place::Function(function) => vec![function],
            Place::Outside(_) | Place::Nowhere => Vec::new(),
        };
        for function in functions {
            let function = &plan.functions[function as usize];
            let published = function.behaviour.publishes.iter().flat_map(|publication| &publication.ways);
            for way in published.chain(&function.on_success) {
                if !places.contains(way) {
                    places.push(*way);
                }
            }
        }
    }
    None
}
