//! Changes on their way into the store: one transaction is written while the next one gathers.

use std::sync::mpsc as threads;
use std::thread::JoinHandle;

use aqueduct_services::Change;
use tokio::sync::mpsc;

use super::Records;

/// The thread that writes.
#[derive(Debug)]
pub(crate) struct Journal {
    bursts: Option<threads::Sender<Vec<Change>>>,
    thread: Option<JoinHandle<()>>,
    is_writing: bool,
}

/// How a transaction went; what failed is not to be acknowledged.
pub(crate) type Written = Result<(), String>;

impl Journal {
    /// Starts the thread; what it has written comes out of the channel.
    pub(crate) fn start(mut records: Records) -> std::io::Result<(Self, mpsc::UnboundedReceiver<Written>)> {
        let (bursts, to_write) = threads::channel::<Vec<Change>>();
        let (written, outcomes) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("aqueduct-journal".to_owned()).spawn(move || {
            while let Ok(changes) = to_write.recv() {
                let outcome = records.write(&changes).map_err(|error| error.to_string());
                let failed = outcome.is_err();
                if written.send(outcome).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok((Self { bursts: Some(bursts), thread: Some(thread), is_writing: false }, outcomes))
    }

    /// Whether a transaction is being written.
    pub(crate) const fn is_writing(&self) -> bool {
        self.is_writing
    }

    /// Writes a transaction; none may be under way.
    pub(crate) fn write(&mut self, changes: Vec<Change>) {
        self.is_writing = true;
        if let Some(bursts) = &self.bursts {
            // A thread that is gone has said why.
            let _ = bursts.send(changes);
        }
    }

    /// The transaction that was under way has been written.
    pub(crate) const fn written(&mut self) {
        self.is_writing = false;
    }
}

impl Drop for Journal {
    /// Lets what is under way come to its end, so that the folder is free afterwards.
    fn drop(&mut self) {
        self.bursts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
