//! Which attributes of Terraform's resources are which properties of CloudFormation's.

use super::fields::Field;
use super::fields::Form::{Block, Blocks, Dimensions, Json, Redrive, Same};

const ARN: &[Field] = &[Field("arn", "Arn", Same)];
const RETRY: &[Field] = &[
    Field("maximum_event_age_in_seconds", "MaximumEventAgeInSeconds", Same),
    Field("maximum_retry_attempts", "MaximumRetryAttempts", Same),
];
const FILTERS: &[Field] = &[Field("filter", "Filters", Blocks(&[Field("pattern", "Pattern", Same)]))];
const GROUP: &[Field] = &[Field("message_group_id", "MessageGroupId", Same)];
const DESTINATION: &[Field] =
    &[Field("destination", "Destination", Same), Field("destination_arn", "Destination", Same)];
const DESTINATIONS: &[Field] =
    &[Field("on_failure", "OnFailure", Block(DESTINATION)), Field("on_success", "OnSuccess", Block(DESTINATION))];
const OF_SOURCE: &[Field] = &[
    Field("batch_size", "BatchSize", Same),
    Field("maximum_batching_window_in_seconds", "MaximumBatchingWindowInSeconds", Same),
    Field("dead_letter_config", "DeadLetterConfig", Block(ARN)),
];

/// A target of a rule, which is a resource of its own.
pub(super) const TARGET: &[Field] = &[
    Field("target_id", "Id", Same),
    Field("arn", "Arn", Same),
    Field("role_arn", "RoleArn", Same),
    Field("input", "Input", Same),
    Field("input_path", "InputPath", Same),
    Field(
        "input_transformer",
        "InputTransformer",
        Block(&[Field("input_paths", "InputPathsMap", Same), Field("input_template", "InputTemplate", Same)]),
    ),
    Field("sqs_target", "SqsParameters", Block(GROUP)),
    Field("retry_policy", "RetryPolicy", Block(RETRY)),
    Field("dead_letter_config", "DeadLetterConfig", Block(ARN)),
];

