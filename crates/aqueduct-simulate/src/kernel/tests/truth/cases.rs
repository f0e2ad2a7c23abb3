//! Pipelines and what happens in them.

use std::time::Duration;

/// A function, in both worlds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worker {
    pub(super) function: &'static str,
    pub(super) takes: Duration,
    /// Times at which it is down.
    pub(super) down: (Duration, Duration),
    /// Items by number of which it cannot make anything: those that arrive within these times.
    pub(super) poison: (Duration, Duration),
    pub(super) partial: bool,
}

impl Worker {
    fn new(function: &'static str, millis: u64) -> Self {
        let never = (Duration::ZERO, Duration::ZERO);
        Self { function, takes: Duration::from_millis(millis), down: never, poison: never, partial: false }
    }
}

/// A pipeline and what happens in it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) template: String,
    pub(super) workers: Vec<Worker>,
    /// The queue, topic or function that items enter by, and the gap between them.
    pub(super) to: &'static str,
    pub(super) gap: Duration,
    pub(super) items: u32,
    pub(super) groups: u32,
    /// The share of the first group.
    pub(super) noisy: f64,
}

/// The resources of a template.
fn resources(text: &str) -> String {
    format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{text}")
}

fn function(id: &str, properties: &str) -> String {
    format!(
        "  {id}:\n    Type: AWS::Serverless::Function\n    Properties: {{ CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, {properties} }}\n"
    )
}

fn queue(id: &str, properties: &str) -> String {
    format!("  {id}:\n    Type: AWS::SQS::Queue\n    Properties: {{ {properties} }}\n")
}

fn dead(queue: &str, count: u32) -> String {
    format!("RedrivePolicy: {{ deadLetterTargetArn: !GetAtt {queue}.Arn, maxReceiveCount: {count} }}")
}

fn mapping(queue: &str, function: &str, properties: &str) -> String {
    format!(
        "  {function}Reads{queue}:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties: {{ EventSourceArn: !GetAtt {queue}.Arn, FunctionName: !Ref {function}, {properties} }}\n"
    )
}

/// A queue with a dead-letter queue, and a function that reads it.
fn plain(of_queue: &str, of_function: &str, of_mapping: &str) -> String {
    let parts = [
        queue("Dead", "MessageRetentionPeriod: 1209600"),
        queue("Queue", &format!("VisibilityTimeout: 30, {}{of_queue}", dead("Dead", 3))),
        function("Worker", of_function),
        mapping("Queue", "Worker", of_mapping),
    ];
    resources(&parts.concat())
}

pub(super) const MINUTE: Duration = Duration::from_mins(1);

