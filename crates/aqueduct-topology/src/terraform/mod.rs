//! Terraform's plans and states: `terraform show -json`, whose AWS resources are read as the CloudFormation resources that they equal.
//!
//! A value that is known after the apply only is taken from the configuration: a reference to an attribute of a resource
//! becomes that resource's name or ARN, as far as it can be known. Sources:
//! <https://developer.hashicorp.com/terraform/internals/json-format> and the resources of
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>.

mod attach;
mod document;
mod fields;
mod plan;
mod types;

use std::rc::Rc;

use crate::node::Node;
use crate::parse::Limits;
use crate::template::Template;
use crate::{Deployment, Diagnostic, Severity};
use plan::Plan;

pub(crate) use plan::KNOWN_AFTER_APPLY;

/// Plans hold every attribute of every resource, and the configuration once more.
pub(crate) const LIMITS: Limits = Limits { file: 0, what: "plan", bytes: 16 << 20, parts: 1_000_000 };

/// How far into the text a plan shows what it is.
const HEAD_BYTES: usize = 4096;

/// Whether the text is a plan, or a state, rather than a template.
pub(crate) fn is_plan(text: &str) -> bool {
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let is_json = text.trim_start().starts_with('{') && text[..end].contains("\"format_version\"");
    is_json && (text.contains("\"planned_values\"") || text[..end].contains("\"terraform_version\""))
}

/// The plan as a template, and the deployment with what the plan knows of account, Region and names.
pub(crate) fn template(
    root: &Rc<Node>,
    deployment: &Deployment,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Template, Deployment) {
    let plan = Plan::new(root);
    if plan.instances.is_empty() {
        diagnostics.push(Diagnostic {
            severity: Severity::Warning,
            message: "the plan has no resources of AWS: it is passed over: nothing in it is read".to_owned(),
            help: Some("write it with `terraform plan -out=FILE` and `terraform show -json FILE`".to_owned()),
            span: root.span,
        });
    }
    let mut resources = Vec::new();
    for instance in &plan.instances {
        resources.extend(fields::resource(&plan, instance));
    }
    attach::all(&plan, &mut resources);
    let deployment = plan.deployment(deployment);
    (Template::of_resources(resources, root.span), deployment)
}
