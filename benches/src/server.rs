//! The endpoint under load: one that is started for it, or one that runs already on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::sqs::Sqs;

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// What is measured.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// `aqueduct serve` from this executable, started anew for each scenario.
    Own {
        /// The executable.
        executable: PathBuf,
        /// Whether it keeps its data in a folder.
        durable: bool,
        /// Whether it waits for the disk.
        fsync: bool,
    },
    /// Whatever listens there.
    Elsewhere(SocketAddr),
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first answer.
    pub(crate) ready: Option<Duration>,
    child: Option<Child>,
    /// Deleted with this.
    _data: Option<tempfile::TempDir>,
}

impl Target {
    /// An address on this machine, from a URL such as `http://127.0.0.1:4566`; any other is refused.
    pub(crate) fn elsewhere(url: &str) -> anyhow::Result<Self> {
        let authority = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        let address: SocketAddr = authority
            .replace("localhost:", "127.0.0.1:")
            .parse()
            .with_context(|| format!("{url} is not a URL such as http://127.0.0.1:4566"))?;
        if !address.ip().is_loopback() {
            bail!("{url} is not on this machine, and no load goes to others");
        }
        Ok(Self::Elsewhere(address))
    }

    /// Starts a server, or connects to the one that runs.
    #[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
    pub(crate) async fn start(&self) -> anyhow::Result<Server> {
        let Self::Own { executable, durable, fsync } = self else {
            let Self::Elsewhere(address) = self else { bail!("no such target") };
            return Ok(Server { address: *address, ready: None, child: None, _data: None });
        };
        let data = if *durable { Some(tempfile::tempdir()?) } else { None };
        let mut command = Command::new(executable);
        command.args(["serve", "--port", "0"]);
        if let Some(data) = &data {
            command.arg("--data").arg(data.path().join("data"));
        }
        if *fsync {
            command.arg("--fsync");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot start {}", executable.display()))?;
        let address = tokio::time::timeout(READY_WITHIN, announced(&mut child)).await??;
        Sqs::connect(address).await?.list_queues().await?;
        Ok(Server { address, ready: Some(started.elapsed()), child: Some(child), _data: data })
    }
}

/// The address that a server says on its standard output.
async fn announced(child: &mut Child) -> anyhow::Result<SocketAddr> {
    let output = child.stdout.take().context("no standard output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).await?;
    let address = line.trim().strip_prefix("http://").context("the server did not say where it listens")?;
    Ok(address.parse()?)
}

impl Server {
    /// The processor time that the server has used; `None` for one that was not started here.
    pub(crate) fn processor(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(self.proc("stat")?).ok()?;
        // User and system time in hundredths of a second are the 12th and 13th field behind the name.
        let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        Some(Duration::from_millis((ticks()? + ticks()?) * 10))
    }

    fn proc(&self, file: &str) -> Option<PathBuf> {
        Some(Path::new("/proc").join(self.child.as_ref()?.id()?.to_string()).join(file))
    }

    /// Resident memory in bytes; `None` for a server that was not started here.
    pub(crate) fn resident(&self) -> Option<u64> {
        let text = std::fs::read_to_string(self.proc("status")?).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded() {
        for url in ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566"] {
            assert!(Target::elsewhere(url).is_ok(), "{url}");
        }
        for url in ["http://192.0.2.1:4566", "http://example.com:80", "https://sqs.eu-central-1.amazonaws.com"] {
            assert!(Target::elsewhere(url).is_err(), "{url}");
        }
    }
}
