//! Points in time as TOML has them, with quotes or without.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Bare(toml::value::Datetime),
    Quoted(String),
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = match Written::deserialize(deserializer)? {
        Written::Bare(time) => time.to_string(),
        Written::Quoted(text) => text,
    };
    parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a time; write it like 2027-01-15T08:00:00Z")))
}

/// A time; one without an offset is in UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let offset = text.parse().ok();
    offset.or_else(|| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp()))
}
