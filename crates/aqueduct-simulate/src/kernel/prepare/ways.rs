//! Where messages go.

use super::Preparing;
use crate::kernel::plan::{Call, Names, Way};
use crate::kernel::routes::Entrance;
use crate::kernel::sample::Sample;
use crate::scenario::problem::known_for;

impl Preparing<'_> {
    /// What is called to send something to a resource, and where copies of it arrive.
    pub(super) fn ways(&mut self, to: &str, sample: Option<&str>, key: &str) -> Option<(Call, Vec<Way>)> {
        let (entrance, call) = if let Some(queue) = self.queues.get(to) {
            (Entrance::Queue(queue), Call::Queue(queue))
        } else if let Some(topic) = self.topics.get(to) {
            (Entrance::Topic(topic), Call::Topic)
        } else if let Some(bus) = self.buses.get(to) {
            (Entrance::Bus(bus), Call::Bus)
        } else if let Some(function) = self.functions.get(to) {
            (Entrance::Function(function), Call::Function)
        } else {
            let names = [&self.queues, &self.topics, &self.buses, &self.functions];
            let known = known_for(to, names.into_iter().flat_map(Names::iter));
            let message = format!("the topology has no queue, topic, bus or function {to:?}; it has {known}");
            self.problem(&format!("{key}.to"), message);
            return None;
        };
        let key = format!("{key}.sample");
        let sample = self.sample(sample, entrance, to, &key)?;
        match self.router.ways(entrance, &sample) {
            Ok(ways) => Some((call, ways)),
            Err(error) => {
                self.problem(&key, format!("{to} refuses it: {error}"));
                None
            }
        }
    }

    /// The sample of a name; without one, something that will do where nobody looks into it.
    fn sample(&mut self, name: Option<&str>, entrance: Entrance, to: &str, key: &str) -> Option<Sample> {
        let Some(name) = name else {
            let Some(asks) = self.asks(entrance) else { return Some(Sample::any()) };
            self.problem(key, format!("{asks} looks into what comes to {to}; give a `sample` of it"));
            return None;
        };
        match self.prepared.file(key, name) {
            Ok(file) => Some(Sample::read(file.text)),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Who looks into what is given there: a filter policy, an event pattern, or a mapping's filter.
    fn asks(&self, entrance: Entrance) -> Option<String> {
        let topology = self.topology;
        match entrance {
            Entrance::Queue(queue) => {
                let queue = &topology.queues[queue as usize].arn;
                let mut mappings = topology.mappings.iter().filter(|mapping| mapping.queue == *queue);
                mappings.find(|mapping| !mapping.filters.is_empty()).map(|mapping| mapping.id.clone())
            }
            Entrance::Topic(topic) => {
                let topic = &topology.topics[topic as usize].arn;
                let mut of_topic = self.whole.subscriptions.iter().filter(|subscription| subscription.topic == *topic);
                of_topic.find(|subscription| subscription.filter_policy.is_some()).map(|asks| asks.id.clone())
            }
            Entrance::Bus(bus) => {
                let bus = &topology.buses[bus as usize].arn;
                let mut rules = topology.rules.iter().filter(|rule| rule.bus == *bus && rule.pattern.is_some());
                rules.next().map(|rule| rule.id.clone())
            }
            _ => None,
        }
    }
}
