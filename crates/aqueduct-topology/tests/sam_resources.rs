//! What SAM makes of functions, state machines and connectors, held against the ids and properties of its translator.

use aqueduct_topology::{Deployment, StreamKind, Topology, read};
use serde_json::{Value, json};

fn topology(resources: &str) -> Topology {
    let template = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
    let (topology, diagnostics) = read(&template, &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    topology
}

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:aqueduct-{name}")
}

#[test]
fn what_invokes_a_function_with_an_alias_invokes_the_alias() {
    let topology = topology(
        "
  Done: {Type: AWS::SNS::Topic}
  Images: {Type: AWS::S3::Bucket}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: Live
      FunctionUrlConfig: {AuthType: NONE}
      EventInvokeConfig: {MaximumRetryAttempts: 0}
      Events:
        Topic: {Type: SNS, Properties: {Topic: !Ref Done}}
        Bus: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour)}}
        Stream: {Type: Kinesis, Properties: {Stream: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', StartingPosition: LATEST}}
        Image: {Type: S3, Properties: {Bucket: !Ref Images, Events: 's3:ObjectCreated:*'}}
        Add: {Type: Api, Properties: {Path: /add, Method: post}}
Outputs:
  Alias: {Value: !Ref Worker.Alias}
",
    );
    let alias = format!("{}:Live", function_arn("Worker"));
    assert_eq!(topology.outputs["Alias"], alias);
    assert_eq!(topology.aliases[0].id, "WorkerAliasLive");
    assert_eq!(topology.subscriptions[0].endpoint, alias);
    assert_eq!(topology.rules[0].targets[0].arn.as_str(), alias);
    assert_eq!(topology.schedules[0].target.arn.as_str(), alias);
    assert_eq!(topology.notifications[0].target.as_ref().expect("a function").as_str(), alias);
    assert_eq!(topology.invoke_configs[0].qualifier, "Live");
    assert_eq!(
        (topology.streams[0].kind, topology.streams[0].function.as_str()),
        (StreamKind::Kinesis, alias.as_str())
    );
    let permissions: Vec<_> = topology.permissions.iter().map(|it| (it.id.as_str(), it.function.as_str())).collect();
    let expected = [
        "WorkerUrlPublicPermissions",
        "WorkerURLInvokeAllowPublicAccess",
        "WorkerTopicPermission",
        "WorkerBusPermission",
        "WorkerImagePermission",
        "WorkerAddPermissionProd",
    ]
    .map(|id| (id, alias.as_str()));
    assert_eq!(permissions, expected);
    let unaliased = topology.unaliased();
    assert_eq!(unaliased.subscriptions[0].endpoint, function_arn("Worker"));
    assert!(unaliased.permissions.iter().all(|it| it.function.as_str() == function_arn("Worker")));
}

#[test]
fn roles_have_the_policies_that_their_functions_ask_for() {
    let topology = topology(
        "
  Jobs: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Tracing: Active
      VpcConfig: {SubnetIds: [a]}
      PermissionsBoundary: arn:aws:iam::000000000000:policy/edge
      Policies:
        - AmazonS3ReadOnlyAccess
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
        - DynamoDBReadPolicy: {TableName: orders}
        - Statement: {Effect: Allow, Action: 's3:PutObject', Resource: '*'}
        - NobodyKnowsPolicy: {}
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: SNS}
          OnFailure: {Type: SQS}
      Events:
        Table: {Type: DynamoDB, Properties: {Stream: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1', StartingPosition: LATEST}}
",
    );
    let worker = &topology.functions[0];
    let role = topology.role(worker.role.as_ref().expect("a role")).expect("the role that SAM makes");
    assert_eq!(role.id, "WorkerRole");
    assert_eq!(role.boundary.as_deref(), Some("arn:aws:iam::000000000000:policy/edge"));
    let names: Vec<_> = role.managed_policies.iter().filter_map(|arn| arn.rsplit('/').next()).collect();
    assert_eq!(
        names,
        [
            "AWSLambdaBasicExecutionRole",
            "AWSLambdaDynamoDBExecutionRole",
            "AWSLambdaVPCAccessExecutionRole",
            "AWSXrayWriteOnlyAccess",
            "AmazonS3ReadOnlyAccess"
        ]
    );
    assert_eq!(role.unknown, ["SAM's policy template `NobodyKnowsPolicy` is not known"]);
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    let resources: Vec<&Value> = role.statements.iter().map(|statement| &statement["Resource"]).collect();
    assert_eq!(
        resources,
        [
            &json!("arn:aws:sqs:us-east-1:000000000000:aqueduct-Jobs"),
            &json!([table, format!("{table}/index/*")]),
            &json!("*"),
            &json!("arn:aws:sns:us-east-1:000000000000:aqueduct-WorkerEventInvokeConfigOnSuccessTopic"),
            &json!("arn:aws:sqs:us-east-1:000000000000:aqueduct-WorkerEventInvokeConfigOnFailureQueue"),
        ]
    );
    assert_eq!(worker.statements, role.statements);
    assert_eq!(worker.asynchronous.on_failure, Some(topology.queues[1].arn.clone()));
}

#[test]
fn state_machines_are_started_by_their_events() {
    let topology = topology(
        "
  Dead: {Type: AWS::SQS::Queue}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: Ask, States: {Ask: {Type: Task, Resource: '${Queue}', End: true}}}
      DefinitionSubstitutions: {Queue: !GetAtt Dead.Arn}
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Dead.QueueName}
      Events:
        Bus: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}, DeadLetterConfig: {Arn: !GetAtt Dead.Arn}}}
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour)}}
",
    );
    let machine = &topology.state_machines[0];
    assert!(machine.express);
    let queue = "arn:aws:sqs:us-east-1:000000000000:aqueduct-Dead";
    assert_eq!(machine.definition.as_ref().expect("it")["States"]["Ask"]["Resource"], queue);
    let target = &topology.rules[0].targets[0];
    assert_eq!((&target.arn, target.id.as_str()), (&machine.arn, "FlowBusStepFunctionsTarget"));
    let role = topology.role(target.role.as_ref().expect("a role")).expect("FlowBusRole");
    assert_eq!(role.statements[0]["Action"], "states:StartExecution");
    assert_eq!(topology.schedules[0].target.arn, machine.arn);
    assert!(topology.permissions.is_empty());
    let own = topology.roles.iter().find(|role| role.id == "FlowRole").expect("its own role");
    assert_eq!(own.statements[0]["Resource"], queue);
}

