"""boto3 against an endpoint: each service through botocore's own response parsers."""

import json
import time
import unittest
from datetime import datetime, timedelta, timezone

import boto3
from botocore.exceptions import ClientError


class Endpoint(unittest.TestCase):
    def code(self, call, **arguments):
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        return raised.exception.response["Error"]["Code"]

    def until(self, wanted, look):
        """Looks until it sees what is wanted, for ten seconds."""
        deadline = time.monotonic() + 10
        while (seen := look()) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(seen, wanted)

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

    def test_sqs_moves_dead_letters_back(self):
        sqs = boto3.client("sqs")
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        ids = {sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in "abc"}
        for _ in range(2):
            sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
        source = {"SourceArn": arn}
        work = arn.replace("dead", "work")
        self.assertEqual(self.code(sqs.start_message_move_task, SourceArn=work), "InvalidParameterValue")
        self.assertEqual(self.code(sqs.list_message_move_tasks, SourceArn=arn + "x"), "ResourceNotFoundException")
        self.assertEqual(self.code(sqs.cancel_message_move_task, TaskHandle="foobared"), "InvalidParameterValue")
        handle = sqs.start_message_move_task(**source, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
        self.assertEqual(self.code(sqs.start_message_move_task, **source), "InvalidParameterValue")
        [task] = sqs.list_message_move_tasks(**source)["Results"]
        self.assertEqual((task["Status"], task["ApproximateNumberOfMessagesToMove"]), ("RUNNING", 3))
        self.assertEqual((task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]), (handle, 1))
        cancelled = sqs.cancel_message_move_task(TaskHandle=handle)
        self.assertGreaterEqual(cancelled["ApproximateNumberOfMessagesMoved"], 1)

        def status():
            return sqs.list_message_move_tasks(**source)["Results"][0]["Status"]

        self.until("CANCELLED", status)
        sqs.start_message_move_task(**source)
        self.until("COMPLETED", status)
        messages = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )["Messages"]
        self.assertEqual(sorted(message["Body"] for message in messages), ["a", "b", "c"])
        self.assertEqual({message["Attributes"]["ApproximateReceiveCount"] for message in messages}, {"1"})
        self.assertTrue(ids.isdisjoint(message["MessageId"] for message in messages))

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

    def test_eventbridge_replays_what_an_archive_keeps(self):
        events, sqs = boto3.client("events"), boto3.client("sqs")
        bus = events.create_event_bus(Name="history")["EventBusArn"]
        url = sqs.create_queue(QueueName="replayed")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rule = {"EventBusName": "history", "EventPattern": json.dumps({"source": ["shop"]})}
        rule = events.put_rule(Name="all", **rule)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events.put_targets(Rule="all", EventBusName="history", Targets=[{"Id": "queue", "Arn": queue}])
        archive = events.create_archive(ArchiveName="kept", EventSourceArn=bus)["ArchiveArn"]
        events.update_archive(ArchiveName="kept", RetentionDays=2)
        self.assertEqual(events.describe_archive(ArchiveName="kept")["RetentionDays"], 2)

        entry = {"EventBusName": "history", "Source": "shop", "DetailType": "x", "Detail": "{}"}
        start = datetime.now(timezone.utc)
        [put] = events.put_events(Entries=[entry])["Entries"]
        receive = {"QueueUrl": url, "WaitTimeSeconds": 10}
        [live] = sqs.receive_message(**receive)["Messages"]
        self.assertNotIn("replay-name", json.loads(live["Body"]))
        replay = {
            "EventSourceArn": archive,
            "EventStartTime": start,
            "EventEndTime": start + timedelta(minutes=1),
            "Destination": {"Arn": bus, "FilterArns": [rule]},
        }
        started = events.start_replay(ReplayName="again", **replay)
        self.assertEqual(started["State"], "STARTING")
        self.assertLess(abs(started["ReplayStartTime"] - start), timedelta(seconds=30))
        code = self.code(events.start_replay, ReplayName="again", **replay)
        self.assertEqual(code, "ResourceAlreadyExistsException")
        [message] = sqs.receive_message(**receive)["Messages"]
        event = json.loads(message["Body"])
        self.assertEqual((event["id"], event["replay-name"]), (put["EventId"], "again"))
        self.until("COMPLETED", lambda: events.describe_replay(ReplayName="again")["State"])
        replays = events.list_replays(EventSourceArn=archive)["Replays"]
        self.assertEqual([listed["ReplayName"] for listed in replays], ["again"])
        self.assertEqual(self.code(events.cancel_replay, ReplayName="again"), "IllegalStatusException")
        self.assertEqual(events.describe_archive(ArchiveName="kept")["EventCount"], 1)
        events.start_replay(ReplayName="stopped", **replay)
        self.assertEqual(events.cancel_replay(ReplayName="stopped")["State"], "CANCELLING")
        self.until("CANCELLED", lambda: events.describe_replay(ReplayName="stopped")["State"])

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
