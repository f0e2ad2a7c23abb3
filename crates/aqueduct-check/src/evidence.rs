//! Which filters sample events get through.

use std::collections::BTreeSet;

use aqueduct_contract::View;
use aqueduct_message::Trigger;
use aqueduct_pattern::Failure;
use aqueduct_topology::{
    Arn, Queue, Resolved, Rule as BusRule, Setting, StreamKind, StreamMapping, Subscription, Target,
};

use crate::gates::{Gate, has_samples};
use crate::publishing::is_transformed;
use crate::samples::SampleMessage;
use crate::wiring::Wiring;

/// What a filter makes of a message.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// It lets it through.
    Passes,
    /// It does not: how many conditions fail, and which, in words.
    Fails(usize, String),
    /// There is no telling.
    Unclear,
}

/// How many failed conditions are told.
const FAILURES_TOLD: usize = 3;

impl Wiring<'_> {
    /// What a filter that sees such a view makes of a message; none when the message did not come past one.
    pub(crate) fn verdict(&self, gate: &Gate<'_>, message: &SampleMessage) -> Option<Verdict> {
        let seen = match gate.view {
            View::Bus => message.event.as_ref()?,
            View::TopicAttributes => &message.topic.as_ref()?.attributes,
            View::TopicBody => &message.topic.as_ref()?.body,
            View::Queue(_) => &message.queue.as_ref().or(message.stream.as_ref())?.1,
        };
        let Some(patterns) = &gate.patterns else { return Some(Verdict::Unclear) };
        let mut nearest: Option<(usize, String)> = None;
        for pattern in patterns.iter() {
            let explanation = pattern.explain(seen);
            let failures = &explanation.failures;
            if explanation.matched {
                return Some(Verdict::Passes);
            }
            if failures.iter().any(|failure| self.is_of_deployment(&failure.wanted)) {
                return Some(Verdict::Unclear);
            }
            if nearest.as_ref().is_none_or(|(fewest, _)| failures.len() < *fewest) {
                nearest = Some((failures.len(), told(failures)));
            }
        }
        let (count, words) = nearest.unwrap_or_default();
        Some(Verdict::Fails(count, words))
    }

    /// Whether a condition wants a name, account or Region that the deployment gives: a sample cannot know it.
    fn is_of_deployment(&self, wanted: &str) -> bool {
        let given = &self.given;
        // Conditions quote the texts that they want.
        wanted.split('"').skip(1).step_by(2).any(|text| {
            given.regions.contains(text)
                || given.names.contains(last_part(text))
                || given.accounts.iter().any(|account| text.contains(account))
        })
    }
}

/// What the deployment gives to the template's resources.
#[derive(Debug, Default)]
pub(crate) struct Given<'a> {
    names: BTreeSet<&'a str>,
    accounts: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(arns: impl Iterator<Item = &'a str>) -> Self {
        let mut given = Self::default();
        for arn in arns {
            let mut parts = arn.splitn(6, ':').skip(3);
            given.regions.extend(parts.next().filter(|it| !it.is_empty()));
            given.accounts.extend(parts.next().filter(|it| !it.is_empty()));
            given.names.extend(parts.next().map(last_part));
        }
        given
    }
}

/// What stands behind the last `:` or `/`.
fn last_part(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or_default()
}

/// The first conditions that fail, in words.
fn told(failures: &[Failure]) -> String {
    let mut told: Vec<String> = failures.iter().take(FAILURES_TOLD).map(ToString::to_string).collect();
    let more = failures.len() - told.len();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("; ")
}

