//! What AWS charges, with where it was seen.

use jiff::civil::Date;
use serde::Deserialize;
use thiserror::Error;

/// The Region whose prices are all known, and stand in for those of others that are not.
const COMPLETE: &str = "us-east-1";

/// The prices that this version of the crate has, by Region.
const KNOWN: [(&str, &str); 3] = [
    (COMPLETE, include_str!("../../prices/us-east-1.toml")),
    ("eu-central-1", include_str!("../../prices/eu-central-1.toml")),
    ("eu-west-1", include_str!("../../prices/eu-west-1.toml")),
];

/// What AWS charges in one Region, in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The Region.
    pub region: String,
    /// Requests to standard queues.
    pub sqs_standard: Price,
    /// Requests to FIFO queues.
    pub sqs_fifo: Price,
    /// What requests with a message group cost in addition to a standard queue's.
    pub sqs_fair: Price,
    /// Messages published to topics.
    pub sns_publish: Price,
    /// Events put on buses.
    pub events: Price,
    /// Invocations.
    pub lambda_requests: Price,
    /// GB-seconds on x86-64.
    pub lambda_x86_64: Price,
    /// GB-seconds on Arm.
    pub lambda_arm64: Price,
    /// Read request units on demand.
    pub dynamodb_reads: Price,
    /// Write request units on demand.
    pub dynamodb_writes: Price,
}

/// A price with where it comes from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// US dollars for a million.
    pub per_million: f64,
    /// The day that it was seen.
    pub as_of: Date,
    /// Where it was seen.
    pub source: String,
    /// The Region that it is of, where that is another one than the file's.
    #[serde(default)]
    pub region: Option<String>,
}

/// Prices that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the prices cannot be read: {0}")]
pub struct PricesError(String);

impl Prices {
    /// Reads a file of prices. It has an entry for every kind of usage, as `prices/us-east-1.toml` of this crate has.
    pub fn read(text: &str) -> Result<Self, PricesError> {
        checked(toml::from_str(text).map_err(unreadable)?)
    }

    /// The prices of a Region as far as this version of the crate knows them. The others are those of us-east-1, and say so.
    pub fn of(region: &str) -> Result<Self, PricesError> {
        let known = |region: &str| KNOWN.iter().find(|(known, _)| *known == region).map_or("", |(_, text)| text);
        let mut prices: toml::Table = known(COMPLETE).parse().map_err(unreadable)?;
        if region != COMPLETE {
            for (_, price) in &mut prices {
                if let Some(price) = price.as_table_mut() {
                    price.insert("region".to_owned(), COMPLETE.into());
                }
            }
            prices.extend(known(region).parse::<toml::Table>().map_err(unreadable)?);
            prices.insert("region".to_owned(), region.into());
        }
        checked(prices.try_into().map_err(unreadable)?)
    }

    /// The Regions of which prices are known, the one with all of them first.
    pub(super) fn regions() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(region, _)| *region)
    }

    pub(super) fn all(&self) -> [(&'static str, &Price); 10] {
        [
            ("sqs_standard", &self.sqs_standard),
            ("sqs_fifo", &self.sqs_fifo),
            ("sqs_fair", &self.sqs_fair),
            ("sns_publish", &self.sns_publish),
            ("events", &self.events),
            ("lambda_requests", &self.lambda_requests),
            ("lambda_x86_64", &self.lambda_x86_64),
            ("lambda_arm64", &self.lambda_arm64),
            ("dynamodb_reads", &self.dynamodb_reads),
            ("dynamodb_writes", &self.dynamodb_writes),
        ]
    }
}

fn checked(prices: Prices) -> Result<Prices, PricesError> {
    match prices.all().iter().find(|(_, price)| !price.per_million.is_finite() || price.per_million < 0.0) {
        Some((name, _)) => Err(PricesError(format!("`{name}.per_million` is no price: it is negative or no number"))),
        None => Ok(prices),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
fn unreadable(error: toml::de::Error) -> PricesError {
    PricesError(error.to_string().trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_that_are_none_are_named() {
        let (_, complete) = KNOWN[0];
        let negative = complete.replacen("per_million = 0.40", "per_million = -1.0", 1);
        assert!(Prices::read(&negative).unwrap_err().to_string().contains("`sqs_standard.per_million` is no price"));
        let lacking = complete.replace("[events]", "[event]");
        assert!(Prices::read(&lacking).unwrap_err().to_string().contains("event"));
    }

    /// Each file is of the Region that it is named by, and every price is that Region's own or says whose it is.
    #[test]
    fn prices_are_those_of_their_region_or_say_whose_they_are() {
        for (region, text) in KNOWN {
            let file: toml::Table = text.parse().unwrap();
            assert_eq!(file["region"].as_str(), Some(region));
            let prices = Prices::of(region).unwrap();
            assert_eq!(prices.region, region);
            for (name, price) in prices.all() {
                let of = if file.contains_key(name) { None } else { Some(COMPLETE) };
                assert_eq!(price.region.as_deref(), of, "{region} {name}");
            }
        }
        let unknown = Prices::of("mars-1").unwrap();
        assert_eq!(unknown.region, "mars-1");
        assert!(unknown.all().iter().all(|(_, price)| price.region.as_deref() == Some(COMPLETE)));
    }
}
