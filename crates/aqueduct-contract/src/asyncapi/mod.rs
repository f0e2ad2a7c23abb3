//! Contracts as an AsyncAPI 3.0 document.
//!
//! Sources: <https://www.asyncapi.com/docs/reference/specification/v3.0.0>,
//! <https://github.com/asyncapi/bindings/tree/master/sqs/3.0.0>,
//! <https://github.com/asyncapi/bindings/tree/master/sns/3.0.0>

mod draft;
mod message;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{ChannelKind, Consumes, Contracts, FunctionContract, Place, Places, Publishes, Retries, Source};
use message::Messages;

impl Contracts {
    /// The contracts as an AsyncAPI 3.0 document: a channel for every queue, topic and bus, what each function sends and
    /// receives, and the messages with their JSON Schemas.
    ///
    /// `places` says where destinations and sources are. Without a template, that is `()`, a channel is known by the
    /// environment variable that names it, and a function receives from where others send its events.
    pub fn asyncapi(&self, title: &str, version: &str, places: &impl Places) -> Value {
        let mut document = Document {
            contracts: self,
            messages: Messages::new(self),
            channels: BTreeMap::new(),
            operations: BTreeMap::new(),
        };
        let mut waiting = Vec::new();
        for function in &self.functions {
            for publishes in &function.publishes {
                document.send(function, publishes, places);
            }
            waiting.extend(function.consumes.iter().map(|consumes| (function, consumes)));
        }
        // Channels that others send to are known now.
        for (function, consumes) in waiting {
            document.receive(function, consumes, places);
        }
        json!({
            "asyncapi": "3.0.0",
            "info": { "title": title, "version": version },
            "defaultContentType": "application/json",
            "channels": document.channels(),
            "operations": document.operations(),
            "components": { "messages": document.messages.messages(), "schemas": document.messages.schemas() },
        })
    }
}

/// The document while it is gathered.
struct Document<'a> {
    contracts: &'a Contracts,
    messages: Messages<'a>,
    channels: BTreeMap<String, Channel>,
    operations: BTreeMap<String, Operation>,
}

struct Channel {
    place: Place,
    messages: BTreeSet<String>,
    /// Events that are sent to it.
    events: BTreeSet<(String, String)>,
}

struct Operation {
    action: &'static str,
    channel: String,
    messages: BTreeSet<String>,
    summary: String,
    /// How a receiver tries again.
    retries: Option<Retries>,
}