impl<'a> Wiring<'a> {
    /// The messages of all samples, each with the name of its sample.
    pub(crate) fn sample_messages(&self) -> impl Iterator<Item = (&'a str, &'a SampleMessage)> + use<'a> {
        self.samples.iter().flat_map(|it| it.messages.iter().map(move |message| (it.name.as_str(), message)))
    }

    /// The queue of the template that a sample names.
    pub(crate) fn named_queue(&self, named: &str) -> Option<&'a Queue> {
        self.topology.queues.iter().find(|it| is_named(named, &it.id, &it.name))
    }

    /// Whether a sample's queue may be this one: it is named so, or is none of the template.
    pub(crate) fn may_mean_queue(&self, named: &str, queue: &str) -> bool {
        self.named_queue(named).is_none_or(|it| it.arn.as_str() == queue)
    }

    /// Whether a sample's message may have come through this mapping of a stream or broker.
    pub(crate) fn may_come_of(&self, mapping: &StreamMapping, message: &SampleMessage) -> bool {
        let Some((named, _)) = &message.stream else { return false };
        match (message.trigger, mapping.kind) {
            (Trigger::DynamoDb, StreamKind::DynamoDb) => self.may_mean_table(named, mapping),
            (Trigger::Kinesis, StreamKind::Kinesis) => self.may_mean_stream(named, mapping),
            (Trigger::Kafka, StreamKind::Kafka | StreamKind::SelfManagedKafka) => self.may_read_topic(named, mapping),
            _ => false,
        }
    }

    /// Whether a sample's change may be one of the table with this stream: it is named so, or is none of the template.
    fn may_mean_table(&self, named: &str, stream: &StreamMapping) -> bool {
        let table = named.split_once(":table/").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        let known = self.topology.tables.iter().find(|it| it.name == table || it.id == table);
        known.is_none_or(|it| it.stream == stream.source)
    }

    /// Whether a sample's stream may be this one: it is named so, or is read by no mapping of the template.
    fn may_mean_stream(&self, named: &str, stream: &StreamMapping) -> bool {
        let name = |arn: &str| arn.split_once(":stream/").map_or("", |(_, name)| name).to_owned();
        let named = name(named);
        let is_named = |it: &StreamMapping| it.source.as_ref().is_some_and(|source| name(source.as_str()) == named);
        let is_known = self.topology.streams.iter().any(|it| it.kind == StreamKind::Kinesis && is_named(it));
        !is_known || is_named(stream)
    }

    /// Whether a mapping reads a Kafka topic, as far as its topics are known.
    fn may_read_topic(&self, topic: &str, mapping: &StreamMapping) -> bool {
        let Setting::Set(topics) = self.topology.property(&mapping.id, "Topics") else { return true };
        match &topics.value {
            Resolved::List(topics) => topics.iter().any(|it| it.value.text().is_none_or(|text| text == topic)),
            _ => true,
        }
    }

    /// The mappings of streams and brokers that feed a function of the template, of those that samples can show.
    pub(crate) fn stream_mappings(&self) -> impl Iterator<Item = &'a StreamMapping> {
        let all = self.topology.streams.iter().filter(|it| it.enabled && has_samples(it.kind));
        all.filter(|it| self.function(it.function.as_str()).is_some())
    }

    /// Whether a sample's topic may be this one.
    fn may_mean_topic(&self, named: &str, topic: &Arn) -> bool {
        let known = self.topology.topics.iter().find(|it| is_named(named, &it.id, &it.name));
        known.is_none_or(|it| it.arn == *topic)
    }

    /// Whether a function of the template gets what arrives there.
    pub(crate) fn reaches_function(&self, arn: &str) -> bool {
        self.function(arn).is_some() || self.mappings_from(arn).any(|(mapping, ..)| mapping.enabled)
    }

    /// Whether a sample's message was on the subscription's topic, or may have been.
    pub(crate) fn may_be_published_to(&self, subscription: &Subscription, message: &SampleMessage) -> bool {
        let Some(topic) = &message.topic else { return false };
        match (&topic.arn, &message.queue) {
            (Some(topic), _) => self.may_mean_topic(topic, &subscription.topic),
            (None, Some((queue, _))) => self.may_mean_queue(queue, &subscription.endpoint),
            (None, None) => false,
        }
    }

    /// The subscriptions that may have brought a sample's message to where it is now.
    pub(crate) fn subscriptions_for(&self, message: &SampleMessage) -> Vec<&'a Subscription> {
        let leads_there = |it: &&'a Subscription| match &message.queue {
            Some((queue, _)) => it.protocol == "sqs" && self.may_mean_queue(queue, &it.endpoint),
            None => it.protocol == "lambda",
        };
        let all = self.topology.subscriptions.iter().filter(leads_there);
        all.filter(|it| self.reaches_function(&it.endpoint) && self.may_be_published_to(it, message)).collect()
    }

    /// The rules that may have brought a sample's event to where it is now.
    pub(crate) fn rules_for(&self, message: &SampleMessage) -> Vec<&'a BusRule> {
        let brings = |target: &Target| {
            let there = match &message.queue {
                Some((queue, _)) => target.arn.service() == "sqs" && self.may_mean_queue(queue, target.arn.as_str()),
                None => self.function(target.arn.as_str()).is_some(),
            };
            there && !is_transformed(target) && self.reaches_function(target.arn.as_str())
        };
        let rules = self.topology.rules.iter().filter(|rule| rule.enabled && rule.pattern.is_some());
        rules.filter(|rule| rule.targets.iter().any(brings)).collect()
    }
}

/// Whether a sample's ARN names this queue or topic: by its physical name or, as people write samples, by its logical id.
fn is_named(arn: &str, id: &str, name: &str) -> bool {
    let named = arn.rsplit(':').next().unwrap_or_default();
    !named.is_empty() && (named == name || named == id || named.strip_suffix(".fifo") == Some(id))
}
