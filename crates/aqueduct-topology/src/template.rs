//! A template's sections: parameters, mappings, conditions, resources, outputs.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::node::{Entry, Node};
use crate::resolved::Property;
use crate::{Diagnostic, Severity, Span, Topology};

/// The template, cut into its sections.
pub(crate) struct Template {
    pub(crate) parameters: BTreeMap<String, Rc<Node>>,
    pub(crate) mappings: Rc<Node>,
    pub(crate) conditions: BTreeMap<String, Rc<Node>>,
    /// `Rules`: what values the parameters may have together.
    pub(crate) rules: Rc<Node>,
    pub(crate) globals: Option<Rc<Node>>,
    /// In the template's order.
    pub(crate) resources: Vec<Resource>,
    pub(crate) outputs: Vec<Entry>,
    pub(crate) metadata: Option<Rc<Node>>,
}

/// A resource as it was written, or as SAM generates it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    /// `Type`, such as `AWS::SQS::Queue`.
    pub(crate) kind: String,
    pub(crate) condition: Option<String>,
    pub(crate) properties: Rc<Node>,
    /// Where the key `Properties` stands; nowhere when it is not written.
    pub(crate) properties_key_span: Span,
    pub(crate) metadata: Option<Rc<Node>>,
    /// The resource that SAM makes this one of.
    pub(crate) generated_by: Option<String>,
    pub(crate) deletion_policy: Option<Rc<Node>>,
    pub(crate) update_replace_policy: Option<Rc<Node>>,
    /// Connectors of SAM, written at their source.
    pub(crate) connectors: Option<Rc<Node>>,
    pub(crate) span: Span,
    /// From its logical id to its end.
    pub(crate) body: Span,
    /// Its properties, once they are worked out.
    pub(crate) resolved: OnceCell<Property>,
    /// Its deletion and update-replace policies, once they are worked out.
    pub(crate) policies: OnceCell<[Option<String>; 2]>,
}

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Resources",
    "Outputs",
];

const RESOURCE_ATTRIBUTES: [&str; 11] = [
    "Type",
    "Properties",
    "Condition",
    "Metadata",
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    "Connectors",
    "IgnoreGlobals",
];

impl Template {
    /// Cuts the tree into sections.
    pub(crate) fn new(root: &Rc<Node>, diagnostics: &mut Vec<Diagnostic>) -> Result<Self, Diagnostic> {
        let Some(resources) = root.get("Resources").filter(|resources| resources.is_map()) else {
            return Err(no_resources(root));
        };
        for entry in root.entries() {
            if !SECTIONS.contains(&entry.key.as_str()) && entry.key != "Hooks" {
                misspelt(diagnostics, "the template has no section", entry, SECTIONS);
            }
        }
        let empty = Node::map::<&str>([], root.span);
        let section = |name: &str| root.get(name).cloned().unwrap_or_else(|| Rc::clone(&empty));
        let by_name = |name: &str| {
            section(name).entries().iter().map(|entry| (entry.key.clone(), Rc::clone(&entry.node))).collect()
        };
        let template = Self {
            parameters: by_name("Parameters"),
            mappings: section("Mappings"),
            conditions: by_name("Conditions"),
            rules: section("Rules"),
            globals: root.get("Globals").cloned(),
            resources: resources.entries().iter().filter_map(|entry| Resource::new(entry, diagnostics)).collect(),
            outputs: section("Outputs").entries().to_vec(),
            metadata: root.get("Metadata").cloned(),
        };
        template.require_sam_transform(root, diagnostics);
        Ok(template)
    }

    /// A template of nothing but resources.
    pub(crate) fn of_resources(resources: Vec<Resource>, span: Span) -> Self {
        let empty = Node::map::<&str>([], span);
        Self {
            parameters: BTreeMap::new(),
            mappings: Rc::clone(&empty),
            conditions: BTreeMap::new(),
            rules: empty,
            globals: None,
            resources,
            outputs: Vec::new(),
            metadata: None,
        }
    }

    /// Gives the topology every resource whose properties were worked out.
    pub(crate) fn hand_over(self, topology: &mut Topology) {
        topology.metadata = self.metadata.as_deref().map(Node::unresolved).into_iter().collect();
        let resources = self.resources.into_iter().filter_map(Resource::public);
        for resource in resources {
            topology.resources.entry(resource.id.clone()).or_insert(resource);
        }
    }

    fn require_sam_transform(&self, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let names_sam = |node: &Rc<Node>| node.as_str().is_some_and(|name| name.starts_with("AWS::Serverless-"));
        let transforms = root.get("Transform");
        let has_sam =
            transforms.is_some_and(|node| names_sam(node) || node.as_list().unwrap_or_default().iter().any(names_sam));
        if has_sam {
            return;
        }
        if let Some(resource) = self.resources.iter().find(|resource| resource.kind.starts_with("AWS::Serverless::")) {
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!(
                    "`{}` is a SAM resource, but the template does not name the SAM transform",
                    resource.id
                ),
                help: Some("add `Transform: AWS::Serverless-2016-10-31` at the top".to_owned()),
                span: resource.span,
            });
        }
    }
}

