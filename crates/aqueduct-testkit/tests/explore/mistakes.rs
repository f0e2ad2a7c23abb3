//! Well-known mistakes, each found, and what is right in its place.

use aqueduct::aws::Environment;
use aqueduct::aws::dynamodb::operation::put_item::PutItemError;
use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::idempotency::Idempotency;
use aqueduct::{Consumer, Failure, Handler, Message, Payload, Publisher};
use aqueduct_testkit::explore::{
    DEAD_LETTERED, Invariant, effects_once, nothing_lost, order_per_group, status_never_goes_back,
};
use aqueduct_testkit::fault::{Kind, Mix};
use aqueduct_testkit::{Cloud, Function};
use lambda_runtime::{Error, LambdaEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::worker::{Make, Queue, Record, SOUND, Shop, Till, records};

/// A handler by hand: what is done with each record, one after the other; one that fails fails the invocation.
fn each<F>(handle: impl Fn(Record) -> F + Clone + 'static) -> Function
where
    F: Future<Output = Result<(), Error>> + 'static,
{
    Function::event(move |event: LambdaEvent<Value>| {
        let handle = handle.clone();
        async move {
            for record in records(&event.payload) {
                handle(record).await?;
            }
            Ok::<_, Error>(Value::Null)
        }
    })
}

fn charged() -> Vec<Invariant<Cloud>> {
    vec![nothing_lost("accepted", &["charged", DEAD_LETTERED]), effects_once("charged")]
}

fn told() -> Vec<Invariant<Cloud>> {
    vec![nothing_lost("accepted", &["told", DEAD_LETTERED])]
}

fn shop(worker: Make, invariants: fn() -> Vec<Invariant<Cloud>>) -> Shop {
    Shop { template: SOUND.template(), worker, invariants, visibility: None }
}

fn acknowledges_first(aws: &Environment, till: Till) -> Function {
    let (sqs, queue) = (aws.sqs(), aws.setting("ORDERS").unwrap());
    each(move |record| {
        let (till, delete) = (till.clone(), sqs.delete_message().queue_url(&queue).receipt_handle(record.receipt));
        async move {
            delete.send().await?;
            till.charge_once(&record.order).await;
            Ok(())
        }
    })
}

fn charges_every_time(_: &Environment, till: Till) -> Function {
    each(move |record| {
        let till = till.clone();
        async move {
            till.charge(&record.order).await;
            Ok(())
        }
    })
}

fn charges_once(_: &Environment, till: Till) -> Function {
    each(move |record| {
        let till = till.clone();
        async move {
            till.charge_once(&record.order).await;
            Ok(())
        }
    })
}

#[test]
fn acknowledging_before_the_effect_loses_it() {
    shop(acknowledges_first, charged).breaks("nothing_lost", Mix::default());
}

#[test]
fn an_effect_without_idempotency_happens_twice() {
    shop(charges_every_time, charged).breaks("effects_once", Mix::default());
}

#[test]
fn an_idempotent_effect_before_acknowledging_is_neither_lost_nor_doubled() {
    shop(charges_once, charged).keeps(Mix::default());
}

/// Looks whether the order was charged, tells somebody, then charges: right as long as nobody else is at it.
fn looks_first(aws: &Environment, till: Till) -> Function {
    let (sqs, out) = (aws.sqs(), aws.setting("OUT").unwrap());
    each(move |record| {
        let (till, news) = (till.clone(), sqs.send_message().queue_url(&out).message_body("{}"));
        async move {
            if !till.has(&record.order) {
                news.send().await?;
                till.charge(&record.order).await;
            }
            Ok(())
        }
    })
}

#[test]
fn a_visibility_timeout_shorter_than_the_work_lets_two_work_at_once() {
    let slow = || Mix::none().with(Kind::Latency, 0.3);
    let short = Shop { visibility: Some("5"), ..shop(looks_first, charged) };
    short.breaks("effects_once", slow());
    shop(looks_first, charged).keeps(slow());
}

/// Sends orders on; `partial` says which failed.
fn sends_on(aws: &Environment, partial: bool) -> Function {
    let (sqs, out) = (aws.sqs(), aws.setting("OUT").unwrap());
    Function::event(move |event: LambdaEvent<Value>| {
        let (sqs, out) = (sqs.clone(), out.clone());
        async move {
            let mut failed = Vec::new();
            for record in records(&event.payload) {
                let body = json!({ "subject": record.order }).to_string();
                if sqs.send_message().queue_url(&out).message_body(body).send().await.is_err() {
                    failed.push(json!({ "itemIdentifier": record.id }));
                }
            }
            Ok::<_, Error>(if partial { json!({ "batchItemFailures": failed }) } else { Value::Null })
        }
    })
}

#[test]
fn a_batch_that_succeeds_although_a_record_failed_loses_the_record() {
    let silent = shop(|aws, _| sends_on(aws, false), told);
    silent.breaks("nothing_lost", Mix::default());
    shop(|aws, _| sends_on(aws, true), told).keeps(Mix::default());
}

/// Claims an order, then tells of it; an order that is claimed is taken for told.
fn claims_then_tells(aws: &Environment, _: Till) -> Function {
    let (dynamodb, table) = (aws.dynamodb(), aws.setting("TABLE").unwrap());
    let (sqs, out) = (aws.sqs(), aws.setting("OUT").unwrap());
    each(move |record| {
        let claim = dynamodb.put_item().table_name(&table).item("id", AttributeValue::S(record.order.clone()));
        let claim = claim.condition_expression("attribute_not_exists(id)");
        let body = json!({ "subject": record.order }).to_string();
        let tell = sqs.send_message().queue_url(&out).message_body(body);
        async move {
            match claim.send().await {
                Ok(_) => tell.send().await.map(drop).map_err(Error::from),
                Err(error)
                    if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) =>
                {
                    Ok(())
                }
                Err(error) => Err(error.into()),
            }
        }
    })
}

#[derive(Serialize, Deserialize, Payload)]
#[payload(subject = subject)]
struct Order {
    subject: String,
}

/// The same with messages that are kept with the claim's result.
struct Keeps {
    once: Idempotency,
    till: Till,
}

impl Handler<Order> for Keeps {
    async fn handle(&self, message: Message<Order>) -> Result<(), Failure> {
        let order = message.data.subject.clone();
        let effect = self.once.key(order.clone()).run(async |effect| {
            self.till.charge_once(&order).await;
            effect.publish("out", message.followed_by(Order { subject: order.clone() }))
        });
        effect.await
    }
}

fn keeps_then_tells(aws: &Environment, till: Till) -> Function {
    let out = Publisher::new("worker", aws.queue("OUT").unwrap()).sends::<Order>();
    let once = Idempotency::new(aws.claims("TABLE").unwrap()).to("out", out);
    Consumer::new(Keeps { once, till }).into()
}

#[test]
fn publishing_outside_of_what_the_claim_keeps_loses_messages() {
    shop(claims_then_tells, told).breaks("nothing_lost", Mix::default());
}

#[test]
fn messages_that_are_kept_with_the_claim_go_out() {
    shop(keeps_then_tells, || told().into_iter().chain(charged()).collect()).keeps(Mix::default());
}

/// Posts entries of a group; after a failure it goes on with the next or, rightly, with none.
fn posts(aws: &Environment, till: Till, goes_on: bool) -> Function {
    let (dynamodb, table) = (aws.dynamodb(), aws.setting("TABLE").unwrap());
    Function::event(move |event: LambdaEvent<Value>| {
        let (dynamodb, table, till) = (dynamodb.clone(), table.clone(), till.clone());
        async move {
            let mut failed: Vec<Value> = Vec::new();
            for record in records(&event.payload) {
                let put = dynamodb.put_item().table_name(&table).item("id", AttributeValue::S(record.order.clone()));
                let is_late = !goes_on && !failed.is_empty();
                if is_late || put.send().await.is_err() {
                    failed.push(json!({ "itemIdentifier": record.id }));
                } else {
                    till.post(&record);
                }
            }
            Ok::<_, Error>(json!({ "batchItemFailures": failed }))
        }
    })
}

#[test]
fn going_on_in_a_group_after_a_failure_breaks_its_order() {
    let invariants = || vec![order_per_group("posted"), nothing_lost("accepted", &["posted", DEAD_LETTERED])];
    let at = |worker: Make| Shop { template: Queue { fifo: true }.template(), ..shop(worker, invariants) };
    at(|aws, till| posts(aws, till, true)).breaks("order_per_group", Mix::default());
    at(|aws, till| posts(aws, till, false)).keeps(Mix::default());
}

/// Writes the place of each message as the rank of one status; `ranked` only if it is greater.
fn writes_status(aws: &Environment, ranked: bool) -> Function {
    let (dynamodb, table) = (aws.dynamodb(), aws.setting("TABLE").unwrap());
    each(move |record| {
        let rank = AttributeValue::N(record.place.to_string());
        let put = dynamodb.put_item().table_name(&table).item("id", AttributeValue::S("ord".to_owned()));
        let mut put = put.item("rank", rank.clone());
        if ranked {
            put = put.condition_expression("attribute_not_exists(id) OR #rank < :rank");
            put = put.expression_attribute_names("#rank", "rank").expression_attribute_values(":rank", rank);
        }
        async move {
            match put.send().await {
                Err(error)
                    if !error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) =>
                {
                    Err(error.into())
                }
                _ => Ok(()),
            }
        }
    })
}

#[test]
fn a_status_that_is_written_without_a_rank_goes_back() {
    let invariants = || vec![status_never_goes_back("status")];
    shop(|aws, _| writes_status(aws, false), invariants).breaks("status_never_goes_back", Mix::default());
    shop(|aws, _| writes_status(aws, true), invariants).keeps(Mix::default());
}
