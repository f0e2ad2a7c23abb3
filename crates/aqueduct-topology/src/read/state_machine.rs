//! Step Functions state machines.

use serde_json::Value;

use super::named;
use crate::properties::Properties;
use crate::resolved::Property;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, StateMachine, identity};

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<StateMachine> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    let kind = ["StateMachineType", "Type"].iter().find_map(|name| properties.string_if_known(name));
    let definition =
        ["Definition", "DefinitionString"].iter().find_map(|name| properties.json_if_known(name)).map(|definition| {
            let mut room = SUBSTITUTED_BYTES_MAX;
            substituted(definition, &substitutions(&properties), &mut room)
        });
    Some(StateMachine {
        id: resource.id.clone(),
        name,
        arn,
        express: kind.as_deref() == Some("EXPRESS"),
        role: role(scope, resource, &properties),
        definition,
        span: resource.span,
    })
}

/// The role that it runs with; SAM makes one when none is given.
fn role(scope: &Scope<'_>, resource: &Resource, properties: &Properties<'_>) -> Option<Arn> {
    let given = ["RoleArn", "Role"].into_iter().find(|name| properties.has(name));
    match given {
        Some(name) => properties.string_if_known(name).map(Arn::new),
        None => identity::arn(scope, scope.resource(&format!("{}Role", resource.id))?).ok(),
    }
}

/// Bytes that substitutions may add; Step Functions takes definitions of up to 1 MB.
const SUBSTITUTED_BYTES_MAX: usize = 1 << 20;

/// The definition with `${name}` replaced while `room` lasts; what is not known stays as it is.
fn substituted(definition: Value, substitutions: &[(String, String)], room: &mut usize) -> Value {
    match definition {
        Value::String(mut text) => {
            for (name, value) in substitutions {
                let grown = text.matches(name.as_str()).count().saturating_mul(value.len());
                if grown > 0 && grown <= *room {
                    *room -= grown;
                    text = text.replace(name.as_str(), value);
                }
            }
            text.into()
        }
        Value::Array(items) => items.into_iter().map(|item| substituted(item, substitutions, room)).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, substituted(value, substitutions, room))).collect()
        }
        value => value,
    }
}

/// What stands for what in the definition.
fn substitutions(properties: &Properties<'_>) -> Vec<(String, String)> {
    let Some(item) = properties.item_if_known("DefinitionSubstitutions") else { return Vec::new() };
    let pair = |(name, value): &(String, Property)| Some((format!("${{{name}}}"), value.value.text()?));
    item.entries().iter().filter_map(pair).collect()
}
