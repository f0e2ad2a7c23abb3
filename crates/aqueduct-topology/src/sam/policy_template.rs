//! SAM's policy templates as the statements that they stand for.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>

use std::rc::Rc;

use crate::Span;
use crate::node::{Node, Value};

/// Actions, and the resources that they are allowed on; both separated by blanks.
///
/// `${QueueName}` is the template's parameter. `sqs::` stands for partition, service, Region and account.
type Statement = (&'static str, &'static str);

const TABLE_AND_INDEXES: &str = "dynamodb::table/${TableName} dynamodb::table/${TableName}/index/*";

const TEMPLATES: &[(&str, &[Statement])] = &[
    (
        "SQSPollerPolicy",
        &[(
            "sqs:ChangeMessageVisibility sqs:ChangeMessageVisibilityBatch sqs:DeleteMessage sqs:DeleteMessageBatch \
             sqs:GetQueueAttributes sqs:ReceiveMessage",
            "sqs::${QueueName}",
        )],
    ),
    ("SQSSendMessagePolicy", &[("sqs:SendMessage*", "sqs::${QueueName}")]),
    ("SNSPublishMessagePolicy", &[("sns:Publish", "sns::${TopicName}")]),
    (
        "SNSCrudPolicy",
        &[(
            "sns:ListSubscriptionsByTopic sns:CreateTopic sns:SetTopicAttributes sns:Subscribe sns:Publish",
            "sns::${TopicName}*",
        )],
    ),
    ("EventBridgePutEventsPolicy", &[("events:PutEvents", "events::event-bus/${EventBusName}")]),
    ("LambdaInvokePolicy", &[("lambda:InvokeFunction", "lambda::function:${FunctionName}*")]),
    ("StepFunctionsExecutionPolicy", &[("states:StartExecution", "states::stateMachine:${StateMachineName}")]),
    (
        "DynamoDBCrudPolicy",
        &[(
            "dynamodb:GetItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:Scan dynamodb:Query dynamodb:UpdateItem \
             dynamodb:BatchWriteItem dynamodb:BatchGetItem dynamodb:DescribeTable dynamodb:ConditionCheckItem",
            TABLE_AND_INDEXES,
        )],
    ),
    (
        "DynamoDBReadPolicy",
        &[(
            "dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem dynamodb:DescribeTable",
            TABLE_AND_INDEXES,
        )],
    ),
    ("DynamoDBWritePolicy", &[("dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem", TABLE_AND_INDEXES)]),
    ("DynamoDBReconfigurePolicy", &[("dynamodb:UpdateTable", "dynamodb::table/${TableName}")]),
    (
        "DynamoDBStreamReadPolicy",
        &[
            (
                "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator",
                "dynamodb::table/${TableName}/stream/${StreamName}",
            ),
            ("dynamodb:ListStreams", "dynamodb::table/${TableName}/stream/*"),
        ],
    ),
    (
        "DynamoDBBackupFullAccessPolicy",
        &[
            ("dynamodb:CreateBackup dynamodb:DescribeContinuousBackups", "dynamodb::table/${TableName}"),
            (
                "dynamodb:DeleteBackup dynamodb:DescribeBackup dynamodb:ListBackups",
                "dynamodb::table/${TableName}/backup/*",
            ),
        ],
    ),
    (
        "DynamoDBRestoreFromBackupPolicy",
        &[
            ("dynamodb:RestoreTableFromBackup", "dynamodb::table/${TableName}/backup/*"),
            (
                "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:Query \
                 dynamodb:Scan dynamodb:BatchWriteItem",
                "dynamodb::table/${TableName}",
            ),
        ],
    ),
    (
        "KinesisStreamReadPolicy",
        &[
            ("kinesis:ListStreams kinesis:DescribeLimits", "kinesis::stream/*"),
            (
                "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator",
                "kinesis::stream/${StreamName}",
            ),
        ],
    ),
    (
        "KinesisCrudPolicy",
        &[(
            "kinesis:AddTagsToStream kinesis:CreateStream kinesis:DecreaseStreamRetentionPeriod kinesis:DeleteStream \
             kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetShardIterator \
             kinesis:IncreaseStreamRetentionPeriod kinesis:ListTagsForStream kinesis:MergeShards kinesis:PutRecord \
             kinesis:PutRecords kinesis:SplitShard kinesis:RemoveTagsFromStream",
            "kinesis::stream/${StreamName}",
        )],
    ),
    (
        "FirehoseWritePolicy",
        &[("firehose:PutRecord firehose:PutRecordBatch", "firehose::deliverystream/${DeliveryStreamName}")],
    ),
    (
        "FirehoseCrudPolicy",
        &[(
            "firehose:CreateDeliveryStream firehose:DeleteDeliveryStream firehose:DescribeDeliveryStream \
             firehose:PutRecord firehose:PutRecordBatch firehose:UpdateDestination",
            "firehose::deliverystream/${DeliveryStreamName}",
        )],
    ),
    ("KMSDecryptPolicy", &[("kms:Decrypt", "kms::key/${KeyId}")]),
    ("KMSEncryptPolicy", &[("kms:Encrypt", "kms::key/${KeyId}")]),
    (
        "S3ReadPolicy",
        &[(
            "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:GetLifecycleConfiguration",
            "s3:::${BucketName} s3:::${BucketName}/*",
        )],
    ),
    (
        "S3WritePolicy",
        &[("s3:PutObject s3:PutObjectAcl s3:PutLifecycleConfiguration", "s3:::${BucketName} s3:::${BucketName}/*")],
    ),
    (
        "S3CrudPolicy",
        &[(
            "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:PutObject s3:PutObjectAcl \
             s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration s3:DeleteObject",
            "s3:::${BucketName} s3:::${BucketName}/*",
        )],
    ),
    (
        "S3FullAccessPolicy",
        &[
            (
                "s3:GetObject s3:GetObjectAcl s3:GetObjectVersion s3:PutObject s3:PutObjectAcl s3:DeleteObject \
                 s3:DeleteObjectTagging s3:DeleteObjectVersionTagging s3:GetObjectTagging s3:GetObjectVersionTagging \
                 s3:PutObjectTagging s3:PutObjectVersionTagging",
                "s3:::${BucketName}/*",
            ),
            (
                "s3:ListBucket s3:GetBucketLocation s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration",
                "s3:::${BucketName}",
            ),
        ],
    ),
    (
        "SSMParameterReadPolicy",
        &[
            ("ssm:DescribeParameters", "*"),
            ("ssm:GetParameters ssm:GetParameter ssm:GetParametersByPath", "ssm::parameter/${ParameterName}"),
        ],
    ),
    (
        "SSMParameterWithSlashPrefixReadPolicy",
        &[
            ("ssm:DescribeParameters", "*"),
            ("ssm:GetParameters ssm:GetParameter ssm:GetParametersByPath", "ssm::parameter${ParameterName}"),
        ],
    ),
    ("AWSSecretsManagerGetSecretValuePolicy", &[("secretsmanager:GetSecretValue", "${SecretArn}")]),
    ("CloudWatchPutMetricPolicy", &[("cloudwatch:PutMetricData", "*")]),
    (
        "VPCAccessPolicy",
        &[(
            "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces \
             ec2:DetachNetworkInterface",
            "*",
        )],
    ),
];

