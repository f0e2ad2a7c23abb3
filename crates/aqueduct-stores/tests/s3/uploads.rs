//! Uploads in parts.

use aqueduct_stores::S3;
use http::StatusCode;

use crate::support::{Answer, Fields, ask, both, done};

/// The least that a part must have which is not the last.
const FIVE_MIB: usize = 5 * 1024 * 1024;

/// The parts of an object: their numbers, and what is said of each beside.
type Parts<'a> = &'a [(usize, &'a str)];

async fn begun(s3: &S3, key: &str, fields: Fields<'_>) -> String {
    let answer = ask(s3, &format!("POST /box/{key}?uploads"), fields, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.one("UploadId")
}

/// The entity tag of a part, in quotes.
async fn part(s3: &S3, key: &str, id: &str, number: usize, body: Vec<u8>) -> String {
    let answer = done(s3, &format!("PUT /box/{key}?partNumber={number}&uploadId={id}"), body).await;
    answer.header("etag").unwrap().to_owned()
}

async fn completed(s3: &S3, key: &str, id: &str, parts: Parts<'_>, fields: Fields<'_>) -> Answer {
    let parts: Vec<String> =
        parts.iter().map(|(number, rest)| format!("<Part><PartNumber>{number}</PartNumber>{rest}</Part>")).collect();
    let body = format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.concat());
    ask(s3, &format!("POST /box/{key}?uploadId={id}"), fields, body).await
}

fn tag(etag: &str) -> String {
    format!("<ETag>{etag}</ETag>")
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.one("Code"))
}

#[tokio::test]
async fn parts_become_an_object_in_the_order_of_their_numbers() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let id = begun(&s3, "k", &[("x-amz-meta-colour", "blue"), ("content-type", "text/plain")]).await;
        let last = part(&s3, "k", &id, 7, b"end".to_vec()).await;
        part(&s3, "k", &id, 2, b"replaced".to_vec()).await;
        let first = part(&s3, "k", &id, 2, vec![b'x'; FIVE_MIB]).await;
        assert_eq!(ask(&s3, "GET /box/k", &[], "").await.status, 404, "nothing is there before its end, in {place}");
        let listed = done(&s3, &format!("GET /box/k?uploadId={id}&max-parts=1"), "").await;
        assert_eq!((listed.one("Size"), listed.one("NextPartNumberMarker")), (FIVE_MIB.to_string(), "2".to_owned()));
        assert_eq!(listed.one("IsTruncated"), "true");
        let rest = done(&s3, &format!("GET /box/k?uploadId={id}&part-number-marker=2"), "").await;
        assert_eq!((rest.one("PartNumber"), rest.one("IsTruncated")), ("7".to_owned(), "false".to_owned()));
        let answer = completed(&s3, "k", &id, &[(2, &tag(&first)), (7, &tag(&last))], &[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        // The digest of the digests of five MiB of `x` and of `end`.
        assert_eq!(answer.one("ETag"), "\"6d7c5fbffce55b2eb513ca823d7235b2-2\"", "in {place}");
        let got = done(&s3, "GET /box/k", "").await;
        assert_eq!(got.body.len(), FIVE_MIB + 3);
        assert!(got.body.ends_with(b"xend"));
        assert_eq!((got.header("x-amz-meta-colour"), got.header("content-type")), (Some("blue"), Some("text/plain")));
        let second = done(&s3, "GET /box/k?partNumber=7", "").await;
        assert_eq!((second.text().as_str(), second.header("x-amz-mp-parts-count")), ("end", Some("2")));
        let again = completed(&s3, "k", &id, &[(2, &tag(&first))], &[]).await;
        assert_eq!(code(&again), (404, "NoSuchUpload".to_owned()), "in {place}");
        done(&s3, "DELETE /box/k", "").await;
        done(&s3, "DELETE /box", "").await;
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_can_be_tried_again() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let id = begun(&s3, "k", &[]).await;
        let [one, two] = [part(&s3, "k", &id, 1, b"one".to_vec()).await, part(&s3, "k", &id, 2, b"two".to_vec()).await];
        let [one, two] = [tag(&one), tag(&two)];
        let cases: [(Parts<'_>, Fields<'_>, u16, &str); 9] = [
            (&[(1, &one), (2, &two)], &[], 400, "EntityTooSmall"),
            (&[(2, &two), (1, &one)], &[], 400, "InvalidPartOrder"),
            (&[(1, &one), (1, &one)], &[], 400, "InvalidPartOrder"),
            (&[(3, &one)], &[], 400, "InvalidPart"),
            (&[(1, &two)], &[], 400, "InvalidPart"),
            (&[(1, "")], &[], 400, "InvalidPart"),
            (&[(1, &one)], &[("x-amz-mp-object-size", "4")], 400, "InvalidRequest"),
            (&[(1, &one)], &[("if-match", "\"0\"")], 404, "NoSuchKey"),
            (&[(1, &one)], &[("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")], 400, "BadDigest"),
        ];
        for (parts, fields, status, expected) in cases {
            let answer = completed(&s3, "k", &id, parts, fields).await;
            assert_eq!(code(&answer), (status, expected.to_owned()), "{parts:?}, in {place}");
        }
        assert_eq!(completed(&s3, "k", &id, &[(2, &two)], &[("if-none-match", "*")]).await.status, 200);
        assert_eq!(done(&s3, "GET /box/k", "").await.text(), "two");
        let id = begun(&s3, "k", &[]).await;
        let one = tag(&part(&s3, "k", &id, 1, b"one".to_vec()).await);
        let kept = completed(&s3, "k", &id, &[(1, &one)], &[("if-none-match", "*")]).await;
        assert_eq!(code(&kept), (412, "PreconditionFailed".to_owned()), "in {place}");
        let far = ask(&s3, &format!("PUT /box/k?partNumber=10001&uploadId={id}"), &[], "").await;
        assert_eq!(code(&far), (400, "InvalidArgument".to_owned()));
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_is_gone() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let id = begun(&s3, "k", &[]).await;
        part(&s3, "k", &id, 1, b"one".to_vec()).await;
        done(&s3, &format!("DELETE /box/k?uploadId={id}"), "").await;
        for line in [
            format!("PUT /box/k?partNumber=1&uploadId={id}"),
            format!("GET /box/k?uploadId={id}"),
            format!("DELETE /box/k?uploadId={id}"),
            "DELETE /box/other?uploadId=..%2F..%2Fobjects".to_owned(),
        ] {
            assert_eq!(code(&ask(&s3, &line, &[], "").await), (404, "NoSuchUpload".to_owned()), "{line}, in {place}");
        }
    }
}

#[tokio::test]
async fn uploads_are_listed_by_key_and_beginning() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let mut ids = Vec::new();
        for key in ["a/1", "b", "b", "a/2", "c"] {
            ids.push(begun(&s3, key, &[]).await);
        }
        let all = done(&s3, "GET /box?uploads", "").await;
        assert_eq!(all.all("Key"), ["a/1", "a/2", "b", "b", "c"], "in {place}");
        assert_eq!(all.all("UploadId"), [&*ids[0], &ids[3], &ids[1], &ids[2], &ids[4]]);
        let page = done(&s3, "GET /box?uploads&delimiter=/&max-uploads=2", "").await;
        assert_eq!(
            (page.one("CommonPrefixes"), page.all("UploadId")),
            ("<Prefix>a/</Prefix>".to_owned(), vec![ids[1].clone()])
        );
        let (key, id) = (page.one("NextKeyMarker"), page.one("NextUploadIdMarker"));
        let next = format!("GET /box?uploads&delimiter=/&key-marker={key}&upload-id-marker={id}");
        assert_eq!(done(&s3, &next, "").await.all("UploadId"), [&*ids[2], &ids[4]]);
    }
}

