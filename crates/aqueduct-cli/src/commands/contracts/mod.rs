//! `aqueduct contracts`: what functions consume, publish and rely on, out of their code.

mod ask;
mod changes;
mod places;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aqueduct_contract::Contracts;
use aqueduct_topology::{Deployment, Topology};
use serde_json::Value;

use crate::args::{ContractFormat, Contracts as Arguments, ContractsCommand};
use crate::failure::Failure;
use crate::screen::{self, GREEN};
use crate::template::Template;

/// Runs the command.
pub(crate) fn run(args: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(ContractsCommand::Diff(diff)) = &args.command {
        return changes::run(diff);
    }
    let template = Template::open(std::slice::from_ref(&args.template), &args.values)?;
    let topology = template.topology(&Deployment::default())?;
    let contracts = if let Some(file) = &args.from {
        read(file)?
    } else {
        let runtime = tokio::runtime::Runtime::new()
            .map_err(|error| Failure::setup(format!("cannot start the asynchronous runtime: {error}")))?;
        runtime.block_on(ask::all(&topology, &template, args.release))?
    };
    if let Some(file) = &args.check {
        return check(&contracts, file);
    }
    let documents = documents(&contracts, &topology, args)?;
    if let Some(folder) = &args.out {
        return write(folder, &documents);
    }
    for (_, text) in &documents {
        screen::data(text.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads contracts from a file.
pub(crate) fn read(file: &Path) -> Result<Contracts, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::setup(format!("cannot read the contracts {}: {error}", file.display())))?;
    Contracts::read(&text).map_err(|error| Failure::setup(format!("{}: {error}", file.display())))
}

/// Files by name; a format that is one document has one.
fn documents(contracts: &Contracts, topology: &Topology, args: &Arguments) -> Result<Vec<(String, String)>, Failure> {
    let pretty = |value: &Value| {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::work(error.to_string()))?;
        Ok(text + "\n")
    };
    Ok(match args.format {
        ContractFormat::Json => vec![("contracts.json".to_owned(), contracts.to_json())],
        ContractFormat::Schema => {
            let files = contracts.schema_files();
            files.into_iter().map(|(name, schema)| Ok((name, pretty(&schema)?))).collect::<Result<_, Failure>>()?
        }
        ContractFormat::Asyncapi => {
            let title = args.title.clone().unwrap_or_else(|| format!("Contracts of {}", args.template.display()));
            let places = places::InTemplate { topology, contracts };
            let document = contracts.asyncapi(&title, &args.api_version, &places);
            vec![("asyncapi.json".to_owned(), pretty(&document)?)]
        }
    })
}

fn write(folder: &PathBuf, documents: &[(String, String)]) -> Result<ExitCode, Failure> {
    let failed = |what: &Path, error| Failure::setup(format!("cannot write {}: {error}", what.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in documents {
        let file = folder.join(name);
        std::fs::write(&file, text).map_err(|error| failed(&file, error))?;
        screen::talk(format_args!("{GREEN}wrote{GREEN:#} {}", file.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a file holds these contracts.
fn check(contracts: &Contracts, file: &Path) -> Result<ExitCode, Failure> {
    let kept = read(file)?;
    if kept.to_json() == contracts.to_json() {
        screen::talk(format_args!("{} is what the code says", file.display()));
        return Ok(ExitCode::SUCCESS);
    }
    for change in kept.changes(contracts) {
        screen::data(change);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Err(Failure::work(format!(
        "{} is not what the code says; write it anew with aqueduct contracts --out {}",
        file.display(),
        folder.display()
    )))
}
