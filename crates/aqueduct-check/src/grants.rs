//! What roles may do.

use aqueduct_topology::{Arn, Function, Role};

use crate::policy::{grants_to_role, like, may_allow};
use crate::wiring::Wiring;

/// What a function's role must be allowed on a queue that the function consumes.
pub(crate) const POLLING: &[&str] = &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// AWS's managed policies that functions are usually given, and the messaging actions that they allow on everything.
///
/// Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const MANAGED: &[(&str, &[&str])] = &[
    ("AWSLambdaBasicExecutionRole", &[]),
    ("AWSLambdaVPCAccessExecutionRole", &[]),
    ("AWSLambdaENIManagementAccess", &[]),
    ("AWSXRayDaemonWriteAccess", &[]),
    ("AWSXrayWriteOnlyAccess", &[]),
    ("CloudWatchLambdaInsightsExecutionRolePolicy", &[]),
    ("AWSLambdaSQSQueueExecutionRole", &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    ("AWSLambdaKinesisExecutionRole", &[]),
    ("AWSLambdaDynamoDBExecutionRole", &[]),
    ("AWSLambdaMSKExecutionRole", &[]),
    ("AWSLambdaRole", &["lambda:InvokeFunction"]),
    ("AWSLambda_FullAccess", &["lambda:*"]),
    ("AmazonSQSFullAccess", &["sqs:*"]),
    ("AmazonSQSReadOnlyAccess", &["sqs:GetQueueAttributes"]),
    ("AmazonSNSFullAccess", &["sns:*"]),
    ("AmazonSNSReadOnlyAccess", &[]),
    ("AmazonEventBridgeFullAccess", &["events:*"]),
    ("AmazonDynamoDBFullAccess", &["lambda:*", "sns:*", "kms:DescribeKey"]),
    ("AmazonDynamoDBReadOnlyAccess", &[]),
    ("AmazonS3FullAccess", &["s3:*"]),
    ("AmazonS3ReadOnlyAccess", &[]),
    ("AmazonSSMReadOnlyAccess", &[]),
    ("SecretsManagerReadWrite", &["kms:*"]),
    ("AWSStepFunctionsFullAccess", &[]),
];

impl<'a> Wiring<'a> {
    /// The template's role of a function.
    pub(crate) fn role_of(&self, function: &Function) -> Option<&'a Role> {
        self.role(function.role.as_ref()?)
    }

    /// Those of `actions` that the template gives the role on `resource` in no way, neither by a policy of its own nor by one
    /// of the resource. None where a policy is not known.
    pub(crate) fn missing_actions<'s>(&self, role: &Role, actions: &[&'s str], resource: &Arn) -> Vec<&'s str> {
        if !role.unknown.is_empty()
            || self.may_hide(&["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"])
        {
            return Vec::new();
        }
        let missing = actions.iter().copied().filter(|action| !self.may_do(role, action, resource.as_str()));
        missing.collect()
    }

    /// Whether the role may be allowed to do this; what is not known counts in its favour.
    fn may_do(&self, role: &Role, action: &str, resource: &str) -> bool {
        role.statements.iter().any(|statement| may_allow(statement, action, resource))
            || role.managed_policies.iter().any(|policy| managed_may_allow(policy, action))
            || self.resource_may_allow(role, action, resource)
    }

    /// Within an account, a policy of the resource is enough.
    fn resource_may_allow(&self, role: &Role, action: &str, resource: &str) -> bool {
        let buses =
            self.topology.bus_policies.iter().filter(|it| it.resources.iter().any(|it| it.as_str() == resource));
        let arn = Arn::new(resource);
        let mut attached = self.policies_of(&arn).chain(buses);
        let key =
            self.topology.keys.iter().find(|key| key.arn.as_str() == resource).and_then(|key| key.policy.as_ref());
        attached.any(|policy| grants_to_role(&policy.document, role, action, resource))
            || key.is_some_and(|policy| grants_to_role(policy, role, action, resource))
    }
}

/// Whether a managed policy may allow the action; one that is not known here may.
fn managed_may_allow(policy: &str, action: &str) -> bool {
    let name = policy.rsplit('/').next().unwrap_or(policy);
    let known = MANAGED.iter().find(|(known, _)| *known == name);
    known.is_none_or(|(_, actions)| actions.iter().any(|pattern| like(&pattern.to_lowercase(), &action.to_lowercase())))
}
