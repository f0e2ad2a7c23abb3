//! Function URLs.

use aqueduct_topology::Arn;

use super::iso_8601;
use crate::Timestamp;

/// Names a function URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlOf {
    /// By the id in its address.
    Id(String),
    /// By the physical name of its function.
    Function(String),
}

/// What `CreateFunctionUrlConfig` makes and `UpdateFunctionUrlConfig` changes; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlChange {
    /// The function.
    pub function: String,
    /// `AuthType`.
    pub auth_type: Option<String>,
    /// `InvokeMode`.
    pub invoke_mode: Option<String>,
}

/// A function URL as the API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlDescription {
    /// The function's ARN.
    pub function: Arn,
    /// `FunctionUrl`.
    pub url: String,
    /// `AuthType`.
    pub auth_type: String,
    /// `InvokeMode`.
    pub invoke_mode: String,
    /// `CreationTime`.
    pub created: Timestamp,
    /// `LastModifiedTime`.
    pub modified: Timestamp,
}

impl UrlDescription {
    /// `CreationTime` as Lambda writes it for function URLs, such as `2026-11-23T00:00:00.000Z`.
    pub fn creation_time(&self) -> String {
        iso_8601(self.created)
    }

    /// `LastModifiedTime`, written likewise.
    pub fn last_modified_time(&self) -> String {
        iso_8601(self.modified)
    }
}
