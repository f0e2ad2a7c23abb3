//! A history that is kept, and another SNS made of what was kept alone.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::notification::iso_8601;
use super::post::Posted;
use super::tests::{NOW, in_group, plain, publish, queue, refused, sns, subscribe, throttled, topic};
use super::*;
use crate::keep::{Change, Durable, Record};

/// What a store holds.
#[derive(Default)]
struct Store(BTreeMap<(String, Vec<u8>), Vec<u8>>);

impl Store {
    fn take(&mut self, sns: &mut Sns) {
        let mut changes = Vec::new();
        sns.take_changes(&mut changes);
        for Change { table, key, value } in changes {
            assert!(table.starts_with("sns/"), "{table}");
            match value {
                Some(value) => drop(self.0.insert((table.to_owned(), key), value)),
                None => drop(self.0.remove(&(table.to_owned(), key))),
            }
        }
    }

    fn restored(&self, now: Timestamp) -> Sns {
        let mut other = sns();
        // In an order that has nothing to do with that of the changes.
        for ((table, key), value) in self.0.iter().rev() {
            let record = Record { table: table.clone(), key: key.clone(), value: value.clone() };
            other.restore(&record).unwrap();
        }
        other.resume(now);
        other
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Publish {
        group: u8,
        text: u8,
    },
    /// Every delivery under way is answered so.
    Answer(u8),
    /// Seconds pass.
    Wait(u16),
    SetFilter(bool),
    Resubscribe,
    Replay,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, 0..6_u8).prop_map(|(group, text)| Step::Publish { group, text }),
        3 => (0..4_u8).prop_map(Step::Answer),
        2 => (0..400_u16).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::SetFilter),
        1 => Just(Step::Resubscribe),
        1 => Just(Step::Replay),
    ]
}

fn answer(sns: &mut Sns, now: Timestamp, answer: u8) {
    for delivery in sns.take_deliveries() {
        let result = match answer {
            0 => Err(refused()),
            1 | 2 => Err(throttled()),
            _ => Ok(()),
        };
        sns.delivered(now, delivery.ticket, result);
    }
    for post in sns.take_posts() {
        let posted = if answer < 3 { Posted::Answered(503) } else { Posted::Answered(200) };
        sns.posted(now, post.ticket, posted);
    }
}

