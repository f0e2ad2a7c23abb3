"""What is beside the five services: tables, objects and who one is."""

import io

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

    def test_s3_takes_any_key_and_files_in_parts(self):
        s3, boxes = client("s3"), name("boxes")
        s3.create_bucket(Bucket=boxes)
        keys = ["/a", "../a", "a b+c%20", "a//b", "a/\r\n", "k" * 1024, "\U0001f980"]
        body = bytes(range(256)) * 70_000
        for key in keys:
            s3.upload_fileobj(io.BytesIO(body), boxes, key, ExtraArgs={"Metadata": {"colour": "blue"}})
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=boxes, PaginationConfig={"PageSize": 2})
        self.assertEqual([found["Key"] for page in pages for found in page["Contents"]], sorted(keys))
        got = s3.get_object(Bucket=boxes, Key="a//b")
        self.assertEqual((got["Metadata"], got["ETag"][-3:]), ({"colour": "blue"}, '-3"'))
        self.assertEqual(got["Body"].read(), body)
        s3.copy({"Bucket": boxes, "Key": "a//b"}, boxes, "copied")
        self.assertEqual(s3.get_object(Bucket=boxes, Key="copied", Range="bytes=256-258")["Body"].read(), bytes(range(3)))
        self.assertEqual(self.code(s3.put_object, Bucket=boxes, Key="k" * 1025), "KeyTooLongError")
        gone = s3.delete_objects(Bucket=boxes, Delete={"Objects": [{"Key": key} for key in [*keys, "copied"]]})
        self.assertEqual(len(gone["Deleted"]), len(keys) + 1)
        s3.delete_bucket(Bucket=boxes)

    def test_sts_says_who_one_is(self):
        self.assertRegex(client("sts").get_caller_identity()["Account"], "^[0-9]{12}$")
