//! A function that does what each message tells it to, and says of every delivery that it saw it.

use aqueduct::aws::Environment;
use aqueduct::consume::{Layer, Next};
use aqueduct::lambda::MissingSetting;
use aqueduct::{Consumer, Delivery, Failure, Message, Outcome, Payload, Publisher};
use aqueduct_message::Envelope;
use futures_util::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Payload)]
pub struct Task {
    /// It.
    pub does: Does,
}

/// What a message makes of its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Each succeeds.
    Succeed,
    /// The first fails.
    FailOnce,
    /// Each fails.
    Fail,
}

/// A delivery that was seen.
#[derive(Clone, Debug, Serialize, Deserialize, Payload)]
pub struct Seen {
    /// The message's subject.
    pub subject: String,
    /// The queue's name.
    pub queue: String,
    /// How often the message had been received, this time included.
    pub receives: u32,
}

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let seen = Publisher::new("witness", aws.queue("SEEN_QUEUE_URL")?);
    Ok(Consumer::new(succeed).layer(Witness { seen }))
}

async fn succeed(_: Message<Task>) -> Result<(), Failure> {
    Ok(())
}

#[derive(Debug)]
struct Witness {
    seen: Publisher,
}

impl Layer for Witness {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            let message = match Envelope::read(delivery).and_then(Envelope::decode::<Task>) {
                Ok(message) => message,
                Err(error) => return Outcome::reject(error.name(), error.to_string()),
            };
            let arn = delivery.source_arn.as_deref().unwrap_or_default();
            let seen = Seen {
                subject: message.header.subject.unwrap_or_default(),
                queue: arn.rsplit(':').next().unwrap_or_default().to_owned(),
                receives: delivery.receive_count,
            };
            if let Err(error) = self.seen.publish(seen).await {
                return Outcome::retry("Unseen", error.to_string());
            }
            match (message.data.does, delivery.receive_count) {
                (Does::Fail, _) | (Does::FailOnce, 1) => Outcome::retry("AsTold", "it was told to fail"),
                _ => next.run(delivery).await,
            }
        }
        .boxed()
    }
}
