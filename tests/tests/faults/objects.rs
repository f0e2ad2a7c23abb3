//! What every store of bodies does: in memory, and in the embedded S3.

use aqueduct::aws::{S3Objects, s3};
use aqueduct::claim_check::{MemoryObjects, ObjectError, Objects, Pointer};

use crate::cloud::Cloud;

const TEMPLATE: &str = "
Resources:
  First: { Type: AWS::S3::Bucket, Properties: { BucketName: first } }
  Second: { Type: AWS::S3::Bucket, Properties: { BucketName: second } }
";

/// Keys that an address has to escape or a folder could not have, and the longest.
fn keys() -> [String; 9] {
    let keys = ["k", "a/b/c", "a b+c%20&d=e?f#g", "\u{e4}\u{1f980}", "'()*!~", "a//", "/", "../", &*"l/".repeat(511)];
    keys.map(|key| format!("{key}k"))
}

/// `insert` stores bytes that are no text.
async fn assert_all(objects: &dyn Objects, insert: impl AsyncFn(&Pointer, &[u8])) {
    for key in keys() {
        let pointer = Pointer::new("first", &*key);
        assert_eq!(objects.get(&pointer, 100).await, Err(ObjectError::Missing), "{key}");
        for body in ["one", "", "\u{e4}\u{1f980}\n\0", "another"] {
            assert_eq!(objects.put(&pointer, body).await, Ok(()), "{key}");
            assert_eq!(objects.get(&pointer, 100).await.as_deref(), Ok(body), "{key}: what was stored last counts");
        }
        let elsewhere = Pointer::new("second", &*key);
        assert_eq!(objects.get(&elsewhere, 100).await, Err(ObjectError::Missing), "{key}: buckets are apart");
    }
    let pointer = Pointer::new("second", "size");
    objects.put(&pointer, "\u{e4}bc").await.unwrap();
    assert_eq!(objects.get(&pointer, 3).await, Err(ObjectError::TooLarge(3)), "limits are in bytes");
    assert_eq!(objects.get(&pointer, 4).await.as_deref(), Ok("\u{e4}bc"));
    insert(&pointer, &[b'a', 0xff]).await;
    assert_eq!(objects.get(&pointer, 100).await, Err(ObjectError::NotText));
    let large = "x".repeat(6 * 1024 * 1024);
    objects.put(&pointer, &large).await.unwrap();
    assert!(objects.get(&pointer, large.len()).await.as_deref() == Ok(&*large));
}

#[tokio::test]
async fn objects_in_memory() {
    let objects = MemoryObjects::default();
    assert_all(&objects, async |pointer, bytes| objects.insert(pointer.clone(), bytes)).await;
}

#[tokio::test]
async fn objects_in_s3() {
    let cloud = Cloud::start(TEMPLATE).await;
    let client = cloud.s3();
    let objects = S3Objects::new(client.clone());
    let insert = async |pointer: &Pointer, bytes: &[u8]| {
        let body = s3::primitives::ByteStream::from(bytes.to_vec());
        client.put_object().bucket(&pointer.bucket).key(&pointer.key).body(body).send().await.unwrap();
    };
    assert_all(&objects, insert).await;
    let nowhere = Pointer::new("third", "k");
    assert_eq!(objects.get(&nowhere, 100).await, Err(ObjectError::NoBucket));
    assert_eq!(objects.put(&nowhere, "x").await, Err(ObjectError::NoBucket));
    cloud.end().await;
}
