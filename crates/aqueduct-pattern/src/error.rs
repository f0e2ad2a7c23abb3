//! Why a dialect rejects a pattern.

use std::fmt;

use crate::Dialect;

/// A pattern that its dialect rejects, in AWS's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PatternError {
    /// What the service's API answers, such as `Event pattern is not valid. Reason: Empty arrays are not allowed`.
    pub message: String,
    /// The reason alone. SNS's `Subscribe` writes `Invalid parameter: Attributes Reason: ` in front of it, where
    /// `SetSubscriptionAttributes` writes `Invalid parameter: `.
    pub reason: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        // Lambda's answer does not say why.
        if !self.message.contains(&self.reason) {
            write!(formatter, " {}", self.reason)?;
        }
        Ok(())
    }
}

impl PatternError {
    /// The rejection of a pattern by `dialect` for `reason`.
    ///
    /// The words around the reason are recorded by LocalStack's AWS-validated tests `test_event_pattern` and
    /// `test_sub_filter_policy_nested_property_constraints`. Lambda's API answers one sentence without a reason. The
    /// words for Pipes are ours, as theirs are not known.
    pub(crate) fn new(dialect: Dialect, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        match dialect {
            Dialect::Bus => Self { message: format!("Event pattern is not valid. Reason: {reason}"), reason },
            Dialect::Pipes => Self { message: format!("Filter pattern is not valid. Reason: {reason}"), reason },
            Dialect::Lambda => Self { message: "Invalid filter pattern definition.".to_owned(), reason },
            Dialect::SnsAttributes | Dialect::SnsBody => Self::invalid_parameter(format!("FilterPolicy: {reason}")),
        }
    }

    /// SNS's rejection of a nested policy, which alone lacks the word `FilterPolicy:`; recorded by LocalStack's
    /// AWS-validated test `test_sub_filter_policy_nested_property`.
    pub(crate) fn nested_attributes() -> Self {
        Self::invalid_parameter(
            "Filter policy scope MessageAttributes does not support nested filter policy".to_owned(),
        )
    }

    fn invalid_parameter(reason: String) -> Self {
        Self { message: format!("Invalid parameter: {reason}"), reason }
    }
}
