//! The engine, on a world of its own: a queue, and a worker that charges what lies in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use aqueduct_services::Timestamp;
use aqueduct_services::cloud::virtual_time::{Execution, VirtualTime};
use aqueduct_services::cloud::{Cloud, Request};
use aqueduct_services::lambda::{Ended, Invocation, failed};
use aqueduct_services::sqs;
use serde_json::Value;

use super::*;
use crate::fault::{Fault, Faults, Kind, Mix, Point};
use crate::template::{START, read, site};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: .
      Timeout: 10
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 10}}
";

/// What the worker does with what it has charged before.
#[derive(Clone, Copy, PartialEq)]
enum Worker {
    Remembers,
    Forgets,
}

/// A worker whose invocations the faults strike.
fn worker(run: &Run, kind: Worker) -> impl FnMut(Timestamp, &Invocation) -> Execution + use<> {
    let (faults, journal, mut nth) = (run.faults(), run.journal().clone(), 0);
    let charged = RefCell::new(BTreeSet::new());
    move |_, invocation| {
        let fault = faults.at(&Point::Invocation { function: "worker".to_owned(), nth });
        nth += 1;
        if fault == Some(Fault::TimeOut) {
            return Execution { ended: Ended::TimedOut, took: Duration::from_secs(10), calls: Vec::new() };
        }
        let event: Value = serde_json::from_str(&invocation.payload).unwrap();
        for record in event["Records"].as_array().unwrap() {
            let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            let order = body["subject"].as_str().unwrap();
            if charged.borrow_mut().insert(order.to_owned()) || kind == Worker::Forgets {
                journal.record(Entry::new("charged", order));
            }
        }
        let ended = if fault == Some(Fault::Fail) {
            failed("Bug", "told to".to_owned())
        } else {
            Ended::Answered("null".to_owned())
        };
        Execution { ended, took: Duration::from_millis(100), calls: Vec::new() }
    }
}

