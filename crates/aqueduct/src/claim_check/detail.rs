//! The form of a pointer on a bus.
//!
//! An event has no attributes, and AWS has no extended client for EventBridge, so `detail` says it all: the header as
//! always, the mark and the pointer as AWS's extended clients write them, and no `data`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
#[derive(serde::Serialize)]
struct Written<'a> {
    metadata: &'a aqueduct_message::Header,
    #[serde(rename = "ExtendedPayloadSize")]
    size: usize,
    pointer: Box<RawValue>,
}

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(rename = "ExtendedPayloadSize")]
    _size: IgnoredAny,
    #[serde(borrow)]
    pointer: &'a RawValue,
}

/// The `detail` that stands for one of `size` bytes.
#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
pub(super) fn write(
    header: &aqueduct_message::Header,
    size: usize,
    pointer: &super::Pointer,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written { metadata: header, size, pointer: RawValue::from_string(pointer.to_body())? })
}

/// The pointer in a `detail`, if it is marked as one.
pub(super) fn pointer(detail: &str) -> Option<String> {
    serde_json::from_str::<Read<'_>>(detail).ok().map(|read| read.pointer.get().to_owned())
}
