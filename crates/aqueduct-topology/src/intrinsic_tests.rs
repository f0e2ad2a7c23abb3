use serde_json::json;

use crate::parse::parse;
use crate::template::Template;
use crate::{Deployment, Diagnostic};

use super::*;

const TEMPLATE: &str = "
Parameters:
  Stage: {Type: String, Default: test}
  Subnets: {Type: CommaDelimitedList, Default: 'a, b'}
  Secret: {Type: String}
  Image: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}
  Named2: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /stage}
Mappings:
  Sizes: {test: {memory: 128, tags: [x, y]}, live: {memory: !Ref Stage}}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsLive: !Not [!Condition IsTest]
  HasSecret: !Not [!Equals [!Ref Secret, '']]
  Either: !Or [!Condition HasSecret, !Condition IsTest]
  Both: !And [!Condition HasSecret, !Condition IsLive]
  Tens: !Equals [10, '10']
  Circle: !Not [!Condition Circle]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Stage}-named'}}
  Topic: {Type: AWS::SNS::Topic}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  OnBus: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus}}
  OnDefault: {Type: AWS::Events::Rule}
  Table: {Type: AWS::DynamoDB::Table}
  Bucket: {Type: AWS::S3::Bucket}
  Function: {Type: AWS::Lambda::Function}
  Address: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Function}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
  Role: {Type: AWS::IAM::Role, Properties: {Path: /app/}}
  Left: {Type: AWS::SQS::Queue, Condition: IsLive}
  Egg: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Hen.QueueName}}
  Hen: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Egg.QueueName}}
  Vpc: {Type: AWS::EC2::VPC}
";

/// What an expression comes to, and what is said about it.
fn resolve(expression: &str) -> (Resolved, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let root = parse(TEMPLATE, &mut diagnostics).expect("the template parses");
    let template = Template::new(&root, &mut diagnostics).expect("the template has resources");
    let node = parse(expression, &mut diagnostics).expect("the expression parses");
    let mut deployment = Deployment::default();
    deployment.function_urls.insert("Function".to_owned(), "http://127.0.0.1:9/".to_owned());
    deployment.imports.insert("queue".to_owned(), "arn:aws:sqs:us-east-1:000000000000:Q".to_owned());
    deployment.stored_parameters.insert("/stage".to_owned(), "live".to_owned());
    let scope = Scope::new(&template, &deployment, diagnostics);
    let value = scope.resolve(&node).value;
    (value, scope.into_diagnostics())
}

