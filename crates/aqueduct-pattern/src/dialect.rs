//! Which service reads a pattern, and what that service accepts.

use std::fmt;

/// Which service reads the pattern; the dialects differ in operators and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Rules on an EventBridge bus, and archives: every operator.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
    Bus,
    /// EventBridge Pipes: `anything-but` takes values only.
    ///
    /// Source: the column "Pipe support" of
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
    Pipes,
    /// Filter criteria of a Lambda event source mapping. Only the operators that Lambda documents are accepted, and
    /// `cidr`, which AWS's own samples deploy. Its documentation says that 300 and 300.0 are different numbers, as that of
    /// EventBridge did of the same engine, whose recorded answer is that they are one.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>,
    /// <https://github.com/aws-samples/serverless-patterns/tree/main/lambda-esm-sqs-filters-sam>
    Lambda,
    /// SNS filter policy on message attributes; the event is a flat object of attribute values: a string for `String`,
    /// a number for `Number`, an array for `String.Array`. SNS ignores binary attributes, so they stay out of it.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
    SnsAttributes,
    /// SNS filter policy on the message body, which matches nothing unless it is a JSON object.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
    SnsBody,
}

/// An operator as a pattern spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    AnythingBut,
    Cidr,
    EqualsIgnoreCase,
    Exists,
    Numeric,
    Prefix,
    Suffix,
    Wildcard,
}

impl Operator {
    /// Reads the name; names are case-sensitive, as "recorded by LocalStack's AWS-validated test
    /// `test_event_pattern[operator_case_sensitive_EXC]`".
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "anything-but" => Self::AnythingBut,
            "cidr" => Self::Cidr,
            "equals-ignore-case" => Self::EqualsIgnoreCase,
            "exists" => Self::Exists,
            "numeric" => Self::Numeric,
            "prefix" => Self::Prefix,
            "suffix" => Self::Suffix,
            "wildcard" => Self::Wildcard,
            _ => return None,
        })
    }
}

impl Dialect {
    /// Whether the dialect is one of SNS's two.
    pub(crate) fn is_sns(self) -> bool {
        matches!(self, Self::SnsAttributes | Self::SnsBody)
    }

    /// Whether `operator` may stand in a list of wanted values.
    pub(crate) fn knows(self, operator: Operator) -> bool {
        match self {
            Self::Bus | Self::Pipes => true,
            Self::Lambda | Self::SnsAttributes | Self::SnsBody => operator != Operator::Wildcard,
        }
    }

    /// Whether `prefix` and `suffix` may hold `equals-ignore-case`.
    pub(crate) fn affixes_ignore_case(self) -> bool {
        matches!(self, Self::Bus | Self::Pipes)
    }

    /// Whether `anything-but` may hold `operator`.
    ///
    /// SNS takes `prefix` alone, recorded by LocalStack's AWS-validated test
    /// `test_validate_policy_nested_anything_but_operator`.
    pub(crate) fn negates(self, operator: Operator) -> bool {
        match self {
            Self::Bus => matches!(
                operator,
                Operator::EqualsIgnoreCase | Operator::Prefix | Operator::Suffix | Operator::Wildcard
            ),
            Self::Pipes | Self::Lambda => false,
            Self::SnsAttributes | Self::SnsBody => operator == Operator::Prefix,
        }
    }

    /// The longest pattern, of its text as it was given or of its compact JSON.
    ///
    /// A bus takes 2,048 characters unless its account asked for up to 4,096, which are accepted here.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>,
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>,
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_Filter.html>,
    /// <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
    pub(crate) fn length_max(self) -> (usize, Unit) {
        match self {
            Self::Bus | Self::Pipes | Self::Lambda => (4096, Unit::Characters),
            Self::SnsAttributes | Self::SnsBody => (256 * 1024, Unit::Bytes),
        }
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Characters,
}

impl Unit {
    pub(crate) fn length(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Characters => text.chars().count(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Bytes { "bytes" } else { "characters" })
    }
}
