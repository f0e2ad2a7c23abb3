//! Routes of APIs that run functions, as SAM's `Api` and `HttpApi` events name them.

use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Route};

/// What a SAM event of type `Api` or `HttpApi` becomes here; CloudFormation has no such type.
pub(crate) const KIND: &str = "Aqueduct::Route";

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Route> {
    let properties = Properties::new(scope, resource);
    Some(Route {
        id: resource.id.clone(),
        http_api: properties.flag("HttpApi").unwrap_or(false),
        method: properties.string("Method").unwrap_or_else(|| "ANY".to_owned()).to_uppercase(),
        path: properties.string("Path").unwrap_or_else(|| "$default".to_owned()),
        function: Arn::new(properties.required("Function")?),
        span: resource.span,
    })
}
