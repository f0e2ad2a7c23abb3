//! Templates of any size, to measure with.

use std::fmt::Write;

/// Resources that one service of the sample is written with.
const OF_A_SERVICE: usize = 10;

/// A SAM template in YAML with `resources` resources, rounded up to whole services of ten: a queue with its dead-letter
/// queue, policy and alarm, a topic and a subscription, a bus, a rule, a table, and the function in their middle.
///
/// Every service listens to the one before it.
pub fn template(resources: usize) -> String {
    let mut text = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: Services that listen to one another.
Parameters:
  Stage: {Type: String, Default: test}
Mappings:
  Sizes: {test: {memory: 256}, live: {memory: 1024}}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 10
    Environment:
      Variables: {RUST_LOG: info, STAGE: !Ref Stage}
Resources:
"
    .to_owned();
    let services = resources.div_ceil(OF_A_SERVICE).max(1);
    for number in 0..services {
        let before = (number + services - 1) % services;
        let service = SERVICE.replace("{n}", &number.to_string()).replace("{before}", &before.to_string());
        text.push_str(&service);
    }
    let _ = writeln!(text, "Outputs:\n  FirstQueue:\n    Value: !Ref Queue0");
    text
}

const SERVICE: &str = r"
  Queue{n}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-${Stage}-queue-{n}'
      VisibilityTimeout: 60
      MessageRetentionPeriod: 345600
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead{n}.Arn
        maxReceiveCount: 5
  Dead{n}:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
  Policy{n}:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue{n}]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {Service: sns.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Queue{n}.Arn
            Condition: {ArnEquals: {'aws:SourceArn': !Ref Topic{before}}}
  Topic{n}:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Join [' ', [events, of, '{n}']]
  Subscription{n}:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic{before}
      Protocol: sqs
      Endpoint: !GetAtt Queue{n}.Arn
      RawMessageDelivery: true
      FilterPolicy: {type: [OrderConfirmed, OrderDeclined]}
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead{n}.Arn}
  Bus{n}:
    Type: AWS::Events::EventBus
    Properties:
      Name: !Sub '${AWS::StackName}-bus-{n}'
  Rule{n}:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus{before}
      EventPattern: {source: [shop], detail-type: [OrderDispatched]}
      Targets:
        - Id: queue
          Arn: !GetAtt Queue{n}.Arn
          DeadLetterConfig: {Arn: !GetAtt Dead{n}.Arn}
  Table{n}:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Alarm{n}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Dead{n}.QueueName}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
  Function{n}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/service-{n}
      MemorySize: !If [IsLive, !FindInMap [Sizes, live, memory], !FindInMap [Sizes, !Ref Stage, memory]]
      Environment:
        Variables:
          TABLE_NAME: !Ref Table{n}
          TOPIC_ARN: !Ref Topic{n}
          BUS_NAME: !Ref Bus{n}
      Policies:
        - SNSPublishMessagePolicy: {TopicName: !GetAtt Topic{n}.TopicName}
        - DynamoDBCrudPolicy: {TableName: !Ref Table{n}}
        - EventBridgePutEventsPolicy: {EventBusName: !Ref Bus{n}}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Queue{n}.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 10}
";
