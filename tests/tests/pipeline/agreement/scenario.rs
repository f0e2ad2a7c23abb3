//! The scenario's items as messages.

use std::path::Path;
use std::time::Duration;

use aqueduct_simulate::{Arrivals, FaultKind, Prepared, Process, Scenario};
use serde_json::Value;
use witness::Does;

use super::ends::{Ends, Fate};

/// The deliveries of the FIFO queue: the second step fails for good, and the last ones wait for its end.
pub(crate) const ORDERED: [(&str, u32); 8] = [
    ("steps 1", 1),
    ("steps 2", 1),
    ("shaky steps 1", 1),
    ("shaky steps 1", 2),
    ("poison steps 1", 1),
    ("poison steps 1", 2),
    ("last steps 1", 1),
    ("last steps 2", 1),
];

/// Something that arrives.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The name of its arrivals, and its number among them.
    pub(crate) subject: String,
    pub(crate) arrivals: String,
    pub(crate) to: String,
    pub(crate) does: Does,
    /// The scenario's sample of it.
    pub(crate) sample: Value,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("agreement")
}

pub(crate) fn prepared() -> Prepared {
    Prepared::read(&folder().join("scenario.toml")).unwrap()
}

/// What arrives, in order.
pub(crate) fn items(prepared: &Prepared) -> Vec<Item> {
    let scenario = &prepared.scenario;
    let mut arrivals: Vec<(Duration, u64, &Arrivals)> = scenario.arrivals.iter().map(at_once).collect();
    arrivals.sort_by_key(|(at, ..)| *at);
    arrivals
        .into_iter()
        .flat_map(|(at, items, arrivals)| (1..=items).map(move |number| item(scenario, arrivals, at, number)))
        .collect()
}

fn at_once(arrivals: &Arrivals) -> (Duration, u64, &Arrivals) {
    let Process::Burst { at, items } = arrivals.process else { panic!("{} do not arrive at once", arrivals.name) };
    (at, items, arrivals)
}

fn item(scenario: &Scenario, arrivals: &Arrivals, at: Duration, number: u64) -> Item {
    let file = folder().join(arrivals.sample.as_deref().unwrap());
    let fault = scenario.faults.iter().find(|fault| fault.from <= at && at < fault.until);
    let does = match fault.map(|fault| &fault.kind) {
        None => Does::Succeed,
        Some(FaultKind::Outage { .. }) => Does::FailOnce,
        Some(FaultKind::Poison { .. }) => Does::Fail,
        Some(other) => panic!("no message does {other:?}"),
    };
    Item {
        subject: format!("{} {number}", arrivals.name),
        arrivals: arrivals.name.clone(),
        to: arrivals.to.clone(),
        does,
        sample: serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap(),
    }
}

impl Item {
    /// Checks that the item ended as one reads out of the template.
    pub(crate) fn assert_ended(&self, ends: &Ends) {
        let read = |queue: &str, receives_max: u32| {
            let receives = match self.does {
                Does::Succeed => 1,
                Does::FailOnce => 2,
                Does::Fail => receives_max,
            };
            let mut fate = Fate::default();
            fate.received.insert(queue.to_owned(), (1..=receives).collect());
            if self.does == Does::Fail {
                // Looking at it is a receive more.
                fate.lies_in.insert(format!("{queue}Dead"), receives_max + 1);
            }
            fate
        };
        let kept = |mut fate: Fate| {
            fate.lies_in.insert("Audit".to_owned(), 1);
            fate
        };
        let expected = match (self.to.as_str(), self.arrivals.as_str()) {
            (_, "noise") => Fate::default(),
            (_, "gossip" | "questions") => kept(Fate::default()),
            ("Work", _) => read("Work", 2),
            ("Announcements", _) => kept(read("Announced", 3)),
            ("Bus", _) => read("Placed", 2),
            ("Ordered", _) => read("Ordered", 2),
            (to, _) => panic!("nothing enters by {to}"),
        };
        assert_eq!(ends.of(&self.subject), expected, "{}", self.subject);
    }
}
