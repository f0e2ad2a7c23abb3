//! Statements of a function's resource policy.

/// What `AddPermission` adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddPermission {
    /// The function.
    pub function: String,
    /// `StatementId`.
    pub statement_id: String,
    /// `Action`, such as `lambda:InvokeFunction`.
    pub action: String,
    /// `Principal`, such as `sns.amazonaws.com`.
    pub principal: String,
    /// `SourceArn`, which may hold `*`.
    pub source_arn: Option<String>,
    /// `SourceAccount`.
    pub source_account: Option<String>,
    /// `PrincipalOrgID`.
    pub principal_org_id: Option<String>,
    /// `EventSourceToken`.
    pub event_source_token: Option<String>,
    /// `FunctionUrlAuthType`.
    pub function_url_auth_type: Option<String>,
    /// `RevisionId`, when the statement is only to be added to this revision.
    pub revision: Option<String>,
}
