//! Checksums: what callers claim, what the bytes have, and what is kept.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64nvme,
    Sha1,
    Sha256,
}

/// What a checksum is of: the bytes, or the checksums of the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Kind {
    FullObject,
    Composite,
}

/// A checksum of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    pub(super) algorithm: Algorithm,
    pub(super) kind: Kind,
    /// Base64, behind which a composite one says of how many parts it is.
    pub(super) value: String,
}

/// What a caller claims of the bytes that it sends.
#[derive(Default)]
pub(super) struct Claim {
    content_md5: Option<String>,
    sum: Option<(Algorithm, String)>,
    algorithm: Option<Algorithm>,
}

/// The digests of bytes that come piece by piece.
pub(super) struct Digests {
    md5: Md5,
    sum: ChecksumHasher,
    algorithm: Algorithm,
    size: u64,
}

/// What bytes came to.
pub(super) struct Digested {
    pub(super) md5: [u8; 16],
    pub(super) sum: Sum,
    pub(super) size: u64,
}

impl Algorithm {
    /// What S3 computes where no caller asks for anything.
    pub(super) const DEFAULT: Self = Self::Crc64nvme;

    pub(super) fn named(name: &ChecksumAlgorithm) -> S3Result<Self> {
        match name.as_str() {
            ChecksumAlgorithm::CRC32 => Ok(Self::Crc32),
            ChecksumAlgorithm::CRC32C => Ok(Self::Crc32c),
            ChecksumAlgorithm::CRC64NVME => Ok(Self::Crc64nvme),
            ChecksumAlgorithm::SHA1 => Ok(Self::Sha1),
            ChecksumAlgorithm::SHA256 => Ok(Self::Sha256),
            other => Err(s3_error!(
                NotImplemented,
                "the embedded S3 has the checksums CRC32, CRC32C, CRC64NVME, SHA1 and SHA256, not {other}"
            )),
        }
    }

    pub(super) fn name(self) -> ChecksumAlgorithm {
        ChecksumAlgorithm::from_static(self.as_str())
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Crc64nvme => ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
        }
    }

    /// What an upload's checksum is of if its maker says nothing, and whether the other kind is possible.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
    pub(super) fn kind(self, asked: Option<&ChecksumType>) -> S3Result<Kind> {
        let usual = if self == Self::Crc64nvme { Kind::FullObject } else { Kind::Composite };
        match (asked.map(ChecksumType::as_str), self) {
            (None, _) => Ok(usual),
            (Some(ChecksumType::FULL_OBJECT), Self::Crc32 | Self::Crc32c | Self::Crc64nvme) => Ok(Kind::FullObject),
            (Some(ChecksumType::COMPOSITE), Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256) => {
                Ok(Kind::Composite)
            }
            (Some(kind), algorithm) => Err(s3_error!(
                InvalidRequest,
                "The {kind} checksum type cannot be used with the {} checksum algorithm.",
                algorithm.as_str().to_lowercase()
            )),
        }
    }

    fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }

    fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

impl Kind {
    pub(super) fn name(self) -> ChecksumType {
        ChecksumType::from_static(match self {
            Self::FullObject => ChecksumType::FULL_OBJECT,
            Self::Composite => ChecksumType::COMPOSITE,
        })
    }
}

impl Claim {
    /// The only checksum that may be claimed of these, which a request has room for.
    pub(super) fn new(
        content_md5: Option<String>,
        sums: [(Algorithm, Option<String>); 5],
        algorithm: Option<&ChecksumAlgorithm>,
    ) -> S3Result<Self> {
        let algorithm = algorithm.map(Algorithm::named).transpose()?;
        let mut sums = sums.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value?)));
        let sum = sums.next();
        if sums.next().is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            ));
        }
        Ok(Self { content_md5, sum, algorithm })
    }

    /// The algorithm to compute: the one that was claimed or asked for.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.sum.as_ref().map(|(algorithm, _)| *algorithm).or(self.algorithm)
    }

    /// Holds bytes against the claim.
    pub(super) fn check(&self, digested: &Digested) -> S3Result<()> {
        if let Some(content_md5) = &self.content_md5 {
            let claimed = STANDARD.decode(content_md5).ok().filter(|claimed| claimed.len() == digested.md5.len());
            let claimed =
                claimed.ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))?;
            if claimed != digested.md5 {
                return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
            }
        }
        self.check_sum(&digested.sum)
    }

    /// Holds a checksum against the claimed one, if that is of the same algorithm.
    pub(super) fn check_sum(&self, sum: &Sum) -> S3Result<()> {
        let Some((algorithm, claimed)) = &self.sum else { return Ok(()) };
        let encoded = claimed.split_once('-').map_or(claimed.as_str(), |(encoded, _)| encoded);
        if STANDARD.decode(encoded).map_or(true, |bytes| bytes.len() != algorithm.bytes()) {
            let name = algorithm.as_str().to_lowercase();
            return Err(s3_error!(InvalidRequest, "Value for x-amz-checksum-{name} header is invalid."));
        }
        let computed = sum.value.split('-').next().unwrap_or_default();
        if sum.algorithm == *algorithm && computed != encoded {
            let name = algorithm.as_str();
            return Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."));
        }
        Ok(())
    }
}

