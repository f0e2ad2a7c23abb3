//! The functions that are measured, as processes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use rustix::process::{Pid, Signal};

use crate::runtime_api::{RuntimeApi, now};

/// A function that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Variant {
    /// A loop over `SqsEvent` within `lambda_runtime`.
    ByHand,
    /// A consumer whose handler takes an owned order.
    Consumer,
    /// A consumer whose handler takes an order that borrows its text.
    Borrowed,
    /// Powertools for Python, on awslambdaric.
    Python,
    /// Powertools for TypeScript, on a loop of its own.
    Node,
}

/// What a consumer does unless it is told not to, and a loop by hand where somebody has written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Besides {
    /// Write the metrics of each invocation.
    Metrics,
    /// Keep the log context of each record, and log those that fail; by hand, keep that of the invocation.
    Logs,
}

/// Where the peers are, and what functions do besides.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The interpreter that has Powertools.
    pub(crate) python: Option<PathBuf>,
    /// The folder that has `node_modules` with Powertools.
    pub(crate) node: Option<PathBuf>,
    /// What functions do besides.
    pub(crate) with: Vec<Besides>,
}

impl Variant {
    pub(crate) const fn is_native(self) -> bool {
        matches!(self, Self::ByHand | Self::Consumer | Self::Borrowed)
    }

    fn command(self, setting: &Setting) -> anyhow::Result<Command> {
        let peer = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
        match self {
            Self::ByHand if setting.with.contains(&Besides::Logs) => beside("by-hand-logged"),
            Self::ByHand => beside("by-hand"),
            Self::Consumer => beside("consumer"),
            Self::Borrowed => beside("borrowed"),
            Self::Python => {
                let mut command = Command::new(setting.python.as_ref().context("name its interpreter: --python FILE")?);
                command.args(["-m", "awslambdaric", "powertools.handle"]).current_dir(peer("."));
                Ok(command)
            }
            Self::Node => {
                let modules = setting.node.as_ref().context("name the folder of its modules: --node DIR")?;
                let mut command = Command::new("node");
                command.arg(peer("powertools.mjs")).arg(std::path::absolute(modules)?);
                Ok(command)
            }
        }
    }
}

fn beside(name: &str) -> anyhow::Result<Command> {
    let executable = std::env::current_exe()?.with_file_name(name);
    ensure!(executable.exists(), "{name} is not built; `cargo build --release -p aqueduct-bench-records`");
    Ok(Command::new(executable))
}

/// Runs a program against an endpoint until it ends by itself.
fn run(mut command: Command, endpoint: &str) -> anyhow::Result<String> {
    let ran = command
        .envs([("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", "us-east-2"), ("AWS_DEFAULT_REGION", "us-east-2")])
        .envs([("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("POWERTOOLS_TRACE_DISABLED", "true")])
        .output()
        .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    ensure!(ran.status.success(), "{} failed: {told}", command.get_program().display());
    Ok(told)
}

/// What valgrind counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    /// Instructions, with callgrind.
    Instructions,
    /// Blocks of memory that were allocated, with DHAT.
    Allocations,
}

impl Count {
    /// The name of a count for each record.
    pub(crate) const fn each(self) -> &'static str {
        match self {
            Self::Instructions => "instructions/record",
            Self::Allocations => "allocations/record",
        }
    }

    /// The name of a count up to the first answer.
    pub(crate) const fn first(self) -> &'static str {
        match self {
            Self::Instructions => "instructions to it",
            Self::Allocations => "allocations to it",
        }
    }

    /// Valgrind with a program to run.
    fn of(self, program: &Command) -> Command {
        let tool = match self {
            Self::Instructions => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Allocations => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        };
        let mut command = Command::new("valgrind");
        command.args(tool).arg(program.get_program()).args(program.get_args());
        command
    }

    fn read(self, told: &str) -> anyhow::Result<u64> {
        let found = told.lines().find_map(|line| match self {
            Self::Instructions => Some(line.split_once("Collected : ")?.1),
            Self::Allocations => Some(line.split_once("Total: ")?.1.split_once(" bytes in ")?.1),
        });
        let digits = found.with_context(|| format!("valgrind counted nothing: {told}"))?;
        let digits: String = digits.trim_end_matches(" blocks").trim().split(',').collect();
        digits.parse().context("valgrind's count is a number")
    }
}

