//! The toolkit with some of its features, as its users have it.

use anyhow::{Context as _, Result};

use crate::command::{program, run};

/// What is linted: without the AWS SDKs, each of which takes longer than all of this.
const LISTS: [&str; 7] =
    ["", "derive", "contract", "lambda", "contract,derive", "contract,derive,lambda", "derive,otel"];

/// Lints `aqueduct` with each list of features.
pub(crate) fn run_lints() -> Result<()> {
    for features in LISTS {
        let package = ["clippy", "--package", "aqueduct", "--lib", "--tests", "--no-default-features"];
        let lint = ["--features", features, "--", "--deny", "warnings"];
        run(program("cargo").args(package).args(lint))
            .with_context(|| format!("aqueduct has findings with the features `{features}`"))?;
    }
    Ok(())
}
