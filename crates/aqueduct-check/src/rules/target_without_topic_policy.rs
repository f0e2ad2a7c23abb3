//! A rule that may not publish on its target topic.

use crate::check::Report;
use crate::policy::{Access, DENY};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-without-topic-policy",
    summary: "a topic that is the target of a rule that may not publish on it",
    level: Level::Error,
    why: "A topic's own policy admits its account only, not EventBridge; the event is not retried, but dropped or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
    bad: include_str!("../../rules/target-without-topic-policy/bad.yaml"),
    good: include_str!("../../rules/target-without-topic-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in &wiring.topology.rules {
        // A role of the target's own takes the place of the topic's policy.
        for target in rule.targets.iter().filter(|target| target.role.is_none()) {
            let Some(topic) = wiring.topology.topics.iter().find(|topic| topic.arn == target.arn) else { continue };
            let access = Access {
                principal: "events.amazonaws.com",
                action: "sns:Publish",
                resource: &topic.arn,
                source: &rule.arn,
            };
            if wiring.may_be_granted(access) {
                continue;
            }
            let policy = wiring.policy_of(&topic.arn);
            let denial = wiring.obstacle(access).map(|(_, obstacle)| obstacle).filter(|it| it.element == DENY);
            let help = match denial {
                Some(denial) => format!("narrow {}, which goes before every Allow", denial.value),
                None => format!(
                    "add an AWS::SNS::TopicPolicy on {} that allows events.amazonaws.com sns:Publish where aws:SourceArn \
                     is the rule; it replaces the policy that the topic has of itself",
                    topic.id
                ),
            };
            report.add(
                Finding::at(
                    policy.map_or(topic.span, |policy| policy.span),
                    format!("no topic policy lets rule {} publish on {}", rule.id, topic.id),
                    help,
                )
                .and(target.span, "is the target"),
            );
        }
    }
}
