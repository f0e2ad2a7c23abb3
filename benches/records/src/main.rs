//! Measures functions behind a Runtime API of its own; `README.md` says what and how.

mod endpoint;
mod function;
mod runtime_api;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use aqueduct_bench_records::batch::{self, Size};
use clap::Parser;
use function::{Besides, Count, Function, Setting, Variant};
use runtime_api::RuntimeApi;

/// Measure what a record costs in a function.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Args {
    /// What to measure; everything that is there when none is named.
    #[arg(value_enum)]
    variants: Vec<Variant>,
    /// The batches: records, `x`, and the bytes of each body.
    #[arg(long, default_values = ["1x1000", "10x200", "10x1000", "10x10000", "10x100000", "1000x1000", "5000x400"])]
    batch: Vec<Size>,
    /// Count instructions under callgrind, instead of measuring time and memory.
    #[arg(long)]
    instructions: bool,
    /// Count the blocks of memory that are allocated, under DHAT, instead of measuring time and memory.
    #[arg(long, conflicts_with = "instructions")]
    allocations: bool,
    /// Count from starting the process to its first answer, rather than for each record.
    #[arg(long)]
    first: bool,
    /// Measure publishing and idempotency against a dummy endpoint instead.
    #[arg(long, conflicts_with_all = ["instructions", "allocations", "variants"])]
    aws: bool,
    /// What functions do besides, as consumers do unless told otherwise. By hand there are logs; the others do none of it.
    #[arg(long, value_enum, value_name = "WHAT")]
    with: Vec<Besides>,
    /// Rounds of which the median is told.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// The Python that has aws-lambda-powertools and awslambdaric.
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// The folder whose `node_modules` has @aws-lambda-powertools/batch.
    #[arg(long, value_name = "DIR")]
    node: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if args.aws {
        publish()?;
        return idempotent(args.python.as_deref(), args.rounds);
    }
    let setting = Setting { python: args.python, node: args.node, with: args.with };
    let mut variants = args.variants;
    if variants.is_empty() {
        variants = vec![Variant::ByHand, Variant::Consumer, Variant::Borrowed];
        variants.extend(setting.python.is_some().then_some(Variant::Python));
        variants.extend(setting.node.is_some().then_some(Variant::Node));
    }
    let count = match (args.instructions, args.allocations) {
        (true, _) => Some(Count::Instructions),
        (_, true) => Some(Count::Allocations),
        _ => None,
    };
    for size in args.batch {
        let Some(count) = count else {
            time(size, &variants, &setting, args.rounds)?;
            continue;
        };
        let native: Vec<_> = variants.iter().copied().filter(|variant| variant.is_native()).collect();
        let counts = native.iter().map(|variant| {
            let counted = if args.first { counted_once } else { counted };
            counted(count, *variant, &setting, size)
        });
        let counts = counts.collect::<anyhow::Result<Vec<_>>>()?;
        tell(size, if args.first { count.first() } else { count.each() }, &native, &counts)?;
    }
    Ok(())
}

/// Rounds of all variants in turn, so that what else the machine does falls on all of them.
fn time(size: Size, variants: &[Variant], setting: &Setting, rounds: u32) -> anyhow::Result<()> {
    let mut rows = vec![Vec::new(); variants.len()];
    for _ in 0..rounds {
        for (variant, row) in variants.iter().zip(&mut rows) {
            row.push(once(*variant, setting, size)?);
        }
    }
    let column = |pick: fn(&Figures) -> f64| rows.iter().map(|row| median(row.iter().map(pick).collect())).collect();
    let columns: [(&str, Vec<f64>); 4] = [
        ("CPU us/record", column(|figures| figures.cpu_per_record)),
        ("first answer ms", column(|figures| figures.first_answer)),
        ("CPU ms to it", column(|figures| figures.first_cpu)),
        ("peak KiB", column(|figures| figures.peak_kib)),
    ];
    columns.iter().try_for_each(|(name, values)| tell(size, name, variants, values))
}

#[derive(Clone, Copy, Debug)]
struct Figures {
    cpu_per_record: f64,
    first_answer: f64,
    first_cpu: f64,
    peak_kib: f64,
}

/// Invocations before those that are measured: whatever warms up has done so.
const WARM_UP: usize = 20;

fn once(variant: Variant, setting: &Setting, size: Size) -> anyhow::Result<Figures> {
    let api = api(size)?;
    let function = Function::start(variant, setting, &api)?;
    let fed = api.feed(1);
    fed.with_context(|| format!("{variant:?} at {size}"))?;
    let first = api.first_answer().context("an answer came")?;
    let first_cpu = function.cpu()?;
    // Long enough for the clock, whatever the batch.
    let invocations = (20_000 / size.records / (1 + size.bytes / 1000)).clamp(5, 2_000);
    api.feed(WARM_UP.min(invocations))?;
    let before = function.cpu()?;
    api.feed(invocations)?;
    let cpu = function.cpu()?.saturating_sub(before);
    Ok(Figures {
        cpu_per_record: cpu.as_secs_f64() * 1e6 / count(invocations * size.records),
        first_answer: millis(function.until(first)),
        first_cpu: millis(first_cpu),
        peak_kib: count(usize::try_from(function.peak_kib()?)?),
    })
}

