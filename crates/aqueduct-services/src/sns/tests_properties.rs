//! What holds whatever the receivers do.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::post::Posted;
use super::retry::MANAGED_RETRIES_MAX;
use super::tests::{NOW, plain, publish, queue, refused, sns, subscribe, throttled, topic};
use super::*;
use crate::What;

/// How receivers answer attempts.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..5_u8, 0..60)
}

/// A subscriber of the model.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Subscriber {
    raw: bool,
    dead_letter: bool,
    filtered: bool,
    http: bool,
}

fn subscriber() -> impl Strategy<Value = Subscriber> {
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.4));
    flags.prop_map(|(raw, dead_letter, filtered, http)| Subscriber { raw, dead_letter, filtered, http })
}

fn result(answer: Option<u8>) -> Result<(), Refusal> {
    match answer {
        Some(0) => Err(refused()),
        Some(1) => Err(Refusal::NoResource("gone".to_owned())),
        Some(2 | 3) => Err(throttled()),
        _ => Ok(()),
    }
}

fn posted(answer: Option<u8>) -> Posted {
    match answer {
        Some(0) => Posted::Answered(403),
        Some(1) => Posted::Refused("not here".to_owned()),
        Some(2) => Posted::Answered(503),
        Some(3) => Posted::Failed("no connection".to_owned()),
        _ => Posted::Answered(200),
    }
}

/// Confirms every subscription that waits for it.
fn confirm_all(sns: &mut Sns) {
    for post in sns.take_posts() {
        let asked: Value = serde_json::from_str(&post.body).unwrap();
        sns.posted(NOW, post.ticket, Posted::Answered(200));
        let request = ConfirmSubscription {
            topic_arn: Arn::new(asked["TopicArn"].as_str().unwrap()),
            token: asked["Token"].as_str().unwrap().to_owned(),
            authenticate_on_unsubscribe: false,
            signed: false,
        };
        sns.call(NOW, Request::ConfirmSubscription(request)).unwrap();
    }
    sns.take_notes();
}

