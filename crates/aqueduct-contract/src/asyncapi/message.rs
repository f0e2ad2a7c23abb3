//! Messages: an event in the form that it travels in.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{draft, key};
use crate::{ChannelKind, Consumes, Contracts, Destination, Form, Publishes, View, embed};

const FORMAT: &str = "application/schema+json;version=draft-07";

/// The messages and schemas of a document.
pub(super) struct Messages<'a> {
    contracts: &'a Contracts,
    messages: BTreeMap<String, Value>,
}

impl<'a> Messages<'a> {
    pub(super) const fn new(contracts: &'a Contracts) -> Self {
        Self { contracts, messages: BTreeMap::new() }
    }

    /// The key of a message that is sent so.
    pub(super) fn sent(&mut self, publishes: &Publishes) -> String {
        let key = message_key(&publishes.event, &publishes.version, publishes.form);
        let message = self.message(publishes);
        self.messages.entry(key.clone()).or_insert(message);
        key
    }

    /// The key of a message that is received from such a channel: as others send it there, else as the toolkit would.
    pub(super) fn received(&mut self, contracts: &Contracts, consumes: &Consumes, kind: ChannelKind) -> String {
        let is_sent = |it: &&Publishes| it.event == consumes.event && it.version == consumes.version;
        let sent: Vec<&Publishes> =
            contracts.functions.iter().flat_map(|function| &function.publishes).filter(is_sent).collect();
        // What a topic or a bus hands on to a queue keeps its form.
        if let Some(sent) = sent.iter().find(|it| it.to.kind == kind).or_else(|| sent.first()) {
            return self.sent(sent);
        }
        let form = match consumes.layouts.first() {
            Some(layout) => layout.form,
            None if kind == ChannelKind::Bus => Form::EventBridge,
            None => Form::CloudEvents,
        };
        self.sent(&Publishes {
            event: consumes.event.clone(),
            version: consumes.version.clone(),
            to: Destination { kind, environment: None, name: None },
            form,
            source: None,
            attributes: None,
            group: None,
            deduplication: None,
            delay_seconds_max: None,
        })
    }

    fn message(&self, publishes: &Publishes) -> Value {
        let event = self.contracts.event(&publishes.event, &publishes.version);
        let (view, content, correlation) = match publishes.form {
            Form::CloudEvents => (View::TopicBody, "application/cloudevents+json", Some("/correlationid")),
            Form::EventBridge => (View::Bus, "application/json", Some("/detail/metadata/correlationid")),
            Form::Raw => (View::TopicBody, "application/json", None),
        };
        let mut payload = self.contracts.seen(publishes, view);
        if let Some(members) = payload.as_object_mut() {
            // Envelopes may carry more, and the data stands among the schemas.
            members.remove("additionalProperties");
            members.remove("$defs");
        }
        let payload = if event.is_some() {
            pointed(&payload, &schema_key(&publishes.event, &publishes.version))
        } else {
            payload
        };
        let mut message = json!({
            "name": publishes.event,
            "title": publishes.event,
            "contentType": content,
            "payload": { "schemaFormat": FORMAT, "schema": draft::seventh(&payload) },
        });
        let described = event.and_then(|event| {
            event.description.as_deref().or_else(|| event.schema.get("description").and_then(Value::as_str))
        });
        if let (Some(words), Some(members)) = (described, message.as_object_mut()) {
            members.insert("summary".to_owned(), words.into());
        }
        if let (Some(pointer), Some(members)) = (correlation, message.as_object_mut()) {
            members.insert("correlationId".to_owned(), json!({ "location": format!("$message.payload#{pointer}") }));
        }
        message
    }

    pub(super) fn messages(&self) -> Value {
        self.messages.iter().map(|(key, message)| (key.clone(), message.clone())).collect::<Map<_, _>>().into()
    }

    /// The data of every event.
    pub(super) fn schemas(&self) -> Value {
        let schema = |event: &crate::EventContract| {
            let key = schema_key(&event.kind, &event.version);
            let at = format!("#/components/schemas/{key}/schema");
            let schema = draft::seventh(&embed::at(&event.schema, &at));
            (key, json!({ "schemaFormat": FORMAT, "schema": schema }))
        };
        self.contracts.events.iter().map(schema).collect::<Map<_, _>>().into()
    }
}

fn schema_key(event: &str, version: &str) -> String {
    if version == "1" { key(event) } else { key(&format!("{event}.v{version}")) }
}

fn message_key(event: &str, version: &str, form: Form) -> String {
    let form = match form {
        Form::CloudEvents => "",
        Form::EventBridge => ".event-bridge",
        Form::Raw => ".raw",
    };
    format!("{}{form}", schema_key(event, version))
}

/// The payload with its data where the document has it.
fn pointed(payload: &Value, schema: &str) -> Value {
    match payload {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match value.as_str() {
                Some("#/$defs/Data") if name == "$ref" => {
                    (name.clone(), format!("#/components/schemas/{schema}/schema").into())
                }
                _ => (name.clone(), pointed(value, schema)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(elements) => elements.iter().map(|element| pointed(element, schema)).collect(),
        other => other.clone(),
    }
}
