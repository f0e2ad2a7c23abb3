//! EventBridge Scheduler: schedules in their time zones, and groups of them.
//!
//! Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>

use super::EventBridge;
use super::answers::Response;
use super::api::Request;
use crate::{ApiError, Timestamp};

mod answers;
mod api;
mod check;
mod groups;
mod record;
mod request;
mod schedules;
mod universal;

pub use answers::{
    CreatedSchedule, CreatedScheduleGroup, ListedSchedule, ListedScheduleGroups, ListedSchedules, ListedTarget,
    ScheduleDescription, ScheduleGroupDescription,
};
pub use api::{
    CreateSchedule, CreateScheduleGroup, EventBridgeParameters, FlexibleTimeWindow, ListScheduleGroups, ListSchedules,
    NamedSchedule, NamedScheduleGroup, ScheduleTarget,
};

pub(super) use groups::{DEFAULT_GROUP, Group};
pub(super) use record::Schedule;
pub(super) use request::error_code;

impl EventBridge {
    /// Answers a call of EventBridge Scheduler.
    pub(super) fn call_scheduler(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::CreateSchedule(request) => self.create_schedule(now, *request),
            Request::UpdateSchedule(request) => self.update_schedule(now, *request),
            Request::GetSchedule(named) => self.get_schedule(&named),
            Request::DeleteSchedule(named) => self.delete_schedule(&named),
            Request::ListSchedules(list) => self.list_schedules(&list),
            Request::CreateScheduleGroup(request) => self.create_group(now, request),
            Request::GetScheduleGroup(named) => self.get_group(&named),
            Request::DeleteScheduleGroup(named) => self.delete_group(&named),
            Request::ListScheduleGroups(list) => self.list_groups(&list),
            Request::TagScheduleGroup(request) => self.tag_group(now, request),
            Request::UntagScheduleGroup(request) => self.untag_group(now, &request),
            Request::ListScheduleGroupTags(list) => self.group_tags(&list.resource),
            _ => Err(ApiError::not_modelled("this action of EventBridge")),
        }
    }
}

/// `ConflictException`, with HTTP status 409.
fn conflict(message: String) -> ApiError {
    ApiError::sender("ConflictException", message).with_status(409)
}

/// `ResourceNotFoundException`, which EventBridge Scheduler answers with HTTP status 404.
fn not_found(message: String) -> ApiError {
    ApiError::sender("ResourceNotFoundException", message).with_status(404)
}
