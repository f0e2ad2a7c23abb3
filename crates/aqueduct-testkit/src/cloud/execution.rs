//! One invocation: until its end, its deadline or its crash.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::task::{self, Poll};

use aqueduct_services::lambda::{Ended, Exit, Invocation, exited, failed};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use lambda_runtime::Context;

use super::caller;
use super::driver::{Cast, Stage};
use crate::fault::{Fault, Point};

/// Runs an invocation, and says how it ended.
pub(crate) async fn execute(stage: Stage, invocation: Rc<Invocation>) {
    let began = stage.shared.clock().now();
    let function = stage.mishaps.id(&invocation.function).to_owned();
    let nth = stage.mishaps.count(&function);
    let fault = stage.mishaps.at(&Point::Invocation { function, nth });
    if fault == Some(Fault::DeliverTwice) {
        let (stage, invocation) = (stage.clone(), Rc::clone(&invocation));
        tokio::task::spawn_local(async move {
            let nth = stage.mishaps.count(stage.mishaps.id(&invocation.function));
            drop(until_deadline(&stage, &invocation, nth, None).await);
        });
    }
    let ended = until_deadline(&stage, &invocation, nth, fault).await;
    let took = stage.shared.clock().now().since(began);
    stage.shared.ended(&invocation.request_id, ended, took);
}

/// An execution that is not over at its deadline goes no further, as Lambda kills it.
async fn until_deadline(stage: &Stage, invocation: &Rc<Invocation>, nth: u64, fault: Option<Fault>) -> Ended {
    let running = caller::within(Rc::clone(invocation), async {
        match fault {
            Some(Fault::TimeOut) => std::future::pending().await,
            Some(Fault::Fail) => {
                run(stage, invocation, nth).await;
                failed("Runtime.ExitError", "the answer did not reach Lambda".to_owned())
            }
            _ => run(stage, invocation, nth).await,
        }
    });
    let deadline = stage.shared.clock().instant(invocation.deadline);
    tokio::time::timeout_at(deadline, running).await.unwrap_or(Ended::TimedOut)
}

/// Runs an invocation in an execution environment, which waits for the next one unless it does not come to its end.
async fn run(stage: &Stage, invocation: &Rc<Invocation>, nth: u64) -> Ended {
    let id = stage.mishaps.id(&invocation.function);
    if stage.mishaps.is_out(id, stage.shared.clock().elapsed()) {
        return exited(&invocation.request_id, Exit::Status(1));
    }
    let Some(registered) = stage.cast.registered(&invocation.function) else {
        return Ended::Answered("null".to_owned());
    };
    let environment = match registered.take() {
        Ok(environment) => environment,
        Err(error) => return failed("Runtime.ExitError", error.to_string()),
    };
    let (function, event, shared) = (Rc::clone(&environment.function), Rc::clone(invocation), stage.shared.clone());
    let work = async move { function.run(&event, context(&event), || shared.listener(&event.request_id)).await };
    let process = Process::new(stage, environment.clock.stand_in_for(work).boxed_local());
    let running = AssertUnwindSafe(until_crash(stage, id, nth, process));
    let ended = match running.catch_unwind().await {
        Ok(Some(ended)) => ended,
        Ok(None) => return exited(&invocation.request_id, Exit::Signal("killed")),
        Err(panic) => failed("panic", words(&*panic)),
    };
    registered.give_back(environment);
    ended
}

/// A process at work. One that is killed does nothing any more, and so its future is not dropped before the cloud is: what
/// code does in destructors is no help on Lambda.
struct Process {
    running: Option<LocalBoxFuture<'static, Ended>>,
    cast: Rc<Cast>,
}

impl Process {
    fn new(stage: &Stage, running: LocalBoxFuture<'static, Ended>) -> Self {
        Self { running: Some(running), cast: Rc::clone(&stage.cast) }
    }

    fn poll(&mut self, context: &mut task::Context<'_>) -> Poll<Ended> {
        let Some(running) = &mut self.running else { return Poll::Pending };
        let polled = running.as_mut().poll(context);
        if polled.is_ready() {
            self.running = None;
        }
        polled
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.cast.bury(running);
        }
    }
}

/// Polls a function's future until it ends, or until a fault ends the process around it.
async fn until_crash(stage: &Stage, function: &str, nth: u64, mut process: Process) -> Option<Ended> {
    let (mut k, mut is_stuck) = (0, false);
    poll_fn(|context| {
        let fault = stage.mishaps.at(&Point::Poll { function: function.to_owned(), nth, k });
        k += 1;
        is_stuck |= fault == Some(Fault::TimeOut);
        match fault {
            _ if is_stuck => Poll::Pending,
            Some(Fault::CrashBefore) => Poll::Ready(None),
            Some(Fault::CrashAfter) => {
                let _ = process.poll(context);
                Poll::Ready(None)
            }
            _ => process.poll(context).map(Some),
        }
    })
    .await
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "the handler panicked".to_owned())
}

fn context(invocation: &Invocation) -> Context {
    let mut context = Context::default();
    context.request_id.clone_from(&invocation.request_id);
    context.deadline = invocation.deadline.as_millis();
    context.invoked_function_arn = invocation.arn.to_string();
    context.xray_trace_id = Some(invocation.trace_id.clone());
    context
}
