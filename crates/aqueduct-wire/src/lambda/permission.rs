//! Statements of a function's resource policy.

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{AddPermission, Request};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{refuse_others, required};
use crate::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Permission {
    statement_id: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    source_arn: Option<String>,
    source_account: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    event_source_token: Option<String>,
    function_url_auth_type: Option<String>,
    revision_id: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

pub(super) fn add(function: String, body: &Bytes) -> Result<Request, ApiError> {
    let input: Permission = json::read(body)?;
    refuse_others(&input.others, "AddPermission")?;
    Ok(Request::AddPermission(AddPermission {
        function,
        statement_id: required(input.statement_id, "statementId")?,
        action: required(input.action, "action")?,
        principal: required(input.principal, "principal")?,
        source_arn: input.source_arn,
        source_account: input.source_account,
        principal_org_id: input.principal_org_id,
        event_source_token: input.event_source_token,
        function_url_auth_type: input.function_url_auth_type,
        revision: input.revision_id,
    }))
}
