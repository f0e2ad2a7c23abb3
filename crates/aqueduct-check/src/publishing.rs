//! Where the events go that functions declare to publish.

use aqueduct_contract::{Carrier, ChannelKind, Destination, Publishes, View};
use aqueduct_pattern::{Impediment, Satisfiability};
use aqueduct_topology::{Arn, Function, Mapping, Queue, Rule as BusRule, Span, Target};

use crate::gates::Gate;
use crate::wiring::Wiring;

/// A queue, topic or bus of the template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel<'a> {
    pub(crate) kind: ChannelKind,
    pub(crate) id: &'a str,
    pub(crate) arn: &'a Arn,
    pub(crate) span: Span,
}

/// An event that a function declares to publish on a channel of the template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) function: &'a Function,
    pub(crate) publishes: &'a Publishes,
    pub(crate) to: Channel<'a>,
}

/// A way from a channel to a function.
#[derive(Clone, Debug)]
pub(crate) struct Feed<'a> {
    pub(crate) function: &'a Function,
    /// The mapping and queue at its end, if there are.
    pub(crate) mapping: Option<(&'a Mapping, &'a Queue)>,
    /// What wraps the message in the queue.
    pub(crate) carrier: Carrier,
    pub(crate) gates: Vec<Gate<'a>>,
    /// Whether something changes the event on the way.
    pub(crate) transformed: bool,
    /// Where the way leaves the channel.
    pub(crate) span: Span,
}

/// Whether an event gets through.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Passing {
    /// Some do.
    Yes,
    /// None does, because of this.
    No(Option<Impediment>),
    /// There is no telling.
    Unclear,
}

