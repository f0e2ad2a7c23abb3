//! Subscriptions of HTTP endpoints: confirmation, requests, retries.

use std::time::Duration;

use serde_json::{Value, json};

use super::post::{Post, Posted};
use super::tests::{NOW, kinds, map, plain, publish, queue, sns, text, topic};
use super::*;
use crate::What;

const URL: &str = "http://127.0.0.1:8080/hook";

fn subscribe(sns: &mut Sns, topic: &Arn, url: &str, attributes: &[(&str, &str)], show_arn: bool) -> String {
    let request = Subscribe {
        topic_arn: topic.clone(),
        protocol: "http".to_owned(),
        endpoint: url.to_owned(),
        attributes: map(attributes),
        return_subscription_arn: show_arn,
    };
    match sns.call(NOW, Request::Subscribe(request)).unwrap() {
        Response::Subscribe(arn) => arn,
        other => panic!("{other:?}"),
    }
}

fn body(post: &Post) -> Value {
    serde_json::from_str(&post.body).unwrap()
}

fn header<'a>(post: &'a Post, name: &str) -> Option<&'a str> {
    post.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
}

fn confirm(sns: &mut Sns, now: Timestamp, topic: &Arn, token: &str) -> Result<Arn, ApiError> {
    let request = ConfirmSubscription {
        topic_arn: topic.clone(),
        token: token.to_owned(),
        authenticate_on_unsubscribe: false,
        signed: false,
    };
    match sns.call(now, Request::ConfirmSubscription(request))? {
        Response::ConfirmSubscription(arn) => Ok(arn),
        other => panic!("{other:?}"),
    }
}

/// A topic with a confirmed subscription of [`URL`].
fn confirmed(attributes: &[(&str, &str)]) -> (Sns, Arn, Arn) {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let arn = Arn::new(subscribe(&mut sns, &orders, URL, attributes, true));
    let [post] = sns.take_posts().try_into().unwrap();
    let token = body(&post)["Token"].as_str().unwrap().to_owned();
    sns.posted(NOW, post.ticket, Posted::Answered(200));
    assert_eq!(confirm(&mut sns, NOW, &orders, &token).unwrap(), arn);
    sns.take_notes();
    (sns, orders, arn)
}

