//! The user's own handlers and SDK clients in virtual time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
#[path = "../../examples/outage.rs"]
mod outage;
mod shop;
mod stores;
#[path = "../support/mod.rs"]
mod support;
#[path = "../../examples/till.rs"]
mod till;

use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Clock, Consumer, Failure, Handler, Message, Payload, Publisher};
use aqueduct_testkit::{Cloud, Refused, SetupError, TestCloud, failed};
use serde::{Deserialize, Serialize};

const TEMPLATE: &str = r#"{
  "Transform": "AWS::Serverless-2016-10-31",
  "Resources": {
    "In": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": 60,
      "RedrivePolicy": { "deadLetterTargetArn": { "Fn::GetAtt": ["Dlq", "Arn"] }, "maxReceiveCount": 3 } } },
    "Dlq": { "Type": "AWS::SQS::Queue" },
    "Out": { "Type": "AWS::SQS::Queue" },
    "Worker": { "Type": "AWS::Serverless::Function", "Properties": {
      "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 10,
      "Environment": { "Variables": { "OUT_URL": { "Ref": "Out" } } },
      "Events": { "In": { "Type": "SQS", "Properties": {
        "Queue": { "Fn::GetAtt": ["In", "Arn"] }, "FunctionResponseTypes": ["ReportBatchItemFailures"] } } } } }
  }
}"#;

#[derive(Serialize, Deserialize, Payload)]
struct Order {
    id: String,
}

struct Forwarder(Publisher);

impl Handler<Order> for Forwarder {
    async fn handle(&self, message: Message<Order>) -> Result<(), Failure> {
        self.0.publish(message.data).await?;
        Ok(())
    }
}

fn forwarder(aws: &Environment) -> Result<Consumer, MissingSetting> {
    Ok(Consumer::new(Forwarder(Publisher::new("worker", aws.queue("OUT_URL")?).sends::<Order>())))
}

fn total(cloud: &Cloud, queue: &str) -> usize {
    cloud.queue(queue).unwrap().total()
}

#[test]
fn a_consumer_s_sdk_client_reaches_the_cloud() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    cloud.on("Worker", forwarder).unwrap();
    cloud.send("In", r#"{"id":"ord_1"}"#).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!((total(&cloud, "In"), total(&cloud, "Dlq"), total(&cloud, "Out")), (0, 0, 1));
    assert!(cloud.elapsed() < Duration::from_secs(1));
}

#[test]
fn an_sdk_client_s_retries_pass_in_virtual_time() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    cloud.outage("SQS.SendMessage", Duration::ZERO..Duration::from_hours(1)).unwrap();
    let (sqs, out) = (cloud.environment().sqs(), cloud.queue_url("Out"));
    let sent = cloud.run(async { sqs.send_message().queue_url(&out).message_body("1").send().await });
    assert!(sent.is_err());
    // Three attempts, with waits of up to one and up to two seconds between them.
    assert!((15..3_000).contains(&cloud.elapsed().as_millis()), "{:?}", cloud.elapsed());
    cloud.run_for(Duration::from_hours(1));
    cloud.run(async { sqs.send_message().queue_url(&out).message_body("1").send().await }).unwrap();
    assert_eq!(cloud.queue("Out").unwrap().total(), 1);
}

#[test]
fn what_a_run_spends_on_retries_is_its_own() {
    let attempts = || {
        let cloud = Cloud::from_text(TEMPLATE).unwrap();
        cloud.outage("SQS.SendMessage", Duration::ZERO..Duration::from_hours(1)).unwrap();
        let (sqs, out) = (cloud.environment().sqs(), cloud.queue_url("Out"));
        cloud.run(async {
            for _ in 0..60 {
                assert!(sqs.send_message().queue_url(&out).message_body("1").send().await.is_err());
            }
        });
        cloud.elapsed()
    };
    assert_eq!(attempts(), attempts(), "with a budget that is spent, the same calls take less time");
}

#[test]
fn what_cannot_be_set_up_is_named() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let unknown = cloud.on("Wroker", forwarder).unwrap_err();
    assert_eq!(unknown.to_string(), "the template has no function Wroker; it has Worker; did you mean Worker?");
    let lost = |aws: &Environment| aws.queue("LOST_URL").map(|_| forwarder(aws))?;
    let failed = cloud.on("Worker", lost).unwrap_err();
    assert!(matches!(failed, SetupError::Failed { .. }) && failed.to_string().contains("LOST_URL"), "{failed}");
    let missing = Cloud::from_template("infra/none.yaml").unwrap_err();
    assert!(missing.to_string().contains("infra/none.yaml"), "{missing}");
}