const QUEUE: &[Field] = &[
    Field("name", "QueueName", Same),
    Field("fifo_queue", "FifoQueue", Same),
    Field("content_based_deduplication", "ContentBasedDeduplication", Same),
    Field("deduplication_scope", "DeduplicationScope", Same),
    Field("fifo_throughput_limit", "FifoThroughputLimit", Same),
    Field("delay_seconds", "DelaySeconds", Same),
    Field("max_message_size", "MaximumMessageSize", Same),
    Field("message_retention_seconds", "MessageRetentionPeriod", Same),
    Field("receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds", Same),
    Field("visibility_timeout_seconds", "VisibilityTimeout", Same),
    Field("redrive_policy", "RedrivePolicy", Redrive),
    Field("redrive_allow_policy", "RedriveAllowPolicy", Json),
    Field("kms_master_key_id", "KmsMasterKeyId", Same),
    Field("sqs_managed_sse_enabled", "SqsManagedSseEnabled", Same),
];
const TOPIC: &[Field] = &[
    Field("name", "TopicName", Same),
    Field("fifo_topic", "FifoTopic", Same),
    Field("content_based_deduplication", "ContentBasedDeduplication", Same),
    Field("display_name", "DisplayName", Same),
    Field("kms_master_key_id", "KmsMasterKeyId", Same),
    Field("archive_policy", "ArchivePolicy", Json),
];
const SUBSCRIPTION: &[Field] = &[
    Field("topic_arn", "TopicArn", Same),
    Field("protocol", "Protocol", Same),
    Field("endpoint", "Endpoint", Same),
    Field("raw_message_delivery", "RawMessageDelivery", Same),
    Field("filter_policy", "FilterPolicy", Json),
    Field("filter_policy_scope", "FilterPolicyScope", Same),
    Field("redrive_policy", "RedrivePolicy", Redrive),
    Field("delivery_policy", "DeliveryPolicy", Json),
    Field("replay_policy", "ReplayPolicy", Json),
    Field("subscription_role_arn", "SubscriptionRoleArn", Same),
];
const RULE: &[Field] = &[
    Field("name", "Name", Same),
    Field("event_bus_name", "EventBusName", Same),
    Field("event_pattern", "EventPattern", Json),
    Field("schedule_expression", "ScheduleExpression", Same),
    Field("state", "State", Same),
];
const FUNCTION: &[Field] = &[
    Field("function_name", "FunctionName", Same),
    Field("role", "Role", Same),
    Field("runtime", "Runtime", Same),
    Field("handler", "Handler", Same),
    Field("timeout", "Timeout", Same),
    Field("memory_size", "MemorySize", Same),
    Field("reserved_concurrent_executions", "ReservedConcurrentExecutions", Same),
    Field("environment", "Environment", Block(&[Field("variables", "Variables", Same)])),
    Field("dead_letter_config", "DeadLetterConfig", Block(&[Field("target_arn", "TargetArn", Same)])),
    Field("tracing_config", "TracingConfig", Block(&[Field("mode", "Mode", Same)])),
    Field("kms_key_arn", "KmsKeyArn", Same),
    Field(
        "vpc_config",
        "VpcConfig",
        Block(&[Field("subnet_ids", "SubnetIds", Same), Field("security_group_ids", "SecurityGroupIds", Same)]),
    ),
];
const MAPPING: &[Field] = &[
    Field("event_source_arn", "EventSourceArn", Same),
    Field("function_name", "FunctionName", Same),
    Field("batch_size", "BatchSize", Same),
    Field("maximum_batching_window_in_seconds", "MaximumBatchingWindowInSeconds", Same),
    Field("function_response_types", "FunctionResponseTypes", Same),
    Field("filter_criteria", "FilterCriteria", Block(FILTERS)),
    Field("scaling_config", "ScalingConfig", Block(&[Field("maximum_concurrency", "MaximumConcurrency", Same)])),
    Field("enabled", "Enabled", Same),
    Field("starting_position", "StartingPosition", Same),
    Field("maximum_retry_attempts", "MaximumRetryAttempts", Same),
    Field("maximum_record_age_in_seconds", "MaximumRecordAgeInSeconds", Same),
    Field("bisect_batch_on_function_error", "BisectBatchOnFunctionError", Same),
    Field("parallelization_factor", "ParallelizationFactor", Same),
    Field("destination_config", "DestinationConfig", Block(DESTINATIONS)),
];
const SCHEDULE: &[Field] = &[
    Field("name", "Name", Same),
    Field("group_name", "GroupName", Same),
    Field("schedule_expression", "ScheduleExpression", Same),
    Field("schedule_expression_timezone", "ScheduleExpressionTimezone", Same),
    Field("state", "State", Same),
    Field("start_date", "StartDate", Same),
    Field("end_date", "EndDate", Same),
    Field(
        "flexible_time_window",
        "FlexibleTimeWindow",
        Block(&[Field("mode", "Mode", Same), Field("maximum_window_in_minutes", "MaximumWindowInMinutes", Same)]),
    ),
    Field(
        "target",
        "Target",
        Block(&[
            Field("arn", "Arn", Same),
            Field("role_arn", "RoleArn", Same),
            Field("input", "Input", Same),
            Field("retry_policy", "RetryPolicy", Block(RETRY)),
            Field("dead_letter_config", "DeadLetterConfig", Block(ARN)),
            Field("sqs_parameters", "SqsParameters", Block(GROUP)),
            Field(
                "eventbridge_parameters",
                "EventBridgeParameters",
                Block(&[Field("detail_type", "DetailType", Same), Field("source", "Source", Same)]),
            ),
        ]),
    ),
];
const METRIC: &[Field] = &[
    Field("namespace", "Namespace", Same),
    Field("metric_name", "MetricName", Same),
    Field("dimensions", "Dimensions", Dimensions),
];
const ALARM: &[Field] = &[
    Field("alarm_name", "AlarmName", Same),
    Field("namespace", "Namespace", Same),
    Field("metric_name", "MetricName", Same),
    Field("dimensions", "Dimensions", Dimensions),
    Field("statistic", "Statistic", Same),
    Field("extended_statistic", "ExtendedStatistic", Same),
    Field("period", "Period", Same),
    Field("evaluation_periods", "EvaluationPeriods", Same),
    Field("datapoints_to_alarm", "DatapointsToAlarm", Same),
    Field("threshold", "Threshold", Same),
    Field("comparison_operator", "ComparisonOperator", Same),
    Field("treat_missing_data", "TreatMissingData", Same),
    Field("alarm_actions", "AlarmActions", Same),
    Field("actions_enabled", "ActionsEnabled", Same),
    Field(
        "metric_query",
        "Metrics",
        Blocks(&[
            Field("id", "Id", Same),
            Field("expression", "Expression", Same),
            Field("metric", "MetricStat", Block(&[Field("period", "Period", Same), Field("stat", "Stat", Same)])),
            // The metric itself lies one level deeper in CloudFormation.
            Field("metric", "Metric", Block(METRIC)),
        ]),
    ),
];
const PIPE: &[Field] = &[
    Field("name", "Name", Same),
    Field("source", "Source", Same),
    Field("target", "Target", Same),
    Field("enrichment", "Enrichment", Same),
    Field("role_arn", "RoleArn", Same),
    Field("desired_state", "DesiredState", Same),
    Field(
        "source_parameters",
        "SourceParameters",
        Block(&[
            Field("filter_criteria", "FilterCriteria", Block(FILTERS)),
            Field("sqs_queue_parameters", "SqsQueueParameters", Block(OF_SOURCE)),
            Field("kinesis_stream_parameters", "KinesisStreamParameters", Block(OF_SOURCE)),
            Field("dynamodb_stream_parameters", "DynamoDBStreamParameters", Block(OF_SOURCE)),
        ]),
    ),
];
const ROLE: &[Field] = &[
    Field("name", "RoleName", Same),
    Field("path", "Path", Same),
    Field("assume_role_policy", "AssumeRolePolicyDocument", Json),
    Field("permissions_boundary", "PermissionsBoundary", Same),
    Field("managed_policy_arns", "ManagedPolicyArns", Same),
    Field("inline_policy", "Policies", Blocks(&[Field("policy", "PolicyDocument", Json)])),
];