#[test]
fn what_is_known() {
    let arn = |service: &str, path: &str| json!(format!("arn:aws:{service}:us-east-1:000000000000:{path}"));
    let cases = [
        ("!Ref Stage", json!("test")),
        ("{Ref: Subnets}", json!(["a", "b"])),
        ("!Ref AWS::AccountId", json!("000000000000")),
        ("!Ref AWS::Region", json!("us-east-1")),
        ("!Ref AWS::Partition", json!("aws")),
        ("!Ref AWS::StackName", json!("aqueduct")),
        ("!Ref AWS::URLSuffix", json!("amazonaws.com")),
        ("[1, !Ref AWS::NoValue, 2]", json!([1, 2])),
        ("{a: !Ref AWS::NoValue, b: 1}", json!({"b": 1})),
        ("!Ref Queue", json!("https://sqs.us-east-1.amazonaws.com/000000000000/aqueduct-Queue")),
        ("!GetAtt Queue.Arn", arn("sqs", "aqueduct-Queue")),
        ("!GetAtt [Queue, QueueName]", json!("aqueduct-Queue")),
        ("!GetAtt Fifo.Arn", arn("sqs", "aqueduct-Fifo.fifo")),
        ("!GetAtt Named.QueueName", json!("test-named")),
        ("!Ref Topic", arn("sns", "aqueduct-Topic")),
        ("!GetAtt Topic.TopicName", json!("aqueduct-Topic")),
        ("!Ref Bus", json!("shop")),
        ("!GetAtt Bus.Arn", arn("events", "event-bus/shop")),
        ("!Ref OnBus", json!("shop|aqueduct-OnBus")),
        ("!GetAtt OnBus.Arn", arn("events", "rule/shop/aqueduct-OnBus")),
        ("!Ref OnDefault", json!("aqueduct-OnDefault")),
        ("!GetAtt OnDefault.Arn", arn("events", "rule/aqueduct-OnDefault")),
        ("!GetAtt Table.Arn", arn("dynamodb", "table/aqueduct-Table")),
        ("!Ref Bucket", json!("aqueduct-bucket")),
        ("!GetAtt Bucket.Arn", json!("arn:aws:s3:::aqueduct-bucket")),
        ("!Ref Function", json!("aqueduct-Function")),
        ("!GetAtt Function.Arn", arn("lambda", "function:aqueduct-Function")),
        ("!GetAtt Address.FunctionUrl", json!("http://127.0.0.1:9/")),
        ("!Ref Live", arn("lambda", "function:aqueduct-Function:live")),
        ("!GetAtt Role.Arn", json!("arn:aws:iam::000000000000:role/app/aqueduct-Role")),
        ("!Sub '${Stage}-${Queue.QueueName}-${!Stage}-$x'", json!("test-aqueduct-Queue-${Stage}-$x")),
        ("!Sub ['${a}/${Stage}', {a: !Ref Bus}]", json!("shop/test")),
        ("!Join ['-', [a, 1, true, !Ref Stage]]", json!("a-1-true-test")),
        ("!Join [',', !Ref Subnets]", json!("a,b")),
        ("!Select [1, !Ref Subnets]", json!("b")),
        ("!Select ['0', [x, !ImportValue Y]]", json!("x")),
        ("!Select [2, !Split [/, !GetAtt OnBus.Arn]]", json!("aqueduct-OnBus")),
        ("!Split [',', 'a,,b']", json!(["a", "", "b"])),
        ("!If [IsTest, yes, no]", json!(true)),
        ("!If [IsLive, 1, 2]", json!(2)),
        ("!If [Either, 1, 2]", json!(1)),
        ("!If [Both, 1, 2]", json!(2)),
        ("!If [Tens, 1, 2]", json!(1)),
        ("!FindInMap [Sizes, !Ref Stage, memory]", json!(128)),
        ("!FindInMap [Sizes, live, memory]", json!("test")),
        ("!FindInMap [Sizes, test, tags]", json!(["x", "y"])),
        ("!FindInMap [Sizes, dev, memory, {DefaultValue: 64}]", json!(64)),
        ("!ToJsonString {a: !Ref Stage}", json!(r#"{"a":"test"}"#)),
        ("!Length [1, 2, 3]", json!(3)),
        ("!Length [!Ref Secret, 2]", json!(2)),
        ("!Base64 a", json!("YQ==")),
        ("!Select [1, !Cidr [10.0.0.0/16, 2, 8]]", json!("10.0.1.0/24")),
        ("!ImportValue queue", json!("arn:aws:sqs:us-east-1:000000000000:Q")),
        ("!Sub '{{resolve:ssm:/stage:3}}-${Stage}'", json!("live-test")),
        ("!Ref Named2", json!("live")),
    ];
    for (expression, expected) in cases {
        let (value, diagnostics) = resolve(expression);
        assert_eq!((value.to_json(), diagnostics), (expected, Vec::new()), "{expression}");
    }
}

#[test]
fn what_only_the_deployment_tells_stays_unknown_without_a_word() {
    let cases = [
        ("!Ref Secret", "parameter `Secret` has no value"),
        ("!Ref Image", "the value of Systems Manager's parameter `/path` is not given"),
        ("!Sub 'a-${Secret}'", "parameter `Secret` has no value"),
        ("!Join ['', [a, !Ref Secret]]", "parameter `Secret` has no value"),
        ("!If [HasSecret, a, b]", "parameter `Secret` has no value"),
        ("!ImportValue Other", "another stack exports it"),
        ("!GetAZs ''", "only AWS knows an account's Availability Zones"),
        ("'{{resolve:ssm:/other}}'", "the value of Systems Manager's parameter `/other` is not given"),
        ("'a{{resolve:secretsmanager:db:SecretString:password}}'", "`db` is a secret of Secrets Manager"),
        ("!Ref Vpc", "what `Ref` gives for `Vpc`, of type AWS::EC2::VPC, is not known"),
        ("!GetAtt Table.TableId", "`Table.TableId` is not known before the stack is deployed"),
        ("!Ref Left", "`Left` is left out by condition `IsLive`"),
    ];
    for (expression, reason) in cases {
        let (value, diagnostics) = resolve(expression);
        assert_eq!(value.first_unknown().map(|unknown| unknown.reason.as_str()), Some(reason), "{expression}");
        assert_eq!(diagnostics, [], "{expression}");
    }
    let (value, _) = resolve("{Resource: !ImportValue Other}");
    assert_eq!(value.to_json(), json!({"Resource": {"Fn::ImportValue": "Other"}}), "an unknown stays what it is");
}

#[test]
fn what_is_wrong_is_told() {
    let reference = "\nhelp: see the intrinsic function reference of CloudFormation";
    let cases = [
        (
            "!Ref Queu",
            "1:1: `Queu` is neither a parameter nor a resource of this template\nhelp: did you mean `Queue`?",
        ),
        ("!Ref Xyzzy", "1:1: `Xyzzy` is neither a parameter nor a resource of this template"),
        ("!GetAtt Topc.Arn", "1:1: `Topc` is not a resource of this template\nhelp: did you mean `Topic`?"),
        (
            "!Sub '${Stge}'",
            "1:1: `Stge` is neither a parameter nor a resource of this template\nhelp: did you mean `Stage`?",
        ),
        ("!If [IsTst, 1, 2]", "1:6: the template has no condition `IsTst`\nhelp: did you mean `IsTest`?"),
        ("!Sub 'a${b'", &format!("1:1: `Fn::Sub` has a `${{` without its `}}`{reference}")),
        ("!Select [5, [a]]", &format!("1:1: `Fn::Select` takes an index and a list that has it{reference}")),
        ("!Join [a]", &format!("1:1: `Fn::Join` takes a delimiter and a list of texts{reference}")),
        ("!FindInMap [Sizes, dev, memory]", &format!("1:1: `Fn::FindInMap` finds no `Sizes.dev.memory`{reference}")),
        ("!If [a, b]", &format!("1:1: `Fn::If` takes a condition and two values{reference}")),
        ("!Ref [a]", &format!("1:1: `Ref` takes a name{reference}")),
        (
            "!If [Circle, 1, 2]",
            "17:17: the condition `Circle` depends on itself\nhelp: shorten or break the chain of references",
        ),
        ("!Ref Hen", "34:3: the name of `Hen` depends on itself\nhelp: shorten or break the chain of references"),
    ];
    for (expression, expected) in cases {
        let (value, diagnostics) = resolve(expression);
        let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected], "{expression}");
        assert!(value.first_unknown().is_some(), "{expression} is unknown");
    }
}