impl Resource {
    fn new(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let (node, span) = (&entry.node, entry.key_span);
        let error = |message: String, help: &str, span: Span| Diagnostic {
            severity: Severity::Error,
            message,
            help: Some(help.to_owned()),
            span,
        };
        if entry.key.starts_with("Fn::") {
            diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                message: format!("`{}` is passed over: the resources that it includes are not read", entry.key),
                help: Some("write the resources out".to_owned()),
                span,
            });
            return None;
        }
        let Some(kind) = node.get("Type").and_then(|kind| kind.as_str()) else {
            let message = format!("resource `{}` has no `Type`", entry.key);
            diagnostics.push(error(message, "say what it is, such as `Type: AWS::SQS::Queue`", span));
            return None;
        };
        for attribute in node.entries() {
            if !RESOURCE_ATTRIBUTES.contains(&attribute.key.as_str()) {
                let what = format!("resource `{}` has no attribute", entry.key);
                misspelt(diagnostics, &what, attribute, RESOURCE_ATTRIBUTES);
            }
        }
        Some(Self {
            id: entry.key.clone(),
            kind: kind.to_owned(),
            condition: node.get("Condition").and_then(|name| name.as_str()).map(str::to_owned),
            properties: node.get("Properties").cloned().unwrap_or_else(|| Node::map::<&str>([], span)),
            properties_key_span: node.key_span("Properties").unwrap_or_default(),
            metadata: node.get("Metadata").cloned(),
            generated_by: None,
            deletion_policy: node.get("DeletionPolicy").cloned(),
            update_replace_policy: node.get("UpdateReplacePolicy").cloned(),
            connectors: node.get("Connectors").cloned(),
            span,
            body: Span { end_line: node.span.end_line, end_column: node.span.end_column, ..span },
            resolved: OnceCell::new(),
            policies: OnceCell::new(),
        })
    }

    /// A resource that was not written as one of a template, such as Terraform's.
    pub(crate) fn of(id: String, kind: &str, properties: Rc<Node>) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            condition: None,
            span: properties.span,
            body: properties.span,
            properties_key_span: properties.span,
            properties,
            metadata: None,
            generated_by: None,
            deletion_policy: None,
            update_replace_policy: None,
            connectors: None,
            resolved: OnceCell::new(),
            policies: OnceCell::new(),
        }
    }

    /// A resource that SAM makes for this one, under the same condition.
    pub(crate) fn generated(&self, id: String, kind: &str, properties: Rc<Node>) -> Self {
        Self {
            condition: self.condition.clone(),
            generated_by: Some(self.id.clone()),
            ..Self::of(id, kind, properties)
        }
    }

    /// Its public face, for those who ask about properties by name.
    fn public(self) -> Option<crate::Resource> {
        let [deletion_policy, update_replace_policy] = self.policies.into_inner().unwrap_or_default();
        let metadata = self.metadata.as_deref().map(Node::unresolved);
        let path = metadata.as_ref().and_then(|metadata| metadata.get("aws:cdk:path"));
        Some(crate::Resource {
            construct_path: path.and_then(|path| path.value.text()),
            has_properties: self.properties_key_span != Span::default(),
            properties: self.resolved.into_inner()?,
            id: self.id,
            kind: self.kind,
            generated_by: self.generated_by,
            metadata,
            deletion_policy,
            update_replace_policy,
            span: self.span,
            body: self.body,
        })
    }

    /// What the resource is, for messages: `queue`, `function`…
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind.as_str() {
            "AWS::SQS::Queue" => "queue",
            "AWS::SNS::Topic" => "topic",
            "AWS::SNS::Subscription" => "subscription",
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => "function",
            "AWS::Lambda::EventSourceMapping" => "event source mapping",
            "AWS::Lambda::Permission" => "permission",
            "AWS::Lambda::Url" => "function URL",
            "AWS::Lambda::EventInvokeConfig" => "event invoke config",
            "AWS::Events::EventBus" => "bus",
            "AWS::Events::Rule" => "rule",
            "AWS::Events::Archive" => "archive",
            "AWS::Scheduler::Schedule" => "schedule",
            "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => "table",
            "AWS::S3::Bucket" => "bucket",
            "AWS::CloudWatch::Alarm" => "alarm",
            "AWS::IAM::Role" => "role",
            "AWS::KMS::Key" => "key",
            "AWS::KMS::Alias" => "key alias",
            "AWS::Pipes::Pipe" => "pipe",
            "AWS::Lambda::Alias" => "alias",
            "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => "state machine",
            kind if kind.ends_with("Policy") => "policy",
            _ => "resource",
        }
    }
}

fn no_resources(root: &Node) -> Diagnostic {
    let near = root.entries().iter().find(|entry| crate::suggest::nearest(&entry.key, ["Resources"]).is_some());
    let help = match near {
        Some(entry) => format!("did you mean `Resources` where `{}` stands?", entry.key),
        None => other_format(root).unwrap_or("describe at least one resource under `Resources`").to_owned(),
    };
    Diagnostic {
        severity: Severity::Error,
        message: "the template has no `Resources` map".to_owned(),
        help: Some(help),
        span: near.map_or(root.span, |entry| entry.key_span),
    }
}

/// What else the file may be, and what is read in its place.
fn other_format(root: &Node) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().all(|key| root.get(key).is_some());
    if has(&["service", "provider"]) {
        return Some(
            "this looks like a file of the Serverless Framework; `serverless package` writes the template \
             .serverless/cloudformation-template-update-stack.json",
        );
    }
    if has(&["version", "artifacts"]) {
        return Some("this looks like CDK's manifest; name a STACK.template.json beside it");
    }
    has(&["format_version"])
        .then_some("this looks like Terraform's; a plan is read as `terraform show -json plan.out` gives it")
}

/// Tells of a key that is a slip away from one that exists; other unknown keys are CloudFormation's business.
pub(crate) fn misspelt<'a>(
    diagnostics: &mut Vec<Diagnostic>,
    what: &str,
    entry: &Entry,
    known: impl IntoIterator<Item = &'a str>,
) {
    if let Some(near) = crate::suggest::nearest(&entry.key, known) {
        diagnostics.push(Diagnostic {
            severity: Severity::Warning,
            message: format!("{what} `{}`", entry.key),
            help: Some(format!("did you mean `{near}`?")),
            span: entry.key_span,
        });
    }
}
