//! Event source mappings made, changed and deleted at run time.
//!
//! Source: LocalStack's AWS-validated tests `TestLambdaEventSourceMappings::test_event_source_mapping_lifecycle`,
//! `…test_event_source_mapping_exceptions` and `TestSQSEventSourceMapping::test_duplicate_event_source_mappings`

use aqueduct_topology::{self as topology, Arn};

use super::{MAPPINGS_PAGE, paged};
use crate::lambda::api::{CreateMapping, MappingChange, Page, Response};
use crate::lambda::mapping::{Mapping, Names, Settings, Transition};
use crate::lambda::refusals::{conflict, invalid, no_resource};
use crate::lambda::{Lambda, MappingDescription, name};
use crate::sqs::Sqs;
use crate::{ApiError, Timestamp};

impl Lambda {
    /// Creates the mapping that a template describes, which polls at once, or brings the one that is there to it.
    pub fn map(&mut self, now: Timestamp, mapping: &topology::Mapping, sqs: &Sqs) -> Result<(), ApiError> {
        let settings = Settings::from(mapping);
        let there = self.mappings.iter().position(|there| {
            there.id == mapping.id && there.queue == mapping.queue && there.function_arn == mapping.function
        });
        if let Some(index) = there {
            let function = self.function(mapping.function.as_str())?;
            let visibility_timeout = visibility_timeout(sqs, &mapping.queue)?;
            let patterns = settings.check(is_fifo(&mapping.queue), visibility_timeout, function.settings.timeout)?;
            let there = &mut self.mappings[index];
            (there.settings, there.patterns) = (settings, patterns);
            let uuid = there.uuid.clone();
            self.record_mapping(&uuid);
            return Ok(());
        }
        let made = self.add_mapping(now, mapping.function.as_str(), &mapping.queue, settings, sqs)?;
        made.id.clone_from(&mapping.id);
        let uuid = made.uuid.clone();
        self.record_mapping(&uuid);
        Ok(())
    }

    pub(super) fn create_mapping(
        &mut self,
        now: Timestamp,
        create: CreateMapping,
        sqs: &Sqs,
    ) -> Result<Response, ApiError> {
        super::tags::check(&create.tags, 0)?;
        let settings = Settings::default().changed(create.settings)?;
        let enabled = settings.enabled;
        let made = self.add_mapping(now, &create.function, &create.source, settings, sqs)?;
        made.tags = create.tags;
        if enabled {
            made.begin(now, Transition::Creating);
        }
        let uuid = made.uuid.clone();
        self.accepted(now, &uuid)
    }

    fn add_mapping(
        &mut self,
        now: Timestamp,
        function: &str,
        queue: &Arn,
        settings: Settings,
        sqs: &Sqs,
    ) -> Result<&mut Mapping, ApiError> {
        let visibility_timeout = visibility_timeout(sqs, queue)?;
        let name = name::name_of(function, &self.site)?;
        let function = self.functions.get(name).ok_or_else(|| invalid("Function does not exist"))?;
        let (name, arn) = (function.name.clone(), function.arn.clone());
        let patterns = settings.check(is_fifo(queue), visibility_timeout, function.settings.timeout)?;
        self.check_unique(queue, &name, None)?;
        let uuid = self.ids.uuid();
        self.last_mapping += 1;
        let names = Names { id: uuid.clone(), uuid, place: self.last_mapping };
        self.mappings.push(Mapping::new(now, names, queue.clone(), (name, arn), settings, patterns));
        self.mappings.last_mut().ok_or_else(no_resource)
    }

    /// One mapping for each pair of queue and function.
    fn check_unique(&self, queue: &Arn, function: &str, but: Option<&str>) -> Result<(), ApiError> {
        let twin = self.mappings.iter().find(|mapping| {
            mapping.queue == *queue
                && mapping.function == function
                && !mapping.deleted
                && but.is_none_or(|uuid| mapping.uuid != uuid)
        });
        let Some(twin) = twin else { return Ok(()) };
        Err(conflict(format!(
            "An event source mapping with SQS arn (\" {queue} \") and function (\" {function} \") already exists. Please \
             update or delete the existing mapping with UUID {}",
            twin.uuid
        )))
    }

