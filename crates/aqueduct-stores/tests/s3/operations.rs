//! Operations on buckets and objects as data: steps of one case act on what those before them left.

use crate::support::{Fields, ask, both};

/// A request, its header fields and body, the status of its answer, and what the answer has in its head or body.
type Step = (&'static str, Fields<'static>, &'static str, u16, &'static [&'static str]);

/// The entity tag of `one`.
const ONE: &str = "\"f97c5d29941bfb1b2fdab0874906ab82\"";

const CASES: &[(&str, &[Step])] = &[
    (
        "buckets come and go",
        &[
            ("GET /box", &[], "", 404, &["NoSuchBucket"]),
            ("PUT /box", &[], "", 200, &["location: /box"]),
            ("PUT /box", &[], "", 409, &["BucketAlreadyOwnedByYou"]),
            ("PUT /Box_", &[], "", 400, &["InvalidBucketName"]),
            ("HEAD /box", &[], "", 200, &["x-amz-request-id: 0000000000000005"]),
            ("HEAD /bag", &[], "", 404, &[]),
            ("GET /", &[], "", 200, &["<Name>box</Name>", "<CreationDate>2027-01-15T08:00:00.250Z</CreationDate>"]),
            ("GET /box?location", &[], "", 200, &["LocationConstraint"]),
            ("GET /box?versioning", &[], "", 200, &["VersioningConfiguration"]),
            ("PUT /box/k", &[], "one", 200, &[]),
            ("DELETE /box", &[], "", 409, &["BucketNotEmpty"]),
            ("DELETE /box/k", &[], "", 204, &[]),
            ("DELETE /box", &[], "", 204, &[]),
            ("DELETE /box", &[], "", 404, &["NoSuchBucket"]),
            ("PUT /box/k", &[], "one", 404, &["NoSuchBucket"]),
        ],
    ),
    (
        "a bucket knows the Region that it was made for",
        &[
            (
                "PUT /box",
                &[],
                "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
                200,
                &[],
            ),
            ("GET /box?location", &[], "", 200, &["eu-west-1"]),
            ("HEAD /box", &[], "", 200, &["x-amz-bucket-region: eu-west-1"]),
        ],
    ),
    (
        "an object keeps what is said of it",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("GET /box/k", &[], "", 404, &["NoSuchKey"]),
            (
                "PUT /box/k",
                &[
                    ("content-type", "text/plain; charset=utf-8"),
                    ("content-encoding", "gzip"),
                    ("content-disposition", "attachment"),
                    ("content-language", "de"),
                    ("cache-control", "no-store"),
                    ("expires", "Fri, 15 Jan 2027 09:00:00 GMT"),
                    ("x-amz-meta-colour", "blue"),
                    ("x-amz-tagging", "a=1&b=x%20y"),
                    ("x-amz-server-side-encryption", "aws:kms"),
                ],
                "one",
                200,
                &["etag: \"f97c5d29941bfb1b2fdab0874906ab82\"", "x-amz-server-side-encryption: aws:kms"],
            ),
            (
                "GET /box/k",
                &[],
                "",
                200,
                &[
                    "content-type: text/plain; charset=utf-8",
                    "content-encoding: gzip",
                    "content-disposition: attachment",
                    "content-language: de",
                    "cache-control: no-store",
                    "expires: Fri, 15 Jan 2027 09:00:00 GMT",
                    "x-amz-meta-colour: blue",
                    "x-amz-tagging-count: 2",
                    "x-amz-server-side-encryption: aws:kms",
                    "last-modified: Fri, 15 Jan 2027 08:00:00 GMT",
                    "accept-ranges: bytes",
                    "content-length: 3",
                    "\none",
                ],
            ),
            ("HEAD /box/k", &[], "", 200, &["x-amz-meta-colour: blue", "content-length: 3"]),
            ("GET /box/k?response-content-type=text%2Fcss", &[], "", 200, &["content-type: text/css"]),
            ("PUT /box/plain", &[], "", 200, &[]),
            (
                "HEAD /box/plain",
                &[],
                "",
                200,
                &["content-type: binary/octet-stream", "content-length: 0", "x-amz-server-side-encryption: AES256"],
            ),
        ],
    ),
    (
        "ranges",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/k", &[], "0123456789", 200, &[]),
            ("PUT /box/empty", &[], "", 200, &[]),
            ("GET /box/k", &[("range", "bytes=2-4")], "", 206, &["content-range: bytes 2-4/10", "\n234"]),
            ("GET /box/k", &[("range", "bytes=7-")], "", 206, &["content-range: bytes 7-9/10", "\n789"]),
            ("GET /box/k", &[("range", "bytes=-4")], "", 206, &["content-range: bytes 6-9/10", "\n6789"]),
            ("GET /box/k", &[("range", "bytes=8-99")], "", 206, &["content-range: bytes 8-9/10", "\n89"]),
            ("GET /box/k", &[("range", "bytes=10-")], "", 416, &["InvalidRange"]),
            ("GET /box/empty", &[("range", "bytes=0-")], "", 416, &["InvalidRange"]),
            ("GET /box/empty", &[("range", "bytes=-1")], "", 416, &["InvalidRange"]),
            ("HEAD /box/k", &[("range", "bytes=2-4")], "", 206, &["content-range: bytes 2-4/10", "content-length: 3"]),
            ("GET /box/k?partNumber=1", &[], "", 206, &["content-range: bytes 0-9/10", "\n0123456789"]),
            ("GET /box/k?partNumber=2", &[], "", 416, &["InvalidPartNumber"]),
        ],
    ),
    (
        "conditions of reads",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/k", &[], "one", 200, &[]),
            ("GET /box/k", &[("if-match", ONE)], "", 200, &[]),
            ("GET /box/k", &[("if-match", "\"0\"")], "", 412, &["PreconditionFailed"]),
            ("GET /box/k", &[("if-none-match", ONE)], "", 304, &["etag: \"f97c5d29941bfb1b2fdab0874906ab82\""]),
            ("HEAD /box/k", &[("if-none-match", ONE)], "", 304, &["last-modified: Fri, 15 Jan 2027 08:00:00 GMT"]),
            ("GET /box/k", &[("if-none-match", "\"0\"")], "", 200, &[]),
            ("GET /box/k", &[("if-modified-since", "Fri, 15 Jan 2027 08:00:00 GMT")], "", 304, &[]),
            ("GET /box/k", &[("if-modified-since", "Fri, 15 Jan 2027 07:59:59 GMT")], "", 200, &[]),
            ("GET /box/k", &[("if-unmodified-since", "Fri, 15 Jan 2027 08:00:00 GMT")], "", 200, &[]),
            ("GET /box/k", &[("if-unmodified-since", "Fri, 15 Jan 2027 07:59:59 GMT")], "", 412, &[]),
            (
                "GET /box/k",
                &[("if-match", ONE), ("if-unmodified-since", "Fri, 15 Jan 2027 07:59:59 GMT")],
                "",
                200,
                &[],
            ),
            (
                "GET /box/k",
                &[("if-none-match", ONE), ("if-modified-since", "Fri, 15 Jan 2027 07:59:59 GMT")],
                "",
                304,
                &[],
            ),
        ],
    ),
    (
        "conditions of writes",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/k", &[("if-match", ONE)], "two", 404, &["NoSuchKey"]),
            ("PUT /box/k", &[("if-none-match", "*")], "one", 200, &[]),
            ("PUT /box/k", &[("if-none-match", "*")], "two", 412, &["PreconditionFailed"]),
            ("PUT /box/k", &[("if-none-match", ONE)], "two", 501, &["NotImplemented"]),
            ("PUT /box/k", &[("if-match", "\"0\"")], "two", 412, &[]),
            ("GET /box/k", &[], "", 200, &["\none"]),
            ("PUT /box/k", &[("if-match", ONE)], "two", 200, &[]),
            ("GET /box/k", &[], "", 200, &["\ntwo"]),
            ("DELETE /box/k", &[("if-match", ONE)], "", 412, &[]),
            ("DELETE /box/none", &[("if-match", "*")], "", 404, &["NoSuchKey"]),
            ("DELETE /box/none", &[], "", 204, &[]),
            ("DELETE /box/k", &[("if-match", "*")], "", 204, &[]),
            ("GET /box/k", &[], "", 404, &[]),
        ],
    ),
    (
        "checksums are verified, kept, and told to who asks",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/k", &[("content-md5", "+XxdKZQb+xsv2rCHSQargg==")], "one", 200, &["x-amz-checksum-crc64nvme"]),
            ("PUT /box/k", &[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")], "one", 400, &["BadDigest"]),
            ("PUT /box/k", &[("content-md5", "one")], "one", 400, &["InvalidDigest"]),
            (
                "PUT /box/k",
                &[("x-amz-checksum-crc32", "dwwV3w==")],
                "one",
                400,
                &["BadDigest", "The CRC32 you specified did not match the calculated checksum."],
            ),
            ("PUT /box/k", &[("x-amz-checksum-crc32", "!")], "one", 400, &["InvalidRequest"]),
            (
                "PUT /box/k",
                &[("x-amz-checksum-sha256", "dpLDrTVAuLgDw/+7+vVcypBdxg8knqyc0q9Qd4cdBxQ=")],
                "one",
                400,
                &["BadDigest"],
            ),
            (
                "PUT /box/k",
                &[("x-amz-checksum-sha256", "dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=")],
                "one",
                200,
                &[
                    "x-amz-checksum-sha256: dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=",
                    "x-amz-checksum-type: FULL_OBJECT",
                ],
            ),
            ("GET /box/k", &[("x-amz-checksum-mode", "ENABLED")], "", 200, &["x-amz-checksum-sha256: dpLD"]),
            ("HEAD /box/k", &[("x-amz-checksum-mode", "ENABLED")], "", 200, &["x-amz-checksum-sha256: dpLD"]),
            (
                "PUT /box/k",
                &[("x-amz-checksum-sha1", "AAAA"), ("x-amz-checksum-crc32", "AAAAAA==")],
                "one",
                400,
                &["Multiple checksum Types are not allowed"],
            ),
            (
                "PUT /box/k",
                &[
                    ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                    ("x-amz-trailer", "x-amz-checksum-crc32"),
                ],
                "3\r\none\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
                400,
                &["BadDigest"],
            ),
        ],
    ),
    (
        "copies",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /bag", &[], "", 200, &[]),
            (
                "PUT /box/a%2Bb",
                &[("x-amz-meta-colour", "blue"), ("content-type", "text/css"), ("x-amz-tagging", "a=1")],
                "one",
                200,
                &[],
            ),
            ("PUT /bag/k", &[("x-amz-copy-source", "/box/a%2Bb")], "", 200, &["CopyObjectResult", "f97c5d29"]),
            ("GET /bag/k", &[], "", 200, &["x-amz-meta-colour: blue", "text/css", "x-amz-tagging-count: 1", "\none"]),
            (
                "PUT /bag/k",
                &[
                    ("x-amz-copy-source", "box/a%2Bb"),
                    ("x-amz-metadata-directive", "REPLACE"),
                    ("x-amz-meta-shape", "round"),
                ],
                "",
                200,
                &[],
            ),
            ("HEAD /bag/k", &[], "", 200, &["x-amz-meta-shape: round", "content-type: binary/octet-stream"]),
            ("PUT /bag/k", &[("x-amz-copy-source", "bag/k")], "", 400, &["copy an object to itself"]),
            ("PUT /bag/k", &[("x-amz-copy-source", "bag/none")], "", 404, &["NoSuchKey"]),
            ("PUT /bag/k", &[("x-amz-copy-source", "none/k")], "", 404, &["NoSuchBucket"]),
            ("PUT /bag/k", &[("x-amz-copy-source", "box/a%2Bb"), ("if-none-match", "*")], "", 412, &[]),
            (
                "PUT /bag/n",
                &[("x-amz-copy-source", "box/a%2Bb"), ("x-amz-copy-source-if-none-match", ONE)],
                "",
                412,
                &[],
            ),
            ("PUT /bag/n", &[("x-amz-copy-source", "box/a%2Bb?versionId=1")], "", 501, &["versions"]),
        ],
    ),
    (
        "many are deleted at once, each under its own condition",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/a", &[], "one", 200, &[]),
            ("PUT /box/b", &[], "one", 200, &[]),
            (
                "POST /box?delete",
                &[],
                "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><ETag>\"0\"</ETag></Object>\
                 <Object><Key>none</Key></Object></Delete>",
                200,
                &[
                    "<Deleted><Key>a</Key></Deleted><Deleted><Key>none</Key></Deleted>",
                    "<Code>PreconditionFailed</Code><Key>b</Key>",
                ],
            ),
            ("GET /box/a", &[], "", 404, &[]),
            ("GET /box/b", &[], "", 200, &[]),
            ("POST /box?delete", &[], "<Delete></Delete>", 400, &["MalformedXML"]),
        ],
    ),
    (
        "tags",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("PUT /box/k", &[("x-amz-meta-colour", "blue")], "one", 200, &[]),
            (
                "PUT /box/k?tagging",
                &[],
                "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
                200,
                &[],
            ),
            ("GET /box/k?tagging", &[], "", 200, &["<Key>a</Key><Value>1</Value>"]),
            ("GET /box/k", &[], "", 200, &["x-amz-meta-colour: blue", "x-amz-tagging-count: 1", ONE, "\none"]),
            ("DELETE /box/k?tagging", &[], "", 204, &[]),
            ("GET /box/k?tagging", &[], "", 200, &["<TagSet>"]),
            ("PUT /box/k", &[("x-amz-tagging", "a=1&a=2")], "one", 400, &["InvalidTag"]),
            (
                "PUT /box/none?tagging",
                &[],
                "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
                404,
                &["NoSuchKey"],
            ),
        ],
    ),
    (
        "what is not modelled is refused by name",
        &[
            ("PUT /box", &[], "", 200, &[]),
            ("GET /box?policy", &[], "", 501, &["NotImplemented"]),
            ("GET /box?versions", &[], "", 501, &["NotImplemented"]),
            ("PUT /box/k", &[("x-amz-acl", "public-read")], "one", 501, &["ACLs"]),
            ("GET /box/k?versionId=1", &[], "", 501, &["versions of objects"]),
            ("PUT /box/k", &[("x-amz-object-lock-mode", "COMPLIANCE")], "one", 501, &["locks of objects"]),
        ],
    ),
];

#[tokio::test]
async fn every_case_is_the_same_in_both_places() {
    for (case, steps) in CASES {
        for (place, s3) in both() {
            for (number, (line, fields, body, status, expected)) in steps.iter().enumerate() {
                let answer = ask(&s3, line, fields, *body).await;
                let head = answer.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
                let told = head.collect::<String>() + "\n" + &answer.text();
                assert_eq!(answer.status, *status, "{case}, in {place}, step {number}: {line}\n{told}");
                for expected in *expected {
                    assert!(
                        told.contains(expected),
                        "{case}, in {place}, step {number}: {line} without {expected}\n{told}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    for (place, s3) in both() {
        ask(&s3, "PUT /box", &[], "").await;
        let answer = ask(&s3, "PUT /box/k", &[], vec![0; 72 * 1024 * 1024 + 1]).await;
        assert_eq!((answer.status, answer.one("Code")), (400, "EntityTooLarge".to_owned()), "{place}");
    }
}
