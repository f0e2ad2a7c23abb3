//! Edits of templates' texts.

use aqueduct_topology::Deployment;
use serde_json::json;

use super::*;

fn edited(text: &str, fix: &Fix) -> Result<String, String> {
    let (topology, diagnostics) = aqueduct_topology::read(text, &Deployment::default());
    assert_eq!(diagnostics, [], "{text}");
    let edits = fix.plan(&topology, 0, text, &Lines::new(text)).map_err(|error| error.to_string())?;
    let edited = apply(text, &edits);
    let (topology, diagnostics) = aqueduct_topology::read(&edited, &Deployment::default());
    assert_eq!(diagnostics, [], "{edited}");
    for Edit { resource, path, value } in &fix.edits {
        assert_eq!(topology.property(resource, path).json().as_ref(), Some(value), "{edited}");
    }
    Ok(edited)
}

/// What a template becomes when the visibility timeout of `Orders` is set to 180.
const VISIBILITY: &[(&str, &str)] = &[
    // A value is replaced, and nothing else.
    (
        "Resources:\n  Orders: # the queue\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 30  # too short\n",
        "Resources:\n  Orders: # the queue\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 180  # too short\n",
    ),
    (
        "Resources:\n  Orders: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: '30' } }\n",
        "Resources:\n  Orders: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 180 } }\n",
    ),
    (
        "{\"Resources\": {\"Orders\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\n  \"VisibilityTimeout\": 30}}}}",
        "{\"Resources\": {\"Orders\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\n  \"VisibilityTimeout\": 180}}}}",
    ),
    // What is missing is added in the style of its neighbours.
    (
        "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties:\n      # Its name is known elsewhere.\n      QueueName: orders\n",
        "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties:\n      # Its name is known elsewhere.\n      VisibilityTimeout: 180\n      QueueName: orders\n",
    ),
    (
        "Resources:\n  Orders: { Type: AWS::SQS::Queue, Properties: { QueueName: orders } }\n",
        "Resources:\n  Orders: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 180, QueueName: orders } }\n",
    ),
    (
        "{\"Resources\": {\"Orders\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\n  \"QueueName\": \"orders\"\n}}}}",
        "{\"Resources\": {\"Orders\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\n  \"VisibilityTimeout\": 180,\n  \"QueueName\": \"orders\"\n}}}}",
    ),
    (
        "Resources:\r\n  Orders:\r\n    Type: AWS::SQS::Queue\r\n    Properties:\r\n      QueueName: orders\r\n",
        "Resources:\r\n  Orders:\r\n    Type: AWS::SQS::Queue\r\n    Properties:\r\n      VisibilityTimeout: 180\r\n      QueueName: orders\r\n",
    ),
    (
        "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties: {}\n",
        "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: 180}\n",
    ),
];

#[test]
fn properties_are_set_and_everything_else_stays() {
    for (before, after) in VISIBILITY {
        assert_eq!(edited(before, &Fix::set("Orders", "VisibilityTimeout", 180)).as_deref(), Ok(*after));
    }
}

#[test]
fn what_comes_from_elsewhere_is_not_touched() {
    let parameter = "Parameters: { Visibility: { Type: Number, Default: 30 } }\nResources:\n  Orders:\n    Type: AWS::SQS::Queue\n    Properties: { VisibilityTimeout: !Ref Visibility }\n";
    let anchor = "Resources:\n  Other: { Type: AWS::SQS::Queue, Properties: &shared { VisibilityTimeout: 30 } }\n  Orders: { Type: AWS::SQS::Queue, Properties: *shared }\n";
    for text in [parameter, anchor] {
        let refused = edited(text, &Fix::set("Orders", "VisibilityTimeout", 180)).unwrap_err();
        assert!(refused.contains("change it where it comes from"), "{refused}");
    }
    let globals = "Transform: AWS::Serverless-2016-10-31\nGlobals: { Function: { Timeout: 30 } }\nResources:\n  Work:\n    Type: AWS::Serverless::Function\n    Properties: { Handler: bootstrap, Runtime: provided.al2023, CodeUri: . }\n";
    let refused = edited(globals, &Fix::set("Work", "Timeout", 10)).unwrap_err();
    assert_eq!(refused, "Timeout of Work is not written there: change it where it comes from");
    let nothing = "Resources:\n  Orders: { Type: AWS::SQS::Queue }\n";
    let refused = edited(nothing, &Fix::set("Orders", "VisibilityTimeout", 180)).unwrap_err();
    assert_eq!(refused, "Orders has no Properties yet; write them, with its VisibilityTimeout");
    assert_eq!(edited(nothing, &Fix::set("Gone", "A", 1)).unwrap_err(), "Gone is not in this template");
}

#[test]
fn paths_lead_into_maps_lists_and_events_of_sam() {
    let text = "Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 180 } }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: bootstrap
      Runtime: provided.al2023
      CodeUri: .
      Events:
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
  OnOrder:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [shop] }
      Targets:
        - Id: Orders
          Arn: !GetAtt Orders.Arn
";
    let fix = Fix::set("WorkOrders", "FunctionResponseTypes", json!(["ReportBatchItemFailures"])).and_set(
        "OnOrder",
        "Targets.0.RetryPolicy.MaximumRetryAttempts",
        5,
    );
    let edited = edited(text, &fix).unwrap();
    assert_eq!(
        edited,
        text.replace(
            "            Queue: !GetAtt",
            "            FunctionResponseTypes: [ReportBatchItemFailures]\n            Queue: !GetAtt"
        )
        .replace("        - Id", "        - RetryPolicy: { MaximumRetryAttempts: 5 }\n          Id")
    );
}

#[test]
fn texts_get_quotes_where_yaml_would_misread_them() {
    for (text, written) in [
        ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesVisible"),
        ("no", "\"no\""),
        ("a: b", "\"a: b\""),
        ("12", "\"12\""),
        ("", "\"\""),
    ] {
        assert_eq!(flow(&json!(text)), written);
        assert_eq!(scalar(&json!(text), false).as_deref(), Some(written));
    }
}
