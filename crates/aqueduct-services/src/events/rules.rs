//! The actions on rules and their targets.

use std::collections::BTreeSet;

use super::EventBridge;
use super::answers::{CreatedRule, FailedTargets, ListedRuleNames, ListedRules, ListedTargets, Response, TestResult};
use super::api::{
    DeleteRule, ListRuleNamesByTarget, ListRules, ListTargetsByRule, NamedRule, PutRule, PutTargets, RemoveTargets,
    TestEventPattern,
};
use super::bus::bus_name;
use super::page::Page;
use super::refusals::{invalid, managed, no_bus, no_rule, required, too_many};
use super::rule::{Rule, parse_pattern};
use super::target;
use crate::{ApiError, Timestamp};

/// The most rules of a bus.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const RULES_MAX: usize = 300;

/// What an event must have to be tried against a pattern.
///
/// The API reference asks for `resources` too, and AWS does not:
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html>
const EVENT_FIELDS: [&str; 6] = ["id", "account", "source", "time", "region", "detail-type"];

impl EventBridge {
    /// The rules of a bus, by name.
    pub(super) fn rules_on<'a>(&'a self, bus: &'a str) -> impl Iterator<Item = &'a Rule> {
        let from = (bus.to_owned(), String::new());
        self.rules.range(from..).take_while(move |((on, _), _)| on == bus).map(|(_, rule)| rule)
    }

    /// Replaces a rule of the same name, whose targets and tags stay.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_put_multiple_rules_with_same_name` and
    /// `test_update_rule_with_targets`.
    pub(super) fn put_rule(&mut self, now: Timestamp, request: PutRule) -> Result<Response, ApiError> {
        let rule = Rule::create(&self.site, now, request)?;
        let key = rule.key();
        if !self.buses.contains_key(&key.0) {
            return Err(no_bus(&key.0));
        }
        match self.rules.get(&key) {
            Some(existing) if existing.archive().is_some() => return Err(managed(&key.1)),
            None if self.rules_on(&key.0).count() >= RULES_MAX => return Err(too_many()),
            _ => {}
        }
        let rule_arn = rule.arn().clone();
        self.insert_rule(rule);
        Ok(Response::PutRule(CreatedRule { rule_arn }))
    }

    /// Adds a rule, or replaces one and keeps its targets and tags.
    pub(super) fn insert_rule(&mut self, mut rule: Rule) {
        let key = rule.key();
        let before = self.take_rule(&key);
        if let Some(before) = before {
            rule.follow(before);
        }
        self.due_rules.shift(&key, None, rule.due());
        self.rules.insert(key, rule);
    }

    /// Takes a rule out.
    pub(super) fn take_rule(&mut self, key: &(String, String)) -> Option<Rule> {
        let rule = self.rules.remove(key)?;
        self.due_rules.shift(key, rule.due(), None);
        Some(rule)
    }

    /// Idempotent, as long as the rule has no target.
    ///
    /// Refusal recorded by LocalStack's AWS-validated test `test_delete_rule_with_targets`.
    pub(super) fn delete_rule(&mut self, request: &DeleteRule) -> Result<Response, ApiError> {
        let bus = bus_name(request.event_bus_name.as_deref());
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        let key = (bus.to_owned(), request.name.clone());
        let Some(rule) = self.rules.get(&key) else { return Ok(Response::Done {}) };
        if rule.archive().is_some() && !request.force {
            return Err(managed(&request.name));
        }
        if !rule.targets().is_empty() {
            return Err(invalid("Rule can't be deleted since it has targets."));
        }
        self.take_rule(&key);
        Ok(Response::Done {})
    }

    pub(super) fn describe_rule(&self, named: &NamedRule) -> Result<Response, ApiError> {
        let key = self.key_of(&named.name, named.event_bus_name.as_deref())?;
        let rule = self.rules.get(&key).ok_or_else(|| no_rule(&key.1, &key.0))?;
        Ok(Response::DescribeRule(rule.description(&self.site)))
    }

    pub(super) fn list_rules(&self, list: &ListRules) -> Result<Response, ApiError> {
        let bus = bus_name(list.event_bus_name.as_deref());
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        let prefix = list.name_prefix.as_deref().unwrap_or_default();
        let wanted = self.rules_on(bus).filter(|rule| rule.name().starts_with(prefix));
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let (rules, next_token) = page.of(wanted.map(|rule| (rule.name().to_owned(), rule.listed())))?;
        Ok(Response::ListRules(ListedRules { rules, next_token }))
    }

