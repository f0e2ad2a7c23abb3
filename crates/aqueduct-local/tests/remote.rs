//! Functions here, queues elsewhere: another embedded cloud stands for the endpoint.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::time::Duration;

use aqueduct_local::{Event, Local, Options, Remote, RemoteError, Search, Sockets};
use aqueduct_services::What;
use aqueduct_topology::{Deployment, Topology};
use http_body_util::Full;
use serde_json::{Value, json};
use support::{call, read, rest, with_probe};
use tokio::sync::broadcast::Receiver;

const QUEUES: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue }
  Work:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 }
      VisibilityTimeout: 2
";

const FUNCTION: &str = "
  Probe:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 2
      Environment: { Variables: { WORK: !Ref Work } }
      Events:
        Work:
          Type: SQS
          Properties: { Queue: !GetAtt Work.Arn, FunctionResponseTypes: [ReportBatchItemFailures] }
";

/// A cloud with the queues of a template and nothing else, on a port of its own choice when that is 0.
async fn cloud(template: &str, port: u16) -> Local {
    support::start(template, port, Options::default()).await.0
}

fn search(endpoint: &str) -> Search {
    Search { endpoint: endpoint.to_owned(), region: "us-east-1".to_owned(), ..Search::default() }
}

async fn find(search: Search) -> Result<Remote, RemoteError> {
    Remote::find(search, &read(&format!("{QUEUES}{FUNCTION}"), &Deployment::default())).await
}

/// The probe, with its queues on a cloud elsewhere.
fn attach(remote: &Remote) -> (Local, Topology) {
    let template = format!("{QUEUES}{FUNCTION}");
    let draft = read(&template, &Deployment::default());
    let sockets = Sockets::bind_urls(&draft, remote.endpoint(), 0).unwrap();
    let deployment = sockets.deployment(remote.deployment(Deployment::default()));
    let topology = read(&template, &deployment);
    (Local::attach(&topology, sockets, remote, &with_probe()).unwrap(), topology)
}

/// Sends a message and answers its id.
async fn send(cloud: &Local, queue: &str, body: &Value) -> String {
    let url = format!("{}/000000000000/{queue}", cloud.endpoint());
    let input = json!({"QueueUrl": url, "MessageBody": body.to_string()});
    let (_, answer) = call(cloud, "AmazonSQS.SendMessage", &input).await;
    answer["MessageId"].as_str().unwrap().to_owned()
}

/// The first event that `wanted` takes.
async fn wait<T>(events: &mut Receiver<Event>, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.unwrap();
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), search).await.expect("the event comes")
}

fn good() -> Value {
    json!({"do": "describe"})
}

