//! Which attributes of Terraform's resources are which properties of CloudFormation's.

use std::rc::Rc;

use super::plan::{Instance, KNOWN_AFTER_APPLY, Plan, unknown};
use crate::node::{Node, Value};
use crate::parse;
use crate::template::Resource;

/// An attribute, the property that it is, and its form.
pub(super) struct Field(pub(super) &'static str, pub(super) &'static str, pub(super) Form);

/// How an attribute holds its value.
pub(super) enum Form {
    /// As the property does.
    Same,
    /// As JSON text.
    Json,
    /// As the JSON text of a redrive policy.
    Redrive,
    /// As a block, or a list with one, with attributes of its own.
    Block(&'static [Field]),
    /// As a list of blocks.
    Blocks(&'static [Field]),
    /// As a map of an alarm's dimensions.
    Dimensions,
}

use Form::{Block, Blocks, Dimensions, Json, Redrive, Same};

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
const TYPES: &[(&str, &str, &[Field])] = &[
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

/// The CloudFormation resource that an instance equals, if it is of a type that is read.
pub(super) fn resource(plan: &Plan, instance: &Instance) -> Option<Resource> {
    let (_, kind, fields) = TYPES.iter().find(|(kind, ..)| *kind == instance.kind)?;
    let attribute = |name: &str| plan.attribute(instance, name);
    Some(Resource::of(instance.address.clone(), kind, properties(fields, &attribute, instance.span)))
}

/// The properties that attributes are.
pub(super) fn properties(
    fields: &'static [Field],
    attribute: &dyn Fn(&str) -> Option<Rc<Node>>,
    span: crate::Span,
) -> Rc<Node> {
    let entries = fields.iter().filter_map(|Field(name, property, form)| {
        let value = attribute(name)?;
        Some((*property, formed(&value, form)?))
    });
    Node::map(entries.collect::<Vec<_>>(), span)
}

fn formed(value: &Rc<Node>, form: &'static Form) -> Option<Rc<Node>> {
    match form {
        // Providers answer -1 and "" for what is not set.
        Same if value.as_str() == Some("") || is_minus_one(value) => None,
        Same => Some(Rc::clone(value)),
        Json => json(value),
        Redrive => match json(value)? {
            policy if is_unknown(&policy) => Some(policy),
            policy if policy.intrinsic().is_some() || policy.as_str().is_some() => Some(redrive(policy)),
            policy => Some(policy),
        },
        Block(fields) => {
            let block = value.as_list().map_or(Some(value), <[_]>::first)?;
            Some(block_of(fields, block))
        }
        Blocks(fields) => {
            let blocks = value.as_list().unwrap_or(std::slice::from_ref(value));
            let blocks = blocks.iter().map(|block| block_of(fields, block)).collect();
            Some(Node::new(Value::List(blocks), value.span))
        }
        Dimensions => {
            let pair = |(name, value): (&str, &Rc<Node>)| {
                let name = Node::string(name, value.span);
                Node::map([("Name", name), ("Value", Rc::clone(value))], value.span)
            };
            let pairs = value.entries().iter().map(|entry| pair((&entry.key, &entry.node))).collect();
            Some(Node::new(Value::List(pairs), value.span))
        }
    }
}

fn block_of(fields: &'static [Field], block: &Rc<Node>) -> Rc<Node> {
    if is_unknown(block) {
        return Rc::clone(block);
    }
    let properties = properties(fields, &|name| block.get(name).cloned(), block.span);
    nest_metric(&properties)
}

/// Puts `Metric` of a metric query into its `MetricStat`.
fn nest_metric(properties: &Rc<Node>) -> Rc<Node> {
    let (Some(stat), Some(metric)) = (properties.get("MetricStat"), properties.get("Metric")) else {
        return Rc::clone(properties);
    };
    let entries = stat.entries().iter().map(|entry| (entry.key.as_str(), Rc::clone(&entry.node)));
    let stat = Node::map(entries.chain([("Metric", Rc::clone(metric))]).collect::<Vec<_>>(), stat.span);
    let entries = properties.entries().iter().filter(|entry| entry.key != "MetricStat" && entry.key != "Metric");
    let entries = entries.map(|entry| (entry.key.as_str(), Rc::clone(&entry.node)));
    Node::map(entries.chain([("MetricStat", stat)]).collect::<Vec<_>>(), properties.span)
}

/// A redrive policy of which the configuration names only the dead-letter queue.
fn redrive(target: Rc<Node>) -> Rc<Node> {
    let span = target.span;
    let receives = unknown("maxReceiveCount", span);
    Node::map([("deadLetterTargetArn", target), ("maxReceiveCount", receives)], span)
}

/// JSON text as what it says; what is no text stays.
pub(super) fn json(value: &Rc<Node>) -> Option<Rc<Node>> {
    match value.as_str() {
        Some("") => None,
        Some(text) if text.trim_start().starts_with(['{', '[']) => {
            let parsed = parse::parse(text, &mut Vec::new()).ok()?;
            Some(placed(&parsed, value.span))
        }
        _ => Some(Rc::clone(value)),
    }
}

/// The same part, standing where the text that it was read from stands.
fn placed(node: &Rc<Node>, span: crate::Span) -> Rc<Node> {
    let value = match &node.value {
        Value::List(items) => Value::List(items.iter().map(|item| placed(item, span)).collect()),
        Value::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.as_str(), placed(&entry.node, span)));
            return Node::map(entries.collect::<Vec<_>>(), span);
        }
        value => value.clone(),
    };
    Node::new(value, span)
}

fn is_unknown(node: &Node) -> bool {
    matches!(node.entries(), [entry] if entry.key == KNOWN_AFTER_APPLY)
}

fn is_minus_one(node: &Node) -> bool {
    matches!(&node.value, Value::Number(number) if number.as_i64() == Some(-1))
}
