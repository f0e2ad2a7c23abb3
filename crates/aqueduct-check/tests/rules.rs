//! Each rule on a pipeline that is wired right, and on the same pipeline with one thing wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aqueduct_check::{Evidence, Level, Sample, Settings, assert_wired, check, check_with, registry};
use aqueduct_contract::Contracts;
use aqueduct_topology::{Arn, Deployment, Diagnostic, Redrive, Topology};
use serde_json::json;

/// A rule's id, what breaks the pipeline, and the findings as `id: message`.
type Case = (&'static str, fn(&mut Topology), &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "alarm-on-dead-letter-sends",
        |it| "NumberOfMessagesSent".clone_into(&mut it.alarms[0].metric),
        &["alarm-on-dead-letter-sends: OrdersDlqAlarm counts messages sent to OrdersDlq, but OrdersQueue moves them \
             there"],
    ),
    (
        "batch-without-partial-responses",
        |it| it.mappings[0].reports_batch_item_failures = false,
        &["batch-without-partial-responses: ProcessorOrders takes batches of 10 and cannot report single failures"],
    ),
    (
        "concurrency-over-reserved",
        |it| it.functions[0].reserved_concurrency = Some(19),
        &["concurrency-over-reserved: Processor is reserved 19 executions, and its mappings start up to 20"],
    ),
    (
        "consumed-queue-without-redrive",
        |it| it.queues[1].redrive = None,
        &["consumed-queue-without-redrive: OrdersQueue feeds Processor and has no dead-letter queue"],
    ),
    (
        "dead-letter-cycle",
        |it| it.queues[0].redrive = Some(Redrive { target: it.queues[1].arn.clone(), receives_max: 5 }),
        &[
            "dead-letter-cycle: dead letters go in a circle: OrdersDlq -> OrdersQueue -> OrdersDlq",
            "short-dead-letter-retention: OrdersQueue keeps messages 4 d, no longer than its source OrdersDlq does (14 d)",
        ],
    ),
    (
        "dead-letter-queue-without-alarm",
        |it| drop(it.alarms.remove(0)),
        &["dead-letter-queue-without-alarm: no alarm watches OrdersDlq, the dead-letter queue of OrdersQueue"],
    ),
    (
        "few-receives-before-dead-letter",
        |it| it.queues[1].redrive.as_mut().unwrap().receives_max = 4,
        &["few-receives-before-dead-letter: OrdersQueue moves messages to its dead-letter queue after 4 receives"],
    ),
    (
        "rejected-filter",
        |it| {
            it.subscriptions[0].filter_policy = Some(json!({ "order": { "kind": ["gift"] } }));
            it.rules[0].pattern = Some(json!({ "source": "orders" }));
            it.mappings[0].filters.push("{\"body\": {\"kind\": []}}".to_owned());
        },
        &[
            "rejected-filter: a filter of ProcessorOrders is rejected: Invalid filter pattern definition. Empty arrays are \
             not allowed",
            "rejected-filter: the event pattern of OnOrder is rejected: Event pattern is not valid. Reason: \"source\" must \
             be an object or an array",
            "rejected-filter: the filter policy of QueueSubscription is rejected: Invalid parameter: Filter policy scope \
             MessageAttributes does not support nested filter policy",
        ],
    ),
    (
        "short-dead-letter-retention",
        |it| it.queues[0].retention = it.queues[1].retention,
        &[
            "short-dead-letter-retention: OrdersDlq keeps messages 4 d, no longer than its source OrdersQueue does (4 d)",
        ],
    ),
    (
        "subscription-without-dead-letter-queue",
        |it| it.subscriptions[1].dead_letter = None,
        &["subscription-without-dead-letter-queue: subscription FunctionSubscription has no dead-letter queue"],
    ),
    (
        "subscription-without-function-permission",
        |it| it.permissions.retain(|permission| permission.principal != "sns.amazonaws.com"),
        &["subscription-without-function-permission: no permission lets topic EventsTopic invoke Processor"],
    ),
    (
        "queue-policy-excludes-sender",
        |it| it.policies[0].document["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"] = json!("arn:other"),
        &["queue-policy-excludes-sender: OrdersQueuePolicy lets sns.amazonaws.com send to OrdersQueue, but not for \
             subscription QueueSubscription: its Condition names arn:other"],
    ),
    (
        "subscription-without-queue-policy",
        |it| drop(it.policies[0].document["Statement"].as_array_mut().unwrap().remove(0)),
        &["subscription-without-queue-policy: no queue policy lets topic EventsTopic send to OrdersQueue"],
    ),
    (
        "target-without-dead-letter-queue",
        |it| {
            it.rules[0].targets[1].dead_letter = None;
            it.schedules[0].target.dead_letter = None;
        },
        &[
            "target-without-dead-letter-queue: target Function of OnOrder has no dead-letter queue",
            "target-without-dead-letter-queue: the target of Nightly has no dead-letter queue",
        ],
    ),
    (
        "target-without-function-permission",
        |it| it.permissions[1].source_arn = Some("arn:aws:events:us-east-1:000000000000:rule/other-*".to_owned()),
        &["target-without-function-permission: no permission lets rule OnOrder invoke Processor"],
    ),
    (
        "target-without-queue-policy",
        |it| it.policies[0].document["Statement"].as_array_mut().unwrap().truncate(1),
        &["target-without-queue-policy: no queue policy lets rule OnOrder send to OrdersQueue"],
    ),
    (
        "visibility-under-function-timeout",
        |it| it.queues[1].visibility_timeout = Duration::from_secs(29),
        &["visibility-under-function-timeout: OrdersQueue's visibility timeout of 29 s is shorter than the 30 s that \
             Processor may take"],
    ),
    (
        "visibility-without-retry-room",
        |it| it.queues[1].visibility_timeout = Duration::from_secs(179),
        &[
            "visibility-without-retry-room: OrdersQueue's visibility timeout of 179 s is less than six times the 30 s of \
             Processor",
        ],
    ),
    (
        "visibility-without-window-room",
        |it| it.mappings[0].window = Duration::from_secs(21),
        &[
            "visibility-without-window-room: OrdersQueue's visibility timeout of 200 s is less than six times the 30 s of \
             Processor plus a batching window of 21 s",
        ],
    ),
];

