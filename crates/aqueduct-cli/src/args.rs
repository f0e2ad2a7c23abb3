//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::commands::check::args::{Check, Explain, Rules};
use crate::commands::simulate::args::Simulate;
use crate::values::Values;

/// Decoupled Rust on AWS Lambda: run, check and look at an infrastructure template.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(Up),
    Serve(Serve),
    Check(Check),
    Explain(Explain),
    Rules(Rules),
    Contracts(Contracts),
    Graph(Graph),
    Match(Match),
    Simulate(Simulate),
}

/// Run a template on this machine: functions as processes, every AWS service behind one endpoint.
///
/// With --endpoint only the functions run here, behind their URLs and queues. Queues, topics, buses, tables and buckets
/// are those of the local cloud at that address, where the template is deployed already.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0    the orders that were sent are done, or the cloud became idle
  1    an order failed or did not finish in time
  2    it could not run: arguments, template, ports, or a function that does not build or start
  130  ended by Ctrl-C
  143  ended by SIGTERM

Standard output has what happens, standard error has everything else. NO_COLOR turns colours off.

Examples:
  aqueduct up
  aqueduct up --send events/http/place-order.json --until-idle
  aqueduct up --endpoint http://localhost:4566 --stack shop")]
pub(crate) struct Up {
    /// The CloudFormation or SAM template; several run together [default: those of aqueduct.toml, else infra/template.yaml].
    #[arg(long = "template", value_name = "FILE")]
    pub(crate) templates: Vec<PathBuf>,
    /// The port of the AWS endpoint on 127.0.0.1; 0 is any free one.
    #[arg(long, value_name = "PORT", default_value_t = 4566)]
    pub(crate) port: u16,
    /// Use the queues, topics, buses, tables and buckets of a local cloud that runs at this address, and run the functions.
    ///
    /// It is for LocalStack and its like, on this machine or network; requests are not signed, so AWS refuses them. The
    /// Region is that of `AWS_REGION` or `AWS_DEFAULT_REGION`, else us-east-1.
    #[arg(long, value_name = "URL", conflicts_with_all = ["port", "folder"])]
    pub(crate) endpoint: Option<String>,
    /// The CloudFormation stack that deployed the template at --endpoint; it says what the resources are called.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub(crate) stack: Option<String>,
    /// What a queue, topic, bus, table or bucket is called at --endpoint: a name, a queue's URL or an ARN.
    #[arg(long = "resource", value_name = "ID=NAME", value_parser = pair, requires = "endpoint")]
    pub(crate) resources: Vec<(String, String)>,
    /// The port of the first function URL on 127.0.0.1; 0 is any free one [default: 4567 if it is free].
    #[arg(long, value_name = "PORT")]
    pub(crate) shop_port: Option<u16>,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) values: Values,
    /// Build the functions with optimisations.
    #[arg(long)]
    pub(crate) release: bool,
    /// Send this HTTP event to the function that has a URL, follow the order, then end.
    #[arg(long, value_name = "EVENT.json")]
    pub(crate) send: Vec<PathBuf>,
    /// The function to send to, by logical id, when several have a URL.
    #[arg(long, value_name = "FUNCTION", requires = "send")]
    pub(crate) to: Option<String>,
    /// End when nothing waits, runs or is to be tried again.
    #[arg(long)]
    pub(crate) until_idle: bool,
    /// How long --send and --until-idle wait, such as 90s or 5m.
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Show every step, those of the services' insides too.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print what happens as JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Serve the embedded cloud without a template: an AWS endpoint on this machine for any language.
///
/// It has SQS, SNS, EventBridge, EventBridge Scheduler, Lambda, DynamoDB, S3 and STS. Resources are made by API calls.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  1    the store of its data failed
  2    it could not run: arguments, port or data
  130  ended by Ctrl-C
  143  ended by SIGTERM

Standard output has one line, the endpoint's URL, once it answers; standard error has everything else: how to point AWS \
tools at it, messages that are lost, failures, and what functions log.

With --data, what was acknowledged is there again after the process ended, even by kill -9: the system has it, and the disk \
gets it when the system likes. With --fsync the disk has it before it is acknowledged, so that a power loss takes nothing \
of queues, topics and buses; tables and objects do not wait for the disk.

Examples:
  aqueduct serve
  aqueduct serve --data .aqueduct
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws sqs create-queue --queue-name work")]
pub(crate) struct Serve {
    /// The port on 127.0.0.1; 0 is any free one.
    #[arg(long, value_name = "PORT", default_value_t = 4566)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) data: Data,
    /// The Region of ARNs and URLs [default: that of the data, else us-east-1].
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The account of ARNs and URLs, twelve digits [default: that of the data, else 000000000000].
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    pub(crate) account: Option<String>,
    /// Show every step of every message.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// Where a cloud keeps what it has.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Data {
    /// Keep queues, messages and everything else in this folder, and go on from there at the next start.
    ///
    /// A template's resources that are there already are brought to what the template describes, and keep their messages; what
    /// left the template stays.
    #[arg(long = "data", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Acknowledge only what the disk has: slower, and safe against a power loss, too.
    #[arg(long, requires = "folder")]
    pub(crate) fsync: bool,
    /// Go on with what can be read of data that is damaged; the damaged file is kept beside.
    #[arg(long, requires = "folder")]
    pub(crate) repair: bool,
}

/// Export what the functions of a template consume, publish and rely on.
///
/// The functions are built and asked; nothing is deployed and nothing is called. A function tells its contract from
/// `aqueduct::lambda::run`, with the feature `contract` of `aqueduct`.
#[derive(Clone, Debug, Parser)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes:
  0  exported, or the file holds what the code says
  1  a function tells no contract, or the file of --check is out of date
  2  the template or a file cannot be read, or a function does not build

