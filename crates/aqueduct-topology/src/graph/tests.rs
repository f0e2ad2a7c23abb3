use crate::{Deployment, read};

use super::mermaid::STYLES;
use super::*;

fn chart(template: &str) -> String {
    let (topology, diagnostics) = read(template, &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    mermaid(&topology)
}

#[test]
fn sources_functions_and_dead_letters() {
    let template = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      RedrivePolicy: {deadLetterTargetArn: !GetAtt JobsDlq.Arn, maxReceiveCount: 5}
  JobsDlq: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Done: {Type: AWS::SNS::Topic}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
      Policies:
        - Statement:
            - {Effect: Allow, Action: 'sns:*', Resource: !Ref Done}
            - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt JobsDlq.Arn}
            - {Effect: Allow, Action: sqs:SendMessage, Resource: "*"}
      Events:
        Jobs:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 3}
        Tick:
          Type: Schedule
          Properties: {Schedule: rate(1 hour)}
        Seen:
          Type: SNS
          Properties:
            Topic: !Ref Done
            FilterPolicy: {kind: [a, b], size: [{numeric: [">", 1]}]}
"#;
    let expected = r#"flowchart LR
  http_(["HTTP"]):::source
  WorkerTick(["rate(1 hour)"]):::source
  Worker["Worker"]:::function
  Jobs[("Jobs<br>FIFO")]:::queue
  JobsDlq>"JobsDlq<br>FIFO"]:::dead
  Done{{"Done"}}:::topic
  default_[/"default"/]:::bus
  http_ --> Worker
  Worker --> Done
  Jobs -->|"batches of 3"| Worker
  Done -->|"kind: a, b<br>size: …"| Worker
  WorkerTick --> Worker
  Jobs -. after 5 receives .-> JobsDlq
"#;
    assert_eq!(chart(template), format!("{expected}{STYLES}"));
}

#[test]
fn what_another_stack_has_gets_a_node_and_odd_characters_are_escaped() {
    let template = r#"
Resources:
  Watch:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: shop
      EventPattern: {'a"b': ["<x>"]}
      Targets: [{Id: t, Arn: "arn:aws:sqs:us-east-1:000000000000:other"}]
"#;
    let chart = chart(template);
    assert!(chart.contains("arn_aws_sqs_us_east_1_000000000000_other_[[\"other\"]]"), "{chart}");
    assert!(chart.contains("-->|\"a&quot;b: &lt;x&gt;\"| "), "{chart}");
    assert!(chart.contains("[[\"shop\"]]"), "{chart}");
}

