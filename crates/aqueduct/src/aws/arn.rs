//! Queue URLs from ARNs.

/// The URL of a queue.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
pub(super) fn queue_url(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("sqs")) = (parts.next(), parts.next(), parts.next()) else { return None };
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    let domain = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://sqs.{region}.{domain}/{account}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_its_url_in_every_partition() {
        let url = |arn| queue_url(arn).unwrap_or_default();
        assert_eq!(url("arn:aws:sqs:eu-west-1:123456789012:Q"), "https://sqs.eu-west-1.amazonaws.com/123456789012/Q");
        assert_eq!(url("arn:aws-cn:sqs:cn-north-1:1:Q"), "https://sqs.cn-north-1.amazonaws.com.cn/1/Q");
        assert_eq!(queue_url("arn:aws:sns:eu-west-1:1:T"), None);
    }
}