fn attribute(sns: &mut Sns, arn: &Arn, name: &str) -> String {
    let request = SubscriptionArn { subscription_arn: arn.clone() };
    match sns.call(NOW, Request::GetSubscriptionAttributes(request)).unwrap() {
        Response::GetSubscriptionAttributes(all) => all[name].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_endpoint_confirms_by_the_link_that_it_gets() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    assert_eq!(subscribe(&mut sns, &orders, URL, &[], false), "pending confirmation");
    let [post] = sns.take_posts().try_into().unwrap();
    assert_eq!(post.url, URL);
    assert_eq!(header(&post, "x-amz-sns-message-type"), Some("SubscriptionConfirmation"));
    assert_eq!(header(&post, "x-amz-sns-topic-arn"), Some(orders.as_str()));
    assert_eq!(header(&post, "x-amz-sns-subscription-arn"), None);
    assert_eq!(header(&post, "content-type"), Some("text/plain; charset=UTF-8"));
    let asked = body(&post);
    assert_eq!(asked["Type"], "SubscriptionConfirmation");
    assert_eq!(header(&post, "x-amz-sns-message-id"), asked["MessageId"].as_str());
    let token = asked["Token"].as_str().unwrap();
    assert_eq!(token.len(), 288);
    let link = format!("http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn={orders}&Token={token}");
    assert_eq!(asked["SubscribeURL"], link.as_str());
    sns.posted(NOW, post.ticket, Posted::Answered(200));
    // Nothing is delivered before, and the list shows no ARN.
    publish(&mut sns, NOW, &orders, plain("too early")).unwrap();
    assert_eq!(sns.take_posts(), []);
    let Ok(Response::ListSubscriptions { subscriptions, .. }) =
        sns.call(NOW, Request::ListSubscriptions(Page::default()))
    else {
        panic!("no list")
    };
    assert_eq!(subscriptions[0].arn, "PendingConfirmation");
    // The topic's name may be wrong, its Region may not, nor the token.
    let elsewhere = Arn::new(orders.as_str().replace("eu-central-1", "us-east-1"));
    let refusals = [
        (Arn::new("not-an-arn"), token, "Invalid parameter: Topic"),
        (elsewhere, token, "Invalid parameter: Topic"),
        (orders.clone(), "abc123", "Invalid parameter: Token"),
        (orders.clone(), "randomtoken", "Invalid token"),
    ];
    for (topic, token, message) in refusals {
        assert_eq!(confirm(&mut sns, NOW, &topic, token).unwrap_err().message, message);
    }
    let arn = confirm(&mut sns, NOW, &Arn::new(format!("{orders}s")), token).unwrap();
    assert_eq!(confirm(&mut sns, NOW, &orders, token).unwrap(), arn, "once more is no mistake");
    assert_eq!(attribute(&mut sns, &arn, "PendingConfirmation"), "false");
    assert_eq!(attribute(&mut sns, &arn, "ConfirmationWasAuthenticated"), "false");
}

#[test]
fn a_token_ends_after_two_days_and_another_subscribe_gives_another() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let arn = subscribe(&mut sns, &orders, URL, &[], true);
    let [post] = sns.take_posts().try_into().unwrap();
    let first = body(&post)["Token"].as_str().unwrap().to_owned();
    assert_eq!(subscribe(&mut sns, &orders, URL, &[], true), arn);
    let [post] = sns.take_posts().try_into().unwrap();
    let second = body(&post)["Token"].as_str().unwrap().to_owned();
    let unsubscribe = Unsubscribe { subscription_arn: Arn::new(arn.as_str()), signed: true };
    let refusal = sns.call(NOW, Request::Unsubscribe(unsubscribe)).unwrap_err();
    assert!(refusal.message.ends_with("Cannot unsubscribe a subscription that is pending confirmation"), "{refusal}");
    assert_eq!(confirm(&mut sns, NOW, &orders, &second).unwrap().as_str(), arn);
    let late = NOW + Duration::from_hours(49);
    assert_eq!(confirm(&mut sns, late, &orders, &first).unwrap_err().message, "Invalid parameter: Token");
    assert_eq!(attribute(&mut sns, &Arn::new(arn), "PendingConfirmation"), "false");
}

#[test]
fn what_nobody_confirms_is_gone_after_two_days() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    subscribe(&mut sns, &orders, URL, &[], true);
    let count = |sns: &mut Sns, now| match sns.call(now, Request::ListSubscriptions(Page::default())) {
        Ok(Response::ListSubscriptions { subscriptions, .. }) => subscriptions.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(count(&mut sns, NOW + Duration::from_hours(47)), 1);
    assert_eq!(count(&mut sns, NOW + Duration::from_hours(49)), 0);
}

#[test]
fn a_queues_subscription_is_not_ended_by_its_link() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let arn = super::tests::subscribe(&mut sns, &orders, &queue("Q"), &[]).unwrap();
    let unsubscribe = |signed| Request::Unsubscribe(Unsubscribe { subscription_arn: arn.clone(), signed });
    assert_eq!(sns.call(NOW, unsubscribe(false)).unwrap_err().status, 403);
    sns.call(NOW, unsubscribe(true)).unwrap();
}

#[test]
fn a_notification_has_headers_and_the_envelope_or_is_raw() {
    let (mut sns, orders, arn) = confirmed(&[]);
    let message = Outgoing { attributes: BTreeMap::from([("type".to_owned(), text("placed"))]), ..plain("hi") };
    let published = publish(&mut sns, NOW, &orders, message.clone()).unwrap();
    let [post] = sns.take_posts().try_into().unwrap();
    assert_eq!(header(&post, "x-amz-sns-message-type"), Some("Notification"));
    assert_eq!(header(&post, "x-amz-sns-message-id"), Some(published.message_id.as_str()));
    assert_eq!(header(&post, "x-amz-sns-subscription-arn"), Some(arn.as_str()));
    assert_eq!(header(&post, "x-amz-sns-rawdelivery"), None);
    assert_eq!(body(&post)["Message"], "hi");
    assert_eq!(body(&post)["MessageAttributes"]["type"], json!({ "Type": "String", "Value": "placed" }));
    sns.posted(NOW, post.ticket, Posted::Answered(204));
    assert_eq!(kinds(&mut sns), [What::Published, What::Delivered { to: URL.to_owned() }]);

    let policy = r#"{"requestPolicy":{"headerContentType":"text/csv"}}"#;
    let (mut sns, orders, _) = confirmed(&[("RawMessageDelivery", "true"), ("DeliveryPolicy", policy)]);
    publish(&mut sns, NOW, &orders, message).unwrap();
    let [post] = sns.take_posts().try_into().unwrap();
    assert_eq!(post.body, "hi");
    assert_eq!(header(&post, "x-amz-sns-rawdelivery"), Some("true"));
    assert_eq!(header(&post, "content-type"), Some("text/csv"));
}

