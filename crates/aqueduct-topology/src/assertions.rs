//! What parameters may be: their allowed values, and the template's `Rules`.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use crate::node::Node;
use crate::resolved::{Property, Resolved};
use crate::scope::Scope;
use crate::{Severity, Span};

/// Reports values that the template does not take.
pub(crate) fn check(scope: &Scope<'_>) {
    for (name, parameter) in &scope.template.parameters {
        allowed_value(scope, name, parameter);
    }
    for rule in scope.template.rules.entries() {
        let applies = rule.node.get("RuleCondition").is_none_or(|condition| truth(scope, condition) == Some(true));
        let assertions = rule.node.get("Assertions").and_then(|list| list.as_list()).unwrap_or_default();
        for assertion in assertions.iter().filter(|_| applies) {
            let Some(assert) = assertion.get("Assert") else { continue };
            if truth(scope, assert) == Some(false) {
                let why = assertion.get("AssertDescription").and_then(|why| why.as_str()).map(str::to_owned);
                let message = format!("the parameters' values break the template's rule `{}`", rule.key);
                scope.report(Severity::Error, message, why, rule.key_span);
            }
        }
    }
}

fn allowed_value(scope: &Scope<'_>, name: &str, parameter: &Node) {
    let (Some(given), Some(allowed)) =
        (scope.deployment.parameters.get(name), parameter.get("AllowedValues").and_then(|allowed| allowed.as_list()))
    else {
        return;
    };
    let allowed: Vec<String> = allowed.iter().filter_map(|value| scope.resolve(value).value.text()).collect();
    if !allowed.is_empty() && !allowed.contains(given) {
        let message = format!("parameter `{name}` is given the value `{given}`, which it does not take");
        let help = format!("it takes {}", allowed.join(", "));
        scope.report(Severity::Error, message, Some(help), parameter.span);
    }
}

/// Whether a rule's expression holds; none when that is not known.
fn truth(scope: &Scope<'_>, node: &Node) -> Option<bool> {
    let (function, argument) = node.intrinsic()?;
    let parts = argument.as_list().unwrap_or_default();
    let list = |node: &Node| -> Option<Vec<String>> {
        let item = scope.resolve(node);
        match &item.value {
            Resolved::List(items) => items.iter().map(|Property { value, .. }| value.text()).collect(),
            value => Some(vec![value.text()?]),
        }
    };
    match (function, parts) {
        ("Fn::Contains", [values, value]) => {
            let value = scope.resolve(value).value.text()?;
            Some(list(values)?.contains(&value))
        }
        ("Fn::EachMemberEquals", [values, value]) => {
            let value = scope.resolve(value).value.text()?;
            Some(list(values)?.iter().all(|own| *own == value))
        }
        ("Fn::EachMemberIn", [values, allowed]) => {
            let allowed = list(allowed)?;
            Some(list(values)?.iter().all(|own| allowed.contains(own)))
        }
        ("Fn::Not", [part]) => truth(scope, part).map(|holds| !holds),
        ("Fn::And", parts) => parts.iter().map(|part| truth(scope, part)).try_fold(true, |all, it| Some(all && it?)),
        ("Fn::Or", parts) => parts.iter().map(|part| truth(scope, part)).try_fold(false, |any, it| Some(any || it?)),
        ("Fn::Equals", [left, right]) => Some(scope.resolve(left).value.text()? == scope.resolve(right).value.text()?),
        _ => None,
    }
}

/// Says that a macro's work is not seen.
pub(crate) fn macros(scope: &Scope<'_>, transform: Option<&Node>) {
    let Some(transform) = transform else { return };
    let items = transform.as_list().map_or_else(Vec::new, |items| items.iter().map(AsRef::as_ref).collect());
    for item in std::iter::once(transform).chain(items) {
        let name = item.as_str().or_else(|| item.get("Name").and_then(|name| name.as_str()));
        if let Some(name) = name.filter(|name| !name.starts_with("AWS::")) {
            tell(scope, name, item.span);
        }
    }
}

fn tell(scope: &Scope<'_>, name: &str, span: Span) {
    let message = format!("macro `{name}` is passed over: the template is read as it was written");
    let help = Some("check what the macro makes of it, such as the processed template of the stack".to_owned());
    scope.report(Severity::Warning, message, help, span);
}
