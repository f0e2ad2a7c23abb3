//! Dynamic references: `{{resolve:ssm:name}}` and its kin, which the deployment looks up.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>

use crate::Deployment;

const START: &str = "{{resolve:";

/// The text with its references replaced, or why one of them is not known.
pub(crate) fn resolve(text: String, deployment: &Deployment) -> Result<String, String> {
    if !text.contains(START) {
        return Ok(text);
    }
    let mut resolved = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(START) {
        let Some((reference, after)) = after.split_once("}}") else { break };
        resolved.push_str(before);
        resolved.push_str(value(reference, deployment)?);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

fn value<'d>(reference: &str, deployment: &'d Deployment) -> Result<&'d str, String> {
    let mut parts = reference.splitn(3, ':');
    match (parts.next(), parts.next()) {
        (Some("ssm"), Some(name)) => stored(name, deployment),
        (Some("ssm-secure"), Some(name)) => Err(format!("`{name}` is a secret of Systems Manager")),
        (Some("secretsmanager"), Some(name)) => Err(format!("`{name}` is a secret of Secrets Manager")),
        _ => Err(format!("`{START}{reference}}}}}` is looked up at the deployment")),
    }
}

/// A parameter of Systems Manager.
pub(crate) fn stored<'d>(name: &str, deployment: &'d Deployment) -> Result<&'d str, String> {
    let known = deployment.stored_parameters.get(name);
    known.map(String::as_str).ok_or_else(|| format!("the value of Systems Manager's parameter `{name}` is not given"))
}
