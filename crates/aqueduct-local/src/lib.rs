//! A template run on this machine: loopback endpoint, Lambda Runtime API, function processes.
//!
//! The wall clock, sockets and processes are here and nowhere below. Everything listens on 127.0.0.1: one endpoint for
//! every AWS service, and one port for each function URL, since a function answers for every path of its URL. Instead of the
//! endpoint served here, one elsewhere can have the queues, topics, buses, tables and buckets: [`Local::attach`].

mod clock;
mod code;
mod data;
mod driver;
mod endpoint;
mod error;
mod event;
mod fleet;
mod function_url;
mod local;
mod options;
mod post;
mod remote;
mod serve;
mod sockets;
mod start;
mod streaming;

pub mod build;

pub use aqueduct_services::cloud::QueueCensus;
pub use data::{Damage, Data, DataError, Opening, Repairs};
pub use driver::StoreFailed;
pub use error::StartError;
pub use event::{Event, Level, LogLine};
pub use local::{Local, Stopped, UnknownFunction};
pub use options::{Notes, Options};
pub use remote::{Remote, RemoteError, Search};
pub use rustix::process::Signal;
pub use sockets::Sockets;
