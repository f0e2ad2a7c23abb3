//! Fulfilment in trouble: what is taken out of stock, and how often the dispatch is announced.

use std::collections::HashMap;
use std::sync::Arc;

use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::aws::{Bus, DynamoDbStatuses, Queue};
use aqueduct::status::{Status, Statuses as _};
use aqueduct::{Consumer, Publisher};
use futures_util::future::{Either, select};
use jiff::Timestamp;
use order_fulfilment::{DynamoDbWarehouse, Fulfilment};
use orders::{Cents, Line, OrderConfirmed, product};
use tokio::sync::Notify;

use crate::cloud::Cloud;
use crate::network::Fault;
use crate::poller::Poller;

const SKU: &str = "carafe-1l";

struct Warehouse {
    cloud: Cloud,
    statuses: Arc<DynamoDbStatuses>,
}

impl Warehouse {
    /// One order of two carafes has been confirmed, and somebody listens to dispatches.
    async fn open() -> Self {
        let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml")).unwrap();
        let cloud = Cloud::start(&template).await;
        let statuses = Arc::new(DynamoDbStatuses::new(cloud.dynamodb(), cloud.resource("StatusTable")));
        let received = Status::new("ord_1", "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
        statuses.open(received).await.unwrap();
        let confirmed = OrderConfirmed {
            order: "ord_1".to_owned(),
            customer: "ada@example.com".to_owned(),
            items: vec![Line { sku: SKU.to_owned(), quantity: 2 }],
            total_cents: Cents(6_800),
            receipt: "rcpt_1".to_owned(),
        };
        let queue = Queue::new(cloud.sqs(), cloud.resource("FulfilmentQueue"));
        Publisher::new("test", queue).publish(confirmed).await.unwrap();
        Self { cloud, statuses }
    }

    /// A consumer as in the function's `main`, without its dead-letter queue.
    fn fulfilment(&self) -> Consumer {
        Consumer::new(Fulfilment {
            warehouse: DynamoDbWarehouse::new(self.cloud.dynamodb(), self.cloud.resource("StockTable")),
            statuses: self.statuses.clone(),
            commerce: Publisher::new(
                "order-fulfilment",
                Bus::new(self.cloud.eventbridge(), self.cloud.resource("CommerceBus")),
            ),
        })
    }

    fn orders(&self) -> Poller<'_> {
        Poller { cloud: &self.cloud, queue: "FulfilmentQueue" }
    }

    /// How many carafes were taken out of stock.
    async fn taken(&self) -> u32 {
        let get = self.cloud.dynamodb().get_item().table_name(self.cloud.resource("StockTable"));
        let item: Option<HashMap<_, _>> =
            get.key("id", AttributeValue::S(format!("stock/{SKU}"))).send().await.unwrap().item;
        let first = product(SKU).unwrap().stock;
        item.map_or(0, |item| first - item["remaining"].as_n().unwrap().parse::<u32>().unwrap())
    }

    /// How many dispatches were announced.
    fn announced(&self) -> usize {
        self.cloud.network.passed("PutEvents")
    }

    async fn is_done(&self, announced: usize) {
        assert_eq!((self.taken().await, self.announced()), (2, announced));
        assert_eq!(self.statuses.find("ord_1").await.unwrap().unwrap().step, "reserved");
        assert_eq!(self.cloud.count("FulfilmentQueue").await, (0, 0), "nothing is left");
    }
}

#[tokio::test]
async fn a_duplicate_takes_nothing_out_of_stock_and_announces_again() {
    let warehouse = Warehouse::open().await;
    let orders = warehouse.orders();
    let first = orders.receive().await;
    // It did everything, and died before it could say so.
    warehouse.fulfilment().handle_event(&orders.event(&first), None).await.unwrap();
    orders.pass(&first).await;
    assert_eq!(orders.turn(&warehouse.fulfilment()).await, 0);
    warehouse.is_done(2).await;
    warehouse.cloud.end().await;
}

#[tokio::test]
async fn a_reservation_whose_answer_is_lost_is_made_once() {
    let warehouse = Warehouse::open().await;
    warehouse.cloud.network.next("TransactWriteItems", 1, &Fault::LoseAnswer);
    assert_eq!(warehouse.orders().turn(&warehouse.fulfilment()).await, 0);
    warehouse.is_done(1).await;
    warehouse.cloud.end().await;
}

#[tokio::test]
async fn a_crash_between_the_reservation_and_its_announcement_is_mended_by_the_next_delivery() {
    let warehouse = Warehouse::open().await;
    let (orders, reached) = (warehouse.orders(), Arc::new(Notify::new()));
    warehouse.cloud.network.next("PutEvents", 1, &Fault::Hang(Arc::clone(&reached)));
    let (first, consumer) = (orders.receive().await, warehouse.fulfilment());
    {
        let delivery = Box::pin(orders.deliver(&consumer, &first, None));
        let crash = Box::pin(reached.notified());
        assert!(matches!(select(delivery, crash).await, Either::Right(_)), "it was done before it could crash");
    }
    assert_eq!((warehouse.taken().await, warehouse.announced()), (2, 0));
    orders.pass(&first).await;
    assert_eq!(orders.turn(&warehouse.fulfilment()).await, 0);
    warehouse.is_done(1).await;
    warehouse.cloud.end().await;
}

#[tokio::test]
async fn throttled_books_keep_the_goods_and_the_announcement_back() {
    let warehouse = Warehouse::open().await;
    warehouse.cloud.network.next("TransactWriteItems", 3, &Fault::Throttle);
    let orders = warehouse.orders();
    let batch = orders.receive().await;
    assert_eq!(orders.deliver(&warehouse.fulfilment(), &batch, None).await, 1);
    assert_eq!((warehouse.taken().await, warehouse.announced()), (0, 0));
    orders.pass(&batch).await;
    assert_eq!(orders.turn(&warehouse.fulfilment()).await, 0);
    warehouse.is_done(1).await;
    warehouse.cloud.end().await;
}
