//! Settings of asynchronous invocations.
//!
//! Source: LocalStack's AWS-validated tests `TestLambdaEventInvokeConfig::test_lambda_eventinvokeconfig_lifecycle` and
//! `…test_lambda_eventinvokeconfig_exceptions`

use std::time::Duration;

use aqueduct_topology::Arn;

use crate::lambda::Lambda;
use crate::lambda::api::{EventInvokeChange, Response};
use crate::lambda::function::{EventInvoke, Function};
use crate::lambda::refusals::{constraint, in_range, invalid, not_found};
use crate::{ApiError, Timestamp};

/// The pattern of a destination, as refusals quote it.
const DESTINATION_PATTERN: &str = r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

impl Lambda {
    pub(super) fn put_event_invoke(&mut self, now: Timestamp, change: EventInvokeChange) -> Result<Response, ApiError> {
        let nothing =
            EventInvoke { retries_max: None, age_max: None, on_success: None, on_failure: None, modified: now };
        self.set_event_invoke(now, change, Some(nothing))
    }

    pub(super) fn update_event_invoke(
        &mut self,
        now: Timestamp,
        change: EventInvokeChange,
    ) -> Result<Response, ApiError> {
        self.set_event_invoke(now, change, None)
    }

    /// Changes `base`, or what is set already.
    fn set_event_invoke(
        &mut self,
        now: Timestamp,
        change: EventInvokeChange,
        base: Option<EventInvoke>,
    ) -> Result<Response, ApiError> {
        if change.retries_max.is_none() && change.age_max.is_none() && change.destinations.is_none() {
            return Err(invalid("You must specify at least one of error handling or destination setting."));
        }
        let retries_max =
            change.retries_max.map(|retries| in_range(retries, "maximumRetryAttempts", 0, 2)).transpose()?;
        let age_max = change.age_max.map(|age| in_range(age, "maximumEventAgeInSeconds", 60, 21_600)).transpose()?;
        let function = self.function(&change.function).map_err(|error| match error.status {
            404 => not_found("The function doesn't exist."),
            _ => error,
        })?;
        let (name, arn) = (function.name.clone(), function.arn.clone());
        let set = base.or_else(|| function.event_invoke.clone());
        let mut set = set.ok_or_else(|| no_event_invoke(&arn))?;
        if let Some((on_success, on_failure)) = change.destinations {
            self.check_destinations(&name, on_success.as_deref(), on_failure.as_deref())?;
            set.on_success = on_success.filter(|arn| !arn.is_empty()).map(Arn::new);
            set.on_failure = on_failure.filter(|arn| !arn.is_empty()).map(Arn::new);
        }
        set.retries_max = retries_max.and_then(|retries| u32::try_from(retries).ok()).or(set.retries_max);
        set.age_max = age_max.map(|age| Duration::from_secs(age.unsigned_abs())).or(set.age_max);
        set.modified = now;
        self.function_mut(&name)?.event_invoke = Some(set);
        self.get_event_invoke(&name)
    }

    pub(super) fn get_event_invoke(&self, text: &str) -> Result<Response, ApiError> {
        let name = crate::lambda::name::name_of(text, &self.site)?;
        let described = self.functions.get(name).and_then(Function::describe_event_invoke);
        let missing = || no_event_invoke(&self.site.arn("lambda", &format!("function:{name}")));
        described.map(|described| Response::EventInvoke(Box::new(described))).ok_or_else(missing)
    }

    pub(super) fn list_event_invokes(&self, text: &str) -> Result<Response, ApiError> {
        let name = crate::lambda::name::name_of(text, &self.site)?;
        let function = self.functions.get(name).ok_or_else(|| not_found("The function doesn't exist."))?;
        Ok(Response::EventInvokes(function.describe_event_invoke().into_iter().collect()))
    }

    pub(super) fn delete_event_invoke(&mut self, text: &str) -> Result<Response, ApiError> {
        self.get_event_invoke(text)?;
        self.function_mut(text)?.event_invoke = None;
        Ok(Response::Empty)
    }

    /// Queues, topics, buses and other functions; S3 is refused by name.
    fn check_destinations(
        &self,
        function: &str,
        on_success: Option<&str>,
        on_failure: Option<&str>,
    ) -> Result<(), ApiError> {
        let mut is_destination = true;
        for (text, member) in [(on_failure, "onFailure"), (on_success, "onSuccess")] {
            let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
            is_destination &= self.is_destination(text, function, member)?;
        }
        if is_destination {
            return Ok(());
        }
        let part = |name: &str, text: Option<&str>| {
            text.map_or_else(|| "null".to_owned(), |text| format!("{name}(destination={text})"))
        };
        Err(invalid(format!(
            "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
            part("OnSuccess", on_success),
            part("OnFailure", on_failure)
        )))
    }

    fn is_destination(&self, text: &str, function: &str, member: &str) -> Result<bool, ApiError> {
        let arn = Arn::new(text);
        if !text.starts_with("arn:aws") || text.split(':').count() < 6 {
            let member = format!("destinationConfig.{member}.destination");
            return Err(constraint(
                text,
                &member,
                &format!("satisfy regular expression pattern: {DESTINATION_PATTERN}"),
            ));
        }
        match arn.service() {
            "s3" => Err(ApiError::not_modelled("S3 buckets as destinations of failed events")),
            "lambda" if !self.functions.contains_key(arn.name()) => {
                Err(invalid(format!("The destination ARN {text} is invalid.")))
            }
            "lambda" if arn.name() == function => {
                Err(invalid("You can't specify the function as a destination for itself."))
            }
            "sqs" | "sns" | "events" | "lambda" => Ok(true),
            _ => Ok(false),
        }
    }
}

fn no_event_invoke(function: &Arn) -> ApiError {
    not_found(format!("The function {function}:$LATEST doesn't have an EventInvokeConfig"))
}
