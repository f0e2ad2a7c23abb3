//! A till whose orders come by a queue and whose receipts go out by another, under everything that can go wrong.

use std::sync::LazyLock;

use aqueduct::aws::Environment;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Consumer, Failure, Handler, Message, Payload, Publisher};
use aqueduct_testkit::explore::{Broken, DEAD_LETTERED, Entry, Invariant, Journal, Run, explore, nothing_lost};
use aqueduct_testkit::{Cloud, Template};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    subject: String,
}

#[derive(Serialize, Deserialize, Payload)]
struct Receipt {
    subject: String,
}

/// The function under test: `main` hands the same to `lambda::run`.
fn till(aws: &Environment) -> Result<Consumer, MissingSetting> {
    Ok(Consumer::new(Till(Publisher::new("till", aws.queue("RECEIPTS_QUEUE_URL")?))))
}

struct Till(Publisher);

impl Handler<Order> for Till {
    async fn handle(&self, order: Message<Order>) -> Result<(), Failure> {
        let receipt = Receipt { subject: order.data.subject.clone() };
        self.0.publish(order.followed_by(receipt)).await?;
        Ok(())
    }
}

/// What stands behind the till in this test: a printer that writes into the run's journal.
struct Printer(Journal);

impl Handler<Receipt> for Printer {
    async fn handle(&self, receipt: Message<Receipt>) -> Result<(), Failure> {
        self.0.record(Entry::new("printed", receipt.data.subject));
        Ok(())
    }
}

/// Read once for all runs.
static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::open("examples/till.yaml").unwrap());

fn shop(run: &Run) -> Result<(), Broken> {
    let mut cloud = Cloud::with_faults(&TEMPLATE, run.seed(), run.faults())?;
    cloud.on("Till", till)?;
    let journal = run.journal().clone();
    cloud.on("Printer", move |_| Ok::<_, MissingSetting>(Consumer::new(Printer(journal.clone()))))?;
    for order in ["ord_1", "ord_2"] {
        cloud.send("Orders", &format!(r#"{{"subject":"{order}"}}"#))?;
        run.journal().record(Entry::new("accepted", order));
    }
    let known = Invariant::always("prints_what_was_ordered", |_, journal| {
        let unknown = journal.keys("printed").difference(&journal.keys("accepted")).next().cloned();
        unknown.map_or(Ok(()), |order| Err(format!("{order} was printed, and nobody ordered it")))
    });
    run.drive(&mut cloud, &[nothing_lost("accepted", &["printed", DEAD_LETTERED]), known])
}

#[test]
fn every_order_has_its_receipt() {
    explore(0..200, shop).expect_kept();
}
