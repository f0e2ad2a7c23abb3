//! What a month like the scenario costs.

use std::time::Duration;

use aqueduct_topology::Topology;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Report;
use crate::words::{number, real, span};

/// The length of the month that usage is scaled to.
pub const MONTH: Duration = Duration::from_hours(30 * 24);

/// Prices of us-east-1, as this version of the crate has them.
const US_EAST_1: &str = include_str!("../prices/us-east-1.toml");

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
}

/// Prices that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the prices cannot be read: {0}")]
pub struct PricesError(String);

impl Prices {
    /// Reads a file of prices. It has an entry for every kind of usage, as `prices/us-east-1.toml` of this crate has.
    pub fn read(text: &str) -> Result<Self, PricesError> {
        let prices: Self =
            toml::from_str(text).map_err(|error| PricesError(error.to_string().trim_end().to_owned()))?;
        match prices.all().iter().find(|(_, price)| !price.per_million.is_finite() || price.per_million < 0.0) {
            Some((name, _)) => {
                Err(PricesError(format!("`{name}.per_million` is no price: it is negative or no number")))
            }
            None => Ok(prices),
        }
    }

    /// The prices of us-east-1.
    pub fn us_east_1() -> Result<Self, PricesError> {
        Self::read(US_EAST_1)
    }

    fn all(&self) -> [(&'static str, &Price); 10] {
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

/// What a month costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bill {
    /// The Region whose prices these are.
    pub region: String,
    /// The oldest day and the newest that prices were seen on.
    pub prices_as_of: (Date, Date),
    /// By how much the usage of the scenario was multiplied.
    pub scaled_by: f64,
    /// Services, in this order.
    pub services: Vec<ServiceCost>,
    /// All of them together, in US dollars.
    pub total: f64,
}

/// What a service costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceCost {
    /// Its name.
    pub service: &'static str,
    /// US dollars a month.
    pub cost: f64,
    /// What is billed.
    pub lines: Vec<Line>,
}

/// One line of the bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What is counted.
    pub what: &'static str,
    /// How much of it a month has.
    pub quantity: f64,
    /// US dollars for a million.
    pub per_million: f64,
    /// US dollars a month.
    pub cost: f64,
    /// Where the price was seen.
    pub source: String,
}

impl Bill {
    /// The bill of a month in which things go on as they did while messages arrived.
    ///
    /// Free tiers and discounts are not subtracted. GB-seconds are shared out between the instruction sets of functions by
    /// how long each was busy, with its memory.
    pub fn of(report: &Report, topology: &Topology, prices: &Prices) -> Self {
        let scaled_by = if report.lasts.is_zero() { 0.0 } else { MONTH.as_secs_f64() / report.lasts.as_secs_f64() };
        let usage = &report.usage;
        let arm = usage.lambda_gb_seconds * share_on_arm(report, topology);
        let line = |what, quantity: f64, price: &Price| {
            let quantity = quantity * scaled_by;
            let cost = quantity * price.per_million / 1e6;
            Line { what, quantity, per_million: price.per_million, cost, source: price.source.clone() }
        };
        let fair = Price {
            per_million: prices.sqs_standard.per_million + prices.sqs_fair.per_million,
            ..prices.sqs_fair.clone()
        };
        let services = [
            service(
                "SQS",
                vec![
                    line("requests to standard queues", real(usage.sqs_requests), &prices.sqs_standard),
                    line("requests with a message group, for fair queues", real(usage.sqs_fair_requests), &fair),
                    line("requests to FIFO queues", real(usage.sqs_fifo_requests), &prices.sqs_fifo),
                ],
            ),
            service("SNS", vec![line("messages published", real(usage.sns_publishes), &prices.sns_publish)]),
            service("EventBridge", vec![line("events", real(usage.events), &prices.events)]),
            service(
                "Lambda",
                vec![
                    line("invocations", real(usage.lambda_requests), &prices.lambda_requests),
                    line("GB-seconds on Arm", arm, &prices.lambda_arm64),
                    line("GB-seconds on x86-64", usage.lambda_gb_seconds - arm, &prices.lambda_x86_64),
                ],
            ),
            service(
                "DynamoDB",
                vec![
                    line("reads", usage.dynamodb_reads, &prices.dynamodb_reads),
                    line("writes", usage.dynamodb_writes, &prices.dynamodb_writes),
                ],
            ),
        ];
        let services: Vec<ServiceCost> = services.into_iter().filter(|it| !it.lines.is_empty()).collect();
        let days = || prices.all().into_iter().map(|(_, price)| price.as_of);
        Self {
            region: prices.region.clone(),
            prices_as_of: (days().min().unwrap_or_default(), days().max().unwrap_or_default()),
            scaled_by,
            total: services.iter().map(|it| it.cost).sum(),
            services,
        }
    }
}

