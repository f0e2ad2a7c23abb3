//! Resource policies of functions.

use crate::lambda::Lambda;
use crate::lambda::api::{AddPermission, Response};
use crate::lambda::name::is_word;
use crate::lambda::refusals::{check_revision, constraint, no_resource, not_found};
use crate::{ApiError, Timestamp};

impl Lambda {
    /// Adds a statement to a function's resource policy; the answer is the statement, JSON text.
    pub fn permit(&mut self, now: Timestamp, permission: &AddPermission) -> Result<String, ApiError> {
        check_revision(
            permission.revision.as_deref(),
            self.function(&permission.function)?.revision(now),
            "GetPolicy",
        )?;
        let sid = &permission.statement_id;
        if sid.is_empty() || !sid.bytes().all(is_word) {
            return Err(constraint(sid, "statementId", "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"));
        }
        let revision = self.ids.uuid();
        let function = self.function_mut(&permission.function)?;
        let statement = function.permit(permission)?;
        function.revise(revision);
        Ok(statement.to_string())
    }

    /// Source: LocalStack's AWS-validated test `TestLambdaPermissions::test_remove_multi_permissions`
    pub(super) fn forbid(
        &mut self,
        now: Timestamp,
        text: &str,
        sid: &str,
        revision: Option<&str>,
    ) -> Result<Response, ApiError> {
        let function = match self.function(text) {
            Err(error) if error.status == 404 => {
                return Err(not_found(error.message.replace("Function not found:", "No policy found for:")));
            }
            function => function?,
        };
        check_revision(revision, function.revision(now), "GetFunction/GetAlias")?;
        let revision = self.ids.uuid();
        let function = self.function_mut(text)?;
        function.forbid(sid)?;
        function.revise(revision);
        Ok(Response::Empty)
    }

    pub(super) fn policy(&self, now: Timestamp, text: &str) -> Result<Response, ApiError> {
        let function = self.function(text)?;
        if !function.has_policy() {
            return Err(no_resource());
        }
        Ok(Response::Policy { policy: function.policy().to_string(), revision: function.revision(now).to_owned() })
    }
}
