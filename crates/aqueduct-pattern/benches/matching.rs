//! Matches per second, beside `quamina`.
//!
//! The two do different work. This crate takes an event that is read already (`read event`) and asks one pattern, as the
//! embedded cloud does, which reads an event once and keeps it; `event text` adds the reading, with `serde_json`.
//! `quamina` takes the text and flattens only the fields that its patterns mention, and merges all its patterns into
//! one automaton: one pattern against `event text` is the fair comparison, and with many patterns it wins by design.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use aqueduct_pattern::{Dialect, Pattern};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quamina::Quamina;
use serde_json::{Value, json};

/// An event as the shop of this repository puts it on its bus, with more items.
fn event() -> Value {
    let items: Vec<Value> =
        (0..20).map(|index| json!({ "sku": format!("sku-{index}"), "count": index % 3 + 1, "cents": 1990 })).collect();
    json!({
        "version": "0",
        "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38",
        "detail-type": "OrderDispatched",
        "source": "order-fulfilment",
        "account": "123456789012",
        "time": "2026-11-22T12:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": {
            "metadata": { "id": "0193-1", "correlation": "0193-0", "subject": "order-1" },
            "data": {
                "order": "order-1", "customer": "c-7", "status": "dispatched", "total": 301.8, "ip": "10.0.0.17",
                "items": items, "parcel": { "carrier": "dhl", "label": "/labels/2026/11/order-1.pdf", "weight": 1200 },
            },
        },
    })
}

/// Patterns that match the event, by what they ask for.
fn patterns() -> Vec<(&'static str, Value)> {
    let data = |condition: Value| json!({ "source": ["order-fulfilment"], "detail": { "data": condition } });
    vec![
        ("exact", json!({ "source": ["order-fulfilment"], "detail-type": ["OrderDispatched"] })),
        ("nested", data(json!({ "parcel": { "carrier": ["ups", "dhl"] } }))),
        ("numeric", data(json!({ "total": [{ "numeric": [">", 100, "<=", 500] }] }))),
        ("anything-but", data(json!({ "status": [{ "anything-but": ["void", "returned"] }] }))),
        ("wildcard", data(json!({ "parcel": { "label": [{ "wildcard": "/labels/*/*.pdf" }] } }))),
        ("exists", data(json!({ "voucher": [{ "exists": false }] }))),
        ("array", data(json!({ "items": { "sku": ["sku-19"], "count": [2] } }))),
    ]
}

fn one_pattern(criterion: &mut Criterion) {
    let event = event();
    let text = event.to_string();
    for (name, pattern) in patterns() {
        let mut group = criterion.benchmark_group(format!("one pattern/{name}"));
        group.throughput(Throughput::Elements(1));
        let ours = Pattern::parse(Dialect::Bus, &pattern).unwrap();
        let mut theirs = Quamina::<u32>::new();
        theirs.add_pattern(0, &pattern.to_string()).unwrap();
        assert!(ours.matches(&event) && theirs.has_matches(text.as_bytes()).unwrap(), "{name}");
        group.bench_function("read event", |bencher| bencher.iter(|| ours.matches(black_box(&event))));
        group.bench_function("event text", |bencher| {
            bencher.iter(|| ours.matches(&serde_json::from_str(black_box(&text)).unwrap()));
        });
        group.bench_function("event text, quamina", |bencher| {
            bencher.iter(|| theirs.has_matches(black_box(text.as_bytes())).unwrap());
        });
    }
}

/// As many rules as a bus may have by default, of which one matches.
fn many_patterns(criterion: &mut Criterion) {
    let event = event();
    let text = event.to_string();
    let pattern = |index: u32| json!({ "source": ["order-fulfilment"], "detail": { "data": { "customer": [format!("c-{index}")] } } });
    let mut theirs = Quamina::<u32>::new();
    let mut ours = Vec::new();
    for index in 0..300 {
        theirs.add_pattern(index, &pattern(index).to_string()).unwrap();
        ours.push(Pattern::parse(Dialect::Bus, &pattern(index)).unwrap());
    }
    let matching = |event: &Value| ours.iter().filter(|it| it.matches(event)).count();
    assert_eq!((matching(&event), theirs.count_matches(text.as_bytes()).unwrap()), (1, 1));
    let mut group = criterion.benchmark_group("300 patterns");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read event", |bencher| bencher.iter(|| matching(black_box(&event))));
    group.bench_function("event text", |bencher| {
        bencher.iter(|| matching(&serde_json::from_str(black_box(&text)).unwrap()));
    });
    group.bench_function("event text, quamina", |bencher| {
        bencher.iter(|| theirs.count_matches(black_box(text.as_bytes())).unwrap());
    });
}

criterion_group!(benches, one_pattern, many_patterns);
criterion_main!(benches);
