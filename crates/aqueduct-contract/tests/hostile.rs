//! Whatever stands in a document, reading it, comparing it and writing it otherwise end without a panic.

#[path = "../../aqueduct-pattern/tests/hostile/shapes.rs"]
mod shapes;

use aqueduct_contract::{Carrier, Contracts, View};
use proptest::prelude::*;
use serde_json::json;

fn document() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(vec!["A", "B", "", "Scheduled Event", "ä/~"]);
    let events = prop::collection::vec((word(), shapes::schema()), 0..3);
    let forms = prop::sample::select(vec!["cloud-events", "event-bridge", "raw"]);
    let kinds = prop::sample::select(vec!["queue", "topic", "bus"]);
    let functions = prop::collection::vec((word(), word(), word(), forms, kinds, any::<bool>()), 0..3);
    (events, functions).prop_map(|(events, functions)| {
        let events: Vec<_> = events.iter().map(|(kind, schema)| json!({ "type": kind, "schema": schema })).collect();
        let functions: Vec<_> = functions
            .iter()
            .map(|(name, sent, read, form, kind, is_known)| {
                let attributes = is_known.then(|| json!([{ "name": "type", "dataType": read, "value": sent }]));
                json!({
                    "name": name,
                    "consumes": [{ "event": read, "from": [kind] }],
                    "publishes": [{ "event": sent, "to": { "kind": kind }, "form": form, "attributes": attributes }],
                })
            })
            .collect();
        json!({ "contracts": 1, "events": events, "functions": functions }).to_string()
    })
}

proptest! {
    #[test]
    fn documents(before in document(), after in document()) {
        let (before, after) = (Contracts::read(&before), Contracts::read(&after));
        for contracts in [&before, &after].into_iter().flatten() {
            prop_assert_eq!(&Contracts::read(&contracts.to_json()).map(|again| again.to_json()), &Ok(contracts.to_json()));
            prop_assert_eq!(contracts.changes(contracts), []);
            contracts.asyncapi("", "", &());
            contracts.schema_files();
            for publishes in contracts.functions.iter().flat_map(|function| &function.publishes) {
                for view in [View::Bus, View::TopicAttributes, View::TopicBody, View::Queue(Carrier::Notification)] {
                    contracts.seen(publishes, view);
                }
            }
        }
        if let (Ok(before), Ok(after)) = (before, after) {
            before.changes(&after);
        }
    }

    #[test]
    fn any_text(text in ".{0,200}") {
        let _ = Contracts::read(&text);
    }
}
