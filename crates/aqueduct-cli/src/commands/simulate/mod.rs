//! `aqueduct simulate`: a template in virtual time under load and faults.

pub(crate) mod args;
mod progress;
mod retries;
mod text;

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use aqueduct_simulate::{Prepared, Prices, Report, Results, Runs, Scenario, in_parallel};
use aqueduct_topology::{Deployment, Topology};

use args::{Format, Simulate};
use progress::View;
use retries::Known;

use crate::failure::Failure;
use crate::screen;
use crate::template::Template;

/// Runs the command.
pub(crate) fn run(args: &Simulate) -> Result<ExitCode, Failure> {
    let template = Template::open(std::slice::from_ref(&args.template), &args.values)?;
    let mut deployment = Deployment::default();
    if let Some(region) = &args.region {
        deployment.region.clone_from(region);
    }
    let topology = template.topology(&deployment)?;
    let known = Known::read(args.contracts.as_deref(), &topology)?;
    let Some(scenario) = &args.scenario else { return sketched(args, &topology, &known) };
    let mut prepared = Prepared::read(scenario).map_err(|problems| unusable(&problems))?;
    for (function, retries) in &known.retries {
        prepared.assume(function, retries, &known.from);
    }
    let prices = prices(args, &deployment)?;
    let view = View::new();
    let results = simulated(args, &topology, &prepared, &prices, &view);
    view.clear();
    let results = results?;
    for outside in &results.report.outside {
        screen::talk(format_args!("not simulated: {} leads to {}: {}", outside.from, outside.to, outside.why));
    }
    write(args, &results)?;
    let survived = match &results.runs {
        Some(runs) => runs.survived == runs.runs,
        None => results.verdict.survived,
    };
    Ok(if survived { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Writes a scenario to begin with.
fn sketched(args: &Simulate, topology: &Topology, known: &Known) -> Result<ExitCode, Failure> {
    let Some(sketch) = aqueduct_simulate::sketch(topology, &known.retries, &known.from) else {
        return Err(Failure::setup(format!(
            "{} has no function that messages could come to, and so nothing to be simulated",
            args.template.display()
        )));
    };
    match &args.out {
        None => screen::data(sketch.trim_end()),
        Some(path) => {
            save(path, &sketch)?;
            screen::talk(format_args!("wrote {}: a sketch, to put your own numbers in", path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::setup(format!("cannot write {}: {error}", path.display())))
}

/// The run, its verdict, and the further runs that were asked for.
fn simulated(
    args: &Simulate,
    topology: &Topology,
    prepared: &Prepared,
    prices: &Prices,
    view: &View,
) -> Result<Results, Failure> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let first = aqueduct_simulate::run(topology, prepared, args.seed, &mut |progress| view.first(progress));
    let first = first.map_err(|error| Failure::setup(error.to_string()))?;

    let reports = in_parallel(threads, args.runs.get() - 1, |run| {
        let seed = args.seed.wrapping_add(run as u64 + 1);
        let report = aqueduct_simulate::run(topology, prepared, seed, &mut |_| {});
        view.further("other seeds", args.runs.get() - 1);
        report.map_err(|error| Failure::setup(error.to_string()))
    });
    let others: Vec<Report> = reports.into_iter().collect::<Result<_, _>>()?;

    let trial = |topology: &Topology, scenario: &Scenario| {
        let mut changed = prepared.clone();
        changed.scenario = scenario.clone();
        let report = aqueduct_simulate::run(topology, &changed, args.seed, &mut |_| {});
        view.further("with changes", 0);
        report.map_err(|error| error.to_string())
    };
    let scenario = &prepared.scenario;
    let variation = args.vary.as_ref().map(|vary| vary.search(topology, scenario, &first, threads, &trial));
    let variation = variation.transpose().map_err(|error| Failure::setup(error.to_string()))?;
    let runs = (args.runs.get() > 1).then(|| {
        let all: Vec<Report> = std::iter::once(first.clone()).chain(others).collect();
        Runs::of(args.seed, &all)
    });
    let results = Results::of(topology, scenario.clone(), first, prices, &trial);
    Ok(Results { runs, variation, ..results })
}

fn unusable(problems: &[aqueduct_simulate::Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Failure::setup(lines.join("\n"))
}

/// The prices of the file that was given, or those that are known of the Region.
fn prices(args: &Simulate, deployment: &Deployment) -> Result<Prices, Failure> {
    let Some(path) = &args.prices else {
        return Prices::of(&deployment.region).map_err(|error| Failure::setup(error.to_string()));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::setup(format!("cannot read the prices {}: {error}", path.display())))?;
    let prices = Prices::read(&text).map_err(|error| Failure::setup(format!("{}: {error}", path.display())))?;
    match &args.region {
        Some(region) if *region != prices.region => Err(Failure::setup(format!(
            "the prices {} are those of {} and not of {region}; leave --region out, or give a file whose `region` is {region}",
            path.display(),
            prices.region
        ))),
        _ => Ok(prices),
    }
}

/// Writes the report in its format: to the file, or to standard output.
fn write(args: &Simulate, results: &Results) -> Result<(), Failure> {
    let written = match args.format {
        Format::Text => text::written(results, text::width(args.out.is_some())),
        Format::Json => format!("{:#}", results.json()),
        Format::Html => results.html(),
    };
    let written = written.trim_end();
    let Some(path) = &args.out else {
        screen::data(written);
        return Ok(());
    };
    let plain = anstream::adapter::strip_str(written).to_string();
    save(path, &(plain + "\n"))?;
    screen::talk(format_args!("wrote {}: {}", path.display(), results.verdict.headline));
    Ok(())
}
