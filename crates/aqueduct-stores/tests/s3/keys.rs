//! Keys of all kinds, and listings of them.

use std::collections::BTreeMap;

use aqueduct_stores::S3;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::support::{Answer, ask, both, done, escaped, in_folder};

/// Keys that a folder, an address or a text could take for something else.
fn odd() -> Vec<String> {
    let odd = [
        "a",
        "A",
        "a/",
        "a//b",
        "/a",
        "/",
        "//",
        ".",
        "..",
        "../a",
        "a/../b",
        "/etc/passwd",
        "\\",
        "C:\\a",
        "con",
        "a b",
        "a+b",
        "%2F",
        "%",
        "&=?#;",
        "<key>&amp;",
        "'\"",
        "\u{1}",
        "\t\r\n",
        "\u{7f}",
        "e\u{301}",
        "\u{e9}",
        "\u{1f980}",
        "\u{10ffff}",
        "\u{feff}",
        "bucket",
        "objects",
        "~",
        "*",
        "null",
    ];
    let long = ["k".repeat(1_024), format!("{}k", "l/".repeat(511)), "\u{1f980}".repeat(256)];
    odd.into_iter().map(str::to_owned).chain(long).collect()
}

#[tokio::test]
async fn every_key_is_another_object() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        let mut sorted = odd();
        for key in &sorted {
            done(&s3, &format!("PUT /box/{}", escaped(key)), format!("body of {key}")).await;
        }
        for key in &sorted {
            let answer = done(&s3, &format!("GET /box/{}", escaped(key)), "").await;
            assert_eq!(answer.text(), format!("body of {key}"), "{key:?}, in {place}");
        }
        sorted.sort_unstable();
        let listed = done(&s3, "GET /box?list-type=2&encoding-type=url", "").await;
        assert_eq!(keys_of(&listed), sorted, "in {place}");
        let in_xml: Vec<String> = sorted.iter().filter(|key| !key.contains(['\u{1}', '\u{7f}'])).cloned().collect();
        let mut plain = done(&s3, "GET /box?list-type=2", "").await.all("Key");
        plain.retain(|key| !key.contains(['\u{1}', '\u{7f}']));
        assert_eq!(plain, in_xml, "in {place}");
        for key in &sorted {
            done(&s3, &format!("DELETE /box/{}", escaped(key)), "").await;
        }
        done(&s3, "DELETE /box", "").await;
    }
}

#[tokio::test]
async fn a_key_that_is_too_long_is_refused() {
    for (place, s3) in both() {
        done(&s3, "PUT /box", "").await;
        for key in ["k".repeat(1_025), "\u{e4}".repeat(513)] {
            let answer = ask(&s3, &format!("PUT /box/{}", escaped(&key)), &[], "").await;
            assert_eq!((answer.status, answer.one("Code")), (400, "KeyTooLongError".to_owned()), "in {place}");
        }
    }
}

/// How to list.
#[derive(Clone, Debug)]
struct Listing {
    prefix: String,
    delimiter: String,
    after: String,
    max: usize,
}

impl Listing {
    /// All entries in order, seen one key after the other: keys, and common prefixes where a delimiter is in the rest.
    fn entries(&self, keys: &BTreeMap<String, String>) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for key in keys.keys().filter(|key| **key > self.after) {
            let Some(rest) = key.strip_prefix(&self.prefix) else { continue };
            let common = rest.split_once(&self.delimiter).filter(|_| !self.delimiter.is_empty());
            let entry = match common {
                Some((part, _)) => format!("{}{part}{}", self.prefix, self.delimiter),
                None => key.clone(),
            };
            let is_passed = common.is_some() && self.after.starts_with(&entry);
            if !is_passed && entries.last() != Some(&entry) {
                entries.push(entry);
            }
        }
        entries
    }

    fn query(&self) -> String {
        let [prefix, delimiter] = [&self.prefix, &self.delimiter].map(|text| escaped(text));
        format!("encoding-type=url&prefix={prefix}&delimiter={delimiter}&max-keys={}", self.max)
    }

    /// The entries of all pages, each of which but the last has to be full.
    async fn paged(&self, s3: &S3, is_second: bool) -> Vec<String> {
        let (kind, from) = if is_second { ("list-type=2", "start-after") } else { ("list-type=1", "marker") };
        let mut start = format!("{from}={}", escaped(&self.after));
        let mut entries = Vec::new();
        loop {
            let page = done(s3, &format!("GET /box?{kind}&{}&{start}", self.query()), "").await;
            let found = entries_of(&page);
            let is_truncated = page.one("IsTruncated") == "true";
            assert!(found.len() <= self.max && (found.len() == self.max || !is_truncated), "{}", page.text());
            entries.extend(found);
            if !is_truncated {
                return entries;
            }
            start = if is_second {
                format!("continuation-token={}", page.one("NextContinuationToken"))
            } else {
                format!("marker={}", escaped(entries.last().unwrap()))
            };
        }
    }
}

fn keys_of(page: &Answer) -> Vec<String> {
    page.all("Key").iter().map(|key| percent_decode_str(key).decode_utf8().unwrap().into_owned()).collect()
}

/// Keys and common prefixes, merged in order.
fn entries_of(page: &Answer) -> Vec<String> {
    let mut entries = keys_of(page);
    for prefixes in page.all("CommonPrefixes") {
        let prefix = prefixes.replace("<Prefix>", "").replace("</Prefix>", "");
        entries.push(percent_decode_str(&prefix).decode_utf8().unwrap().into_owned());
    }
    entries.sort_unstable();
    entries
}

/// Keys with much in common, and some of any characters.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab/\u{e9}]{1,5}", 1 => any::<String>().prop_map(|text| text.chars().take(200).collect())]
        .prop_filter("a key has a character", |key: &String| !key.is_empty())
}

fn listing() -> impl Strategy<Value = Listing> {
    let delimiter = prop_oneof![Just(""), Just("/"), Just("b/"), Just("\u{e9}")].prop_map(str::to_owned);
    ("[ab/\u{e9}]{0,3}", delimiter, "[ab/\u{e9}]{0,4}", 1_usize..5)
        .prop_map(|(prefix, delimiter, after, max)| Listing { prefix, delimiter, after, max })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn listings_are_sorted_and_complete(
        keys in prop::collection::btree_map(key(), "[a-z]{0,8}", 0..24),
        listings in prop::collection::vec(listing(), 4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let kept = tempfile::tempdir().unwrap();
            for (place, s3) in [("memory", both()[0].1.clone()), ("a folder", in_folder(kept.path()))] {
                done(&s3, "PUT /box", "").await;
                for (key, body) in &keys {
                    done(&s3, &format!("PUT /box/{}", escaped(key)), body.clone()).await;
                }
                // A folder is opened anew, so that what counts is on the disk.
                let s3 = if place == "memory" { s3 } else { in_folder(kept.path()) };
                for (key, body) in &keys {
                    let found = done(&s3, &format!("GET /box/{}", escaped(key)), "").await.text();
                    prop_assert_eq!(&found, body, "{:?}, in {}", key, place);
                }
                for listing in &listings {
                    let expected = listing.entries(&keys);
                    prop_assert_eq!(&listing.paged(&s3, true).await, &expected, "{:?}, in {}", listing, place);
                    prop_assert_eq!(&listing.paged(&s3, false).await, &expected, "{:?}, in {}", listing, place);
                }
            }
            Ok(())
        })?;
    }
}
