//! Which queue takes the messages that nobody could process, and which queues it takes them from.

use aqueduct_topology::Arn;
use serde_json::Value;

use super::refusal::invalid;
use crate::ApiError;

/// The most source queues of a redrive allow policy.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
const SOURCES_MAX: usize = 10;

/// A queue's `RedrivePolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RedrivePolicy {
    /// The dead-letter queue.
    pub(super) target: Arn,
    /// A message is moved on the receive that would be one more.
    pub(super) max_receive_count: u32,
}

impl RedrivePolicy {
    /// Reads the attribute. Both members must be there, against the documented default of ten receives: recorded by
    /// LocalStack's AWS-validated test `test_redrive_policy_attribute_validity`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let refused = |reason: &str| invalid(text, "RedrivePolicy", reason);
        let document: Value =
            serde_json::from_str(text).map_err(|_| refused("Redrive policy is not a valid JSON map."))?;
        let target = document
            .get("deadLetterTargetArn")
            .and_then(Value::as_str)
            .ok_or_else(|| refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn."))?;
        let target = Arn::new(target);
        // Recorded by LocalStack's AWS-validated test `test_invalid_dead_letter_arn_rejected_before_lookup`.
        if target.service() != "sqs" || target.name().is_empty() {
            return Err(refused("Invalid value for deadLetterTargetArn."));
        }
        let count = document
            .get("maxReceiveCount")
            .ok_or_else(|| refused("Redrive policy does not contain mandatory attribute: maxReceiveCount."))?;
        let given = count.as_str().map_or_else(|| count.to_string(), str::to_owned);
        let max_receive_count = given.parse().ok().filter(|count| (1..=1000).contains(count)).ok_or_else(|| {
            let range = "valid values are from 1 to 1000 both inclusive.";
            refused(&format!("Invalid value for maxReceiveCount: {given}, {range}"))
        })?;
        Ok(Self { target, max_receive_count })
    }
}

/// A dead-letter queue's `RedriveAllowPolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RedriveAllowPolicy {
    /// Any queue may name it.
    AllowAll,
    /// No queue may name it.
    DenyAll,
    /// These queues may name it.
    ByQueue(Vec<Arn>),
}

impl RedriveAllowPolicy {
    /// Reads the attribute.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let refused = |reason: &str| invalid(text, "RedriveAllowPolicy", reason);
        let document: Value =
            serde_json::from_str(text).map_err(|_| refused("Redrive allow policy is not a valid JSON map."))?;
        let sources: Option<Vec<Arn>> = document
            .get("sourceQueueArns")
            .and_then(Value::as_array)
            .map(|arns| arns.iter().filter_map(Value::as_str).map(Arn::new).collect());
        match (document.get("redrivePermission").and_then(Value::as_str), sources) {
            (Some("allowAll"), None) => Ok(Self::AllowAll),
            (Some("denyAll"), None) => Ok(Self::DenyAll),
            (Some("byQueue"), Some(arns)) if (1..=SOURCES_MAX).contains(&arns.len()) => Ok(Self::ByQueue(arns)),
            _ => Err(refused("redrivePermission must be allowAll, denyAll, or byQueue with 1 to 10 sourceQueueArns.")),
        }
    }

    /// Whether `source` may name the queue that has this policy.
    pub(super) fn permits(&self, source: &Arn) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue(arns) => arns.contains(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redrive_policies() {
        let target = "arn:aws:sqs:us-east-1:000000000000:Dlq";
        let cases = [
            (format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":3}}"#), Some(3)),
            (format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":"5"}}"#), Some(5)),
            (format!(r#"{{"deadLetterTargetArn":"{target}"}}"#), None),
            (format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":"invalid"}}"#), None),
            (format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":0}}"#), None),
            (format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":1001}}"#), None),
            (r#"{"maxReceiveCount":3}"#.to_owned(), None),
            (r#"{"deadLetterTargetArn":"dummy","maxReceiveCount":42}"#.to_owned(), None),
            ("nonsense".to_owned(), None),
        ];
        for (text, count) in cases {
            assert_eq!(RedrivePolicy::parse(&text).ok().map(|policy| policy.max_receive_count), count, "{text}");
        }
    }

    #[test]
    fn redrive_allow_policies() {
        let (own, other) = (Arn::new("arn:aws:sqs:r:1:own"), Arn::new("arn:aws:sqs:r:1:other"));
        let by_queue =
            RedriveAllowPolicy::parse(r#"{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:r:1:own"]}"#);
        let by_queue = by_queue.unwrap();
        assert!(by_queue.permits(&own) && !by_queue.permits(&other));
        assert!(!RedriveAllowPolicy::parse(r#"{"redrivePermission":"denyAll"}"#).unwrap().permits(&own));
        assert!(RedriveAllowPolicy::parse(r#"{"redrivePermission":"byQueue"}"#).is_err());
    }
}
