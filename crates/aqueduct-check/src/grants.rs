//! What roles may do.

use aqueduct_topology::{Arn, Function, Role};
use serde_json::Value;

use crate::policy::{denial_of_role, denies, grants_to_role, like, may_allow, shown_statement};
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

    /// Those of `actions` on `resource` that a policy of the role or of the resource denies, and those that the template gives
    /// the role in no way. What a policy that is not known may give is not missing.
    pub(crate) fn missing_actions<'s>(&self, role: &Role, actions: &[&'s str], resource: &Arn) -> Vec<&'s str> {
        let hidden = !role.unknown.is_empty()
            || self.may_hide(&["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"]);
        let missing = actions.iter().copied().filter(|action| {
            self.denial(role, action, resource).is_some() || (!hidden && !self.may_do(role, action, resource.as_str()))
        });
        missing.collect()
    }

    /// The way out for a role that lacks one of `actions` on `resource`: `who` and `on` are what messages call them.
    pub(crate) fn way_to_grant(&self, role: &Role, who: &str, actions: &[&str], resource: &Arn, on: &str) -> String {
        match actions.iter().find_map(|action| self.denial(role, action, resource)) {
            Some(denial) => format!("narrow {denial}, which goes before every Allow, so that {who} may use {on}"),
            None => format!("allow {who} {} on {on}", actions.join(", ")),
        }
    }

    /// The statement that denies the role `action`, in words.
    fn denial(&self, role: &Role, action: &str, resource: &Arn) -> Option<String> {
        let own = role.statements.iter().find(|it| denies(it, action, resource.as_str()));
        own.map(shown_statement).or_else(|| {
            self.policies_on(resource).find_map(|(id, document)| {
                let denial = denial_of_role(document, role, action, resource.as_str())?;
                Some(format!("{} of {id}", shown_statement(denial)))
            })
        })
    }

    /// The policies of a queue, topic, bus or key, with the logical ids of what has them.
    fn policies_on(&self, resource: &Arn) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let arn = resource.clone();
        let topology = self.topology;
        let buses = topology.bus_policies.iter().filter(move |it| it.resources.contains(&arn));
        let attached = self.policies_of(resource).chain(buses);
        let key = topology.keys.iter().find(|key| key.arn == *resource);
        let of_key = key.and_then(|key| Some((key.id.as_str(), key.policy.as_ref()?)));
        attached.map(|policy| (policy.id.as_str(), &policy.document)).chain(of_key)
    }

    /// Whether the role may be allowed to do this; what is not known counts in its favour.
    fn may_do(&self, role: &Role, action: &str, resource: &str) -> bool {
        role.statements.iter().any(|statement| may_allow(statement, action, resource))
            || role.managed_policies.iter().any(|policy| managed_may_allow(policy, action))
            || self.resource_may_allow(role, action, resource)
    }

    /// Within an account, a policy of the resource is enough.
    fn resource_may_allow(&self, role: &Role, action: &str, resource: &str) -> bool {
        self.policies_on(&Arn::new(resource)).any(|(_, document)| grants_to_role(document, role, action, resource))
    }
}

/// Whether a managed policy may allow the action; one that is not known here may.
fn managed_may_allow(policy: &str, action: &str) -> bool {
    let name = policy.rsplit('/').next().unwrap_or(policy);
    let known = MANAGED.iter().find(|(known, _)| *known == name);
    known.is_none_or(|(_, actions)| actions.iter().any(|pattern| like(&pattern.to_lowercase(), &action.to_lowercase())))
}
