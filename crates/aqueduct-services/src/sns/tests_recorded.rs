//! Answers recorded against AWS that need no receiver.

use serde_json::{Value, json};

use super::tests::{NOW, map, plain, publish, queue, sns, subscribe, topic};
use super::*;

fn topic_attributes(sns: &mut Sns, topic: &Arn) -> BTreeMap<String, String> {
    match sns.call(NOW, Request::GetTopicAttributes(TopicArn { topic_arn: topic.clone() })).unwrap() {
        Response::GetTopicAttributes(all) => all,
        other => panic!("{other:?}"),
    }
}

fn set_topic(sns: &mut Sns, topic: &Arn, name: &str, value: &str) -> Result<(), ApiError> {
    let request = SetTopicAttributes { topic_arn: topic.clone(), name: name.to_owned(), value: value.to_owned() };
    sns.call(NOW, Request::SetTopicAttributes(request)).map(drop)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// LocalStack's AWS-validated test `test_topic_delivery_policy_crud`.
#[test]
fn a_delivery_policy_is_kept_as_given_and_filled_in() {
    let mut sns = sns();
    let policy = r#"{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}"#;
    let orders = topic(&mut sns, "Orders", &[("DeliveryPolicy", policy)]).unwrap();
    let retry = json!({
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
        "numMinDelayRetries": 0, "backoffFunction": "linear"
    });
    let all = topic_attributes(&mut sns, &orders);
    assert_eq!(
        json_of(&all["DeliveryPolicy"]),
        json!({"http": {
            "disableSubscriptionOverrides": false, "defaultRequestPolicy": { "headerContentType": "application/json" }
        }})
    );
    assert_eq!(
        json_of(&all["EffectiveDeliveryPolicy"]),
        json!({"http": {
            "defaultHealthyRetryPolicy": retry, "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": { "headerContentType": "application/json" }
        }})
    );
    let given = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}"#;
    set_topic(&mut sns, &orders, "DeliveryPolicy", given).unwrap();
    let kept = topic_attributes(&mut sns, &orders)["DeliveryPolicy"].clone();
    assert_eq!(
        kept,
        r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}"#
    );
    set_topic(&mut sns, &orders, "DeliveryPolicy", r#"{"http":{"defaultHealthyRetryPolicy":null}}"#).unwrap();
    let kept = topic_attributes(&mut sns, &orders)["DeliveryPolicy"].clone();
    assert_eq!(kept, r#"{"http":{"disableSubscriptionOverrides":false}}"#);
    set_topic(&mut sns, &orders, "DeliveryPolicy", "").unwrap();
    assert_eq!(topic_attributes(&mut sns, &orders).get("DeliveryPolicy"), None);
    let wrong = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":0,"maxDelayTarget":1,"numRetries":1}}}"#;
    let error = set_topic(&mut sns, &orders, "DeliveryPolicy", wrong).unwrap_err();
    assert!(
        error.message.starts_with("Invalid parameter: DeliveryPolicy: http.defaultHealthyRetryPolicy.minDelayTarget")
    );
}

/// LocalStack's AWS-validated test `test_subscribe_idempotency`.
#[test]
fn a_subscription_is_made_once() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let arn = subscribe(&mut sns, &orders, &queue("Q"), &[("RawMessageDelivery", "true")]).unwrap();
    let same: [&[(&str, &str)]; 4] = [
        &[("RawMessageDelivery", "true")],
        &[("RawMessageDelivery", "TRUE"), ("FilterPolicyScope", "MessageAttributes")],
        &[],
        &[("FilterPolicyScope", "MessageAttributes")],
    ];
    for attributes in same {
        assert_eq!(subscribe(&mut sns, &orders, &queue("Q"), attributes).unwrap(), arn, "{attributes:?}");
    }
    let other = [("RawMessageDelivery", "false"), ("FilterPolicyScope", "MessageBody")];
    let error = subscribe(&mut sns, &orders, &queue("Q"), &other).unwrap_err();
    let words = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes";
    assert_eq!(error.message, words);
}

