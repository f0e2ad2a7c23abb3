//! `aqueduct serve`: the embedded cloud without a template.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use aqueduct_local::{Data, Event, Local, Notes, Options, Sockets, StartError};
use aqueduct_topology::Topology;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::happening::Happening;
use super::{data, signals};
use crate::args::Serve;
use crate::failure::Failure;
use crate::screen::{self, BOLD};

/// How many events may wait to be printed.
const EVENTS_KEPT: usize = 1_024;

/// Runs the command.
pub(crate) fn run(args: &Serve) -> Result<ExitCode, Failure> {
    // One thread has everything that calls need at hand; what blocks, such as files, has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::setup(format!("cannot start the asynchronous runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            code = signals::ended() => Ok(code),
            outcome = serve(args) => outcome,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

async fn serve(args: &Serve) -> Result<ExitCode, Failure> {
    let data = data::open(&args.data, args.account.clone(), args.region.clone())?;
    let topology = Topology::default();
    let sockets = Sockets::bind(&topology, args.port, 0).map_err(|error| cannot_listen(&error))?;
    let mut options = Options {
        notes: if args.verbose { Notes::All } else { Notes::Trouble },
        events_kept: EVENTS_KEPT,
        data,
        ..Options::default()
    };
    options.account = args.account.clone().unwrap_or(options.account);
    options.region = args.region.clone().unwrap_or(options.region);
    let region = options.data.as_ref().map_or(options.region.as_str(), Data::region).to_owned();
    let local = Local::start(&topology, sockets, options).await.map_err(data::cannot_start)?;
    data::tell_repairs(local.repairs());
    screen::talk(overview(local.endpoint(), &region, args.data.folder.as_deref()));
    screen::data(local.endpoint());
    let (events, happening) = (local.events(), Happening::without_template(args.verbose));
    tokio::select! {
        never = watch(events, &happening) => never,
        failed = local.store_failed() => Err(data::failed(&failed)),
    }
}

/// Prints what happens, until the process ends.
async fn watch(mut events: Receiver<Event>, happening: &Happening) -> Result<ExitCode, Failure> {
    loop {
        match events.recv().await {
            Ok(event) => happening.show(&event),
            Err(RecvError::Lagged(missed)) => {
                screen::warning(format_args!("{missed} events are not shown: there were too many at once"));
            }
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn cannot_listen(error: &StartError) -> Failure {
    if !error.is_port_in_use() {
        return Failure::setup(error.to_string());
    }
    Failure::setup(format!(
        "{error}\nend the process that has the port (another `aqueduct serve`, `aqueduct up` or LocalStack?), or choose another port with --port; 0 is any free one"
    ))
}

/// Where it listens, where its data is, and how to point AWS tools there.
fn overview(endpoint: &str, region: &str, data: Option<&Path>) -> String {
    let data = data.map_or("in memory, gone with this process; --data DIR keeps it".to_owned(), |path| {
        format!("kept in {}", path.display())
    });
    format!(
        "\n  AWS endpoint  {BOLD}{endpoint}{BOLD:#}\n  data          {data}\n\n  \
         export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} AWS_DEFAULT_REGION={region}\n  \
         export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n\n  \
         With these, the AWS CLI, boto3 and every AWS SDK talk to it, such as:\n  \
         aws sqs create-queue --queue-name work\n"
    )
}
