//! Sending the items, and finding out what became of them, by what every cloud answers: the API of SQS.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct::aws::SdkConfig;
use aqueduct::aws::eventbridge::types::PutEventsRequestEntry;
use aqueduct::aws::sns::types::MessageAttributeValue;
use aqueduct::aws::sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use aqueduct::aws::{eventbridge, sns, sqs};
use aqueduct_message::{Delivery, Envelope, Trigger};
use aqueduct_topology::Topology;
use serde_json::{Value, json};
use witness::{Seen, Task};

use super::ends::Ends;
use super::scenario::Item;
use crate::support::{Stack, eventually, resources};

/// The queues that the function reads, and those in which messages end.
const READ: [&str; 4] = ["Work", "Announced", "Placed", "Ordered"];
const LAST: [&str; 5] = ["WorkDead", "AnnouncedDead", "PlacedDead", "OrderedDead", "Audit"];

/// Longer than looking takes, so that no message is found twice.
const HIDDEN_SECONDS: i32 = 600;

/// Several times what the longest message takes.
const LONG_ENOUGH: Duration = Duration::from_mins(1);

/// The template, wherever it runs.
pub(crate) struct World {
    sqs: sqs::Client,
    sns: sns::Client,
    bus: eventbridge::Client,
    /// Physical ids by logical ids, as `Ref` answers them.
    resources: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn new(config: &SdkConfig, topology: &Topology) -> Self {
        Self::of(config, resources(topology))
    }

    pub(crate) async fn elsewhere(stack: &Stack) -> Self {
        Self::of(&stack.config().await, stack.resources().clone())
    }

    fn of(config: &SdkConfig, resources: BTreeMap<String, String>) -> Self {
        let (sqs, sns) = (sqs::Client::new(config), sns::Client::new(config));
        Self { sqs, sns, bus: eventbridge::Client::new(config), resources }
    }

    /// Sends all items, one after the other.
    pub(crate) async fn send(&self, items: &[Item]) {
        for item in items {
            match item.to.as_str() {
                "Announcements" => self.publish(item).await,
                "Bus" => self.put(item).await,
                queue => self.send_to(queue, item).await,
            }
        }
    }

    async fn send_to(&self, queue: &str, item: &Item) {
        let request = self.sqs.send_message().queue_url(&self.resources[queue]).message_body(body(&item.sample, item));
        let request = match queue {
            "Ordered" => {
                let id = aqueduct::Clock::system().id();
                request.message_group_id("group").message_deduplication_id(id)
            }
            _ => request,
        };
        request.send().await.unwrap();
    }

    async fn publish(&self, item: &Item) {
        let sample = &item.sample["Records"][0]["Sns"];
        let message: Value = serde_json::from_str(sample["Message"].as_str().unwrap()).unwrap();
        let mut request = self.sns.publish().topic_arn(&self.resources["Announcements"]).message(body(&message, item));
        for (name, attribute) in sample["MessageAttributes"].as_object().unwrap() {
            let (kind, value) = (attribute["Type"].as_str().unwrap(), attribute["Value"].as_str().unwrap());
            let attribute = MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap();
            request = request.message_attributes(name, attribute);
        }
        request.send().await.unwrap();
    }