    pub(super) fn list_rule_names(&self, list: &ListRuleNamesByTarget) -> Result<Response, ApiError> {
        let bus = bus_name(list.event_bus_name.as_deref());
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        let arn = list.target_arn.as_ref().ok_or_else(|| required("TargetArn"))?;
        let wanted = self.rules_on(bus).filter(|rule| rule.targets().iter().any(|target| target.arn == *arn));
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let (rule_names, next_token) = page.of(wanted.map(|rule| (rule.name().to_owned(), rule.name().to_owned())))?;
        Ok(Response::ListRuleNamesByTarget(ListedRuleNames { rule_names, next_token }))
    }

    /// Lets a rule match, or keeps it from matching.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_disable_re_enable_rule`.
    pub(super) fn switch_rule(&mut self, now: Timestamp, named: &NamedRule, on: bool) -> Result<Response, ApiError> {
        let key = self.key_of(&named.name, named.event_bus_name.as_deref())?;
        let rule = self.rules.get_mut(&key).ok_or_else(|| no_rule(&key.1, &key.0))?;
        if rule.archive().is_some() {
            return Err(managed(&key.1));
        }
        let was = rule.due();
        if on {
            rule.enable(now);
        } else {
            rule.disable();
        }
        self.due_rules.shift(&key, was, rule.due());
        Ok(Response::Done {})
    }

    /// Adds targets, and replaces those whose ids the rule has.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_put_list_remove_target`,
    /// `test_put_multiple_targets_with_same_id_single_rule` and `test_add_exceed_fife_targets_per_rule`.
    pub(super) fn put_targets(&mut self, request: PutTargets) -> Result<Response, ApiError> {
        target::check_all(&self.site, &request.targets)?;
        let key = self.key_of(&request.rule, request.event_bus_name.as_deref())?;
        let rule = self.rules.get(&key).ok_or_else(|| no_rule(&key.1, &key.0))?;
        if rule.archive().is_some() {
            return Err(managed(&key.1));
        }
        let ids = rule.targets().iter().chain(&request.targets).map(|target| target.id.as_str());
        if ids.collect::<BTreeSet<_>>().len() > target::TARGETS_MAX {
            return Err(too_many());
        }
        if let Some(rule) = self.rules.get_mut(&key) {
            for target in request.targets {
                match rule.targets_mut().iter_mut().find(|existing| existing.id == target.id) {
                    Some(existing) => *existing = target,
                    None => rule.targets_mut().push(target),
                }
            }
        }
        Ok(Response::Targets(FailedTargets::default()))
    }

    /// Takes targets away; ids that the rule does not have are passed over.
    pub(super) fn remove_targets(&mut self, request: &RemoveTargets) -> Result<Response, ApiError> {
        let key = self.key_of(&request.rule, request.event_bus_name.as_deref())?;
        let rule = self.rules.get_mut(&key).ok_or_else(|| no_rule(&key.1, &key.0))?;
        if rule.archive().is_some() && !request.force {
            return Err(managed(&key.1));
        }
        rule.targets_mut().retain(|target| !request.ids.contains(&target.id));
        Ok(Response::Targets(FailedTargets::default()))
    }

    pub(super) fn list_targets(&self, list: &ListTargetsByRule) -> Result<Response, ApiError> {
        let key = self.key_of(&list.rule, list.event_bus_name.as_deref())?;
        let rule = self.rules.get(&key).ok_or_else(|| no_rule(&key.1, &key.0))?;
        let page = Page { limit_name: "limit", limit: list.limit, token: list.next_token.as_deref() };
        let numbered = rule.targets().iter().enumerate();
        let all = numbered.map(|(number, target)| (format!("{number:03}"), target.clone()));
        let (targets, next_token) = page.of(all)?;
        Ok(Response::ListTargetsByRule(ListedTargets { targets, next_token }))
    }

    /// The key of a rule on a bus that exists.
    fn key_of(&self, rule: &str, bus: Option<&str>) -> Result<(String, String), ApiError> {
        let bus = bus_name(bus);
        if !self.buses.contains_key(bus) {
            return Err(no_bus(bus));
        }
        Ok((bus.to_owned(), rule.to_owned()))
    }
}

/// `TestEventPattern`.
pub(super) fn test_event_pattern(request: &TestEventPattern) -> Result<Response, ApiError> {
    let event: Option<serde_json::Value> = serde_json::from_str(&request.event).ok();
    let event = event.filter(|event| EVENT_FIELDS.iter().all(|field| event.get(field).is_some()));
    let event = event.ok_or_else(|| invalid("Parameter Event is not valid."))?;
    let pattern = parse_pattern(&request.event_pattern)?;
    Ok(Response::TestEventPattern(TestResult { result: pattern.matches(&event) }))
}