#[tokio::test]
async fn a_cloud_within_a_runtime_is_refused() {
    assert!(matches!(Cloud::from_text(TEMPLATE), Err(Refused::InRuntime)));
}

#[test]
fn schedules_run_and_time_is_told_by_the_cloud() {
    let cloud = Cloud::from_template("infra/template.yaml").unwrap();
    cloud.run_for(Duration::from_mins(10) + Duration::from_secs(1));
    assert!(cloud.invocations("StatusProjector").len() >= 10);
    let told = cloud.run(async { Clock::system().now() });
    assert_eq!(told.as_millisecond(), i64::try_from(cloud.now().as_millis()).unwrap());
}

#[test]
fn a_name_that_nothing_has_is_told_with_those_that_there_are() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let now = Duration::ZERO..Duration::from_secs(1);
    let outage = cloud.outage("Sqs.SendMessage", now.clone()).unwrap_err();
    assert!(format!("{outage:?}").starts_with("nothing is called Sqs.SendMessage that could be away"), "{outage:?}");
    assert!(outage.to_string().contains("the functions Worker and the services SQS, SNS, EventBridge"), "{outage}");
    for what in ["Worker", "Scheduler", "S3.PutObject"] {
        cloud.outage(what, now.clone()).unwrap();
    }
    for (what, words) in [
        ("SQS.SendMesage", "SQS has no operation SendMesage; it has AddPermission, "),
        ("SQS.SendMesage", "; did you mean SendMessage?"),
        ("SNS.Pubish", "; did you mean Publish?"),
    ] {
        let outage = cloud.outage(what, now.clone()).unwrap_err().to_string();
        assert!(outage.contains(words), "{outage}");
    }
    let item = cloud.on_item("Orders", |_| ()).unwrap_err();
    assert_eq!(item.to_string(), "the template has no table Orders; it has none");
    let sent = cloud.send("Inn", "{}").unwrap_err();
    assert!(
        sent.message.ends_with("(the template has no queue Inn; it has In, Dlq, Out; did you mean In?)"),
        "{sent:?}"
    );
    let invoked = cloud.invoke("Wroker", "{}").unwrap_err();
    assert!(invoked.message.ends_with("(the template has no function Wroker; it has Worker; did you mean Worker?)"));
}

/// What a lookup of something that is nowhere says.
fn said(lookup: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(lookup)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn nothing_is_found_empty_that_is_not_there() {
    const QUEUE: &str = "the template has no queue Dlp; it has In, Dlq, Out; did you mean Dlq?";
    const FUNCTION: &str = "the template has no function Wroker; it has Worker; did you mean Worker?";
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    assert_eq!(said(|| drop(cloud.queue("Dlp"))), QUEUE);
    assert_eq!(said(|| drop(cloud.queue_url("Dlp"))), QUEUE);
    assert_eq!(said(|| drop(cloud.invocations("Wroker"))), FUNCTION);
    assert_eq!((cloud.queue("Dlq").unwrap().total(), cloud.invocations("Worker").len()), (0, 0));

    let mut cloud = TestCloud::new(TEMPLATE).unwrap();
    assert_eq!(said(|| drop(cloud.queue("Dlp"))), QUEUE);
    assert_eq!(said(|| drop(cloud.invocations("Wroker"))), FUNCTION);
    assert_eq!(said(|| cloud.on("Wroker", |_| failed("E", String::new()))), FUNCTION);
    for refused in [
        cloud.invoke("Wroker", "{}").unwrap_err(),
        cloud.redrive("Dlp", None).unwrap_err(),
        cloud.put_event("Bsu", "s", "t", "{}").unwrap_err(),
    ] {
        assert!(refused.message.contains("(the template has no "), "{refused:?}");
    }

    // What is made by a call is there, and what is deleted was.
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let sqs = cloud.environment().sqs();
    cloud.run(async { sqs.create_queue().queue_name("made").send().await }).unwrap();
    assert_eq!(cloud.queue("made").unwrap().total(), 0);
    let out = cloud.queue_url("Out");
    cloud.run(async { sqs.delete_queue().queue_url(out).send().await }).unwrap();
    cloud.run_for(Duration::from_mins(2));
    assert!(cloud.queue("Out").is_none());
}

/// The page shows the examples as they are.
#[test]
fn the_documentation_has_the_examples() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let page = read("../../docs/testing.md");
    for name in ["outage", "till"] {
        let example = read(&format!("examples/{name}.rs"));
        let (_, code) = example.split_once("\n\n").unwrap();
        assert!(page.contains(code.trim_end()), "docs/testing.md does not have examples/{name}.rs");
    }
}
