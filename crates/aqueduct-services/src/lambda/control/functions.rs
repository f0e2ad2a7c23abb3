//! Functions made, changed and deleted at run time.

use super::{FUNCTIONS_PAGE, checks, paged};
use crate::lambda::api::{
    AccountSettings, CodeSource, CreateFunction, Page, Progress, Response, UpdateCode, UpdateFunction,
};
use crate::lambda::code::Code;
use crate::lambda::function::{Function, Settings};
use crate::lambda::refusals::{check_revision, conflict, invalid, one_of};
use crate::lambda::{Deployment, Lambda, Rollout, name};
use crate::{ApiError, Timestamp};

impl Lambda {
    /// Source: LocalStack's AWS-validated tests `TestLambdaFunction::test_function_lifecycle` and
    /// `…test_create_lambda_exceptions`
    pub(super) fn create_function(&mut self, now: Timestamp, create: CreateFunction) -> Result<Response, ApiError> {
        if let Some(architectures) = &create.architectures {
            checks::check_architectures(architectures)?;
        }
        let package_type = create.package_type.as_deref().unwrap_or("Zip");
        one_of(package_type, "packageType", &["Image", "Zip"])?;
        if package_type == "Image" || matches!(create.code, CodeSource::Image(_)) {
            return Err(ApiError::not_modelled("functions from container images"));
        }
        if create.settings.runtime.is_none() || create.settings.handler.is_none() {
            return Err(invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        let name = name::new_name(&create.name, &self.site)?.to_owned();
        let mut settings = Settings::new(&name).changed(create.settings)?;
        settings.architectures = create.architectures.unwrap_or(settings.architectures);
        if self.functions.contains_key(&name) {
            return Err(conflict(format!("Function already exist: {name}")));
        }
        let code = Code::read(create.code)?;
        let arn = self.site.arn("lambda", &format!("function:{name}"));
        let mut function = Function::new(now, arn, settings, self.revisions());
        super::tags::check(&create.tags, 0)?;
        function.tags = create.tags;
        function.code = Some(code.clone());
        self.codes.insert(name.clone(), code);
        self.out.rollouts.push(Rollout::Deploy(Box::new(Deployment::of(&function))));
        self.functions.insert(name.clone(), function);
        Ok(Response::FunctionCreated(Box::new(self.described(now, &name)?)))
    }

    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
    pub(super) fn list_functions(&self, now: Timestamp, page: &Page) -> Result<Response, ApiError> {
        let (functions, next) = paged(self.functions(now), page, FUNCTIONS_PAGE, |function| function.name.clone())?;
        Ok(Response::Functions { functions, next })
    }

    /// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_redundant_updates`
    pub(super) fn update_function(&mut self, now: Timestamp, mut update: UpdateFunction) -> Result<Response, ApiError> {
        let name = self.changeable(now, &update.function, update.revision.as_deref())?;
        update.function.clone_from(&name);
        let settings = self.function(&name)?.settings.changed(update)?;
        let revisions = self.revisions();
        let function = self.function_mut(&name)?;
        let reruns = function.settings != settings;
        function.settings = settings;
        function.touch(now, revisions);
        if reruns {
            self.roll_out(&name);
        }
        Ok(Response::Configuration(Box::new(self.described(now, &name)?)))
    }

    /// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_lambda_code_location_zipfile`
    pub(super) fn update_code(&mut self, now: Timestamp, update: UpdateCode) -> Result<Response, ApiError> {
        if let Some(architectures) = &update.architectures {
            checks::check_architectures(architectures)?;
        }
        let name = self.changeable(now, &update.function, update.revision.as_deref())?;
        if matches!(update.code, CodeSource::Image(_)) {
            return Err(invalid("Please don't provide ImageUri when updating a function with packageType Zip."));
        }
        let code = Code::read(update.code)?;
        if update.dry_run {
            return Ok(Response::Configuration(Box::new(self.described(now, &name)?)));
        }
        let revisions = self.revisions();
        let function = self.function_mut(&name)?;
        function.code = Some(code.clone());
        if let Some(architectures) = update.architectures {
            function.settings.architectures = architectures;
        }
        function.touch(now, revisions);
        self.codes.insert(name.clone(), code);
        self.roll_out(&name);
        Ok(Response::Configuration(Box::new(self.described(now, &name)?)))
    }

    /// Events that wait are gone with their function; executions under way end as they will.
    pub(super) fn delete_function(&mut self, now: Timestamp, text: &str) -> Result<Response, ApiError> {
        let name = self.function(text)?.name.clone();
        self.functions.remove(&name);
        self.codes.remove(&name);
        self.out.rollouts.push(Rollout::Remove(name.clone()));
        let waiting: Vec<u64> = {
            let of_function = self.due.iter().map(|(_, sequence)| *sequence);
            of_function
                .filter(|sequence| self.events.get(sequence).is_some_and(|event| event.function == name))
                .collect()
        };
        for sequence in waiting {
            self.lose_event(now, sequence);
        }
        Ok(Response::Empty)
    }

    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>
    pub(super) fn account_settings(&self) -> AccountSettings {
        AccountSettings {
            concurrency_max: self.concurrency_max,
            unreserved: self.unreserved(),
            code_bytes: self.functions.values().map(Function::code_bytes).sum(),
            functions: self.functions.len(),
        }
    }

    pub(super) fn set_recursion(&mut self, text: &str, recursive_loop: &str) -> Result<Response, ApiError> {
        self.function(text)?;
        one_of(recursive_loop, "recursiveLoop", &["Terminate", "Allow"])?;
        let function = self.function_mut(text)?;
        function.allows_recursion = recursive_loop == "Allow";
        Ok(Response::RecursiveLoop(super::recursive_loop(function)))
    }

    /// The name of a function that can be changed now.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
    fn changeable(&self, now: Timestamp, text: &str, revision: Option<&str>) -> Result<String, ApiError> {
        let function = self.function(text)?;
        check_revision(revision, function.revision(now), "GetFunction/GetAlias")?;
        match function.progress(now) {
            Progress::Done => Ok(function.name.clone()),
            Progress::Creating => Err(in_state("Pending")),
            Progress::Updating => Err(conflict(format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {}",
                function.arn
            ))),
        }
    }

    /// Tells the driver how the function is to be run from now on.
    fn roll_out(&mut self, name: &str) {
        if let Some(function) = self.functions.get(name) {
            self.out.rollouts.push(Rollout::Deploy(Box::new(Deployment::of(function))));
        }
    }
}

/// What a function that is not active answers.
pub(in crate::lambda) fn in_state(state: &str) -> ApiError {
    conflict(format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    ))
}