#[test]
fn what_exists_already_is_called_as_it_is_called() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: written}}
  Topic: {Type: AWS::SNS::Topic}
  Table: {Type: AWS::Serverless::SimpleTable}
Outputs:
  Url: {Value: !Ref Queue}
  QueueArn: {Value: !GetAtt Queue.Arn}
  Topic: {Value: !Ref Topic}
  TopicName: {Value: !GetAtt Topic.TopicName}
  Table: {Value: !Ref Table}
";
    let (url, topic) = ("http://localhost:4566/123456789012/jobs-7", "arn:aws:sns:eu-west-1:123456789012:done-8");
    let physical = [("Queue", url), ("Topic", topic), ("Table", "items-9")];
    let physical = physical.map(|(id, name)| (id.to_owned(), name.to_owned())).into();
    let deployment = Deployment { physical, ..Deployment::default() };
    let (topology, diagnostics) = crate::read(template, &deployment);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let expected = [
        ("QueueArn", "arn:aws:sqs:us-east-1:123456789012:jobs-7"),
        ("Table", "items-9"),
        ("Topic", topic),
        ("TopicName", "done-8"),
        ("Url", url),
    ];
    assert_eq!(topology.outputs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!((topology.queues[0].url.as_str(), topology.tables[0].name.as_str()), (url, "items-9"));
}
