"""AWS's own extended clients for SQS and SNS, told on the command line what to do; what they see is JSON on stdout.

    exchange.py send QUEUE_URL BUCKET         sends the body on stdin, once for each way the SQS client has of doing it
    exchange.py publish TOPIC_ARN BUCKET      publishes the body on stdin, likewise
    exchange.py receive QUEUE_URL BUCKET      takes one message, hides it, shows it again, and deletes it
"""

import json
import sys

from sns_extended_client import SNSExtendedClientSession
from sqs_extended_client import SQSExtendedClientSession


def sqs(bucket):
    client = SQSExtendedClientSession().client("sqs")
    client.large_payload_support = bucket
    # Others may read the object, too.
    client.delete_payload_from_s3 = False
    return client


def send(url, bucket, body):
    client = sqs(bucket)
    client.send_message(QueueUrl=url, MessageBody=body)
    client.use_legacy_attribute = True
    client.send_message(QueueUrl=url, MessageBody=body)
    client.use_legacy_attribute = False
    named = {"S3Key": {"DataType": "String", "StringValue": "named/by us"}}
    client.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "a", "MessageBody": body, "MessageAttributes": named},
            {"Id": "b", "MessageBody": body},
        ],
    )
    return 4


def publish(arn, bucket, body):
    client = SNSExtendedClientSession().client("sns")
    client.large_payload_support = bucket
    client.publish(TopicArn=arn, Message=body)
    client.use_legacy_attribute = True
    client.publish(TopicArn=arn, Message=body)
    return 2


def receive(url, bucket):
    client = sqs(bucket)
    message = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=5)["Messages"][0]
    handle = message["ReceiptHandle"]
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    again = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=5)["Messages"][0]
    client.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
    return {
        "body": message["Body"],
        "again": again["Body"] == message["Body"],
        "attributes": attributes,
        "offloaded": client.is_s3_receipt_handle(handle),
    }


def main():
    action, address, bucket = sys.argv[1:]
    if action == "receive":
        answer = receive(address, bucket)
    else:
        answer = {"send": send, "publish": publish}[action](address, bucket, sys.stdin.read())
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
