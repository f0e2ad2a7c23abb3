//! Durations as people write them: `400ms`, `90s`, `1h 30m`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let signed = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
    serializer.collect_str(&format_args!("{signed:#}"))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let signed: SignedDuration = text
        .parse()
        .map_err(|_| D::Error::custom(format!("{text:?} is not a duration; write it like \"90s\" or \"1h 30m\"")))?;
    Duration::try_from(signed).map_err(|_| D::Error::custom(format!("{text:?} is negative; a duration goes forward")))
}
