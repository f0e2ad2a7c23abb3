//! What runs as a function: the user's own code, unchanged.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use aqueduct::http::{Answer, Request};
use aqueduct::{Consumer, lambda};
use aqueduct_services::lambda::{Ended, Invocation, failed};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::core::Listener;
use crate::names::there_is;

/// Why code cannot stand in for a resource of the template.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The template has no such function.
    #[error("the template has no function {name}; it has {}", there_is(name, known))]
    NoFunction {
        /// The name as it was given.
        name: String,
        /// The logical ids that there are.
        known: Vec<String>,
    },
    /// The template has no such table.
    #[error("the template has no table {name}; it has {}", there_is(name, known))]
    NoTable {
        /// The name as it was given.
        name: String,
        /// The logical ids that there are.
        known: Vec<String>,
    },
    /// There is nothing of the name that could be away.
    #[error("nothing is called {name} that could be away; there are the functions {} and the services {}", functions.join(", "), services.join(", "))]
    NothingToTakeAway {
        /// The name as it was given.
        name: String,
        /// The logical ids of functions that there are.
        functions: Vec<String>,
        /// The services that there are.
        services: Vec<&'static str>,
    },
    /// The service has no such operation.
    #[error("{service} has no operation {name}; it has {}", there_is(name, known))]
    NoOperation {
        /// The service.
        service: &'static str,
        /// The operation as it was given.
        name: String,
        /// The operations that there are.
        known: Vec<&'static str>,
    },
    /// What makes the function failed, as `main` would.
    #[error("the function {name} cannot be set up: {source}")]
    Failed {
        /// The function.
        name: String,
        /// Why.
        source: BoxError,
    },
}

/// In words: `unwrap`, and `?` in a test, show errors so.
impl fmt::Debug for SetupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Any error.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// What an execution environment runs: a [`Consumer`], an HTTP handler or any other handler of events.
pub struct Function(Kind);

enum Kind {
    Consumer(Box<Consumer>),
    Other(Box<dyn Run>),
}

/// Gives whoever takes what an invocation streams.
type Listen<'a> = &'a dyn Fn() -> Option<Listener>;

/// Runs one invocation.
trait Run {
    fn run<'a>(&'a self, invocation: &'a Invocation, context: Context, listen: Listen<'a>)
    -> LocalBoxFuture<'a, Ended>;
}

impl Function {
    /// A handler of requests to a function URL, as `aqueduct::lambda::run_http` and `run_http_streaming` take it.
    pub fn http<H, F, R>(handler: H) -> Self
    where
        H: Fn(Request) -> F + 'static,
        F: Future<Output = R> + 'static,
        R: Into<Answer> + 'static,
    {
        Self(Kind::Other(Box::new(Http(handler))))
    }

    /// A handler of events, as `lambda_runtime::service_fn` takes it.
    pub fn event<H, F, T, R, E>(handler: H) -> Self
    where
        H: Fn(LambdaEvent<T>) -> F + 'static,
        F: Future<Output = Result<R, E>> + 'static,
        T: DeserializeOwned + 'static,
        R: Serialize + 'static,
        E: Into<Diagnostic> + 'static,
    {
        Self(Kind::Other(Box::new(Events(handler, PhantomData))))
    }

    /// The function under its name, which a consumer stamps on what it rejects.
    pub(crate) fn named(self, name: &str) -> Self {
        match self.0 {
            Kind::Consumer(consumer) => Self(Kind::Consumer(Box::new(consumer.named_unless(|| name.to_owned())))),
            other @ Kind::Other(_) => Self(other),
        }
    }

    /// Runs one invocation.
    pub(crate) async fn run(
        &self,
        invocation: &Invocation,
        context: Context,
        listen: impl Fn() -> Option<Listener>,
    ) -> Ended {
        match &self.0 {
            Kind::Consumer(consumer) => ended(lambda::handle(consumer, &invocation.payload, &context).await),
            Kind::Other(other) => other.run(invocation, context, &listen).await,
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Function")
    }
}

impl From<Consumer> for Function {
    fn from(consumer: Consumer) -> Self {
        Self(Kind::Consumer(Box::new(consumer)))
    }
}

struct Http<H>(H);

impl<H, F, R> Run for Http<H>
where
    H: Fn(Request) -> F,
    F: Future<Output = R>,
    R: Into<Answer>,
{
    fn run<'a>(
        &'a self,
        invocation: &'a Invocation,
        context: Context,
        listen: Listen<'a>,
    ) -> LocalBoxFuture<'a, Ended> {
        Box::pin(async move {
            match lambda::handle_http(&self.0, &invocation.payload, context).await {
                Ok(answer) if invocation.streamed => Ended::Answered(streamed(answer, listen()).await),
                Ok(answer) => ended::<_, Diagnostic>(Ok(answer.gathered().await)),
                Err(error) => ended::<(), _>(Err(Diagnostic::from(error))),
            }
        })
    }
}

/// An answer as a function URL with `RESPONSE_STREAM` takes it, with all that followed its head.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>
async fn streamed(answer: Answer, listener: Option<Listener>) -> String {
    let mut all = String::new();
    let mut send = |piece: String| {
        all.push_str(&piece);
        if let Some(listener) = listener.as_ref().filter(|_| !piece.is_empty()) {
            // The function runs on when nobody reads.
            let _ = listener.send(piece);
        }
    };
    let head = json!({ "statusCode": answer.status_code(), "headers": answer.headers() });
    send(format!("{head}\0\0\0\0\0\0\0\0"));
    match answer {
        Answer::Whole(response) => send(response.body),
        Answer::Streamed(mut streamed) => {
            while let Some(piece) = streamed.pieces.next().await {
                send(piece);
            }
        }
    }
    all
}

struct Events<H, T>(H, PhantomData<fn(T)>);

impl<H, F, T, R, E> Run for Events<H, T>
where
    H: Fn(LambdaEvent<T>) -> F,
    F: Future<Output = Result<R, E>>,
    T: DeserializeOwned,
    R: Serialize,
    E: Into<Diagnostic>,
{
    fn run<'a>(&'a self, invocation: &'a Invocation, context: Context, _: Listen<'a>) -> LocalBoxFuture<'a, Ended> {
        Box::pin(async move {
            match serde_json::from_str(&invocation.payload) {
                Ok(payload) => ended((self.0)(LambdaEvent { payload, context }).await),
                Err(error) => failed("Runtime.UnmarshalError", error.to_string()),
            }
        })
    }
}

fn ended<R: Serialize, E: Into<Diagnostic>>(result: Result<R, E>) -> Ended {
    match result.map(|answer| serde_json::to_string(&answer)) {
        Ok(Ok(text)) => Ended::Answered(text),
        Ok(Err(error)) => failed("Runtime.MarshalError", error.to_string()),
        Err(error) => {
            let Diagnostic { error_type, error_message } = error.into();
            failed(&error_type, error_message)
        }
    }
}
