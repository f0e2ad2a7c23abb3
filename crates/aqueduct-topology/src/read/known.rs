//! Types that the topology does not have: which are irrelevant to messaging, and which would matter.

use crate::Severity;
use crate::scope::Scope;
use crate::template::Resource;

/// Services whose resources carry no message between functions, or none that the topology follows.
const IRRELEVANT: [&str; 85] = [
    "ACMPCA",
    "APS",
    "AccessAnalyzer",
    "AmazonMQ",
    "Amplify",
    "ApiGateway",
    "ApiGatewayV2",
    "AppConfig",
    "AppRunner",
    "AppSync",
    "ApplicationAutoScaling",
    "ApplicationInsights",
    "Athena",
    "AutoScaling",
    "Backup",
    "Batch",
    "Bedrock",
    "Budgets",
    "CDK",
    "CE",
    "CertificateManager",
    "Chatbot",
    "CloudFormation",
    "CloudFront",
    "CloudTrail",
    "CodeBuild",
    "CodeCommit",
    "CodeDeploy",
    "CodePipeline",
    "CodeStarConnections",
    "CodeStarNotifications",
    "Cognito",
    "Config",
    "Connect",
    "DAX",
    "DMS",
    "DocDB",
    "EC2",
    "ECR",
    "ECS",
    "EFS",
    "EKS",
    "EMR",
    "ElastiCache",
    "ElasticBeanstalk",
    "ElasticLoadBalancing",
    "ElasticLoadBalancingV2",
    "Elasticsearch",
    "GameLift",
    "Glue",
    "GuardDuty",
    "IAM",
    "ImageBuilder",
    "InspectorV2",
    "Inspector",
    "IoT",
    "IoTAnalytics",
    "KMS",
    "Kinesis",
    "KinesisAnalyticsV2",
    "KinesisFirehose",
    "LakeFormation",
    "Location",
    "Logs",
    "MSK",
    "MediaConvert",
    "Neptune",
    "OpenSearchServerless",
    "OpenSearchService",
    "Organizations",
    "Pinpoint",
    "RAM",
    "RDS",
    "Redshift",
    "ResourceGroups",
    "Route53",
    "SES",
    "SSM",
    "SageMaker",
    "SecretsManager",
    "ServiceDiscovery",
    "StepFunctions",
    "Synthetics",
    "WAFv2",
    "XRay",
];

/// Types beside the ones that are read, in services that are.
const IRRELEVANT_TYPES: [&str; 25] = [
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::GlobalTable",
    "AWS::Events::ApiDestination",
    "AWS::Events::Connection",
    "AWS::Events::EventBusPolicy",
    "AWS::EventSchemas::Discoverer",
    "AWS::EventSchemas::Registry",
    "AWS::EventSchemas::Schema",
    "AWS::Lambda::Alias",
    "AWS::Lambda::CodeSigningConfig",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::Version",
    "AWS::S3::AccessPoint",
    "AWS::S3::BucketPolicy",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::Serverless::Api",
    "AWS::Serverless::Application",
    "AWS::Serverless::Connector",
    "AWS::Serverless::GraphQLApi",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::StateMachine",
];

/// Says that a resource is passed over, unless its type is known to be irrelevant.
pub(super) fn warn_of_unread(scope: &Scope<'_>, resource: &Resource) {
    let kind = resource.kind.as_str();
    let service = kind.strip_prefix("AWS::").and_then(|rest| rest.split("::").next()).unwrap_or_default();
    if kind.starts_with("Custom::") || IRRELEVANT.contains(&service) || IRRELEVANT_TYPES.contains(&kind) {
        return;
    }
    scope.report(
        Severity::Warning,
        format!("resource `{}` is passed over: its type {kind} is not read", resource.id),
        suggest(kind),
        resource.span,
    );
}

const READ: [&str; 22] = [
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicInlinePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueueInlinePolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::Serverless::Function",
    "AWS::Serverless::SimpleTable",
    "AWS::IAM::Role",
];

fn suggest(kind: &str) -> Option<String> {
    if kind.starts_with("AWS::EventsV2::") {
        let help = "the custom event buses of September 2026 are not modelled; AWS::Events::EventBus is a classic one";
        return Some(help.to_owned());
    }
    crate::suggest::nearest(kind, READ.into_iter().chain(IRRELEVANT_TYPES))
        .map(|near| format!("did you mean `{near}`?"))
}