/// LocalStack's AWS-validated tests `test_unsubscribe_wrong_arn_format`, `test_unsubscribe_from_deleted_topic`.
#[test]
fn what_is_no_subscription_is_refused() {
    let mut sns = sns();
    let cases = [
        ("randomstring", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("PendingConfirmation", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"),
        ("arn:aws:sns:us-east-1:111111111111:random", "SubscriptionId"),
        ("", "SubscriptionArn Reason: no value for required parameter"),
    ];
    for (arn, words) in cases {
        let request = Unsubscribe { subscription_arn: Arn::new(arn), signed: true };
        let error = sns.call(NOW, Request::Unsubscribe(request)).unwrap_err();
        assert_eq!(error.message, format!("Invalid parameter: {words}"), "{arn}");
    }
}

/// LocalStack's AWS-validated test `test_cross_region_access`.
#[test]
fn a_topic_of_another_region_is_not_spoken_of() {
    let mut sns = sns();
    let elsewhere = Arn::new("arn:aws:sns:us-west-1:000000000000:Orders");
    let error = publish(&mut sns, NOW, &elsewhere, plain("x")).unwrap_err();
    assert_eq!(error.message, "Invalid parameter: TopicArn");
    let error = sns.call(NOW, Request::DeleteTopic(TopicArn { topic_arn: elsewhere })).unwrap_err();
    assert_eq!(error.message, "Invalid parameter: TopicArn");
}

/// LocalStack's AWS-validated test `test_publish_batch_exceptions`.
#[test]
fn a_batch_is_refused_for_one_of_its_entries() {
    let mut sns = sns();
    let fifo = topic(&mut sns, "O.fifo", &[("FifoTopic", "true")]).unwrap();
    let grouped = |message: &str| Outgoing { group: Some("g".to_owned()), ..plain(message) };
    let structured = Outgoing {
        structure: Some("json".to_owned()),
        deduplication_id: Some("d".to_owned()),
        ..grouped(r#"{"sqs":"no default"}"#)
    };
    let cases = [
        (plain("x"), "The MessageGroupId parameter is required for FIFO topics"),
        (
            grouped("x"),
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ),
        (structured, "Message Structure - No default entry in JSON message body"),
    ];
    for (message, words) in cases {
        let request = PublishBatch { topic_arn: fifo.clone(), entries: vec![("1".to_owned(), message)] };
        let error = sns.call(NOW, Request::PublishBatch(request)).unwrap_err();
        assert_eq!(error.message, format!("Invalid parameter: {words}"));
    }
}

#[test]
fn permissions_edit_the_policy() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let add = |sns: &mut Sns, label: &str, account: &str, action: &str| {
        let request = AddPermission {
            topic_arn: orders.clone(),
            label: label.to_owned(),
            accounts: vec![account.to_owned()],
            actions: vec![action.to_owned()],
        };
        sns.call(NOW, Request::AddPermission(request)).map(drop)
    };
    add(&mut sns, "theirs", "111111111111", "Publish").unwrap();
    let error = add(&mut sns, "theirs", "111111111111", "Publish").unwrap_err();
    assert_eq!(error.message, "Invalid parameter: Statement already exists");
    let error = add(&mut sns, "other", "111111111111", "Frobnicate").unwrap_err();
    assert_eq!(error.message, "Invalid parameter: Policy statement action out of service scope!");
    assert!(add(&mut sns, "other", "someone", "Publish").is_err());
    let policy = |sns: &mut Sns| json_of(&topic_attributes(sns, &orders)["Policy"]);
    let statements = policy(&mut sns)["Statement"].clone();
    assert_eq!(statements[0]["Sid"], "__default_statement_ID");
    assert_eq!(
        statements[1],
        json!({
            "Sid": "theirs", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
            "Action": "SNS:Publish", "Resource": orders.as_str()
        })
    );
    let request = RemovePermission { topic_arn: orders.clone(), label: "theirs".to_owned() };
    sns.call(NOW, Request::RemovePermission(request)).unwrap();
    assert_eq!(policy(&mut sns)["Statement"].as_array().unwrap().len(), 1);
}

#[test]
fn what_has_no_topic_is_refused() {
    let refuse = |target: Option<&str>, number: Option<&str>| {
        let request = PublishDirect { target_arn: target.map(Arn::new), phone_number: number.map(str::to_owned) };
        sns().call(NOW, Request::PublishDirect(request)).unwrap_err()
    };
    let endpoint = "arn:aws:sns:us-east-1:000000000000:endpoint/APNS/abcdef/0f7d5971";
    let cases = [
        (
            refuse(Some(endpoint), None),
            "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
        ),
        (refuse(None, Some("+1a234")), "Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to"),
        (refuse(None, None), "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"),
    ];
    for (error, message) in cases {
        assert_eq!(error.message, message);
    }
    assert_eq!(refuse(None, Some("+15551234567")).status, 501);
}

#[test]
fn attributes_are_checked() {
    let mut sns = sns();
    let cases = [
        ("SignatureVersion", "3", "SignatureVersion"),
        ("TracingConfig", "Loud", "TracingConfig"),
        ("ContentBasedDeduplication", "true", "FIFO topics only"),
        ("FifoThroughputScope", "Topic", "FIFO topics only"),
        ("FifoTopic", "maybe", "FifoTopic"),
        ("DeliveryPolicy", "oops", "failed to parse JSON"),
        ("SQSNonsense", "1", "AttributeName"),
        ("MaximumMessageSize", "1048577", "MaximumMessageSize"),
    ];
    for (name, value, words) in cases {
        let error = topic(&mut sns, "Orders", &[(name, value)]).unwrap_err();
        assert!(error.message.contains(words), "{name}: {error}");
    }
    let orders = topic(&mut sns, "Orders", &[("SQSSuccessFeedbackSampleRate", "100")]).unwrap();
    let error = set_topic(&mut sns, &orders, "FifoTopic", "false").unwrap_err();
    assert_eq!(error.message, "Invalid parameter: AttributeName");
    // Tags that are too many, and a topic's attributes in another spelling.
    let tags = (0..51).map(|number| (number.to_string(), String::new())).collect();
    let request = CreateTopic { name: "Tagged".to_owned(), attributes: map(&[]), tags };
    let error = sns.call(NOW, Request::CreateTopic(request)).unwrap_err();
    assert_eq!(error.query_code.as_deref(), Some("TagLimitExceeded"));
    let policy = [("Policy", r#"{"Version":"2008-10-17","Statement":[]}"#)];
    let spelt = [("Policy", r#"{ "Version": "2008-10-17", "Statement": [] }"#)];
    let arn = topic(&mut sns, "Spelt", &policy).unwrap();
    assert_eq!(topic(&mut sns, "Spelt", &spelt).unwrap(), arn);
}

/// LocalStack's AWS-validated test `test_sub_filter_policy_nested_property`.
#[test]
fn a_nested_policy_needs_the_scope_of_the_body() {
    let mut sns = sns();
    let orders = topic(&mut sns, "Orders", &[]).unwrap();
    let subscription = subscribe(&mut sns, &orders, &queue("Q"), &[]).unwrap();
    let mut set = |name: &str, value: &str| {
        let request = SetSubscriptionAttributes {
            subscription_arn: subscription.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
        };
        sns.call(NOW, Request::SetSubscriptionAttributes(request)).map(drop)
    };
    let nested = r#"{"object":{"key":[{"prefix":"auto-"}]}}"#;
    assert_eq!(
        set("FilterPolicy", nested).unwrap_err().message,
        "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
    );
    set("FilterPolicyScope", "MessageBody").unwrap();
    set("FilterPolicy", nested).unwrap();
    assert!(set("FilterPolicyScope", "MessageAttributes").is_err(), "the policy does not fit");
    let many = r#"{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}"#;
    assert_eq!(
        set("FilterPolicy", many).unwrap_err().message,
        "Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys"
    );
}
