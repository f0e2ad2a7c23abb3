//! DynamoDB and S3 behind SDK clients.

use std::time::Duration;

use aqueduct_testkit::Cloud;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValue, TransactWriteItem};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};

const TEMPLATE: &str = r#"{
  "Resources": {
    "Files": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "files" } },
    "Items": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
      "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
      "TimeToLiveSpecification": { "AttributeName": "expires", "Enabled": true } } }
  }
}"#;

#[test]
fn objects_are_stored_listed_and_deleted() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    cloud.run_for(Duration::from_hours(1));
    let s3 = aws_sdk_s3::Client::new(cloud.config());
    cloud.run(async {
        for key in ["a/1", "a/2", "b"] {
            let put = s3.put_object().bucket("files").key(key).content_type("text/plain");
            put.body(ByteStream::from_static(b"hello")).send().await.unwrap();
        }
        let again = s3.put_object().bucket("files").key("b").if_none_match("*").send().await;
        assert_eq!(again.unwrap_err().raw_response().unwrap().status().as_u16(), 412);
        let got = s3.get_object().bucket("files").key("a/1").range("bytes=1-3").send().await.unwrap();
        assert_eq!((got.content_type(), got.content_range()), (Some("text/plain"), Some("bytes 1-3/5")));
        assert_eq!(got.last_modified().unwrap().secs(), 1_800_003_600);
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"ell");
        let page = s3.list_objects_v2().bucket("files").delimiter("/").max_keys(1).send().await.unwrap();
        let prefixes: Vec<_> = page.common_prefixes().iter().filter_map(|common| common.prefix()).collect();
        assert_eq!((prefixes, page.is_truncated()), (vec!["a/"], Some(true)));
        let next = s3.list_objects_v2().bucket("files").delimiter("/");
        let next = next.set_continuation_token(page.next_continuation_token().map(str::to_owned)).send().await.unwrap();
        assert_eq!(next.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["b"]);
        s3.copy_object().copy_source("files/b").bucket("files").key("c").send().await.unwrap();
        let gone = ObjectIdentifier::builder().key("b").build().unwrap();
        let gone = Delete::builder().objects(gone).build().unwrap();
        s3.delete_objects().bucket("files").delete(gone).send().await.unwrap();
        assert!(
            s3.get_object().bucket("files").key("b").send().await.unwrap_err().into_service_error().is_no_such_key()
        );
        assert_eq!(s3.head_object().bucket("files").key("c").send().await.unwrap().content_length(), Some(5));
    });
}

#[test]
fn objects_are_uploaded_in_parts_under_any_key() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let s3 = aws_sdk_s3::Client::new(cloud.config());
    cloud.run(async {
        for (key, algorithm) in
            [("a//b", None), ("/a", Some(ChecksumAlgorithm::Crc32)), ("../a", Some(ChecksumAlgorithm::Sha256))]
        {
            let upload =
                s3.create_multipart_upload().bucket("files").key(key).set_checksum_algorithm(algorithm.clone());
            let upload = upload.send().await.unwrap();
            let mut parts = CompletedMultipartUpload::builder();
            for (number, body) in [(1, vec![b'x'; 5 * 1024 * 1024]), (2, b"end".to_vec())] {
                let part = s3.upload_part().bucket("files").key(key).set_upload_id(upload.upload_id.clone());
                let part = part.part_number(number).set_checksum_algorithm(algorithm.clone()).body(body.into());
                let part = part.send().await.unwrap();
                let done = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
                let done = done.set_checksum_crc32(part.checksum_crc32).set_checksum_sha256(part.checksum_sha256);
                parts = parts.parts(done.build());
            }
            let complete = s3.complete_multipart_upload().bucket("files").key(key).multipart_upload(parts.build());
            let complete = complete.set_upload_id(upload.upload_id).send().await.unwrap();
            assert_eq!(complete.e_tag(), Some("\"6d7c5fbffce55b2eb513ca823d7235b2-2\""), "{key}");
            // The client holds the body against the checksum that comes with it.
            let got = s3.get_object().bucket("files").key(key).send().await.unwrap();
            assert_eq!(got.body.collect().await.unwrap().into_bytes().len(), 5 * 1024 * 1024 + 3, "{key}");
        }
        let first = s3.list_objects().bucket("files").max_keys(2).send().await.unwrap();
        let keys: Vec<_> = first.contents().iter().filter_map(|object| object.key()).collect();
        assert_eq!((&keys[..], first.is_truncated()), (&["../a", "/a"][..], Some(true)));
        let rest = s3.list_objects().bucket("files").marker("/a").send().await.unwrap();
        assert_eq!(rest.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["a//b"]);
    });
}

#[test]
fn items_expire_by_the_cloud_s_time() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let dynamodb = cloud.environment().dynamodb();
    let value = AttributeValue::S;
    let get = async || {
        let got = dynamodb.get_item().table_name("items").key("id", value("1".to_owned())).send().await;
        got.unwrap().item.is_some()
    };
    cloud.run(async {
        let expires = AttributeValue::N("1800000060".to_owned());
        let put = dynamodb.put_item().table_name("items").item("id", value("1".to_owned())).item("expires", expires);
        put.send().await.unwrap();
        assert!(get().await);
        tokio::time::sleep(Duration::from_hours(2)).await;
        assert!(!get().await);
    });
}

#[test]
fn a_transaction_is_known_by_its_token_for_ten_minutes() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let dynamodb = cloud.environment().dynamodb();
    let id = || AttributeValue::S("1".to_owned());
    let write = async || {
        let put = Put::builder().table_name("items").item("id", id()).build().unwrap();
        let put = TransactWriteItem::builder().put(put).build();
        dynamodb.transact_write_items().client_request_token("token").transact_items(put).send().await.unwrap();
        let deleted = dynamodb.delete_item().table_name("items").key("id", id()).return_values(ReturnValue::AllOld);
        deleted.send().await.unwrap().attributes.is_some()
    };
    let outcomes = cloud.run(async {
        let (first, again) = (write().await, write().await);
        tokio::time::sleep(Duration::from_mins(10)).await;
        (first, again, write().await)
    });
    assert_eq!(outcomes, (true, false, true));
}