#[tokio::test]
async fn checksums_of_parts_make_that_of_the_object() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let id = begun(&s3, "k", &[("x-amz-checksum-algorithm", "SHA256")]).await;
        let sum = "dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=";
        let upload = format!("PUT /box/k?partNumber=1&uploadId={id}");
        let wrong = ask(&s3, &upload, &[("x-amz-checksum-crc32", "emyG8Q==")], "one").await;
        assert_eq!(code(&wrong), (400, "InvalidRequest".to_owned()), "in {place}");
        let sent = ask(&s3, &upload, &[("x-amz-checksum-sha256", sum)], "one").await;
        let one = tag(sent.header("etag").unwrap());
        let untold = completed(&s3, "k", &id, &[(1, &one)], &[]).await;
        assert_eq!(code(&untold), (400, "InvalidRequest".to_owned()), "{}", untold.text());
        let told = format!("{one}<ChecksumSHA256>{sum}</ChecksumSHA256>");
        let answer = completed(&s3, "k", &id, &[(1, &told)], &[]).await;
        // The digest of the digest of `one`.
        assert_eq!(answer.one("ChecksumSHA256"), "/o16hz3EiWGmrzNMmWsss843FJ1c6cklOVKlTGqSwa0=-1");
        assert_eq!(answer.one("ChecksumType"), "COMPOSITE");
        let id =
            begun(&s3, "w", &[("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")]).await;
        let one = tag(&part(&s3, "w", &id, 1, b"one".to_vec()).await);
        let whole = completed(&s3, "w", &id, &[(1, &one)], &[("x-amz-checksum-crc32", "emyG8Q==")]).await;
        assert_eq!(
            (whole.one("ChecksumCRC32"), whole.one("ChecksumType")),
            ("emyG8Q==".to_owned(), "FULL_OBJECT".to_owned())
        );
    }
}

#[tokio::test]
async fn parts_are_copied_from_objects() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        done(&s3, "PUT /box/source", "0123456789").await;
        let id = begun(&s3, "k", &[]).await;
        let line = format!("PUT /box/k?partNumber=1&uploadId={id}");
        let copied = [("x-amz-copy-source", "box/source"), ("x-amz-copy-source-range", "bytes=2-4")];
        let answer = ask(&s3, &line, &copied, "").await;
        let one = tag(&answer.one("ETag"));
        for range in ["bytes=2-10", "bytes=-1", "2-4"] {
            let copied = [("x-amz-copy-source", "box/source"), ("x-amz-copy-source-range", range)];
            assert_eq!(code(&ask(&s3, &line, &copied, "").await), (400, "InvalidArgument".to_owned()), "{range}");
        }
        assert_eq!(completed(&s3, "k", &id, &[(1, &one)], &[]).await.status, StatusCode::OK);
        assert_eq!(done(&s3, "GET /box/k", "").await.text(), "234", "in {place}");
    }
}