const EVERYTHING: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}
  Dead: {Type: AWS::SQS::Queue}
  Images:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Jobs.Arn}]
  Flow: {Type: AWS::StepFunctions::StateMachine}
  Pipe:
    Type: AWS::Pipes::Pipe
    Metadata: {'aws:cdk:path': Shop/Pipe/Resource}
    Properties:
      Source: !GetAtt Jobs.Arn
      Target: !Ref Flow
      SourceParameters: {FilterCriteria: {Filters: [{Pattern: '{"body": {"a": ["<b>"]}}'}]}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      Events:
        Clicks: {Type: Kinesis, Properties: {Stream: 'arn:aws:kinesis:us-east-1:000000000000:stream/clicks', StartingPosition: LATEST}}
        Add: {Type: HttpApi, Properties: {Path: /add, Method: post}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"#;

fn everything() -> Graph {
    let (topology, diagnostics) = read(EVERYTHING, &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    Graph::of(&topology)
}

#[test]
fn everything_that_moves_messages_has_its_edges() {
    let graph = everything();
    let label = |place: usize| graph.nodes[place].label.as_str();
    let edges: Vec<_> =
        graph.edges.iter().map(|edge| (label(edge.from), edge.label.as_str(), label(edge.to))).collect();
    let expected = [
        ("Jobs", "batches of 10", "Worker"),
        ("Jobs", "body: …", "Shop/Pipe"),
        ("Shop/Pipe", "", "Flow"),
        ("clicks", "batches of 100", "Worker"),
        ("HTTP", "POST /add", "Worker"),
        ("Images", "s3:ObjectCreated:*", "Jobs"),
        ("Jobs", "after 5 receives", "Dead"),
    ];
    assert_eq!(edges, expected);
}

#[test]
fn findings_are_marked_in_every_language() {
    let mut graph = everything();
    graph.mark([
        ("WorkerJobs", Mark::Warning),
        ("Jobs", Mark::Warning),
        ("Jobs", Mark::Error),
        ("Pipe", Mark::Advice),
        ("Nobody", Mark::Error),
    ]);
    let jobs = graph.nodes.iter().find(|node| node.id == "Jobs").expect("the queue");
    assert_eq!((jobs.mark, jobs.findings), (Some(Mark::Error), 2));
    let mermaid = graph.mermaid();
    assert!(mermaid.contains("Jobs[(\"Jobs<br>2 findings\")]:::queue"), "{mermaid}");
    assert!(mermaid.contains("  linkStyle 0 stroke:#f9a825,stroke-width:3px\n"), "{mermaid}");
    assert!(mermaid.contains("  style Pipe stroke:#0288d1,stroke-width:3px\n"), "{mermaid}");
    assert!(graph.dot().contains(
        "Jobs [label=\"Jobs\\n2 findings\", shape=cylinder, fillcolor=\"#e3f2fd\", color=\"#d32f2f\", penwidth=3]"
    ));
    assert!(graph.svg().contains("fill=\"#d32f2f\"/><text class=\"count\""));
    let json: serde_json::Value = serde_json::from_str(&graph.json()).expect("JSON");
    assert_eq!(json["nodes"][3]["id"], "Jobs");
    assert_eq!(json["nodes"][3]["mark"], "error");
    assert_eq!((&json["edges"][0]["kind"], &json["edges"][0]["id"]), (&"delivery".into(), &"WorkerJobs".into()));
}

/// Every node's box in the image: left, top, right, bottom.
fn boxes(graph: &Graph) -> Vec<[f64; 4]> {
    let sizes = vec![(120.0, 40.0); graph.nodes.len()];
    let layout = super::layout::layout(graph, &sizes);
    for points in &layout.edges {
        assert!(points.len() >= 2 && points.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
    }
    let corners = |place: &super::layout::Place| {
        let (width, height) = (place.width / 2.0, place.height / 2.0);
        [place.x - width, place.y - height, place.x + width, place.y + height]
    };
    layout.nodes.iter().map(corners).collect()
}

#[test]
fn nodes_do_not_overlap_and_edges_point_to_the_right() {
    let sample = crate::sample::template(200);
    for template in [EVERYTHING, &sample] {
        let (topology, _) = read(template, &Deployment::default());
        let graph = Graph::of(&topology);
        let boxes = boxes(&graph);
        for (place, one) in boxes.iter().enumerate() {
            for other in &boxes[..place] {
                let apart = one[2] <= other[0] || other[2] <= one[0] || one[3] <= other[1] || other[3] <= one[1];
                assert!(apart, "{one:?} {other:?}");
            }
        }
        let forward = graph.edges.iter().filter(|edge| boxes[edge.from][2] < boxes[edge.to][0]).count();
        assert!(forward * 10 >= graph.edges.len() * 9, "{forward} of {}", graph.edges.len());
        assert_eq!(graph.svg(), Graph::of(&topology).svg(), "the same each time");
    }
}

#[test]
fn an_image_of_a_large_template_is_drawn_in_time() {
    let (topology, _) = read(&crate::sample::template(5000), &Deployment::default());
    let svg = Graph::of(&topology).svg();
    assert_eq!(svg.matches("<title>").count(), 1 + Graph::of(&topology).nodes.len());
}

#[test]
fn nothing_at_all_can_be_drawn() {
    let graph = Graph::default();
    assert!(graph.svg().ends_with("</svg>\n"));
    assert_eq!(graph.dot().lines().count(), 5);
}
