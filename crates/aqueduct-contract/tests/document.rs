//! Documents of contracts.

use aqueduct_contract::{
    Backoff, BatchResponse, ChannelKind, Consumes, ContractError, Contracts, Destination, EventContract, Form,
    FunctionContract, Idempotency, Jitter, Names, Ordering, Publishes, Retries, SIZE_MAX, Source,
};

const WHOLE: &str = r#"{
  "contracts": 1,
  "events": [
    { "type": "OrderConfirmed", "version": "2", "schema": { "type": "object" } },
    { "type": "PlaceOrder" }
  ],
  "functions": [{
    "name": "order-processor",
    "consumes": [{ "event": "PlaceOrder", "from": ["queue"] }],
    "publishes": [{
      "event": "OrderConfirmed",
      "version": "2",
      "to": { "kind": "topic", "environment": "ORDER_EVENTS_TOPIC_ARN" },
      "form": "cloud-events",
      "source": "order-processor",
      "attributes": [{ "name": "type", "value": "OrderConfirmed" }],
      "group": true,
      "deduplication": true
    }],
    "ordering": "group",
    "idempotency": { "remembersSeconds": 2592000 },
    "batchResponse": "partial-in-order",
    "retries": {
      "attempts": 9,
      "patienceSeconds": 255,
      "backoff": { "firstMillis": 2000, "factor": 2.0, "longestMillis": 900000, "jitter": "half" }
    },
    "outageToleranceSeconds": 3600,
    "p99Millis": 900,
    "latencySecondsMax": 60,
    "oneAtATime": true,
    "payloadBytesMax": 65536
  }]
}"#;

#[test]
fn everything_is_read_and_written() {
    let contracts = Contracts::read(WHOLE).unwrap();
    let [function] = &contracts.functions[..] else { panic!("{contracts:?}") };
    assert_eq!(function.consumes[0].from, [Source::Queue]);
    assert_eq!(function.publishes[0].to.to_string(), "the topic of ORDER_EVENTS_TOPIC_ARN");
    assert_eq!(function.publishes[0].attributes.as_ref().unwrap()[0].data_type, "String");
    assert_eq!(function.ordering, Ordering::Group);
    assert_eq!(function.idempotency, Some(Idempotency { remembers_seconds: Some(2_592_000) }));
    let backoff = Backoff { first_millis: 2_000, factor: 2.0, longest_millis: 900_000, jitter: Jitter::Half };
    assert_eq!(function.retries, Some(Retries::new(Some(9), Some(backoff))));
    assert_eq!((function.latency_seconds_max, function.one_at_a_time), (Some(60), true));
    assert!(function.batch_response.is_some_and(BatchResponse::is_partial));
    assert_eq!(contracts.event("PlaceOrder", "1").unwrap().schema, true);
    assert_eq!(Contracts::read(&contracts.to_json()), Ok(contracts));
}

#[test]
fn the_order_of_declaring_does_not_show() {
    let consumes = |event: &str| Consumes {
        event: event.to_owned(),
        version: "1".to_owned(),
        from: Vec::new(),
        layouts: Vec::new(),
    };
    let [mut one, mut other] = [Contracts::default(), Contracts::default()];
    one.events = vec![EventContract::new("A"), EventContract::new("B")];
    other.events = vec![EventContract::new("B"), EventContract::new("A")];
    one.functions =
        vec![FunctionContract { consumes: vec![consumes("A"), consumes("B")], ..FunctionContract::new("f") }];
    other.functions =
        vec![FunctionContract { consumes: vec![consumes("B"), consumes("A")], ..FunctionContract::new("f") }];
    assert_eq!(one.to_json(), other.to_json());
}

#[test]
fn a_contract_is_found_by_each_name() {
    let contracts = Contracts::read(WHOLE).unwrap();
    let of_binary = Names { binary: Some("order-processor"), ..Names::of("OrderProcessor") };
    for names in [Names::of("order-processor"), of_binary] {
        assert!(contracts.function(names).is_some(), "{names:?}");
    }
    assert!(contracts.function(Names::of("OrderProcessor")).is_none());
}

#[test]
fn what_is_wrong_is_named() {
    for (text, said) in [
        ("", "EOF"),
        ("[]", "expected"),
        (r#"{"events": []}"#, "have no version"),
        (r#"{"contracts": 2, "later": {}}"#, "have the version 2"),
        (r#"{"contracts": 1, "evnets": []}"#, "unknown field `evnets`"),
        (r#"{"contracts": 1, "functions": [{"name": "f", "idempotent": true}]}"#, "unknown field `idempotent`"),
        (
            r#"{"contracts": 1, "functions": [{"name": "f", "consumes": [{"event": "E"}]}]}"#,
            "version 1 of E, which is not",
        ),
        (r#"{"contracts": 1, "functions": [{"name": "f"}, {"name": "f"}]}"#, "the function f is declared twice"),
        (r#"{"contracts": 1, "events": [{"type": "E"}, {"type": "E"}]}"#, "event E is declared twice"),
        (r#"{"contracts": 1, "events": [{"type": "E", "schema": 3}]}"#, "schema of the event E is neither"),
    ] {
        let error = Contracts::read(text).expect_err(text);
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
    let long = format!("{}{}", " ".repeat(SIZE_MAX), WHOLE);
    assert_eq!(Contracts::read(&long), Err(ContractError::TooLarge { bytes: long.len() }));
    let deep = format!(r#"{{"contracts": 1, "events": [{{"type": "E", "schema": {}"#, r#"{"not":"#.repeat(200_000));
    assert!(matches!(Contracts::read(&deep), Err(ContractError::Malformed(_))));
}

#[test]
fn contracts_join_where_they_agree() {
    let mut contracts = Contracts::read(WHOLE).unwrap();
    let event = contracts.events[1].clone();
    let other = FunctionContract {
        publishes: vec![Publishes {
            event: event.kind.clone(),
            version: event.version.clone(),
            to: Destination { kind: ChannelKind::Queue, environment: None, name: Some("orders".to_owned()) },
            form: Form::CloudEvents,
            source: None,
            attributes: None,
            group: None,
            deduplication: None,
            delay_seconds_max: None,
        }],
        ..FunctionContract::new("order-intake")
    };
    contracts.join(Contracts { events: vec![event.clone()], functions: vec![other.clone()] }).unwrap();
    assert_eq!((contracts.events.len(), contracts.functions.len()), (2, 2));

    let again = contracts.clone().join(Contracts { events: Vec::new(), functions: vec![other] });
    assert!(again.is_err_and(|error| error.to_string().contains("order-intake is declared twice")));
    let changed = EventContract { schema: false.into(), ..event };
    let two = contracts.join(Contracts { events: vec![changed], functions: Vec::new() });
    assert!(two.is_err_and(|error| error.to_string().contains("PlaceOrder is declared with two schemas")));
}
