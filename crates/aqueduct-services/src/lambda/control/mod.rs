//! The calls that change or describe functions and event source mappings.

use super::api::{Page, Request, Response};
use super::refusals::{in_range, no_resource, not_found};
use super::{FunctionDescription, Lambda, MappingDescription, function, name};
use crate::sqs::Sqs;
use crate::{ApiError, Timestamp};

mod checks;
mod concurrency;
mod event_invoke;
mod functions;
mod mappings;
mod permissions;
mod tags;
mod urls;

pub(super) use functions::in_state;

/// How many functions one answer holds.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
const FUNCTIONS_PAGE: usize = 50;

/// How many mappings one answer holds.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html>
const MAPPINGS_PAGE: usize = 100;

impl Lambda {
    /// Answers any call but `Invoke` and a request to a function URL.
    pub(super) fn control(&mut self, now: Timestamp, request: Request, sqs: &mut Sqs) -> Result<Response, ApiError> {
        match request {
            Request::Invoke(_) | Request::InvokeUrl { .. } => {
                Err(ApiError::not_modelled("an invocation without a caller"))
            }
            Request::CreateFunction(create) => self.create_function(now, *create),
            Request::ListFunctions(page) => self.list_functions(now, &page),
            Request::GetFunction { function } => Ok(Response::Function(Box::new(self.described(now, &function)?))),
            Request::GetFunctionConfiguration { function } => {
                Ok(Response::Configuration(Box::new(self.described(now, &function)?)))
            }
            Request::UpdateFunctionConfiguration(update) => self.update_function(now, *update),
            Request::UpdateFunctionCode(update) => self.update_code(now, *update),
            Request::DeleteFunction { function } => self.delete_function(now, &function),
            Request::ListVersionsByFunction { function } => {
                Ok(Response::Versions(vec![self.described(now, &function)?]))
            }
            Request::GetFunctionCodeSigningConfig { function } => {
                Ok(Response::CodeSigning(self.function(&function)?.name.clone()))
            }
            Request::GetAccountSettings => Ok(Response::AccountSettings(self.account_settings())),
            Request::PutFunctionConcurrency { function, reserved } => self.reserve(&function, reserved),
            Request::GetFunctionConcurrency { function } => {
                Ok(Response::Concurrency(self.function(&function)?.reserved))
            }
            Request::DeleteFunctionConcurrency { function } => self.unreserve(&function),
            Request::PutFunctionRecursionConfig { function, recursive_loop } => {
                self.set_recursion(&function, &recursive_loop)
            }
            Request::GetFunctionRecursionConfig { function } => {
                Ok(Response::RecursiveLoop(recursive_loop(self.function(&function)?)))
            }
            request => self.trigger_control(now, request, sqs),
        }
    }

    /// Calls about what invokes a function, and what becomes of that.
    fn trigger_control(&mut self, now: Timestamp, request: Request, sqs: &mut Sqs) -> Result<Response, ApiError> {
        match request {
            Request::PutFunctionEventInvokeConfig(change) => self.put_event_invoke(now, change),
            Request::UpdateFunctionEventInvokeConfig(change) => self.update_event_invoke(now, change),
            Request::GetFunctionEventInvokeConfig { function } => self.get_event_invoke(&function),
            Request::ListFunctionEventInvokeConfigs { function } => self.list_event_invokes(&function),
            Request::DeleteFunctionEventInvokeConfig { function } => self.delete_event_invoke(&function),
            Request::CreateEventSourceMapping(create) => self.create_mapping(now, *create, sqs),
            Request::GetEventSourceMapping { uuid } => {
                Ok(Response::Mapping(Box::new(self.mapping(&uuid)?.describe(now, &self.site))))
            }
            Request::ListEventSourceMappings { function, source, page } => {
                self.list_mappings(now, function, source.as_ref(), &page)
            }
            Request::UpdateEventSourceMapping { uuid, change } => self.update_mapping(now, &uuid, *change, sqs),
            Request::DeleteEventSourceMapping { uuid } => self.delete_mapping(now, &uuid),
            Request::AddPermission(permission) => self.permit(now, &permission).map(Response::Statement),
            Request::RemovePermission { function, statement_id, revision } => {
                self.forbid(now, &function, &statement_id, revision.as_deref())
            }
            Request::GetPolicy { function } => self.policy(now, &function),
            Request::CreateFunctionUrlConfig(change) => self.create_url(now, change),
            Request::UpdateFunctionUrlConfig(change) => self.update_url(now, change),
            Request::GetFunctionUrlConfig { function } => self.url_config(&function),
            Request::ListFunctionUrlConfigs { function } => self.list_urls(&function),
            Request::DeleteFunctionUrlConfig { function } => self.delete_url(&function),
            Request::TagResource { resource, tags } => self.tag(&resource, tags),
            Request::UntagResource { resource, keys } => self.untag(&resource, &keys),
            Request::ListTags { resource } => self.list_tags(&resource),
            _ => Err(ApiError::not_modelled("this Lambda action")),
        }
    }

    /// All functions, by name.
    pub fn functions(&self, now: Timestamp) -> Vec<FunctionDescription> {
        self.functions.values().map(|function| self.describe(now, function)).collect()
    }

    /// All event source mappings, in the order of their creation.
    pub fn mappings(&self, now: Timestamp) -> Vec<MappingDescription> {
        self.mappings.iter().map(|mapping| mapping.describe(now, &self.site)).collect()
    }

    fn describe(&self, now: Timestamp, function: &function::Function) -> FunctionDescription {
        let queued = self.events.values().filter(|event| event.function == function.name).count();
        function.describe(now, self.executions(&function.name), queued)
    }

    fn described(&self, now: Timestamp, text: &str) -> Result<FunctionDescription, ApiError> {
        Ok(self.describe(now, self.function(text)?))
    }

    /// The function that a `FunctionName` parameter names.
    pub(super) fn function(&self, text: &str) -> Result<&function::Function, ApiError> {
        let name = name::name_of(text, &self.site)?;
        self.functions.get(name).ok_or_else(|| self.no_function(name))
    }

    fn function_mut(&mut self, text: &str) -> Result<&mut function::Function, ApiError> {
        let name = self.function(text)?.name.clone();
        let missing = self.no_function(&name);
        self.functions.get_mut(&name).ok_or(missing)
    }

    pub(super) fn no_function(&self, name: &str) -> ApiError {
        let arn = self.site.arn("lambda", &format!("function:{name}"));
        not_found(format!("Function not found: {arn}"))
    }

    /// Two new revision ids: that of a change, and the one once it is through.
    fn revisions(&mut self) -> (String, String) {
        (self.ids.uuid(), self.ids.uuid())
    }
}

fn recursive_loop(function: &function::Function) -> &'static str {
    if function.allows_recursion { "Allow" } else { "Terminate" }
}

/// One page of a list, and the marker of the next; a marker is the key of the last element before.
fn paged<T>(
    all: Vec<T>,
    page: &Page,
    page_max: usize,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let items_max = in_range(page.items_max.unwrap_or(10_000), "maxItems", 1, 10_000)?;
    let items_max = usize::try_from(items_max).unwrap_or(page_max).min(page_max);
    let start = match &page.marker {
        None => 0,
        Some(marker) => match all.iter().position(|element| key(element) == *marker) {
            Some(position) => position + 1,
            None => return Err(no_resource()),
        },
    };
    let more = all.len() > start + items_max;
    let elements: Vec<T> = all.into_iter().skip(start).take(items_max).collect();
    let next = if more { elements.last().map(key) } else { None };
    Ok((elements, next))
}
