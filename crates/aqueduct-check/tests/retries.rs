//! Which of a consumer's own attempts and its queue's receives ends first, and whether that outlasts an outage.

use aqueduct_check::{Evidence, Settings, check_with};
use aqueduct_contract::{Backoff, Contracts, FunctionContract, Jitter, Retries};
use aqueduct_topology::Deployment;

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: RECEIVES }
  Dlq: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 10
      Events: { Orders: { Type: SQS, Properties: { Queue: !GetAtt Orders.Arn } } }
";

/// From 2 s, twice as long each time, from half of that.
const BACKOFF: Backoff = Backoff { first_millis: 2_000, factor: 2.0, longest_millis: 900_000, jitter: Jitter::Half };

/// What rules say of retries for a function that is to bear an outage of four minutes.
fn found(retries: Option<Retries>, receives: &str) -> Vec<String> {
    let function = FunctionContract { outage_tolerance_seconds: Some(240), retries, ..FunctionContract::new("Work") };
    let contracts = Contracts { events: Vec::new(), functions: vec![function] };
    let template = TEMPLATE.replace("RECEIVES", receives);
    let (topology, _) = aqueduct_topology::read(&template, &Deployment::default());
    let evidence = Evidence { contracts: Some(&contracts), ..Evidence::default() };
    let findings = check_with(&topology, evidence, &Settings::default()).findings;
    let told = findings.iter().filter(|it| ["outage-over-receives", "attempts-over-receives"].contains(&it.rule));
    told.map(|it| format!("{}; {}", it.message, it.help)).collect()
}

#[test]
fn the_queue_ends_first() {
    assert_eq!(found(None, "5"), [""; 0], "the fifth receive is four minutes after the first");
    assert_eq!(
        found(None, "4"),
        ["Work is to bear an outage of 240 s, and Orders may give a message up after 4 receives in 180 s; set \
          maxReceiveCount to 5, or set VisibilityTimeout to 80 s"]
    );
    assert_eq!(
        found(None, "1"),
        ["Work is to bear an outage of 240 s, and Orders may give a message up after 1 receives in 0 s; set \
          maxReceiveCount to 5"]
    );
    let held = Some(Retries::new(None, Some(BACKOFF)));
    assert_eq!(found(held, "9"), [""; 0]);
    assert_eq!(
        found(held, "8"),
        ["Work is to bear an outage of 240 s, and Orders may give a message up after 8 receives in 127 s; set \
          maxReceiveCount to 9, or let the function hold failed messages back for longer"]
    );
}

#[test]
fn the_consumer_ends_first() {
    let own = |attempts| Some(Retries::new(Some(attempts), Some(BACKOFF)));
    assert_eq!(found(own(9), "12"), [""; 0]);
    assert_eq!(
        found(own(5), "8"),
        [
            "Work is to bear an outage of 240 s, and may reject a message after 5 attempts in 15 s; let it make 9 attempts, \
          or hold failed messages back for longer, and set maxReceiveCount to some more"
        ]
    );
    let told = Retries { attempts: Some(5), patience_seconds: Some(300), backoff: None };
    assert_eq!(found(Some(told), "8"), [""; 0], "who is patient in a way of its own says so");
    let spread = Backoff { jitter: Jitter::Full, ..BACKOFF };
    assert_eq!(
        found(Some(Retries::new(Some(9), Some(spread))), "12"),
        ["Work is to bear an outage of 240 s, and may reject a message after 9 attempts in 0 s; let it hold failed \
          messages back for longer"]
    );
}

#[test]
fn attempts_need_receives() {
    let own = |attempts| Some(Retries { patience_seconds: Some(300), ..Retries::new(Some(attempts), Some(BACKOFF)) });
    assert_eq!(
        found(own(9), "9"),
        ["Work rejects a message after 9 attempts, and Orders allows no more; set maxReceiveCount to 12, or let the \
          function make fewer attempts"]
    );
    let beyond = found(own(12), "10");
    assert_eq!(beyond.len(), 1, "{beyond:?}");
    assert!(beyond[0].starts_with("Work rejects a message after 12 attempts, and Orders allows 10; "), "{beyond:?}");
    assert_eq!(found(own(9), "!ImportValue receives"), [""; 0]);
    let short = found(Some(Retries::new(Some(3), Some(BACKOFF))), "!ImportValue receives");
    assert!(short[0].contains("may reject a message after 3 attempts in 3 s"), "{short:?}");
}
