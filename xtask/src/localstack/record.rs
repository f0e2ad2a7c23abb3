//! What `up` started, so that `down` ends that and nothing else.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{docker, folder};
use crate::command::program;

pub(crate) const FILE: &str = "running.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Docker,
    Process,
}

#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) engine: Engine,
    pub(crate) port: u16,
    /// The process, which leads a group of its own; 0 in Docker.
    pub(crate) pid: u32,
    /// When the process started, in the system's own words: process ids are used again.
    started: String,
}

impl Record {
    pub(crate) fn of_docker(port: u16) -> Self {
        Self { engine: Engine::Docker, port, pid: 0, started: String::new() }
    }

    pub(crate) fn of_process(port: u16, pid: u32) -> Self {
        Self { engine: Engine::Process, port, pid, started: started(pid).unwrap_or_default() }
    }

    /// Whether what was started is still there.
    pub(crate) fn runs(&self) -> bool {
        match self.engine {
            Engine::Docker => docker::runs(),
            Engine::Process => started(self.pid).is_some_and(|started| started == self.started),
        }
    }

    pub(crate) fn write(&self) -> Result<()> {
        let engine = if self.engine == Engine::Docker { "docker" } else { "process" };
        let record = json!({"engine": engine, "port": self.port, "pid": self.pid, "started": self.started});
        let path = folder().join(FILE);
        fs::write(&path, record.to_string()).with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// None when nothing was started, and when the record cannot be understood.
pub(crate) fn read() -> Option<Record> {
    let record: Value = serde_json::from_str(&fs::read_to_string(folder().join(FILE)).ok()?).ok()?;
    Some(Record {
        engine: if record["engine"].as_str()? == "docker" { Engine::Docker } else { Engine::Process },
        port: record["port"].as_u64()?.try_into().ok()?,
        pid: record["pid"].as_u64()?.try_into().ok()?,
        started: record["started"].as_str()?.to_owned(),
    })
}

/// When a process started; none when there is no such process, or only its remains.
fn started(pid: u32) -> Option<String> {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
        // The name in parentheses may hold anything; state is the first field after it, the start time the twentieth.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        return (*fields.first()? != "Z").then(|| fields.get(19).map(ToString::to_string)).flatten();
    }
    let output = program("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let started = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!started.is_empty()).then_some(started)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_known_again_until_it_ends() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let record = Record::of_process(4566, child.id());
        assert!(record.runs());
        let another = Record { started: "another time".to_owned(), ..Record::of_process(4566, child.id()) };
        assert!(!another.runs(), "a process id that is used again is another process");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!record.runs());
    }
}
