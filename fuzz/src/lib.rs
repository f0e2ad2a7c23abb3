//! The bodies of the fuzz targets: what is done with bytes from outside, which must never panic, hang or take memory without
//! bound. `fuzz_targets/` runs them under libFuzzer, and `crates/aqueduct-wire/tests/fuzzed.rs` runs them on generated input.
//!
//! Where a target takes several texts, they are lines.

use std::time::Duration;

use aqueduct_contract::{Carrier, Contracts, View};
use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_services::cloud::{Cloud, Effect, Request};
use aqueduct_services::events::schedule::Expression;
use aqueduct_services::lambda::Ended;
use aqueduct_services::{Arn, CallId, Principal, Site, Timestamp, policy};
use aqueduct_topology::Deployment;
use aqueduct_wire::{Codec, Service};
use bytes::Bytes;
use http::request::Parts;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);
const ACCOUNT: &str = "000000000000";
const REGION: &str = "eu-central-1";

const SERVICES: [Service; 5] = [Service::Sqs, Service::Sns, Service::Events, Service::Scheduler, Service::Lambda];

fn site() -> Site {
    Site { account: ACCOUNT.into(), region: REGION.into(), endpoint: "http://127.0.0.1:4566".into() }
}

/// An HTTP request as text: the first line has method and target, then headers, an empty line, and the body. It is routed
/// and read by the service that it leads to and by every other, and what can be read is carried out and answered.
pub fn wire(data: &[u8]) {
    let Some((parts, body)) = http_request(data) else { return };
    let routed = aqueduct_wire::route(&parts, &body);
    let _ = aqueduct_wire::caller_identity(&site(), &parts, &body, "r");
    let _ = aqueduct_wire::preflight(&parts);
    for service in SERVICES.into_iter().chain(routed) {
        match aqueduct_wire::decode(service, &parts, &body) {
            Ok((request, codec)) => {
                let mut world = World::new();
                world.ask_with(request, &codec);
                world.go_on(4);
            }
            Err(answer) => assert!(answer.status().is_client_error() || answer.status().as_u16() == 501),
        }
    }
}

