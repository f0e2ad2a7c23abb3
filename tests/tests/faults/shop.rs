//! The order processor in the test, with everything else of the pipeline in the cloud.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aqueduct::aws::{DynamoDbClaims, DynamoDbStatuses, Queue, S3Objects, SqsRedelivery, Topic};
use aqueduct::claim_check::{ClaimCheck, LargeBodies};
use aqueduct::idempotency::Idempotency;
use aqueduct::status::{Status, StatusWatch, Statuses as _};
use aqueduct::{Clock, Consumer, Publisher};
use jiff::{SignedDuration, Timestamp};
use order_processor::OrderProcessor;
use orders::{Card, Cents, Line, PlaceOrder};
use serde_json::Value;

use crate::bank::Bank;
use crate::cloud::Cloud;
use crate::poller::Poller;

pub(crate) struct Shop {
    pub(crate) cloud: Cloud,
    pub(crate) bank: Bank,
    statuses: Arc<DynamoDbStatuses>,
    /// How many seconds the clock of claims goes ahead.
    ahead: Arc<AtomicI64>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml")).unwrap();
        let cloud = Cloud::start(&template).await;
        let statuses = Arc::new(DynamoDbStatuses::new(cloud.dynamodb(), cloud.resource("StatusTable")));
        Self { cloud, bank: Bank::default(), statuses, ahead: Arc::default() }
    }

    /// A consumer as in the function's `main`, in a process of its own as far as claims can tell.
    pub(crate) fn processor(&self) -> Consumer {
        let (cloud, ahead, system) = (&self.cloud, Arc::clone(&self.ahead), Clock::system());
        let ids = system.clone();
        let now = move || system.now() + SignedDuration::from_secs(ahead.load(Ordering::Relaxed));
        let claims = DynamoDbClaims::new(cloud.dynamodb(), cloud.resource("IdempotencyTable"));
        let topic = Topic::new(cloud.sns(), cloud.resource("OrderEventsTopic"));
        let ledger = Queue::new(cloud.sqs(), cloud.resource("LedgerQueue"));
        let processor = OrderProcessor {
            gateway: self.bank.clone(),
            once: Idempotency::new(claims)
                .clock(Clock::new(now, move || ids.id()))
                .to("events", Publisher::new("order-processor", topic))
                .to("ledger", Publisher::new("order-processor", ledger)),
            statuses: self.statuses.clone(),
        };
        let statuses = self.statuses.clone();
        let payloads = ClaimCheck::new(S3Objects::new(cloud.s3())).bucket(cloud.resource("PayloadsBucket")).verified();
        Consumer::new(processor)
            .layer(payloads)
            .redelivery(SqsRedelivery::new(cloud.sqs(), cloud.resource("OrdersDlq")))
            .watch(StatusWatch::new(statuses, orders::delayed(), |_| orders::rejected()))
    }

    pub(crate) fn orders(&self) -> Poller<'_> {
        Poller { cloud: &self.cloud, queue: "OrdersQueue" }
    }

    /// Lets the time of every claim run out that is held now.
    pub(crate) fn let_claims_run_out(&self) {
        self.ahead.fetch_add(3_600, Ordering::Relaxed);
    }

    /// Records an order as received and sends it, as `order-intake` does.
    pub(crate) async fn place(&self, order: &str) {
        self.open_status(order).await;
        self.send(order).await;
    }

    /// Places an order of 300 lines, which is too large to travel in its message.
    pub(crate) async fn place_large(&self, order: &str) {
        self.open_status(order).await;
        self.send_lines(order, 300).await;
    }

    async fn open_status(&self, order: &str) {
        let received = Status::new(order, "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
        self.statuses.open(received).await.unwrap();
    }

    /// Sends an order without recording it: a duplicate.
    pub(crate) async fn send(&self, order: &str) {
        self.send_lines(order, 1).await;
    }

    async fn send_lines(&self, order: &str, lines: usize) {
        let bucket = self.cloud.resource("PayloadsBucket");
        let large = LargeBodies::new(S3Objects::new(self.cloud.s3()), bucket).over(orders::LARGE_ORDER_BYTES);
        let queue = Queue::new(self.cloud.sqs(), self.cloud.resource("OrdersQueue")).large_bodies(large);
        let data = PlaceOrder {
            order: order.to_owned(),
            customer: "ada@example.com".to_owned(),
            items: vec![Line { sku: "carafe-1l".to_owned(), quantity: 1 }; lines],
            card: Card("tok_visa".to_owned()),
            total_cents: Cents(3_400),
        };
        let id = format!("message-of-{order}");
        let clock = Clock::new(|| Timestamp::UNIX_EPOCH, move || id.clone());
        Publisher::new("order-intake", queue).clock(clock).publish(data).await.unwrap();
    }

    /// Deletes what lies in the bucket for payloads.
    pub(crate) async fn lose_payloads(&self) {
        let (client, bucket) = (self.cloud.s3(), self.cloud.resource("PayloadsBucket"));
        let listed = client.list_objects_v2().bucket(bucket).send().await.unwrap();
        assert!(!listed.contents().is_empty(), "there is nothing to lose");
        for object in listed.contents() {
            client.delete_object().bucket(bucket).key(object.key().unwrap()).send().await.unwrap();
        }
    }

    /// The step that an order's customer reads.
    pub(crate) async fn step(&self, order: &str) -> String {
        self.statuses.find(order).await.unwrap().unwrap().step
    }

    /// The keys of all messages in a queue, in their order.
    pub(crate) async fn keys(&self, queue: &str) -> Vec<String> {
        self.cloud.count(queue).await;
        let messages = self.cloud.take(queue).await;
        let key = |body: &str| -> String {
            let body: Value = serde_json::from_str(body).unwrap();
            body["idempotencykey"].as_str().unwrap_or_default().to_owned()
        };
        messages.iter().map(|message| key(message.body().unwrap())).collect()
    }

    /// The money of these orders was taken once each, the ledger has them once each, the warehouse hears of each so many
    /// times, every status says so, and nothing is left behind.
    pub(crate) async fn is_done(&self, orders: &[&str], announced: usize) {
        assert_eq!(self.bank.account().1, orders.len(), "whose money was taken");
        let ledger: Vec<_> =
            orders.iter().flat_map(|order| [format!("{order}/invoice"), format!("{order}/payment")]).collect();
        let mut booked = self.keys("LedgerQueue").await;
        booked.sort();
        assert_eq!(booked, ledger);
        let mut heard = self.keys("FulfilmentQueue").await;
        heard.sort();
        let expected: Vec<_> = orders.iter().flat_map(|order| vec![(*order).to_owned(); announced]).collect();
        assert_eq!(heard, expected, "the same key each time");
        for order in orders {
            assert_eq!(self.step(order).await, "confirmed", "{order}");
        }
        assert_eq!(self.cloud.count("OrdersQueue").await, (0, 0), "nothing is left");
    }
}
