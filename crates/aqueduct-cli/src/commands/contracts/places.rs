//! Where a template has the destinations and sources that contracts speak of.

use aqueduct_contract::{ChannelKind, Consumes, Contracts, Destination, Names, Place, Places, Source};
use aqueduct_topology::{Bus, Function, Queue, Topic, Topology};

/// A template beside the contracts of its functions.
pub(super) struct InTemplate<'a> {
    pub(super) topology: &'a Topology,
    pub(super) contracts: &'a Contracts,
}

impl InTemplate<'_> {
    /// The functions of the template that have this contract.
    fn functions(&self, name: &str) -> impl Iterator<Item = &Function> {
        self.topology.functions.iter().filter(move |function| {
            let names =
                Names { physical: Some(&function.name), binary: function.binary.as_deref(), ..Names::of(&function.id) };
            self.contracts.function(names).is_some_and(|contract| contract.name == name)
        })
    }
}

fn queue(queue: &Queue) -> Place {
    let dead_letters = queue.redrive.as_ref().map(|redrive| redrive.target.name().to_owned());
    let name = Some(queue.name.clone());
    Place { id: queue.id.clone(), kind: ChannelKind::Queue, name, fifo: queue.fifo, dead_letters }
}

fn topic(topic: &Topic) -> Place {
    let name = Some(topic.name.clone());
    Place { id: topic.id.clone(), kind: ChannelKind::Topic, name, fifo: topic.fifo, dead_letters: None }
}

fn bus(bus: &Bus) -> Place {
    let name = Some(bus.name.clone());
    Place { id: bus.id.clone(), kind: ChannelKind::Bus, name, fifo: false, dead_letters: None }
}

impl Places for InTemplate<'_> {
    fn destination(&self, function: &str, to: &Destination) -> Option<Place> {
        let address = match (&to.environment, &to.name) {
            (Some(variable), _) => self.functions(function).find_map(|it| it.environment.get(variable))?.as_str(),
            (None, name) => name.as_deref()?,
        };
        let topology = self.topology;
        match to.kind {
            ChannelKind::Queue => {
                let is_meant = |it: &&Queue| [it.url.as_str(), it.arn.as_str(), &it.name].contains(&address);
                topology.queues.iter().find(is_meant).map(queue)
            }
            ChannelKind::Topic => {
                let is_meant = |it: &&Topic| [it.arn.as_str(), &it.name].contains(&address);
                topology.topics.iter().find(is_meant).map(topic)
            }
            ChannelKind::Bus => {
                let is_meant = |it: &&Bus| [it.arn.as_str(), &it.name].contains(&address);
                topology.buses.iter().find(is_meant).map(bus)
            }
        }
    }

    fn sources(&self, function: &str, consumes: &Consumes) -> Vec<Place> {
        let topology = self.topology;
        let may = |source| consumes.from.is_empty() || consumes.from.contains(&source);
        let mut places = Vec::new();
        for it in self.functions(function) {
            let is_this = |arn: &str| {
                arn.strip_prefix(it.arn.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            };
            if may(Source::Queue) {
                let mappings = topology.mappings.iter().filter(|mapping| is_this(mapping.function.as_str()));
                let queues =
                    mappings.filter_map(|mapping| topology.queues.iter().find(|queue| queue.arn == mapping.queue));
                places.extend(queues.map(queue));
            }
            if may(Source::Topic) {
                let subscriptions =
                    topology.subscriptions.iter().filter(|subscription| is_this(&subscription.endpoint));
                let topics = subscriptions.filter_map(|it| topology.topics.iter().find(|topic| topic.arn == it.topic));
                places.extend(topics.map(topic));
            }
            if may(Source::Bus) {
                let invokes =
                    |rule: &&aqueduct_topology::Rule| rule.targets.iter().any(|target| is_this(target.arn.as_str()));
                let rules = topology.rules.iter().filter(|rule| rule.pattern.is_some()).filter(invokes);
                let buses = rules.filter_map(|rule| topology.buses.iter().find(|bus| bus.arn == rule.bus));
                places.extend(buses.map(bus));
            }
        }
        places.sort();
        places.dedup();
        places
    }
}