#[test]
fn who_follows_the_link_out_is_told_the_way_back() {
    let (mut sns, orders, arn) = confirmed(&[]);
    let unsubscribe = |sns: &mut Sns, signed| {
        sns.call(NOW, Request::Unsubscribe(Unsubscribe { subscription_arn: arn.clone(), signed }))
    };
    unsubscribe(&mut sns, false).unwrap();
    let [post] = sns.take_posts().try_into().unwrap();
    assert_eq!(header(&post, "x-amz-sns-message-type"), Some("UnsubscribeConfirmation"));
    assert_eq!(header(&post, "x-amz-sns-subscription-arn"), Some(arn.as_str()));
    let goodbye = body(&post);
    assert!(goodbye["Message"].as_str().unwrap().contains("to deactivate subscription"));
    sns.posted(NOW, post.ticket, Posted::Answered(200));
    publish(&mut sns, NOW, &orders, plain("nobody")).unwrap();
    assert_eq!(sns.take_posts(), []);
    confirm(&mut sns, NOW, &orders, goodbye["Token"].as_str().unwrap()).unwrap();
    publish(&mut sns, NOW, &orders, plain("back")).unwrap();
    assert_eq!(sns.take_posts().len(), 1);
    // A signed call is the owner's own, who needs no message.
    unsubscribe(&mut sns, true).unwrap();
    assert_eq!(sns.take_posts(), []);
}

#[test]
fn a_guarded_subscription_is_ended_by_a_signed_call_only() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let arn = Arn::new(subscribe(&mut sns, &orders, URL, &[], true));
    let [post] = sns.take_posts().try_into().unwrap();
    let request = ConfirmSubscription {
        topic_arn: orders,
        token: body(&post)["Token"].as_str().unwrap().to_owned(),
        authenticate_on_unsubscribe: true,
        signed: true,
    };
    sns.call(NOW, Request::ConfirmSubscription(request)).unwrap();
    assert_eq!(attribute(&mut sns, &arn, "ConfirmationWasAuthenticated"), "true");
    let unsubscribe = |signed| Request::Unsubscribe(Unsubscribe { subscription_arn: arn.clone(), signed });
    let refusal = sns.call(NOW, unsubscribe(false)).unwrap_err();
    assert_eq!((refusal.query_code.as_deref(), refusal.status), (Some("AuthorizationError"), 403));
    sns.call(NOW, unsubscribe(true)).unwrap();
}

/// Answers every attempt alike; how long after the publish each was made, in seconds.
fn attempts(sns: &mut Sns, posted: &Posted) -> Vec<u64> {
    let (mut now, mut attempts) = (NOW, Vec::new());
    loop {
        for post in sns.take_posts() {
            attempts.push(now.since(NOW).as_secs());
            sns.posted(now, post.ticket, posted.clone());
        }
        // A retry without a wait is made at once.
        if !sns.desk.posts.is_empty() {
            continue;
        }
        let Some(wake) = sns.next_wake() else { return attempts };
        now = wake;
        sns.tick(now);
    }
}

