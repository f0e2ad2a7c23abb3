"""What is beside the five services: tables, objects and who one is."""

from support import Endpoint, client, name


class Others(Endpoint):
    def test_dynamodb_keeps_items(self):
        dynamodb, things = client("dynamodb"), name("things")
        dynamodb.create_table(
            TableName=things,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        item = {"id": {"S": "1"}, "count": {"N": "7"}}
        put = {"TableName": things, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        dynamodb.put_item(**put)
        self.assertEqual(dynamodb.get_item(TableName=things, Key={"id": {"S": "1"}})["Item"], item)
        self.assertEqual(self.code(dynamodb.put_item, **put), "ConditionalCheckFailedException")

    def test_s3_keeps_objects(self):
        s3, boxes = client("s3"), name("boxes")
        s3.create_bucket(Bucket=boxes)
        s3.put_object(Bucket=boxes, Key="a/b", Body=b"contents")
        self.assertEqual(s3.get_object(Bucket=boxes, Key="a/b")["Body"].read(), b"contents")
        self.assertEqual(self.code(s3.get_object, Bucket=boxes, Key="none"), "NoSuchKey")

    def test_sts_says_who_one_is(self):
        self.assertRegex(client("sts").get_caller_identity()["Account"], "^[0-9]{12}$")
