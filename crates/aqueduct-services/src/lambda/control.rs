//! The calls that change or describe functions and event source mappings.

use aqueduct_topology::{self as topology, Arn};

use super::api::{AddPermission, CreateMapping, MappingChange, Request, Response, UpdateFunction};
use super::mapping::{Mapping, Settings};
use super::{FunctionDescription, Lambda, MappingDescription, function};
use crate::sqs::Sqs;
use crate::{ApiError, Timestamp};

/// Concurrency that no function may reserve.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
const UNRESERVED_MIN: u32 = 100;

impl Lambda {
    /// Answers any call but `Invoke`.
    pub(super) fn control(&mut self, now: Timestamp, request: Request, sqs: &mut Sqs) -> Result<Response, ApiError> {
        match request {
            Request::Invoke(_) => Err(ApiError::not_modelled("an invocation without a caller")),
            Request::ListFunctions => Ok(Response::Functions(self.functions())),
            Request::GetFunction { function } => Ok(Response::Function(Box::new(self.described(&function)?))),
            Request::GetFunctionConfiguration { function } => {
                Ok(Response::Configuration(Box::new(self.described(&function)?)))
            }
            Request::UpdateFunctionConfiguration(update) => self.update_function(now, update),
            Request::PutFunctionConcurrency { function, reserved } => self.reserve(&function, Some(reserved)),
            Request::GetFunctionConcurrency { function } => {
                Ok(Response::Concurrency(self.function(&function)?.reserved))
            }
            Request::DeleteFunctionConcurrency { function } => self.reserve(&function, None),
            Request::CreateEventSourceMapping(create) => self.create_mapping(now, &create, sqs),
            Request::GetEventSourceMapping { uuid } => Ok(Response::Mapping(Box::new(self.mapping(&uuid)?.describe()))),
            Request::ListEventSourceMappings { function, source } => self.list_mappings(function, source.as_ref()),
            Request::UpdateEventSourceMapping { uuid, change } => self.update_mapping(now, &uuid, change, sqs),
            Request::DeleteEventSourceMapping { uuid } => self.delete_mapping(&uuid),
            Request::AddPermission(permission) => self.add_permission(&permission).map(Response::Statement),
            Request::RemovePermission { function, statement_id } => {
                self.function_mut(&function)?.forbid(&statement_id)?;
                Ok(Response::Empty)
            }
            Request::GetPolicy { function } => self.policy(&function),
            Request::GetFunctionUrlConfig { function } => self.url_config(&function),
        }
    }

    /// All functions, by name.
    pub fn functions(&self) -> Vec<FunctionDescription> {
        self.functions.values().map(|function| function.describe(self.queued(&function.name))).collect()
    }

    /// All event source mappings, in the order of their creation.
    pub fn mappings(&self) -> Vec<MappingDescription> {
        self.mappings.iter().map(Mapping::describe).collect()
    }

    /// Creates the mapping that a template describes.
    pub fn map(&mut self, now: Timestamp, mapping: &topology::Mapping, sqs: &Sqs) -> Result<(), ApiError> {
        let settings = Settings::from(mapping);
        self.add_mapping(now, Some(mapping.id.clone()), mapping.function.as_str(), &mapping.queue, settings, sqs)?;
        Ok(())
    }

    /// Adds a statement to a function's resource policy; the answer is the statement, JSON text.
    pub fn add_permission(&mut self, permission: &AddPermission) -> Result<String, ApiError> {
        Ok(self.function_mut(&permission.function)?.permit(permission)?.to_string())
    }

    /// Says where the driver serves a function's URL.
    pub fn set_url(&mut self, function: &str, url: String) -> Result<(), ApiError> {
        self.function_mut(function)?.url_address = Some(url);
        Ok(())
    }

    fn queued(&self, name: &str) -> usize {
        self.events.values().filter(|event| event.function == name).count()
    }

    fn described(&self, text: &str) -> Result<FunctionDescription, ApiError> {
        let function = self.function(text)?;
        Ok(function.describe(self.queued(&function.name)))
    }

    fn function_mut(&mut self, text: &str) -> Result<&mut function::Function, ApiError> {
        let name = self.function(text)?.name.clone();
        let missing = self.no_function(&name);
        self.functions.get_mut(&name).ok_or(missing)
    }

    fn update_function(&mut self, now: Timestamp, update: UpdateFunction) -> Result<Response, ApiError> {
        if update.timeout.is_some_and(|timeout| !(1..=900).contains(&timeout)) {
            return Err(invalid("Timeout must be between 1 and 900 seconds"));
        }
        let function = self.function_mut(&update.function)?;
        function.timeout =
            update.timeout.map_or(function.timeout, |seconds| std::time::Duration::from_secs(seconds.into()));
        function.memory_mb = update.memory_mb.unwrap_or(function.memory_mb);
        if let Some(environment) = update.environment {
            function.environment = environment;
        }
        function.touch(now);
        Ok(Response::Configuration(Box::new(self.described(&update.function)?)))
    }