#[tokio::test]
async fn what_is_handled_is_deleted_and_what_fails_ends_in_the_dead_letter_queue() {
    let cloud = cloud(QUEUES, 0).await;
    let remote = find(search(cloud.endpoint())).await.unwrap();
    let (local, topology) = attach(&remote);
    let url = format!("{}/000000000000/aqueduct-Work", cloud.endpoint());
    assert_eq!(topology.functions[0].environment["WORK"], url);
    let mut events = local.events();
    send(&cloud, "aqueduct-Work", &good()).await;
    wait(&mut events, |event| matches!(event, Event::Note(note) if note.what == What::Deleted).then_some(())).await;
    send(&cloud, "aqueduct-Work", &json!({"do": "refuse"})).await;
    rest(&local).await;
    let census = cloud.census().await.unwrap();
    assert_eq!((census["aqueduct-Work"].total(), census["aqueduct-Dead"].visible), (0, 1));
    assert_eq!(local.census().await.unwrap(), census, "the counts are the endpoint's");
    local.shutdown().await;
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_partial_failure_returns_alone() {
    let cloud = cloud(QUEUES, 0).await;
    let good = send(&cloud, "aqueduct-Work", &good()).await;
    let bad = send(&cloud, "aqueduct-Work", &json!({"do": "fail"})).await;
    let (local, _) = attach(&find(search(cloud.endpoint())).await.unwrap());
    let mut events = local.events();
    let received = |wanted: String, times: u32| {
        move |event| match event {
            Event::Note(note) if note.id == wanted && note.what == (What::Received { count: times }) => Some(()),
            _ => None,
        }
    };
    let failed = wait(&mut events, |event| match event {
        Event::Note(note) => match note.what {
            What::Finished { failed_records, .. } if !failed_records.is_empty() => Some(failed_records),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(failed.await, std::slice::from_ref(&bad));
    let deleted = |event| matches!(event, Event::Note(note) if note.what == What::Deleted && note.id == good);
    wait(&mut events, |event| deleted(event).then_some(())).await;
    wait(&mut events, received(bad, 2)).await;
    rest(&local).await;
    assert_eq!(cloud.census().await.unwrap()["aqueduct-Dead"].visible, 1);
    local.shutdown().await;
    cloud.shutdown().await;
}

#[tokio::test]
async fn an_endpoint_that_goes_away_and_comes_back_is_waited_for() {
    let first = cloud(QUEUES, 0).await;
    let endpoint = first.endpoint().to_owned();
    let port = endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let (local, _) = attach(&find(search(&endpoint)).await.unwrap());
    let mut events = local.events();
    first.shutdown().await;
    let place = wait(&mut events, |event| match event {
        Event::EndpointAway { place, .. } => Some(place),
        _ => None,
    });
    assert_eq!(place.await, endpoint);
    let second = cloud(QUEUES, port).await;
    send(&second, "aqueduct-Work", &good()).await;
    let mut said = 0;
    wait(&mut events, |event| match event {
        Event::EndpointAway { .. } => {
            said += 1;
            None
        }
        Event::EndpointBack { place, .. } if place == endpoint => Some(()),
        _ => None,
    })
    .await;
    assert_eq!(said, 0, "it is said once");
    wait(&mut events, |event| matches!(event, Event::Note(note) if note.what == What::Deleted).then_some(())).await;
    rest(&local).await;
    local.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn names_can_be_given_and_what_is_not_there_is_named() {
    let cloud = cloud(
        "
Resources:
  Dead: { Type: AWS::SQS::Queue, Properties: { QueueName: dead-1 } }
  Work: { Type: AWS::SQS::Queue, Properties: { QueueName: work-1 } }
",
        0,
    )
    .await;
    let named = |names: &[(&str, &str)]| Search {
        resources: names.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect(),
        ..search(cloud.endpoint())
    };
    let error = find(named(&[("Work", "work-1")])).await.unwrap_err();
    assert!(
        matches!(&error, RemoteError::MissingQueues { queues, .. }
        if *queues == [("Dead".to_owned(), "aqueduct-Dead".to_owned())]),
        "{error}"
    );
    let url = format!("{}/000000000000/work-1", cloud.endpoint());
    let remote = find(named(&[("Work", &url), ("Dead", "dead-1")])).await.unwrap();
    let (local, topology) = attach(&remote);
    assert_eq!(topology.mappings[0].queue.as_str(), "arn:aws:sqs:us-east-1:000000000000:work-1");
    send(&cloud, "work-1", &good()).await;
    wait(&mut local.events(), |event| matches!(event, Event::Note(note) if note.what == What::Deleted).then_some(()))
        .await;
    local.shutdown().await;
    assert_eq!(find(named(&[("Nothing", "x")])).await.unwrap_err(), RemoteError::UnknownResource("Nothing".to_owned()));
    let error = find(Search { stack: Some("shop".to_owned()), ..search(cloud.endpoint()) }).await.unwrap_err();
    assert!(error.to_string().contains("DescribeStackResources"), "{error}");
    cloud.shutdown().await;
}

/// Answers CloudFormation with this list of resources, and everything else as a cloud whose every queue is `jobs-7`.
async fn stack_server() -> String {
    use hyper::service::service_fn;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let url = format!("{endpoint}/123456789012/jobs-7");
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let url = url.clone();
            let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let scope = request.headers()["authorization"].to_str().unwrap().to_owned();
                let body = if scope.contains("/eu-west-1/cloudformation/") {
                    let member = |id: &str, kind: &str, physical: &str| {
                        format!(
                            "<member><LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
                             <PhysicalResourceId>{physical}</PhysicalResourceId></member>"
                        )
                    };
                    let queues = ["Work", "Dead"].map(|id| member(id, "AWS::SQS::Queue", &url)).concat();
                    let mapping = member("ProbeWork", "AWS::Lambda::EventSourceMapping", "1-2-3");
                    format!("<R><StackResources>{queues}{mapping}</StackResources></R>")
                } else {
                    json!({"Attributes": {"VisibilityTimeout": "40"}}).to_string()
                };
                async move { Ok::<_, std::convert::Infallible>(http::Response::new(Full::new(bytes::Bytes::from(body)))) }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(hyper_util::rt::TokioIo::new(stream), answer),
            );
        }
    });
    endpoint
}

#[tokio::test]
async fn a_stack_says_what_its_resources_are_called() {
    let endpoint = stack_server().await;
    let search = Search { stack: Some("shop".to_owned()), region: "eu-west-1".to_owned(), ..search(&endpoint) };
    let remote = find(search).await.unwrap();
    assert_eq!(remote.competitors(), ["ProbeWork"]);
    let deployment = remote.deployment(Deployment::default());
    assert_eq!((deployment.account.as_str(), deployment.region.as_str()), ("123456789012", "eu-west-1"));
    assert_eq!(deployment.physical["Work"], format!("{endpoint}/123456789012/jobs-7"));
}
