//! The functions' zips, made by `cargo lambda build`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use aqueduct_topology::{Deployment, read};

use super::folder;
use crate::command::{program, root, run};

pub(crate) const TEMPLATE: &str = "infra/template.yaml";

/// Builds the functions of the template and answers the folder of `<binary>/bootstrap.zip`.
///
/// The `dev` profile: the release build is for Lambda's cold starts and takes minutes. Cargo itself links, for this
/// machine, whose processor the functions run on. cargo-lambda always names the target, so its work has a folder of its
/// own under `target/` and shares nothing with `cargo test`.
pub(crate) fn build(tools: &Path) -> Result<PathBuf> {
    let zips = folder().join("functions");
    let functions = functions()?;
    let mut command = program(tools.join("cargo-lambda"));
    command.args(["lambda", "build", "--compiler", "cargo", "--output-format", "zip", "--lambda-dir"]).arg(&zips);
    for function in &functions {
        command.args(["--package", &function.package, "--bin", &function.binary]);
    }
    run(&mut command).context("the functions cannot be built")?;
    Ok(zips)
}

struct Function {
    package: String,
    binary: String,
}

/// As the template lists them: the package by its folder, the binary by its build properties.
fn functions() -> Result<Vec<Function>> {
    let template = fs::read_to_string(root().join(TEMPLATE)).with_context(|| format!("{TEMPLATE} cannot be read"))?;
    let (topology, diagnostics) = read(&template, &Deployment::default());
    if let Some(diagnostic) = diagnostics.first() {
        bail!("{TEMPLATE}:{diagnostic}");
    }
    topology.functions.iter().map(function).collect()
}

fn function(function: &aqueduct_topology::Function) -> Result<Function> {
    let package = function.code_uri.as_deref().and_then(|uri| uri.rsplit('/').next());
    let (Some(package), Some(binary)) = (package, function.binary.as_deref()) else {
        bail!("{} has no CodeUri or no Metadata.BuildProperties.Binary in {TEMPLATE}", function.id)
    };
    Ok(Function { package: package.to_owned(), binary: binary.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_of_the_template_has_its_crate() {
        let functions = functions().unwrap();
        assert!(!functions.is_empty());
        for Function { package, binary } in functions {
            assert_eq!(package, binary, "cargo names a crate's binary by the crate");
            assert!(
                root().join("functions").join(&package).join("Cargo.toml").is_file(),
                "there is no crate {package}"
            );
        }
    }
}
