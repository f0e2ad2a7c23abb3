//! The AWS endpoint over HTTP: every service behind one port, set up from the template.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use aqueduct_local::{Event, Local};
use aqueduct_services::What;
use aqueduct_topology::Topology;
use http_body_util::Full;
use serde_json::json;
use support::{Request, call, rest, send, with_probe};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue }
  Work:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1 }
      VisibilityTimeout: 2
  Probe:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 2
      Events: { Work: { Type: SQS, Properties: { Queue: !GetAtt Work.Arn } } }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
  Bucket: { Type: AWS::S3::Bucket }
";

async fn start() -> (Local, Topology) {
    support::start(TEMPLATE, 0, with_probe()).await
}

fn signed(method: &str, url: String, service: &str, body: &str) -> Request {
    let scope = format!("AWS4-HMAC-SHA256 Credential=any/20261123/us-east-1/{service}/aws4_request, Signature=0");
    let request = http::Request::builder().method(method).uri(url).header("authorization", scope);
    request.body(Full::new(bytes::Bytes::from(body.to_owned()))).unwrap()
}

#[tokio::test]
async fn tables_are_those_of_the_template() {
    let (local, topology) = start().await;
    let table = topology.tables[0].name.as_str();
    let put = json!({
        "TableName": table, "Item": {"id": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(call(&local, "DynamoDB_20120810.PutItem", &put).await.0, 200);
    let (status, refusal) = call(&local, "DynamoDB_20120810.PutItem", &put).await;
    assert_eq!((status, &refusal["Item"]), (400, &json!({"id": {"S": "1"}})));
    let asked = json!({"TableName": table});
    let (_, answer) = call(&local, "DynamoDB_20120810.DescribeTimeToLive", &asked).await;
    assert_eq!(answer["TimeToLiveDescription"]["AttributeName"], "expires");
    let (status, refusal) = call(&local, "DynamoDB_20120810.ExportTableToPointInTime", &asked).await;
    assert_eq!(status, 501);
    assert!(refusal["message"].as_str().unwrap().contains("ExportTableToPointInTime"), "{refusal}");
    local.shutdown().await;
}

#[tokio::test]
async fn buckets_are_those_of_the_template() {
    let (local, topology) = start().await;
    let object = format!("{}/{}/a/b", local.endpoint(), topology.buckets[0].name);
    assert_eq!(send(signed("PUT", object.clone(), "s3", "payload")).await.0, 200);
    assert_eq!(send(signed("GET", object.clone(), "s3", "")).await, (200, "payload".to_owned()));
    let presigned = http::Request::get(format!("{object}?AWSAccessKeyId=any&Signature=0&Expires=1"));
    assert_eq!(send(presigned.body(Full::default()).unwrap()).await.1, "payload");
    local.shutdown().await;
}

#[tokio::test]
async fn the_caller_is_known_and_other_services_are_refused_by_name() {
    let (local, _) = start().await;
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let (status, answer) = send(signed("POST", format!("{}/", local.endpoint()), "sts", body)).await;
    assert!(status == 200 && answer.contains("<Account>000000000000</Account>"), "{answer}");
    let (status, answer) = send(signed("POST", format!("{}/", local.endpoint()), "kinesis", "{}")).await;
    assert!(status == 501 && answer.contains("EventBridge"), "{answer}");
    local.shutdown().await;
}

#[tokio::test]
async fn a_message_reaches_its_function_and_a_refused_one_its_dead_letter_queue() {
    let (local, topology) = start().await;
    let mut events = local.events();
    let queue = topology.queues.iter().find(|queue| queue.id == "Work").unwrap();
    let dead = topology.queues.iter().find(|queue| queue.id == "Dead").unwrap();
    let message = json!({"QueueUrl": queue.url, "MessageBody": "{}"});
    assert_eq!(call(&local, "AmazonSQS.SendMessage", &message).await.0, 200);
    // The probe refuses an event that is no order, so the only receive fails.
    rest(&local).await;
    let census = local.census().await.unwrap();
    assert_eq!((census[&queue.name].total(), census[&dead.name].visible), (0, 1));
    let mut dead_lettered = false;
    while let Ok(event) = events.try_recv() {
        dead_lettered |= matches!(event, Event::Note(note) if matches!(&note.what, What::DeadLettered { to, .. } if *to == dead.name));
    }
    assert!(dead_lettered);
    local.shutdown().await;
}
