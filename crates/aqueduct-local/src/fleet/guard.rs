//! Ends the functions' processes when this process itself is killed.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the process groups that are to be killed, and kills those left when its standard input closes.
///
/// Closing happens however the parent ends. A runtime stops on its own only when it next speaks to the Runtime API,
/// which a handler that hangs never does; a parent-death signal would take `unsafe` code and cover Linux alone.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) rest=
       for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
       groups=$rest ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
exit 0
"#;

/// A small process beside this one that outlives it by one act.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    input: Option<ChildStdin>,
    child: Child,
}

impl Guard {
    /// Starts it.
    pub(crate) fn start() -> std::io::Result<Self> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let input = child.stdin.take();
        Ok(Self { inner: Arc::new(Mutex::new(Inner { input, child })) })
    }

    /// A process group to be killed if this process dies first.
    pub(crate) fn watch(&self, group: u32) {
        self.write('+', group);
    }

    /// The group ended.
    pub(crate) fn release(&self, group: u32) {
        self.write('-', group);
    }

    fn write(&self, sign: char, group: u32) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = &mut inner.input {
            // Without a guard the processes still end with this one in every orderly way.
            let _ = writeln!(input, "{sign} {group}");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}