/// Templates of services through which no message goes: they allow nothing that the topology is asked about.
const OF_OTHER_SERVICES: [&str; 51] = [
    "ACMGetCertificatePolicy",
    "AMIDescribePolicy",
    "AthenaQueryPolicy",
    "AWSSecretsManagerRotationPolicy",
    "CloudFormationDescribeStacksPolicy",
    "CloudWatchDashboardPolicy",
    "CloudWatchDescribeAlarmHistoryPolicy",
    "CodeCommitCrudPolicy",
    "CodeCommitReadPolicy",
    "CodePipelineLambdaExecutionPolicy",
    "CodePipelineReadOnlyPolicy",
    "ComprehendBasicAccessPolicy",
    "CostExplorerReadOnlyPolicy",
    "EC2CopyImagePolicy",
    "EC2DescribePolicy",
    "EcsRunTaskPolicy",
    "EFSWriteAccessPolicy",
    "EKSDescribePolicy",
    "ElasticMapReduceAddJobFlowStepsPolicy",
    "ElasticMapReduceCancelStepsPolicy",
    "ElasticMapReduceModifyInstanceFleetPolicy",
    "ElasticMapReduceModifyInstanceGroupsPolicy",
    "ElasticMapReduceSetTerminationProtectionPolicy",
    "ElasticMapReduceTerminateJobFlowsPolicy",
    "ElasticsearchHttpPostPolicy",
    "FilterLogEventsPolicy",
    "MobileAnalyticsWriteOnlyAccessPolicy",
    "OrganizationsListAccountsPolicy",
    "PinpointEndpointAccessPolicy",
    "PollyFullAccessPolicy",
    "RekognitionDetectOnlyPolicy",
    "RekognitionFacesManagementPolicy",
    "RekognitionFacesPolicy",
    "RekognitionLabelsPolicy",
    "RekognitionNoDataAccessPolicy",
    "RekognitionReadPolicy",
    "RekognitionWriteOnlyAccessPolicy",
    "Route53ChangeResourceRecordSetsPolicy",
    "ServerlessRepoReadWriteAccessPolicy",
    "SESBulkTemplatedCrudPolicy",
    "SESBulkTemplatedCrudPolicy_v2",
    "SESCrudPolicy",
    "SESEmailTemplateCrudPolicy",
    "SESSendBouncePolicy",
    "SageMakerCreateEndpointConfigPolicy",
    "SageMakerCreateEndpointPolicy",
    "TextractDetectAnalyzePolicy",
    "TextractGetResultPolicy",
    "TextractPolicy",
    "CognitoPolicy",
    "XRayPolicy",
];

