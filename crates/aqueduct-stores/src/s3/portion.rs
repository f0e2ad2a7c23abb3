//! Which of an object's bytes a read has.

use std::ops::Range;

use s3s::dto::ChecksumMode;
use s3s::{S3ErrorCode, S3Result, s3_error};

use super::checksum::Sum;
use super::record::{ObjectRecord, length};

/// The portion that a request asks for, if its conditions hold.
macro_rules! portion {
    ($input:expr, $object:expr) => {{
        let condition = $crate::s3::condition::ReadCondition {
            matching: $input.if_match,
            not_matching: $input.if_none_match,
            modified_since: $input.if_modified_since,
            unmodified_since: $input.if_unmodified_since,
        };
        condition.check($object)?;
        $crate::s3::portion::Portion::new($object, $input.range, $input.part_number)?
    }};
}
pub(super) use portion;

/// Puts into an answer which bytes it has.
macro_rules! tell_portion {
    ($output:expr, $input:expr, $portion:expr, $object:expr) => {
        let sum = $portion.sum($object, $input.checksum_mode.as_ref());
        $output.checksum_type = sum.map(|sum| sum.kind.name());
        $crate::s3::checksum::tell!($output, sum);
        $output.content_length = Some($portion.length());
        $output.content_range = $portion.content_range($object);
        $output.parts_count = $portion.parts_count;
    };
}
pub(super) use tell_portion;

/// Which of an object's bytes are asked for.
pub(super) struct Portion {
    pub(super) range: Range<u64>,
    is_partial: bool,
    pub(super) parts_count: Option<i32>,
}

impl Portion {
    pub(super) fn new(object: &ObjectRecord, range: Option<s3s::dto::Range>, part: Option<i32>) -> S3Result<Self> {
        let parts_count = part.and(i32::try_from(object.parts.len()).ok()).filter(|count| *count > 0);
        let range = match (range, part) {
            (Some(_), Some(_)) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "Cannot specify both Range header and partNumber query parameter"
                ));
            }
            (Some(range), None) => Some(in_object(object, &range)?),
            (None, Some(number)) => Some(part_of(object, number)?),
            (None, None) => None,
        };
        let is_partial = range.as_ref().is_some_and(|range| !range.is_empty());
        Ok(Self { range: range.unwrap_or(0..object.size), is_partial, parts_count })
    }

    pub(super) fn content_range(&self, object: &ObjectRecord) -> Option<String> {
        let last = self.range.end.saturating_sub(1);
        self.is_partial.then(|| format!("bytes {}-{last}/{}", self.range.start, object.size))
    }

    /// The checksum to tell: that of an object that is read whole, by a caller who wants it.
    pub(super) fn sum<'a>(&self, object: &'a ObjectRecord, mode: Option<&ChecksumMode>) -> Option<&'a Sum> {
        let is_wanted = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        object.sum.as_ref().filter(|_| is_wanted && !self.is_partial)
    }

    pub(super) fn length(&self) -> i64 {
        length(self.range.end - self.range.start)
    }
}

/// A range of an object's bytes, which has to have some.
pub(super) fn in_object(object: &ObjectRecord, range: &s3s::dto::Range) -> S3Result<Range<u64>> {
    let range = range.check(object.size).ok().filter(|range| !range.is_empty());
    range.ok_or_else(|| s3_error!(InvalidRange, "The requested range is not satisfiable"))
}

/// The bytes of one part. An object that came whole is its own first part.
fn part_of(object: &ObjectRecord, number: i32) -> S3Result<Range<u64>> {
    if object.parts.is_empty() && number == 1 {
        return Ok(0..object.size);
    }
    let mut start = 0;
    for part in &object.parts {
        if part.number == number {
            return Ok(start..start + part.size);
        }
        start += part.size;
    }
    let code = S3ErrorCode::from_bytes(b"InvalidPartNumber").unwrap_or(S3ErrorCode::InvalidRange);
    let mut error = s3s::S3Error::with_message(code, "The requested partnumber is not satisfiable");
    error.set_status_code(http::StatusCode::RANGE_NOT_SATISFIABLE);
    Err(error)
}
