//! The AsyncAPI document is of the specification's shape, and says what the contracts say.
//!
//! Sources: <https://www.asyncapi.com/docs/reference/specification/v3.0.0>,
//! <https://github.com/asyncapi/bindings/tree/master/sqs/3.0.0>, <https://github.com/asyncapi/bindings/tree/master/sns/3.0.0>

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aqueduct_contract::{ChannelKind, Consumes, Contracts, Destination, Place, Places};
use serde_json::{Value, json};

fn contracts() -> Contracts {
    let to = |kind: &str, variable: &str| json!({ "kind": kind, "environment": variable });
    let text = json!({
        "contracts": 1,
        "events": [
            { "type": "PlaceOrder", "schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "description": "An order came in.",
                "type": "object",
                "properties": {
                    "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" } },
                    "pair": { "type": "array", "prefixItems": [{ "type": "string" }], "items": false },
                },
                "required": ["lines"],
                "$defs": { "Line": { "type": "object", "properties": { "sku": { "$ref": "#/$defs/Sku", "description": "What." } } }, "Sku": { "type": "string" } },
            } },
            { "type": "OrderPaid", "version": "2" },
            { "type": "Scheduled Event" },
        ],
        "functions": [
            { "name": "intake", "http": true, "publishes": [{ "event": "PlaceOrder", "to": to("queue", "ORDERS"), "form": "cloud-events", "source": "intake" }] },
            { "name": "processor", "description": "Takes payment.", "retries": { "attempts": 9, "patienceSeconds": 255 }, "consumes": [{ "event": "PlaceOrder", "from": ["queue"] }],
              "publishes": [
                { "event": "OrderPaid", "version": "2", "to": to("topic", "EVENTS"), "form": "cloud-events" },
                { "event": "OrderPaid", "version": "2", "to": to("bus", "BUS"), "form": "event-bridge" },
              ] },
            { "name": "notifier", "consumes": [{ "event": "OrderPaid", "version": "2", "from": ["topic"] }, { "event": "Scheduled Event", "from": ["schedule"] }] },
        ],
    });
    Contracts::read(&text.to_string()).unwrap()
}

/// A template that knows all places.
struct Template;

impl Places for Template {
    fn destination(&self, _function: &str, to: &Destination) -> Option<Place> {
        let id = to.environment.clone()?;
        let fifo = id == "EVENTS";
        let dead_letters = (to.kind == ChannelKind::Queue).then(|| "orders-dlq".to_owned());
        Some(Place { name: Some(id.to_lowercase()), id, kind: to.kind, fifo, dead_letters })
    }

    fn sources(&self, function: &str, consumes: &Consumes) -> Vec<Place> {
        let id = match (function, consumes.event.as_str()) {
            ("processor", _) => "ORDERS",
            ("notifier", "OrderPaid") => "EVENTS",
            _ => return Vec::new(),
        };
        let kind = if id == "ORDERS" { ChannelKind::Queue } else { ChannelKind::Topic };
        vec![Place { id: id.to_owned(), kind, name: None, fifo: false, dead_letters: None }]
    }
}

/// Holds an object against the fields that the specification knows, those that it requires first.
fn shape(object: &Value, required: &[&str], optional: &[&str], at: &str) {
    let members = object.as_object().unwrap_or_else(|| panic!("{at} is no object: {object}"));
    for name in required {
        assert!(members.contains_key(*name), "{at} lacks {name}");
    }
    for name in members.keys() {
        assert!(required.contains(&name.as_str()) || optional.contains(&name.as_str()), "{at} has {name}");
    }
}

fn reference<'a>(document: &'a Value, object: &'a Value, at: &str) -> &'a Value {
    let reference = object["$ref"].as_str().unwrap_or_else(|| panic!("{at} is no reference: {object}"));
    let target = document.pointer(reference.strip_prefix('#').unwrap());
    target.unwrap_or_else(|| panic!("{at}: {reference} leads nowhere"))
}

/// Every reference of a schema leads somewhere.
fn follow(document: &Value, value: &Value) {
    match value {
        Value::Object(members) => {
            if members.get("$ref").is_some_and(Value::is_string) {
                reference(document, value, "a schema");
            }
            members.values().for_each(|member| follow(document, member));
        }
        Value::Array(elements) => elements.iter().for_each(|element| follow(document, element)),
        _ => {}
    }
}

fn check(document: &Value) {
    shape(
        document,
        &["asyncapi", "info"],
        &["id", "servers", "defaultContentType", "channels", "operations", "components"],
        "the document",
    );
    assert_eq!(document["asyncapi"], "3.0.0");
    shape(&document["info"], &["title", "version"], &["description", "tags"], "info");
    for (id, channel) in document["channels"].as_object().unwrap() {
        shape(
            channel,
            &[],
            &[
                "address",
                "messages",
                "title",
                "summary",
                "description",
                "servers",
                "parameters",
                "tags",
                "externalDocs",
                "bindings",
            ],
            id,
        );
        assert!(channel["address"].is_string() || channel["address"].is_null(), "{id}");
        for (key, message) in channel["messages"].as_object().unwrap() {
            reference(document, message, key);
        }
        let Some(bindings) = channel.get("bindings") else { continue };
        if let Some(sqs) = bindings.get("sqs") {
            shape(sqs, &["queue"], &["deadLetterQueue", "bindingVersion"], id);
            for queue in [Some(&sqs["queue"]), sqs.get("deadLetterQueue")].into_iter().flatten() {
                shape(queue, &["name", "fifoQueue"], &["redrivePolicy"], id);
            }
        }
        if let Some(sns) = bindings.get("sns") {
            shape(sns, &["name"], &["ordering", "policy", "tags", "bindingVersion"], id);
            shape(&sns["ordering"], &["type"], &["contentBasedDeduplication"], id);
        }
    }
    operations(document);
    components(document);
}

