//! The actions on schedules, and the running itself.

use super::answers::{CreatedSchedule, ListedSchedules};
use super::api::{CreateSchedule, ListSchedules, NamedSchedule};
use super::groups::DEFAULT_GROUP;
use super::record::Schedule;
use super::{conflict, not_found};
use crate::events::EventBridge;
use crate::events::answers::Response;
use crate::events::constraints::Constraints;
use crate::events::page::Page;
use crate::{ApiError, Timestamp};

impl EventBridge {
    /// A creation that repeats the token of the one that made the schedule answers as that one did.
    pub(super) fn create_schedule(&mut self, now: Timestamp, request: CreateSchedule) -> Result<Response, ApiError> {
        let group = request.group_name.as_deref().unwrap_or(DEFAULT_GROUP);
        self.check_group(group)?;
        let key = (group.to_owned(), request.name.clone());
        if let Some(existing) = self.schedules.get(&key) {
            if existing.was_made_by(request.client_token.as_deref()) {
                return Ok(Response::Schedule(CreatedSchedule { schedule_arn: existing.arn().clone() }));
            }
            return Err(conflict(format!("Schedule {} already exists.", request.name)));
        }
        let schedule = Schedule::create(&self.site, now, request, self.ids.next_u64())?;
        Ok(self.insert_schedule(schedule))
    }

    /// Replaces the whole schedule; what is not there takes its default.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_update_schedule`.
    pub(super) fn update_schedule(&mut self, now: Timestamp, request: CreateSchedule) -> Result<Response, ApiError> {
        let group = request.group_name.as_deref().unwrap_or(DEFAULT_GROUP);
        self.check_group(group)?;
        let key = (group.to_owned(), request.name.clone());
        let existing = self.schedules.get(&key).ok_or_else(|| no_schedule(&request.name))?;
        let mut schedule = Schedule::create(&self.site, now, request, self.ids.next_u64())?;
        schedule.follow(existing);
        Ok(self.insert_schedule(schedule))
    }

    fn insert_schedule(&mut self, schedule: Schedule) -> Response {
        let (key, schedule_arn) = (schedule.key(), schedule.arn().clone());
        let was = self.schedules.get(&key).and_then(Schedule::runs);
        self.due_schedules.shift(&key, was, schedule.runs());
        self.schedules.insert(key, schedule);
        Response::Schedule(CreatedSchedule { schedule_arn })
    }

    pub(super) fn get_schedule(&self, named: &NamedSchedule) -> Result<Response, ApiError> {
        let schedule = self.schedules.get(&self.schedule_key(named)?).ok_or_else(|| no_schedule(&named.name))?;
        Ok(Response::GetSchedule(Box::new(schedule.description())))
    }

    /// Refusal recorded by LocalStack's AWS-validated test `test_delete_schedule_not_found`.
    pub(super) fn delete_schedule(&mut self, named: &NamedSchedule) -> Result<Response, ApiError> {
        let key = self.schedule_key(named)?;
        self.take_schedule(&key).ok_or_else(|| no_schedule(&named.name))?;
        Ok(Response::Done {})
    }

    /// Takes a schedule out.
    pub(super) fn take_schedule(&mut self, key: &(String, String)) -> Option<Schedule> {
        let schedule = self.schedules.remove(key)?;
        self.due_schedules.shift(key, schedule.runs(), None);
        Some(schedule)
    }

    pub(super) fn list_schedules(&self, list: &ListSchedules) -> Result<Response, ApiError> {
        let mut constraints = Constraints::default();
        constraints.one_of("state", list.state.as_deref(), &["ENABLED", "DISABLED"]);
        constraints.check()?;
        if let Some(group) = &list.group_name {
            self.check_group(group)?;
        }
        let (prefix, state) = (list.name_prefix.as_deref().unwrap_or_default(), list.state.as_deref());
        let wanted = self.schedules.iter().filter(|((group, _), schedule)| {
            list.group_name.as_ref().is_none_or(|wanted| group == wanted) && schedule.is_asked(prefix, state)
        });
        // The separator comes before every character of a name, so that this sorts as the two parts of the key do.
        let items = wanted.map(|((group, name), schedule)| (format!("{group}\0{name}"), schedule.listed()));
        let page = Page { limit_name: "maxResults", limit: list.max_results, token: list.next_token.as_deref() };
        let (schedules, next_token) = page.of(items)?;
        Ok(Response::ListSchedules(ListedSchedules { schedules, next_token }))
    }

    /// Runs the schedules that are due.
    pub(in crate::events) fn run_schedules(&mut self, now: Timestamp) {
        while let Some(key) = self.due_schedules.take_due(now) {
            let Some(schedule) = self.schedules.get_mut(&key) else { continue };
            let jobs = schedule.run(now, &self.site, &self.ids.uuid(), self.ids.next_u64());
            self.due_schedules.shift(&key, None, schedule.runs());
            if schedule.is_over() {
                self.schedules.remove(&key);
            }
            for (job, failure) in jobs {
                self.start(now, job, failure);
            }
        }
    }

    fn schedule_key(&self, named: &NamedSchedule) -> Result<(String, String), ApiError> {
        let group = named.group_name.as_deref().unwrap_or(DEFAULT_GROUP);
        self.check_group(group)?;
        Ok((group.to_owned(), named.name.clone()))
    }
}

fn no_schedule(name: &str) -> ApiError {
    not_found(format!("Schedule {name} does not exist."))
}
