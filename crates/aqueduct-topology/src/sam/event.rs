//! A SAM function's events as the mappings, subscriptions, rules and schedules that they stand for.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>

use std::rc::Rc;

use super::{role, with};
use crate::node::{Entry, Node, Value};
use crate::template::{Resource, misspelt};
use crate::{Diagnostic, Severity, Span, suggest};

const SQS: &[&str] = &[
    "Queue",
    "BatchSize",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "ScalingConfig",
];
const SNS: &[&str] = &["Topic", "Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "SqsSubscription"];
const RULE: &[&str] = &[
    "EventBusName",
    "Pattern",
    "DeadLetterConfig",
    "RetryPolicy",
    "Input",
    "InputPath",
    "InputTransformer",
    "Target",
    "State",
    "Enabled",
    "RuleName",
];
const SCHEDULE: &[&str] =
    &["Schedule", "Input", "Enabled", "State", "Name", "Description", "DeadLetterConfig", "RetryPolicy", "RoleArn"];
const SCHEDULE_V2: &[&str] = &[
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "FlexibleTimeWindow",
    "Name",
    "OmitName",
    "State",
    "Description",
    "StartDate",
    "EndDate",
    "GroupName",
    "KmsKeyArn",
    "Input",
    "RoleArn",
    "DeadLetterConfig",
    "RetryPolicy",
    "PermissionsBoundary",
];

/// Event types that feed a function from services that the topology does not have.
const NOT_READ: [&str; 15] = [
    "Api",
    "HttpApi",
    "S3",
    "Kinesis",
    "DynamoDB",
    "AlexaSkill",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "IoTRule",
    "MQ",
    "MSK",
    "SelfManagedKafka",
    "EventBridgeBus",
    "Lex",
];
const READ: [&str; 6] = ["SQS", "SNS", "EventBridgeRule", "CloudWatchEvent", "Schedule", "ScheduleV2"];

/// One event of one function.
struct Source<'a> {
    function: &'a Resource,
    /// Logical id of what the event becomes: function and event together.
    id: String,
    properties: Rc<Node>,
    span: Span,
}

/// Adds what `entry` of the function's `Events` stands for.
pub(super) fn expand(
    function: &Resource,
    entry: &Entry,
    generated: &mut Vec<Resource>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let span = entry.key_span;
    let kind = entry.node.get("Type").and_then(|kind| kind.as_str()).unwrap_or_default();
    let source = Source {
        function,
        id: format!("{}{}", function.id, entry.key),
        properties: entry.node.get("Properties").cloned().unwrap_or_else(|| Node::map::<&str>([], span)),
        span,
    };
    let known = match kind {
        "SQS" => SQS,
        "SNS" => SNS,
        "EventBridgeRule" | "CloudWatchEvent" => RULE,
        "Schedule" => SCHEDULE,
        "ScheduleV2" => SCHEDULE_V2,
        _ if NOT_READ.contains(&kind) => return,
        _ => {
            let near = suggest::nearest(kind, READ.into_iter().chain(NOT_READ));
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!(
                    "event `{}` of function `{}` has no type that SAM knows: `{kind}`",
                    entry.key, function.id
                ),
                help: near.map(|near| format!("did you mean `{near}`?")),
                span,
            });
            return;
        }
    };
    for property in source.properties.entries() {
        if !known.contains(&property.key.as_str()) {
            let what = format!("event `{}` of function `{}` has no property", entry.key, function.id);
            misspelt(diagnostics, &what, property, known.iter().copied());
        }
    }
    match kind {
        "SQS" => generated.push(source.mapping(&source.id, "Queue")),
        "SNS" => source.sns(generated),
        "EventBridgeRule" | "CloudWatchEvent" => {
            let names = [("EventBusName", "EventBusName"), ("Pattern", "EventPattern"), ("RuleName", "Name")];
            source.rule(&names, generated);
        }
        "Schedule" => source.rule(&[("Schedule", "ScheduleExpression"), ("Name", "Name")], generated),
        _ => source.schedule(generated),
    }
}

