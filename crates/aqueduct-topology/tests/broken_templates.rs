//! Mistakes in templates are told with place, name and way out.

use aqueduct_topology::{Deployment, Topology, read};

fn told(text: &str, deployment: &Deployment) -> (Topology, Vec<String>) {
    let (topology, diagnostics) = read(text, deployment);
    (topology, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn each_mistake_has_its_message() {
    let cases = [
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queue\n",
            "3:1: the template is not valid YAML or JSON: while parsing a flow mapping, did not find expected ',' or \
             '}'\nhelp: check indentation, quotes and brackets at this place and just before it",
        ),
        ("a text", "1:1: the template has no `Resources` map\nhelp: describe at least one resource under `Resources`"),
        (
            "Resource:\n  Q: {Type: AWS::SQS::Queue}\n",
            "1:1: the template has no `Resources` map\nhelp: did you mean `Resources` where `Resource` stands?",
        ),
        ("Resources: {}\nOutput: {}\n", "2:1: the template has no section `Output`\nhelp: did you mean `Outputs`?"),
        (
            "Resources:\n  Q: {Properties: {}}\n",
            "2:3: resource `Q` has no `Type`\nhelp: say what it is, such as `Type: AWS::SQS::Queue`",
        ),
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queu}\n",
            "2:3: resource `Q` is passed over: its type AWS::SQS::Queu is not read\nhelp: did you mean \
             `AWS::SQS::Queue`?",
        ),
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimout: 60}}\n",
            "2:43: queue `Q` has no property `VisibilityTimout`\nhelp: did you mean `VisibilityTimeout`?",
        ),
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: soon}}\n",
            "2:62: VisibilityTimeout of queue `Q` is \"soon\", not a whole number",
        ),
        (
            "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {maxReceiveCount: 3}}}\n",
            "2:58: RedrivePolicy of queue `Q` has no deadLetterTargetArn\nhelp: CloudFormation requires it",
        ),
        (
            "Resources:\n  S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, Endpoint: e, TopicArn: !ImportValue T}}\n",
            "2:88: subscription `S` is passed over: its TopicArn is not known: another stack exports it\nhelp: give \
             the parameters that it depends on a value",
        ),
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {}}\n",
            "2:3: `F` is a SAM resource, but the template does not name the SAM transform\nhelp: add `Transform: \
             AWS::Serverless-2016-10-31` at the top",
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    \
             Properties:\n      Events:\n        E: {Type: SQSS, Properties: {}}\n",
            "7:9: event `E` of function `F` has no type that SAM knows: `SQSS`\nhelp: did you mean `SQS`?",
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    \
             Properties:\n      Events:\n        E: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:a:b:c', \
             BatchSise: 1}}\n",
            "7:65: event `E` of function `F` has no property `BatchSise`\nhelp: did you mean `BatchSize`?",
        ),
        ("Resources:\n  Q: {Type: AWS::SQS::Queue, Condition: C}\n", "2:3: the template has no condition `C`"),
        (
            "Resources:\n  P: {Type: AWS::MediaLive::Channel}\n",
            "2:3: resource `P` is passed over: its type AWS::MediaLive::Channel is not read",
        ),
        (
            "Resources:\n  'Fn::ForEach::Q': [x, [a], {}]\n",
            "1:1: the template has `Fn::ForEach`, but does not name the transform that carries it out\n\
             help: add `Transform: AWS::LanguageExtensions`, before SAM's",
        ),
    ];
    for (text, expected) in cases {
        let (_, told) = told(text, &Deployment::default());
        assert_eq!(told.first().map(String::as_str), Some(expected), "{text}\n{told:#?}");
    }
}

#[test]
fn a_mistake_costs_only_its_own_part() {
    let text = "
Resources:
  Good: {Type: AWS::SQS::Queue}
  Bad: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Nothing, Endpoint: !GetAtt Good.Arn}}
  Fine: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Good.Arn, maxReceiveCount: '7'}}}
";
    let (topology, told) = told(text, &Deployment::default());
    assert_eq!(topology.queues.len(), 2);
    assert_eq!(topology.queues[1].redrive.as_ref().map(|redrive| redrive.receives_max), Some(7));
    assert!(topology.subscriptions.is_empty());
    assert_eq!(told, ["4:77: `Nothing` is neither a parameter nor a resource of this template"]);
}

#[test]
fn parameters_decide_conditions_and_are_checked() {
    let text = "
Parameters: {Stage: {Type: String}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
  Q: {Type: AWS::SQS::Queue, Condition: Live}
";
    let (topology, told_unknown) = told(text, &Deployment::default());
    assert!(topology.queues.is_empty());
    assert_eq!(
        told_unknown,
        ["5:3: queue `Q` is passed over: whether condition `Live` holds is not known: parameter `Stage` has no \
         value\nhelp: give the parameters that it depends on a value",]
    );
    for (stage, queues) in [("live", 1), ("test", 0)] {
        let parameters = [("Stage".to_owned(), stage.to_owned())].into();
        let (topology, told) = told(text, &Deployment { parameters, ..Deployment::default() });
        assert_eq!((topology.queues.len(), told), (queues, Vec::new()), "{stage}");
    }
    let parameters = [("Stag".to_owned(), "live".to_owned())].into();
    let (_, told) = told(text, &Deployment { parameters, ..Deployment::default() });
    assert_eq!(
        told[0],
        "0:0: a value is given for parameter `Stag`, which the template does not have\nhelp: did you mean `Stage`?"
    );
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let text = "
Resources:
  AQueueWithAVeryLongLogicalIdThatSurelyDoesNotFitIntoTheEightyCharactersOfAnSqsName1: {Type: AWS::SQS::Queue}
  AQueueWithAVeryLongLogicalIdThatSurelyDoesNotFitIntoTheEightyCharactersOfAnSqsName2: {Type: AWS::SQS::Queue}
";
    let (topology, _) = told(text, &Deployment::default());
    let names: Vec<_> = topology.queues.iter().map(|queue| queue.name.as_str()).collect();
    assert!(names[0] != names[1] && names.iter().all(|name| name.len() == 80), "{names:?}");
}

#[test]
fn what_sam_would_make_under_a_name_that_is_taken_is_refused_and_what_is_written_stays() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  OrdersQueue: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Role: arn:aws:iam::000000000000:role/r
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt OrdersQueue.Arn}}
";
    let (topology, told) = told(template, &Deployment::default());
    assert_eq!(
        told,
        [
            "9:9: SAM refuses the template: it makes `OrdersQueue` of `Orders`, of type AWS::Lambda::EventSourceMapping, and there \
          is one of this name, of type AWS::SQS::Queue\nhelp: rename `OrdersQueue`, or the event of `Orders` whose name SAM \
          makes it of"
        ]
    );
    assert_eq!(topology.queues.len(), 1);
}