impl Document<'_> {
    fn send(&mut self, function: &FunctionContract, publishes: &Publishes, places: &impl Places) {
        let to = &publishes.to;
        let place = places.destination(&function.name, to).unwrap_or_else(|| {
            let id = to
                .environment
                .clone()
                .or_else(|| to.name.clone())
                .unwrap_or_else(|| format!("{}-{}", function.name, to.kind));
            Place { id, kind: to.kind, name: to.name.clone(), fifo: false, dead_letters: None }
        });
        let message = self.messages.sent(publishes);
        let event = (publishes.event.clone(), publishes.version.clone());
        self.add("send", function, place, message, Some(event));
    }

    fn receive(&mut self, function: &FunctionContract, consumes: &Consumes, places: &impl Places) {
        let mut found = places.sources(&function.name, consumes);
        if found.is_empty() {
            let event = (consumes.event.clone(), consumes.version.clone());
            let fits = |channel: &&Channel| channel.events.contains(&event) && takes(consumes, channel.place.kind);
            found = self.channels.values().filter(fits).map(|channel| channel.place.clone()).collect();
        }
        if found.is_empty() {
            let kind = match consumes.from.first() {
                Some(Source::Topic) => ChannelKind::Topic,
                Some(Source::Bus | Source::Schedule) => ChannelKind::Bus,
                _ => ChannelKind::Queue,
            };
            let id = format!("{}-source", function.name);
            found.push(Place { id, kind, name: None, fifo: false, dead_letters: None });
        }
        for place in found {
            let message = self.messages.received(self.contracts, consumes, place.kind);
            self.add("receive", function, place, message, None);
        }
    }

    fn add(
        &mut self,
        action: &'static str,
        function: &FunctionContract,
        place: Place,
        message: String,
        event: Option<(String, String)>,
    ) {
        let id = key(&place.id);
        let kind = place.kind;
        let name = key(&format!("{}-{action}-{id}", function.name));
        let channel = self.channels.entry(id.clone()).or_insert_with(|| Channel {
            place,
            messages: BTreeSet::new(),
            events: BTreeSet::new(),
        });
        channel.messages.insert(message.clone());
        channel.events.extend(event);
        let summary = function.description.clone().unwrap_or_else(|| function.name.clone());
        let is_of_queue = action == "receive" && kind == ChannelKind::Queue;
        let retries = function.retries.filter(|_| is_of_queue);
        let operation = Operation { action, channel: id, messages: BTreeSet::new(), summary, retries };
        self.operations.entry(name).or_insert(operation).messages.insert(message);
    }

    fn channels(&self) -> Value {
        let channel = |(id, channel): (&String, &Channel)| {
            let messages: Map<String, Value> = channel
                .messages
                .iter()
                .map(|message| (message.clone(), json!({ "$ref": format!("#/components/messages/{message}") })))
                .collect();
            let mut members = json!({
                "address": channel.place.name,
                "title": format!("{} {}", channel.place.kind, channel.place.id),
                "messages": messages,
            });
            if let (Some(bindings), Some(members)) = (bindings(&channel.place), members.as_object_mut()) {
                members.insert("bindings".to_owned(), bindings);
            }
            (id.clone(), members)
        };
        Value::Object(self.channels.iter().map(channel).collect())
    }

    fn operations(&self) -> Value {
        let operation = |(id, operation): (&String, &Operation)| {
            let at = format!("#/channels/{}", operation.channel);
            let messages: Vec<_> = operation
                .messages
                .iter()
                .map(|message| json!({ "$ref": format!("{at}/messages/{message}") }))
                .collect();
            let mut members = json!({
                "action": operation.action,
                "channel": { "$ref": at },
                "summary": operation.summary,
                "messages": messages,
            });
            if let Some(retries) = &operation.retries {
                members["x-retries"] = json!(retries);
            }
            (id.clone(), members)
        };
        Value::Object(self.operations.iter().map(operation).collect())
    }
}

/// Whether an event may come from such a channel.
fn takes(consumes: &Consumes, kind: ChannelKind) -> bool {
    let source = match kind {
        ChannelKind::Queue => Source::Queue,
        ChannelKind::Topic => Source::Topic,
        ChannelKind::Bus => Source::Bus,
    };
    consumes.from.is_empty() || consumes.from.contains(&source)
}

/// What the specification has bindings for: queues and topics, which must have a name. Their version is left open, as the
/// specification's own JSON Schema knows other versions than the bindings' documents.
fn bindings(place: &Place) -> Option<Value> {
    let name = place.name.as_ref()?;
    match place.kind {
        ChannelKind::Queue => {
            let queue = |name: &str| json!({ "name": name, "fifoQueue": place.fifo });
            let mut sqs = json!({ "queue": queue(name) });
            if let Some(dead_letters) = &place.dead_letters {
                sqs["queue"]["redrivePolicy"] = json!({ "deadLetterQueue": { "name": dead_letters } });
                sqs["deadLetterQueue"] = queue(dead_letters);
            }
            Some(json!({ "sqs": sqs }))
        }
        ChannelKind::Topic => {
            let kind = if place.fifo { "FIFO" } else { "standard" };
            Some(json!({ "sns": { "name": name, "ordering": { "type": kind } } }))
        }
        ChannelKind::Bus => None,
    }
}

/// A name as the specification allows it for components.
fn key(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    name.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect()
}
