//! A function of the conformance suite: plays the script of `CONFORMANCE_SCRIPT` over Lambda's Runtime API.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use aqueduct_testkit::conformance::{Behaviour, FunctionScript};

#[expect(clippy::disallowed_methods, reason = "Lambda speaks to its runtimes through the environment")]
fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let script: FunctionScript = serde_json::from_str(&variable("CONFORMANCE_SCRIPT")).unwrap_or_default();
    let (runtime, function) = (variable("AWS_LAMBDA_RUNTIME_API"), variable("AWS_LAMBDA_FUNCTION_NAME"));
    let mut turns = Turns::of(&script, &function);
    loop {
        // What cannot be told to Lambda ends the process, which tells it.
        let Ok(exit) = next(&runtime).and_then(|event| play(&script, turns.take(), &runtime, &event)) else {
            return ExitCode::FAILURE;
        };
        if let Some(code) = exit {
            return code;
        }
    }
}

/// How many events were played before, in a file where a crash would forget it.
struct Turns {
    count: usize,
    file: Option<PathBuf>,
}

impl Turns {
    fn of(script: &FunctionScript, function: &str) -> Self {
        let crashes = script.behaviours.iter().any(|behaviour| matches!(behaviour, Behaviour::Crash));
        let file = crashes.then(|| std::env::temp_dir().join(format!("conformance-{function}")));
        let count = file.as_ref().and_then(|file| std::fs::metadata(file).ok()).map_or(0, |file| file.len());
        Self { count: usize::try_from(count).unwrap_or_default(), file }
    }

    fn take(&mut self) -> usize {
        if let Some(file) = &self.file
            && let Ok(mut file) = OpenOptions::new().create(true).append(true).open(file)
        {
            let _ = file.write_all(b".");
        }
        self.count += 1;
        self.count - 1
    }
}

/// An event and its request id.
struct Event {
    id: String,
    payload: String,
}

/// Plays one turn; an exit code ends the process.
fn play(script: &FunctionScript, turn: usize, runtime: &str, event: &Event) -> io::Result<Option<ExitCode>> {
    std::thread::sleep(Duration::from_secs(script.takes));
    let answer = |payload: &str| send(runtime, &format!("{}/response", event.id), payload);
    match script.behaviour(turn) {
        Some(Behaviour::Crash) => return Ok(Some(ExitCode::FAILURE)),
        Some(Behaviour::Fail) => {
            let error = r#"{"errorType":"Error","errorMessage":"the function failed"}"#;
            send(runtime, &format!("{}/error", event.id), error)?;
        }
        Some(Behaviour::Echo) => answer(&event.payload)?,
        Some(Behaviour::Answer(text)) => answer(&Behaviour::with_ids(text, &event.payload))?,
        None | Some(Behaviour::Succeed) => answer("null")?,
    }
    Ok(None)
}

fn next(runtime: &str) -> io::Result<Event> {
    let (head, payload) = exchange(runtime, "GET", "next", "")?;
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("lambda-runtime-aws-request-id").then(|| value.trim().to_owned())
    });
    Ok(Event { id: id.ok_or_else(|| io::Error::other("an event without a request id"))?, payload })
}

fn send(runtime: &str, path: &str, body: &str) -> io::Result<()> {
    exchange(runtime, "POST", path, body).map(drop)
}

/// One request of the Runtime API over a connection of its own; HTTP/1.0 has no chunks.
fn exchange(runtime: &str, method: &str, path: &str, body: &str) -> io::Result<(String, String)> {
    let mut stream = TcpStream::connect(runtime)?;
    let length = body.len();
    write!(
        stream,
        "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.0\r\nHost: {runtime}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nLambda-Runtime-Function-Error-Type: Error\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("an answer without a body"))?;
    Ok((head.to_owned(), body.to_owned()))
}
