//! What names mean in a template: parameters, pseudo parameters, conditions, resources.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::node::{Entry, Node, Value};
use crate::resolved::{Property, Resolved};
use crate::template::{Resource, Template};
use crate::{Deployment, Diagnostic, Severity, Span, Undecided, dynamic, identity, suggest};

/// How deep one resolution may lead into others; the parts on the way count.
const RESOLUTION_DEPTH_MAX: usize = 128;
/// How many names and conditions may lead to one another.
const CHAIN_LENGTH_MAX: usize = 32;
/// Bytes of text that all resolutions together may build; a template of 1 MB can ask for far more.
const RESOLVED_BYTES_MAX: usize = 64 << 20;

/// A template on its way to one deployment.
pub(crate) struct Scope<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) template: &'a Template,
    resources: BTreeMap<&'a str, &'a Resource>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Places and messages of the diagnostics, to tell each once.
    told: RefCell<BTreeSet<(Span, String)>>,
    conditions: RefCell<BTreeMap<String, Result<bool, String>>>,
    names: RefCell<BTreeMap<String, Result<String, String>>>,
    /// What is being worked out, to notice circles.
    busy: RefCell<BTreeSet<String>>,
    depth: Cell<usize>,
    bytes: Cell<usize>,
    quiet: Cell<bool>,
    undecided: RefCell<BTreeMap<String, Undecided>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(template: &'a Template, deployment: &'a Deployment, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            deployment,
            template,
            resources: template.resources.iter().map(|resource| (resource.id.as_str(), resource)).collect(),
            diagnostics: RefCell::new(diagnostics),
            told: RefCell::default(),
            conditions: RefCell::default(),
            names: RefCell::default(),
            busy: RefCell::default(),
            depth: Cell::new(0),
            bytes: Cell::new(0),
            quiet: Cell::new(false),
            undecided: RefCell::default(),
        }
    }

    /// Says which values are given for parameters that do not exist.
    pub(crate) fn refuse_unknown_parameters(&self) {
        for name in self.deployment.parameters.keys().chain(&self.deployment.unknown_parameters) {
            if !self.template.parameters.contains_key(name) {
                let known = self.template.parameters.keys().map(String::as_str);
                let help = suggest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
                self.report(
                    Severity::Error,
                    format!("a value is given for parameter `{name}`, which the template does not have"),
                    help,
                    Span::default(),
                );
            }
        }
    }

    /// A resource's properties, worked out once.
    pub(crate) fn properties<'s>(&'s self, resource: &'s Resource) -> &'s Property {
        resource
            .resolved
            .get_or_init(|| Property { key_span: resource.properties_key_span, ..self.resolve(&resource.properties) })
    }

    /// Works properties out that nobody reads here; their mistakes are not told.
    pub(crate) fn work_out_quietly(&self, resource: &Resource) {
        self.quiet.set(true);
        self.properties(resource);
        let plain = |node: &Option<Rc<Node>>| node.as_ref().and_then(|node| self.resolve(node).value.text());
        resource.policies.get_or_init(|| [plain(&resource.deletion_policy), plain(&resource.update_replace_policy)]);
        self.quiet.set(false);
    }

    /// Keeps for the reader of the topology that a resource was left out.
    pub(crate) fn leave_out(&self, resource: &Resource, reason: &str) {
        let undecided = Undecided { kind: resource.kind.clone(), reason: reason.to_owned(), span: resource.span };
        self.leave_out_part(&resource.id, undecided);
    }

    /// The same of a resource that is written inside another one.
    pub(crate) fn leave_out_part(&self, id: &str, undecided: Undecided) {
        // The first reason is the one that is nearest to the cause.
        self.undecided.borrow_mut().entry(id.to_owned()).or_insert(undecided);
    }

    pub(crate) fn take_undecided(&self) -> BTreeMap<String, Undecided> {
        self.undecided.take()
    }

    /// Adds a diagnostic, once.
    pub(crate) fn report(&self, severity: Severity, message: String, help: Option<String>, span: Span) {
        if self.quiet.get() {
            return;
        }
        if self.told.borrow_mut().insert((span, message.clone())) {
            self.diagnostics.borrow_mut().push(Diagnostic { severity, message, help, span });
        }
    }

    /// Everything reported, in the template's order.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics.into_inner();
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        diagnostics
    }

    pub(crate) fn resource(&self, id: &str) -> Option<&'a Resource> {
        self.resources.get(id).copied()
    }

    /// Works a part out.
    pub(crate) fn resolve(&self, node: &Node) -> Property {
        let value = self.within_limits(node, || match node.intrinsic() {
            Some((function, argument)) => self.call(function, argument, node),
            None => self.plain(node),
        });
        let value = match value {
            Resolved::String(text) => dynamic::resolve(text, self.deployment)
                .map_or_else(|reason| Resolved::unknown(reason, node.value.to_json()), Resolved::String),
            value => value,
        };
        Property::new(value, node.span)
    }

    fn within_limits(&self, node: &Node, work: impl FnOnce() -> Resolved) -> Resolved {
        if self.depth.get() >= RESOLUTION_DEPTH_MAX {
            let message = format!("resolving this leads through more than {RESOLUTION_DEPTH_MAX} other parts");
            self.report(Severity::Error, message, Some("shorten the chain of references".to_owned()), node.span);
            return Resolved::unknown("it leads through too many other parts", serde_json::Value::Null);
        }
        self.depth.set(self.depth.get() + 1);
        let value = work();
        self.depth.set(self.depth.get() - 1);
        self.pay(value, node.span)
    }

    /// Counts the text that a resolution built against the template's budget.
    fn pay(&self, value: Resolved, span: Span) -> Resolved {
        let bytes = match &value {
            Resolved::String(text) => text.len(),
            _ => 1,
        };
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if total <= RESOLVED_BYTES_MAX {
            return value;
        }
        let message = format!("the template's texts grow beyond {} MB when resolved", RESOLVED_BYTES_MAX >> 20);
        if !self.diagnostics.borrow().iter().any(|diagnostic| diagnostic.message == message) {
            self.report(Severity::Error, message, Some("repeat fewer and shorter texts".to_owned()), span);
        }
        Resolved::unknown("the template's texts grow too large", serde_json::Value::Null)
    }

    fn plain(&self, node: &Node) -> Resolved {
        match &node.value {
            Value::Null => Resolved::Null,
            Value::Bool(flag) => Resolved::Bool(*flag),
            Value::Number(number) => Resolved::Number(number.clone()),
            Value::String(text) => Resolved::String(text.clone()),
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                list.extend(items.iter().map(|item| self.resolve(item)).filter(is_present));
                Resolved::List(list)
            }
            Value::Map(entries) => {
                let mut map = Vec::with_capacity(entries.len());
                let property = |entry: &Entry| {
                    if entry.key == "Fn::Transform" {
                        return Property::new(included(&entry.node), entry.key_span);
                    }
                    Property { key_span: entry.key_span, ..self.resolve(&entry.node) }
                };
                let entries = entries.iter().map(|entry| (entry.key.clone(), property(entry)));
                map.extend(entries.filter(|(_, property)| is_present(property)));
                Resolved::Map(map)
            }
        }
    }

    /// What `Ref` gives.
    pub(crate) fn reference(&self, name: &str, node: &Node) -> Resolved {
        let unknown = |reason: String| Resolved::unknown(reason, node.value.to_json());
        if let Some(value) = self.pseudo_parameter(name) {
            return value;
        }
        if let Some(parameter) = self.template.parameters.get(name) {
            return self.parameter(name, parameter, node);
        }
        if let Some(resource) = self.resource(name) {
            return match identity::reference(self, resource) {
                Ok(text) => Resolved::String(text),
                Err(reason) => unknown(reason),
            };
        }
        if let Some(alias) = self.alias_of(name)
            && let Ok(text) = identity::reference(self, alias)
        {
            return Resolved::String(text);
        }
        if self.made_by_sam(name) {
            return unknown(format!("`{name}` is made by SAM and not read"));
        }
        let known = self.template.parameters.keys().map(String::as_str).chain(self.resources.keys().copied());
        let help = suggest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        self.report(
            Severity::Error,
            format!("`{name}` is neither a parameter nor a resource of this template"),
            help,
            node.span,
        );
        unknown(format!("`{name}` does not exist"))
    }

    /// What `Fn::GetAtt` gives.
    pub(crate) fn attribute(&self, id: &str, attribute: &str, node: &Node) -> Resolved {
        let unknown = |reason: String| Resolved::unknown(reason, node.value.to_json());
        let Some(resource) = self.resource(id) else {
            if self.made_by_sam(id) {
                return unknown(format!("`{id}` is made by SAM and not read"));
            }
            let help =
                suggest::nearest(id, self.resources.keys().copied()).map(|near| format!("did you mean `{near}`?"));
            self.report(Severity::Error, format!("`{id}` is not a resource of this template"), help, node.span);
            return unknown(format!("`{id}` does not exist"));
        };
        match identity::attribute(self, resource, attribute) {
            Ok(text) => Resolved::String(text),
            Err(reason) => unknown(reason),
        }
    }

    /// The alias that `Function.Alias` means in SAM.
    fn alias_of(&self, name: &str) -> Option<&'a Resource> {
        let function = name.strip_suffix(".Alias")?;
        self.template.resources.iter().find(|resource| {
            resource.kind == "AWS::Lambda::Alias" && resource.generated_by.as_deref() == Some(function)
        })
    }

    /// Ids that SAM makes for things that are not read: implicit APIs, versions, stages, layers.
    fn made_by_sam(&self, id: &str) -> bool {
        if id.starts_with("ServerlessRestApi") || id.starts_with("ServerlessHttpApi") {
            return true;
        }
        self.template.resources.iter().any(|resource| {
            resource.kind.starts_with("AWS::Serverless::")
                && id.strip_prefix(&resource.id).is_some_and(|rest| {
                    let suffixes = [".Version", ".Alias", ".Stage", ".DestinationQueue", ".DestinationTopic"];
                    suffixes.contains(&rest)
                        || ["Stage", "Role", "Version", "Alias", "Deployment"]
                            .iter()
                            .any(|suffix| rest.starts_with(suffix) || rest.ends_with(suffix))
                })
        })
    }

    fn parameter(&self, name: &str, parameter: &Node, node: &Node) -> Resolved {
        let kind = parameter.get("Type").and_then(|kind| kind.as_str()).unwrap_or("String");
        if self.deployment.unknown_parameters.contains(name) {
            let reason = format!("the value that parameter `{name}` is given is not known");
            return Resolved::unknown(reason, node.value.to_json());
        }
        let given = self.deployment.parameters.get(name).cloned();
        let default = parameter.get("Default").and_then(|default| self.plain(default).text());
        let Some(mut text) = given.or(default) else {
            return Resolved::unknown(format!("parameter `{name}` has no value"), node.value.to_json());
        };
        // The parameter's value names a parameter of Systems Manager.
        let stored = kind.strip_prefix("AWS::SSM::Parameter::Value<").and_then(|kind| kind.strip_suffix('>'));
        if stored.is_some() {
            match dynamic::stored(&text, self.deployment) {
                Ok(value) => value.clone_into(&mut text),
                Err(reason) => return Resolved::unknown(reason, node.value.to_json()),
            }
        }
        let kind = stored.unwrap_or(kind);
        if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            let item = |text: &str| Property::new(Resolved::String(text.trim().to_owned()), node.span);
            return Resolved::List(text.split(',').map(item).collect());
        }
        Resolved::String(text)
    }

    fn pseudo_parameter(&self, name: &str) -> Option<Resolved> {
        let Deployment { account, region, stack, .. } = self.deployment;
        let text = match name.strip_prefix("AWS::")? {
            "AccountId" => account.clone(),
            "Region" => region.clone(),
            "Partition" => self.partition().to_owned(),
            "StackName" => stack.clone(),
            "StackId" => format!("arn:{}:cloudformation:{region}:{account}:stack/{stack}/{stack}", self.partition()),
            "URLSuffix" => if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }.to_owned(),
            "NotificationARNs" => return Some(Resolved::List(Vec::new())),
            "NoValue" => return Some(Resolved::Absent),
            _ => return None,
        };
        Some(Resolved::String(text))
    }

    pub(crate) fn partition(&self) -> &'static str {
        match self.deployment.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Whether a named condition holds, or why that is unknown.
    pub(crate) fn condition(&self, name: &str, span: Span) -> Result<bool, String> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return known.clone();
        }
        let Some(node) = self.template.conditions.get(name) else {
            let known = self.template.conditions.keys().map(String::as_str);
            let help = suggest::nearest(name, known).map(|near| format!("did you mean `{near}`?"));
            self.report(Severity::Error, format!("the template has no condition `{name}`"), help, span);
            return Err(format!("condition `{name}` does not exist"));
        };
        let result = self.once(&format!("condition `{name}`"), span, || self.holds(node));
        self.conditions.borrow_mut().insert(name.to_owned(), result.clone());
        result
    }

    /// The physical name of a resource, worked out once.
    pub(crate) fn physical_name(
        &self,
        resource: &Resource,
        work: impl FnOnce() -> Result<String, String>,
    ) -> Result<String, String> {
        if let Some(known) = self.names.borrow().get(&resource.id) {
            return known.clone();
        }
        let result = self.once(&format!("name of `{}`", resource.id), resource.span, work);
        self.names.borrow_mut().insert(resource.id.clone(), result.clone());
        result
    }

    /// Runs `work` unless it is already under way, which is a circle.
    fn once<T>(&self, what: &str, span: Span, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let problem = if self.busy.borrow().len() >= CHAIN_LENGTH_MAX {
            format!("the {what} is reached through more than {CHAIN_LENGTH_MAX} others")
        } else if !self.busy.borrow_mut().insert(what.to_owned()) {
            format!("the {what} depends on itself")
        } else {
            let result = work();
            self.busy.borrow_mut().remove(what);
            return result;
        };
        self.report(
            Severity::Error,
            problem.clone(),
            Some("shorten or break the chain of references".to_owned()),
            span,
        );
        Err(problem)
    }
}

/// Whether it is more than `AWS::NoValue`.
const fn is_present(property: &Property) -> bool {
    !matches!(property.value, Resolved::Absent)
}

/// What a transform would put among the other properties.
fn included(node: &Node) -> Resolved {
    let name = node.get("Name").and_then(|name| name.as_str()).unwrap_or_default();
    Resolved::unknown(format!("the transform `{name}` includes it from elsewhere"), node.value.to_json())
}
