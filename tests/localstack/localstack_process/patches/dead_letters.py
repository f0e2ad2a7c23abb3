"""An event that a rule's target does not accept goes to the target's dead-letter queue.

LocalStack stores a target's `DeadLetterConfig` and never uses it. There is no retry here: what a local cloud refuses once,
it refuses again.
Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
import logging

LOG = logging.getLogger(__name__)


def apply() -> None:
    from localstack.aws.connect import connect_to
    from localstack.services.events.target import TargetSender
    from localstack.utils.aws.arns import parse_arn, sqs_queue_url_for_arn

    def send(arn: str, message: dict) -> None:
        parts = parse_arn(arn)
        sqs = connect_to(aws_access_key_id=parts["account"], region_name=parts["region"]).sqs
        sqs.send_message(QueueUrl=sqs_queue_url_for_arn(arn), **message)

    install(TargetSender, send)


def install(sender: type, send) -> None:
    """Wraps the delivery to a target."""
    process_event = sender.process_event

    def processing(self, event, trace_header):
        # LocalStack takes parts of the event out while it prepares the delivery.
        original = {name: value for name, value in event.items() if name != "event-bus-name"}
        try:
            process_event(self, event, trace_header)
        except Exception as cause:
            arn = self.target.get("DeadLetterConfig", {}).get("Arn")
            if not arn:
                raise
            LOG.info("target %s does not accept the event, which goes to %s: %s", self.target["Id"], arn, cause)
            send(arn, message(original, self.rule_arn, self.target["Arn"], cause))

    sender.process_event = processing


def message(event: dict, rule: str, target: str, cause: Exception) -> dict:
    """The message in the dead-letter queue: the event as it was, and why as attributes."""
    error = getattr(cause, "response", {}).get("Error", {})
    attributes = {
        "RULE_ARN": rule,
        "TARGET_ARN": target,
        "ERROR_CODE": CODES.get(error.get("Code"), "SDK_CLIENT_ERROR"),
        "ERROR_MESSAGE": error.get("Message") or str(cause) or type(cause).__name__,
        "RETRY_ATTEMPTS": "0",
    }
    named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"MessageBody": json.dumps(event, separators=(",", ":"), default=str), "MessageAttributes": named}


# EventBridge's words for what the targets' services answer.
CODES = {
    "AccessDeniedException": "NO_PERMISSIONS",
    "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
    "InvalidParameterValue": "INVALID_PARAMETER",
    "InvalidParameterValueException": "INVALID_PARAMETER",
    "ResourceNotFoundException": "NO_RESOURCE",
}
