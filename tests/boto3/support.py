"""What the tests of all services share: clients whose calls are counted, and waiting."""

import io
import json
import time
import unittest
import uuid
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# What was called, as (service, action): botocore tells before each call.
called = set()
# Calls for which more than one request was sent.
retried = []

session = boto3.Session()


def count(model, **_):
    called.add((model.service_model.service_name, model.name))


def count_attempt(attempts, operation, **_):
    if attempts > 1:
        retried.append((operation.service_model.service_name, operation.name))


session.events.register("before-call", count)
session.events.register("needs-retry", count_attempt)


def client(service, **options):
    return session.client(service, **options)


def name(stem):
    """A name that no other test has."""
    return f"{stem}-{uuid.uuid4().hex[:12]}"


def makes_functions():
    """Whether the endpoint takes a function's code."""
    try:
        session.client("lambda", config=once(parameter_validation=False)).create_function(FunctionName="none")
    except ClientError as error:
        return error.response["Error"]["Code"] != "NotImplemented"
    return True


def archive(text="#!/bin/sh\n"):
    """A function's code, which nobody runs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("bootstrap", text)
    return packed.getvalue()


def allowing(service, action, resource, source):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Endpoint(unittest.TestCase):
    def code(self, call, **arguments):
        """The code that a call is refused with."""
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception.response["Error"]["Code"]

    def until(self, wanted, look):
        """Looks until it sees what is wanted, for ten seconds."""
        deadline = time.monotonic() + 10
        while (seen := look()) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(seen, wanted)

    def queue(self, stem="queue", **attributes):
        """A queue's URL and ARN."""
        sqs = client("sqs")
        fifo = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        url = sqs.create_queue(QueueName=name(stem) + fifo, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.addCleanup(sqs.delete_queue, QueueUrl=url)
        return url, arn

    def bodies(self, url, **options):
        """The bodies of the messages that a long poll gets."""
        received = client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=10, MaxNumberOfMessages=10, **options)
        return [message["Body"] for message in received.get("Messages", [])]


def once(**options):
    """A configuration without retries, so that a test sees what the endpoint says first."""
    return Config(retries={"total_max_attempts": 1}, **options)
