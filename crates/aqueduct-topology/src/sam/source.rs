//! One event of a SAM function or state machine, and the resources that SAM makes of it.

use std::rc::Rc;

use super::{role, with};
use crate::Span;
use crate::node::{Node, Value};
use crate::read::route;
use crate::template::Resource;

/// What an event runs.
pub(super) enum Runs {
    /// A function, or its alias: what `FunctionName` takes, and its ARN.
    Function { name: Rc<Node>, arn: Rc<Node> },
    /// A state machine, by its ARN.
    StateMachine { arn: Rc<Node> },
}

/// One event.
pub(super) struct Source<'a> {
    pub(super) owner: &'a Resource,
    pub(super) runs: &'a Runs,
    /// Logical id of what the event becomes: owner and event together.
    pub(super) id: String,
    pub(super) properties: Rc<Node>,
    pub(super) span: Span,
}

impl Source<'_> {
    fn get(&self, name: &str) -> Option<Rc<Node>> {
        self.properties.get(name).cloned()
    }

    fn text(&self, text: &str) -> Rc<Node> {
        Node::string(text, self.span)
    }

    /// What `FunctionName` takes.
    fn function(&self) -> Rc<Node> {
        match self.runs {
            Runs::Function { name, .. } => Rc::clone(name),
            Runs::StateMachine { arn } => Rc::clone(arn),
        }
    }

    fn target_arn(&self) -> Rc<Node> {
        match self.runs {
            Runs::Function { arn, .. } | Runs::StateMachine { arn } => Rc::clone(arn),
        }
    }

    const fn runs_state_machine(&self) -> bool {
        matches!(self.runs, Runs::StateMachine { .. })
    }

    fn resource(&self, id: String, kind: &str, entries: Vec<(&str, Rc<Node>)>) -> Resource {
        self.owner.generated(id, kind, Node::map(entries, self.span))
    }

    /// An event source mapping on the queue that property `queue` names.
    pub(super) fn mapping(&self, id: &str, queue: &str) -> Resource {
        let mut properties = with(&self.properties, [("FunctionName", self.function())], self.span);
        if let Some(queue) = self.get(queue) {
            properties = with(&properties, [("EventSourceArn", queue)], self.span);
        }
        self.owner.generated(id.to_owned(), "AWS::Lambda::EventSourceMapping", properties)
    }

    fn permission(&self, principal: &str, limits: Vec<(&str, Rc<Node>)>) -> Resource {
        let mut entries = vec![
            ("Action", self.text("lambda:InvokeFunction")),
            ("FunctionName", self.function()),
            ("Principal", self.text(principal)),
        ];
        entries.extend(limits);
        self.resource(format!("{}Permission", self.id), "AWS::Lambda::Permission", entries)
    }

    pub(super) fn sns(&self, generated: &mut Vec<Resource>) {
        let topic = self.get("Topic").unwrap_or_else(|| Node::new(Value::Null, self.span));
        let queue = self.get("SqsSubscription").filter(|queue| !matches!(queue.value, Value::Bool(false)));
        let (protocol, endpoint) = match &queue {
            Some(queue) => ("sqs", self.subscribed_queue(queue, &topic, generated)),
            None => ("lambda", self.target_arn()),
        };
        let mut entries =
            vec![("TopicArn", Rc::clone(&topic)), ("Protocol", self.text(protocol)), ("Endpoint", endpoint)];
        for name in ["Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"] {
            entries.extend(self.get(name).map(|node| (name, node)));
        }
        generated.push(self.resource(self.id.clone(), "AWS::SNS::Subscription", entries));
        if queue.is_none() {
            generated.push(self.permission("sns.amazonaws.com", vec![("SourceArn", topic)]));
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
        let mut entries = vec![("EventSourceArn", Rc::clone(&arn)), ("FunctionName", self.function())];
        for name in ["BatchSize", "Enabled"] {
            entries.extend(given.get(name).map(|node| (name, Rc::clone(node))));
        }
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
    pub(super) fn rule(&self, names: &[(&str, &'static str)], generated: &mut Vec<Resource>) {
        let rule = Node::attribute(&self.id, "Arn", self.span);
        let id = self.get("Target").and_then(|target| target.get("Id").cloned());
        let kind = if self.runs_state_machine() { "StepFunctions" } else { "Lambda" };
        let id = id.unwrap_or_else(|| self.text(&format!("{}{kind}Target", self.id)));
        let mut target = vec![("Arn", self.target_arn()), ("Id", id)];
        for name in ["Input", "InputPath", "InputTransformer", "RetryPolicy"] {
            target.extend(self.get(name).map(|node| (name, node)));
        }
        target.extend(self.dead_letter_config(Some(&rule), generated).map(|node| ("DeadLetterConfig", node)));
        if self.runs_state_machine() {
            let assumed = self.get("RoleArn").unwrap_or_else(|| self.role("events.amazonaws.com", None, generated));
            target.push(("RoleArn", assumed));
        }
        let mut entries: Vec<(&str, Rc<Node>)> =
            names.iter().filter_map(|(sam, name)| Some((*name, self.get(sam)?))).collect();
        entries.extend(self.state().map(|state| ("State", state)));
        let target = Node::map(target, self.span);
        entries.push(("Targets", Node::new(Value::List(vec![target]), self.span)));
        generated.push(self.resource(self.id.clone(), "AWS::Events::Rule", entries));
        if !self.runs_state_machine() {
            generated.push(self.permission("events.amazonaws.com", vec![("SourceArn", rule)]));
        }
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

    pub(super) fn schedule(&self, generated: &mut Vec<Resource>) {
        let mut target = vec![("Arn", self.target_arn())];
        for name in ["Input", "RetryPolicy"] {
            target.extend(self.get(name).map(|node| (name, node)));
        }
        let dead_letter = self.dead_letter_config(None, generated);
        let role = self
            .get("RoleArn")
            .unwrap_or_else(|| self.role("scheduler.amazonaws.com", dead_letter.as_ref(), generated));
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

    /// The role that SAM makes for `service`: it may start what the event runs and use the dead-letter queue.
    fn role(&self, service: &str, dead_letter: Option<&Rc<Node>>, generated: &mut Vec<Resource>) -> Rc<Node> {
        let id = format!("{}Role", self.id);
        let action = if self.runs_state_machine() { "states:StartExecution" } else { "lambda:InvokeFunction" };
        let mut policies = vec![role::policy(role::allow(action, self.target_arn()))];
        if let Some(queue) = dead_letter.and_then(|config| config.get("Arn")) {
            policies.push(role::policy(role::allow("sqs:SendMessage", Rc::clone(queue))));
        }
        let mut entries = vec![
            ("AssumeRolePolicyDocument", role::trust(service, self.span)),
            ("Policies", Node::new(Value::List(policies), self.span)),
        ];
        entries.extend(self.get("PermissionsBoundary").map(|boundary| ("PermissionsBoundary", boundary)));
        generated.push(self.resource(id.clone(), "AWS::IAM::Role", entries));
        Node::attribute(&id, "Arn", self.span)
    }

    /// A mapping of a Kafka cluster that is not Amazon's.
    pub(super) fn self_managed_kafka(&self) -> Resource {
        let servers = self.get("KafkaBootstrapServers").unwrap_or_else(|| Node::new(Value::Null, self.span));
        let endpoints = Node::map([("KafkaBootstrapServers", servers)], self.span);
        let source = Node::map([("Endpoints", endpoints)], self.span);
        let entries = [("FunctionName", self.function()), ("SelfManagedEventSource", source)];
        self.owner.generated(
            self.id.clone(),
            "AWS::Lambda::EventSourceMapping",
            with(&self.properties, entries, self.span),
        )
    }

    /// A bucket's notification. The bucket itself is changed by [`super::notify`].
    pub(super) fn bucket(&self, generated: &mut Vec<Resource>) {
        let account = Node::reference("AWS::AccountId", self.span);
        generated.push(self.permission("s3.amazonaws.com", vec![("SourceAccount", account)]));
    }

    /// The configurations that an S3 event adds to its bucket, one for each of its `Events`, and the bucket's logical id.
    pub(super) fn notifications(&self) -> Option<(String, Vec<Rc<Node>>)> {
        let bucket = self.properties.get("Bucket")?;
        let ("Ref", id) = bucket.intrinsic()? else { return None };
        let events = self.get("Events")?;
        let events = events.as_list().unwrap_or(std::slice::from_ref(&events)).to_vec();
        let configuration = |event: Rc<Node>| {
            let mut entries = vec![("Event", event), ("Function", self.target_arn())];
            entries.extend(self.get("Filter").map(|filter| ("Filter", filter)));
            Node::map(entries, self.span)
        };
        Some((id.as_str()?.to_owned(), events.into_iter().map(configuration).collect()))
    }

    /// A route of an API, which `property` names or SAM makes as `implicit`.
    pub(super) fn route(&self, property: &str, implicit: &str, generated: &mut Vec<Resource>) {
        let api = self.get(property).unwrap_or_else(|| Node::reference(implicit, self.span));
        if !self.runs_state_machine() {
            let parts = ["arn:", ":execute-api:", ":", ":", "/*"];
            let names =
                ["AWS::Partition", "AWS::Region", "AWS::AccountId"].map(|name| Node::reference(name, self.span));
            let [partition, region, account] = names;
            let values = [Some(partition), Some(region), Some(account), Some(api), None];
            let texts = parts.iter().zip(values).flat_map(|(part, value)| [Some(self.text(part)), value]).flatten();
            let texts = Node::new(Value::List(texts.collect()), self.span);
            let join = Node::new(Value::List(vec![self.text(""), texts]), self.span);
            let source = Node::map([("Fn::Join", join)], self.span);
            let suffix = if property == "ApiId" { "" } else { "Prod" };
            let permission = self.permission("apigateway.amazonaws.com", vec![("SourceArn", source)]);
            generated.push(Resource { id: format!("{}{suffix}", permission.id), ..permission });
        }
        let http = Node::new(Value::Bool(property == "ApiId"), self.span);
        let mut entries = vec![("HttpApi", http), ("Function", self.target_arn())];
        for name in ["Method", "Path"] {
            entries.extend(self.get(name).map(|node| (name, node)));
        }
        generated.push(self.resource(self.id.clone(), route::KIND, entries));
    }

    /// An event of a service that the topology does not have: all that is kept is that it may invoke the function.
    pub(super) fn other(&self, principal: &str, generated: &mut Vec<Resource>) {
        generated.push(self.permission(principal, Vec::new()));
    }
}