/// A count for each record, from the difference of two numbers of invocations, which leaves the start out.
fn counted(what: Count, variant: Variant, setting: &Setting, size: Size) -> anyhow::Result<f64> {
    const FEW: usize = 2;
    const MANY: usize = 12;
    let run = |invocations| count_of(what, variant, setting, size, invocations);
    let difference = run(MANY)?.checked_sub(run(FEW)?).context("more invocations took less")?;
    Ok(count(usize::try_from(difference)?) / count((MANY - FEW) * size.records))
}

/// A count from the start of the process to its first answer.
fn counted_once(what: Count, variant: Variant, setting: &Setting, size: Size) -> anyhow::Result<f64> {
    Ok(count(usize::try_from(count_of(what, variant, setting, size, 1)?)?))
}

fn count_of(what: Count, variant: Variant, setting: &Setting, size: Size, invocations: usize) -> anyhow::Result<u64> {
    let api = api(size)?;
    let function = Function::start_counted(what, variant, setting, &api)?;
    api.feed(invocations)?;
    function.counted(what)
}

/// Instructions and allocations for a batch of ten orders of 1,000 bytes.
fn publish() -> anyhow::Result<()> {
    const FEW: usize = 5;
    const MANY: usize = 25;
    let endpoint = endpoint::start()?;
    let each = |what: Count, variant: &str| {
        let run =
            |times: usize| function::count_with(what, "publish", &[variant.to_owned(), times.to_string()], &endpoint);
        let difference = run(MANY)?.saturating_sub(run(FEW)?);
        anyhow::Ok(count(usize::try_from(difference)?) / count(MANY - FEW))
    };
    let mut out = std::io::stdout().lock();
    for (what, name) in [(Count::Instructions, "instructions"), (Count::Allocations, "allocations")] {
        let publisher = each(what, "publisher")?;
        write!(out, "{name}/SendMessageBatch | publisher {publisher:.0}")?;
        for variant in ["bare", "enveloped"] {
            let by_itself = each(what, variant)?;
            write!(out, " | {variant} {by_itself:.0} ({:.3})", publisher / by_itself)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Processor time of an effect that happens once: a claim and its completion in DynamoDB.
fn idempotent(python: Option<&Path>, rounds: u32) -> anyhow::Result<()> {
    const FEW: usize = 200;
    const MANY: usize = 2_200;
    let endpoint = endpoint::start()?;
    let once = |python| {
        let many = function::cpu_with(python, MANY, &endpoint)?;
        let difference = many.saturating_sub(function::cpu_with(python, FEW, &endpoint)?);
        anyhow::Ok(difference.as_secs_f64() * 1e6 / count(MANY - FEW))
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(once(None)?);
        if python.is_some() {
            theirs.push(once(python)?);
        }
    }
    let mut out = std::io::stdout().lock();
    let ours = median(ours);
    write!(out, "CPU us/idempotent record | ours {ours:.0}")?;
    if !theirs.is_empty() {
        let theirs = median(theirs);
        write!(out, " | Powertools for Python {theirs:.0} ({:.1} times)", theirs / ours)?;
    }
    writeln!(out)?;
    Ok(())
}

/// A Runtime API whose answers must name the records that fail, and no others.
fn api(size: Size) -> anyhow::Result<RuntimeApi> {
    let expected: BTreeSet<String> = (0..size.records).filter(|n| batch::fails(*n)).map(batch::message_id).collect();
    let check = move |answer: &[u8]| {
        let answer: serde_json::Value = serde_json::from_slice(answer)?;
        let failures = answer["batchItemFailures"].as_array().context("no batchItemFailures in the answer")?;
        let found: BTreeSet<String> =
            failures.iter().filter_map(|failure| failure["itemIdentifier"].as_str().map(str::to_owned)).collect();
        ensure!(found == expected, "{} records failed, and {} should have", found.len(), expected.len());
        Ok(())
    };
    RuntimeApi::start(batch::event(size).into_bytes(), Box::new(check))
}

/// One line: the figures, and how many times the first each of the others is.
fn tell(size: Size, what: &str, variants: &[Variant], values: &[f64]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    write!(out, "{size:<12} {what:<20}")?;
    for (variant, value) in variants.iter().zip(values) {
        write!(out, " | {variant:?} {value:.1} ({:.3})", value / values[0])?;
    }
    writeln!(out)?;
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "figures here stay far below what a float holds exactly")]
fn count(number: usize) -> f64 {
    number as f64
}
