//! A history, kept; then another Lambda made of what was kept.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::keep::{Change, Durable, Record};
use crate::lambda::code::tests::ZIP;

/// One step of a history; numbers name one of three functions.
#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Update(u8, i64),
    Delete(u8),
    Permit(u8, u8),
    Tag(u8),
    Url(u8),
    Destination(u8),
    Reserve(u8, i64),
    Invoke(u8),
    Map(u8),
    Unmap,
    End { succeeds: bool },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let function = || 0..3_u8;
    prop_oneof![
        3 => function().prop_map(Step::Create),
        1 => (function(), 1..60_i64).prop_map(|(function, timeout)| Step::Update(function, timeout)),
        1 => function().prop_map(Step::Delete),
        1 => (function(), 0..3_u8).prop_map(|(function, sid)| Step::Permit(function, sid)),
        1 => function().prop_map(Step::Tag),
        1 => function().prop_map(Step::Url),
        1 => function().prop_map(Step::Destination),
        1 => (function(), 0..4_i64).prop_map(|(function, reserved)| Step::Reserve(function, reserved)),
        5 => function().prop_map(Step::Invoke),
        1 => function().prop_map(Step::Map),
        1 => Just(Step::Unmap),
        4 => any::<bool>().prop_map(|succeeds| Step::End { succeeds }),
        3 => (0..400_u64).prop_map(Step::Wait),
    ]
}

/// A Lambda with a queue, the time, and what a store has of it.
struct History {
    lambda: Lambda,
    sqs: Sqs,
    now: Timestamp,
    running: Vec<String>,
    store: BTreeMap<(&'static str, Vec<u8>), Vec<u8>>,
}

fn name(function: u8) -> String {
    format!("f{function}")
}

fn site() -> Site {
    Site {
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
    }
}

fn queue() -> Arn {
    site().arn("sqs", "jobs")
}

fn new_sqs() -> Sqs {
    let mut sqs = Sqs::new(site(), Ids::new(3));
    sqs.create(START, "jobs", BTreeMap::from([("VisibilityTimeout".to_owned(), "90".to_owned())])).unwrap();
    sqs
}

impl History {
    fn new() -> Self {
        let mut lambda = Lambda::new(site(), Ids::new(11));
        lambda.keep();
        Self { lambda, sqs: new_sqs(), now: START, running: Vec::new(), store: BTreeMap::new() }
    }

    fn call(&mut self, request: Request) {
        // What is refused changes nothing, which is the point.
        let _ = self.lambda.call(self.now, CallId(1), request, &mut self.sqs);
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Wait(seconds) => self.wait(*seconds),
            Step::End { succeeds } => self.end(*succeeds),
            Step::Unmap => {
                if let Some(mapping) = self.lambda.mappings(self.now).first() {
                    self.call(Request::DeleteEventSourceMapping { uuid: mapping.uuid.clone() });
                }
            }
            step => {
                let request = request(step);
                self.call(request);
            }
        }
        self.lambda.poll(self.now, &mut self.sqs);
        self.settle();
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.lambda.tick(self.now);
    }

    fn end(&mut self, succeeds: bool) {
        if let Some(id) = self.running.pop() {
            let ended = if succeeds { Ended::Answered("1".to_owned()) } else { failure::failed("E", "no".to_owned()) };
            self.lambda.ended(self.now, &mut self.sqs, &id, (ended, ""), Duration::ZERO);
        }
    }

    /// Delivers, and writes what changed to the store.
    fn settle(&mut self) {
        for delivery in self.lambda.take_deliveries() {
            self.lambda.delivered(self.now, delivery.ticket, Ok(()));
        }
        self.running.extend(self.lambda.take_invocations().into_iter().map(|invocation| invocation.request_id));
        let mut changes: Vec<Change> = Vec::new();
        self.lambda.take_changes(&mut changes);
        for change in changes {
            match change.value {
                Some(value) => self.store.insert((change.table, change.key), value),
                None => self.store.remove(&(change.table, change.key)),
            };
        }
    }

    /// Another Lambda, made of the store alone.
    fn restored(&self) -> Lambda {
        let mut lambda = Lambda::new(site(), Ids::new(12));
        for ((table, key), value) in self.store.iter().rev() {
            let record = Record { table: (*table).to_owned(), key: key.clone(), value: value.clone() };
            lambda.restore(&record).unwrap();
        }
        lambda.resume(self.now);
        lambda
    }
}

