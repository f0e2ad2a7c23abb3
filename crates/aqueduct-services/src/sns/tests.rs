//! Topics, subscriptions and what becomes of messages.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::{MessageAttributeValue, What};

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

pub(super) fn sns() -> Sns {
    let site = Site {
        account: "000000000000".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: "http://127.0.0.1:4566".to_owned(),
    };
    Sns::new(site, Ids::new(7))
}

pub(super) fn queue(name: &str) -> Arn {
    Arn::new(format!("arn:aws:sqs:eu-central-1:000000000000:{name}"))
}

pub(super) fn function(name: &str) -> Arn {
    Arn::new(format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}"))
}

pub(super) fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn topic(sns: &mut Sns, name: &str, attributes: &[(&str, &str)]) -> Result<Arn, ApiError> {
    let request = CreateTopic { name: name.to_owned(), attributes: map(attributes), ..CreateTopic::default() };
    match sns.call(NOW, Request::CreateTopic(request))? {
        Response::CreateTopic(arn) => Ok(arn),
        other => panic!("{other:?}"),
    }
}

pub(super) fn subscribe(
    sns: &mut Sns,
    topic: &Arn,
    endpoint: &Arn,
    attributes: &[(&str, &str)],
) -> Result<Arn, ApiError> {
    let request = Subscribe {
        topic_arn: topic.clone(),
        protocol: endpoint.service().to_owned(),
        endpoint: endpoint.to_string(),
        attributes: map(attributes),
        return_subscription_arn: true,
    };
    match sns.call(NOW, Request::Subscribe(request))? {
        Response::Subscribe(arn) => Ok(Arn::new(arn)),
        other => panic!("{other:?}"),
    }
}

pub(super) fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue { data_type: "String".to_owned(), string_value: Some(value.to_owned()), binary_value: None }
}

pub(super) fn plain(message: &str) -> Outgoing {
    Outgoing { message: message.to_owned(), ..Outgoing::default() }
}

pub(super) fn in_group(message: &str, group: &str) -> Outgoing {
    Outgoing { group: Some(group.to_owned()), ..plain(message) }
}

pub(super) fn publish(sns: &mut Sns, now: Timestamp, topic: &Arn, message: Outgoing) -> Result<Published, ApiError> {
    match sns.call(now, Request::Publish(Publish { topic_arn: topic.clone(), message }))? {
        Response::Publish(published) => Ok(published),
        other => panic!("{other:?}"),
    }
}

pub(super) fn kinds(sns: &mut Sns) -> Vec<What> {
    sns.take_notes().into_iter().map(|note| note.what).collect()
}

pub(super) fn refused() -> Refusal {
    Refusal::NoPermission("the queue's policy does not let sns.amazonaws.com send".to_owned())
}

pub(super) fn throttled() -> Refusal {
    Refusal::Throttled("too many messages".to_owned())
}

#[test]
fn a_queue_gets_the_envelope() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let subscription = subscribe(&mut sns, &orders, &queue("Q"), &[]).unwrap();
    let message = Outgoing {
        subject: Some("Hello".to_owned()),
        attributes: BTreeMap::from([("type".to_owned(), text("placed"))]),
        group: Some("ada".to_owned()),
        ..plain(r#"{"subject":"ord_1"}"#)
    };
    let published = publish(&mut sns, NOW, &orders, message).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    assert_eq!(delivery.to, queue("Q"));
    assert_eq!(delivery.from, Principal { service: "sns.amazonaws.com", source_arn: orders.clone() });
    assert_eq!(delivery.message.group.as_deref(), Some("ada"), "fair queues need the group");
    assert!(delivery.message.attributes.is_empty(), "attributes stay in the envelope");
    let envelope: Value = serde_json::from_str(&delivery.message.body).unwrap();
    let keys: Vec<&str> = envelope.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "Type",
            "MessageId",
            "TopicArn",
            "Subject",
            "Message",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
            "UnsubscribeURL",
            "MessageAttributes"
        ]
    );
    assert_eq!(envelope["MessageId"], published.message_id);
    assert_eq!(envelope["Timestamp"], "2026-11-22T18:40:12.345Z");
    assert_eq!(envelope["MessageAttributes"], json!({ "type": { "Type": "String", "Value": "placed" } }));
    assert!(envelope["UnsubscribeURL"].as_str().unwrap().ends_with(subscription.as_str()));
    assert!(!sns.is_idle());
    sns.delivered(NOW, delivery.ticket, Ok(()));
    assert!(sns.is_idle());
    let notes = sns.take_notes();
    assert!(notes.iter().all(|note| note.place == "Orders" && note.subject.as_deref() == Some("ord_1")));
    let kinds: Vec<What> = notes.into_iter().map(|note| note.what).collect();
    assert_eq!(kinds, [What::Published, What::Delivered { to: "Q".to_owned() }]);
}

