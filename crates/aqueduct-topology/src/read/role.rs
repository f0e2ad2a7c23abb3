//! IAM roles, and the policies that are attached to them from outside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{exists, named};
use crate::properties::Properties;
use crate::resolved::{Property, Resolved};
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Role, Topology};

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Role> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let mut role = Role {
        id: resource.id.clone(),
        name,
        arn,
        trust: properties.json_if_known("AssumeRolePolicyDocument"),
        statements: Vec::new(),
        managed_policies: Vec::new(),
        boundary: properties.string_if_known("PermissionsBoundary"),
        unknown: Vec::new(),
        span: resource.span,
    };
    role.unknown.extend(properties.unknown("Policies").map(str::to_owned));
    for policy in properties.item_if_known("Policies").map(Property::list).unwrap_or_default() {
        match (&policy.value, policy.get("PolicyDocument")) {
            (Resolved::Unknown(unknown), _) => role.unknown.push(unknown.reason.clone()),
            (_, Some(document)) => add_document(&mut role, document),
            _ => {}
        }
    }
    role.unknown.extend(properties.unknown("ManagedPolicyArns").map(str::to_owned));
    for policy in properties.item_if_known("ManagedPolicyArns").map(Property::list).unwrap_or_default() {
        add_managed(&mut role, policy);
    }
    Some(role)
}

/// Adds a managed policy, or those that a choice among lists of SAM's policies comes to.
fn add_managed(role: &mut Role, policy: &Property) {
    match &policy.value {
        Resolved::Unknown(unknown) => role.unknown.push(unknown.reason.clone()),
        Resolved::List(items) => items.iter().for_each(|item| add_managed(role, item)),
        Resolved::Map(_) if policy.get("Statement").is_some() => add_document(role, policy),
        Resolved::Map(_) => role.unknown.push("a policy template is chosen by a condition".to_owned()),
        value => role.managed_policies.extend(value.text()),
    }
}

fn add_document(role: &mut Role, document: &Property) {
    let (statements, unknown) = statements(document);
    role.statements.extend(statements);
    role.unknown.extend(unknown);
}

/// The statements of a policy document, and why some of them are not known.
fn statements(document: &Property) -> (Vec<Value>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let part = match &document.value {
        Resolved::Unknown(_) => Some(document),
        _ => document.get("Statement"),
    };
    let items = match part {
        Some(Property { value: Resolved::List(items), .. }) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for item in items {
        match &item.value {
            Resolved::Unknown(reason) => unknown.push(reason.reason.clone()),
            value => known.push(value.to_json()),
        }
    }
    (known, unknown)
}

/// Gives roles the policies that name them, and functions the statements of their roles.
pub(super) fn attach(scope: &Scope<'_>, topology: &mut Topology) {
    let policies = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"];
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, role) in topology.roles.iter().enumerate() {
        // A managed policy can be attached from the role's side too.
        for name in std::iter::once(&role.name).chain(&role.managed_policies) {
            by_name.entry(name.clone()).or_default().push(place);
        }
    }
    for resource in &scope.template.resources {
        if policies.contains(&resource.kind.as_str()) && exists(scope, resource) {
            attach_policy(scope, resource, &by_name, topology);
        }
    }
    let Topology { functions, roles, .. } = topology;
    let by_arn: BTreeMap<&Arn, &Role> = roles.iter().map(|role| (&role.arn, role)).collect();
    for function in functions {
        if let Some(role) = function.role.as_ref().and_then(|arn| by_arn.get(arn)) {
            function.statements.clone_from(&role.statements);
            function.managed_policies.clone_from(&role.managed_policies);
        }
    }
}

fn attach_policy(
    scope: &Scope<'_>,
    resource: &Resource,
    by_name: &BTreeMap<String, Vec<usize>>,
    topology: &mut Topology,
) {
    let properties = Properties::new(scope, resource);
    let (statements, unknown) = match properties.item_if_known("PolicyDocument") {
        Some(document) => statements(document),
        None => (Vec::new(), properties.unknown("PolicyDocument").map(str::to_owned).into_iter().collect()),
    };
    let roles = ["Roles", "RoleName"].iter().filter_map(|name| properties.item_if_known(name));
    let roles: Vec<&Property> =
        roles.flat_map(|item| if item.list().is_empty() { std::slice::from_ref(item) } else { item.list() }).collect();
    let any = roles.iter().any(|role| matches!(role.value, Resolved::Unknown(_)))
        || properties.unknown("Roles").or(properties.unknown("RoleName")).is_some();
    let arn = crate::identity::arn(scope, resource).ok().map(|arn| arn.as_str().to_owned());
    let names = roles.iter().filter_map(|role| role.value.text()).chain(arn);
    let places: BTreeSet<usize> = names.filter_map(|name| by_name.get(&name)).flatten().copied().collect();
    for place in &places {
        let Some(role) = topology.roles.get_mut(*place) else { continue };
        role.statements.extend(statements.iter().cloned());
        role.unknown.extend(unknown.iter().cloned());
    }
    if any {
        let reason = format!("policy `{}` is attached to a role that is not known", resource.id);
        let others = topology.roles.iter_mut().enumerate().filter(|(place, _)| !places.contains(place));
        others.for_each(|(_, role)| role.unknown.push(reason.clone()));
    }
}
