//! The cloud as something to be explored.

use aqueduct_services::{Note, Timestamp};

use super::Cloud;
use crate::explore::World;

impl World for Cloud {
    fn now(&self) -> Timestamp {
        self.now()
    }

    /// Goes on to the next thing that happens to a message or invocation.
    fn step(&mut self) -> bool {
        if self.shared.is_idle() {
            return false;
        }
        self.run(self.shared.stirred());
        true
    }

    fn take_notes(&mut self) -> Vec<Note> {
        self.shared.take_notes()
    }

    fn keeps_dead_letters(&self, queue: &str) -> bool {
        let queues = &self.topology().queues;
        queues.iter().filter_map(|queue| queue.redrive.as_ref()).any(|redrive| redrive.target.name() == queue)
    }

    fn name(&self, physical: &str) -> String {
        let topology = self.topology();
        let functions = topology.functions.iter().map(|function| (&function.name, &function.id));
        let queues = topology.queues.iter().map(|queue| (&queue.name, &queue.id));
        let topics = topology.topics.iter().map(|topic| (&topic.name, &topic.id));
        let buses = topology.buses.iter().map(|bus| (&bus.name, &bus.id));
        let rules = topology.rules.iter().map(|rule| (&rule.name, &rule.id));
        let mut all = functions.chain(queues).chain(topics).chain(buses).chain(rules);
        all.find(|(name, _)| *name == physical).map_or(physical, |(_, id)| id).to_owned()
    }
}
