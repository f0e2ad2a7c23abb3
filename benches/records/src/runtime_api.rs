//! A Runtime API for one function: it hands out the same event as often as it is told, and checks every answer.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};

/// How long a function may take over what it was fed; valgrind makes it fifty times slower.
const PATIENCE: Duration = Duration::from_mins(5);

/// The largest answer that is read.
const ANSWER_MAX: usize = 6 << 20;

/// What is checked of an answer.
pub(crate) type Check = dyn Fn(&[u8]) -> anyhow::Result<()> + Send + Sync;

#[derive(Default)]
struct State {
    /// Events that may still be handed out.
    due: usize,
    handed_out: usize,
    answered: usize,
    /// Whether the function waits for its next event.
    waiting: bool,
    first_answer: Option<Instant>,
    wrong: Option<String>,
}

struct Shared {
    event: Vec<u8>,
    check: Box<Check>,
    state: Mutex<State>,
    changed: Condvar,
}

/// The server. Its threads end with the connections of the function.
pub(crate) struct RuntimeApi {
    shared: Arc<Shared>,
    port: u16,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    pub(crate) fn start(event: Vec<u8>, check: Box<Check>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for the Runtime API")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { event, check, state: Mutex::new(State::default()), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || {
                    if let Err(error) = shared.serve(&connection) {
                        shared.change(|state| state.wrong = Some(format!("{error:#}")));
                    }
                });
            }
        });
        Ok(Self { shared, port })
    }

    /// What the function finds in `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Hands the event out `times` times, and returns when all are answered and the function waits for more.
    pub(crate) fn feed(&self, times: usize) -> anyhow::Result<()> {
        self.shared.change(|state| state.due += times);
        let over = |state: &mut State| {
            state.wrong.is_none() && (state.due > 0 || state.answered < state.handed_out || !state.waiting)
        };
        let (state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, over)
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(wrong) = &state.wrong {
            bail!("the function answered wrongly: {wrong}");
        }
        ensure!(!timeout.timed_out(), "the function did not answer within {PATIENCE:?}");
        Ok(())
    }

    /// When the first answer was there.
    pub(crate) fn first_answer(&self) -> Option<Instant> {
        self.shared.lock().first_answer
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn serve(&self, connection: &TcpStream) -> anyhow::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection);
        while let Some((request, body)) = read_request(&mut reader)? {
            if request.starts_with("GET ") && request.contains("/invocation/next") {
                let number = self.next();
                self.hand_out(connection, number)?;
            } else if request.contains("/response ") {
                let checked = (self.check)(&body);
                self.change(|state| {
                    state.answered += 1;
                    state.first_answer.get_or_insert_with(now);
                    state.wrong = state.wrong.take().or(checked.err().map(|error| format!("{error:#}")));
                });
                (&mut &*connection).write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
            } else {
                bail!("{request}: {}", String::from_utf8_lossy(&body));
            }
        }
        Ok(())
    }

    /// Waits until an event is due.
    fn next(&self) -> usize {
        self.change(|state| state.waiting = true);
        let mut state =
            self.changed.wait_while(self.lock(), |state| state.due == 0).unwrap_or_else(PoisonError::into_inner);
        state.due -= 1;
        state.handed_out += 1;
        state.waiting = false;
        state.handed_out
    }

    fn hand_out(&self, mut connection: &TcpStream, number: usize) -> anyhow::Result<()> {
        let deadline = today()? + PATIENCE;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Lambda-Runtime-Aws-Request-Id: {number:08}-0000-4000-8000-000000000000\r\n\
             Lambda-Runtime-Deadline-Ms: {}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-2:123456789012:function:records\r\n\
             Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0\r\n\r\n",
            self.event.len(),
            deadline.as_millis()
        );
        connection.write_all(head.as_bytes())?;
        connection.write_all(&self.event)?;
        Ok(())
    }
}

/// The request line and the body; `None` when the function closed the connection.
pub(crate) fn read_request(reader: &mut impl BufRead) -> anyhow::Result<Option<(String, Vec<u8>)>> {
    let mut request = String::new();
    if reader.read_line(&mut request).unwrap_or_default() == 0 {
        return Ok(None);
    }
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        ensure!(reader.read_line(&mut line)? > 0, "the request ends within its header");
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        while read_chunk(reader, &mut body)? {}
    } else {
        ensure!(length <= ANSWER_MAX, "an answer of {length} bytes");
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
    }
    Ok(Some((request.trim_end().to_owned(), body)))
}

fn read_chunk(reader: &mut impl BufRead, body: &mut Vec<u8>) -> anyhow::Result<bool> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let length = usize::from_str_radix(line.trim(), 16).context("a chunk without its length")?;
    let begin = body.len();
    ensure!(begin + length <= ANSWER_MAX, "an answer of more than {ANSWER_MAX} bytes");
    body.resize(begin + length, 0);
    reader.read_exact(&mut body[begin..])?;
    reader.read_line(&mut line)?;
    Ok(length > 0)
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time since 1970.
#[expect(clippy::disallowed_methods, reason = "a deadline is a time of day")]
fn today() -> anyhow::Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}