/// The pipeline that is wired right.
fn pipeline() -> Topology {
    let (topology, diagnostics) = aqueduct_topology::read(include_str!("pipeline.yaml"), &Deployment::default());
    assert_eq!(diagnostics, []);
    topology
}

fn findings(topology: &Topology) -> Vec<String> {
    let mut findings: Vec<_> = check(topology).iter().map(|it| format!("{}: {}", it.rule, it.message)).collect();
    findings.sort();
    findings
}

#[test]
fn right_wiring_has_no_findings() {
    assert_eq!(findings(&pipeline()), Vec::<String>::new());
}

/// The reference pipeline as it is deployed, with what its functions declare.
#[test]
fn the_reference_pipeline_is_wired_right() {
    assert_wired!(
        "../../infra/template.yaml",
        contracts: "../../infra/contracts.json",
        settings: "../../aqueduct.toml"
    );
}

/// Every sample event of the pipeline gets through its filters, and every filter and consumed type has one.
#[test]
fn the_reference_pipeline_has_the_samples_that_it_needs() {
    let samples = samples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events"));
    assert!(samples.len() > 15, "{}", samples.len());
    let contracts = Contracts::read(include_str!("../../../infra/contracts.json")).unwrap();
    let template = include_str!("../../../infra/template.yaml");
    let found = |template: &str, samples: &[Sample]| -> Vec<String> {
        let (topology, _) = aqueduct_topology::read(template, &Deployment::default());
        let evidence = Evidence { contracts: Some(&contracts), samples };
        let findings = check_with(&topology, evidence, &Settings::default()).findings;
        findings
            .iter()
            .filter(|it| it.rule.contains("sample"))
            .map(|it| format!("{}: {}", it.rule, it.message))
            .collect()
    };
    assert_eq!(found(template, &samples), Vec::<String>::new());
    let misspelt = template.replace("detail-type: [OrderDispatched]", "detail-type: [orderDispatched]");
    let nearest =
        "nearest is StatusProjectorDispatched: detail-type: wanted \"orderDispatched\", found \"OrderDispatched\"";
    assert_eq!(
        found(&misspelt, &samples),
        [format!(
            "sample-without-consumer: no rule lets the sample event eventbridge/order-dispatched.json through; {nearest}"
        )]
    );
    let misspelt = template.replace("type: [OrderConfirmed]", "kind: [OrderConfirmed]");
    // Who else sends raw bodies to a queue that an output shows is not known.
    assert_eq!(
        found(&misspelt, &samples),
        [
            "sample-without-consumer: no subscription lets the sample event sqs/fulfilment-enveloped.json through; nearest is \
          FulfilmentSubscription: kind: wanted \"OrderConfirmed\", found nothing (the event has type)"
        ]
    );
    let without: Vec<Sample> = samples.iter().filter(|it| !it.name().contains("sns/order-declined")).cloned().collect();
    let missing = "consumed-event-without-sample: OrderNotifier consumes OrderDeclined, and no sample event shows one";
    assert_eq!(found(template, &without), [missing]);
}

