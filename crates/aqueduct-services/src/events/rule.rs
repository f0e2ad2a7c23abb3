//! A rule: what it matches, when it is due, and whom it invokes.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>

use std::collections::BTreeMap;

use aqueduct_pattern::{Dialect, Pattern};
use aqueduct_topology::Arn;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

use super::answers::RuleDescription;
use super::api::{PutRule, Target};
use super::bus::{DEFAULT_BUS, bus_name};
use super::buses::tag_map;
use super::constraints::{Constraints, NAME};
use super::refusals::invalid;
use super::schedule::Expression;
use crate::{ApiError, Site, Timestamp};

/// Who manages the rule that feeds an archive.
const ARCHIVER: &str = "prod.vhs.events.aws.internal";

const STATES: [&str; 3] = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

/// A rule on a bus.
#[derive(Debug)]
pub(super) struct Rule {
    record: Record,
    pattern: Option<Pattern>,
    schedule: Option<Expression>,
}

/// What a rule is told, and where its schedule stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    name: String,
    arn: Arn,
    bus: String,
    state: String,
    targets: Vec<Target>,
    pattern: Option<String>,
    schedule: Option<String>,
    description: Option<String>,
    role: Option<Arn>,
    tags: BTreeMap<String, String>,
    /// The archive that the rule feeds.
    archive: Option<String>,
    /// When its rate began to count.
    started: Timestamp,
    /// When its schedule is next due.
    due: Option<Timestamp>,
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(Record::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Rule {
    fn of(record: Record) -> Result<Self, ApiError> {
        let pattern = record.pattern.as_deref().map(parse_pattern).transpose()?;
        let schedule = record.schedule.as_deref().map(parse_schedule).transpose()?;
        Ok(Self { record, pattern, schedule })
    }

    /// A rule as `PutRule` makes it.
    ///
    /// Error texts recorded by LocalStack's AWS-validated tests `tests_put_rule_with_schedule_custom_event_bus`,
    /// `test_put_rule_with_invalid_schedule_rate`.
    pub(super) fn create(site: &Site, now: Timestamp, request: PutRule) -> Result<Self, ApiError> {
        check(&request)?;
        let bus = bus_name(request.event_bus_name.as_deref()).to_owned();
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        if !given(&request.event_pattern) && !given(&request.schedule_expression) {
            return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
        }
        if given(&request.schedule_expression) && bus != DEFAULT_BUS {
            return Err(invalid("ScheduleExpression is supported only on the default event bus."));
        }
        let mut rule = Self::of(Record {
            arn: rule_arn(site, &bus, &request.name),
            name: request.name,
            bus,
            state: request.state.unwrap_or_else(|| STATES[0].to_owned()),
            targets: Vec::new(),
            pattern: request.event_pattern.filter(|text| !text.is_empty()),
            schedule: request.schedule_expression.filter(|text| !text.is_empty()),
            description: request.description,
            role: request.role_arn,
            tags: tag_map(request.tags),
            archive: None,
            started: now,
            due: None,
        })?;
        rule.plan(now);
        Ok(rule)
    }

    /// The managed rule that feeds an archive: what the archive wants, and is not replayed.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html>
    pub(super) fn for_archive(
        site: &Site,
        now: Timestamp,
        bus: &str,
        archive: &str,
        pattern: Option<&str>,
    ) -> Result<Self, ApiError> {
        let name = format!("Events-Archive-{archive}");
        let mut wanted = match pattern {
            Some(text) => serde_json::from_str(text).unwrap_or_else(|_| json!({})),
            None => json!({}),
        };
        wanted["replay-name"] = json!([{ "exists": false }]);
        Self::of(Record {
            arn: rule_arn(site, bus, &name),
            targets: vec![Target::new(name.clone(), Arn::new(format!("arn:aws:events:{}:::", site.region)))],
            name,
            bus: bus.to_owned(),
            state: STATES[0].to_owned(),
            pattern: Some(wanted.to_string()),
            schedule: None,
            description: None,
            role: None,
            tags: BTreeMap::new(),
            archive: Some(archive.to_owned()),
            started: now,
            due: None,
        })
    }

    /// Takes over what an update keeps of the rule before it: targets and tags.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
    pub(super) fn follow(&mut self, before: Self) {
        self.record.targets = before.record.targets;
        self.record.tags = before.record.tags;
    }

    pub(super) fn key(&self) -> (String, String) {
        (self.record.bus.clone(), self.record.name.clone())
    }

    pub(super) fn name(&self) -> &str {
        &self.record.name
    }

    pub(super) const fn arn(&self) -> &Arn {
        &self.record.arn
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.record.targets
    }

    pub(super) const fn targets_mut(&mut self) -> &mut Vec<Target> {
        &mut self.record.targets
    }

    pub(super) const fn tags(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.record.tags
    }

    /// The archive that it feeds, if it is managed.
    pub(super) fn archive(&self) -> Option<&str> {
        self.record.archive.as_deref()
    }

    /// When its schedule is next due.
    pub(super) const fn due(&self) -> Option<Timestamp> {
        self.record.due
    }

    /// Lets the rule match, and its rate count from now on.
    pub(super) fn enable(&mut self, now: Timestamp) {
        if self.record.state == "DISABLED" {
            STATES[0].clone_into(&mut self.record.state);
            self.record.started = now;
            self.plan(now);
        }
    }

    /// Keeps the rule from matching.
    pub(super) fn disable(&mut self) {
        STATES[1].clone_into(&mut self.record.state);
        self.record.due = None;
    }

    fn is_enabled(&self) -> bool {
        self.record.state != STATES[1]
    }

    /// Finds out when the schedule is due next.
    pub(super) fn plan(&mut self, now: Timestamp) {
        let schedule = self.schedule.as_ref().filter(|_| self.is_enabled());
        let started = self.record.started;
        self.record.due = schedule.and_then(|expression| expression.next(now, started, &TimeZone::UTC));
    }

    /// Whether an event on its bus is for its targets.
    pub(super) fn matches(&self, event: &Value) -> bool {
        self.is_enabled() && self.pattern.as_ref().is_some_and(|pattern| pattern.matches(event))
    }

    /// The rule as `DescribeRule` answers it.
    pub(super) fn description(&self, site: &Site) -> RuleDescription {
        RuleDescription { created_by: Some(site.account.clone()), ..self.listed() }
    }

    /// The rule as `ListRules` answers it.
    pub(super) fn listed(&self) -> RuleDescription {
        let record = &self.record;
        RuleDescription {
            name: record.name.clone(),
            arn: record.arn.clone(),
            event_bus_name: record.bus.clone(),
            event_pattern: record.pattern.clone(),
            schedule_expression: record.schedule.clone(),
            state: record.state.clone(),
            description: record.description.clone(),
            role_arn: record.role.clone(),
            managed_by: record.archive.as_ref().map(|_| ARCHIVER.to_owned()),
            created_by: None,
        }
    }
}

/// The ARN of a rule, which leaves the default bus out.
fn rule_arn(site: &Site, bus: &str, name: &str) -> Arn {
    let resource = if bus == DEFAULT_BUS { name.to_owned() } else { format!("{bus}/{name}") };
    site.arn("events", &format!("rule/{resource}"))
}

fn check(request: &PutRule) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    constraints.length("name", &request.name, 1, 64);
    constraints.characters("name", &request.name, NAME);
    if let Some(expression) = &request.schedule_expression {
        constraints.length("scheduleExpression", expression, 0, 256);
    }
    if let Some(pattern) = &request.event_pattern {
        constraints.length("eventPattern", pattern, 0, 4096);
    }
    constraints.one_of("state", request.state.as_deref(), &STATES);
    if let Some(description) = &request.description {
        constraints.length("description", description, 0, 512);
    }
    constraints.check()
}

/// Reads the text of an event pattern.
pub(super) fn parse_pattern(text: &str) -> Result<Pattern, ApiError> {
    Pattern::parse_text(Dialect::Bus, text)
        .map_err(|error| ApiError::sender("InvalidEventPatternException", error.message))
}

fn parse_schedule(text: &str) -> Result<Expression, ApiError> {
    match Expression::parse(text) {
        Ok(expression @ (Expression::Rate(_) | Expression::Cron(_))) => Ok(expression),
        _ => Err(invalid("Parameter ScheduleExpression is not valid.")),
    }
}
