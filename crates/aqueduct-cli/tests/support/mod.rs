//! `aqueduct serve` as a process, and a plain client of it.

#![allow(dead_code, reason = "each test file compiles this module for itself and uses its own part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A server, killed with this.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts one on any port, with `args` beside, and waits until it says its URL. What it says on standard error is to be read
    /// before it is more than a pipe holds, 64 KB: then it waits.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::begin(args, Stdio::piped())
    }

    /// The same, for one that says much and to whom nobody listens.
    pub(crate) fn start_unheard(args: &[&str]) -> Self {
        Self::begin(args, Stdio::null())
    }

    fn begin(args: &[&str], stderr: Stdio) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aqueduct"));
        command.args(["serve", "--port", "0"]).args(args).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "it does not start: {}", said(&mut child));
        Self { child, url }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { reader: BufReader::new(stream) }
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of a process's standard error, once it ended.
pub(crate) fn said(child: &mut Child) -> String {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said).unwrap();
    }
    said
}

/// A connection; calls fail once the server is gone.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Calls an action, such as `AmazonSQS.SendMessage`, with its JSON input; its answer or the refusal.
    pub(crate) fn call(&mut self, target: &str, input: &Value) -> std::io::Result<Result<Value, Value>> {
        let body = input.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: {target}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.answer(&request)
    }

    /// Calls an action of a service that speaks the query protocol; its answer is XML.
    pub(crate) fn query(&mut self, form: &str) -> std::io::Result<Result<Value, Value>> {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        self.answer(&request)
    }

    /// Sends a whole request and reads its answer.
    pub(crate) fn answer(&mut self, request: &str) -> std::io::Result<Result<Value, Value>> {
        self.reader.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
                Some(_) => {}
                None => line.clone_into(&mut status),
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        let text = String::from_utf8(body).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(if status.contains(" 20") { Ok(body) } else { Err(body) })
    }

    /// A call that must succeed.
    pub(crate) fn get(&mut self, target: &str, input: &Value) -> Value {
        self.call(target, input).unwrap().unwrap()
    }
}
