//! How a command fails, and with which exit code.

use std::process::ExitCode;

/// A failure, in words that name the thing and the way out.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to print behind `error: `.
    pub(crate) message: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// What was asked for was tried and did not go well.
    Work,
    /// It could not be tried.
    Setup,
}

impl Failure {
    /// What was asked for was tried and did not go well: exit code 1.
    pub(crate) fn work(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: Kind::Work }
    }

    /// It could not be tried, because of arguments, files, ports or code: exit code 2.
    pub(crate) fn setup(message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: Kind::Setup }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self.kind {
            Kind::Work => ExitCode::from(1),
            Kind::Setup => ExitCode::from(2),
        }
    }
}
