//! One request and its answer over HTTP/1.1, with TLS where the address says so. A connection serves one request: cases are
//! many and short, and what one leaves behind must not reach the next.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long an endpoint may be silent: longer than any long poll.
const SILENCE_MAX: Duration = Duration::from_mins(2);
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 64 * 1024 * 1024;

/// Sends a request whose address is whole.
pub(super) fn exchange(request: &http::Request<Bytes>) -> io::Result<http::Response<Bytes>> {
    let uri = request.uri();
    let (host, is_tls) = (uri.host().unwrap_or_default(), uri.scheme_str() == Some("https"));
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = connect(host, port)?;
    if !is_tls {
        return talk(stream, request);
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let connection = ClientConnection::new(tls()?, name).map_err(io::Error::other)?;
    talk(StreamOwned::new(connection, stream), request)
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
    for address in (host.trim_matches(['[', ']']), port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_MAX) {
            Ok(stream) => {
                stream.set_read_timeout(Some(SILENCE_MAX))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn tls() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: LazyLock<Result<Arc<ClientConfig>, String>> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?;
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    });
    CONFIG.clone().map_err(io::Error::other)
}

fn talk(mut stream: impl Read + Write, request: &http::Request<Bytes>) -> io::Result<http::Response<Bytes>> {
    let mut bytes = Vec::new();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    write!(bytes, "{} {target} HTTP/1.1\r\n{CONNECTION}: close\r\n", request.method())?;
    for (name, value) in request.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body());
    stream.write_all(&bytes)?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.take(ANSWER_MAX).read_to_end(&mut answer) {
        // A server that ends the connection without TLS's farewell has said all it had to say.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    parse(&answer)
}

/// Reads an answer that is all there.
fn parse(answer: &[u8]) -> io::Result<http::Response<Bytes>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the answer has no {what}"));
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(|| bad("end of its headers"))?;
    let head = std::str::from_utf8(&answer[..end]).map_err(io::Error::other)?;
    let body = &answer[end + 4..];
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or_else(|| bad("status"))?;
    if status.starts_with('1') {
        return parse(body);
    }
    let mut response = http::Response::builder().status(status);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| bad("colon in a header"))?;
        response = response.header(name.trim(), value.trim());
    }
    let response = response.body(()).map_err(io::Error::other)?;
    let header = |name| response.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let body = match (header(TRANSFER_ENCODING), header(CONTENT_LENGTH)) {
        (Some(encoding), _) if encoding.eq_ignore_ascii_case("chunked") => {
            unchunked(body).ok_or_else(|| bad("end of its last chunk"))?
        }
        (_, Some(length)) => {
            let length: usize = length.parse().map_err(io::Error::other)?;
            body.get(..length).ok_or_else(|| bad("end"))?.to_vec()
        }
        _ => body.to_vec(),
    };
    Ok(response.map(|()| Bytes::from(body)))
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_every_kind_are_read() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=1\r\nllo\r\n0\r\n\r\n",
        ] {
            let response = parse(answer.as_bytes()).unwrap();
            assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"hello"[..]), "{answer}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_an_error() {
        for answer in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhe",
        ] {
            assert!(parse(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