impl Source<'_> {
    fn get(&self, name: &str) -> Option<Rc<Node>> {
        self.properties.get(name).cloned()
    }

    fn text(&self, text: &str) -> Rc<Node> {
        Node::string(text, self.span)
    }

    fn function_arn(&self) -> Rc<Node> {
        Node::attribute(&self.function.id, "Arn", self.span)
    }

    fn resource(&self, id: String, kind: &str, entries: Vec<(&str, Rc<Node>)>) -> Resource {
        self.function.generated(id, kind, Node::map(entries, self.span))
    }

    /// An event source mapping on the queue that property `queue` names.
    fn mapping(&self, id: &str, queue: &str) -> Resource {
        let mut properties =
            with(&self.properties, [("FunctionName", Node::reference(&self.function.id, self.span))], self.span);
        if let Some(queue) = self.get(queue) {
            properties = with(&properties, [("EventSourceArn", queue)], self.span);
        }
        self.function.generated(id.to_owned(), "AWS::Lambda::EventSourceMapping", properties)
    }

    fn permission(&self, principal: &str, source: Rc<Node>) -> Resource {
        let entries = vec![
            ("Action", self.text("lambda:InvokeFunction")),
            ("FunctionName", Node::reference(&self.function.id, self.span)),
            ("Principal", self.text(principal)),
            ("SourceArn", source),
        ];
        self.resource(format!("{}Permission", self.id), "AWS::Lambda::Permission", entries)
    }

    fn sns(&self, generated: &mut Vec<Resource>) {
        let topic = self.get("Topic").unwrap_or_else(|| Node::new(Value::Null, self.span));
        let queue = self.get("SqsSubscription").filter(|queue| !matches!(queue.value, Value::Bool(false)));
        let (protocol, endpoint) = match &queue {
            Some(queue) => ("sqs", self.subscribed_queue(queue, &topic, generated)),
            None => ("lambda", self.function_arn()),
        };
        let mut entries =
            vec![("TopicArn", Rc::clone(&topic)), ("Protocol", self.text(protocol)), ("Endpoint", endpoint)];
        for name in ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"] {
            entries.extend(self.get(name).map(|node| (name, node)));
        }
        generated.push(self.resource(self.id.clone(), "AWS::SNS::Subscription", entries));
        if queue.is_none() {
            generated.push(self.permission("sns.amazonaws.com", topic));
        }
    }

    /// `SqsSubscription`: a queue between topic and function, made by SAM or given. Gives its ARN.
    fn subscribed_queue(&self, given: &Rc<Node>, topic: &Rc<Node>, generated: &mut Vec<Resource>) -> Rc<Node> {
        let (arn, url) = if let (Some(arn), Some(url)) = (given.get("QueueArn"), given.get("QueueUrl")) {
            (Rc::clone(arn), Rc::clone(url))
        } else {
            let id = format!("{}Queue", self.id);
            let names = (Node::attribute(&id, "Arn", self.span), Node::reference(&id, self.span));
            generated.push(self.resource(id, "AWS::SQS::Queue", Vec::new()));
            names
        };
        generated.push(self.queue_policy(self.text("*"), &arn, url, topic));
        let function = Node::reference(&self.function.id, self.span);
        let mut entries = vec![("EventSourceArn", Rc::clone(&arn)), ("FunctionName", function)];
        entries.extend(given.get("BatchSize").map(|size| ("BatchSize", Rc::clone(size))));
        let id = format!("{}EventSourceMapping", self.id);
        generated.push(self.resource(id, "AWS::Lambda::EventSourceMapping", entries));
        arn
    }

    fn queue_policy(&self, principal: Rc<Node>, queue: &Rc<Node>, url: Rc<Node>, source: &Rc<Node>) -> Resource {
        let map = |entries: Vec<(&str, Rc<Node>)>| Node::map(entries, self.span);
        let list = |item: Rc<Node>| Node::new(Value::List(vec![item]), self.span);
        let condition = map(vec![("ArnEquals", map(vec![("aws:SourceArn", Rc::clone(source))]))]);
        let statement = map(vec![
            ("Action", self.text("sqs:SendMessage")),
            ("Effect", self.text("Allow")),
            ("Principal", principal),
            ("Resource", Rc::clone(queue)),
            ("Condition", condition),
        ]);
        let document = map(vec![("Version", self.text("2012-10-17")), ("Statement", list(statement))]);
        let entries = vec![("PolicyDocument", document), ("Queues", list(url))];
        self.resource(format!("{}QueuePolicy", self.id), "AWS::SQS::QueuePolicy", entries)
    }

    /// A rule with the function as its target; `names` pairs SAM's property names with the rule's.
    fn rule(&self, names: &[(&str, &'static str)], generated: &mut Vec<Resource>) {
        let rule = Node::attribute(&self.id, "Arn", self.span);
        let id = self.get("Target").and_then(|target| target.get("Id").cloned());
        let id = id.unwrap_or_else(|| self.text(&format!("{}LambdaTarget", self.id)));
        let mut target = vec![("Arn", self.function_arn()), ("Id", id)];
        for name in ["Input", "InputPath", "InputTransformer", "RetryPolicy"] {
            target.extend(self.get(name).map(|node| (name, node)));
        }
        target.extend(self.dead_letter_config(Some(&rule), generated).map(|node| ("DeadLetterConfig", node)));
        let mut entries: Vec<(&str, Rc<Node>)> =
            names.iter().filter_map(|(sam, name)| Some((*name, self.get(sam)?))).collect();
        entries.extend(self.state().map(|state| ("State", state)));
        let target = Node::map(target, self.span);
        entries.push(("Targets", Node::new(Value::List(vec![target]), self.span)));
        generated.push(self.resource(self.id.clone(), "AWS::Events::Rule", entries));
        generated.push(self.permission("events.amazonaws.com", rule));
    }

    fn state(&self) -> Option<Rc<Node>> {
        let disabled = self.get("Enabled").is_some_and(|enabled| matches!(enabled.value, Value::Bool(false)));
        self.get("State").or_else(|| disabled.then(|| self.text("DISABLED")))
    }

    /// `DeadLetterConfig` with its ARN; with `Type: SQS`, SAM makes the queue and, for a rule, its policy.
    fn dead_letter_config(&self, rule: Option<&Rc<Node>>, generated: &mut Vec<Resource>) -> Option<Rc<Node>> {
        let config = self.get("DeadLetterConfig")?;
        if config.get("Type").is_none() {
            return Some(config);
        }
        let id = config.get("QueueLogicalId").and_then(|id| id.as_str().map(str::to_owned));
        let id = id.unwrap_or_else(|| format!("{}Queue", self.id));
        let arn = Node::attribute(&id, "Arn", self.span);
        if let Some(rule) = rule {
            let url = Node::reference(&id, self.span);
            let principal = Node::map([("Service", self.text("events.amazonaws.com"))], self.span);
            generated.push(self.queue_policy(principal, &arn, url, rule));
        }
        generated.push(self.resource(id, "AWS::SQS::Queue", Vec::new()));
        Some(Node::map([("Arn", arn)], self.span))
    }

    fn schedule(&self, generated: &mut Vec<Resource>) {
        let mut target = vec![("Arn", self.function_arn())];
        for name in ["Input", "RetryPolicy"] {
            target.extend(self.get(name).map(|node| (name, node)));
        }
        let dead_letter = self.dead_letter_config(None, generated);
        let role = self.get("RoleArn").unwrap_or_else(|| self.schedule_role(dead_letter.as_ref(), generated));
        target.push(("RoleArn", role));
        target.extend(dead_letter.map(|node| ("DeadLetterConfig", node)));
        let mut entries = vec![("Target", Node::map(target, self.span))];
        let names = ["ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State", "GroupName"];
        for name in names.into_iter().chain(["FlexibleTimeWindow"]) {
            entries.extend(self.get(name).map(|node| (name, node)));
        }
        if self.get("OmitName").is_none() {
            // SAM names the schedule after its logical id unless it is told not to.
            entries.push(("Name", self.get("Name").unwrap_or_else(|| self.text(&self.id))));
        }
        generated.push(self.resource(self.id.clone(), "AWS::Scheduler::Schedule", entries));
    }

    /// The role that SAM makes for a schedule: it may invoke the function and use the dead-letter queue.
    fn schedule_role(&self, dead_letter: Option<&Rc<Node>>, generated: &mut Vec<Resource>) -> Rc<Node> {
        let id = format!("{}Role", self.id);
        let mut policies = vec![role::policy(role::allow("lambda:InvokeFunction", self.function_arn()))];
        if let Some(queue) = dead_letter.and_then(|config| config.get("Arn")) {
            policies.push(role::policy(role::allow("sqs:SendMessage", Rc::clone(queue))));
        }
        let mut entries = vec![
            ("AssumeRolePolicyDocument", role::trust("scheduler.amazonaws.com", self.span)),
            ("Policies", Node::new(Value::List(policies), self.span)),
        ];
        entries.extend(self.get("PermissionsBoundary").map(|boundary| ("PermissionsBoundary", boundary)));
        generated.push(self.resource(id.clone(), "AWS::IAM::Role", entries));
        Node::attribute(&id, "Arn", self.span)
    }
}
