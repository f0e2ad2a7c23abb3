//! Reserved concurrency.

use crate::ApiError;
use crate::lambda::api::Response;
use crate::lambda::refusals::{in_range, invalid};
use crate::lambda::{Lambda, name};

/// Concurrency that no function may reserve.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
const UNRESERVED_MIN: i64 = 100;

impl Lambda {
    /// Reserves concurrency; 100 executions must stay unreserved, and what the function had reserved before counts as
    /// free.
    ///
    /// Source: LocalStack's AWS-validated test `TestLambdaReservedConcurrency::test_function_concurrency_exceptions`
    pub(super) fn reserve(&mut self, text: &str, reserved: i64) -> Result<Response, ApiError> {
        name::unqualified(text)?;
        let name = name::name_of(text, &self.site)?;
        let Some(function) = self.functions.get(name) else {
            let arn = self.site.arn("lambda", &format!("function:{name}:$LATEST"));
            return Err(crate::lambda::refusals::not_found(format!("Function not found: {arn}")));
        };
        in_range(reserved, "reservedConcurrentExecutions", 0, i64::from(i32::MAX))?;
        let free = i64::from(self.unreserved()) + i64::from(function.reserved.unwrap_or(0));
        if free - reserved < UNRESERVED_MIN {
            return Err(invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
                 below its minimum value of [{UNRESERVED_MIN}]."
            )));
        }
        let reserved = u32::try_from(reserved).unwrap_or(0);
        self.function_mut(text)?.reserved = Some(reserved);
        Ok(Response::Concurrency(Some(reserved)))
    }

    pub(super) fn unreserve(&mut self, text: &str) -> Result<Response, ApiError> {
        name::unqualified(text)?;
        self.function_mut(text)?.reserved = None;
        Ok(Response::Empty)
    }
}
