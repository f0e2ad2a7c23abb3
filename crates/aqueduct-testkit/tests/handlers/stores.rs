//! DynamoDB and S3 behind SDK clients.

use std::time::Duration;

use aqueduct_testkit::Cloud;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValue, TransactWriteItem};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

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
