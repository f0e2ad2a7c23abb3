//! Pages of keys, in the order of their bytes.

use std::collections::BTreeMap;
use std::ops::Bound;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType};
use s3s::{S3Result, s3_error};

use super::store::Key;

/// The most entries of a page.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(super) const PAGE_MAX: i32 = 1_000;

/// A byte that UTF-8 does not have: behind a prefix it stands after all keys that begin so, and before all others that come later.
const AFTER_ALL: u8 = 0xff;

/// What stands as it is where a listing is encoded.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'*').remove(b'/');

/// Which keys to list.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) prefix: String,
    /// What keys are listed up to, if they have it behind the prefix; not empty.
    pub(super) delimiter: Option<String>,
    /// The key or common prefix after which the page begins.
    pub(super) after: String,
    pub(super) max: usize,
}

/// Keys and common prefixes, together in order.
pub(super) struct Page<'a, T> {
    pub(super) keys: Vec<(&'a str, &'a T)>,
    pub(super) prefixes: Vec<String>,
    /// The last entry, if others follow.
    pub(super) next: Option<String>,
}

impl Query {
    pub(super) fn new(
        prefix: Option<&str>,
        delimiter: Option<&str>,
        after: Option<&str>,
        max: Option<i32>,
    ) -> S3Result<Self> {
        Ok(Self {
            prefix: prefix.unwrap_or_default().to_owned(),
            delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()).map(str::to_owned),
            after: after.unwrap_or_default().to_owned(),
            max: page_size("maxKeys", max)?,
        })
    }

    /// What a key is listed under instead of as itself.
    pub(super) fn common<'a>(&self, key: &'a str) -> Option<&'a str> {
        let delimiter = self.delimiter.as_deref()?;
        let at = key[self.prefix.len()..].find(delimiter)?;
        Some(&key[..self.prefix.len() + at + delimiter.len()])
    }

    /// The page of some keys. A common prefix counts once, and is passed over if what the page begins after lies in it.
    pub(super) fn page<'a, T>(&self, keys: &'a BTreeMap<Key, T>) -> Page<'a, T> {
        let mut page = Page { keys: Vec::new(), prefixes: Vec::new(), next: None };
        let mut from = if self.after.as_bytes() < self.prefix.as_bytes() {
            Bound::Included(self.prefix.as_bytes().to_vec())
        } else {
            Bound::Excluded(self.after.as_bytes().to_vec())
        };
        let mut last = None;
        loop {
            let range = (from.as_ref().map(Vec::as_slice), Bound::Unbounded);
            let Some((Key(key), value)) = keys.range::<[u8], _>(range).next() else { return page };
            if !key.starts_with(&self.prefix) {
                return page;
            }
            let common = self.common(key);
            from = match common {
                Some(common) => Bound::Included([common.as_bytes(), &[AFTER_ALL]].concat()),
                None => Bound::Excluded(key.as_bytes().to_vec()),
            };
            if common.is_some_and(|common| self.after.starts_with(common)) {
                continue;
            }
            if page.keys.len() + page.prefixes.len() >= self.max {
                page.next = last.filter(|_| self.max > 0);
                return page;
            }
            last = Some(common.unwrap_or(key).to_owned());
            match common {
                Some(common) => page.prefixes.push(common.to_owned()),
                None => page.keys.push((key, value)),
            }
        }
    }
}

/// How many entries a page may have.
pub(super) fn page_size(name: &str, asked: Option<i32>) -> S3Result<usize> {
    let asked = asked.unwrap_or(PAGE_MAX).min(PAGE_MAX);
    usize::try_from(asked)
        .map_err(|_| s3_error!(InvalidArgument, "Argument {name} must be an integer between 0 and 2147483647"))
}

/// How the texts of a listing are written, which the caller chooses.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    is_url: bool,
}

impl Encoding {
    pub(super) fn new(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self { is_url: false }),
            Some(EncodingType::URL) => Ok(Self { is_url: true }),
            Some(_) => Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        if self.is_url { utf8_percent_encode(text, PLAIN).to_string() } else { text.to_owned() }
    }

    pub(super) fn option(self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.text(text))
    }

    pub(super) fn prefixes(self, prefixes: &[String]) -> Vec<CommonPrefix> {
        prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }
}