#[test]
fn raw_delivery_maps_attributes_and_takes_ten() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q"), &[("RawMessageDelivery", "true")]).unwrap();
    let attributes = |count: usize| (0..count).map(|at| (format!("a{at}"), text("v"))).collect::<BTreeMap<_, _>>();
    publish(&mut sns, NOW, &orders, Outgoing { attributes: attributes(10), ..plain("body") }).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    assert_eq!((delivery.message.body.as_str(), delivery.message.attributes.len()), ("body", 10));
    sns.take_notes();
    publish(&mut sns, NOW, &orders, Outgoing { attributes: attributes(11), ..plain("body") }).unwrap();
    assert_eq!(sns.take_deliveries(), []);
    let notes = kinds(&mut sns);
    let Some(What::Lost { reason }) = notes.last() else { panic!("not lost: {notes:?}") };
    assert!(reason.contains("11 attributes"), "{reason}");
}

#[test]
fn a_function_gets_an_event() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let subscription = subscribe(&mut sns, &orders, &function("notifier"), &[]).unwrap();
    publish(&mut sns, NOW, &orders, plain("hi")).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    let event: Value = serde_json::from_str(&delivery.message.body).unwrap();
    let record = &event["Records"][0];
    assert_eq!(record["EventSource"], "aws:sns");
    assert_eq!(record["EventVersion"], "1.0");
    assert_eq!(record["EventSubscriptionArn"], subscription.as_str());
    assert_eq!(record["Sns"]["Message"], "hi");
    assert_eq!(record["Sns"]["Subject"], Value::Null);
    assert_eq!(record["Sns"]["MessageAttributes"], json!({}));
    assert!(record["Sns"]["SigningCertUrl"].is_string() && record["Sns"]["UnsubscribeUrl"].is_string());
}

