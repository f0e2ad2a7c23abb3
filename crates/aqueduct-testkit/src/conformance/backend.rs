//! What the suite is held against.

use std::time::Duration;

use aqueduct_services::{Site, Timestamp};
use bytes::Bytes;

use super::case::{Case, FunctionScript, Look};
use super::client::{Service, SqsProtocol};
use super::text::Names;

/// Something that says it behaves as AWS does, made ready for one case.
pub(super) trait Backend {
    /// Where it is.
    fn site(&self) -> &Site;

    /// What time it is there.
    fn now(&self) -> Timestamp;

    /// Lets time pass.
    fn wait(&mut self, duration: Duration);

    /// What SQS is spoken to in.
    fn sqs(&self) -> SqsProtocol;

    /// Sends a request; an error says why there is no answer.
    fn exchange(&mut self, service: Service, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, String>;

    /// Makes a function; answers with its ARN.
    fn add_function(&mut self, name: &str, script: &FunctionScript) -> Result<String, String>;

    /// Deploys the case's template and names what it has; an error is the refusal.
    fn deploy(&mut self, case: &Case, names: &mut Names) -> Result<(), String>;

    /// Looks at what only the embedded cloud shows.
    fn look(&mut self, look: &Look) -> Result<(), String>;

    /// Whether what a case makes stays when the case is over.
    fn keeps_what_was_made(&self) -> bool {
        false
    }
}