/// The statements of the template `name`; none when SAM has no such template.
pub(super) fn statements(name: &str, parameters: &Rc<Node>, span: Span) -> Option<Vec<Rc<Node>>> {
    if OF_OTHER_SERVICES.contains(&name) {
        return Some(Vec::new());
    }
    let (_, statements) = TEMPLATES.iter().find(|(known, _)| *known == name)?;
    Some(statements.iter().map(|(actions, resources)| statement(actions, resources, parameters, span)).collect())
}

fn statement(actions: &str, resources: &str, parameters: &Rc<Node>, span: Span) -> Rc<Node> {
    let list = |items: Vec<Rc<Node>>| Node::new(Value::List(items), span);
    let actions = actions.split_whitespace().map(|action| Node::string(action, span)).collect();
    let mut resources: Vec<_> =
        resources.split_whitespace().map(|resource| substituted(resource, parameters, span)).collect();
    let resource = if resources.len() == 1 { resources.remove(0) } else { list(resources) };
    Node::map([("Effect", Node::string("Allow", span)), ("Action", list(actions)), ("Resource", resource)], span)
}

fn substituted(resource: &str, parameters: &Rc<Node>, span: Span) -> Rc<Node> {
    if !resource.contains('$') && !resource.contains("::") {
        return Node::string(resource, span);
    }
    let text = match resource.split_once("::") {
        Some(("s3", rest)) => format!("arn:${{AWS::Partition}}:s3::{rest}"),
        Some((service, rest)) => {
            format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
        }
        None => resource.to_owned(),
    };
    let parts = vec![Node::string(text, span), Rc::clone(parameters)];
    Node::map([("Fn::Sub", Node::new(Value::List(parts), span))], span)
}
