//! Why a local run does not start.

use std::io;

use aqueduct_services::ApiError;
use thiserror::Error;

use crate::DataError;

/// A local run that does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// A port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port} for {what}: {source}")]
    Port {
        /// The port.
        port: u16,
        /// What for.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The sockets are not those that the topology was resolved for.
    #[error("no socket is bound for the function URL of {function}; bind the sockets for this topology")]
    NoSocket {
        /// The function's logical id.
        function: String,
    },
    /// The AWS endpoint is elsewhere.
    #[error("no socket is bound for the AWS endpoint; bind the sockets with one")]
    NoEndpoint,
    /// The cloud refuses what the topology describes.
    #[error("the embedded cloud cannot be set up: {0}")]
    Cloud(#[from] ApiError),
    /// The data cannot be restored.
    #[error(transparent)]
    Data(#[from] DataError),
    /// DynamoDB refuses a table.
    #[error("DynamoDB cannot be set up: {0}")]
    DynamoDb(String),
    /// S3 refuses a bucket.
    #[error("S3 cannot be set up: {0}")]
    S3(String),
    /// Something else that the system refuses.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        source: io::Error,
    },
}

impl StartError {
    /// Whether another process holds a port that was asked for.
    pub fn is_port_in_use(&self) -> bool {
        matches!(self, Self::Port { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}
