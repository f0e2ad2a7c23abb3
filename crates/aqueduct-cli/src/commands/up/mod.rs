//! `aqueduct up`: a template runs on this machine.

pub(crate) mod building;
mod elsewhere;
mod order;
mod overview;

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use aqueduct_local::{Event, Local, Options, Remote, Sockets, StartError};
use aqueduct_topology::{Deployment, Topology};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::happening::Happening;
use super::{data, signals};
use crate::args::Up;
use crate::failure::Failure;
use crate::screen::{self, DIM};
use crate::template::Template;

use order::Order;

/// Where function URLs start when the port is free and none was asked for: next to the endpoint.
const SHOP_PORT: u16 = 4567;

/// Runs the command.
pub(crate) fn run(args: &Up) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::setup(format!("cannot start the asynchronous runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            code = signals::ended() => Ok(code),
            outcome = up(args) => outcome,
        }
    });
    // What still runs here is given up; processes were ended with the tasks that own them.
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

async fn up(args: &Up) -> Result<ExitCode, Failure> {
    let template = Template::open(&args.templates, &args.values)?;
    if args.endpoint.is_some() && template.count() > 1 {
        return Err(Failure::setup("with --endpoint one template runs at a time; name it with --template"));
    }
    let draft = elsewhere::deployment(args, Deployment::default());
    let topology = template.topology(&draft)?.unaliased().into_owned();
    let remote = elsewhere::find(args, &topology).await?;
    let data = data::open(&args.data, Some(draft.account.clone()), Some(draft.region.clone()))?;
    let sockets = bind(&topology, args, remote.as_ref())?;
    let orders = order::read_all(args, &topology)?;
    let executables = building::build(&topology, &template, args.release).await?;
    let base = remote.as_ref().map_or(draft.clone(), |remote| remote.deployment(draft));
    let topology = template.again(&sockets.deployment(base))?.unaliased().into_owned();
    let options = Options { executables, data, ..Options::default() };
    let local = start(&topology, sockets, remote.as_ref(), options).await?;
    data::tell_repairs(local.repairs());
    screen::talk(overview::of(&topology, &local, &template));
    if let Some(remote) = &remote {
        elsewhere::say_what_is_not_served(&topology, remote);
    }
    let happening = Happening::new(&topology, args, &template);
    let events = local.events();
    let outcome = tokio::select! {
        biased;
        failure = watch(events, &happening, ends_by_itself(args)) => Err(failure),
        failed = local.store_failed() => Err(data::failed(&failed)),
        outcome = work(args, &local, orders, &happening) => outcome,
    };
    local.shutdown().await;
    outcome
}

/// Without orders and without an end to wait for, the cloud runs until a signal.
async fn work(args: &Up, local: &Local, orders: Vec<Order>, happening: &Happening) -> Result<ExitCode, Failure> {
    if !ends_by_itself(args) {
        return std::future::pending().await;
    }
    let waits = async {
        let outcome = order::send_all(local, orders, happening).await;
        if args.until_idle {
            local.idle().await.map_err(|stopped| Failure::work(stopped.to_string()))?;
            // Events are printed by another future; what led to idleness is shown before the end.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        outcome
    };
    match tokio::time::timeout(args.timeout, waits).await {
        Ok(outcome) => outcome.map(|()| ExitCode::SUCCESS),
        Err(_) => Err(out_of_time(args, local).await),
    }
}

fn ends_by_itself(args: &Up) -> bool {
    args.until_idle || !args.send.is_empty()
}

async fn out_of_time(args: &Up, local: &Local) -> Failure {
    let mut message = format!("not finished after {} s", args.timeout.as_secs_f64());
    if let Ok(census) = local.census().await {
        for (queue, count) in census.iter().filter(|(_, count)| count.visible + count.in_flight + count.delayed > 0) {
            let _ = write!(
                message,
                "\n  {queue}: {} waiting, {} in flight, {} delayed",
                count.visible, count.in_flight, count.delayed
            );
        }
    }
    message.push_str("\nthe lines above say where it stands; --timeout sets a longer limit");
    Failure::work(message)
}

/// Prints what happens; ends only when a function cannot be started although the command is to end by itself.
async fn watch(mut events: Receiver<Event>, happening: &Happening, ends_by_itself: bool) -> Failure {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                screen::warning(format_args!("{missed} events are not shown: there were too many at once"));
                continue;
            }
            Err(RecvError::Closed) => return std::future::pending().await,
        };
        happening.show(&event);
        if let Event::InitFailed { function, reason, last_lines, is_final: true, .. } = &event {
            let failure = crashed(&happening.place(function), reason, last_lines);
            if ends_by_itself {
                return failure;
            }
            screen::error(&failure.message);
        }
    }
}

fn crashed(place: &str, reason: &str, last_lines: &[String]) -> Failure {
    let mut message = format!("the function {place} does not start: {reason}");
    for line in last_lines {
        let _ = write!(message, "\n  {DIM}|{DIM:#} {line}");
    }
    message.push_str(
        "\ncorrect what its last lines say: its main function, or its variables in the template; then run this again",
    );
    Failure::setup(message)
}

fn bind(topology: &Topology, args: &Up, remote: Option<&Remote>) -> Result<Sockets, Failure> {
    let bind = |url_port| match remote {
        Some(remote) => Sockets::bind_urls(topology, remote.endpoint(), url_port),
        None => Sockets::bind(topology, args.port, url_port),
    };
    let preferred = match args.shop_port {
        Some(port) => return bind(port).map_err(cannot_listen),
        None if args.port == 0 => 0,
        None => SHOP_PORT,
    };
    match bind(preferred) {
        Err(StartError::Port { port, .. }) if port == preferred && port != args.port => bind(0).map_err(cannot_listen),
        bound => bound.map_err(cannot_listen),
    }
}

fn cannot_listen(error: StartError) -> Failure {
    let in_use = error.is_port_in_use();
    match error {
        StartError::Port { port, what, .. } if in_use => Failure::setup(format!(
            "port {port} on 127.0.0.1, for {what}, is in use by another process\n\
             end that process (another `aqueduct up`, or LocalStack?), or choose another port with --port and --shop-port; 0 is any free one"
        )),
        other => Failure::setup(other.to_string()),
    }
}

async fn start(
    topology: &Topology,
    sockets: Sockets,
    remote: Option<&Remote>,
    options: Options,
) -> Result<Local, Failure> {
    let local = match remote {
        Some(remote) => Local::attach(topology, sockets, remote, &options),
        None => Local::start(topology, sockets, options).await,
    };
    local.map_err(data::cannot_start)
}
