//! The functions' zips, made by `cargo lambda build`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use aqueduct_topology::{Deployment, read};

use super::folder;
use crate::command::{program, root, run};

/// Builds the functions of the template and answers the folder of `<binary>/bootstrap.zip`.
///
/// The `dev` profile: the release build is for Lambda's cold starts and takes minutes. Cargo itself links, for this
/// machine, whose processor the functions run on. cargo-lambda always names the target, so its work has a folder of its
/// own under `target/` and shares nothing with `cargo test`.
pub(crate) fn build(tools: &Path, template: &str) -> Result<PathBuf> {
    let zips = folder().join("functions");
    let functions = functions(template)?;
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
fn functions(template: &str) -> Result<Vec<Function>> {
    let text = fs::read_to_string(root().join(template)).with_context(|| format!("{template} cannot be read"))?;
    let (topology, diagnostics) = read(&text, &Deployment::default());
    if let Some(diagnostic) = diagnostics.first() {
        bail!("{template}:{diagnostic}");
    }
    topology.functions.iter().map(|it| function(it, template)).collect()
}

fn function(function: &aqueduct_topology::Function, template: &str) -> Result<Function> {
    let package = function.code_uri.as_deref().and_then(|uri| uri.rsplit('/').next());
    let (Some(package), Some(binary)) = (package, function.binary.as_deref()) else {
        bail!("{} has no CodeUri or no Metadata.BuildProperties.Binary in {template}", function.id)
    };
    Ok(Function { package: package.to_owned(), binary: binary.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::localstack::deploy::{AGREEMENT, PIPELINE};

    #[test]
    fn each_function_of_the_templates_has_its_crate() {
        for (stack, crates) in [(PIPELINE, "functions"), (AGREEMENT, "tests")] {
            let functions = functions(stack.template).unwrap();
            assert!(!functions.is_empty());
            for Function { package, binary } in functions {
                assert_eq!(package, binary, "cargo names a crate's binary by the crate");
                let manifest = root().join(crates).join(&package).join("Cargo.toml");
                assert!(manifest.is_file(), "there is no crate {package}");
            }
        }
    }
}