#[test]
fn structured_messages_differ_by_protocol() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q"), &[("RawMessageDelivery", "true")]).unwrap();
    subscribe(&mut sns, &orders, &function("f"), &[]).unwrap();
    let structured = |message: &str| Outgoing { structure: Some("json".to_owned()), ..plain(message) };
    publish(&mut sns, NOW, &orders, structured(r#"{"default":"d","sqs":"for queues"}"#)).unwrap();
    let bodies: Vec<String> = sns.take_deliveries().into_iter().map(|it| it.message.body).collect();
    assert!(bodies.iter().any(|body| body == "for queues"));
    assert!(bodies.iter().any(|body| body.contains(r#""Message":"d""#)), "a function's event");
    for (message, words) in
        [("{}", "No default entry"), (r#"{"default":1}"#, "No default entry"), ("oops", "failed to parse")]
    {
        let error = publish(&mut sns, NOW, &orders, structured(message)).unwrap_err();
        assert!(error.message.contains(words), "{message}: {error}");
    }
}

#[test]
fn filter_policies_keep_messages_away() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let by_attribute = [("FilterPolicy", r#"{"type":["confirmed"]}"#)];
    let by_body = [("FilterPolicy", r#"{"type":["confirmed"]}"#), ("FilterPolicyScope", "MessageBody")];
    subscribe(&mut sns, &orders, &queue("ByAttribute"), &by_attribute).unwrap();
    subscribe(&mut sns, &orders, &queue("ByBody"), &by_body).unwrap();
    let cases: [(Outgoing, &[&str]); 4] = [
        (
            Outgoing { attributes: BTreeMap::from([("type".to_owned(), text("confirmed"))]), ..plain("x") },
            &["ByAttribute"],
        ),
        (plain(r#"{"type":"confirmed"}"#), &["ByBody"]),
        (plain(r#"[{"type":"confirmed"}]"#), &[]),
        (plain("confirmed"), &[]),
    ];
    for (message, expected) in cases {
        publish(&mut sns, NOW, &orders, message.clone()).unwrap();
        let to: Vec<String> = sns.take_deliveries().iter().map(|it| it.to.name().to_owned()).collect();
        assert_eq!(to, expected, "{message:?}");
        let filtered = kinds(&mut sns).into_iter().filter(|what| matches!(what, What::Filtered { .. })).count();
        assert_eq!(filtered + to.len(), 2, "{message:?}");
    }
    let error = subscribe(&mut sns, &orders, &queue("Bad"), &[("FilterPolicy", r#"{"type":[]}"#)]).unwrap_err();
    assert_eq!(error.query_code.as_deref(), Some("InvalidParameter"));
}

#[test]
fn what_topics_and_subscriptions_refuse() {
    let mut sns = sns();
    let standard = topic(&mut sns, "Orders", &[]).unwrap();
    let fifo = topic(&mut sns, "Orders.fifo", &[("FifoTopic", "true")]).unwrap();
    let topics = [
        ("a b", &[][..], "Topic Name"),
        ("Orders.fifo.fifo", &[], "Topic Name"),
        ("Orders", &[("FifoTopic", "true")], "Topic already exists with different attributes"),
        ("Other", &[("FifoTopic", "true")], "Fifo Topic names must end with .fifo"),
        ("Other", &[("Nonsense", "1")], "AttributeName"),
        ("Other", &[("MaximumMessageSize", "1")], "MaximumMessageSize"),
        ("Other", &[("Policy", "[]")], "Policy Error: null"),
    ];
    for (name, attributes, words) in topics {
        let error = topic(&mut sns, name, attributes).unwrap_err();
        assert!(error.message.contains(words), "{name}: {error}");
    }
    let dead = json!({ "deadLetterTargetArn": queue("Dead").as_str() }).to_string();
    let subscriptions = [
        (&standard, queue("Q.fifo"), vec![], "FIFO SQS Queues can not be subscribed to standard SNS topics"),
        (&fifo, function("f"), vec![], "Invalid protocol type: lambda"),
        (&fifo, queue("Q.fifo"), vec![("RedrivePolicy", dead.as_str())], "must use a FIFO queue as DLQ"),
        (&standard, queue("Q"), vec![("RedrivePolicy", r#"{"deadLetterTargetArn":"x"}"#)], "is an invalid arn"),
        (&standard, queue("Q"), vec![("RawMessageDelivery", "yes")], "Invalid value [yes]. Must be true or false."),
        (&standard, function("f"), vec![("RawMessageDelivery", "true")], "does not support raw message delivery"),
        (
            &standard,
            queue("Q"),
            vec![("FilterPolicyScope", "Body")],
            "Please use either MessageBody or MessageAttributes",
        ),
        (&standard, queue("Q"), vec![("Nonsense", "1")], "Attributes Reason: AttributeName"),
    ];
    for (topic, endpoint, attributes, words) in subscriptions {
        let error = subscribe(&mut sns, topic, &endpoint, &attributes).unwrap_err();
        assert!(error.message.contains(words), "{endpoint}: {error}");
    }
    let request = |protocol: &str| {
        Request::Subscribe(Subscribe {
            topic_arn: standard.clone(),
            protocol: protocol.to_owned(),
            endpoint: "someone@example.org".to_owned(),
            attributes: BTreeMap::new(),
            return_subscription_arn: false,
        })
    };
    assert_eq!(sns.call(NOW, request("email")).unwrap_err().status, 501);
    assert!(sns.call(NOW, request("pigeon")).unwrap_err().message.contains("protocol string: pigeon"));
}

#[test]
fn what_publishing_refuses() {
    let mut sns = sns();
    let standard = topic(&mut sns, "Orders", &[]).unwrap();
    let small = topic(&mut sns, "Small", &[("MaximumMessageSize", "1024")]).unwrap();
    let large = topic(&mut sns, "Large", &[("MaximumMessageSize", "1048576")]).unwrap();
    let fifo = topic(&mut sns, "Orders.fifo", &[("FifoTopic", "true")]).unwrap();
    let with_id = Outgoing { deduplication_id: Some("1".to_owned()), ..plain("x") };
    let cases = [
        (Arn::new("Orders"), plain("x"), "An ARN must have at least 6 elements, not 1"),
        (Arn::new(format!("{standard}s")), plain("x"), "Topic does not exist"),
        (standard.clone(), plain(""), "Empty message"),
        (standard.clone(), Outgoing { subject: Some(String::new()), ..plain("x") }, "Subject"),
        (standard.clone(), Outgoing { subject: Some("a\nb".to_owned()), ..plain("x") }, "Subject"),
        (standard.clone(), plain(&"x".repeat(262_145)), "Message too long"),
        (small, plain(&"x".repeat(1025)), "Message too long"),
        (standard.clone(), with_id, "not valid for this topic type"),
        (fifo.clone(), plain("x"), "MessageGroupId parameter is required"),
        (fifo, in_group("x", "g"), "ContentBasedDeduplication"),
        (standard, in_group("x", "a b"), "MessageGroupId"),
    ];
    for (topic, message, words) in cases {
        let error = publish(&mut sns, NOW, &topic, message).unwrap_err();
        assert!(error.message.contains(words), "{topic}: {error}");
    }
    publish(&mut sns, NOW, &large, plain(&"x".repeat(1_048_576))).unwrap();
}

#[test]
fn a_batch_is_refused_whole_or_entry_by_entry() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let mut send = |entries: Vec<(&str, Outgoing)>| {
        let entries = entries.into_iter().map(|(id, message)| (id.to_owned(), message)).collect();
        sns.call(NOW, Request::PublishBatch(PublishBatch { topic_arn: orders.clone(), entries }))
    };
    let half = plain(&"x".repeat(200_000));
    let eleven = (0..11).map(|_| ("a", plain("x"))).collect();
    let cases = [
        (vec![], "EmptyBatchRequest"),
        (eleven, "TooManyEntriesInBatchRequest"),
        (vec![("a", plain("x")), ("a", plain("y"))], "BatchEntryIdsNotDistinct"),
        (vec![("a b", plain("x"))], "InvalidBatchEntryId"),
        (vec![("a", half.clone()), ("b", half)], "BatchRequestTooLong"),
    ];
    for (entries, code) in cases {
        assert_eq!(send(entries).unwrap_err().query_code.as_deref(), Some(code));
    }
    let Ok(Response::PublishBatch { successful, failed }) = send(vec![("good", plain("x")), ("bad", plain(""))]) else {
        panic!("no batch")
    };
    assert_eq!(successful.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["good"]);
    assert_eq!((failed[0].id.as_str(), failed[0].code.as_str()), ("bad", "InvalidParameter"));
}

#[test]
fn a_client_error_goes_to_the_dead_letter_queue_at_once() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let dead = json!({ "deadLetterTargetArn": queue("Dead").as_str() }).to_string();
    subscribe(&mut sns, &orders, &function("f"), &[("RedrivePolicy", &dead)]).unwrap();
    publish(&mut sns, NOW, &orders, plain("x")).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    sns.delivered(NOW, delivery.ticket, Err(refused()));
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    assert_eq!(delivery.to, queue("Dead"));
    assert!(
        delivery.message.body.starts_with("{\n  \"Type\" : \"Notification\","),
        "the envelope, not the function's event"
    );
    sns.delivered(NOW, delivery.ticket, Ok(()));
    let dead_lettered = What::DeadLettered { to: "Dead".to_owned(), reason: refused().to_string() };
    assert_eq!(kinds(&mut sns), [What::Published, dead_lettered]);
    assert!(sns.is_idle());
}

#[test]
fn without_a_dead_letter_queue_the_loss_says_why() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q"), &[]).unwrap();
    publish(&mut sns, NOW, &orders, plain("x")).unwrap();
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    sns.delivered(NOW, delivery.ticket, Err(refused()));
    let notes = kinds(&mut sns);
    let Some(What::Lost { reason }) = notes.last() else { panic!("not lost: {notes:?}") };
    assert!(reason.contains("sns.amazonaws.com") && reason.contains("RedrivePolicy"), "{reason}");
}

#[test]
fn throttling_is_retried_in_phases() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q"), &[]).unwrap();
    publish(&mut sns, NOW, &orders, plain("x")).unwrap();
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..7 {
        let [delivery] = sns.take_deliveries().try_into().unwrap();
        sns.delivered(now, delivery.ticket, Err(throttled()));
        let wake = sns.next_wake().unwrap_or(now);
        waits.push(wake.since(now));
        now = wake;
        sns.tick(now);
    }
    assert_eq!(waits, [0, 0, 0, 1000, 1000, 1000, 1395].map(Duration::from_millis));
    let [delivery] = sns.take_deliveries().try_into().unwrap();
    sns.delivered(now, delivery.ticket, Ok(()));
    assert!(sns.is_idle());
}

#[test]
fn a_fifo_topic_keeps_order_and_forgets_duplicates() {
    let mut sns = sns();
    let orders = topic(&mut sns, "O.fifo", &[("FifoTopic", "true"), ("ContentBasedDeduplication", "true")]).unwrap();
    subscribe(&mut sns, &orders, &queue("Q.fifo"), &[]).unwrap();
    subscribe(&mut sns, &orders, &queue("Standard"), &[]).unwrap();
    let first = publish(&mut sns, NOW, &orders, in_group("one", "g")).unwrap();
    assert_eq!(publish(&mut sns, NOW, &orders, in_group("one", "g")).unwrap(), first);
    let second = publish(&mut sns, NOW, &orders, in_group("two", "g")).unwrap();
    assert!(first.sequence_number < second.sequence_number);
    let deliveries = sns.take_deliveries();
    assert_eq!(deliveries.len(), 2, "the second message waits behind the first at each subscriber");
    let fifo = deliveries.iter().find(|it| it.to == queue("Q.fifo")).unwrap();
    let standard = deliveries.iter().find(|it| it.to == queue("Standard")).unwrap();
    assert_eq!(fifo.message.group.as_deref(), Some("g"));
    assert_eq!(fifo.message.deduplication_id.as_deref().map(str::len), Some(64));
    assert_eq!((&standard.message.group, &standard.message.deduplication_id), (&None, &None));
    let envelope: Value = serde_json::from_str(&fifo.message.body).unwrap();
    assert_eq!(envelope["SequenceNumber"], first.sequence_number.clone().unwrap());
    assert_eq!(envelope.get("Signature"), None);
    sns.delivered(NOW, fifo.ticket, Err(throttled()));
    let [again] = sns.take_deliveries().try_into().unwrap();
    assert!(again.message.body.contains("one"), "a retry is not overtaken");
    sns.delivered(NOW, again.ticket, Ok(()));
    let [next] = sns.take_deliveries().try_into().unwrap();
    assert!(next.message.body.contains("two"));
    let later = NOW + Duration::from_mins(5);
    assert_ne!(publish(&mut sns, later, &orders, in_group("one", "g")).unwrap(), first);
}

#[test]
fn the_topics_policy_decides_over_services() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let rule = Principal {
        service: "events.amazonaws.com",
        source_arn: Arn::new("arn:aws:events:eu-central-1:000000000000:rule/r"),
    };
    let message = || Handover { body: "x".to_owned(), ..Handover::default() };
    let refusal = sns.hand_over(NOW, &orders, message(), &rule).unwrap_err();
    assert!(matches!(&refusal, Refusal::NoPermission(why) if why.contains("sns:Publish")), "{refusal:?}");
    let policy = json!({ "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "events.amazonaws.com" },
        "Action": "sns:Publish",
        "Resource": orders.as_str(),
        "Condition": { "ArnEquals": { "aws:SourceArn": rule.source_arn.as_str() } }
    }] });
    let request =
        SetTopicAttributes { topic_arn: orders.clone(), name: "Policy".to_owned(), value: policy.to_string() };
    sns.call(NOW, Request::SetTopicAttributes(request)).unwrap();
    sns.hand_over(NOW, &orders, message(), &rule).unwrap();
    let gone = Arn::new(format!("{orders}s"));
    assert!(matches!(sns.hand_over(NOW, &gone, message(), &rule), Err(Refusal::NoResource(_))));
}

#[test]
fn lists_come_in_pages_of_a_hundred() {
    let mut sns = sns();
    for number in 0..120 {
        topic(&mut sns, &format!("T{number}"), &[]).unwrap();
    }
    let mut page = |next_token| match sns.call(NOW, Request::ListTopics(Page { next_token })) {
        Ok(Response::ListTopics { topics, next_token }) => (topics, next_token),
        other => panic!("{other:?}"),
    };
    let (mut all, token) = page(None);
    assert_eq!(all.len(), 100);
    let (rest, end) = page(token);
    assert_eq!((rest.len(), end), (20, None));
    all.extend(rest);
    all.dedup();
    assert_eq!(all.len(), 120);
}
