//! Which refusals pass.

/// What the codes of services have in common that were asked for too much at once, or that failed themselves.
///
/// Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
const PASSING: [&str; 9] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceeded",
    "TransactionConflict",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalError",
    "InternalException",
];

/// Whether what a service refused with this code may be accepted a moment later.
pub(super) fn passes(code: &str) -> bool {
    PASSING.iter().any(|part| code.contains(part))
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn what_is_too_fast_or_broken_passes_and_what_is_wrong_stays() {
        let passing = [
            "ThrottlingException",
            "RequestThrottled",
            "KMS.ThrottlingException",
            "ProvisionedThroughputExceededException",
            "InternalFailure",
            "InternalError",
        ];
        let staying = ["AccessDeniedException", "InvalidMessageContents", "MalformedDetail", "ValidationException", ""];
        assert!(passing.into_iter().all(passes));
        assert!(!staying.into_iter().any(passes));
    }
}