/// The count of a program of this package that needs an endpoint.
pub(crate) fn count_with(count: Count, name: &str, arguments: &[String], endpoint: &str) -> anyhow::Result<u64> {
    let mut program = beside(name).context("it takes `--features aws`")?;
    program.args(arguments);
    count.read(&run(count.of(&program), endpoint)?)
}

/// The processor time of effects that happen once, by the toolkit or by Powertools for Python.
pub(crate) fn cpu_with(python: Option<&Path>, times: usize, endpoint: &str) -> anyhow::Result<Duration> {
    let mut command = match python {
        None => beside("idempotent").context("it takes `--features aws`")?,
        Some(python) => {
            let mut command = Command::new(python);
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/idempotent.py"));
            command
        }
    };
    command.arg(times.to_string());
    let before = children_cpu()?;
    run(command, endpoint)?;
    Ok(children_cpu()?.saturating_sub(before))
}

/// The processor time of all processes that were started here and have ended.
fn children_cpu() -> anyhow::Result<Duration> {
    /// Linux counts in hundredths of a second for programs, whatever it does itself.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name, in parentheses, may hold spaces; what follows begins with the third field, and those meant are the 16th and 17th.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let ticks: Vec<u32> = fields.split_whitespace().skip(13).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(TICK * ticks.iter().sum())
}

/// A function at work. It is ended when it is dropped.
pub(crate) struct Function {
    child: Child,
    started: Instant,
}

impl Function {
    pub(crate) fn start(variant: Variant, setting: &Setting, api: &RuntimeApi) -> anyhow::Result<Self> {
        let mut command = variant.command(setting)?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self::spawn(command, setting, api)
    }

    /// Starts it under valgrind.
    pub(crate) fn start_counted(
        count: Count,
        variant: Variant,
        setting: &Setting,
        api: &RuntimeApi,
    ) -> anyhow::Result<Self> {
        let mut command = count.of(&variant.command(setting)?);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        Self::spawn(command, setting, api).context("instructions and allocations are counted by valgrind")
    }

    fn spawn(mut command: Command, setting: &Setting, api: &RuntimeApi) -> anyhow::Result<Self> {
        command
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "records")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/records")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "records")
            .env("AWS_REGION", "us-east-2")
            .env("AQUEDUCT_METRICS_DISABLED", (!setting.with.contains(&Besides::Metrics)).to_string())
            .env("AQUEDUCT_LOGS_DISABLED", (!setting.with.contains(&Besides::Logs)).to_string())
            .env("POWERTOOLS_TRACE_DISABLED", "true")
            .stdin(Stdio::null());
        let started = now();
        let child =
            command.spawn().with_context(|| format!("{} cannot be started", command.get_program().display()))?;
        Ok(Self { child, started })
    }

    /// From its start to `moment`.
    pub(crate) fn until(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.started)
    }

    /// The processor time of its threads so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut nanos = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let figures = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let first = figures.split(' ').next().unwrap_or_default();
            nanos += first.parse::<u64>().context("schedstat begins with nanoseconds")?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The most memory that it held at once, in KiB.
    pub(crate) fn peak_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in its status")?;
        line.trim().trim_end_matches("kB").trim().parse().context("VmHWM is a number")
    }

    /// Ends it and reads what valgrind counted.
    pub(crate) fn counted(mut self, count: Count) -> anyhow::Result<u64> {
        self.end();
        let mut told = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            std::io::Read::read_to_string(&mut stderr, &mut told)?;
        }
        count.read(&told)
    }

    /// The process may have ended by itself already.
    fn end(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = rustix::process::kill_process(Pid::from_child(&self.child), Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.end();
    }
}