#[test]
fn what_is_tried_again_and_for_how_long() {
    let long = r#"{"healthyRetryPolicy":{"minDelayTarget":1000,"maxDelayTarget":1000,"numRetries":100}}"#;
    let phases = r#"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":4,"numRetries":7,"numNoDelayRetries":2,
        "numMinDelayRetries":1,"numMaxDelayRetries":1,"backoffFunction":"linear"}}"#;
    let cases: [(Option<&str>, Posted, &[u64]); 7] = [
        (None, Posted::Answered(500), &[0, 20, 40, 60]),
        (None, Posted::Answered(429), &[0, 20, 40, 60]),
        (None, Posted::Failed("no connection".to_owned()), &[0, 20, 40, 60]),
        (None, Posted::Answered(404), &[0]),
        (None, Posted::Refused("not here".to_owned()), &[0]),
        (Some(phases), Posted::Answered(503), &[0, 0, 0, 1, 2, 4, 8, 12]),
        // All waits together stay within an hour.
        (Some(long), Posted::Answered(503), &[0, 1000, 2000, 3000]),
    ];
    for (policy, posted, expected) in cases {
        let (mut sns, orders, arn) = confirmed(&[]);
        if let Some(policy) = policy {
            let request = SetSubscriptionAttributes {
                subscription_arn: arn,
                name: "DeliveryPolicy".to_owned(),
                value: policy.to_owned(),
            };
            sns.call(NOW, Request::SetSubscriptionAttributes(request)).unwrap();
        }
        publish(&mut sns, NOW, &orders, plain("hi")).unwrap();
        assert_eq!(attempts(&mut sns, &posted), expected, "{policy:?} {posted:?}");
        let notes = kinds(&mut sns);
        assert!(matches!(notes.last(), Some(What::Lost { reason }) if reason.contains(URL)), "{notes:?}");
        assert!(sns.is_idle());
    }
}

#[test]
fn what_an_endpoint_does_not_take_goes_to_the_dead_letter_queue() {
    let dead = json!({ "deadLetterTargetArn": queue("Dead").as_str() }).to_string();
    let (mut sns, orders, _) = confirmed(&[("RedrivePolicy", &dead)]);
    publish(&mut sns, NOW, &orders, plain("hi")).unwrap();
    let [post] = sns.take_posts().try_into().unwrap();
    sns.posted(NOW, post.ticket, Posted::Answered(400));
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    assert_eq!(delivery.to, queue("Dead"));
    assert!(delivery.message.body.contains("\"Message\" : \"hi\""));
    sns.delivered(NOW, delivery.ticket, Ok(()));
    assert!(sns.is_idle());
}

#[test]
fn requests_keep_their_distance() {
    let policy = r#"{"throttlePolicy":{"maxReceivesPerSecond":2}}"#;
    let (mut sns, orders, _) = confirmed(&[("DeliveryPolicy", policy)]);
    for number in 0..4 {
        publish(&mut sns, NOW, &orders, plain(&format!("m{number}"))).unwrap();
    }
    let (mut now, mut sent) = (NOW, Vec::new());
    while !sns.is_idle() {
        for post in sns.take_posts() {
            sent.push(u64::try_from(now.since(NOW).as_millis()).unwrap());
            sns.posted(now, post.ticket, Posted::Answered(200));
        }
        let Some(wake) = sns.next_wake() else { break };
        now = wake;
        sns.tick(now);
    }
    assert_eq!(sent, [0, 500, 1000, 1500]);
}

#[test]
fn an_endpoint_matches_its_protocol() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let fifo = topic(&mut sns, "O.fifo", &[("FifoTopic", "true")]).unwrap();
    let large = topic(&mut sns, "Large", &[("MaximumMessageSize", "1048576")]).unwrap();
    let cases = [
        (&orders, "http", "https://a.example/", "Endpoint must match the specified protocol"),
        (&orders, "https", "http://a.example/", "Endpoint must match the specified protocol"),
        (&orders, "http", "http:///path", "Endpoint must match the specified protocol"),
        (&orders, "http", "http://a b/", "Endpoint must match the specified protocol"),
        (&fifo, "http", "http://a.example/", "Invalid protocol type: http"),
        (&large, "http", "http://a.example/", "takes no http subscriptions"),
    ];
    for (topic, protocol, endpoint, words) in cases {
        let request = Subscribe {
            topic_arn: topic.clone(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            attributes: BTreeMap::new(),
            return_subscription_arn: true,
        };
        let error = sns.call(NOW, Request::Subscribe(request)).unwrap_err();
        assert!(error.message.contains(words), "{endpoint}: {error}");
    }
    subscribe(&mut sns, &orders, URL, &[], true);
    let larger =
        SetTopicAttributes { topic_arn: orders, name: "MaximumMessageSize".to_owned(), value: "262145".to_owned() };
    let error = sns.call(NOW, Request::SetTopicAttributes(larger)).unwrap_err();
    assert!(error.message.contains("takes no http subscriptions"), "{error}");
}
