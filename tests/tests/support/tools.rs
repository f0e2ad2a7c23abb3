//! The tools that `cargo xtask test` installs.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A tool by its name, with nothing on its standard input.
#[expect(clippy::disallowed_methods, reason = "the chore that runs the tests says where its tools are")]
pub(crate) fn tool(name: &str) -> Command {
    let tools =
        std::env::var("AQUEDUCT_TOOLS").expect("AQUEDUCT_TOOLS is not set; run the tests with `cargo xtask test`");
    let mut command = Command::new(Path::new(&tools).join(name));
    command.stdin(Stdio::null());
    command
}

/// Runs a script of this package with `input`, and answers what it wrote. It gets the endpoint's URL, a Region and dummy
/// credentials, and nothing else.
pub(crate) async fn python(endpoint: &str, script: &str, arguments: &[&str], input: &str) -> String {
    let mut command = tool("python");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script)).args(arguments).env_clear();
    command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_DEFAULT_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{script} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
