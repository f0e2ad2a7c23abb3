//! Whether LocalStack answers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::VERSION;

const PATIENCE: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_millis(100);

/// Polls until LocalStack answers; `gone` says that waiting is in vain.
pub(crate) fn wait(port: u16, seconds: u32, mut gone: impl FnMut() -> bool) -> bool {
    (0..seconds * 10).any(|_| {
        if answers(port) {
            return true;
        }
        sleep(BETWEEN);
        gone()
    }) && answers(port)
}

/// Whether LocalStack, in our version, answers on the port.
pub(crate) fn answers(port: u16) -> bool {
    health(port).is_some_and(|health| health["version"].as_str().is_some_and(|version| version.starts_with(VERSION)))
}

fn health(port: u16) -> Option<Value> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    // HTTP/1.0: the answer ends with the connection, and comes in one piece.
    write!(stream, "GET /_localstack/health HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}
