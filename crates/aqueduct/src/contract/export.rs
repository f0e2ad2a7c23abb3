//! A function that is asked for its contract tells it instead of running.
//!
//! `aqueduct contracts` runs the function with [`ASKED`], and the function sets itself up as ever. Meanwhile its settings and
//! publishers are noted, so that the contract names the environment variable of every destination. Nothing is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aqueduct_contract::{Attribute, Contracts, Destination, Form, FunctionContract, Publishes};

use super::{event, kind, of};
use crate::Consumer;
use crate::lambda::Error;
use crate::publish::{Channel, Declared, Format};

/// The environment variable that asks: the file to write the contract to.
pub(crate) const ASKED: &str = "AQUEDUCT_CONTRACT";

/// What was noted while the function set itself up.
#[derive(Debug, Default)]
struct Notes {
    /// Environment variables by the value that they gave.
    settings: BTreeMap<String, String>,
    publishers: Vec<Noted>,
}

#[derive(Debug)]
struct Noted {
    source: String,
    channel: Arc<dyn Channel>,
    declared: Vec<Declared>,
}

/// A function is one process, and so there is one set of notes.
static NOTES: Mutex<Option<Notes>> = Mutex::new(None);

/// The file that the contract is to be written to, when it is asked for.
pub(crate) fn asked() -> Option<&'static str> {
    static FILE: OnceLock<Option<String>> = OnceLock::new();
    FILE.get_or_init(|| crate::lambda::given(ASKED)).as_deref()
}

fn notes() -> MutexGuard<'static, Option<Notes>> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Settings of Lambda, of the toolkit and of telemetry, which do without.
const RESERVED: [&str; 4] = ["AWS_", "AQUEDUCT_", "RUST_", "OTEL_"];

/// Notes a setting. One that the template does not give has a value of its own, so that the function goes on.
pub(crate) fn setting(name: &str, value: Option<String>) -> Option<String> {
    if asked().is_none() || RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
        return value;
    }
    let value = value.unwrap_or_else(|| format!("contract-of-{name}"));
    notes().get_or_insert_default().settings.entry(value.clone()).or_insert_with(|| name.to_owned());
    Some(value)
}

/// Notes a publisher; its place among them.
pub(crate) fn publisher(source: &str, channel: &Arc<dyn Channel>) -> Option<usize> {
    asked()?;
    let mut notes = notes();
    let publishers = &mut notes.get_or_insert_default().publishers;
    publishers.push(Noted { source: source.to_owned(), channel: Arc::clone(channel), declared: Vec::new() });
    Some(publishers.len() - 1)
}

/// Notes what a publisher sends.
pub(crate) fn sends(place: Option<usize>, declared: Declared) {
    let Some(place) = place else { return };
    if let Some(noted) = notes().get_or_insert_default().publishers.get_mut(place) {
        noted.declared.push(declared);
    }
}

/// Writes the contract of a consumer, or of a function that answers HTTP requests and has none.
pub(crate) fn write(file: &str, consumer: Option<&Consumer>) -> Result<(), Error> {
    let name = crate::lambda::given("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "function".to_owned());
    let mut contracts = consumer.map_or_else(|| http(&name), |consumer| of(&name, consumer));
    let notes = notes().take().unwrap_or_default();
    add(&mut contracts, &notes)?;
    std::fs::write(file, contracts.to_json())
        .map_err(|error| format!("cannot write the contract to {file}: {error}"))?;
    Ok(())
}

fn http(name: &str) -> Contracts {
    let function = FunctionContract { http: true, ..FunctionContract::new(name) };
    Contracts { events: Vec::new(), functions: vec![function] }
}

/// Adds what publishers send, and names destinations by their settings.
fn add(contracts: &mut Contracts, notes: &Notes) -> Result<(), Error> {
    let mut published = Vec::new();
    for noted in &notes.publishers {
        let Some(destination) = noted.channel.destination() else { continue };
        if noted.declared.is_empty() {
            return Err(format!(
                "the publisher to {} does not say what it sends; add `.sends::<T>()` for each message type",
                named(notes, kind(destination.kind), &destination.address)
            )
            .into());
        }
        for declared in &noted.declared {
            let event = event(declared.kind, declared.version, (declared.schema)());
            contracts.join(Contracts { events: vec![event], functions: Vec::new() })?;
            let attribute = |name: &&str| Attribute {
                name: (*name).to_owned(),
                data_type: "String".to_owned(),
                value: (*name == "type").then(|| declared.kind.to_owned()),
            };
            let to = named(notes, kind(destination.kind), &destination.address);
            published.push(Publishes {
                event: declared.kind.to_owned(),
                version: declared.version.to_owned(),
                to,
                form: match noted.channel.format() {
                    Format::CloudEvents => Form::CloudEvents,
                    Format::Detail => Form::EventBridge,
                },
                source: Some(noted.source.clone()),
                attributes: destination.attributes.as_ref().map(|names| names.iter().map(attribute).collect()),
                group: declared.is_grouped,
                deduplication: destination.deduplicates,
                delay_seconds_max: None,
            });
        }
    }
    published.sort();
    published.dedup();
    for function in &mut contracts.functions {
        function.publishes.clone_from(&published);
        if let Some(Destination { kind, name: Some(address), .. }) = &function.dead_letters {
            function.dead_letters = Some(named(notes, *kind, address));
        }
    }
    Ok(())
}

fn named(notes: &Notes, kind: aqueduct_contract::ChannelKind, address: &str) -> Destination {
    let environment = notes.settings.get(address).cloned();
    let name = environment.is_none().then(|| address.to_owned());
    Destination { kind, environment, name }
}
