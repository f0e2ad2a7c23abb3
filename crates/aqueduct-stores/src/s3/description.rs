//! What requests say of an object, and what answers tell of it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use s3s::dto::{Metadata, Tag};
use s3s::{S3Result, s3_error};

/// The content type of an object whose writer names none.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(super) const CONTENT_TYPE: &str = "binary/octet-stream";

/// The encryption of an object whose writer asks for none, and of a new bucket's objects.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>
pub(super) const ENCRYPTION: &str = "AES256";

/// The most tags of an object, and how many characters their keys and values may have.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
const TAGS_MAX: usize = 10;
const TAG_KEY_MAX: usize = 128;
const TAG_VALUE_MAX: usize = 256;

/// The description that a request has fields for.
macro_rules! described {
    ($input:expr) => {
        $crate::s3::record::Description {
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_language: $input.content_language.clone(),
            content_type: $input.content_type.clone(),
            expires: $input.expires.clone(),
            website_redirect_location: $input.website_redirect_location.clone(),
            storage_class: $input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
            encryption: $input.server_side_encryption.as_ref().map(|encryption| encryption.as_str().to_owned()),
            encryption_key: $input.ssekms_key_id.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
            tags: $crate::s3::description::tags_of_header($input.tagging.as_deref())?,
        }
    };
}
pub(super) use described;

/// Puts into an answer what it has fields for.
macro_rules! describe {
    ($output:expr, $object:expr) => {{
        let description = &$object.description;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.cache_control = description.cache_control.clone();
        $output.content_disposition = description.content_disposition.clone();
        $output.content_encoding = description.content_encoding.clone();
        $output.content_language = description.content_language.clone();
        $output.content_type =
            Some(description.content_type.as_deref().unwrap_or($crate::s3::description::CONTENT_TYPE).to_owned());
        $output.e_tag = Some($object.etag());
        $output.expires = description.expires.clone();
        $output.last_modified = Some($object.modified.timestamp());
        $output.metadata = $crate::s3::description::metadata(&description.metadata);
        // The usual class is not told.
        let class = description.storage_class.clone().filter(|class| class != "STANDARD");
        $output.storage_class = class.map(s3s::dto::StorageClass::from);
        $output.website_redirect_location = description.website_redirect_location.clone();
        $crate::s3::description::tell_encryption!($output, description);
    }};
}
pub(super) use describe;

/// Puts the encryption into an answer that has fields for it.
macro_rules! tell_encryption {
    ($output:expr, $description:expr) => {
        let encryption = $description.encryption.as_deref().unwrap_or($crate::s3::description::ENCRYPTION);
        $output.server_side_encryption = Some(s3s::dto::ServerSideEncryption::from(encryption.to_owned()));
        $output.ssekms_key_id = $description.encryption_key.clone();
    };
}
pub(super) use tell_encryption;

pub(super) fn metadata(metadata: &BTreeMap<String, String>) -> Option<Metadata> {
    (!metadata.is_empty()).then(|| metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Tags as the header has them: a query.
pub(super) fn tags_of_header(header: Option<&str>) -> S3Result<BTreeMap<String, String>> {
    let pairs = header.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    tags(pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(key)?, decoded(value)?))
    }))
}

/// Tags as a body has them.
pub(super) fn tags_of_set(set: Vec<Tag>) -> S3Result<BTreeMap<String, String>> {
    tags(set.into_iter().map(|tag| Ok((tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))))
}

fn tags(pairs: impl Iterator<Item = S3Result<(String, String)>>) -> S3Result<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for pair in pairs {
        let (key, value) = pair?;
        if key.is_empty() || key.chars().count() > TAG_KEY_MAX {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > TAG_VALUE_MAX {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if tags.insert(key, value).is_some() {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > TAGS_MAX {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than {TAGS_MAX}"));
    }
    Ok(tags)
}

fn decoded(text: &str) -> S3Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| s3_error!(InvalidArgument, "The header 'x-amz-tagging' shall be encoded as UTF-8"))
}