#[expect(clippy::too_many_lines, reason = "the cases are data")]
pub(super) fn cases() -> Vec<Case> {
    let base = || Case {
        name: "plain",
        template: plain("", "Timeout: 10", "BatchSize: 10"),
        workers: vec![Worker::new("Worker", 137)],
        to: "Queue",
        gap: Duration::from_millis(97),
        items: 500,
        groups: 0,
        noisy: 0.0,
    };
    let down = |from: u64, until: u64, worker: Worker| Worker {
        down: (Duration::from_millis(from), Duration::from_millis(until)),
        ..worker
    };
    let poison = |from: u64, until: u64, worker: Worker| Worker {
        poison: (Duration::from_millis(from), Duration::from_millis(until)),
        ..worker
    };
    let partial = |worker: Worker| Worker { partial: true, ..worker };
    let worker = |millis: u64| Worker::new("Worker", millis);
    let fifo = plain("", "Timeout: 10", "BatchSize: 10")
        .replace("Properties: { MessageRetentionPeriod", "Properties: { FifoQueue: true, MessageRetentionPeriod")
        .replace("VisibilityTimeout: 30", "FifoQueue: true, VisibilityTimeout: 30");
    let reports = "BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures]";
    vec![
        base(),
        Case { name: "a backlog", workers: vec![worker(1_703)], ..base() },
        Case { name: "an outage, whole batches fail", workers: vec![down(10_000, 25_003, worker(53))], ..base() },
        Case { name: "an outage that fills the dead-letter queue", workers: vec![down(0, 150_011, worker(53))], ..base() },
        Case { name: "poison, whole batches fail", workers: vec![poison(5_000, 5_500, worker(53))], ..base() },
        Case {
            name: "poison, partial failures",
            template: plain("", "Timeout: 10", reports),
            workers: vec![partial(poison(5_000, 9_000, worker(353)))],
            ..base()
        },
        Case { name: "batches that the timeout ends", workers: vec![worker(1_501)], gap: Duration::from_millis(11), ..base() },
        Case { name: "always too slow", workers: vec![worker(10_501)], items: 40, ..base() },
        Case {
            name: "a window",
            template: plain("", "Timeout: 10", "BatchSize: 40, MaximumBatchingWindowInSeconds: 2"),
            workers: vec![worker(23)],
            ..base()
        },
        Case {
            name: "maximum concurrency",
            template: plain("", "Timeout: 10", "BatchSize: 3, ScalingConfig: { MaximumConcurrency: 2 }"),
            workers: vec![down(20_000, 35_003, worker(101))],
            ..base()
        },
        Case {
            name: "reserved concurrency below the pollers",
            template: plain("", "Timeout: 10, ReservedConcurrentExecutions: 1", "BatchSize: 2"),
            workers: vec![worker(207)],
            items: 300,
            ..base()
        },
        Case {
            name: "reserved concurrency of 0",
            template: plain("", "Timeout: 10, ReservedConcurrentExecutions: 0", "BatchSize: 10"),
            items: 60,
            ..base()
        },
        Case {
            name: "a delay",
            template: plain(", DelaySeconds: 7", "Timeout: 10", "BatchSize: 10"),
            workers: vec![down(10_000, 25_003, worker(53))],
            ..base()
        },
        Case {
            name: "retention ends before the dead-letter queue",
            template: plain(", MessageRetentionPeriod: 75", "Timeout: 10", "BatchSize: 10"),
            workers: vec![down(0, 40_011, worker(53))],
            ..base()
        },
        Case {
            name: "a noisy neighbour, and quiet ones",
            template: plain("", "Timeout: 10", "BatchSize: 4"),
            workers: vec![down(20_000, 29_003, worker(1_703))],
            gap: Duration::from_millis(37),
            items: 1_500,
            groups: 9,
            noisy: 0.7,
            ..base()
        },
        Case { name: "FIFO", template: fifo.clone(), groups: 7, ..base() },
        Case { name: "FIFO with a backlog", template: fifo.clone(), workers: vec![worker(403)], groups: 3, ..base() },
        Case {
            name: "FIFO with an outage",
            template: fifo.clone(),
            workers: vec![down(10_000, 25_003, worker(53))],
            groups: 7,
            ..base()
        },
        Case {
            name: "FIFO with poison and partial failures",
            template: fifo.replace("BatchSize: 10", reports),
            workers: vec![partial(poison(5_000, 5_700, worker(153)))],
            groups: 5,
            ..base()
        },
        Case {
            name: "a chain of dead-letter queues",
            template: resources(
                &[
                    queue("Last", "MessageRetentionPeriod: 1209600"),
                    queue("Dead", &format!("VisibilityTimeout: 30, {}", dead("Last", 2))),
                    queue("Queue", &format!("VisibilityTimeout: 30, {}", dead("Dead", 2))),
                    function("Worker", "Timeout: 10"),
                    function("Rescuer", "Timeout: 10"),
                    mapping("Queue", "Worker", "BatchSize: 5"),
                    mapping("Dead", "Rescuer", "BatchSize: 5"),
                ]
                .concat(),
            ),
            workers: vec![down(0, 200_000, worker(53)), down(0, 75_003, Worker::new("Rescuer", 31))],
            items: 300,
            ..base()
        },
        Case {
            name: "filters, of a topic and of a mapping",
            template: resources(
                &[
                    queue("Wanted", "VisibilityTimeout: 30"),
                    queue("Filtered", "VisibilityTimeout: 30"),
                    queue("Unwanted", "VisibilityTimeout: 30"),
                    function("Worker", "Timeout: 10"),
                    mapping("Wanted", "Worker", "BatchSize: 5"),
                    mapping(
                        "Filtered",
                        "Worker",
                        r#"FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["other"]}}' }] }"#,
                    ),
                    "  Topic: { Type: AWS::SNS::Topic }\n".to_owned(),
                    subscription("Wanted", "a"),
                    subscription("Filtered", "a"),
                    subscription("Unwanted", "b"),
                ]
                .concat(),
            ),
            to: "Topic",
            ..base()
        },
        Case {
            name: "an asynchronous function with a dead-letter queue",
            template: resources(
                &[
                    queue("Dead", "MessageRetentionPeriod: 1209600"),
                    function("Worker", "Timeout: 10, DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }"),
                ]
                .concat(),
            ),
            workers: vec![down(0, 195_003, worker(53))],
            to: "Worker",
            ..base()
        },
        Case {
            name: "an asynchronous function with little concurrency and an early end of age",
            template: resources(
                &[
                    queue("Dead", "MessageRetentionPeriod: 1209600"),
                    function(
                        "Worker",
                        "Timeout: 10, ReservedConcurrentExecutions: 1, EventInvokeConfig: { MaximumEventAgeInSeconds: 60, \
                         DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } } }",
                    ),
                ]
                .concat(),
            ),
            workers: vec![worker(607)],
            to: "Worker",
            ..base()
        },
    ]
}

fn subscription(queue: &str, kind: &str) -> String {
    format!(
        r"
  {queue}Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt {queue}.Arn
      RawMessageDelivery: true
      FilterPolicy: {{ kind: [{kind}] }}
  {queue}Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref {queue}]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {{ Service: sns.amazonaws.com }}
            Action: sqs:SendMessage
            Resource: !GetAtt {queue}.Arn
            Condition: {{ ArnEquals: {{ aws:SourceArn: !Ref Topic }} }}
"
    )
}
