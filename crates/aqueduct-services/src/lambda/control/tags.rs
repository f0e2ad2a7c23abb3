//! Tags of functions and event source mappings.
//!
//! Source: LocalStack's AWS-validated tests `TestLambdaTags::test_tag_exceptions`, `…test_tag_limits`,
//! `…test_tag_lifecycle` and `test_tag_nonexisting_resource`

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use crate::ApiError;
use crate::lambda::Lambda;
use crate::lambda::api::Response;
use crate::lambda::refusals::{constraint, invalid, not_found};

/// The pattern of what can have tags, as refusals quote it.
const RESOURCE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";

/// How many tags a resource may have.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>
const TAGS_MAX: usize = 50;

/// Refuses too many tags, `others` being there already.
pub(super) fn check(tags: &BTreeMap<String, String>, others: usize) -> Result<(), ApiError> {
    if tags.len() + others > TAGS_MAX {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    Ok(())
}

impl Lambda {
    pub(super) fn tag(&mut self, resource: &str, new: BTreeMap<String, String>) -> Result<Response, ApiError> {
        if new.is_empty() {
            return Err(invalid("An error occurred and the request cannot be processed."));
        }
        self.change_tags(resource, |tags| {
            check(&new, tags.keys().filter(|key| !new.contains_key(*key)).count())?;
            tags.extend(new);
            Ok(())
        })
    }

    pub(super) fn untag(&mut self, resource: &str, keys: &[String]) -> Result<Response, ApiError> {
        if keys.is_empty() {
            return Err(ApiError::sender(
                "ValidationException",
                "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
            ));
        }
        self.change_tags(resource, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    pub(super) fn list_tags(&self, resource: &str) -> Result<Response, ApiError> {
        let tags = match self.tagged(resource)? {
            Tagged::Function(name) => self.functions.get(&name).map(|function| function.tags.clone()),
            Tagged::Mapping(uuid) => Some(self.mapping(&uuid)?.tags.clone()),
        };
        Ok(Response::Tags(tags.unwrap_or_default()))
    }

    fn change_tags(
        &mut self,
        resource: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
    ) -> Result<Response, ApiError> {
        match self.tagged(resource)? {
            Tagged::Function(name) => {
                let revision = self.ids.uuid();
                let function = self.function_mut(&name)?;
                change(&mut function.tags)?;
                function.revise(revision);
            }
            Tagged::Mapping(uuid) => {
                change(&mut self.mapping_mut(&uuid)?.tags)?;
                self.record_mapping(&uuid);
            }
        }
        Ok(Response::Empty)
    }

    /// Which resource an ARN names.
    fn tagged(&self, resource: &str) -> Result<Tagged, ApiError> {
        let malformed =
            || constraint(resource, "resource", &format!("satisfy regular expression pattern: {RESOURCE_PATTERN}"));
        let arn = Arn::new(resource);
        if !resource.starts_with("arn:") || arn.service() != "lambda" || arn.account().is_empty() {
            return Err(malformed());
        }
        let parts: Vec<&str> = arn.resource().split(':').collect();
        match parts.as_slice() {
            ["function", name] if self.functions.contains_key(*name) => Ok(Tagged::Function((*name).to_owned())),
            ["function", name] if !name.is_empty() => Err(self.no_function(name)),
            ["function", _, _] => {
                Err(invalid("Tags on function aliases and versions are not supported. Please specify a function ARN."))
            }
            ["event-source-mapping", uuid] if self.mapping(uuid).is_ok() => Ok(Tagged::Mapping((*uuid).to_owned())),
            ["event-source-mapping", _] => Err(not_found(format!("Event source mapping not found: {resource}"))),
            ["layer" | "code-signing-config" | "capacity-provider", _] => {
                Err(ApiError::not_modelled("tags of anything but functions and event source mappings"))
            }
            _ => Err(malformed()),
        }
    }
}

enum Tagged {
    Function(String),
    Mapping(String),
}
