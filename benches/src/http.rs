//! HTTP/1.1 over one kept connection, as cheap as a client can be: its cost is part of what is measured.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A connection that is used for one call after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its answer's body; a status other than 200 is an error.
    pub(crate) async fn call(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the endpoint closed the connection");
            }
            if let Some(head) = Head::read(&self.buffer)?
                && self.buffer.len() >= head.bytes + head.content_length
            {
                let body = &self.buffer[head.bytes..];
                if head.status != 200 {
                    bail!("the endpoint answered {}: {}", head.status, String::from_utf8_lossy(body));
                }
                return Ok(body);
            }
            if self.buffer.len() > ANSWER_BYTES_MAX {
                bail!("the endpoint's answer is longer than {ANSWER_BYTES_MAX} bytes");
            }
        }
    }
}

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    bytes: usize,
    content_length: usize,
}

impl Head {
    /// The head, once it is whole.
    fn read(answer: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(&answer[..end]).context("the answer's head is not text")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            if name.eq_ignore_ascii_case("content-length") { value.trim().parse().ok() } else { None }
        });
        let (Some(status), Some(content_length)) = (status, length) else {
            bail!("the answer has no status or no Content-Length: {head}");
        };
        Ok(Some(Self { status, bytes: end + 4, content_length }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(Head::read(&answer[..20]).unwrap(), None);
        assert_eq!(Head::read(answer).unwrap(), Some(Head { status: 200, bytes: 38, content_length: 2 }));
        assert!(Head::read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
