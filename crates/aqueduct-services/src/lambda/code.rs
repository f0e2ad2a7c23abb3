//! A function's code.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::api::CodeSource;
use super::refusals::invalid;
use crate::ApiError;

/// The largest archive that a call may bring: 50 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ZIPPED_BYTES_MAX: usize = 52_428_800;

/// The largest code once unpacked: 250 MB, in bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const UNZIPPED_BYTES_MAX: u64 = 262_144_000;

/// The start of the record at the end of every zip archive, whose length without the comment is 22 bytes.
const END_OF_ARCHIVE: &[u8] = b"PK\x05\x06";

/// How far from its end that record may start, in bytes: its own 22 and the longest comment.
const END_BYTES_MAX: usize = 22 + 65_535;

/// A zip archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    zip: Bytes,
    sha256: String,
}

impl Code {
    /// The code that a call brings.
    ///
    /// Source of the refusals: LocalStack's AWS-validated test `TestLambdaFunction::test_create_lambda_exceptions`
    pub(super) fn read(source: CodeSource) -> Result<Self, ApiError> {
        let zip = match source {
            CodeSource::Zip(zip) => zip,
            CodeSource::S3 { .. } => return Err(ApiError::not_modelled("code in S3 where there is no S3")),
            CodeSource::Image(_) => return Err(ApiError::not_modelled("functions from container images")),
            CodeSource::Nowhere => return Err(invalid("Please provide a source for function code.")),
        };
        if zip.len() > ZIPPED_BYTES_MAX {
            let message = format!("Zipped size must be smaller than {ZIPPED_BYTES_MAX} bytes");
            return Err(ApiError::sender("RequestEntityTooLargeException", message).with_status(413));
        }
        match entries(&zip) {
            None => Err(invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")),
            Some(0) => Err(invalid("Uploaded file must be a non-empty zip")),
            Some(_) => Ok(Self::new(zip)),
        }
    }

    fn new(zip: Bytes) -> Self {
        let sha256 = BASE64_STANDARD.encode(Sha256::digest(&zip));
        Self { zip, sha256 }
    }

    /// The archive's bytes.
    pub const fn zip(&self) -> &Bytes {
        &self.zip
    }

    /// `CodeSha256`: the archive's SHA-256 in Base64.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// `CodeSha256` of no code at all.
    pub(super) fn sha256_of_nothing() -> String {
        BASE64_STANDARD.encode(Sha256::digest(b""))
    }
}

/// Kept as Base64.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.zip))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let zip = BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self::new(zip.into()))
    }
}

/// How many entries an archive says that it has; `None` for what is no archive.
fn entries(bytes: &[u8]) -> Option<u16> {
    let end = &bytes[bytes.len().saturating_sub(END_BYTES_MAX)..];
    let record = end.windows(22).rev().find(|window| window.starts_with(END_OF_ARCHIVE))?;
    Some(u16::from_le_bytes([record[10], record[11]]))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An archive with one small file.
    pub(in crate::lambda) const ZIP: &[u8] =
        b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00!P\x1d\x9d\xfb\x04\x0a\x00\x00\x00\x0a\x00\x00\
        \x00\x09\x00\x00\x00bootstrap#!/bin/sh\x0aPK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00\x00\
        \x00!P\x1d\x9d\xfb\x04\x0a\x00\x00\x00\x0a\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\xed\x01\x00\x00\x00\x00bootstrapPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x007\
        \x00\x00\x001\x00\x00\x00\x00\x00";

    /// The smallest archive: one without files.
    const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    #[test]
    fn only_an_archive_is_code() {
        let code = Code::read(CodeSource::Zip(Bytes::from_static(ZIP))).unwrap();
        assert_eq!(code.sha256(), "twYfzwCIt47e3zE8XOJikdWdcCwK52QHhoLZn0QVplc=");
        for bytes in [&b""[..], b"PK\x05\x06", b"not an archive, though it is long enough for one"] {
            let error = Code::read(CodeSource::Zip(Bytes::copy_from_slice(bytes))).unwrap_err();
            assert!(error.message.starts_with("Could not unzip uploaded file."), "{}", error.message);
        }
        let error = Code::read(CodeSource::Zip(Bytes::from_static(EMPTY_ZIP))).unwrap_err();
        assert_eq!(error.message, "Uploaded file must be a non-empty zip");
        assert_eq!(Code::read(CodeSource::Image("i".to_owned())).unwrap_err().code, "NotImplemented");
    }

    #[test]
    fn code_is_kept_as_it_is() {
        let code = Code::read(CodeSource::Zip(Bytes::from_static(ZIP))).unwrap();
        let kept = serde_json::to_string(&code).unwrap();
        assert_eq!(serde_json::from_str::<Code>(&kept).unwrap(), code);
    }
}
