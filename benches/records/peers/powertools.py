"""The measured function with Powertools for AWS Lambda (Python): its batch processor over JSON bodies."""

import json

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def handle_record(record):
    order = json.loads(record.body)
    good = order["total_cents"] >= 0 and all(line["quantity"] > 0 for line in order["items"])
    if not good:
        raise ValueError("not now")


def handle(event, context):
    return process_partial_response(
        event=event, record_handler=handle_record, processor=processor, context=context
    )