/// Two topics: a standard one with an HTTP endpoint and a queue, a FIFO one with an archive, a queue and its dead letters.
fn world(sns: &mut Sns) -> (Arn, Arn, Arn) {
    let standard = topic(sns, "T", &[("SignatureVersion", "2"), ("DisplayName", "t")]).unwrap();
    let attributes = [
        ("FifoTopic", "true"),
        ("ContentBasedDeduplication", "true"),
        ("ArchivePolicy", r#"{"MessageRetentionPeriod":1}"#),
    ];
    let fifo = topic(sns, "T.fifo", &attributes).unwrap();
    let dead = json!({ "deadLetterTargetArn": queue("Dead.fifo").as_str() }).to_string();
    let subscription = subscribe(sns, &fifo, &queue("Q.fifo"), &[("RedrivePolicy", &dead)]).unwrap();
    subscribe(sns, &standard, &queue("Q"), &[("RawMessageDelivery", "true")]).unwrap();
    let http = Subscribe {
        topic_arn: standard.clone(),
        protocol: "http".to_owned(),
        endpoint: "http://127.0.0.1/".to_owned(),
        attributes: BTreeMap::new(),
        return_subscription_arn: true,
    };
    sns.call(NOW, Request::Subscribe(http)).unwrap();
    for post in sns.take_posts() {
        let asked: Value = serde_json::from_str(&post.body).unwrap();
        sns.posted(NOW, post.ticket, Posted::Answered(200));
        let request = ConfirmSubscription {
            topic_arn: standard.clone(),
            token: asked["Token"].as_str().unwrap().to_owned(),
            authenticate_on_unsubscribe: true,
            signed: true,
        };
        sns.call(NOW, Request::ConfirmSubscription(request)).unwrap();
    }
    (standard, fifo, subscription)
}

fn set(sns: &mut Sns, now: Timestamp, subscription: &Arn, name: &str, value: String) {
    let request = SetSubscriptionAttributes { subscription_arn: subscription.clone(), name: name.to_owned(), value };
    sns.call(now, Request::SetSubscriptionAttributes(request)).unwrap();
}

fn take(sns: &mut Sns, now: &mut Timestamp, (standard, fifo, subscription): &(Arn, Arn, Arn), step: &Step) {
    match step {
        Step::Publish { group, text } => {
            publish(sns, *now, fifo, in_group(&format!("m{text}"), &format!("g{group}"))).unwrap();
            publish(sns, *now, standard, plain(&format!("m{text}"))).unwrap();
        }
        Step::Answer(with) => answer(sns, *now, *with),
        Step::Wait(seconds) => {
            *now = *now + Duration::from_secs(u64::from(*seconds));
            sns.tick(*now);
        }
        Step::SetFilter(all) => {
            let policy = if *all { "" } else { r#"{"no":["such"]}"# };
            set(sns, *now, subscription, "FilterPolicy", policy.to_owned());
        }
        Step::Resubscribe => {
            let gone = Unsubscribe { subscription_arn: Arn::new(format!("{standard}:x")), signed: true };
            assert!(sns.call(*now, Request::Unsubscribe(gone)).is_err());
            subscribe(sns, standard, &queue("Another"), &[]).unwrap();
        }
        Step::Replay => {
            let policy = json!({ "PointType": "Timestamp", "StartingPoint": iso_8601(NOW) });
            set(sns, *now, subscription, "ReplayPolicy", policy.to_string());
        }
    }
}

/// What comes to each place from `now` on while everything is taken: body or URL, in order for each place and group.
fn rest(sns: &mut Sns, mut now: Timestamp) -> BTreeMap<String, Vec<String>> {
    let mut seen = BTreeMap::<String, Vec<String>>::new();
    while !sns.is_idle() {
        for delivery in sns.take_deliveries() {
            let place = format!("{} {:?}", delivery.to, delivery.message.group);
            seen.entry(place).or_default().push(delivery.message.body.clone());
            sns.delivered(now, delivery.ticket, Ok(()));
        }
        for post in sns.take_posts() {
            seen.entry(post.url).or_default().push(post.body);
            sns.posted(now, post.ticket, Posted::Answered(200));
        }
        now = sns.next_wake().filter(|_| sns.desk.ready.is_empty() && sns.desk.posts.is_empty()).unwrap_or(now);
        sns.tick(now);
    }
    for messages in seen.iter_mut().filter(|(place, _)| place.ends_with("None") || place.starts_with("http")) {
        // Only groups have an order.
        messages.1.sort();
    }
    seen
}

fn shown(sns: &mut Sns, now: Timestamp) -> Vec<String> {
    let mut shown = Vec::new();
    let topics: Vec<Arn> = sns.topics.keys().cloned().collect();
    for topic_arn in topics {
        shown.push(format!("{:?}", sns.call(now, Request::GetTopicAttributes(TopicArn { topic_arn }))));
    }
    let subscriptions: Vec<Arn> = sns.subscriptions.keys().cloned().collect();
    for subscription_arn in subscriptions {
        let request = Request::GetSubscriptionAttributes(SubscriptionArn { subscription_arn });
        shown.push(format!("{:?}", sns.call(now, request)));
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was going on, what was kept is enough to go on from: the same resources, the same messages still to
    /// come, the same answers to duplicates.
    #[test]
    fn what_is_kept_is_all_there_is(steps in prop::collection::vec(step(), 0..30)) {
        let (mut sns, mut store, mut now) = (sns(), Store::default(), NOW);
        sns.keep();
        let arns = world(&mut sns);
        store.take(&mut sns);
        for step in &steps {
            take(&mut sns, &mut now, &arns, step);
            store.take(&mut sns);
        }
        let mut other = store.restored(now);
        prop_assert_eq!(shown(&mut other, now), shown(&mut sns, now));
        prop_assert_eq!(other.is_idle(), sns.is_idle());
        // A duplicate is known to both.
        for text in 0..6 {
            let message = || in_group(&format!("m{text}"), "g0");
            let (one, two) = (publish(&mut sns, now, &arns.1, message()), publish(&mut other, now, &arns.1, message()));
            prop_assert_eq!(one.unwrap().sequence_number, two.unwrap().sequence_number);
        }
        let strip = |seen: BTreeMap<String, Vec<String>>| {
            // What was published since has an id of its own in each.
            let without_id = |body: &String| {
                body.lines().filter(|line| !line.contains("\"MessageId\"")).collect::<Vec<_>>().join("\n")
            };
            seen.into_iter().map(|(place, all)| (place, all.iter().map(without_id).collect())).collect::<BTreeMap<_, Vec<_>>>()
        };
        let (here, there) = (strip(rest(&mut sns, now)), strip(rest(&mut other, now)));
        prop_assert_eq!(here, there);
    }
}

#[test]
fn nothing_is_recorded_unless_asked() {
    let mut sns = sns();
    world(&mut sns);
    let mut changes = Vec::new();
    sns.take_changes(&mut changes);
    assert_eq!(changes, []);
}

#[test]
fn a_token_outlives_the_process() {
    let (mut sns, mut store) = (sns(), Store::default());
    let orders = topic(&mut sns, "T", &[]).unwrap();
    let http = Subscribe {
        topic_arn: orders.clone(),
        protocol: "http".to_owned(),
        endpoint: "http://127.0.0.1/".to_owned(),
        attributes: BTreeMap::new(),
        return_subscription_arn: true,
    };
    sns.call(NOW, Request::Subscribe(http)).unwrap();
    let [post] = sns.take_posts().try_into().unwrap();
    let asked: Value = serde_json::from_str(&post.body).unwrap();
    sns.keep();
    store.take(&mut sns);
    let mut other = store.restored(NOW);
    let [again] = other.take_posts().try_into().unwrap();
    assert_eq!(again, post, "the request to confirm was under way");
    let request = ConfirmSubscription {
        topic_arn: orders,
        token: asked["Token"].as_str().unwrap().to_owned(),
        authenticate_on_unsubscribe: false,
        signed: false,
    };
    other.call(NOW, Request::ConfirmSubscription(request)).unwrap();
}

#[test]
fn a_foreign_record_is_refused() {
    let record = Record { table: "sns/other".to_owned(), key: vec![], value: vec![] };
    assert!(sns().restore(&record).unwrap_err().to_string().contains("sns/other"));
}