/// The sample events of a folder, named relative to it.
fn samples(folder: &Path) -> Vec<Sample> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for trigger in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        paths.extend(fs::read_dir(trigger).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        Sample::read(name, &fs::read_to_string(path).unwrap()).unwrap()
    };
    paths.iter().map(read).collect()
}

#[test]
fn each_fault_is_found_alone() {
    let mut wrong = Vec::new();
    for (id, damage, expected) in CASES {
        let mut topology = pipeline();
        damage(&mut topology);
        let found = findings(&topology);
        if found != *expected {
            wrong.push(format!("{id}: {found:#?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_registry_is_sorted_and_has_every_case() {
    let ids: Vec<_> = registry().iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted());
    for (id, ..) in CASES {
        assert!(ids.contains(id), "{id}");
    }
}

#[test]
fn rules_describe_themselves() {
    for rule in registry() {
        assert!(rule.id.chars().all(|it| it.is_ascii_lowercase() || it == '-'), "{}", rule.id);
        assert!(rule.source_url.starts_with("https://docs.aws.amazon.com/"), "{}", rule.id);
        assert!(rule.summary.len() > 20 && !rule.summary.ends_with('.'), "{}", rule.id);
        assert!(rule.why.len() > 20 && rule.why.ends_with('.'), "{}", rule.id);
        assert_eq!(aqueduct_check::rule(rule.id).map(|it| it.id), Some(rule.id));
    }
    assert!(aqueduct_check::rule("unknown").is_none());
}

/// What a rule shows its users is true: it finds something in its bad template, and nothing in its good one.
#[test]
fn each_rule_finds_its_bad_template_and_not_its_good_one() {
    let mut wrong = Vec::new();
    for rule in registry() {
        let contracts = rule.contracts.map(|text| Contracts::read(text).unwrap());
        for (name, text, expected) in [("bad", rule.bad, 1), ("good", rule.good, 0)] {
            let samples = rule.samples_of(name == "good").map(|it| Sample::read(it.name, it.text).unwrap());
            let samples: Vec<Sample> = samples.collect();
            let (topology, diagnostics) = aqueduct_topology::read(text, &Deployment::default());
            let told = |it: &&Diagnostic| !it.message.contains("is passed over: its type");
            assert_eq!(diagnostics.iter().find(told), None, "rules/{}/{name}.yaml", rule.id);
            let evidence = Evidence { contracts: contracts.as_ref(), samples: &samples };
            let outcome = check_with(&topology, evidence, &Settings::default());
            let found: Vec<_> = outcome.findings.iter().filter(|finding| finding.rule == rule.id).collect();
            if found.len() != expected {
                wrong.push(format!("rules/{}/{name}.yaml: {found:#?}", rule.id));
            }
            // A template that users copy from has no other mistake.
            let other = outcome.findings.iter().find(|it| name == "good" && it.level == Level::Error);
            wrong.extend(other.map(|it| format!("rules/{}/good.yaml: {it}", rule.id)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Neither what only the deployment knows, nor what belongs to another account, is held against a template.
#[test]
fn what_is_not_known_is_not_judged() {
    let (topology, _) = aqueduct_topology::read(include_str!("unknown.yaml"), &Deployment::default());
    assert!(!topology.mappings.is_empty() && !topology.rules.is_empty());
    let advice = "queue-without-age-alarm: ";
    let found: Vec<_> = findings(&topology).into_iter().filter(|it| !it.starts_with(advice)).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// A subscription that is written inside of its topic is one, whatever its endpoint.
#[test]
fn an_inline_subscription_is_one_though_its_endpoint_is_not_known() {
    let bad = aqueduct_check::rule("topic-without-subscription").unwrap().bad;
    let found = |template: &str| {
        let (topology, _) = aqueduct_topology::read(template, &Deployment::default());
        check(&topology).iter().filter(|it| it.rule == "topic-without-subscription").count()
    };
    assert_eq!(found(bad), 1);
    let inline = "Type: AWS::SNS::Topic
    Properties: { Subscription: [{ Protocol: email, Endpoint: !ImportValue mail }] }";
    assert!(bad.contains("Type: AWS::SNS::Topic\n"));
    assert_eq!(found(&bad.replace("Type: AWS::SNS::Topic", inline)), 0);
}

#[test]
fn what_stands_outside_the_template_is_not_judged() {
    let mut topology = pipeline();
    topology.policies.remove(0);
    topology.permissions.clear();
    for subscription in &mut topology.subscriptions {
        subscription.endpoint = subscription.endpoint.replace("000000000000", "111111111111");
    }
    for target in &mut topology.rules[0].targets {
        target.arn = Arn::new(target.arn.as_str().replace("000000000000", "111111111111"));
    }
    topology.mappings[0].queue = Arn::new("arn:aws:sqs:us-east-1:000000000000:elsewhere");
    assert_eq!(findings(&topology), Vec::<String>::new());
}

#[test]
fn aliases_and_roles_are_understood() {
    let mut topology = pipeline();
    let alias = format!("{}:live", topology.functions[0].arn);
    topology.subscriptions[1].endpoint.clone_from(&alias);
    topology.rules[0].targets[1].arn = Arn::new(alias.as_str());
    for permission in &mut topology.permissions {
        permission.function = Arn::new(alias.as_str());
    }
    assert_eq!(findings(&topology), Vec::<String>::new());

    topology.permissions.remove(1);
    topology.rules[0].targets[1].role = Some(Arn::new("arn:aws:iam::000000000000:role/deliver"));
    assert_eq!(findings(&topology), Vec::<String>::new());
}

#[test]
fn fifo_queues_restart_retention() {
    let mut topology = pipeline();
    topology.rules.clear();
    topology.queues[0].retention = topology.queues[1].retention;
    topology.queues[1].fifo = true;
    topology.queues[0].fifo = true;
    assert_eq!(findings(&topology), Vec::<String>::new());
}

#[test]
fn a_longer_cycle_is_told_once() {
    let mut topology = pipeline();
    let mut third = topology.queues[0].clone();
    third.id = "Third".to_owned();
    third.arn = Arn::new(format!("{}-third", third.arn));
    third.redrive = Some(Redrive { target: topology.queues[0].arn.clone(), receives_max: 5 });
    topology.queues[0].redrive = Some(Redrive { target: third.arn.clone(), receives_max: 5 });
    topology.queues.push(third);
    let cycles: Vec<_> = findings(&topology).into_iter().filter(|it| it.starts_with("dead-letter-cycle")).collect();
    assert_eq!(cycles, ["dead-letter-cycle: dead letters go in a circle: OrdersDlq -> Third -> OrdersDlq"]);
}

#[test]
fn a_finding_reads_as_one_message() {
    let mut topology = pipeline();
    topology.queues[1].redrive.as_mut().unwrap().receives_max = 3;
    assert_eq!(
        check(&topology)[0].to_string(),
        "17:68: warning[few-receives-before-dead-letter]: OrdersQueue moves messages to its dead-letter queue after 3 \
         receives\nhelp: set maxReceiveCount to at least 5"
    );
}

/// Two functions, each of which handles what the other one publishes.
const CIRCLE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Asked: { Type: AWS::SNS::Topic }
  Answered: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 10
      Environment: { Variables: { OUT: !Ref Answered } }
      Policies: [{ SQSSendMessagePolicy: { QueueName: !GetAtt Answered.QueueName } }]
      Events: { Asked: { Type: SNS, Properties: { Topic: !Ref Asked } } }
  Ask:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 10
      Environment: { Variables: { OUT: !Ref Asked } }
      Policies: [{ SNSPublishMessagePolicy: { TopicName: !GetAtt Asked.TopicName } }]
      Events: { Answered: { Type: SQS, Properties: { Queue: !GetAtt Answered.Arn } } }
";

/// What the loop rule says of the circle, when the two functions declare more than its events.
fn circle(changed: fn(&mut Contracts)) -> Vec<String> {
    let function = |name, consumes, publishes, kind| {
        json!({
            "name": name, "consumes": [{ "event": consumes }],
            "publishes": [{ "event": publishes, "to": { "kind": kind, "environment": "OUT" }, "form": "cloud-events" }],
        })
    };
    let document = json!({
        "contracts": 1,
        "events": [{ "type": "Asked" }, { "type": "Answered" }, { "type": "Other" }],
        "functions": [function("Answer", "Asked", "Answered", "queue"), function("Ask", "Answered", "Asked", "topic")],
    });
    let mut contracts = Contracts::read(&document.to_string()).unwrap();
    changed(&mut contracts);
    let (topology, _) = aqueduct_topology::read(CIRCLE, &Deployment::default());
    let evidence = Evidence { contracts: Some(&contracts), ..Evidence::default() };
    let outcome = check_with(&topology, evidence, &Settings::default());
    outcome.findings.iter().filter(|it| it.rule == "delivery-loop").map(|it| it.message.clone()).collect()
}

#[test]
fn a_circle_through_functions_is_told_where_contracts_prove_it() {
    let told = "messages go in a circle: Answer publishes Answered on Answered, Ask publishes Asked on Asked, which leads back \
                to Answer";
    assert_eq!(circle(|_| ()), [told]);
    // Who has another reason to ask does not ask because of an answer.
    assert_eq!(
        circle(|it| {
            let mut other = it.functions[1].consumes[0].clone();
            "Other".clone_into(&mut other.event);
            it.functions[1].consumes.push(other);
        }),
        [""; 0]
    );
    assert_eq!(circle(|it| it.functions[1].http = true), [""; 0]);
    assert_eq!(circle(|it| it.functions[0].loop_guard = Some("It asks three times.".to_owned())), [""; 0]);
}

#[test]
fn an_event_that_comes_by_two_ways_is_told() {
    let overlaps = |rules: &str, contracts: Option<&Contracts>| -> Vec<String> {
        let text = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Queue: {{ Type: AWS::SQS::Queue }}\n  Work:\n    Type: \
             AWS::Serverless::Function\n    Properties:\n      Events: {{ Queue: {{ Type: SQS, Properties: {{ Queue: !GetAtt \
             Queue.Arn }} }} }}\n{rules}"
        );
        let (topology, diagnostics) = aqueduct_topology::read(&text, &Deployment::default());
        assert_eq!(diagnostics, []);
        let outcome = check_with(&topology, Evidence { contracts, ..Evidence::default() }, &Settings::default());
        outcome.findings.iter().filter(|it| it.rule == "overlapping-rules").map(|it| it.message.clone()).collect()
    };
    let rule = |id: &str, targets: &[(&str, &str)]| {
        let targets: Vec<String> = targets
            .iter()
            .map(|(target, more)| format!("{{ Id: {target}, Arn: !GetAtt {target}.Arn{more} }}"))
            .collect();
        format!(
            "  {id}:\n    Type: AWS::Events::Rule\n    Properties:\n      EventPattern: {{ source: [shop] }}\n      Targets: [{}]\n",
            targets.join(", ")
        )
    };
    let one = rule("One", &[("Work", ""), ("Queue", "")]);
    assert_eq!(overlaps(&one, None), ["One sends each event twice to Work, directly and by Queue"]);
    let two = [rule("One", &[("Work", "")]), rule("Two", &[("Queue", "")])].concat();
    let found = overlaps(&two, None);
    assert!(found.len() == 1 && found[0].ends_with("and both send it to Work, directly and by Queue"), "{found:#?}");
    let apart = [rule("One", &[("Work", ", Input: '{}'")]), rule("Two", &[("Queue", "")])].concat();
    assert_eq!(overlaps(&apart, None), [""; 0]);
    let idempotent = "{\"contracts\":1,\"functions\":[{\"name\":\"Work\",\"idempotency\":{}}]}";
    assert_eq!(overlaps(&two, Some(&Contracts::read(idempotent).unwrap())), [""; 0]);
}

/// A sample has other names, accounts and Regions than the deployment: a pattern that wants the latter is not held against it.
#[test]
fn samples_know_nothing_of_the_deployment() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: { Type: AWS::S3::Bucket }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Uploaded:
          Type: EventBridgeRule
          Properties:
            Pattern:
              source: [aws.s3]
              account: [!Ref AWS::AccountId]
              detail: { bucket: { name: [!Ref Uploads] } }
";
    let event = json!({
        "id": "1", "source": "aws.s3", "detail-type": "Object Created", "account": "123456789012",
        "detail": { "bucket": { "name": "uploads" } },
    });
    let found = |template: &str| {
        let samples = [Sample::read("events/upload.json", &event.to_string()).unwrap()];
        let (topology, _) = aqueduct_topology::read(template, &Deployment::default());
        let evidence = Evidence { samples: &samples, ..Evidence::default() };
        let outcome = check_with(&topology, evidence, &Settings::default());
        outcome.findings.iter().filter(|it| it.rule.contains("sample")).count()
    };
    assert_eq!(found(template), 0);
    assert_eq!(
        found(&template.replace("!Ref Uploads", "downloads").replace("!Ref AWS::AccountId", "'123456789012'")),
        1
    );
}

#[test]
fn changes_of_tables_are_held_against_filter_criteria() {
    let template = |event: &str| {
        format!(
            "
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}]
      KeySchema: [{{ AttributeName: id, KeyType: HASH }}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {{ StreamViewType: NEW_IMAGE }}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Orders.StreamArn
            StartingPosition: LATEST
            FilterCriteria: {{ Filters: [{{ Pattern: '{{\"eventName\": [\"{event}\"]}}' }}] }}
"
        )
    };
    let change = json!({ "Records": [{
        "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": { "Keys": { "id": { "S": "1" } }, "NewImage": { "id": { "S": "1" } }, "SequenceNumber": "1" },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/2026-11-22T00:00:00.000",
    }] });
    let found = |event: &str| -> Vec<String> {
        let samples = [Sample::read("events/change.json", &change.to_string()).unwrap()];
        let (topology, _) = aqueduct_topology::read(&template(event), &Deployment::default());
        let evidence = Evidence { samples: &samples, ..Evidence::default() };
        let outcome = check_with(&topology, evidence, &Settings::default());
        outcome.findings.iter().filter(|it| it.rule.contains("sample")).map(|it| it.message.clone()).collect()
    };
    assert_eq!(found("INSERT"), [""; 0]);
    assert_eq!(
        found("REMOVE"),
        ["no mapping lets the sample event events/change.json through; nearest is WorkChanges: eventName: wanted \
          \"REMOVE\", found \"INSERT\""]
    );
}

#[test]
fn records_of_streams_and_brokers_are_held_against_filter_criteria() {
    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Clicks:
          Type: Kinesis
          Properties:
            Stream: arn:aws:kinesis:eu-central-1:123456789012:stream/clicks
            StartingPosition: LATEST
            FilterCriteria: { Filters: [{ Pattern: '{\"data\": {\"page\": [\"KIND\"]}}' }] }
        Orders:
          Type: MSK
          Properties:
            Stream: arn:aws:kafka:eu-central-1:123456789012:cluster/shop/1
            Topics: [orders]
            StartingPosition: LATEST
            FilterCriteria: { Filters: [{ Pattern: '{\"value\": {\"page\": [\"KIND\"]}}' }] }
";
    // {\"page\": \"start\"}
    let data = "eyJwYWdlIjogInN0YXJ0In0=";
    let kinesis = |stream: &str| {
        json!({ "Records": [{
            "eventSource": "aws:kinesis", "eventName": "aws:kinesis:record", "eventID": "shardId-0:1",
            "eventSourceARN": format!("arn:aws:kinesis:eu-central-1:123456789012:stream/{stream}"),
            "kinesis": { "partitionKey": "1", "sequenceNumber": "1", "data": data, "approximateArrivalTimestamp": 1.5 },
        }] })
    };
    let kafka = |topic: &str| {
        let record = |offset: u32, value: &str| json!({ "topic": topic, "partition": 0, "offset": offset, "timestamp": 1, "value": value, "headers": [] });
        let records = json!({ format!("{topic}-0"): [record(1, data), record(2, data)] });
        json!({ "eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:eu-central-1:123456789012:cluster/shop/1",
                "records": records })
    };
    let found = |kind: &str, event: &serde_json::Value| -> Vec<String> {
        let samples = [Sample::read("events/sample.json", &event.to_string()).unwrap()];
        let (topology, _) = aqueduct_topology::read(&TEMPLATE.replace("KIND", kind), &Deployment::default());
        let evidence = Evidence { samples: &samples, ..Evidence::default() };
        let outcome = check_with(&topology, evidence, &Settings::default());
        let mut told: Vec<_> = outcome.findings.iter().filter(|it| it.rule.contains("sample")).collect();
        told.sort_by_key(|it| it.rule);
        told.iter().map(|it| it.message.clone()).collect()
    };
    for (event, record, own, other) in [
        (kinesis("clicks"), "", "WorkClicks", "WorkOrders"),
        (kafka("orders"), "record 1 of ", "WorkOrders", "WorkClicks"),
    ] {
        let alone = format!("no sample event is there for the filter criteria of {other}");
        assert_eq!(found("start", &event), [alone]);
        let told = found("end", &event);
        let refused = format!("{record}the sample event events/sample.json through; nearest is {own}: ");
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].starts_with(&format!("no mapping lets {refused}")), "{told:?}");
        assert!(told[1].ends_with("page: wanted \"end\", found \"start\""), "{told:?}");
    }
    // No mapping reads this topic, so that none refuses its records; another stream may be the one that is read.
    assert!(found("end", &kafka("refunds")).iter().all(|it| !it.contains("lets")));
    assert!(found("end", &kinesis("elsewhere")).iter().any(|it| it.contains("nearest is WorkClicks")));
}