fn subscribe_all(sns: &mut Sns, topic: &Arn, fifo: bool, subscribers: &[Subscriber]) {
    let ending = if fifo { ".fifo" } else { "" };
    for (number, subscriber) in subscribers.iter().enumerate() {
        let dead = json!({ "deadLetterTargetArn": queue(&format!("Dead{ending}")).as_str() }).to_string();
        let mut attributes = Vec::new();
        if subscriber.raw {
            attributes.push(("RawMessageDelivery", "true"));
        }
        if subscriber.dead_letter {
            attributes.push(("RedrivePolicy", dead.as_str()));
        }
        if subscriber.filtered {
            attributes.push(("FilterPolicy", r#"{"no":["such"]}"#));
        }
        if subscriber.http && !fifo {
            let request = Subscribe {
                topic_arn: topic.clone(),
                protocol: "http".to_owned(),
                endpoint: format!("http://127.0.0.1/{number}"),
                attributes: super::tests::map(&attributes),
                return_subscription_arn: false,
            };
            sns.call(NOW, Request::Subscribe(request)).unwrap();
        } else {
            subscribe(sns, topic, &queue(&format!("Q{number}{ending}")), &attributes).unwrap();
        }
    }
    confirm_all(sns);
}

/// A queue that is never there for 23 days gets the attempts that AWS documents, and then the message is lost.
#[test]
fn an_aws_managed_endpoint_is_given_up_in_the_end() {
    let mut sns = sns();
    let orders = topic(&mut sns, "T", &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q"), &[("RawMessageDelivery", "true")]).unwrap();
    publish(&mut sns, NOW, &orders, plain("m")).unwrap();
    let (mut now, mut attempts) = (NOW, 0);
    while !sns.is_idle() {
        for delivery in sns.take_deliveries() {
            attempts += 1;
            sns.delivered(now, delivery.ticket, Err(throttled()));
        }
        now = sns.next_wake().filter(|_| sns.desk.ready.is_empty()).unwrap_or(now);
        sns.tick(now);
        sns.take_notes();
    }
    assert_eq!(attempts, MANAGED_RETRIES_MAX + 1);
    assert_eq!(now.since(NOW).as_secs() / 86_400, 23);
}

proptest! {
    /// An HTTP endpoint gets no more attempts than its policy has, and none after an hour.
    #[test]
    fn an_http_endpoint_is_given_up_by_its_policy(
        min_delay in 1..3600_u32,
        more in 0..3600_u32,
        phases in prop::array::uniform4(0..25_u32),
        backoff in prop::sample::select(vec!["linear", "arithmetic", "geometric", "exponential"]),
    ) {
        let [no_delay, min_retries, max_retries, steps] = phases;
        let retries = phases.iter().sum::<u32>();
        let policy = json!({ "healthyRetryPolicy": {
            "minDelayTarget": min_delay, "maxDelayTarget": (min_delay + more).min(3600), "numRetries": retries,
            "numNoDelayRetries": no_delay, "numMinDelayRetries": min_retries, "numMaxDelayRetries": max_retries,
            "backoffFunction": backoff,
        }});
        let mut sns = sns();
        let orders = topic(&mut sns, "T", &[]).unwrap();
        let request = Subscribe {
            topic_arn: orders.clone(),
            protocol: "http".to_owned(),
            endpoint: "http://127.0.0.1/".to_owned(),
            attributes: BTreeMap::from([("DeliveryPolicy".to_owned(), policy.to_string())]),
            return_subscription_arn: false,
        };
        sns.call(NOW, Request::Subscribe(request)).unwrap();
        confirm_all(&mut sns);
        publish(&mut sns, NOW, &orders, plain("m")).unwrap();
        let (mut now, mut attempts) = (NOW, Vec::new());
        while !sns.is_idle() {
            for post in sns.take_posts() {
                attempts.push(now.since(NOW).as_secs());
                sns.posted(now, post.ticket, Posted::Answered(503));
            }
            now = sns.next_wake().filter(|_| sns.desk.posts.is_empty()).unwrap_or(now);
            sns.tick(now);
        }
        prop_assert!(attempts.len() <= retries as usize + 1, "{} attempts, {steps} steps", attempts.len());
        prop_assert!(attempts.iter().all(|at| *at <= 3600), "{:?}", attempts);
        let at_once = attempts.iter().filter(|at| **at == 0).count();
        prop_assert_eq!(at_once, no_delay as usize + 1);
    }

    /// Every message that a topic accepted has exactly one end at each subscriber: delivered, dead-lettered, lost with a
    /// reason, or filtered; and as long as it has none, the service is not idle.
    #[test]
    fn every_message_ends_once(
        answers in answers(),
        fifo: bool,
        messages in 1..5_usize,
        subscribers in prop::collection::vec(subscriber(), 1..4),
    ) {
        let mut sns = sns();
        let fifo_attributes = [("FifoTopic", "true"), ("ContentBasedDeduplication", "true")];
        let (name, attributes) = if fifo { ("T.fifo", &fifo_attributes[..]) } else { ("T", &[][..]) };
        let orders = topic(&mut sns, name, attributes).unwrap();
        subscribe_all(&mut sns, &orders, fifo, &subscribers);
        for number in 0..messages {
            let group = fifo.then(|| "g".to_owned());
            publish(&mut sns, NOW, &orders, Outgoing { group, ..plain(&format!("m{number}")) }).unwrap();
        }
        let (mut now, mut answers) = (NOW, answers.into_iter());
        let (mut ends, mut retries) = (BTreeMap::new(), 0_u32);
        while !sns.is_idle() {
            for delivery in sns.take_deliveries() {
                sns.delivered(now, delivery.ticket, result(answers.next()));
            }
            for post in sns.take_posts() {
                sns.posted(now, post.ticket, posted(answers.next()));
            }
            now = sns.next_wake().filter(|_| sns.desk.ready.is_empty() && sns.desk.posts.is_empty()).unwrap_or(now);
            sns.tick(now);
            for note in sns.take_notes() {
                match note.what {
                    What::Delivered { .. } | What::DeadLettered { .. } | What::Lost { .. } | What::Filtered { .. } => {
                        *ends.entry(note.id).or_insert(0) += 1;
                    }
                    What::Retrying { .. } => retries += 1,
                    _ => {}
                }
            }
        }
        for note in sns.take_notes() {
            if matches!(note.what, What::Filtered { .. }) {
                *ends.entry(note.id).or_insert(0) += 1;
            }
        }
        prop_assert_eq!(ends.len(), messages);
        prop_assert!(ends.values().all(|count| *count == subscribers.len()), "{:?}", ends);
        prop_assert!(retries <= MANAGED_RETRIES_MAX);
    }

    /// The messages of a group come to a subscriber in the order of their publication, however often each is tried.
    #[test]
    fn a_group_keeps_its_order(answers in answers(), groups in prop::collection::vec(0..3_u8, 1..12)) {
        let mut sns = sns();
        let fifo = [("FifoTopic", "true"), ("ContentBasedDeduplication", "true")];
        let orders = topic(&mut sns, "T.fifo", &fifo).unwrap();
        subscribe(&mut sns, &orders, &queue("Q.fifo"), &[("RawMessageDelivery", "true")]).unwrap();
        for (number, group) in groups.iter().enumerate() {
            let group = Some(format!("g{group}"));
            publish(&mut sns, NOW, &orders, Outgoing { group, ..plain(&format!("{number:03}")) }).unwrap();
        }
        let (mut now, mut answers, mut taken) = (NOW, answers.into_iter(), BTreeMap::<String, Vec<String>>::new());
        while !sns.is_idle() {
            for delivery in sns.take_deliveries() {
                let result = result(answers.next().map(|answer| answer.max(2)));
                if result.is_ok() {
                    let group = delivery.message.group.clone().unwrap();
                    taken.entry(group).or_default().push(delivery.message.body.clone());
                }
                sns.delivered(now, delivery.ticket, result);
            }
            now = sns.next_wake().filter(|_| sns.desk.ready.is_empty()).unwrap_or(now);
            sns.tick(now);
        }
        prop_assert!(taken.values().all(|bodies| bodies.is_sorted()), "{:?}", taken);
        prop_assert_eq!(taken.values().map(Vec::len).sum::<usize>(), groups.len());
    }
}
