import json
import urllib.request

from support import Endpoint, allowing, client, name


class Sns(Endpoint):
    def setUp(self):
        self.sns = client("sns")

    def topic(self, stem="news", fifo=False, **attributes):
        if fifo:
            attributes["FifoTopic"] = "true"
        arn = self.sns.create_topic(Name=name(stem) + (".fifo" if fifo else ""), Attributes=attributes)["TopicArn"]
        self.addCleanup(self.sns.delete_topic, TopicArn=arn)
        return arn

    def reader(self, topic, fifo=False, **attributes):
        """A queue that a topic delivers to, by its URL, and the subscription."""
        url, arn = self.queue("reader", **({"FifoQueue": "true"} if fifo else {}))
        policy = allowing("sns", "sqs:SendMessage", arn, topic)
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        subscription = self.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes, ReturnSubscriptionArn=True
        )
        return url, subscription["SubscriptionArn"]

    def test_topics_are_made_changed_tagged_and_deleted(self):
        sns = self.sns
        topic = sns.create_topic(Name=name("news"), Tags=[{"Key": "team", "Value": "shop"}])["TopicArn"]
        topics = [one["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]]
        self.assertIn(topic, topics)
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
        self.assertEqual(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"], "News")
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "stage", "Value": "test"}])
        sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
        tags = sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
        self.assertEqual(tags, [{"Key": "stage", "Value": "test"}])
        account = topic.split(":")[4]
        sns.add_permission(TopicArn=topic, Label="them", AWSAccountId=[account], ActionName=["Publish"])
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        self.assertIn("them", [statement["Sid"] for statement in policy["Statement"]])
        sns.remove_permission(TopicArn=topic, Label="them")
        sns.delete_topic(TopicArn=topic)
        self.assertEqual(self.code(sns.get_topic_attributes, TopicArn=topic), "NotFound")

    def test_a_topic_fans_out_to_a_queue_whose_policy_allows_it(self):
        topic = self.topic()
        filtered = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["loud"]})}
        url, subscription = self.reader(topic, **filtered)
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        self.assertEqual((attributes["RawMessageDelivery"], attributes["TopicArn"]), ("true", topic))
        listed = self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        self.assertEqual([one["SubscriptionArn"] for page in listed for one in page["Subscriptions"]], [subscription])
        everything = self.sns.get_paginator("list_subscriptions").paginate()
        self.assertIn(subscription, [one["SubscriptionArn"] for page in everything for one in page["Subscriptions"]])
        for kind in ("quiet", "loud"):
            attributes = {"kind": {"DataType": "String", "StringValue": kind}}
            self.sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
        self.assertEqual(self.bodies(url), ["loud"])
        self.sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="false"
        )
        attributes = {"kind": {"DataType": "String", "StringValue": "loud"}}
        self.sns.publish(TopicArn=topic, Message="wrapped", Subject="hello", MessageAttributes=attributes)
        [body] = self.bodies(url)
        notification = json.loads(body)
        self.assertEqual((notification["Message"], notification["Subject"]), ("wrapped", "hello"))
        self.sns.unsubscribe(SubscriptionArn=subscription)
        self.assertEqual(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])

    def test_a_batch_answers_for_each_entry(self):
        topic = self.topic("line", fifo=True)
        url, _ = self.reader(topic, fifo=True, RawMessageDelivery="true")
        first = {"Id": "a", "MessageGroupId": "g", "Message": "one", "MessageDeduplicationId": "1"}
        second = {"Id": "b", "MessageGroupId": "g", "Message": "two"}
        batch = {"TopicArn": topic, "PublishBatchRequestEntries": [first, second]}
        self.assertEqual(self.code(self.sns.publish_batch, **batch), "InvalidParameter")
        second["MessageDeduplicationId"] = "2"
        answer = self.sns.publish_batch(**batch)
        self.assertEqual(([done["Id"] for done in answer["Successful"]], answer["Failed"]), (["a", "b"], []))
        self.assertTrue(all(done["SequenceNumber"] for done in answer["Successful"]))
        self.assertEqual(self.bodies(url), ["one", "two"])

    def test_a_subscription_that_nobody_confirmed_waits(self):
        topic = self.topic()
        pending = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/none")
        self.assertEqual(pending["SubscriptionArn"], "pending confirmation")
        code = self.code(self.sns.confirm_subscription, TopicArn=topic, Token="0" * 64)
        self.assertIn(code, ("InvalidParameter", "NotFound"))

    def test_a_presigned_url_publishes(self):
        topic = self.topic()
        url, _ = self.reader(topic, RawMessageDelivery="true")
        signed = self.sns.generate_presigned_url("publish", Params={"TopicArn": topic, "Message": "signed"})
        with urllib.request.urlopen(signed) as answer:
            self.assertIn(b"<MessageId>", answer.read())
        self.assertEqual(self.bodies(url), ["signed"])
