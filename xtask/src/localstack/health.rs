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
    for _ in 0..seconds * 10 {
        if answers(port) {
            return true;
        }
        if gone() {
            return false;
        }
        sleep(BETWEEN);
    }
    false
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
    stream.write_all(format!("GET /_localstack/health HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Answers one request with this body, and tells what `answers` made of it.
    fn judged(body: &str) -> bool {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // To the end of its head: closing a socket with bytes unread would take the answer from its reader.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            assert!(request.starts_with(b"GET /_localstack/health "));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let judgement = answers(port);
        server.join().unwrap();
        judgement
    }

    #[test]
    fn only_localstack_in_our_version_is_localstack() {
        for (body, is_localstack) in [
            (r#"{"services": {}, "version": "4.14.0"}"#, true),
            (r#"{"services": {}, "version": "2026.3.0"}"#, false),
            (r#"{"status": "ok"}"#, false),
            ("<html>", false),
        ] {
            assert_eq!(judged(body), is_localstack, "{body}");
        }
    }

    #[test]
    fn waiting_ends_when_it_is_in_vain() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut polls = 0;
        let ready = wait(free, 60, || {
            polls += 1;
            polls == 2
        });
        assert!(!ready);
        assert_eq!(polls, 2);
    }
}
