//! Each sample event, fed to the function that it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aqueduct::http::Request;
use aqueduct::idempotency::{Idempotency, MemoryClaims};
use aqueduct::status::{MemoryStatuses, Status, Statuses};
use aqueduct::{Clock, Consumer, Failure, Publisher, Tick};
use jiff::Timestamp;
use ledger_writer::{Ledger, LedgerWriter};
use order_fulfilment::{Fulfilment, Warehouse};
use order_intake::Intake;
use order_notifier::Notifier;
use order_processor::{OrderProcessor, SandboxGateway};
use orders::{LedgerEntry, Line, OrderConfirmed, OrderDeclined, OrderDispatched};
use status_projector::Projector;

/// The orders that the sample events speak of.
pub(crate) const ORDERS: [&str; 3] = [
    "ord_5f0c6c2f9a5d5c0b8e64c1d7a2f93b11",
    "ord_9b1de2a4c7385f60b2d4a6c8e0f21357",
    "ord_0a2b4c6d8e1f53759b0d2f4a6c8e1b3d",
];

/// A row of the table in `events/README.md`.
pub(crate) struct Sample {
    pub(crate) file: String,
    pub(crate) function: String,
    pub(crate) outcome: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

pub(crate) fn samples() -> Vec<Sample> {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains(".json"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, file, function, outcome, _, source, date, _] = cells[..] else {
            panic!("not a row of the table: {row}")
        };
        assert!(source.contains("](https://docs.aws.amazon.com/"), "{file} does not say where its shape comes from");
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{file} does not say when its shape was looked up");
        Sample { file: file.to_owned(), function: function.to_owned(), outcome: outcome.to_owned() }
    })
    .collect()
}

fn files() -> BTreeSet<String> {
    let triggers = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    triggers
        .flat_map(|trigger| fs::read_dir(trigger).unwrap().map(|entry| entry.unwrap().path()))
        .map(|path| path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[derive(Debug)]
struct Plenty;

impl Warehouse for Plenty {
    async fn reserve(&self, _: &str, _: &[Line]) -> Result<(), Failure> {
        Ok(())
    }
}

impl Ledger for Plenty {
    async fn has(&self, _: &str, _: &str) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn append(&self, _: &str, _: &LedgerEntry) -> Result<bool, Failure> {
        Ok(true)
    }
}

async fn statuses() -> Arc<dyn Statuses> {
    let statuses = MemoryStatuses::default();
    for order in ORDERS {
        let status = Status::new(order, "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
        statuses.open(status).await.unwrap();
    }
    Arc::new(statuses)
}

async fn consumer(function: &str) -> Consumer {
    let (publisher, _) = Publisher::memory(function);
    let statuses = statuses().await;
    match function {
        "order-processor" => Consumer::new(OrderProcessor {
            gateway: SandboxGateway::new(Clock::system()),
            once: Idempotency::new(MemoryClaims::default()).to("events", publisher.clone()).to("ledger", publisher),
            statuses,
        }),
        "order-notifier" => {
            let notifier = Arc::new(Notifier { statuses });
            Consumer::new::<OrderConfirmed>(notifier.clone()).on::<OrderDeclined>(notifier)
        }
        "order-fulfilment" => Consumer::new(Fulfilment { warehouse: Plenty, statuses, commerce: publisher }),
        "ledger-writer" => Consumer::new(LedgerWriter { ledger: Plenty }),
        "status-projector" => {
            let sweep = status_projector::sweep(statuses.clone());
            Consumer::new::<OrderDispatched>(Projector { statuses }).on::<Tick>(sweep)
        }
        other => panic!("there is no function {other}"),
    }
}

async fn outcome(function: &str, event: &str) -> String {
    if function == "order-intake" {
        let (orders, _) = Publisher::memory(function);
        let intake = Arc::new(Intake::new(Arc::new(MemoryStatuses::default()), orders, Clock::system()));
        return intake.answer(Request::read(event).unwrap()).await.status_code().to_string();
    }
    match consumer(function).await.handle_event(event, None).await {
        Err(error) => error.to_string(),
        Ok(response) => {
            let failed: Vec<_> = response.failed().collect();
            if failed.is_empty() { "done".to_owned() } else { format!("fails {}", failed.join(", ")) }
        }
    }
}

#[tokio::test]
async fn each_sample_does_what_its_table_says() {
    for sample in samples() {
        let event = fs::read_to_string(folder().join(&sample.file)).unwrap();
        assert_eq!(outcome(&sample.function, &event).await, sample.outcome, "{} at {}", sample.file, sample.function);
    }
}

#[test]
fn the_table_names_each_sample_once() {
    let rows = samples();
    let listed: BTreeSet<_> = rows.iter().map(|sample| sample.file.clone()).collect();
    assert_eq!(listed.len(), rows.len(), "a sample stands twice in events/README.md");
    assert_eq!(listed, files());
}

/// An event of one trigger must never pass for another's: a wrong wiring shows at once.
#[tokio::test]
async fn a_sample_of_another_trigger_is_refused() {
    let event = fs::read_to_string(folder().join("http/shop-page.json")).unwrap();
    let outcome = outcome("ledger-writer", &event).await;
    assert!(outcome.contains("failed"), "{outcome}");
}
