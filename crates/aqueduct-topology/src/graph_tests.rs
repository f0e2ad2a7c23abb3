use crate::{Deployment, read};

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