impl Digests {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self { md5: Md5::new(), sum: algorithm.hasher(), algorithm, size: 0 }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.md5.update(piece);
        self.sum.update(piece);
        self.size += piece.len() as u64;
    }

    pub(super) fn finish(self) -> Digested {
        let value = value(self.sum);
        Digested {
            md5: self.md5.finalize().into(),
            sum: Sum { algorithm: self.algorithm, kind: Kind::FullObject, value },
            size: self.size,
        }
    }
}

impl Digested {
    /// The entity tag of an object or part that came whole.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    pub(super) fn etag(&self) -> String {
        hex(self.md5)
    }
}

/// The entity tag of an object that came in parts: the digest of the parts' digests, and how many they are.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
pub(super) fn etag_of_parts<'a>(etags: impl ExactSizeIterator<Item = &'a str>) -> String {
    let (count, mut md5) = (etags.len(), Md5::new());
    for etag in etags {
        md5.update(u128::from_str_radix(etag, 16).unwrap_or_default().to_be_bytes());
    }
    format!("{}-{count}", hex(md5.finalize().into()))
}

/// The checksum of the parts' checksums, if all of them have one.
pub(super) fn composite<'a>(algorithm: Algorithm, sums: impl ExactSizeIterator<Item = Option<&'a Sum>>) -> Option<Sum> {
    let (count, mut hasher) = (sums.len(), algorithm.hasher());
    for sum in sums {
        let sum = sum.filter(|sum| sum.algorithm == algorithm)?;
        hasher.update(&STANDARD.decode(&sum.value).ok()?);
    }
    Some(Sum { algorithm, kind: Kind::Composite, value: format!("{}-{count}", value(hasher)) })
}

fn value(hasher: ChecksumHasher) -> String {
    let sums = hasher.finalize();
    let sums =
        [sums.checksum_crc32, sums.checksum_crc32c, sums.checksum_crc64nvme, sums.checksum_sha1, sums.checksum_sha256];
    sums.into_iter().flatten().next().unwrap_or_default()
}

fn hex(digest: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(digest))
}

/// The checksums that a request has fields for.
macro_rules! claimed {
    ($input:expr) => {
        [
            ($crate::s3::checksum::Algorithm::Crc32, $input.checksum_crc32.clone()),
            ($crate::s3::checksum::Algorithm::Crc32c, $input.checksum_crc32c.clone()),
            ($crate::s3::checksum::Algorithm::Crc64nvme, $input.checksum_crc64nvme.clone()),
            ($crate::s3::checksum::Algorithm::Sha1, $input.checksum_sha1.clone()),
            ($crate::s3::checksum::Algorithm::Sha256, $input.checksum_sha256.clone()),
        ]
    };
}
pub(super) use claimed;

/// Puts a checksum into the field that an answer has for it.
macro_rules! tell {
    ($output:expr, $sum:expr) => {
        if let Some(sum) = $sum {
            let value = Some(sum.value.clone());
            match sum.algorithm {
                $crate::s3::checksum::Algorithm::Crc32 => $output.checksum_crc32 = value,
                $crate::s3::checksum::Algorithm::Crc32c => $output.checksum_crc32c = value,
                $crate::s3::checksum::Algorithm::Crc64nvme => $output.checksum_crc64nvme = value,
                $crate::s3::checksum::Algorithm::Sha1 => $output.checksum_sha1 = value,
                $crate::s3::checksum::Algorithm::Sha256 => $output.checksum_sha256 = value,
            }
        }
    };
}
pub(super) use tell;