/// Terraform's type, CloudFormation's, and the attributes.
pub(super) const TYPES: &[(&str, &str, &[Field])] = &[
    ("aws_sqs_queue", "AWS::SQS::Queue", QUEUE),
    (
        "aws_sqs_queue_policy",
        "AWS::SQS::QueuePolicy",
        &[Field("queue_url", "Queues", Same), Field("policy", "PolicyDocument", Json)],
    ),
    ("aws_sns_topic", "AWS::SNS::Topic", TOPIC),
    (
        "aws_sns_topic_policy",
        "AWS::SNS::TopicPolicy",
        &[Field("arn", "Topics", Same), Field("policy", "PolicyDocument", Json)],
    ),
    ("aws_sns_topic_subscription", "AWS::SNS::Subscription", SUBSCRIPTION),
    (
        "aws_cloudwatch_event_bus",
        "AWS::Events::EventBus",
        &[
            Field("name", "Name", Same),
            Field("kms_key_identifier", "KmsKeyIdentifier", Same),
            Field("dead_letter_config", "DeadLetterConfig", Block(ARN)),
        ],
    ),
    (
        "aws_cloudwatch_event_bus_policy",
        "AWS::Events::EventBusPolicy",
        &[Field("event_bus_name", "EventBusName", Same), Field("policy", "PolicyDocument", Json)],
    ),
    ("aws_cloudwatch_event_rule", "AWS::Events::Rule", RULE),
    (
        "aws_cloudwatch_event_archive",
        "AWS::Events::Archive",
        &[
            Field("name", "ArchiveName", Same),
            Field("event_source_arn", "SourceArn", Same),
            Field("event_pattern", "EventPattern", Json),
            Field("retention_days", "RetentionDays", Same),
        ],
    ),
    ("aws_lambda_function", "AWS::Lambda::Function", FUNCTION),
    (
        "aws_lambda_alias",
        "AWS::Lambda::Alias",
        &[Field("function_name", "FunctionName", Same), Field("name", "Name", Same)],
    ),
    ("aws_lambda_event_source_mapping", "AWS::Lambda::EventSourceMapping", MAPPING),
    (
        "aws_lambda_permission",
        "AWS::Lambda::Permission",
        &[
            Field("action", "Action", Same),
            Field("function_name", "FunctionName", Same),
            Field("principal", "Principal", Same),
            Field("qualifier", "Qualifier", Same),
            Field("source_arn", "SourceArn", Same),
            Field("source_account", "SourceAccount", Same),
        ],
    ),
    (
        "aws_lambda_function_event_invoke_config",
        "AWS::Lambda::EventInvokeConfig",
        &[
            Field("function_name", "FunctionName", Same),
            Field("qualifier", "Qualifier", Same),
            Field("maximum_retry_attempts", "MaximumRetryAttempts", Same),
            Field("maximum_event_age_in_seconds", "MaximumEventAgeInSeconds", Same),
            Field("destination_config", "DestinationConfig", Block(DESTINATIONS)),
        ],
    ),
    (
        "aws_lambda_function_url",
        "AWS::Lambda::Url",
        &[
            Field("function_name", "TargetFunctionArn", Same),
            Field("authorization_type", "AuthType", Same),
            Field("invoke_mode", "InvokeMode", Same),
        ],
    ),
    ("aws_iam_role", "AWS::IAM::Role", ROLE),
    (
        "aws_iam_role_policy",
        "AWS::IAM::Policy",
        &[Field("role", "Roles", Same), Field("policy", "PolicyDocument", Json)],
    ),
    (
        "aws_iam_policy",
        "AWS::IAM::ManagedPolicy",
        &[
            Field("name", "ManagedPolicyName", Same),
            Field("path", "Path", Same),
            Field("policy", "PolicyDocument", Json),
        ],
    ),
    ("aws_scheduler_schedule", "AWS::Scheduler::Schedule", SCHEDULE),
    ("aws_kms_key", "AWS::KMS::Key", &[Field("policy", "KeyPolicy", Json), Field("is_enabled", "Enabled", Same)]),
    (
        "aws_kms_alias",
        "AWS::KMS::Alias",
        &[Field("name", "AliasName", Same), Field("target_key_id", "TargetKeyId", Same)],
    ),
    ("aws_cloudwatch_metric_alarm", "AWS::CloudWatch::Alarm", ALARM),
    ("aws_pipes_pipe", "AWS::Pipes::Pipe", PIPE),
    ("aws_dynamodb_table", "AWS::DynamoDB::Table", &[Field("name", "TableName", Same)]),
    ("aws_kinesis_stream", "AWS::Kinesis::Stream", &[Field("name", "Name", Same)]),
    ("aws_s3_bucket", "AWS::S3::Bucket", &[Field("bucket", "BucketName", Same)]),
    (
        "aws_sfn_state_machine",
        "AWS::StepFunctions::StateMachine",
        &[
            Field("name", "StateMachineName", Same),
            Field("type", "StateMachineType", Same),
            Field("role_arn", "RoleArn", Same),
            Field("definition", "DefinitionString", Json),
        ],
    ),
    ("aws_ssm_parameter", "AWS::SSM::Parameter", &[Field("name", "Name", Same), Field("value", "Value", Same)]),
    ("aws_cloudwatch_event_api_destination", "AWS::Events::ApiDestination", &[Field("name", "Name", Same)]),
    ("aws_cloudwatch_event_connection", "AWS::Events::Connection", &[Field("name", "Name", Same)]),
];
