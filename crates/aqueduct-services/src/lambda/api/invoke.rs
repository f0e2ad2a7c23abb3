//! Invocations.

/// What `Invoke` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invoke {
    /// The function.
    pub function: String,
    /// `X-Amz-Invocation-Type`.
    pub kind: InvocationKind,
    /// The event, JSON text; empty stands for `{}`.
    pub payload: String,
    /// `X-Amz-Client-Context`: JSON text in Base64, handed to the function as it is.
    pub client_context: Option<String>,
    /// Whether `X-Amz-Log-Type` is `Tail`: the answer brings the last lines of the log.
    pub log_tail: bool,
    /// `X-Amzn-Trace-Id`, by which chains of functions are recognised.
    pub trace_header: Option<String>,
    /// Whether its caller takes the answer while it is being made: `InvokeWithResponseStream`, whose answer is an event
    /// stream, and function URLs whose mode is `RESPONSE_STREAM`.
    pub streamed: bool,
}

/// How an invocation is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvocationKind {
    /// `RequestResponse`: the answer waits for the function.
    #[default]
    Synchronous,
    /// `Event`: the event is queued.
    Asynchronous,
    /// `DryRun`: only checked.
    DryRun,
}

/// How an `Invoke` went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invoked {
    /// 200 for a synchronous invocation, 202 for an asynchronous one, 204 for a dry run.
    pub status: u16,
    /// `X-Amz-Function-Error`, when the function failed: then `payload` is the error document.
    pub function_error: Option<&'static str>,
    /// What the function answered, JSON text; empty for 202 and 204.
    pub payload: String,
    /// The last 4 KB of the log, when they were asked for.
    pub log_tail: Option<String>,
    /// Whether its caller takes the answer while it is being made. What a function streamed is not in `payload`.
    pub streamed: bool,
}

impl Invoke {
    /// A synchronous invocation.
    pub fn synchronous(function: impl Into<String>, payload: impl Into<String>) -> Self {
        Self { function: function.into(), payload: payload.into(), ..Self::default() }
    }

    /// An asynchronous invocation.
    pub fn asynchronous(function: impl Into<String>, payload: impl Into<String>) -> Self {
        Self { kind: InvocationKind::Asynchronous, ..Self::synchronous(function, payload) }
    }
}