fn operations(document: &Value) {
    for (id, operation) in document["operations"].as_object().unwrap() {
        shape(
            operation,
            &["action", "channel"],
            &["title", "summary", "description", "messages", "bindings", "traits", "reply", "tags", "x-retries"],
            id,
        );
        assert!(["send", "receive"].contains(&operation["action"].as_str().unwrap()), "{id}");
        let channel = reference(document, &operation["channel"], id);
        // Messages of an operation are those of its channel, by reference into it.
        for message in operation["messages"].as_array().unwrap() {
            let inner = reference(document, message, id);
            assert!(channel["messages"].as_object().unwrap().values().any(|it| it == inner), "{id}");
        }
    }
}

fn components(document: &Value) {
    for part in ["messages", "schemas"] {
        for (key, _) in document["components"][part].as_object().unwrap() {
            assert!(key.chars().all(|it| it.is_ascii_alphanumeric() || ".-_".contains(it)), "{key}");
        }
    }
    for (key, message) in document["components"]["messages"].as_object().unwrap() {
        shape(
            message,
            &["payload"],
            &[
                "name",
                "title",
                "summary",
                "description",
                "contentType",
                "correlationId",
                "headers",
                "bindings",
                "examples",
                "traits",
                "tags",
                "externalDocs",
            ],
            key,
        );
        shape(&message["payload"], &["schemaFormat", "schema"], &[], key);
        if let Some(correlation) = message.get("correlationId") {
            shape(correlation, &["location"], &["description"], key);
        }
        follow(document, &message["payload"]);
    }
    for (key, schema) in document["components"]["schemas"].as_object().unwrap() {
        shape(schema, &["schemaFormat", "schema"], &[], key);
        follow(document, &schema["schema"]);
        let text = schema.to_string();
        assert!(!text.contains("$defs") && !text.contains("prefixItems"), "{key} is draft 07: {text}");
    }
}

#[test]
fn with_a_template() {
    let document = contracts().asyncapi("Shop", "1.0.0", &Template);
    check(&document);
    let operations = document["operations"].as_object().unwrap();
    let names: Vec<_> = operations.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "intake-send-ORDERS",
            "notifier-receive-EVENTS",
            "notifier-receive-notifier-source",
            "processor-receive-ORDERS",
            "processor-send-BUS",
            "processor-send-EVENTS",
        ]
    );
    assert_eq!(document["channels"]["ORDERS"]["bindings"]["sqs"]["deadLetterQueue"]["name"], "orders-dlq");
    assert_eq!(document["channels"]["EVENTS"]["bindings"]["sns"]["ordering"]["type"], "FIFO");
    assert_eq!(operations["processor-receive-ORDERS"]["summary"], "Takes payment.");
    let told: Vec<_> = operations.iter().filter(|(_, it)| it.get("x-retries").is_some()).collect();
    assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["processor-receive-ORDERS"]);
    assert_eq!(told[0].1["x-retries"], json!({ "attempts": 9, "patienceSeconds": 255 }));
    assert_eq!(document["components"]["messages"]["PlaceOrder"]["summary"], "An order came in.");
}

#[test]
fn without_a_template_others_say_where_events_are() {
    let document = contracts().asyncapi("Shop", "1.0.0", &());
    check(&document);
    let of = |operation: &str| document["operations"][operation]["channel"]["$ref"].as_str().map(str::to_owned);
    assert_eq!(of("processor-receive-ORDERS").as_deref(), Some("#/channels/ORDERS"));
    assert_eq!(of("notifier-receive-EVENTS").as_deref(), Some("#/channels/EVENTS"));
}

#[test]
fn payloads_are_what_travels() {
    let document = contracts().asyncapi("Shop", "1.0.0", &Template);
    let payload = |message: &str| {
        // The schema of a payload, with the document's schemas in reach.
        let mut schema = document["components"]["messages"][message]["payload"]["schema"].clone();
        schema["components"] = document["components"].clone();
        schema
    };
    let envelope = json!({ "specversion": "1.0", "id": "1", "type": "PlaceOrder", "source": "intake", "datacontenttype": "application/json", "data": { "lines": [{ "sku": "a" }] } });
    let validator = jsonschema::draft7::new(&payload("PlaceOrder")).unwrap();
    assert!(
        validator.is_valid(&envelope),
        "{:?}",
        validator.iter_errors(&envelope).map(|it| it.to_string()).collect::<Vec<_>>()
    );
    let mut wrong = envelope;
    wrong["data"]["lines"][0]["sku"] = json!(7);
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn schemas_are_files() {
    let files = contracts().schema_files();
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["PlaceOrder.schema.json", "OrderPaid.v2.schema.json", "Scheduled-Event.schema.json"]);
    for (name, schema) in &files {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
    }
}
