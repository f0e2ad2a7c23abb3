//! What transforms and rules of the template language add.

use aqueduct_topology::{Deployment, Diagnostic, Setting, Topology, read};

const HEAD: &str = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n";

fn given(parameters: &[(&str, &str)]) -> Deployment {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Deployment { parameters, ..Deployment::default() }
}

fn topology(template: &str, deployment: &Deployment) -> Topology {
    let (topology, diagnostics) = read(&format!("{HEAD}{template}"), deployment);
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    topology
}

fn told(template: &str, deployment: &Deployment) -> Vec<String> {
    let (_, diagnostics) = read(&format!("{HEAD}{template}"), deployment);
    diagnostics.iter().map(Diagnostic::to_string).collect()
}

const LOOPS: &str = "
Parameters:
  Kinds: {Type: CommaDelimitedList, Default: 'orders, re-turns'}
Resources:
  'Fn::ForEach::Queues':
    - Kind
    - !Ref Kinds
    - 'Queue&{Kind}':
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub 'shop-${Kind}'
          RedrivePolicy: {deadLetterTargetArn: !GetAtt 'Dead&{Kind}.Arn', maxReceiveCount: 3}
          'Fn::ForEach::Numbers':
            - Property
            - [DelaySeconds, VisibilityTimeout]
            - '${Property}': 7
      'Dead&{Kind}':
        Type: AWS::SQS::Queue
        Properties: {QueueName: !Join ['-', [dead, !Ref Kind]]}
Outputs:
  'Fn::ForEach::Outputs':
    - Kind
    - !Ref Kinds
    - 'Url&{Kind}': {Value: !Ref 'Queue&{Kind}'}
";

#[test]
fn loops_are_written_out() {
    let topology = topology(LOOPS, &Deployment::default());
    let queues: Vec<_> = topology.queues.iter().map(|queue| (queue.id.as_str(), queue.name.as_str())).collect();
    let expected = [
        ("Queueorders", "shop-orders"),
        ("Deadorders", "dead-orders"),
        ("Queuereturns", "shop-re-turns"),
        ("Deadreturns", "dead-re-turns"),
    ];
    assert_eq!(queues, expected);
    let queue = &topology.queues[2];
    assert_eq!((queue.delay.as_secs(), queue.visibility_timeout.as_secs()), (7, 7));
    assert_eq!(queue.redrive.as_ref().map(|redrive| &redrive.target), Some(&topology.queues[3].arn));
    assert_eq!(topology.outputs.keys().collect::<Vec<_>>(), ["Urlorders", "Urlreturns"]);
}

#[test]
fn loops_over_given_values_and_unknown_ones() {
    let one = topology(LOOPS, &given(&[("Kinds", "a")]));
    assert_eq!(one.queues.len(), 2);
    let cases = [
        (
            "Parameters:\n  Kinds: {Type: CommaDelimitedList}\nResources:\n  'Fn::ForEach::L': [K, !Ref Kinds, {'Q${K}': {Type: AWS::SQS::Queue}}]\n",
            "5:3: `Fn::ForEach::L` is passed over: its list is not known: parameter `Kinds` has no value\n\
             help: give the parameters that it depends on a value",
        ),
        (
            "Resources:\n  'Fn::ForEach::L': [K, [a, b], {Q: {Type: AWS::SQS::Queue}}]\n",
            "3:34: a loop makes `Q` twice\nhelp: use the loop's variable in the key",
        ),
        (
            "Resources:\n  'Fn::ForEach::L': [K, a]\n",
            "3:3: `Fn::ForEach::L` takes a name, a list, and a map\nhelp: see the reference of `Fn::ForEach`",
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(told(template, &Deployment::default()), [expected]);
    }
}

#[test]
fn loops_in_loops_end_in_bounded_memory() {
    let mut body = "{'Q${A}${B}${C}${D}${E}${F}': {Type: AWS::SQS::Queue}}".to_owned();
    for name in ["A", "B", "C", "D", "E", "F"] {
        let items: Vec<String> = (0..40).map(|item| item.to_string()).collect();
        body = format!("{{'Fn::ForEach::{name}': [{name}, [{}], {body}]}}", items.join(","));
    }
    let told = told(&format!("Resources: {body}\n"), &Deployment::default());
    assert!(told.iter().any(|it| it.contains("makes more than 200000 parts")), "{told:?}");
}

#[test]
fn deletion_policies_may_be_chosen() {
    let template = "
Parameters: {Stage: {Type: String, Default: live}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
  Q: {Type: AWS::SQS::Queue, DeletionPolicy: !If [Live, Retain, Delete], UpdateReplacePolicy: Delete}
";
    let topology = topology(template, &Deployment::default());
    let queue = topology.resource("Q").expect("the queue");
    assert_eq!(queue.deletion_policy.as_deref(), Some("Retain"));
    assert_eq!(queue.update_replace_policy.as_deref(), Some("Delete"));
}

#[test]
fn what_a_transform_includes_may_be_anything() {
    let template = "
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 1
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/file}}
";
    let topology = topology(template, &Deployment::default());
    assert_eq!(topology.property("Q", "DelaySeconds").text().as_deref(), Some("1"));
    let other = topology.property("Q", "VisibilityTimeout");
    assert!(
        matches!(other, Setting::Unknown(it) if it.reason == "the transform `AWS::Include` includes it from elsewhere"),
        "{other:?}"
    );
    let (_, diagnostics) = read("Transform: Mine\nResources: {Q: {Type: AWS::SQS::Queue}}\n", &Deployment::default());
    assert_eq!(
        diagnostics[0].to_string(),
        "1:12: macro `Mine` is passed over: the template is read as it was written\n\
         help: check what the macro makes of it, such as the processed template of the stack"
    );
}

#[test]
fn values_are_held_against_what_the_template_takes() {
    let template = "
Parameters:
  Stage: {Type: String, AllowedValues: [test, live], Default: test}
  Size: {Type: Number, Default: 1}
Rules:
  LiveIsLarge:
    RuleCondition: !Equals [!Ref Stage, live]
    Assertions:
      - Assert: !Contains [[4, 8], !Ref Size]
        AssertDescription: live needs 4 or 8
Resources: {Q: {Type: AWS::SQS::Queue}}
"
    .replace("!Contains", "!Or [Fn::Contains:")
    .replace("[[4, 8], !Ref Size]", "[[4, 8], !Ref Size], Fn::Contains: [[4, 8], !Ref Size]]");
    assert_eq!(told(&template, &given(&[("Stage", "test")])), [""; 0]);
    assert_eq!(told(&template, &given(&[("Stage", "live"), ("Size", "8")])), [""; 0]);
    assert_eq!(
        told(&template, &given(&[("Stage", "live")])),
        ["7:3: the parameters' values break the template's rule `LiveIsLarge`\nhelp: live needs 4 or 8"]
    );
    assert_eq!(
        told(&template, &given(&[("Stage", "dev")])),
        ["4:10: parameter `Stage` is given the value `dev`, which it does not take\nhelp: it takes test, live"]
    );
}
