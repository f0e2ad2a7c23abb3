//! What requests may ask for that is not modelled: refused by its name, where ignoring it would do something else than AWS.

use http::HeaderMap;
use http::request::Parts;

/// The values with which a header changes nothing.
#[derive(Clone, Copy)]
enum Harmless {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

use Harmless::{AllBut, Only};

/// How names of headers begin, their harmless values, and what they ask for.
const HEADERS: [(&str, Harmless, &str); 12] = [
    // A bucket's owner has everything, and others have no access, as with buckets that AWS makes.
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    ("x-amz-acl", Only(&["private", "bucket-owner-full-control"]), "ACLs"),
    ("x-amz-grant-", Only(&[]), "ACLs"),
    ("x-amz-server-side-encryption-customer-", Only(&[]), "encryption with keys of callers"),
    ("x-amz-copy-source-server-side-encryption-customer-", Only(&[]), "encryption with keys of callers"),
    ("x-amz-object-lock-", Only(&[]), "locks of objects"),
    ("x-amz-bucket-object-lock-enabled", Only(&["false"]), "locks of objects"),
    ("x-amz-write-offset-bytes", Only(&[]), "appending to objects"),
    ("x-amz-storage-class", AllBut(&["GLACIER", "DEEP_ARCHIVE"]), "storage classes that objects must be restored from"),
    ("x-amz-checksum-md5", Only(&[]), "checksums with MD5"),
    ("x-amz-checksum-sha512", Only(&[]), "checksums with SHA-512"),
    ("x-amz-checksum-xxhash", Only(&[]), "checksums with XXHash"),
    (
        "x-amz-if-match-",
        Only(&[]),
        "conditions on the size or time of what is deleted, which are for directory buckets",
    ),
];

/// What a request asks for that is not modelled, if anything.
pub(super) fn asked(parts: &Parts) -> Option<&'static str> {
    asked_by_headers(&parts.headers).or_else(|| asked_by_query(parts.uri.query().unwrap_or_default()))
}

fn asked_by_headers(headers: &HeaderMap) -> Option<&'static str> {
    let asks = |&(beginning, harmless, what): &(&str, Harmless, &'static str)| {
        let is_harmless = |value: &[u8]| match harmless {
            Only(values) => values.iter().any(|harmless| harmless.as_bytes() == value),
            AllBut(values) => !values.iter().any(|harmful| harmful.as_bytes() == value),
        };
        let mut named = headers.iter().filter(|(name, _)| name.as_str().starts_with(beginning));
        named.any(|(_, value)| !is_harmless(value.as_bytes())).then_some(what)
    };
    HEADERS.iter().find_map(asks)
}

fn asked_by_query(query: &str) -> Option<&'static str> {
    let is_version = |pair: &str| pair.strip_prefix("versionId=").is_some_and(|version| version != "null");
    query.split('&').any(is_version).then_some("versions of objects")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_nothing_is_taken() {
        let cases = [
            (("x-amz-acl", "private"), "/b/k", None),
            (("x-amz-acl", "public-read"), "/b/k", Some("ACLs")),
            (("x-amz-grant-read", "id=\"1\""), "/b/k", Some("ACLs")),
            (("x-amz-server-side-encryption", "aws:kms"), "/b/k", None),
            (
                ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
                "/b/k",
                Some("encryption with keys of callers"),
            ),
            (("x-amz-storage-class", "STANDARD_IA"), "/b/k", None),
            (("x-amz-storage-class", "GLACIER"), "/b/k", Some("storage classes that objects must be restored from")),
            (("x-amz-checksum-crc32", "AAAAAA=="), "/b/k?versionId=null", None),
            (("x-amz-checksum-xxhash64", "AAAAAA=="), "/b/k", Some("checksums with XXHash")),
            (("host", "h"), "/b/k?versionId=1", Some("versions of objects")),
        ];
        for ((name, value), uri, expected) in cases {
            let request = http::Request::get(uri).header(name, value).body(()).unwrap();
            assert_eq!(asked(&request.into_parts().0), expected, "{name}: {value}, {uri}");
        }
    }
}
