//! KMS keys and their aliases.

use super::named;
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Key, KeyAlias};

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Key> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    Some(Key {
        id: resource.id.clone(),
        name,
        arn,
        policy: properties.json_if_known("KeyPolicy"),
        enabled: properties.flag("Enabled").unwrap_or(true),
        span: resource.span,
    })
}

pub(super) fn alias(scope: &Scope<'_>, resource: &Resource) -> Option<KeyAlias> {
    let properties = Properties::new(scope, resource);
    Some(KeyAlias {
        id: resource.id.clone(),
        name: properties.required("AliasName")?,
        target: properties.required("TargetKeyId")?,
        span: resource.span,
    })
}
