//! What the command needs to know about an endpoint elsewhere, and what it says about it.

use aqueduct_local::{Remote, RemoteError, Search};
use aqueduct_topology::{Arn, Deployment, Topology};

use super::overview::id_of;
use crate::args::Up;
use crate::failure::Failure;
use crate::screen;

/// The deployment for which the template is read before anything is known about the endpoint.
pub(crate) fn deployment(args: &Up, base: Deployment) -> Deployment {
    if args.endpoint.is_none() {
        return base;
    }
    let stack = args.stack.as_ref().map_or(base.stack, |stack| stack_name(stack).to_owned());
    Deployment { stack, region: region().unwrap_or(base.region), ..base }
}

/// The name in what may also be the ARN of a stack, `…:stack/name/id`.
fn stack_name(stack: &str) -> &str {
    stack.split_once(":stack/").map_or(stack, |(_, path)| path.split('/').next().unwrap_or(path))
}

#[expect(clippy::disallowed_methods, reason = "the command is the edge: users of AWS tools set their Region so")]
fn region() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
}

/// The template's resources at the endpoint, if one is given.
pub(crate) async fn find(args: &Up, topology: &Topology) -> Result<Option<Remote>, Failure> {
    let Some(endpoint) = args.endpoint.clone() else { return Ok(None) };
    let region = region().unwrap_or_else(|| Deployment::default().region);
    let resources = args.resources.iter().cloned().collect();
    let search = Search { endpoint, region, stack: args.stack.clone(), resources };
    let found = Remote::find(search, topology).await;
    found.map(Some).map_err(|error| Failure::setup(format!("{error}{}", way_out(&error, args))))
}

fn way_out(error: &RemoteError, args: &Up) -> &'static str {
    match error {
        RemoteError::MissingQueues { .. } if args.stack.is_none() => {
            "\ndeploy the template there first; name its stack with --stack, or say what a queue is called with --resource ID=NAME"
        }
        RemoteError::MissingQueues { .. } => {
            "\nupdate the stack there, or say what a queue is called with --resource ID=NAME"
        }
        RemoteError::Refused { .. } if args.stack.is_some() => {
            "\nwithout --stack, queues are looked up by name; --resource ID=NAME says what one is called"
        }
        _ => "",
    }
}

/// Names the triggers that the endpoint would have to deliver, and those that compete with the functions here.
pub(crate) fn say_what_is_not_served(topology: &Topology, remote: &Remote) {
    let triggers = not_served(topology);
    if !triggers.is_empty() {
        screen::warning(format_args!(
            "not served here, since the endpoint does not know the functions of this machine:\n  {}",
            triggers.join("\n  ")
        ));
    }
    if !remote.competitors().is_empty() {
        screen::warning(format_args!(
            "functions deployed at the endpoint take messages, too, through {}; disable these event source mappings there",
            remote.competitors().join(", ")
        ));
    }
}

/// Subscriptions, rules and schedules that lead straight to functions.
fn not_served(topology: &Topology) -> Vec<String> {
    let is_function = |arn: &Arn| topology.functions.iter().any(|function| function.arn == *arn);
    let trigger = |kind: &str, id: &str, to: &Arn| format!("{kind} {id} -> {}", id_of(topology, to));
    let mut triggers = Vec::new();
    for subscription in &topology.subscriptions {
        let to = Arn::new(subscription.endpoint.clone());
        if is_function(&to) {
            triggers.push(trigger("subscription", &subscription.id, &to));
        }
    }
    for rule in &topology.rules {
        let targets = rule.targets.iter().filter(|target| is_function(&target.arn));
        triggers.extend(targets.map(|target| trigger("rule", &rule.id, &target.arn)));
    }
    for schedule in topology.schedules.iter().filter(|schedule| is_function(&schedule.target.arn)) {
        triggers.push(trigger("schedule", &schedule.id, &schedule.target.arn));
    }
    triggers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_that_are_not_served_are_named() {
        let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Queue: { Type: AWS::SQS::Queue }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Events:
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } }
        Topic: { Type: SNS, Properties: { Topic: !Ref Topic } }
        Tick: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 minute) } }
        Event: { Type: EventBridgeRule, Properties: { Pattern: { source: [shop] } } }
";
        let (topology, diagnostics) = aqueduct_topology::read(template, &Deployment::default());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(
            not_served(&topology),
            ["subscription WorkTopic -> Work", "rule WorkEvent -> Work", "schedule WorkTick -> Work"]
        );
    }

    #[test]
    fn a_stack_is_named_by_name_or_arn() {
        for stack in ["shop", "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/51af3dc0"] {
            assert_eq!(stack_name(stack), "shop");
        }
    }
}
