//! The limits of SNS filter policies.

use std::collections::BTreeMap;

use crate::node::Node;
use crate::pattern::Branch;
use crate::{Dialect, PatternError};

/// Source: <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
const KEYS_MAX: usize = 5;
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
pub(crate) const COMBINATIONS_MAX: usize = 150;

/// SNS's words for too many combinations, recorded by LocalStack's AWS-validated test `test_policy_complexity`.
pub(crate) const TOO_COMPLEX: &str = "Filter policy is too complex";

/// Checks what SNS limits beyond the syntax of patterns.
///
/// Recorded by LocalStack's AWS-validated tests `test_policy_complexity`, `test_policy_complexity_with_or` and
/// `test_sub_filter_policy_nested_property_constraints`.
pub(crate) fn check(dialect: Dialect, policy: &Node, branches: &[Branch]) -> Result<(), PatternError> {
    let Some(members) = policy.as_object() else { return Ok(()) };
    if members.len() > KEYS_MAX {
        return Err(PatternError::new(dialect, "Filter policy can not have more than 5 keys"));
    }
    if dialect == Dialect::SnsAttributes && is_nested(policy) {
        return Err(PatternError::nested_attributes());
    }
    let mut depths = BTreeMap::new();
    leaf_depths(policy, 1, "", &mut depths);
    let total = branches.iter().fold(0_usize, |total, branch| total.saturating_add(combinations(branch, &depths)));
    if total > COMBINATIONS_MAX { Err(PatternError::new(dialect, TOO_COMPLEX)) } else { Ok(()) }
}

/// Whether a key holds an object; the alternatives of `$or` are no level of nesting.
fn is_nested(policy: &Node) -> bool {
    let alternatives = |value: &Node| value.as_array().is_some_and(|branches| branches.iter().any(is_nested));
    policy.as_object().is_some_and(|members| {
        members.iter().any(|(key, value)| value.as_object().is_some() || (key == "$or" && alternatives(value)))
    })
}

/// The product over the branch's conditions of the number of their values times the depth of their key.
fn combinations(branch: &Branch, depths: &BTreeMap<String, usize>) -> usize {
    branch.iter().fold(1, |product, condition| {
        let depth = depths.get(condition.path()).copied().unwrap_or(1);
        product.saturating_mul(condition.matchers().len()).saturating_mul(depth)
    })
}

/// How many keys lead to each condition; a key with dots is one.
fn leaf_depths(policy: &Node, depth: usize, path: &str, depths: &mut BTreeMap<String, usize>) {
    let Some(members) = policy.as_object() else { return };
    for (key, value) in members {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Node::Array(branches) if key == "$or" => {
                for branch in branches {
                    leaf_depths(branch, depth, path, depths);
                }
            }
            Node::Object(_) => leaf_depths(value, depth + 1, &below, depths),
            _ => {
                depths.insert(below, depth);
            }
        }
    }
}
