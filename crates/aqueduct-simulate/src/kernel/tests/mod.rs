//! The engine held against arithmetic, against the embedded cloud, and against itself.

use std::io;

use aqueduct_topology::{Deployment, Topology};

use crate::{Prepared, Report, run};

mod behaviours;
mod formulas;
mod mistakes;
mod random;
mod truth;

/// The topology of a template.
fn topology(template: &str) -> Topology {
    let (topology, diagnostics) = aqueduct_topology::read(template, &Deployment::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    topology
}

/// What scenarios begin with of which it does not matter what it says.
const HEAD: &str = "title = \"A test\"\nstart = 2027-01-15T08:00:00Z\n";

/// A scenario that names no file; without its title and start.
fn scenario(text: &str) -> Prepared {
    let mut open = |name: &str| Err(io::Error::other(format!("no file {name}")));
    Prepared::parse("scenario.toml", &format!("{HEAD}{text}"), &mut open)
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What comes of a scenario.
fn report(template: &str, text: &str, seed: u64) -> Report {
    run(&topology(template), &scenario(text), seed, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

/// A queue `Queue` with a dead-letter queue `Dead`, and a function `Worker` that reads it by `Mapping`.
fn template(queue: &str, worker: &str, mapping: &str) -> String {
    format!(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
    Properties: {{ MessageRetentionPeriod: 1209600 }}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {{ deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 }}
      {queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{ CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, {worker} }}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{ EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker, {mapping} }}
"
    )
}
