//! Amazon Resource Names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many colons stand before the resource.
const BEFORE_RESOURCE: usize = 5;

/// An Amazon Resource Name, `arn:partition:service:region:account:resource`.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arn(String);

impl Arn {
    /// Takes `text` as it is; the accessors answer `""` for a part that it lacks.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The service, such as `sqs`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region, such as `eu-central-1`.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account's twelve digits.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Everything behind the account, such as `function:order-processor`.
    pub fn resource(&self) -> &str {
        self.part(BEFORE_RESOURCE)
    }

    /// The resource's own name: what stands behind the last `:` or `/`.
    pub fn name(&self) -> &str {
        // Read for every message that goes anywhere: one look from the end instead of one for each part.
        let Some(last) = self.0.bytes().rposition(|byte| matches!(byte, b':' | b'/')) else { return "" };
        let colons = self.0[..=last].bytes().filter(|byte| *byte == b':').count();
        if colons < BEFORE_RESOURCE { "" } else { &self.0[last + 1..] }
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(BEFORE_RESOURCE + 1, ':').nth(index).unwrap_or_default()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_function_arn() {
        let arn = Arn::new("arn:aws:lambda:eu-central-1:000000000000:function:order-processor");
        assert_eq!(arn.service(), "lambda");
        assert_eq!(arn.region(), "eu-central-1");
        assert_eq!(arn.account(), "000000000000");
        assert_eq!(arn.resource(), "function:order-processor");
        assert_eq!(arn.name(), "order-processor");
    }

    #[test]
    fn rule_names_follow_the_last_slash() {
        let arn = Arn::new("arn:aws:events:eu-central-1:000000000000:rule/CommerceBus/OnDispatch");
        assert_eq!(arn.name(), "OnDispatch");
    }

    #[test]
    fn a_resource_may_be_its_name_alone_and_may_be_missing() {
        assert_eq!(Arn::new("arn:aws:sqs:eu-central-1:000000000000:OrdersQueue").name(), "OrdersQueue");
        assert_eq!(Arn::new("arn:aws:s3:::images/a:b/c").name(), "c");
        for nameless in ["", "arn", "arn:aws:sqs", "arn:aws:sqs/queue", "arn:aws:sqs:eu-central-1:000000000000:"] {
            assert_eq!(Arn::new(nameless).name(), "", "{nameless:?}");
        }
    }
}