impl<'a> Wiring<'a> {
    /// Every declared event whose channel the template has.
    pub(crate) fn sent(&self) -> Vec<Sent<'a>> {
        let functions = self.topology.functions.iter().filter_map(|it| Some((it, self.contract(it)?)));
        functions
            .flat_map(|(function, contract)| contract.publishes.iter().map(move |publishes| (function, publishes)))
            .filter_map(|(function, publishes)| {
                Some(Sent { function, publishes, to: self.channel(function, &publishes.to)? })
            })
            .collect()
    }

    /// Whether a declared publisher sends where the template does not show.
    pub(crate) fn sends_elsewhere(&self, event: &str) -> bool {
        let Some(contracts) = self.contracts else { return true };
        let declared = contracts.functions.iter().flat_map(|it| &it.publishes).filter(|it| it.event == event).count();
        declared > self.sent().iter().filter(|it| it.publishes.event == event).count()
    }

    /// The channel that a function means.
    pub(crate) fn channel(&self, function: &'a Function, to: &Destination) -> Option<Channel<'a>> {
        let name = match &to.environment {
            Some(variable) => function.environment.get(variable)?.as_str(),
            None => to.name.as_deref()?,
        };
        let topology = self.topology;
        match to.kind {
            ChannelKind::Queue => {
                let is_it = |it: &&Queue| it.url == name || it.arn.as_str() == name || it.name == name;
                let it = topology.queues.iter().find(is_it)?;
                Some(Channel { kind: to.kind, id: &it.id, arn: &it.arn, span: it.span })
            }
            ChannelKind::Topic => {
                let it = topology.topics.iter().find(|it| it.arn.as_str() == name || it.name == name)?;
                Some(Channel { kind: to.kind, id: &it.id, arn: &it.arn, span: it.span })
            }
            ChannelKind::Bus => {
                let it = topology.buses.iter().find(|it| it.arn.as_str() == name || it.name == name)?;
                Some(Channel { kind: to.kind, id: &it.id, arn: &it.arn, span: it.span })
            }
        }
    }

    /// The ways from a channel to functions of the template.
    pub(crate) fn feeds(&self, from: Channel<'a>) -> Vec<Feed<'a>> {
        match from.kind {
            ChannelKind::Queue => self.queue_feeds(from.arn.as_str(), &[], Carrier::Itself, None, false),
            ChannelKind::Topic => self.topic_feeds(from.arn),
            ChannelKind::Bus => self.bus_feeds(from.arn),
        }
    }

    fn queue_feeds(
        &self,
        queue: &str,
        gates: &[Gate<'a>],
        carrier: Carrier,
        left: Option<Span>,
        transformed: bool,
    ) -> Vec<Feed<'a>> {
        let mappings = self.mappings_from(queue).filter(|(mapping, ..)| mapping.enabled);
        let feed = |(mapping, queue, function): (&'a Mapping, &'a Queue, &'a Function)| Feed {
            function,
            mapping: Some((mapping, queue)),
            carrier,
            gates: gates.iter().cloned().chain(self.mapping_gate(mapping, carrier)).collect(),
            transformed,
            span: left.unwrap_or(mapping.span),
        };
        mappings.map(feed).collect()
    }

    fn topic_feeds(&self, topic: &Arn) -> Vec<Feed<'a>> {
        let subscriptions = self.subscriptions_of(topic);
        let feeds = subscriptions.flat_map(|it| {
            let gates: Vec<_> = self.gate_of(&it.id).into_iter().collect();
            let carrier = if it.raw { Carrier::Itself } else { Carrier::Notification };
            match (it.protocol.as_str(), self.function(&it.endpoint)) {
                ("lambda", Some(function)) => vec![Feed {
                    function,
                    mapping: None,
                    carrier: Carrier::Itself,
                    gates,
                    transformed: false,
                    span: it.span,
                }],
                ("sqs", _) => self.queue_feeds(&it.endpoint, &gates, carrier, Some(it.span), false),
                _ => Vec::new(),
            }
        });
        feeds.collect()
    }

    fn bus_feeds(&self, bus: &Arn) -> Vec<Feed<'a>> {
        let rules = self.rules_of(bus).filter(|it| it.enabled && it.pattern.is_some());
        let targets = rules.flat_map(|rule| rule.targets.iter().map(move |target| (rule, target)));
        let feeds = targets.flat_map(|(rule, target)| {
            let gates: Vec<_> = self.gate_of(&rule.id).into_iter().collect();
            let transformed = is_transformed(target);
            match self.function(target.arn.as_str()) {
                Some(function) => vec![Feed {
                    function,
                    mapping: None,
                    carrier: Carrier::Itself,
                    gates,
                    transformed,
                    span: target.span,
                }],
                None => self.queue_feeds(target.arn.as_str(), &gates, Carrier::Rule, Some(target.span), transformed),
            }
        });
        feeds.collect()
    }

    /// The filter of a subscription or rule; none when it lets everything through.
    pub(crate) fn gate_of(&self, id: &str) -> Option<Gate<'a>> {
        self.index.gates.get(id).cloned()
    }

    /// The filter of a mapping, of what `carrier` brought.
    pub(crate) fn mapping_gate(&self, mapping: &Mapping, carrier: Carrier) -> Option<Gate<'a>> {
        self.gate_of(&mapping.id).map(|gate| Gate { view: View::Queue(carrier), ..gate })
    }

    /// Whether a declared event gets through a filter.
    pub(crate) fn passes(&self, gate: &Gate<'_>, publishes: &Publishes) -> Passing {
        let (Some(patterns), Some(contracts)) = (&gate.patterns, self.contracts) else { return Passing::Unclear };
        let seen = contracts.seen(publishes, gate.view);
        let mut why = None;
        for pattern in patterns.iter() {
            match pattern.satisfiable(&seen) {
                Satisfiability::Possible { .. } => return Passing::Yes,
                Satisfiability::Impossible { impediments, .. } => why = why.or_else(|| impediments.into_iter().next()),
                _ => return Passing::Unclear,
            }
        }
        Passing::No(why)
    }

    /// A rule of another bus that waits for an event which no rule of its own bus lets through.
    pub(crate) fn other_bus(&self, sent: &Sent<'_>) -> Option<&'a BusRule> {
        let passes = |rule: &&'a BusRule| {
            self.gate_of(&rule.id).map_or(Passing::Unclear, |gate| self.passes(&gate, sent.publishes))
        };
        let rules = || self.topology.rules.iter().filter(|rule| rule.enabled && rule.pattern.is_some());
        let is_own = |rule: &&BusRule| rule.bus == *sent.to.arn;
        if sent.to.kind != ChannelKind::Bus
            || !rules().filter(is_own).all(|rule| matches!(passes(&rule), Passing::No(_)))
        {
            return None;
        }
        rules().filter(|rule| !is_own(rule)).find(|rule| passes(rule) == Passing::Yes)
    }

    /// Whether a declared event gets all the way.
    pub(crate) fn arrives(&self, sent: &Sent<'_>, feed: &Feed<'_>) -> Passing {
        let mut all = Passing::Yes;
        for gate in &feed.gates {
            match self.passes(gate, sent.publishes) {
                Passing::Yes => {}
                Passing::No(why) => return Passing::No(why),
                Passing::Unclear => all = Passing::Unclear,
            }
        }
        all
    }
}

/// Whether a target gets something else than the event.
pub(crate) fn is_transformed(target: &Target) -> bool {
    target.input.is_some() || target.input_path.is_some() || target.input_transformer.is_some()
}

/// Why an event does not get through, in words.
pub(crate) fn reason(why: Option<&Impediment>) -> String {
    let Some(why) = why else { return "no event has what it wants".to_owned() };
    let path = why.paths.join(" and ");
    let text = match &why.why {
        aqueduct_pattern::Why::UnknownField { .. } => format!("there is no `{path}`"),
        aqueduct_pattern::Why::OtherType { declared } => format!("`{path}` is {declared}, and it wants {}", why.wanted),
        aqueduct_pattern::Why::NotListed { listed } => {
            let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
            format!("`{path}` is one of {}, and it wants {}", listed.join(", "), why.wanted)
        }
        _ => format!("`{path}` is never {}", why.wanted),
    };
    match &why.suggestion {
        Some(meant) => format!("{text}; did you mean `{meant}`?"),
        None => text,
    }
}
