"""boto3 against an endpoint: each service through botocore's own response parsers."""

import json
import unittest

import boto3
from botocore.exceptions import ClientError


class Endpoint(unittest.TestCase):
    def code(self, call, **arguments):
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception.response["Error"]["Code"]

    def test_sqs_messages_go_in_and_come_out(self):
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="letters", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
        self.assertIn(url, sqs.list_queues()["QueueUrls"])
        sent = sqs.send_message(
            QueueUrl=url,
            MessageBody="grüße",
            MessageAttributes={"kind": {"DataType": "String", "StringValue": "note"}},
        )
        # botocore compares the MD5 of the body itself.
        [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=1)["Messages"]
        self.assertEqual((message["MessageId"], message["Body"]), (sent["MessageId"], "grüße"))
        self.assertEqual(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertEqual(self.code(sqs.get_queue_url, QueueName="none"), "AWS.SimpleQueueService.NonExistentQueue")

    def test_sqs_batches_report_each_entry(self):
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="batches")["QueueUrl"]
        answer = sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": "good", "MessageBody": "1"}, {"Id": "late", "MessageBody": "2", "DelaySeconds": 901}],
        )
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["good"])
        self.assertEqual([entry["Id"] for entry in answer["Failed"]], ["late"])

    def test_sns_fans_out_to_a_queue_whose_policy_allows_it(self):
        sqs, sns = boto3.client("sqs"), boto3.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        url = sqs.create_queue(QueueName="reader")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["loud"]})},
        )
        for kind in ("quiet", "loud"):
            attributes = {"kind": {"DataType": "String", "StringValue": kind}}
            sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2, MaxNumberOfMessages=10)["Messages"]
        self.assertEqual([message["Body"] for message in messages], ["loud"])

    def test_eventbridge_matches_and_reports_each_entry(self):
        events = boto3.client("events")
        self.assertTrue(
            events.test_event_pattern(
                EventPattern=json.dumps({"source": [{"prefix": "shop"}]}),
                Event=json.dumps(
                    {
                        "id": "1",
                        "account": "000000000000",
                        "source": "shop.cart",
                        "time": "2026-11-22T00:00:00Z",
                        "region": "us-east-1",
                        "resources": [],
                        "detail-type": "x",
                        "detail": {},
                    }
                ),
            )["Result"]
        )
        entries = [
            {"Source": "shop", "DetailType": "x", "Detail": "{}"},
            {"Source": "shop", "DetailType": "x", "Detail": "{"},
        ]
        answer = events.put_events(Entries=entries)
        self.assertEqual(answer["FailedEntryCount"], 1)
        self.assertEqual(answer["Entries"][1]["ErrorCode"], "MalformedDetail")

    def test_dynamodb_keeps_items(self):
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        item = {"id": {"S": "1"}, "count": {"N": "7"}}
        put = {"TableName": "things", "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        dynamodb.put_item(**put)
        self.assertEqual(dynamodb.get_item(TableName="things", Key={"id": {"S": "1"}})["Item"], item)
        self.assertEqual(self.code(dynamodb.put_item, **put), "ConditionalCheckFailedException")

    def test_s3_keeps_objects(self):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="boxes")
        s3.put_object(Bucket="boxes", Key="a/b", Body=b"contents")
        self.assertEqual(s3.get_object(Bucket="boxes", Key="a/b")["Body"].read(), b"contents")
        self.assertEqual(self.code(s3.get_object, Bucket="boxes", Key="none"), "NoSuchKey")

    def test_lambda_lists_and_invokes_the_functions_of_the_template(self):
        functions = boto3.client("lambda")
        names = [function["FunctionName"] for function in functions.list_functions()["Functions"]]
        [notifier] = [name for name in names if name.endswith("OrderNotifier")]
        answer = functions.invoke(FunctionName=notifier, Payload=json.dumps({"Records": []}))
        self.assertNotIn("FunctionError", answer)
        self.assertEqual(json.loads(answer["Payload"].read()), {"batchItemFailures": []})


if __name__ == "__main__":
    unittest.main()
