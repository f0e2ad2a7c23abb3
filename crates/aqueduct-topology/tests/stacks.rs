//! Several stacks read into one topology.

use std::collections::BTreeMap;

use aqueduct_topology::{Deployment, Diagnostic, Link, Span, Stack, Topology, read_stacks};

const PRODUCER: &str = "
Resources:
  Events: {Type: AWS::SNS::Topic}
  Dead: {Type: AWS::SQS::Queue}
  Stored: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/dead, Type: String, Value: !GetAtt Dead.Arn}}
Outputs:
  Topic: {Value: !Ref Events, Export: {Name: !Sub '${AWS::StackName}-topic'}}
  Dead: {Value: !GetAtt Dead.Arn}
";

const CONSUMER: &str = "
Parameters:
  DeadArn: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/dead}
  Given: {Type: String}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !Ref DeadArn, maxReceiveCount: 3}
  ByGiven:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !ImportValue shop-topic
      Protocol: sqs
      Endpoint: !GetAtt Jobs.Arn
      RedrivePolicy: {deadLetterTargetArn: !Ref Given}
  ByReference:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !ImportValue shop-topic
      Protocol: sqs
      Endpoint: !GetAtt Dead.Arn
      RedrivePolicy: {deadLetterTargetArn: '{{resolve:ssm:/shop/dead}}'}
";

fn stack<'t>(name: &str, text: &'t str, links: &[(&str, usize, &str)]) -> Stack<'t> {
    let links = links.iter().map(|(parameter, stack, output)| {
        ((*parameter).to_owned(), Link { stack: *stack, output: (*output).to_owned() })
    });
    let deployment = Deployment { stack: name.to_owned(), ..Deployment::default() };
    Stack { text, deployment, links: links.collect::<BTreeMap<_, _>>() }
}

fn joined(stacks: &[Stack<'_>]) -> Topology {
    let (topology, diagnostics) = read_stacks(stacks);
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    topology
}

#[test]
fn stacks_are_joined_by_exports_stored_parameters_and_links() {
    let given = [("Given", 1, "Dead")];
    // Whatever the order, values find their way.
    let topology = joined(&[stack("billing", CONSUMER, &given), stack("shop", PRODUCER, &[])]);
    let ids: Vec<_> = topology.queues.iter().map(|queue| queue.id.as_str()).collect();
    assert_eq!(ids, ["Dead", "Jobs", "shop/Dead"]);
    let dead = &topology.queues[2].arn;
    assert_eq!(topology.queues[1].redrive.as_ref().map(|redrive| &redrive.target), Some(dead));
    for subscription in &topology.subscriptions {
        assert_eq!(subscription.topic, topology.topics[0].arn, "{}", subscription.id);
        assert_eq!(subscription.dead_letter.as_ref(), Some(dead), "{}", subscription.id);
    }
    assert_eq!(topology.subscriptions[1].endpoint, topology.queues[0].arn.as_str());
    assert_eq!(topology.queues[2].span.file, 1);
    assert_eq!(topology.span_of("shop/Dead", "VisibilityTimeout"), Span { file: 1, ..topology.queues[2].span });
    assert_eq!(topology.resource_at(topology.queues[2].span).map(|resource| resource.id.as_str()), Some("shop/Dead"));
}

#[test]
fn a_stack_alone_has_unknown_imports() {
    let (topology, diagnostics) = read_stacks(&[stack("billing", CONSUMER, &[])]);
    assert!(topology.subscriptions.is_empty());
    assert!(diagnostics.iter().any(|it| it.message.contains("another stack exports it")), "{diagnostics:?}");
}

#[test]
fn stacks_of_the_same_name_have_resources_of_different_names() {
    let (topology, diagnostics) = read_stacks(&[stack("shop", PRODUCER, &[]), stack("shop", PRODUCER, &[])]);
    let names: Vec<_> = topology.queues.iter().map(|queue| (queue.id.as_str(), queue.name.as_str())).collect();
    assert_eq!(names, [("Dead", "shop-Dead"), ("shop-2/Dead", "shop-2-Dead")]);
    assert_eq!(diagnostics, []);
}

#[test]
fn an_export_that_two_stacks_have_is_told() {
    let other = PRODUCER.replace("${AWS::StackName}", "shop");
    let (_, diagnostics) = read_stacks(&[stack("shop", PRODUCER, &[]), stack("more", &other, &[])]);
    let told: Vec<_> = diagnostics.iter().map(Diagnostic::to_string).collect();
    assert_eq!(
        told,
        ["0:0: stacks `shop` and `more` both export `shop-topic`\n\
          help: an account has each export once in a Region; rename one of them"]
    );
    assert_eq!(diagnostics[0].span.file, 1);
}

#[test]
fn a_stack_that_cannot_be_read_leaves_the_others() {
    let (topology, diagnostics) = read_stacks(&[stack("broken", "a: [", &[]), stack("shop", PRODUCER, &[])]);
    assert_eq!(topology.topics.len(), 1);
    assert_eq!((diagnostics.len(), diagnostics[0].span.file), (1, 0));
}