    async fn put(&self, item: &Item) {
        let (sample, text) = (&item.sample, |value: &Value| value.as_str().unwrap().to_owned());
        let mut detail = sample["detail"].clone();
        detail["metadata"]["id"] = json!(aqueduct::Clock::system().id());
        detail["metadata"]["subject"] = json!(item.subject);
        detail["data"] = json!(Task { does: item.does });
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.resources["Bus"])
            .source(text(&sample["source"]))
            .detail_type(text(&sample["detail-type"]))
            .detail(detail.to_string());
        let answer = self.bus.put_events().entries(entry.build()).send().await.unwrap();
        assert_eq!(answer.failed_entry_count(), 0, "{answer:?}");
    }

    /// Waits until as much was delivered and lies where it ends as elsewhere, and nothing is under way. Where that never comes,
    /// what did is looked at all the same.
    pub(crate) async fn until_as_much_as(&self, expected: &Ends) {
        let is_over = async || {
            if self.count("Seen").await < expected.deliveries() {
                return None;
            }
            for queue in LAST {
                if self.count(queue).await < expected.lying_in(queue) {
                    return None;
                }
            }
            for queue in READ {
                if self.count(queue).await > 0 {
                    return None;
                }
            }
            Some(())
        };
        let _ = tokio::time::timeout(LONG_ENOUGH, eventually("the end of all messages", is_over)).await;
    }

    /// How many messages a queue has: visible, in flight and delayed.
    async fn count(&self, queue: &str) -> usize {
        let request = self.sqs.get_queue_attributes().queue_url(&self.resources[queue]);
        let answer = request.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let attributes = answer.attributes.unwrap();
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        names.iter().map(|name| attributes[name].parse::<usize>().unwrap()).sum()
    }

    /// What became of all messages. They are taken out of the queues that they ended in.
    pub(crate) async fn ends(&self) -> Ends {
        let mut ends = Ends::default();
        let mut deliveries = Vec::new();
        for message in self.take("Seen").await {
            let seen = envelope(&message, |envelope| envelope.decode::<Seen>().unwrap());
            deliveries.push((seen.header.time, seen.data));
        }
        deliveries.sort_by_key(|(time, seen)| (*time, seen.receives));
        for (_, seen) in deliveries {
            let queue = self.read_queue(&seen.queue);
            if queue == "Ordered" {
                ends.in_order.push((seen.subject.clone(), seen.receives));
            }
            let fate = ends.fates.entry(seen.subject).or_default();
            fate.received.entry(queue.to_owned()).or_default().push(seen.receives);
        }
        for queue in LAST {
            for message in self.take(queue).await {
                let subject = envelope(&message, |envelope| envelope.header.subject.unwrap());
                let attributes = message.attributes.as_ref().unwrap();
                let receives = attributes[&MessageSystemAttributeName::ApproximateReceiveCount].parse().unwrap();
                let fate = ends.fates.entry(subject).or_default();
                let before = fate.lies_in.insert(queue.to_owned(), receives);
                assert_eq!(before, None, "{queue} has a message twice: {message:?}");
            }
        }
        ends
    }

    /// The logical id of a queue's name.
    fn read_queue(&self, name: &str) -> &'static str {
        let is_named = |queue: &&str| self.resources[*queue].rsplit('/').next() == Some(name);
        READ.into_iter().find(|queue| is_named(queue)).unwrap_or_else(|| panic!("the function read {name}"))
    }

    /// Takes all messages out of a queue.
    async fn take(&self, queue: &str) -> Vec<sqs::types::Message> {
        let (url, mut taken) = (&self.resources[queue], Vec::new());
        let take = async {
            while self.count(queue).await > 0 {
                let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
                let receive = receive.visibility_timeout(HIDDEN_SECONDS).wait_time_seconds(1);
                let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
                for message in receive.send().await.unwrap().messages.unwrap_or_default() {
                    let delete = self.sqs.delete_message().queue_url(url);
                    delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
                    taken.push(message);
                }
            }
        };
        let limit = Duration::from_mins(1);
        tokio::time::timeout(limit, take).await.unwrap_or_else(|_| panic!("{queue} keeps messages back"));
        taken
    }
}

/// The sample as an item's own message.
fn body(sample: &Value, item: &Item) -> String {
    let mut body = sample.clone();
    body["id"] = json!(aqueduct::Clock::system().id());
    body["subject"] = json!(item.subject);
    body["data"] = json!(Task { does: item.does });
    body.to_string()
}

fn envelope<T>(message: &sqs::types::Message, read: impl FnOnce(Envelope<'_>) -> T) -> T {
    let delivery = Delivery::new(Trigger::Sqs, message.message_id().unwrap(), message.body().unwrap());
    read(Envelope::read(&delivery).unwrap())
}
