//! LocalStack as a process of this machine.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::record::Record;
use super::{folder, health, install};
use crate::command::program;

/// Seconds until it must answer: two or three on an idle machine, more at the first start, which compiles.
const START: u32 = 120;
/// Tenths of a second until it must have ended by itself, which takes it a few seconds.
const END: u32 = 200;

pub(crate) fn log() -> PathBuf {
    folder().join("localstack.log")
}

pub(crate) fn start(port: u16) -> Result<()> {
    for name in ["state", "tmp", "home"] {
        let path = folder().join(name);
        // Nothing of an earlier run is of use: LocalStack keeps its resources in memory.
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    }
    let mut child = command(port)?.spawn().context("LocalStack cannot be started")?;
    let record = Record::of_process(port, child.id());
    record.write()?;
    if health::wait(port, START, || ended(&mut child)) {
        return Ok(());
    }
    let how = if ended(&mut child) {
        "ended while it started".to_owned()
    } else {
        format!("does not answer after {START} s")
    };
    super::clear(&record)?;
    bail!("LocalStack {how}; the end of its log, {}:\n{}", log().display(), last_lines())
}

fn command(port: u16) -> Result<Command> {
    let output = File::create(log()).with_context(|| format!("{} cannot be written", log().display()))?;
    let mut command = program(install::environment().join("bin/python"));
    command
        .args(["-m", "localstack.runtime.main"])
        // Nothing of the user's own settings may reach it: AWS credentials, proxies, other LocalStack settings.
        .env_clear()
        .envs(settings(port))
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("the log cannot be shared")?)
        .stderr(output)
        .process_group(0);
    Ok(command)
}

/// The settings without which LocalStack looks outside, binds every interface, wants Docker, or is slow.
fn settings(port: u16) -> Vec<(&'static str, String)> {
    let address = format!("127.0.0.1:{port}");
    let path = |name: &str| folder().join(name).display().to_string();
    let mut settings = vec![
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ("HOME", path("home")),
        ("TMPDIR", path("tmp")),
        ("FILESYSTEM_ROOT", path("state")),
        ("GATEWAY_LISTEN", address.clone()),
        ("LOCALSTACK_HOST", address),
    ];
    settings.extend(FIXED.map(|(name, value)| (name, value.to_owned())));
    settings
}

const FIXED: [(&str, &str); 21] = [
    ("LANG", "C.UTF-8"),
    ("PYTHONUNBUFFERED", "1"),
    // Our package: functions as processes, loopback only, DynamoDB without Java, repairs.
    ("LAMBDA_RUNTIME_EXECUTOR", "process"),
    ("GATEWAY_SERVER", "loopback"),
    ("PROVIDER_OVERRIDE_DYNAMODB", "moto"),
    ("LS_PROCESS_PATCHES", "1"),
    ("LS_PROCESS_CHECK_START", "1"),
    // The newer engine refuses `GetAtt` on what SAM generates.
    ("PROVIDER_OVERRIDE_CLOUDFORMATION", "engine-legacy"),
    // In a container it would take itself for its own image, and write to the system's folders.
    ("OVERRIDE_IN_DOCKER", "0"),
    // No telemetry, no certificate from outside, no name server, no questions to the instance metadata service.
    ("DISABLE_EVENTS", "1"),
    ("SKIP_SSL_CERT_DOWNLOAD", "1"),
    ("DNS_ADDRESS", "0"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    // Queue URLs that resolve everywhere.
    ("SQS_ENDPOINT_STRATEGY", "path"),
    ("EAGER_SERVICE_LOADING", "0"),
    // Waits of a test's length.
    ("LAMBDA_RETRY_BASE_DELAY", "1"),
    ("LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC", "0.05"),
    ("LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC", "0.2"),
];

/// Ends LocalStack with its functions, and removes what it kept.
pub(crate) fn stop(record: &Record) -> Result<()> {
    for signal in ["TERM", "KILL"] {
        if !record.runs() {
            break;
        }
        // The group is LocalStack's own. The shell's `kill` is everywhere.
        let group = format!("kill -s {signal} -- -{}", record.pid);
        program("sh").args(["-c", &group]).output().context("LocalStack cannot be told to end")?;
        for _ in 0..END {
            if !record.runs() {
                break;
            }
            sleep(Duration::from_millis(100));
        }
    }
    if record.runs() {
        bail!("process {} of LocalStack does not end", record.pid);
    }
    for name in ["state", "tmp", "home"] {
        // Whatever could not be removed is removed by the next start.
        let _ = fs::remove_dir_all(folder().join(name));
    }
    Ok(())
}

fn ended(child: &mut Child) -> bool {
    child.try_wait().is_ok_and(|status| status.is_some())
}

fn last_lines() -> String {
    let text = fs::read_to_string(log()).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