impl Bill {
    /// What the bill is of and what it leaves out, of a scenario that lasts so long.
    pub fn note(&self, lasts: Duration) -> String {
        let (oldest, newest) = self.prices_as_of;
        format!(
            "Usage of {} times {} = 30 days, at the prices of {} seen from {oldest} to {newest}. Free tiers are not subtracted; \
             empty polls, data and logs are left out.",
            span(lasts),
            number(self.scaled_by),
            self.region
        )
    }
}

/// A service without the lines that have nothing.
fn service(service: &'static str, lines: Vec<Line>) -> ServiceCost {
    let lines: Vec<Line> = lines.into_iter().filter(|line| line.quantity > 0.0).collect();
    ServiceCost { service, cost: lines.iter().map(|line| line.cost).sum(), lines }
}

/// Which share of the GB-seconds functions with `Architectures: [arm64]` have.
fn share_on_arm(report: &Report, topology: &Topology) -> f64 {
    let (mut arm, mut all) = (0.0, 0.0);
    for function in &topology.functions {
        let busy = report.functions.iter().find(|it| it.id == function.id).map_or(0.0, |it| it.busy.as_secs_f64());
        let gb_seconds = busy * f64::from(function.memory_mb);
        let architecture = topology.property(&function.id, "Architectures.0").text();
        all += gb_seconds;
        if architecture.as_deref() == Some("arm64") {
            arm += gb_seconds;
        }
    }
    if all > 0.0 { arm / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use aqueduct_topology::Deployment;

    use super::*;
    use crate::{FunctionReport, Usage};

    const TEMPLATE: &str = "
Resources:
  OnArm: {Type: AWS::Lambda::Function, Properties: {Architectures: [arm64], MemorySize: 1024}}
  OnX86: {Type: AWS::Lambda::Function, Properties: {MemorySize: 512}}
";

    fn report() -> Report {
        let function = |id: &str, busy| FunctionReport {
            id: id.to_owned(),
            busy: Duration::from_secs(busy),
            ..FunctionReport::default()
        };
        Report {
            lasts: Duration::from_hours(24),
            functions: vec![function("OnArm", 1_000), function("OnX86", 2_000)],
            usage: Usage {
                sqs_requests: 1_000_000,
                sqs_fair_requests: 500_000,
                lambda_requests: 100_000,
                lambda_gb_seconds: 2_000.0,
                ..Usage::default()
            },
            ..crate::report::samples::report()
        }
    }

    #[test]
    fn a_day_is_a_thirtieth_of_a_month() {
        let (topology, _) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
        let bill = Bill::of(&report(), &topology, &Prices::us_east_1().unwrap());
        let services: Vec<&str> = bill.services.iter().map(|it| it.service).collect();
        assert_eq!(services, ["SQS", "Lambda"]);
        assert!((bill.scaled_by - 30.0).abs() < 1e-9);
        // 30 M requests at 0.40, and 15 M at 0.50.
        assert!((bill.services[0].cost - 19.5).abs() < 1e-9, "{bill:?}");
        // 3 M invocations, and 30,000 GB-seconds on each instruction set.
        let lambda = 3.0 * 0.20 + 0.03 * 13.3334 + 0.03 * 16.6667;
        assert!((bill.services[1].cost - lambda).abs() < 1e-9, "{bill:?}");
        assert!((bill.total - 19.5 - lambda).abs() < 1e-9);
    }

    #[test]
    fn prices_that_are_none_are_named() {
        let negative = US_EAST_1.replacen("per_million = 0.40", "per_million = -1.0", 1);
        assert!(Prices::read(&negative).unwrap_err().to_string().contains("`sqs_standard.per_million` is no price"));
        let lacking = US_EAST_1.replace("[events]", "[event]");
        assert!(Prices::read(&lacking).unwrap_err().to_string().contains("event"));
    }
}
