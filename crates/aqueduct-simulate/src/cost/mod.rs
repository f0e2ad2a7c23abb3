//! What a month like the scenario costs.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Topology;
use jiff::civil::Date;
use serde::Serialize;

use crate::Report;
use crate::words::{number, real, span};

mod prices;

pub use prices::{Price, Prices, PricesError};

/// The length of the month that usage is scaled to.
pub const MONTH: Duration = Duration::from_hours(30 * 24);

/// What a month costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bill {
    /// The Region that it is for.
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
    /// The Region whose price it is.
    pub region: String,
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
            let region = price.region.as_ref().unwrap_or(&prices.region).clone();
            Line { what, quantity, per_million: price.per_million, cost, region, source: price.source.clone() }
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
             empty polls, data and logs are left out.{}",
            span(lasts),
            number(self.scaled_by),
            self.regions(),
            self.way_out()
        )
    }

    /// What to do where a price of the Region is not known.
    fn way_out(&self) -> String {
        let mut lines = self.services.iter().flat_map(|service| &service.lines);
        if lines.all(|line| line.region == self.region) {
            return String::new();
        }
        let known: Vec<&str> = Prices::regions().collect();
        format!(" Prices of {} come with the command; --prices takes a file with your own.", known.join(", "))
    }

    /// Whose prices these are: those of its Region, or of another one where its own are not known.
    fn regions(&self) -> String {
        let lines = || self.services.iter().flat_map(|service| &service.lines);
        let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in lines().filter(|line| line.region != self.region) {
            others.entry(&line.region).or_default().push(line.what);
        }
        if others.is_empty() {
            return self.region.clone();
        }
        let own = lines().any(|line| line.region == self.region);
        let others = others
            .into_iter()
            .map(|(region, what)| if own { format!("{region} ({})", what.join(", ")) } else { region.to_owned() });
        let others = others.collect::<Vec<_>>().join(" and ");
        if own {
            format!("{} and, where that Region's are not known, {others},", self.region)
        } else {
            format!("{others}, since those of {} are not known,", self.region)
        }
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
        let bill = Bill::of(&report(), &topology, &Prices::of("us-east-1").unwrap());
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
    fn a_bill_says_whose_prices_it_takes() {
        let (topology, _) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
        let note =
            |region: &str| Bill::of(&report(), &topology, &Prices::of(region).unwrap()).note(Duration::from_hours(24));
        assert!(note("us-east-1").contains("the prices of us-east-1 seen from"), "{}", note("us-east-1"));
        let ireland = "the prices of eu-west-1 and, where that Region's are not known, us-east-1 (requests with a message group, \
                       for fair queues), seen from";
        assert!(note("eu-west-1").contains(ireland), "{}", note("eu-west-1"));
        let way_out =
            "Prices of us-east-1, eu-central-1, eu-west-1 come with the command; --prices takes a file with your own.";
        for (region, is_told) in [("us-east-1", false), ("eu-west-1", true), ("ap-southeast-2", true)] {
            assert_eq!(note(region).ends_with(way_out), is_told, "{}", note(region));
        }
        let sydney = "the prices of us-east-1, since those of ap-southeast-2 are not known, seen from";
        assert!(note("ap-southeast-2").contains(sydney), "{}", note("ap-southeast-2"));
    }
}
