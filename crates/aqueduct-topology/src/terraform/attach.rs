//! Resources of Terraform that CloudFormation writes inside of others: targets, redrive policies, attachments, notifications.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::fields;
use super::plan::{Instance, Plan};
use super::types::of_group;
use crate::node::{Entry, Node, Value};
use crate::template::Resource;

/// Puts every such resource where it belongs, and takes policies out of the resources that they are written in.
pub(super) fn all(plan: &Plan, resources: &mut Vec<Resource>) {
    let mut places = Places::new(resources);
    for instance in &plan.instances {
        match instance.kind.as_str() {
            "aws_cloudwatch_event_target" => target(plan, instance, resources, &places),
            "aws_sqs_queue_redrive_policy" => {
                of_queue(plan, instance, "redrive_policy", "RedrivePolicy", resources, &places);
            }
            "aws_sqs_queue_redrive_allow_policy" => {
                of_queue(plan, instance, "redrive_allow_policy", "RedriveAllowPolicy", resources, &places);
            }
            "aws_iam_role_policy_attachment" => attachment(plan, instance, resources, &places),
            "aws_s3_bucket_notification" => notification(plan, instance, resources, &places),
            "aws_dynamodb_table" => stream(plan, instance, resources, &places),
            "aws_cloudwatch_event_rule" => disabled(plan, instance, resources, &places),
            "aws_sqs_queue" => own_policy(plan, instance, "AWS::SQS::QueuePolicy", "Queues", resources),
            "aws_sns_topic" => own_policy(plan, instance, "AWS::SNS::TopicPolicy", "Topics", resources),
            _ => {}
        }
    }
    places.by_id.clear();
}

/// Where resources are, by address and by name.
struct Places {
    by_id: BTreeMap<String, usize>,
    by_name: BTreeMap<(String, String), usize>,
}

impl Places {
    fn new(resources: &[Resource]) -> Self {
        let mut places = Self { by_id: BTreeMap::new(), by_name: BTreeMap::new() };
        for (place, resource) in resources.iter().enumerate() {
            places.by_id.insert(resource.id.clone(), place);
            for property in ["Name", "RoleName", "QueueName", "BucketName"] {
                if let Some(name) = resource.properties.get(property).and_then(|name| name.as_str()) {
                    places.by_name.insert((resource.kind.clone(), name.to_owned()), place);
                }
            }
        }
        places
    }

    /// The resource that an attribute names, by reference, name, URL or ARN.
    fn of(&self, plan: &Plan, instance: &Instance, attribute: &str, kind: &str) -> Option<usize> {
        let references = instance.expressions.get(attribute).map(|it| super::plan::list(it, "references"));
        let referred = references.unwrap_or_default().iter().filter_map(|it| it.as_str());
        let by_reference = referred
            .filter_map(|reference| plan.find_from(instance, reference))
            .find_map(|found| self.by_id.get(&found.address));
        if let Some(place) = by_reference {
            return Some(*place);
        }
        let value = plan.attribute(instance, attribute)?;
        if let Some((_, argument)) = value.intrinsic() {
            let id = argument.as_str().or_else(|| argument.as_list()?.first()?.as_str())?;
            return self.by_id.get(id).copied();
        }
        let name = value.as_str()?.rsplit(['/', ':']).next()?.to_owned();
        self.by_name.get(&(kind.to_owned(), name)).copied()
    }
}

/// Adds or replaces one property.
fn set(resource: &mut Resource, name: &str, value: Rc<Node>) {
    let mut entries: Vec<Entry> = resource.properties.entries().to_vec();
    entries.retain(|entry| entry.key != name);
    entries.push(Entry { key: name.to_owned(), key_span: value.span, node: value });
    resource.properties = Node::new(Value::Map(entries), resource.properties.span);
}

/// Adds an item to a list.
fn push(resource: &mut Resource, name: &str, item: Rc<Node>) {
    let span = item.span;
    let mut items = resource.properties.get(name).and_then(|list| list.as_list()).unwrap_or_default().to_vec();
    items.push(item);
    set(resource, name, Node::new(Value::List(items), span));
}

fn target(plan: &Plan, instance: &Instance, resources: &mut [Resource], places: &Places) {
    let Some(place) = places.of(plan, instance, "rule", "AWS::Events::Rule") else { return };
    let attribute = |name: &str| plan.attribute(instance, name);
    push(&mut resources[place], "Targets", fields::properties(of_group("@target"), &attribute, instance.span));
}

fn of_queue(
    plan: &Plan,
    instance: &Instance,
    attribute: &'static str,
    property: &'static str,
    resources: &mut [Resource],
    places: &Places,
) {
    let Some(place) = places.of(plan, instance, "queue_url", "AWS::SQS::Queue") else { return };
    let value = |name: &str| (name == attribute).then(|| plan.attribute(instance, name)).flatten();
    if let Some(policy) = fields::properties(of_group("@redrive"), &value, instance.span).get(property) {
        set(&mut resources[place], property, Rc::clone(policy));
    }
}

fn attachment(plan: &Plan, instance: &Instance, resources: &mut [Resource], places: &Places) {
    let Some(place) = places.of(plan, instance, "role", "AWS::IAM::Role") else { return };
    if let Some(policy) = plan.attribute(instance, "policy_arn") {
        push(&mut resources[place], "ManagedPolicyArns", policy);
    }
}

fn notification(plan: &Plan, instance: &Instance, resources: &mut [Resource], places: &Places) {
    let Some(place) = places.of(plan, instance, "bucket", "AWS::S3::Bucket") else { return };
    let attribute = |name: &str| plan.attribute(instance, name);
    let lists = fields::properties(of_group("@notifications"), &attribute, instance.span);
    let mut entries: Vec<(&str, Rc<Node>)> =
        lists.entries().iter().map(|entry| (entry.key.as_str(), Rc::clone(&entry.node))).collect();
    if attribute("eventbridge").is_some_and(|it| matches!(it.value, Value::Bool(true))) {
        entries.push(("EventBridgeConfiguration", Node::map::<&str>([], instance.span)));
    }
    set(&mut resources[place], "NotificationConfiguration", Node::map(entries, instance.span));
}

fn stream(plan: &Plan, instance: &Instance, resources: &mut [Resource], places: &Places) {
    let view =
        plan.attribute(instance, "stream_view_type").filter(|view| view.as_str().is_some_and(|it| !it.is_empty()));
    if let (Some(view), Some(place)) = (view, places.by_id.get(&instance.address)) {
        set(&mut resources[*place], "StreamSpecification", Node::map([("StreamViewType", view)], instance.span));
    }
}

/// `is_enabled`, which `state` has taken the place of.
fn disabled(plan: &Plan, instance: &Instance, resources: &mut [Resource], places: &Places) {
    let enabled = plan.attribute(instance, "is_enabled");
    if let (Some(Value::Bool(false)), Some(place)) =
        (enabled.as_deref().map(|it| &it.value), places.by_id.get(&instance.address))
    {
        set(&mut resources[*place], "State", Node::string("DISABLED", instance.span));
    }
}

/// The policy that is written in a queue or topic.
fn own_policy(plan: &Plan, instance: &Instance, kind: &str, names: &'static str, resources: &mut Vec<Resource>) {
    let Some(document) = plan.attribute(instance, "policy").and_then(|policy| fields::json(&policy)) else { return };
    let own = Node::reference(&instance.address, instance.span);
    let properties = Node::map([("PolicyDocument", document), (names, own)], instance.span);
    resources.push(Resource::of(format!("{}.policy", instance.address), kind, properties));
}
