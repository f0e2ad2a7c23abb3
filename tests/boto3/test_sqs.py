import json
import threading
import time
import urllib.parse
import urllib.request

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from support import Endpoint, client, name, session


class Sqs(Endpoint):
    def setUp(self):
        self.sqs = client("sqs")

    def test_queues_are_made_found_changed_and_deleted(self):
        sqs, queue = self.sqs, name("letters")
        url = sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "5"}, tags={"team": "shop"})["QueueUrl"]
        self.assertEqual(sqs.get_queue_url(QueueName=queue)["QueueUrl"], url)
        self.assertEqual(sqs.list_queues(QueueNamePrefix=queue)["QueueUrls"], [url])
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "3"})
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual((attributes["VisibilityTimeout"], attributes["DelaySeconds"]), ("5", "3"))
        sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
        self.assertEqual(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "shop", "stage": "test"})
        sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
        self.assertEqual(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"stage": "test"})
        sqs.purge_queue(QueueUrl=url)
        sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(sqs.exceptions.QueueDoesNotExist):
            sqs.get_queue_url(QueueName=queue)
        self.assertEqual(self.code(sqs.get_queue_url, QueueName=queue), "AWS.SimpleQueueService.NonExistentQueue")

    def test_queues_come_in_pages(self):
        stem = name("pages")
        urls = {self.sqs.create_queue(QueueName=f"{stem}-{number}")["QueueUrl"] for number in range(5)}
        pages = self.sqs.get_paginator("list_queues").paginate(
            QueueNamePrefix=stem, PaginationConfig={"PageSize": 2}
        )
        pages = [page["QueueUrls"] for page in pages]
        self.assertEqual([len(page) for page in pages], [2, 2, 1])
        self.assertEqual({url for page in pages for url in page}, urls)

    def test_messages_go_in_and_come_out(self):
        url, _ = self.queue(VisibilityTimeout="5")
        sent = self.sqs.send_message(
            QueueUrl=url,
            MessageBody="grüße",
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "note"},
                "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            },
        )
        # botocore compares the MD5 of the body itself.
        [message] = self.sqs.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"], WaitTimeSeconds=1
        )["Messages"]
        self.assertEqual((message["MessageId"], message["Body"]), (sent["MessageId"], "grüße"))
        self.assertEqual(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        self.assertEqual(message["MessageAttributes"]["bytes"]["BinaryValue"], b"\x00\xff")
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        self.sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        [again] = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))

    def test_batches_report_each_entry(self):
        url, _ = self.queue()
        answer = self.sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": "good", "MessageBody": "1"}, {"Id": "late", "MessageBody": "2", "DelaySeconds": 901}],
        )
        self.assertEqual([entry["Id"] for entry in answer["Successful"]], ["good"])
        [failed] = answer["Failed"]
        self.assertEqual((failed["Id"], failed["SenderFault"]), ("late", True))
        [message] = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
        entry = {"Id": "one", "ReceiptHandle": message["ReceiptHandle"]}
        answer = self.sqs.change_message_visibility_batch(
            QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 40}, {"Id": "bad", "ReceiptHandle": "no handle"}]
        )
        self.assertEqual([done["Id"] for done in answer["Successful"]], ["one"])
        self.assertEqual([failed["Id"] for failed in answer["Failed"]], ["bad"])
        answer = self.sqs.delete_message_batch(QueueUrl=url, Entries=[entry])
        self.assertEqual([done["Id"] for done in answer["Successful"]], ["one"])
        self.assertEqual(
            self.code(self.sqs.delete_message_batch, QueueUrl=url, Entries=[]),
            "AWS.SimpleQueueService.EmptyBatchRequest",
        )

    def test_fifo_queues_keep_order_and_send_once(self):
        url, _ = self.queue("line", FifoQueue="true", ContentBasedDeduplication="true")
        first = self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
        again = self.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
        self.assertEqual(first["MessageId"], again["MessageId"])
        self.sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="g")
        self.assertEqual(self.bodies(url, ReceiveRequestAttemptId="one"), ["a", "b"])
        self.assertEqual(self.bodies(url, ReceiveRequestAttemptId="one"), ["a", "b"])

    def test_a_long_poll_ends_with_the_message_that_it_waits_for(self):
        url, _ = self.queue()
        sending = threading.Timer(1, client("sqs").send_message, kwargs={"QueueUrl": url, "MessageBody": "late"})
        sending.start()
        started = time.monotonic()
        self.assertEqual(self.bodies(url), ["late"])
        self.assertLess(time.monotonic() - started, 8)
        sending.join()

    def test_dead_letters_move_back(self):
        sqs = self.sqs
        dead, arn = self.queue("dead")
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        url, work = self.queue("work", RedrivePolicy=redrive)
        self.assertEqual(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])
        ids = {sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in "abc"}
        for _ in range(2):
            sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
        source = {"SourceArn": arn}
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

    def test_a_presigned_url_sends(self):
        url, _ = self.queue()
        query = urllib.parse.urlencode({"Action": "SendMessage", "MessageBody": "signed", "Version": "2012-11-05"})
        request = AWSRequest("GET", f"{url}?{query}")
        SigV4QueryAuth(session.get_credentials(), "sqs", session.region_name).add_auth(request)
        with urllib.request.urlopen(request.url) as answer:
            self.assertIn(b"<MessageId>", answer.read())
        self.assertEqual(self.bodies(url), ["signed"])
