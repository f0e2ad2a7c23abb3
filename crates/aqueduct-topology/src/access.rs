//! Who may do what: roles and encryption keys.

use serde::Serialize;
use serde_json::Value;

use crate::{Arn, Span, Topology};

/// An IAM role: one that is written, or one that SAM makes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Role {
    /// Logical id; for a role that SAM makes, the one that SAM gives it.
    pub id: String,
    /// Physical name.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `AssumeRolePolicyDocument`.
    pub trust: Option<Value>,
    /// Statements of its own policies and of the template's policies that are attached to it, as IAM JSON.
    ///
    /// What is not known before the deployment stays the intrinsic function that it is.
    pub statements: Vec<Value>,
    /// AWS's and other templates' managed policies, by ARN or name.
    pub managed_policies: Vec<String>,
    /// `PermissionsBoundary`.
    pub boundary: Option<String>,
    /// Why it may allow more than its statements say: policies that are not known.
    pub unknown: Vec<String>,
    /// Where it stands in the template.
    pub span: Span,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Key {
    /// Logical id in the template.
    pub id: String,
    /// The key's id.
    pub name: String,
    /// Its ARN.
    pub arn: Arn,
    /// `KeyPolicy`; the template's must say who may use the key.
    pub policy: Option<Value>,
    /// False when `Enabled` is.
    pub enabled: bool,
    /// Where it stands in the template.
    pub span: Span,
}

/// A KMS key's alias.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyAlias {
    /// Logical id in the template.
    pub id: String,
    /// `AliasName`, such as `alias/orders`.
    pub name: String,
    /// `TargetKeyId`: a key's id or ARN.
    pub target: String,
    /// Where it stands in the template.
    pub span: Span,
}

impl Topology {
    /// The template's role with this ARN.
    pub fn role(&self, arn: &Arn) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn == *arn)
    }

    /// The template's key that a property such as `KmsMasterKeyId` names by id, ARN or alias.
    pub fn key(&self, reference: &str) -> Option<&Key> {
        let alias = reference.find("alias/").map(|start| &reference[start..]);
        let target = match alias {
            Some(name) => &self.key_aliases.iter().find(|alias| alias.name == name)?.target,
            None => reference,
        };
        self.keys.iter().find(|key| key.name == target || key.arn.as_str() == target)
    }
}