fn http_request(data: &[u8]) -> Option<(Parts, Bytes)> {
    let split = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = split.map_or((data, &b""[..]), |at| (&data[..at], &data[at + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let request = http::Request::builder().method(method).uri(target);
    let headers = lines.filter_map(|line| line.split_once(": "));
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    Some((request.body(()).ok()?.into_parts().0, Bytes::copy_from_slice(body)))
}

/// Calls, one a line, such as `sqs SendMessage {"MessageBody": "a"}`, to a cloud with a queue, a topic, a bus and a rule, with
/// time passing in between. `$queue`, `$topic` and `$handle` stand for what is there.
pub fn cloud(data: &[u8]) {
    let mut world = World::new();
    for line in String::from_utf8_lossy(data).lines().take(24) {
        let mut words = line.splitn(3, ' ');
        let (Some(service), Some(action), body) = (words.next(), words.next(), words.next().unwrap_or("{}")) else {
            continue;
        };
        world.call(service, action, body);
        world.go_on(3);
    }
}

/// A pattern, and an event on the next line, in every dialect.
pub fn pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, event) = text.split_once('\n').unwrap_or((&text, "{}"));
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    for dialect in [Dialect::Bus, Dialect::Pipes, Dialect::Lambda, Dialect::SnsAttributes, Dialect::SnsBody] {
        match Pattern::parse_text(dialect, pattern) {
            Ok(pattern) => {
                let explanation = pattern.explain(&event);
                assert_eq!(explanation.matched, pattern.matches(&event));
                assert_eq!(explanation.matched, explanation.failures.is_empty());
                assert!(!explanation.to_string().is_empty());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Contracts, a pattern, and the contracts of later, each on a line: written in every format, compared, and asked whether the
/// pattern can match what is published.
pub fn contracts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let [before, pattern, after] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let Ok(contracts) = Contracts::read(before) else { return };
    assert_eq!(Contracts::read(&contracts.to_json()).map(|again| again.to_json()), Ok(contracts.to_json()));
    contracts.asyncapi("t", "1", &());
    contracts.schema_files();
    if let Ok(after) = Contracts::read(after) {
        contracts.changes(&after);
    }
    let views = [
        (View::Bus, Dialect::Bus),
        (View::TopicAttributes, Dialect::SnsAttributes),
        (View::TopicBody, Dialect::SnsBody),
        (View::Queue(Carrier::Itself), Dialect::Lambda),
        (View::Queue(Carrier::Notification), Dialect::Lambda),
    ];
    for publishes in contracts.functions.iter().flat_map(|function| &function.publishes).take(4) {
        for (view, dialect) in views {
            let Ok(pattern) = Pattern::parse_text(dialect, pattern) else { continue };
            let answer = pattern.satisfiable(&contracts.seen(publishes, view));
            assert!(answer.witness().is_none_or(|witness| pattern.matches(witness)));
            assert!(!answer.to_string().is_empty());
        }
    }
}

/// A resource policy, asked by each service for each action.
pub fn policy(data: &[u8]) {
    let document: Value = serde_json::from_slice(data).unwrap_or_default();
    for (action, resource) in [
        ("sqs:SendMessage", "arn:aws:sqs:eu-central-1:000000000000:Q"),
        ("sns:Publish", "arn:aws:sns:eu-central-1:000000000000:T"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:000000000000:function:f"),
    ] {
        for service in ["sns.amazonaws.com", "events.amazonaws.com"] {
            let source_arn = Arn::new(format!("arn:aws:{}:eu-central-1:000000000000:x", &service[..3]));
            let from = Principal { service, source_arn };
            if let Err(refusal) = policy::allows(&document, action, &Arn::new(resource), &from) {
                assert!(refusal.contains(service) && refusal.len() < 4_000, "{refusal}");
            }
        }
    }
}

/// A CloudFormation or SAM template, which is wired up when it can be read.
pub fn template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (topology, _) = aqueduct_topology::read(&text, &Deployment::default());
    let mut cloud = Cloud::new(site(), 1);
    let _ = cloud.provision(NOW, &topology);
    cloud.tick(NOW + Duration::from_mins(1));
}

/// A plan of Terraform, which is wired up when it can be read, and drawn.
pub fn plan(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (topology, _) = aqueduct_topology::read(&text, &Deployment::default());
    let _ = aqueduct_topology::graph::mermaid(&topology);
    let _ = Cloud::new(site(), 1).provision(NOW, &topology);
}

/// A schedule expression, and a time zone on the next line.
pub fn schedule(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (expression, zone) = text.split_once('\n').unwrap_or((&text, "UTC"));
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let Ok(expression) = Expression::parse(expression) else { return };
    let mut after = NOW;
    for _ in 0..8 {
        let Some(next) = expression.next(after, NOW, &zone) else { break };
        assert!(next > after || after == NOW);
        after = next;
    }
}

/// A Lambda event.
pub fn lambda_event(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = aqueduct_message::read_event(&text);
    let _ = aqueduct_message::subject_of(&text);
}

/// An input transformer's template, its map of paths, and an event's detail, on three lines.
pub fn transform(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (template, paths, detail) = (line(), line(), line());
    let paths: Value = serde_json::from_str(paths).unwrap_or_default();
    let mut world = World::new();
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:Q");
    let target =
        json!({ "Id": "t", "Arn": queue, "InputTransformer": { "InputPathsMap": paths, "InputTemplate": template } });
    world.call("events", "PutTargets", &json!({ "Rule": "r", "Targets": [target] }).to_string());
    let path = json!({ "Id": "p", "Arn": queue, "InputPath": template });
    world.call("events", "PutTargets", &json!({ "Rule": "r", "Targets": [path] }).to_string());
    let entry = json!({ "Source": "shop", "DetailType": "d", "Detail": detail });
    world.call("events", "PutEvents", &json!({ "Entries": [entry] }).to_string());
    world.go_on(4);
}

/// A filter policy, its scope, a message attribute's type and value, and a message, on five lines.
pub fn attributes(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(5, '\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (filter, scope, kind, value, message) = (line(), line(), line(), line(), line());
    let mut world = World::new();
    for (name, value) in [("FilterPolicyScope", scope), ("FilterPolicy", filter)] {
        let form = [
            ("SubscriptionArn", world.subscription.clone()),
            ("AttributeName", name.to_owned()),
            ("AttributeValue", value),
        ];
        world.form("SetSubscriptionAttributes", &form);
    }
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:T");
    world.form(
        "Publish",
        &[
            ("TopicArn", topic),
            ("Message", message.clone()),
            ("MessageAttributes.entry.1.Name", "a".to_owned()),
            ("MessageAttributes.entry.1.Value.DataType", kind.clone()),
            ("MessageAttributes.entry.1.Value.StringValue", value.clone()),
        ],
    );
    let attribute = json!({ "DataType": kind, "StringValue": value, "BinaryValue": value });
    let send = json!({ "QueueUrl": "$queue", "MessageBody": message, "MessageAttributes": { "a": attribute } });
    world.call("sqs", "SendMessage", &send.to_string());
    world.go_on(4);
}

/// A cloud with something of each kind.
struct World {
    cloud: Cloud,
    now: Timestamp,
    calls: u64,
    handle: String,
    subscription: String,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            cloud: Cloud::new(site(), 1),
            now: NOW,
            calls: 0,
            handle: String::new(),
            subscription: String::new(),
        };
        let open =
            json!({ "Statement": { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" } }).to_string();
        let attributes = json!({ "Policy": open, "VisibilityTimeout": "2" });
        world.call("sqs", "CreateQueue", &json!({ "QueueName": "Q", "Attributes": attributes }).to_string());
        world.call("sqs", "CreateQueue", r#"{"QueueName": "F.fifo", "Attributes": {"FifoQueue": "true"}}"#);
        world.call("sqs", "SendMessage", r#"{"QueueUrl": "$queue", "MessageBody": "{\"a\": 1}"}"#);
        world.call("sqs", "ReceiveMessage", r#"{"QueueUrl": "$queue"}"#);
        world.form("CreateTopic", &[("Name", "T".to_owned())]);
        let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:Q");
        let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:T");
        world.form("Subscribe", &[("TopicArn", topic), ("Protocol", "sqs".to_owned()), ("Endpoint", queue.clone())]);
        world.call("events", "PutRule", r#"{"Name": "r", "EventPattern": "{\"source\": [\"shop\"]}"}"#);
        world.call(
            "events",
            "PutTargets",
            &json!({ "Rule": "r", "Targets": [{ "Id": "q", "Arn": queue }] }).to_string(),
        );
        world
    }

    /// A call over JSON, or over a form for SNS.
    fn call(&mut self, service: &str, action: &str, body: &str) {
        let queue = format!("http://127.0.0.1:4566/{ACCOUNT}/Q");
        let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:T");
        let body = body.replace("$queue", &queue).replace("$topic", &topic).replace("$handle", &self.handle);
        let (target, service) = match service {
            "sqs" => (format!("AmazonSQS.{action}"), Service::Sqs),
            "events" => (format!("AWSEvents.{action}"), Service::Events),
            "sns" => {
                return self.send(Service::Sns, http::Request::post("/"), format!("Action={action}&{body}"));
            }
            _ => return self.send(Service::Lambda, http::Request::builder().method(action).uri(service), body),
        };
        self.send(service, http::Request::post("/").header("x-amz-target", target), body);
    }

    fn form(&mut self, action: &str, parameters: &[(&str, String)]) {
        let mut form = format!("Action={action}");
        for (name, value) in parameters {
            form.extend(["&", name, "="].into_iter().chain(utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        self.send(Service::Sns, http::Request::post("/"), form);
    }

    fn send(&mut self, service: Service, request: http::request::Builder, body: String) {
        let Ok(request) = request.body(()) else { return };
        if let Ok((request, codec)) = aqueduct_wire::decode(service, &request.into_parts().0, &body.into()) {
            self.ask_with(request, &codec);
        }
    }

    fn ask_with(&mut self, request: Request, codec: &Codec) {
        self.calls += 1;
        self.cloud.call(self.now, CallId(self.calls), request);
        self.take_effects(Some(codec));
    }

    /// Lets so many things happen.
    fn go_on(&mut self, steps: usize) {
        for _ in 0..steps {
            let Some(wake) = self.cloud.next_wake() else { break };
            self.now = self.now.max(wake);
            self.cloud.tick(self.now);
            self.take_effects(None);
        }
    }

    fn take_effects(&mut self, codec: Option<&Codec>) {
        for effect in self.cloud.take_effects() {
            match effect {
                Effect::Answer { result, .. } => {
                    let Some(codec) = codec else { continue };
                    let answer = aqueduct_wire::encode(codec, result, "r");
                    let text = String::from_utf8_lossy(answer.body());
                    let after = |mark: &str, end: &str| Some(text.split_once(mark)?.1.split_once(end)?.0.to_owned());
                    self.handle = after(r#""ReceiptHandle":""#, "\"").unwrap_or(std::mem::take(&mut self.handle));
                    let arn = after("<SubscriptionArn>", "<");
                    self.subscription = arn.unwrap_or(std::mem::take(&mut self.subscription));
                }
                Effect::Invoke(invocation) => {
                    let ended = Ended::Answered("null".to_owned());
                    self.cloud.ended(self.now, &invocation.request_id, ended, Duration::from_millis(1));
                }
                _ => {}
            }
        }
    }
}