Examples:
  aqueduct contracts --out infra
  aqueduct contracts --check infra/contracts.json
  aqueduct contracts --from infra/contracts.json --format asyncapi
  aqueduct contracts diff before.json after.json"
)]
pub(crate) struct Contracts {
    #[command(subcommand)]
    pub(crate) command: Option<ContractsCommand>,
    /// The CloudFormation or SAM template.
    #[arg(value_name = "TEMPLATE", default_value = "infra/template.yaml")]
    pub(crate) template: PathBuf,
    #[command(flatten)]
    pub(crate) values: Values,
    /// What to export.
    #[arg(long, value_enum, default_value_t = ContractFormat::Json)]
    pub(crate) format: ContractFormat,
    /// The folder to write to: contracts.json, asyncapi.json, or a file for every event; without it they are printed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Say whether this file is what the code says, and write nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "format"])]
    pub(crate) check: Option<PathBuf>,
    /// Take the contracts of this file instead of building the functions.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub(crate) from: Option<PathBuf>,
    /// The title of the AsyncAPI document [default: names the template].
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// The version of the API that the AsyncAPI document describes.
    #[arg(long, value_name = "VERSION", default_value = "1.0.0")]
    pub(crate) api_version: String,
    /// Build the functions with optimisations.
    #[arg(long)]
    pub(crate) release: bool,
}

/// What else there is to do with contracts.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ContractsCommand {
    Diff(ContractsDiff),
}

/// Say what changed between two exports, and what of it breaks somebody.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  nothing breaks
  1  something breaks: a reader of before, a message that is under way, or the wiring
  2  a file cannot be read")]
pub(crate) struct ContractsDiff {
    /// The export of before.
    pub(crate) old: PathBuf,
    /// The export of after.
    pub(crate) new: PathBuf,
    /// Print a JSON object for every change.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Formats of contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContractFormat {
    /// The document that `aqueduct check` reads.
    Json,
    /// A JSON Schema for every event.
    Schema,
    /// An AsyncAPI 3.0 document.
    Asyncapi,
}

/// Draw the topology of a template, or of several that are deployed together.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  drawn
  2  the template cannot be read

Examples:
  aqueduct graph --format svg > topology.svg
  aqueduct graph --findings --config-env live
  aqueduct graph shop/template.yaml billing/template.yaml
  terraform show -json plan.out > plan.json && aqueduct graph plan.json")]
pub(crate) struct Graph {
    /// CloudFormation or SAM templates, or plans as `terraform show -json` gives them [default: those of aqueduct.toml, else
    /// infra/template.yaml].
    #[arg(value_name = "TEMPLATE")]
    pub(crate) templates: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) values: Values,
    /// The language of the drawing.
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
    pub(crate) format: GraphFormat,
    /// Mark what `aqueduct check` has findings about.
    #[arg(long)]
    pub(crate) findings: bool,
}

/// Languages of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// As GitHub shows in Markdown.
    Mermaid,
    /// As Graphviz reads.
    Dot,
    /// An image.
    Svg,
    /// Nodes and edges.
    Json,
}

/// Say whether an event matches an event pattern or filter policy, and why not.
///
/// With --contracts in the place of an event it says which declared events can match at all, and why the others cannot.
#[derive(Clone, Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0  it matches; a declared event can match, or there is no telling
  1  it does not match; no declared event can match
  2  the pattern is not valid, or pattern, event or contracts cannot be read

Examples:
  aqueduct match pattern.json event.json
  aqueduct match '{\"source\": [\"shop\"]}' - < event.json
  aqueduct match policy.json attributes.json --dialect sns
  aqueduct match pattern.json --contracts infra/contracts.json")]
pub(crate) struct Match {
    /// The pattern: a JSON file, - for standard input, or JSON text.
    pub(crate) pattern: String,
    /// The event: a JSON file, - for standard input, or JSON text.
    #[arg(required_unless_present = "contracts")]
    pub(crate) event: Option<String>,
    /// Ask for the events that these contracts declare, as `aqueduct contracts` exports them.
    #[arg(long, value_name = "FILE", conflicts_with = "event")]
    pub(crate) contracts: Option<PathBuf>,
    /// Which service reads the pattern.
    #[arg(long, value_enum, default_value_t = Dialect::Bus)]
    pub(crate) dialect: Dialect,
    /// What an SNS filter policy looks at [default: the attributes when the policy can look at them and the event has
    /// values alone, else the body].
    #[arg(long, value_enum)]
    pub(crate) scope: Option<Scope>,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Dialects of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// Rules and archives of an EventBridge bus.
    Bus,
    /// EventBridge Pipes.
    Pipes,
    /// Filter criteria of a Lambda event source mapping; the event is a record whose body is the JSON that it holds.
    Lambda,
    /// SNS filter policy.
    Sns,
}

/// What an SNS filter policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// The message attributes: the event is an object of their values, or of attributes as SNS and SQS show them.
    Attributes,
    /// The message body.
    Body,
}

/// `KEY=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "expected KEY=VALUE".to_owned())
}

fn account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err("an account is twelve digits".to_owned()) }
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| "expected a number and a unit, such as 90s or 5m".to_owned())?;
    match &text[digits.len()..] {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        "h" => Ok(Duration::from_secs(number.saturating_mul(3600))),
        unit => Err(format!("unknown unit {unit}; use ms, s, m or h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        for (text, millis) in [("90s", 90_000), ("250ms", 250), ("5m", 300_000), ("1h", 3_600_000), ("7", 7_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "5 days", "-1s", "1.5s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
