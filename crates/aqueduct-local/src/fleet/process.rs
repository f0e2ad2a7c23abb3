//! One process of a function, alone in its process group.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::fleet::guard::Guard;
use crate::fleet::logs::{Journal, Stream};

/// How long a process's last lines are waited for; a grandchild that left the group may hold its streams open.
const LAST_LINES_WAIT: Duration = Duration::from_millis(500);

/// How often an executable that is busy is tried once more, and after which pause.
const BUSY_TRIES: usize = 50;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The executable.
    pub(crate) executable: PathBuf,
    /// Its whole environment.
    pub(crate) environment: BTreeMap<String, String>,
}

/// A process that was started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Pid,
    readers: JoinSet<()>,
    guard: Option<Guard>,
    reaped: bool,
}

impl Process {
    /// Starts it; its lines go to `journal`.
    pub(crate) async fn start(program: &Program, journal: &Journal, guard: Option<Guard>) -> io::Result<Self> {
        let mut child = spawn_when_free(program).await?;
        let raw = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = raw.ok_or_else(|| io::Error::other("the process has no id"))?;
        if let Some(guard) = &guard {
            guard.watch(group.as_raw_nonzero().get().cast_unsigned());
        }
        let mut readers = JoinSet::new();
        if let Some(out) = child.stdout.take() {
            readers.spawn(journal.clone().read(Stream::Out, out));
        }
        if let Some(err) = child.stderr.take() {
            readers.spawn(journal.clone().read(Stream::Err, err));
        }
        Ok(Self { child, group, readers, guard, reaped: false })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().cast_unsigned()
    }

    /// Waits until it ends, then ends what it left behind in its group and reads its last lines.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.signal(Signal::KILL);
        self.release();
        let drained = async { while self.readers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_LINES_WAIT, drained).await;
        status
    }

    /// Sends a signal to its group.
    pub(crate) fn signal(&self, signal: Signal) {
        if !self.reaped {
            let _ = kill_process_group(self.group, signal);
        }
    }

    /// Kills its group and waits for its end.
    pub(crate) async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        self.ended().await
    }

    fn release(&mut self) {
        if !self.reaped {
            self.reaped = true;
            if let Some(guard) = &self.guard {
                guard.release(self.id());
            }
        }
    }
}

/// Starts the program once nobody writes to its executable any more.
///
/// An executable that was just unpacked can be busy although its file is closed: a process that another thread is about to
/// start inherits the open file, and has it until it runs its own program.
async fn spawn_when_free(program: &Program) -> io::Result<Child> {
    for _ in 0..BUSY_TRIES {
        match spawn(program) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    spawn(program)
}

fn spawn(program: &Program) -> io::Result<Child> {
    let mut command = Command::new(&program.executable);
    if let Some(folder) = program.executable.parent() {
        command.current_dir(folder);
    }
    command
        .env_clear()
        .envs(&program.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.release();
    }
}

/// How a process ended, in the words that Lambda's logs have for it.
pub(crate) fn describe(status: &io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
            (None, None) => "unknown status".to_owned(),
        },
        Err(error) => error.to_string(),
    }
}

/// A signal's name as Go has it, which Lambda's messages use.
pub(crate) fn signal_name(number: i32) -> String {
    let Some(signal) = Signal::from_named_raw(number) else { return number.to_string() };
    let name = match signal {
        Signal::HUP => "hangup",
        Signal::INT => "interrupt",
        Signal::QUIT => "quit",
        Signal::ILL => "illegal instruction",
        Signal::ABORT => "aborted",
        Signal::BUS => "bus error",
        Signal::FPE => "floating point exception",
        Signal::KILL => "killed",
        Signal::SEGV => "segmentation fault",
        Signal::PIPE => "broken pipe",
        Signal::ALARM => "alarm clock",
        Signal::TERM => "terminated",
        _ => return number.to_string(),
    };
    name.to_owned()
}
