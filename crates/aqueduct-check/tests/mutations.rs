//! The reference pipeline with one mistake at a time: each is found by its rule, and by no other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use aqueduct_check::{Evidence, Level, Settings, check_with};
use aqueduct_contract::{BatchResponse, Contracts, FunctionContract, Ordering, Retries};
use aqueduct_topology::Deployment;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");
const CONTRACTS: &str = include_str!("../../../infra/contracts.json");

/// A change that somebody might make without a second thought.
enum Edit {
    /// In the text of a resource, this becomes that; it stands there once.
    In(&'static str, &'static str, &'static str),
    /// The resource goes.
    Drop(&'static str),
    /// A resource comes.
    Add(&'static str),
    /// A function declares something else.
    Declare(&'static str, fn(&mut FunctionContract)),
}
use Edit::{Add, Declare, Drop, In};

struct Mutation {
    what: &'static str,
    edits: &'static [Edit],
    /// The rules that find it, sorted.
    finds: &'static [&'static str],
}

const fn mutation(what: &'static str, edits: &'static [Edit], finds: &'static [&'static str]) -> Mutation {
    Mutation { what, edits, finds }
}

const MUTATIONS: &[Mutation] = &[
    // Permissions.
    mutation(
        "the policy of a subscribed queue is dropped",
        &[Drop("FulfilmentQueuePolicy")],
        &["subscription-without-queue-policy"],
    ),
    mutation(
        "the policy names another topic",
        &[In("FulfilmentQueuePolicy", "aws:SourceArn: !Ref OrderEventsTopic", "aws:SourceArn: !GetAtt CommerceBus.Arn")],
        &["queue-policy-excludes-sender"],
    ),
    mutation(
        "the policy admits another service",
        &[In("FulfilmentQueuePolicy", "sns.amazonaws.com", "events.amazonaws.com")],
        &["subscription-without-queue-policy"],
    ),
    mutation(
        "the policy allows to receive",
        &[In("FulfilmentQueuePolicy", "sqs:SendMessage", "sqs:ReceiveMessage")],
        &["subscription-without-queue-policy"],
    ),
    mutation(
        "the policy is of another queue",
        &[In("FulfilmentQueuePolicy", "Queues: [!Ref FulfilmentQueue]", "Queues: [!Ref OrdersQueue]")],
        &["subscription-without-queue-policy"],
    ),
    mutation(
        "the topic may not send to the subscription's dead-letter queue",
        &[Drop("FulfilmentSubscriptionDlqPolicy")],
        &["subscription-dead-letter-queue-without-policy"],
    ),
    mutation(
        "the topic may not send to the function's subscription's dead-letter queue",
        &[Drop("NotifierSubscriptionDlqPolicy")],
        &["subscription-dead-letter-queue-without-policy"],
    ),
    mutation(
        "the rule may not send to its target's dead-letter queue",
        &[Drop("ProjectorTargetDlqPolicy")],
        &["target-dead-letter-queue-without-policy"],
    ),
    mutation(
        "a second policy of the same queue replaces the first",
        &[Add(
            "  SecondPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref FulfilmentQueue]
      PolicyDocument:
        Statement:
          - { Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: 'sqs:SendMessage', Resource: !GetAtt FulfilmentQueue.Arn, Condition: { ArnEquals: { 'aws:SourceArn': !Ref OrderEventsTopic } } }
",
        )],
        &["queue-policy-replaced"],
    ),
    mutation(
        "the consumer may not delete",
        &[In("OrderProcessor", "sqs:ReceiveMessage, sqs:DeleteMessage,", "sqs:ReceiveMessage,")],
        &["role-without-polling-rights"],
    ),
    mutation(
        "the consumer may not look at the queue",
        &[In("LedgerWriter", " sqs:GetQueueAttributes,", "")],
        &["role-without-polling-rights"],
    ),
    mutation(
        "the consumer may poll another queue",
        &[In("OrderFulfilment", "Resource: !GetAtt FulfilmentQueue.Arn", "Resource: !GetAtt OrdersQueue.Arn")],
        &["role-without-polling-rights"],
    ),
    mutation(
        "the processor may not publish to the topic",
        &[In("OrderProcessor", "Action: sns:Publish", "Action: sns:Subscribe")],
        &["publisher-without-permission"],
    ),
    mutation(
        "the intake may not send to the queue",
        &[In("OrderIntake", "Action: sqs:SendMessage", "Action: sqs:ReceiveMessage")],
        &["publisher-without-permission"],
    ),
    mutation(
        "the fulfilment may not put events",
        &[In("OrderFulfilment", "[events:DescribeEventBus, events:PutEvents]", "events:DescribeEventBus")],
        &["publisher-without-permission"],
    ),
    mutation(
        "the processor may not send ledger entries",
        &[In("OrderProcessor", "Resource: !GetAtt LedgerQueue.Arn", "Resource: !GetAtt LedgerDlq.Arn")],
        &["publisher-without-permission"],
    ),
    // What goes with the stack, and what nobody hears of.
    mutation(
        "a dead-letter queue goes with the stack",
        &[In("OrdersDlq", "    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n", "")],
        &["dead-letter-queue-deleted-with-stack"],
    ),
    mutation(
        "an event gets one try",
        &[In(
            "StatusProjector",
            "MaximumRetryAttempts: 2
        MaximumEventAgeInSeconds: 21600
        DestinationConfig:
          OnFailure:
            Type: SQS
            Destination: !GetAtt ProjectorDlq.Arn",
            "MaximumRetryAttempts: 0",
        )],
        &["single-attempt-function"],
    ),
    mutation(
        "pollers start more than the function may run",
        &[
            In(
                "OrderProcessorOrders",
                "ScalingConfig:\n        MaximumConcurrency: 5",
                "ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 10 }",
            ),
            In("OrderProcessor", "      Environment:", "      ReservedConcurrentExecutions: 20\n      Environment:"),
        ],
        &["pollers-over-reserved"],
    ),
    mutation(
        "the intake is denied what it is allowed",
        &[In("OrderIntake", "            - Sid: RecordStatus", "            - Sid: ReadOnly
              Effect: Deny
              Action: sqs:Send*
              Resource: '*'
            - Sid: RecordStatus")],
        &["publisher-without-permission"],
    ),
    mutation(
        "the consumer's queue is closed to its role",
        &[Add("  ClosedQueue:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref OrdersQueue]
      PolicyDocument:
        Statement:
          - { Effect: Deny, Principal: '*', NotAction: 'sqs:SendMessage', Resource: !GetAtt OrdersQueue.Arn }
")],
        &["role-without-polling-rights"],
    ),
    mutation(
        "the queue's policy denies what it allows the topic",
        &[In("FulfilmentQueuePolicy", "          - Sid: OrderEvents", "          - Sid: Closed
            Effect: Deny
            Principal: '*'
            Action: sqs:SendMessage
            Resource: !GetAtt FulfilmentQueue.Arn
          - Sid: OrderEvents")],
        &["queue-policy-excludes-sender"],
    ),
    // Keys.
    mutation(
        "the subscribed queue gets the key that AWS manages",
        &[In("FulfilmentQueue", "SqsManagedSseEnabled: true", "KmsMasterKeyId: alias/aws/sqs")],
        &["managed-key-behind-service"],
    ),
    mutation(
        "the dead-letter queue of a target gets the key that AWS manages",
        &[In("ProjectorTargetDlq", "SqsManagedSseEnabled: true", "KmsMasterKeyId: alias/aws/sqs")],
        &["managed-key-behind-service"],
    ),
    mutation(
        "the subscribed queue gets a key of its own that is closed to the topic",
        &[
            In("FulfilmentQueue", "SqsManagedSseEnabled: true", "KmsMasterKeyId: !Ref Key"),
            In("OrderFulfilment", "sqs:ReceiveMessage,", "'kms:*', sqs:ReceiveMessage,"),
            In("OrderFulfilment", "Resource: !GetAtt FulfilmentQueue.Arn", "Resource: '*'"),
            Add(
                "  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - { Effect: Allow, Principal: { AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root' }, Action: 'kms:*', Resource: '*' }
",
            ),
        ],
        &["key-closed-to-service"],
    ),
    // Timing.
    mutation(
        "the visibility timeout is shorter than the function's timeout",
        &[In("OrdersQueue", "VisibilityTimeout: 60", "VisibilityTimeout: 5")],
        &["visibility-under-function-timeout"],
    ),
    mutation(
        "the visibility timeout leaves no room for a retry",
        &[In("LedgerQueue", "VisibilityTimeout: 60", "VisibilityTimeout: 59")],
        &["visibility-without-retry-room"],
    ),
    mutation(
        "the function takes longer than before",
        &[In("OrderFulfilment", "CodeUri:", "Timeout: 11\n      CodeUri:")],
        &["visibility-without-retry-room"],
    ),
    mutation(
        "a batching window eats the room for a retry",
        &[In("OrderFulfilmentConfirmed", "BatchSize: 10", "BatchSize: 10\n      MaximumBatchingWindowInSeconds: 30")],
        &["visibility-without-window-room"],
    ),
    mutation(
        "dead letters are kept no longer than messages",
        &[In("OrdersDlq", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600")],
        &["short-dead-letter-retention"],
    ),
    mutation(
        "dead letters are gone on arrival",
        &[In("FulfilmentDlq", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 300")],
        &["dead-letters-expired-on-arrival"],
    ),
    mutation(
        "messages expire before their last receive",
        &[In("OrdersQueue", "MessageRetentionPeriod: 345600", "MessageRetentionPeriod: 120")],
        &["retention-under-receives"],
    ),
    mutation(
        "what the function depends on may be away for longer",
        &[Declare("order-fulfilment", |it| it.outage_tolerance_seconds = Some(3600))],
        &["outage-over-receives"],
    ),
    mutation(
        "the consumer gives up before the outage is over",
        &[Declare("order-fulfilment", |it| {
            it.retries = it.retries.map(|retries| Retries::new(Some(5), retries.backoff));
        })],
        &["outage-over-receives"],
    ),
    mutation(
        "the queue allows no more receives than the consumer makes attempts",
        &[In("FulfilmentQueue", "maxReceiveCount: 12", "maxReceiveCount: 9")],
        &["attempts-over-receives"],
    ),
    mutation(
        "messages are delayed for longer than the consumer allows",
        &[
            In("FulfilmentQueue", "VisibilityTimeout: 60", "VisibilityTimeout: 60\n      DelaySeconds: 30"),
            Declare("order-fulfilment", |it| it.latency_seconds_max = Some(29)),
        ],
        &["latency-under-waiting"],
    ),
    mutation(
        "the consumer has no lock of its own",
        &[Declare("order-fulfilment", |it| it.one_at_a_time = true)],
        &["one-at-a-time-over-parallel-source"],
    ),
    mutation(
        "a message takes longer than its part of the batch's time",
        &[Declare("ledger-writer", |it| it.p99_millis = Some(1_500))],
        &["batch-over-timeout"],
    ),
    // Dead letters.
    mutation(
        "the redrive policy is dropped",
        &[In(
            "LedgerQueue",
            "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt LedgerDlq.Arn\n        maxReceiveCount: 12\n",
            "",
        )],
        &["consumed-queue-without-redrive"],
    ),
    mutation(
        "four receives are enough",
        &[In("OrdersQueue", "maxReceiveCount: 12", "maxReceiveCount: 4")],
        &["attempts-over-receives", "few-receives-before-dead-letter", "outage-over-receives"],
    ),
    mutation(
        "one receive is enough",
        &[In("LedgerQueue", "maxReceiveCount: 12", "maxReceiveCount: 1")],
        &["attempts-over-receives", "outage-over-receives", "single-receive-before-dead-letter"],
    ),
    mutation(
        "a FIFO queue has a standard dead-letter queue",
        &[In("LedgerQueue", "!GetAtt LedgerDlq.Arn", "!GetAtt OrdersDlq.Arn")],
        &["dead-letter-queue-of-other-kind"],
    ),
    mutation(
        "the dead-letter queue admits no source",
        &[In(
            "OrdersDlq",
            "SqsManagedSseEnabled: true",
            "SqsManagedSseEnabled: true\n      RedriveAllowPolicy: { redrivePermission: denyAll }",
        )],
        &["redrive-not-allowed"],
    ),
    mutation(
        "the queue is its own dead-letter queue",
        &[
            In("OrdersQueue", "VisibilityTimeout", "QueueName: orders\n      VisibilityTimeout"),
            In("OrdersQueue", "!GetAtt OrdersDlq.Arn", "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders'"),
        ],
        &["dead-letter-cycle"],
    ),
    mutation(
        "the subscription's dead letters go to the queue's",
        &[
            In("FulfilmentSubscription", "!GetAtt FulfilmentSubscriptionDlq.Arn", "!GetAtt FulfilmentDlq.Arn"),
            In("FulfilmentSubscriptionDlqPolicy", "[!Ref FulfilmentSubscriptionDlq]", "[!Ref FulfilmentDlq]"),
            In("FulfilmentSubscriptionDlqPolicy", "!GetAtt FulfilmentSubscriptionDlq.Arn", "!GetAtt FulfilmentDlq.Arn"),
        ],
        &["shared-dead-letter-queue"],
    ),
    mutation(
        "the subscription has no dead-letter queue",
        &[In(
            "FulfilmentSubscription",
            "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt FulfilmentSubscriptionDlq.Arn\n",
            "",
        )],
        &["subscription-without-dead-letter-queue"],
    ),
    mutation(
        "the rule's target has no dead-letter queue",
        &[In(
            "StatusProjector",
            "            DeadLetterConfig:\n              Arn: !GetAtt ProjectorTargetDlq.Arn\n",
            "",
        )],
        &["target-without-dead-letter-queue"],
    ),
    mutation(
        "the rule tries once and keeps nothing",
        &[
            In("StatusProjector", "            DeadLetterConfig:\n              Arn: !GetAtt ProjectorTargetDlq.Arn\n", ""),
            In("StatusProjector", "MaximumRetryAttempts: 185", "MaximumRetryAttempts: 0"),
        ],
        &["single-attempt-target"],
    ),
    mutation(
        "failed invocations have nowhere to go",
        &[In(
            "OrderNotifier",
            "        DestinationConfig:\n          OnFailure:\n            Type: SQS\n            Destination: !GetAtt NotifierDlq.Arn\n",
            "",
        )],
        &["async-function-without-failure-destination"],
    ),
    mutation(
        "failed invocations go to a FIFO queue",
        &[In("NotifierDlq", "MessageRetentionPeriod", "FifoQueue: true\n      MessageRetentionPeriod")],
        &["fifo-dead-letter-queue"],
    ),
    mutation(
        "a function of a queue gets a destination that is never used",
        &[In(
            "LedgerWriter",
            "CodeUri:",
            "EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt ProjectorDlq.Arn } } }\n      CodeUri:",
        )],
        &["unused-failure-destination"],
    ),
    mutation(
        "failed invocations come back by the topic",
        &[In(
            "OrderNotifier",
            "            Type: SQS\n            Destination: !GetAtt NotifierDlq.Arn",
            "            Type: SNS\n            Destination: !Ref OrderEventsTopic",
        )],
        &["failure-destination-loop"],
    ),
    mutation(
        "a second mapping consumes the dead letters",
        &[
            In("OrderProcessor", "Resource: !GetAtt OrdersQueue.Arn", "Resource: '*'"),
            In("OrdersDlq", "MessageRetentionPeriod", "VisibilityTimeout: 60\n      MessageRetentionPeriod"),
            Add(
                "  OrderProcessorDeadLetters:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt OrdersDlq.Arn
      FunctionName: !GetAtt OrderProcessor.Arn
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: { MaximumConcurrency: 5 }
",
            ),
        ],
        &["consumer-of-its-dead-letters"],
    ),
    // Batches.
    mutation(
        "partial answers are not asked for",
        &[In("OrderProcessorOrders", "      FunctionResponseTypes: [ReportBatchItemFailures]\n", "")],
        &["partial-response-ignored"],
    ),
    mutation(
        "the function answers for the whole batch",
        &[Declare("order-fulfilment", |it| it.batch_response = Some(BatchResponse::Whole))],
        &["whole-response-to-partial-mapping"],
    ),
    mutation(
        "the function of a FIFO queue answers out of order",
        &[Declare("ledger-writer", |it| it.batch_response = Some(BatchResponse::Partial))],
        &["partial-response-out-of-order"],
    ),
    mutation(
        "a large batch has no window",
        &[In("OrderProcessorOrders", "BatchSize: 10", "BatchSize: 100")],
        &["batch-over-timeout", "large-batch-without-window"],
    ),
    mutation(
        "a FIFO queue's batch is too large",
        &[In("LedgerWriterEntries", "BatchSize: 10", "BatchSize: 11")],
        &["fifo-batch-beyond-limits"],
    ),
    // Concurrency.
    mutation(
        "less is reserved than the mapping starts",
        &[In("OrderProcessor", "CodeUri:", "ReservedConcurrentExecutions: 4\n      CodeUri:")],
        &["concurrency-over-reserved"],
    ),
    mutation(
        "the mapping does not know what is reserved",
        &[
            In("OrderProcessor", "CodeUri:", "ReservedConcurrentExecutions: 4\n      CodeUri:"),
            In("OrderProcessorOrders", "      ScalingConfig:\n        MaximumConcurrency: 5\n", ""),
        ],
        &["reserved-concurrency-on-queue-consumer"],
    ),
    mutation(
        "nothing may run",
        &[In("LedgerWriter", "CodeUri:", "ReservedConcurrentExecutions: 0\n      CodeUri:")],
        &["consumer-without-concurrency"],
    ),
    mutation(
        "two functions consume one queue",
        &[
            In("OrderFulfilment", "Resource: !GetAtt FulfilmentQueue.Arn", "Resource: '*'"),
            In("OrderFulfilmentConfirmed", "!GetAtt FulfilmentQueue.Arn", "!GetAtt OrdersQueue.Arn"),
        ],
        &["competing-consumers"],
    ),
    mutation(
        "the mapping is switched off",
        &[In("OrderFulfilmentConfirmed", "BatchSize: 10", "BatchSize: 10\n      Enabled: false")],
        &["disabled-trigger"],
    ),
    // Filters.
    mutation(
        "a letter is missing in the filter policy",
        &[In("FulfilmentSubscription", "[OrderConfirmed]", "[OrderConfirmd]")],
        &["filter-matches-nothing"],
    ),
    mutation(
        "the filter policy asks for an attribute that nobody sets",
        &[In("FulfilmentSubscription", "type: [OrderConfirmed]", "kind: [OrderConfirmed]")],
        &["attribute-filter-without-attributes"],
    ),
    mutation(
        "the filter policy nests where only attributes are",
        &[In("FulfilmentSubscription", "type: [OrderConfirmed]", "data: { type: [OrderConfirmed] }")],
        &["rejected-filter"],
    ),
    mutation(
        "a letter is missing in the rule's pattern",
        &[In("StatusProjector", "detail-type: [OrderDispatched]", "detail-type: [OrderDispatchd]")],
        &["filter-matches-nothing"],
    ),
    mutation(
        "the rule's key is no key of events",
        &[In("StatusProjector", "detail-type: [OrderDispatched]", "detailType: [OrderDispatched]")],
        &["filter-matches-nothing"],
    ),
    mutation(
        "the rule watches the account's own bus",
        &[In("StatusProjector", "            EventBusName: !Ref CommerceBus\n", "")],
        &["event-on-other-bus"],
    ),
    mutation(
        "the mapping's filter deletes what it does not match",
        &[In(
            "OrderProcessorOrders",
            "BatchSize: 10",
            "BatchSize: 10\n      FilterCriteria: { Filters: [{ Pattern: '{\"body\": {\"type\": [\"PlaceOrder\"]}}' }] }",
        )],
        &["filter-deletes-messages"],
    ),
    mutation(
        "the mapping's filter deletes every event",
        &[In(
            "OrderProcessorOrders",
            "BatchSize: 10",
            "BatchSize: 10\n      FilterCriteria: { Filters: [{ Pattern: '{\"body\": {\"type\": [\"PlaceOrdr\"]}}' }] }",
        )],
        &["filter-deletes-every-event"],
    ),
    mutation(
        "raw delivery is off and the mapping looks into the body",
        &[
            In("FulfilmentSubscription", "RawMessageDelivery: true", "RawMessageDelivery: false"),
            In(
                "OrderFulfilmentConfirmed",
                "BatchSize: 10",
                "BatchSize: 10\n      FilterCriteria: { Filters: [{ Pattern: '{\"body\": {\"type\": [\"OrderConfirmed\"]}}' }] }",
            ),
        ],
        &["filter-on-wrapped-body"],
    ),
    // Missing wires.
    mutation(
        "the subscription is dropped",
        &[Drop("FulfilmentSubscription"), Drop("OrderEventsTopicArn")],
        &["event-that-never-comes"],
    ),
    mutation(
        "the mapping is dropped",
        &[Drop("OrderProcessorOrders")],
        &["event-that-never-comes"],
    ),
    mutation(
        "the rule is switched off",
        &[In("StatusProjector", "EventBusName: !Ref CommerceBus", "EventBusName: !Ref CommerceBus\n            State: DISABLED")],
        &["disabled-trigger"],
    ),
    // Order, duplicates, sizes.
    mutation(
        "a function relies on order behind a standard queue",
        &[Declare("order-fulfilment", |it| it.ordering = Ordering::Group)],
        &["order-over-unordered-channel"],
    ),
    mutation(
        "a function relies on an order that the dead-letter queue breaks",
        &[Declare("ledger-writer", |it| it.ordering = Ordering::Strict)],
        &["dead-letters-break-order"],
    ),
    mutation(
        "a function does not bear duplicates",
        &[Declare("order-fulfilment", |it| it.idempotency = None)],
        &["duplicates-without-idempotency"],
    ),
    mutation(
        "a function remembers messages for a minute",
        &[Declare("order-fulfilment", |it| it.idempotency.as_mut().unwrap().remembers_seconds = Some(60))],
        &["idempotency-shorter-than-redelivery"],
    ),
    mutation(
        "messages to the FIFO queue have no group",
        &[Declare("order-processor", |it| it.publishes[0].group = Some(false))],
        &["fifo-publish-without-group"],
    ),
    mutation(
        "messages grow beyond what the queue takes",
        &[
            In("FulfilmentQueue", "VisibilityTimeout", "MaximumMessageSize: 1024\n      VisibilityTimeout"),
        ],
        &["payload-over-queue-limit"],
    ),
    // What came with later services.
    mutation(
        "the policy admits the topic service for any source",
        &[In(
            "FulfilmentQueuePolicy",
            "            Condition:\n              ArnEquals:\n                aws:SourceArn: !Ref OrderEventsTopic\n",
            "",
        )],
        &["policy-open-to-any-source"],
    ),
    mutation(
        "the consumer's pollers and its concurrency are both limited",
        &[In(
            "OrderProcessorOrders",
            "BatchSize: 10",
            "BatchSize: 10\n      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 4 }",
        )],
        &["concurrency-limit-beside-pollers"],
    ),
    mutation(
        "a queue's mapping gets a destination for failures",
        &[In(
            "LedgerWriterEntries",
            "BatchSize: 10",
            "BatchSize: 10\n      DestinationConfig: { OnFailure: { Destination: !GetAtt LedgerDlq.Arn } }",
        )],
        &["failure-destination-on-queue-mapping"],
    ),
    mutation(
        "the function may send itself messages for ever",
        &[In("OrderProcessor", "CodeUri:", "RecursiveLoop: Allow\n      CodeUri:")],
        &["recursive-loop-allowed"],
    ),
    mutation(
        "a statement has an action that no service has",
        &[In("OrderFulfilment", "events:PutEvents]", "events:PutEvents, 'eventbridgev2:PutEvents']")],
        &["action-of-no-service"],
    ),
    mutation(
        "the FIFO queue gives each group its throughput, and deduplicates in the queue",
        &[In(
            "LedgerQueue",
            "FifoQueue: true",
            "FifoQueue: true\n      FifoThroughputLimit: perMessageGroupId\n      DeduplicationScope: queue",
        )],
        &["group-throughput-with-queue-deduplication"],
    ),
    mutation(
        "the bus gets a key and keeps nothing that it cannot encrypt",
        &[
            In("CommerceBus", "Name: !Sub", "KmsKeyIdentifier: alias/commerce\n      Name: !Sub"),
        ],
        &["encrypted-bus-without-dead-letter-queue"],
    ),
    mutation(
        "the event age is shorter than what the consumer needs",
        &[In("StatusProjector", "MaximumEventAgeInSeconds: 86400", "MaximumEventAgeInSeconds: 60")],
        &["event-age-under-outage"],
    ),
    mutation(
        "single messages to the FIFO queue are delayed",
        &[Declare("order-processor", |it| it.publishes[0].delay_seconds_max = Some(30))],
        &["message-delay-on-fifo-queue"],
    ),
    mutation(
        "the publisher writes a version that the consumer does not read",
        &[Declare("order-fulfilment", |it| "2".clone_into(&mut it.consumes[0].version))],
        &["version-not-read"],
    ),
    mutation(
        "SAM is to make the queue of a subscription",
        &[In(
            "OrderNotifier",
            "Topic: !Ref OrderEventsTopic",
            "Topic: !Ref OrderEventsTopic\n            SqsSubscription: true",
        )],
        &["generated-subscription-queue", "unused-failure-destination"],
    ),
    mutation(
        "the topic gets the key that AWS manages",
        &[In("OrderEventsTopic", "DisplayName: Order events", "DisplayName: Order events\n      KmsMasterKeyId: alias/aws/sns")],
        &[],
    ),
    mutation(
        "the tenants of a queue's function are isolated",
        &[In(
            "LedgerWriter",
            "CodeUri:",
            "TenancyConfig: { TenantIsolationMode: PER_TENANT }\n      CodeUri:",
        )],
        &["tenant-isolated-queue-consumer"],
    ),
    // Alarms.
    mutation("nobody hears of dead letters", &[Drop("LedgerDlqAlarm")], &["dead-letter-queue-without-alarm"]),
    mutation(
        "the alarm counts what redrive does not count",
        &[In("OrdersDlqAlarm", "ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent")],
        &["alarm-on-dead-letter-sends"],
    ),
    mutation(
        "the alarm watches another queue",
        &[In("OrdersDlqAlarm", "!GetAtt OrdersDlq.QueueName", "!GetAtt OrdersQueue.QueueName")],
        &["dead-letter-queue-without-alarm"],
    ),
];

/// The lines of a resource, up to the next one or comment of its depth.
fn body(text: &str, id: &str) -> std::ops::Range<usize> {
    let start = text.find(&format!("\n  {id}:\n")).unwrap_or_else(|| panic!("{id} is not in the template")) + 1;
    let mut end = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        let deeper = line.trim().is_empty() || line.starts_with("   ");
        if index > 0 && !deeper {
            break;
        }
        end += line.len();
    }
    start..end
}

fn applied(edits: &[Edit]) -> (String, Contracts) {
    let mut text = TEMPLATE.to_owned();
    let mut contracts = Contracts::read(CONTRACTS).unwrap();
    for edit in edits {
        match edit {
            In(id, from, to) => {
                let range = body(&text, id);
                let resource = &text[range.clone()];
                assert_eq!(resource.matches(from).count(), 1, "{from:?} stands once in {id}");
                let changed = resource.replace(from, to);
                text.replace_range(range, &changed);
            }
            Drop(id) => {
                let range = body(&text, id);
                text.replace_range(range, "");
            }
            Add(resource) => {
                let place = text.find("\nOutputs:").unwrap() + 1;
                text.insert_str(place, resource);
            }
            Declare(name, change) => {
                change(contracts.functions.iter_mut().find(|function| function.name == *name).unwrap());
            }
        }
    }
    (text, contracts)
}

/// The rules that find something, each once, and what they say; of advice, only that which is expected.
fn found(edits: &[Edit], expected: &[&str]) -> (Vec<&'static str>, String) {
    let (text, contracts) = applied(edits);
    let (topology, diagnostics) = aqueduct_topology::read(&text, &Deployment::default());
    let mut said = String::new();
    for diagnostic in diagnostics {
        writeln!(said, "  {diagnostic}").unwrap();
    }
    let outcome =
        check_with(&topology, Evidence { contracts: Some(&contracts), ..Evidence::default() }, &Settings::default());
    let mut rules = Vec::new();
    for finding in outcome.findings.iter().filter(|it| it.level > Level::Advice || expected.contains(&it.rule)) {
        writeln!(said, "  {finding}").unwrap();
        rules.push(finding.rule);
    }
    rules.sort_unstable();
    rules.dedup();
    (rules, said)
}

#[test]
fn the_pipeline_itself_has_no_mistake() {
    let (rules, said) = found(&[], &[]);
    assert_eq!(rules, [""; 0], "{said}");
}

#[test]
fn each_mistake_is_found_by_its_rule_alone() {
    let mut wrong = String::new();
    for Mutation { what, edits, finds } in MUTATIONS {
        let (rules, said) = found(edits, finds);
        if rules != *finds {
            writeln!(wrong, "{what}: expected {finds:?}, found {rules:?}\n{said}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(MUTATIONS.len() >= 60, "{}", MUTATIONS.len());
}