fn shop(run: &Run, kind: Worker) -> Result<(), Broken> {
    let mut cloud = Cloud::new(site(), run.seed());
    cloud.provision(START, &read(TEMPLATE).unwrap()).unwrap();
    let mut world = VirtualTime::new(cloud, worker(run, kind), START);
    for nth in 0..3 {
        let message_body = format!(r#"{{"subject":"ord_{nth}"}}"#);
        let queue_url = format!("{}/{}/orders", site().endpoint, site().account);
        world.call(Request::Sqs(sqs::Request::SendMessage(sqs::SendMessage {
            queue_url,
            message_body,
            ..sqs::SendMessage::default()
        })));
        run.journal().record(Entry::new("accepted", format!("ord_{nth}")));
    }
    run.drive(&mut world, &[nothing_lost("accepted", &["charged", DEAD_LETTERED]), effects_once("charged")])
}

#[test]
fn a_world_that_keeps_its_invariants_is_run_for_every_seed() {
    let explored = explore(0..200, |run| shop(run, Worker::Remembers));
    explored.expect_kept();
    assert_eq!(explored.runs(), 200);
    assert!(explored.strikes().contains_key(&Kind::Fail), "{explored}");
    assert!(explored.to_string().starts_with("200 runs with"), "{explored}");
}

#[test]
fn a_broken_invariant_is_reduced_told_and_replayed() {
    let explored = explore(0..200, |run| shop(run, Worker::Forgets));
    let failed = explored.expect_broken();
    assert_eq!(failed.broken.invariant, "effects_once");
    let least: Vec<Fault> = failed.least.iter().map(|strike| strike.fault).collect();
    assert_eq!(least, [Fault::Fail]);
    let report = failed.to_string();
    let seed = failed.seed;
    for expected in [
        &*format!("seed {seed} breaks effects_once: ord_0 was charged 2 times\nby 1 of "),
        "of worker: fails after its work\n",
        "\nord_0\n       0.000 s   orders: queued\n",
        "ord_1\n",
        "      0.100 s   worker: Bug: told to\n",
        " * charged ord_0\n",
        r#"`Faults::from_json`: [{"at":{"invocation":{"function":"worker","nth":"#,
        &format!("replay with: AQUEDUCT_SEED={seed} cargo test "),
    ] {
        assert!(report.contains(expected), "{expected:?} is not in:\n{report}");
    }
    let again = replay(seed, |run| shop(run, Worker::Forgets));
    assert_eq!(again.expect_broken().to_string(), report);
}

#[test]
fn the_lowest_seed_that_fails_is_found_by_any_number_of_threads() {
    let found = |threads| {
        let explored = Explore::new(0..300).threads(threads).run(|run| shop(run, Worker::Forgets));
        explored.expect_broken().to_string()
    };
    assert_eq!(found(1), found(7));
}

#[test]
fn failing_runs_are_counted_on_request() {
    let count = |kind| Explore::new(0..100).counting().run(|run| shop(run, kind)).failing().len();
    let forgetful = count(Worker::Forgets);
    assert!(count(Worker::Remembers) == 0 && forgetful > 5 && forgetful < 100, "{forgetful} of 100");
}

#[test]
fn a_run_that_fails_without_faults_says_so_and_a_panic_is_a_failure() {
    let explored = Explore::new(3..10).mix(Mix::default()).run(|run| {
        run.faults().at(&Point::Invocation { function: "worker".to_owned(), nth: run.seed() });
        panic!("no order has number {}", run.seed());
    });
    let failed = explored.expect_broken();
    assert_eq!((failed.seed, failed.broken.invariant.as_str()), (3, "does_not_panic"));
    assert!(failed.to_string().starts_with("seed 3 breaks does_not_panic: no order has number 3 ("));
    assert!(failed.to_string().contains("explore/tests.rs:") && failed.to_string().contains("\nwithout any fault\n"));
}

#[test]
fn a_run_that_does_not_come_from_its_seed_is_told_apart() {
    let runs = std::sync::atomic::AtomicU64::new(0);
    let explored = Explore::new(0..1).run(|_| match runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Err(Broken::new("steady", "the first run is not like the second")),
        _ => Ok(()),
    });
    assert_eq!(explored.expect_broken().broken.invariant, "is_deterministic");
}

#[test]
fn a_world_that_never_rests_is_given_up() {
    struct Busy(Timestamp);
    impl World for Busy {
        fn now(&self) -> Timestamp {
            self.0
        }
        fn step(&mut self) -> bool {
            self.0 = self.0 + Duration::from_hours(1);
            true
        }
        fn take_notes(&mut self) -> Vec<aqueduct_services::Note> {
            Vec::new()
        }
    }
    let broken = Run::new(0, Faults::none()).drive(&mut Busy(START), &[]).unwrap_err();
    assert_eq!(broken.invariant, "comes_to_rest");
}

#[test]
fn invariants_of_the_world_itself_are_checked_when_they_are_due() {
    let explored = explore(0..1, |run| {
        let mut cloud = Cloud::new(site(), run.seed());
        cloud.provision(START, &read(TEMPLATE).unwrap()).unwrap();
        let mut world = VirtualTime::new(cloud, worker(run, Worker::Remembers), START);
        let early = Invariant::always("it_is_early", |world: &mut VirtualTime<_>, _: &Journal| {
            let late = world.now().since(START) > Duration::from_secs(5);
            if late { Err(format!("it is {:?}", world.now().since(START))) } else { Ok(()) }
        });
        run.drive(&mut world, &[early])?;
        world.run_until(START + Duration::from_mins(1));
        let empty = Invariant::at_rest("queues_are_empty", |world: &mut VirtualTime<_>, _: &Journal| {
            let now = world.now();
            let full = world.cloud_mut().queues(now).into_iter().find(|census| census.total() > 0);
            full.map_or(Ok(()), |census| Err(census.queue.to_string()))
        });
        run.drive(&mut world, &[empty])
    });
    explored.expect_kept();
}
