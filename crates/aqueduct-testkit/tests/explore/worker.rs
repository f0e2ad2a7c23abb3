//! A worker at a queue, in a world that a mistake is planted in.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct_testkit::explore::{Broken, Entry, Explore, Invariant, Journal, Run};
use aqueduct_testkit::fault::Mix;
use aqueduct_testkit::{Cloud, Function, Template, sqs};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

/// The settings of the worker's queue that mistakes are made in.
pub(crate) struct Queue {
    pub(crate) fifo: bool,
}

/// A queue as it is meant to be.
pub(crate) const SOUND: Queue = Queue { fifo: false };

impl Queue {
    /// `Worker` takes orders from `Orders`, may send to `Out`, where `Sink` takes everything, and has a `Table`.
    pub(crate) fn template(&self) -> Template {
        let fifo = if self.fifo { "FifoQueue: true," } else { "" };
        let text = format!(
            "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Runtime: provided.al2023, Handler: bootstrap, CodeUri: ., Timeout: 30}}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      {{{fifo} VisibilityTimeout: 180, RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 6}}}}
  Dead: {{Type: AWS::SQS::Queue, Properties: {{{fifo} VisibilityTimeout: 30}}}}
  Out: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 180}}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {{Variables: {{ORDERS: !Ref Orders, OUT: !Ref Out, TABLE: !Ref Table}}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Orders.Arn
      FunctionName: !Ref Worker
      FunctionResponseTypes: [ReportBatchItemFailures]
  Sink:
    Type: AWS::Serverless::Function
    Properties:
      Events: {{Out: {{Type: SQS, Properties: {{Queue: !GetAtt Out.Arn}}}}}}
"
        );
        Template::parse(&text).unwrap()
    }
}

/// A record of an event, as far as handlers by hand look at it.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) order: String,
    pub(crate) place: i64,
}

/// The records of an event.
pub(crate) fn records(event: &Value) -> Vec<Record> {
    let records = event["Records"].as_array().into_iter().flatten();
    let read = |record: &Value| {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_str(&text("body")).unwrap_or_default();
        Record {
            id: text("messageId"),
            receipt: text("receiptHandle"),
            order: body["subject"].as_str().unwrap_or_default().to_owned(),
            place: body["place"].as_i64().unwrap_or_default(),
        }
    };
    records.map(read).collect()
}

/// Who takes the money.
#[derive(Clone)]
pub(crate) struct Till {
    journal: Journal,
    known: Arc<Mutex<BTreeSet<String>>>,
}

impl Till {
    /// Charges an order, whether or not it was charged before.
    pub(crate) async fn charge(&self, order: &str) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.known.lock().unwrap().insert(order.to_owned());
        self.journal.record(Entry::new("charged", order));
    }

    /// Charges an order, unless it was charged before.
    pub(crate) async fn charge_once(&self, order: &str) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if self.known.lock().unwrap().insert(order.to_owned()) {
            self.journal.record(Entry::new("charged", order));
        }
    }

    /// Posts an entry of a group.
    pub(crate) fn post(&self, record: &Record) {
        self.journal.record(Entry::new("posted", &record.order).in_group("ada", record.place));
    }

    /// Whether an order was charged.
    pub(crate) fn has(&self, order: &str) -> bool {
        self.known.lock().unwrap().contains(order)
    }
}

/// How many schedules a sound worker is held against.
const KEPT: u64 = 1_000;

/// Faults for what is under test alone.
fn spare(mix: Mix) -> Mix {
    mix.sparing("Sink").sparing("Out").sparing("SQS.SetQueueAttributes")
}

/// What a worker is made of.
pub(crate) type Make = fn(&Environment, Till) -> Function;

/// A world with three orders.
pub(crate) struct Shop {
    pub(crate) template: Template,
    pub(crate) worker: Make,
    pub(crate) invariants: fn() -> Vec<Invariant<Cloud>>,
    /// What somebody sets the visibility timeout of `Orders` to when everything is deployed.
    pub(crate) visibility: Option<&'static str>,
}

impl Shop {
    /// One run.
    pub(crate) fn run(&self, run: &Run) -> Result<(), Broken> {
        let mut cloud = Cloud::with_faults(&self.template, run.seed(), run.faults()).unwrap();
        let till = Till { journal: run.journal().clone(), known: Arc::default() };
        let worker = self.worker;
        cloud.on("Worker", move |aws| Ok::<_, Infallible>(worker(aws, till.clone()))).unwrap();
        let journal = run.journal().clone();
        let sink = move |event: lambda_runtime::LambdaEvent<Value>| {
            for record in records(&event.payload) {
                journal.record(Entry::new("told", record.order));
            }
            std::future::ready(Ok::<_, lambda_runtime::Error>(()))
        };
        cloud.on("Sink", move |_| Ok::<_, Infallible>(Function::event(sink.clone()))).unwrap();
        let journal = run.journal().clone();
        let status = move |item: &Value| {
            let rank = item["rank"]["N"].as_str().and_then(|rank| rank.parse().ok());
            if let (Some(id), Some(rank)) = (item["id"]["S"].as_str(), rank) {
                journal.record(Entry::new("status", id).rank(rank));
            }
        };
        cloud.on_item("Table", status).unwrap();
        if let Some(seconds) = self.visibility {
            let set = cloud.environment().sqs().set_queue_attributes().queue_url(cloud.queue_url("Orders"));
            let set = set.attributes(QueueAttributeName::VisibilityTimeout, seconds);
            cloud.run(set.send()).unwrap();
        }
        for nth in 0..3 {
            order(&cloud, run.journal(), nth);
        }
        run.drive(&mut cloud, &(self.invariants)())
    }

    /// An invariant breaks within a thousand schedules, by few faults.
    pub(crate) fn breaks(&self, invariant: &str, mix: Mix) {
        let explored = Explore::new(0..1_000).mix(spare(mix)).run(|run| self.run(run));
        let failed = explored.expect_broken();
        assert_eq!(failed.broken.invariant, invariant, "{failed}");
        assert!((1..=3).contains(&failed.least.len()), "{failed}");
    }

    /// No invariant breaks.
    pub(crate) fn keeps(&self, mix: Mix) {
        Explore::new(0..KEPT).mix(spare(mix)).run(|run| self.run(run)).expect_kept();
    }
}

fn order(cloud: &Cloud, journal: &Journal, nth: i64) {
    let fifo = cloud.queue_url("Orders").ends_with(".fifo");
    cloud
        .send_message(sqs::SendMessage {
            queue_url: cloud.queue_url("Orders"),
            message_body: format!(r#"{{"subject":"ord_{nth}","place":{nth}}}"#),
            message_group_id: fifo.then(|| "ada".to_owned()),
            message_deduplication_id: fifo.then(|| nth.to_string()),
            ..sqs::SendMessage::default()
        })
        .unwrap();
    journal.record(Entry::new("accepted", format!("ord_{nth}")));
}
