//! `cargo xtask localstack`: LocalStack on this machine, and the pipeline deployed into it.
//!
//! With a Docker engine it is the pinned image, without one the Python package with the process executor of
//! `tests/localstack`. Either listens on loopback only.

mod bootstraps;
mod deploy;
mod docker;
mod health;
mod host;
mod install;
mod process;
mod record;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};

use deploy::PIPELINE;
pub(crate) use deploy::{AGREEMENT, deploy};
pub(crate) use install::test_package;
use record::{Engine, Record};

use crate::command::{say, target};

/// The last release whose image runs without a token.
const VERSION: &str = "4.14.0";

#[derive(Subcommand)]
pub(crate) enum Chore {
    /// Start LocalStack, after installing it if it is not there
    Up(Up),
    /// End LocalStack, and everything in it
    Down,
    /// Say whether LocalStack runs, and where
    Status,
    /// Build the functions and deploy `infra/template.yaml` into the running LocalStack
    Deploy,
}

#[derive(Args, Clone, Copy)]
pub(crate) struct Up {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 4566)]
    pub(crate) port: u16,
    /// Run the Python package even where a Docker engine answers
    #[arg(long)]
    pub(crate) without_docker: bool,
}

pub(crate) fn run(chore: &Chore) -> Result<()> {
    match chore {
        Chore::Up(options) => up(*options),
        Chore::Down => down(),
        Chore::Status => status(),
        Chore::Deploy => deploy(&PIPELINE).map(drop),
    }
}

/// Where everything of LocalStack lives.
fn folder() -> PathBuf {
    target().join("localstack")
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Why LocalStack cannot run here, if it cannot.
pub(crate) fn available() -> Result<()> {
    if docker::reachable() {
        return Ok(());
    }
    host::python().map(drop)
}

/// LocalStack with the pipeline in it, by the file that says where and by its address, for as long as `use_it` takes. One that runs already is used and left alone.
pub(crate) fn with_pipeline(use_it: impl FnOnce(&Path, &str) -> Result<()>) -> Result<()> {
    with_localstack(|endpoint| use_it(&deploy(&PIPELINE)?, endpoint))
}

/// LocalStack, by its address, for as long as `use_it` takes. One that runs already is used and left alone.
///
/// Without Docker where both are there: the process executor knows archives, and repairs what tests rely on.
pub(crate) fn with_localstack(use_it: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let found = running();
    if found.is_none() {
        up(Up { port: free_port()?, without_docker: host::python().is_ok() })?;
    }
    let record = running().context(NOT_RUNNING)?;
    let done = use_it(&endpoint(record.port));
    if found.is_some() {
        return done;
    }
    // What went wrong first is what is told.
    let ended = down();
    done.and(ended)
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("127.0.0.1 has no free port")?;
    Ok(listener.local_addr().context("127.0.0.1 has no free port")?.port())
}

pub(crate) fn up(options: Up) -> Result<()> {
    if let Some(record) = record::read() {
        if record.runs() && health::answers(record.port) {
            return already(&record, options);
        }
        say("LocalStack was started here and answers no more; starting it anew");
        clear(&record)?;
    }
    let engine = if !options.without_docker && docker::reachable() { Engine::Docker } else { Engine::Process };
    if engine == Engine::Process {
        install::ensure(&host::python()?)?;
    }
    refuse_taken(options.port)?;
    fs::create_dir_all(folder()).with_context(|| format!("{} cannot be made", folder().display()))?;
    match engine {
        Engine::Docker => docker::start(options.port)?,
        Engine::Process => process::start(options.port)?,
    }
    say(&format!("LocalStack {VERSION} is ready at {}; its log is {}", endpoint(options.port), log(engine)));
    Ok(())
}

fn already(record: &Record, options: Up) -> Result<()> {
    if record.port != options.port {
        bail!("LocalStack runs on port {} already; `cargo xtask localstack down` ends it", record.port);
    }
    say(&format!("LocalStack runs at {} already", endpoint(record.port)));
    Ok(())
}

/// Found out before LocalStack starts, whose own words for it come late.
fn refuse_taken(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
            "port {port} is taken by another program; end it (a LocalStack of another folder: `cargo xtask localstack down` \
             there), or take another port with --port"
        ),
        Err(error) => Err(error).with_context(|| format!("port {port} of 127.0.0.1 cannot be used")),
    }
}

pub(crate) fn down() -> Result<()> {
    let Some(record) = record::read() else {
        say("LocalStack was not started here");
        return Ok(());
    };
    let ran = record.runs();
    clear(&record)?;
    say(if ran { "LocalStack has ended" } else { "LocalStack had ended by itself; cleared what it left" });
    Ok(())
}

/// Ends what runs, and removes what it kept; the log and the installation stay.
fn clear(record: &Record) -> Result<()> {
    match record.engine {
        Engine::Docker => docker::stop()?,
        Engine::Process => process::stop(record)?,
    }
    for name in [PIPELINE.outcome, AGREEMENT.outcome, record::FILE] {
        match fs::remove_file(folder().join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", folder().join(name).display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn status() -> Result<()> {
    let Some(record) = running() else { bail!("{NOT_RUNNING}") };
    let how = match record.engine {
        Engine::Docker => "in Docker".to_owned(),
        Engine::Process => format!("as process {}", record.pid),
    };
    say(&format!("LocalStack {VERSION} runs at {} {how}; its log is {}", endpoint(record.port), log(record.engine)));
    let stack = folder().join(PIPELINE.outcome);
    if stack.is_file() {
        say(&format!("the pipeline is deployed: {}", stack.display()));
    } else {
        say("nothing is deployed; `cargo xtask localstack deploy` does it");
    }
    Ok(())
}

const NOT_RUNNING: &str = "LocalStack does not run; `cargo xtask localstack up` starts it";

/// What `up` started, if it is there and answers.
fn running() -> Option<Record> {
    record::read().filter(|record| record.runs() && health::answers(record.port))
}

fn log(engine: Engine) -> String {
    match engine {
        Engine::Docker => "shown by `docker logs aqueduct-localstack-1`".to_owned(),
        Engine::Process => process::log().display().to_string(),
    }
}
