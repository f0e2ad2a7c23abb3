//! Signals that end the command.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C or SIGTERM; the exit code that shells expect.
pub(crate) async fn ended() -> ExitCode {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
    }
}