fn request(step: &Step) -> Request {
    match step {
        Step::Create(function) => Request::CreateFunction(Box::new(CreateFunction {
            name: name(*function),
            package_type: None,
            code: CodeSource::Zip(Bytes::from_static(ZIP)),
            tags: BTreeMap::new(),
            architectures: None,
            settings: UpdateFunction {
                runtime: Some("provided.al2023".to_owned()),
                handler: Some("bootstrap".to_owned()),
                role: Some("arn:aws:iam::000000000000:role/r".to_owned()),
                ..UpdateFunction::default()
            },
        })),
        Step::Update(function, timeout) => Request::UpdateFunctionConfiguration(Box::new(UpdateFunction {
            function: name(*function),
            timeout: Some(*timeout),
            ..UpdateFunction::default()
        })),
        Step::Delete(function) => Request::DeleteFunction { function: name(*function) },
        Step::Permit(function, sid) => Request::AddPermission(AddPermission {
            function: name(*function),
            statement_id: sid.to_string(),
            action: "lambda:InvokeFunction".to_owned(),
            principal: "sns.amazonaws.com".to_owned(),
            ..AddPermission::default()
        }),
        Step::Tag(function) => Request::TagResource {
            resource: site().arn("lambda", &format!("function:{}", name(*function))).to_string(),
            tags: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        },
        Step::Url(function) => Request::CreateFunctionUrlConfig(UrlChange {
            function: name(*function),
            auth_type: Some("NONE".to_owned()),
            ..UrlChange::default()
        }),
        Step::Destination(function) => Request::PutFunctionEventInvokeConfig(EventInvokeChange {
            function: name(*function),
            retries_max: Some(1),
            destinations: Some((None, Some(site().arn("sqs", "dead").to_string()))),
            ..EventInvokeChange::default()
        }),
        Step::Reserve(function, reserved) => {
            Request::PutFunctionConcurrency { function: name(*function), reserved: *reserved }
        }
        Step::Map(function) => Request::CreateEventSourceMapping(Box::new(CreateMapping {
            function: name(*function),
            source: queue(),
            tags: BTreeMap::new(),
            settings: MappingChange::default(),
        })),
        Step::Invoke(function) => Request::Invoke(Invoke::asynchronous(name(*function), "{}")),
        Step::Unmap | Step::End { .. } | Step::Wait(_) => Request::GetAccountSettings,
    }
}

/// What can be seen of functions and mappings, apart from what is under way.
fn seen(lambda: &Lambda, now: Timestamp) -> (Vec<FunctionDescription>, Vec<MappingDescription>) {
    let functions = lambda.functions(now).into_iter().map(|function| FunctionDescription { running: 0, ..function });
    (functions.collect(), lambda.mappings(now))
}

/// The request ids of events that are not over.
fn open_events(lambda: &Lambda) -> BTreeSet<String> {
    lambda.events.values().map(|event| event.request_id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_acknowledged_is_there_after_a_restart(steps in prop::collection::vec(step(), 1..60)) {
        let mut history = History::new();
        for step in &steps {
            history.take(step);
        }
        let mut restored = history.restored();
        let mut sqs = new_sqs();
        prop_assert_eq!(open_events(&history.lambda), open_events(&restored));

        let later = history.now + Duration::from_secs(1);
        history.lambda.poll(later, &mut history.sqs);
        restored.poll(later, &mut sqs);
        let (functions, mappings) = seen(&restored, later);
        let (expected_functions, expected_mappings) = seen(&history.lambda, later);
        prop_assert_eq!(functions, expected_functions);
        prop_assert_eq!(mappings, expected_mappings);
        let deployed = restored.take_rollouts().len();
        prop_assert_eq!(deployed, restored.functions.len());

        // What ran starts anew, and nothing else does.
        restored.tick(history.now);
        let again: BTreeSet<String> =
            restored.take_invocations().into_iter().map(|invocation| invocation.request_id).collect();
        let ran: BTreeSet<String> =
            history.running.iter().filter(|id| open_events(&history.lambda).contains(*id)).cloned().collect();
        prop_assert!(again.is_subset(&ran), "{:?} {:?}", ran, again);
    }
}
