//! Values for a template's parameters: from the command line, and from SAM's configuration file.

use std::path::{Path, PathBuf};

use aqueduct_topology::SamConfig;
use clap::Args;

use crate::args::pair;
use crate::failure::Failure;

const FILE: &str = "samconfig.toml";

/// What a template's parameters are to be.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Values {
    /// A value for a parameter of the template.
    #[arg(long = "parameter", value_name = "KEY=VALUE", value_parser = pair)]
    given: Vec<(String, String)>,
    /// Take further values from this environment of samconfig.toml.
    #[arg(long = "config-env", value_name = "NAME")]
    environment: Option<String>,
}

impl Values {
    /// All of them; those of the command line come last, and win.
    pub(crate) fn of(&self, template: &Path) -> Result<Vec<(String, String)>, Failure> {
        let mut values = match &self.environment {
            Some(environment) => configured(template, environment)?,
            None => Vec::new(),
        };
        values.extend(self.given.iter().cloned());
        Ok(values)
    }
}

fn configured(template: &Path, environment: &str) -> Result<Vec<(String, String)>, Failure> {
    let path = find(template).ok_or_else(|| {
        Failure::setup(format!(
            "there is no {FILE} beside {} and none in this folder; give values with --parameter instead",
            template.display()
        ))
    })?;
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::setup(format!("cannot read {}: {error}", path.display())))?;
    let config = SamConfig::parse(&text, environment)
        .map_err(|error| Failure::setup(format!("cannot use {}: {error}", path.display())))?;
    Ok(config.parameters.into_iter().collect())
}

/// The file beside the template, or in the folder that the command runs in.
fn find(template: &Path) -> Option<PathBuf> {
    let beside = template.parent().map(|folder| folder.join(FILE));
    beside.into_iter().chain([PathBuf::from(FILE)]).find(|path| path.is_file())
}