    /// Reserves concurrency, or gives it back; 100 executions must stay unreserved.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html>
    fn reserve(&mut self, text: &str, reserved: Option<u32>) -> Result<Response, ApiError> {
        let others = self.unreserved() + self.function(text)?.reserved.unwrap_or(0);
        if reserved.is_some_and(|reserved| reserved > 0 && others < reserved + UNRESERVED_MIN) {
            return Err(invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
                 below its minimum value of [{UNRESERVED_MIN}]."
            )));
        }
        self.function_mut(text)?.reserved = reserved;
        Ok(if reserved.is_some() { Response::Concurrency(reserved) } else { Response::Empty })
    }

    fn policy(&self, text: &str) -> Result<Response, ApiError> {
        let function = self.function(text)?;
        if function.has_policy() {
            return Ok(Response::Policy(function.policy().to_string()));
        }
        Err(ApiError::sender("ResourceNotFoundException", "The resource you requested does not exist.")
            .with_status(404))
    }

    /// Where the driver says that it serves the URL, or a path of the endpoint.
    fn url_config(&self, text: &str) -> Result<Response, ApiError> {
        let function = self.function(text)?;
        let url = match &function.url_address {
            Some(address) => address.clone(),
            None => format!("{}/lambda-url/{}/", self.site.endpoint, function.name),
        };
        function.describe_url(url).map(Response::Url).ok_or_else(|| {
            ApiError::sender("ResourceNotFoundException", "The resource you requested does not exist.").with_status(404)
        })
    }

    fn create_mapping(&mut self, now: Timestamp, create: &CreateMapping, sqs: &Sqs) -> Result<Response, ApiError> {
        let settings = Settings::from(create);
        let made = self.add_mapping(now, None, &create.function, &create.source, settings, sqs)?;
        Ok(Response::MappingAccepted(Box::new(made)))
    }

    fn add_mapping(
        &mut self,
        now: Timestamp,
        id: Option<String>,
        function: &str,
        queue: &Arn,
        settings: Settings,
        sqs: &Sqs,
    ) -> Result<MappingDescription, ApiError> {
        let function = self.function(function)?;
        let (name, arn, timeout) = (function.name.clone(), function.arn.clone(), function.timeout);
        if let Some(existing) =
            self.mappings.iter().find(|existing| existing.queue == *queue && existing.function == name)
        {
            return Err(ApiError::sender(
                "ResourceConflictException",
                format!(
                    "An event source mapping with SQS arn (\" {queue} \") and function (\" {name} \") already exists. \
                     Please update or delete the existing mapping with UUID {}",
                    existing.uuid
                ),
            )
            .with_status(409));
        }
        let patterns = settings.check(is_fifo(queue), visibility_timeout(sqs, queue)?, timeout)?;
        let uuid = self.ids.uuid();
        let names = (id.unwrap_or_else(|| uuid.clone()), uuid);
        let mapping = Mapping::new(now, names, queue.clone(), (name, arn), settings, patterns);
        let description = mapping.describe();
        self.mappings.push(mapping);
        Ok(description)
    }

    fn list_mappings(&self, function: Option<String>, source: Option<&Arn>) -> Result<Response, ApiError> {
        let name = function.map(|text| function::name_of(&text).map(str::to_owned)).transpose()?;
        let wanted = |mapping: &&Mapping| {
            name.as_ref().is_none_or(|name| mapping.function == *name)
                && source.is_none_or(|source| mapping.queue == *source)
        };
        Ok(Response::Mappings(self.mappings.iter().filter(wanted).map(Mapping::describe).collect()))
    }

    fn update_mapping(
        &mut self,
        now: Timestamp,
        uuid: &str,
        change: MappingChange,
        sqs: &Sqs,
    ) -> Result<Response, ApiError> {
        let mapping = self.mapping(uuid)?;
        let settings = mapping.settings.changed(change);
        let timeout = self.function(&mapping.function)?.timeout;
        let patterns = settings.check(mapping.is_fifo(), visibility_timeout(sqs, &mapping.queue)?, timeout)?;
        let mapping = self.mapping_mut(uuid)?;
        mapping.settings = settings;
        mapping.patterns = patterns;
        mapping.modified = now;
        Ok(Response::MappingAccepted(Box::new(mapping.describe())))
    }

    /// Batches under way end as if the mapping were still there.
    fn delete_mapping(&mut self, uuid: &str) -> Result<Response, ApiError> {
        let mapping = self.mapping_mut(uuid)?;
        mapping.deleted = true;
        Ok(Response::MappingAccepted(Box::new(mapping.describe())))
    }

    fn mapping(&self, uuid: &str) -> Result<&Mapping, ApiError> {
        self.mappings.iter().find(|mapping| mapping.uuid == uuid).ok_or_else(no_mapping)
    }

    fn mapping_mut(&mut self, uuid: &str) -> Result<&mut Mapping, ApiError> {
        self.mappings.iter_mut().find(|mapping| mapping.uuid == uuid).ok_or_else(no_mapping)
    }
}

fn no_mapping() -> ApiError {
    ApiError::sender("ResourceNotFoundException", "The resource you requested does not exist.").with_status(404)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::sender("InvalidParameterValueException", message)
}

fn is_fifo(queue: &Arn) -> bool {
    queue.name().ends_with(".fifo")
}

/// The queue's visibility timeout; a mapping's queue must be there.
///
/// Source: LocalStack's AWS-validated test `test_esm_with_not_existing_sqs_queue`
fn visibility_timeout(sqs: &Sqs, queue: &Arn) -> Result<std::time::Duration, ApiError> {
    if queue.service() != "sqs" {
        return Err(ApiError::not_modelled("event sources other than SQS queues"));
    }
    sqs.visibility_timeout(queue).ok_or_else(|| {
        invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. \
             SQS Error Message: The specified queue does not exist.",
        )
    })
}
