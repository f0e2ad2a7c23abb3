//! AWS's own extended clients for Python on the other side: what they send is read here, and what is sent here they read.

use aqueduct::Publisher;
use aqueduct::aws::Topic;
use serde_json::{Value, json};

use crate::large::{Archive, TWO_MIB, scan};
use crate::poller::Poller;
use crate::tools::python;

impl Archive {
    async fn exchange(&self, action: &str, address: &str, input: &str) -> Value {
        let (to, bucket) = (self.cloud.resource(address), self.cloud.resource("Bodies"));
        let script = "extended_clients/exchange.py";
        let told = python(self.cloud.endpoint(), script, &[action, to, bucket], input).await;
        serde_json::from_str(&told).unwrap()
    }

    /// How many messages of a queue are handled whole.
    async fn handled(&self, queue: &'static str) -> usize {
        let poller = Poller { cloud: &self.cloud, queue };
        assert_eq!(poller.turn(&self.consumer(false)).await, 0, "{queue}");
        let seen = self.seen();
        assert!(seen.iter().all(|(_, pixels)| *pixels == TWO_MIB), "{queue}: {seen:?}");
        seen.len()
    }
}

/// A producer that knows nothing of envelopes.
fn raw() -> String {
    json!({"pixels": "x".repeat(TWO_MIB)}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_extended_client_for_sqs_sends_is_read() {
    let archive = Archive::open().await;
    let sent = archive.exchange("send", "Scans", &raw()).await;
    assert_eq!(
        archive.handled("Scans").await,
        4,
        "by today's mark, by that of older clients, under a key of their own"
    );
    assert_eq!(sent, 4);
    assert!(archive.objects().await.contains(&"named/by us".to_owned()));
    archive.cloud.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_extended_client_for_sns_publishes_is_read() {
    let archive = Archive::open().await;
    let sent = archive.exchange("publish", "Events", &raw()).await;
    for queue in ["Heard", "HeardRaw"] {
        assert_eq!(archive.handled(queue).await, 2, "{queue}");
    }
    assert_eq!(sent, 2);
    archive.cloud.end().await;
}

/// It finds the receipt handle behind the last hyphen of its own, and deletes by it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_here_is_read_by_the_extended_client_for_sqs() {
    let archive = Archive::open().await;
    let topic = Topic::new(archive.cloud.sns(), archive.cloud.resource("Events")).large_bodies(archive.large());
    for (publisher, queue) in [(archive.queue(), "Scans"), (Publisher::new("test", topic), "HeardRaw")] {
        let message = publisher.prepare(&scan()).unwrap();
        assert!(publisher.send(std::slice::from_ref(&message)).await[0].is_ok());
        let read = archive.exchange("receive", queue, "").await;
        assert_eq!(read["body"].as_str().map(str::len), Some(message.body.len()), "{queue}");
        assert!(read["body"] == message.body && read["again"] == true, "{queue}");
        assert_eq!((&read["attributes"]["type"], &read["offloaded"]), (&json!("Scan"), &json!(true)), "{queue}");
        let header: Value = serde_json::from_str(read["attributes"]["header"].as_str().unwrap()).unwrap();
        assert_eq!(
            header["id"], message.header.id,
            "{queue}: the header beside the pointer is an attribute as any other"
        );
        assert_eq!(archive.cloud.count(queue).await, (0, 0), "it is deleted");
    }
    archive.cloud.end().await;
}