    pub(super) fn list_mappings(
        &self,
        now: Timestamp,
        function: Option<String>,
        source: Option<&Arn>,
        page: &Page,
    ) -> Result<Response, ApiError> {
        let name = function.map(|text| name::name_of(&text, &self.site).map(str::to_owned)).transpose()?;
        let wanted = |mapping: &&Mapping| {
            name.as_ref().is_none_or(|name| mapping.function == *name)
                && source.is_none_or(|source| mapping.queue == *source)
        };
        let wanted: Vec<MappingDescription> =
            self.mappings.iter().filter(wanted).map(|mapping| mapping.describe(now, &self.site)).collect();
        let (mappings, next) = paged(wanted, page, MAPPINGS_PAGE, |mapping| mapping.uuid.clone())?;
        Ok(Response::Mappings { mappings, next })
    }

    pub(super) fn update_mapping(
        &mut self,
        now: Timestamp,
        uuid: &str,
        mut change: MappingChange,
        sqs: &Sqs,
    ) -> Result<Response, ApiError> {
        let mapping = self.mapping(uuid)?;
        if mapping.is_changing(now) {
            return Err(in_use("update"));
        }
        let function = match change.function.take() {
            Some(text) => name::name_of(&text, &self.site)?.to_owned(),
            None => mapping.function.clone(),
        };
        let settings = mapping.settings.clone().changed(change)?;
        let function = self.functions.get(&function).ok_or_else(|| invalid("Function does not exist"))?;
        let visibility_timeout = visibility_timeout(sqs, &mapping.queue)?;
        let patterns = settings.check(mapping.is_fifo(), visibility_timeout, function.settings.timeout)?;
        let (name, arn) = (function.name.clone(), function.arn.clone());
        self.check_unique(&mapping.queue, &name, Some(uuid))?;
        let mapping = self.mapping_mut(uuid)?;
        let transition = match (mapping.settings.enabled, settings.enabled) {
            (false, true) => Transition::Enabling,
            (true, false) => Transition::Disabling,
            _ => Transition::Updating,
        };
        mapping.settings = settings;
        mapping.patterns = patterns;
        (mapping.function, mapping.function_arn) = (name, arn);
        mapping.begin(now, transition);
        self.accepted(now, uuid)
    }

    /// Batches under way end as if the mapping were still there.
    pub(super) fn delete_mapping(&mut self, now: Timestamp, uuid: &str) -> Result<Response, ApiError> {
        if self.mapping(uuid)?.is_changing(now) {
            return Err(in_use("delete"));
        }
        let mapping = self.mapping_mut(uuid)?;
        mapping.deleted = true;
        mapping.begin(now, Transition::Deleting);
        self.accepted(now, uuid)
    }

    fn accepted(&mut self, now: Timestamp, uuid: &str) -> Result<Response, ApiError> {
        self.record_mapping(uuid);
        Ok(Response::MappingAccepted(Box::new(self.mapping(uuid)?.describe(now, &self.site))))
    }

    /// Keeps a mapping as it is now; what it has in hand is not kept, since the queue keeps that.
    pub(super) fn record_mapping(&mut self, uuid: &str) {
        let record = self.mapping(uuid).ok().filter(|mapping| !mapping.deleted).map(Mapping::record);
        match record {
            Some(record) => drop(self.mapping_records.insert(uuid.to_owned(), record)),
            None => drop(self.mapping_records.remove(uuid)),
        }
    }

    pub(super) fn mapping(&self, uuid: &str) -> Result<&Mapping, ApiError> {
        self.mappings.iter().find(|mapping| mapping.uuid == uuid).ok_or_else(no_resource)
    }

    pub(super) fn mapping_mut(&mut self, uuid: &str) -> Result<&mut Mapping, ApiError> {
        self.mappings.iter_mut().find(|mapping| mapping.uuid == uuid).ok_or_else(no_resource)
    }
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html>
fn in_use(what: &str) -> ApiError {
    ApiError::sender("ResourceInUseException", format!("Cannot {what} the event source mapping because it is in use."))
}

fn is_fifo(queue: &Arn) -> bool {
    queue.name().ends_with(".fifo")
}

/// The queue's visibility timeout; a mapping's queue must be there.
///
/// Source: LocalStack's AWS-validated test `test_esm_with_not_existing_sqs_queue`
fn visibility_timeout(sqs: &Sqs, queue: &Arn) -> Result<std::time::Duration, ApiError> {
    match queue.service() {
        "sqs" => {}
        "" => return Err(invalid("Unrecognized event source.")),
        _ => return Err(ApiError::not_modelled("event sources other than SQS queues")),
    }
    sqs.visibility_timeout(queue).ok_or_else(|| {
        invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. \
             SQS Error Message: The specified queue does not exist.",
        )
    })
}