#[test]
fn connectors_are_the_policies_that_they_stand_for() {
    let topology = topology(
        "
  Jobs:
    Type: AWS::SQS::Queue
  Done:
    Type: AWS::SNS::Topic
    Connectors:
      ToJobs: {Properties: {Destination: {Id: Jobs}, Permissions: [Write]}}
  Watch:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [a]}, Targets: [{Id: w, Arn: !GetAtt Worker.Arn}]}
  Worker:
    Type: AWS::Serverless::Function
    Connectors:
      Out: {Properties: {Destination: [{Id: Done}, {Id: Jobs}], Permissions: [Write]}}
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt PlainRole.Arn}
  PlainRole: {Type: AWS::IAM::Role}
  ToWorker:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Watch}, Destination: {Id: Worker}, Permissions: [Write]}
  Reads:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Jobs}, Destination: {Id: Plain}, Permissions: [Read, Write]}
",
    );
    let policy = topology.policies.iter().find(|policy| policy.id == "DoneToJobsQueuePolicy").expect("a queue policy");
    let statement = &policy.document["Statement"][0];
    assert_eq!(policy.resources, [topology.queues[0].arn.clone()]);
    assert_eq!(statement["Principal"]["Service"], "sns.amazonaws.com");
    assert_eq!(statement["Condition"]["ArnEquals"]["aws:SourceArn"], topology.topics[0].arn.as_str());
    let permission = &topology.permissions[0];
    assert_eq!(permission.source_arn.as_deref(), Some(topology.rules[0].arn.as_str()));
    let actions = |id: &str| {
        let function = topology.functions.iter().find(|function| function.id == id).expect("a function");
        function.statements.iter().map(|statement| statement["Action"].clone()).collect::<Vec<_>>()
    };
    let to_queue = json!(["sqs:DeleteMessage", "sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:PurgeQueue"]);
    assert_eq!(actions("Worker"), [json!(["sns:Publish"]), to_queue]);
    assert_eq!(actions("Plain"), [json!(["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:DeleteMessage"])]);
}

#[test]
fn policies_may_be_chosen_by_conditions() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Conditions: {Live: !Equals [a, a]}
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - !If [Live, {SQSSendMessagePolicy: {QueueName: jobs}}, !Ref AWS::NoValue]
        - !If [Live, !Ref AWS::NoValue, AmazonSQSFullAccess]
        - !If [Live, {Statement: {Effect: Allow, Action: 's3:GetObject', Resource: '*'}}, {}]
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Policies: !If [Live, [AmazonSQSFullAccess, {Statement: {Effect: Allow, Action: 'a:b', Resource: '*'}}], []]
";
    let (topology, diagnostics) = read(template, &Deployment::default());
    assert_eq!(diagnostics, [], "{diagnostics:?}");
    let [one, other] = topology.functions.as_slice() else { panic!("two functions") };
    let actions: Vec<_> = one.statements.iter().map(|statement| statement["Action"].clone()).collect();
    assert_eq!(actions, [json!(["sqs:SendMessage*"]), json!("s3:GetObject")]);
    assert_eq!(one.managed_policies.len(), 1);
    assert_eq!((other.statements.len(), other.managed_policies.len()), (1, 2));
    assert!(topology.roles.iter().all(|role| role.unknown.is_empty()));
}
