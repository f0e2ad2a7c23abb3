//! What every store of claims does.

use aqueduct::aws::DynamoDbClaims;
use aqueduct::idempotency::{Attempt, Claim, ClaimError, Claims, MemoryClaims};
use jiff::Timestamp;

use crate::tables::with_table;

/// What is done, and what comes of it. An attempt lasts 60 seconds and is forgotten after 1000; results are kept for 100.
#[derive(Debug)]
enum Step {
    /// A claim by a token, with a fingerprint or `""`, at a second.
    Claim(&'static str, &'static str, i64, Then),
    /// A result by a token at a second.
    Complete(&'static str, &'static str, i64, Then),
    Release(&'static str, Then),
}

#[derive(Debug, PartialEq, Eq)]
enum Then {
    /// Granted, with a greater fence than before.
    Granted,
    /// Granted again, with the fence of before.
    Again,
    HeldUntil(i64),
    Completed(&'static str),
    Ok,
    Lost,
}

use Step::{Claim as C, Complete, Release};
use Then::{Again, Completed, Granted, HeldUntil, Lost, Ok as Done};

const CASES: &[(&str, &[Step])] = &[
    ("a key is held by one", &[C("a", "", 0, Granted), C("b", "", 59, HeldUntil(60))]),
    ("a claim whose time is up is taken over", &[C("a", "", 0, Granted), C("b", "", 60, Granted)]),
    ("a claim whose answer got lost is granted again", &[C("a", "", 0, Granted), C("a", "", 1, Again)]),
    (
        "what was replaced can neither complete nor release",
        &[
            C("a", "", 0, Granted),
            C("b", "", 61, Granted),
            Complete("a", "1", 62, Lost),
            Release("a", Lost),
            Complete("b", "2", 63, Done),
            C("c", "", 64, Completed("2")),
        ],
    ),
    (
        "what was replaced cannot come back after its successor has finished",
        &[
            C("a", "", 0, Granted),
            C("b", "", 61, Granted),
            Complete("b", "2", 62, Done),
            Complete("a", "1", 63, Lost),
            Release("a", Lost),
            C("c", "", 64, Completed("2")),
        ],
    ),
    (
        "a completion whose answer got lost is made again",
        &[C("a", "", 0, Granted), Complete("a", "1", 1, Done), Complete("a", "1", 1, Done), Release("a", Lost)],
    ),
    (
        "a slow attempt that nobody replaced completes after its time",
        &[C("a", "", 0, Granted), Complete("a", "1", 99, Done), C("b", "", 100, Completed("1"))],
    ),
    ("a released key is free", &[C("a", "", 0, Granted), Release("a", Done), C("b", "", 1, Granted)]),
    (
        "after its release a claim is nobody's",
        &[C("a", "", 0, Granted), Release("a", Done), Release("a", Lost), Complete("a", "1", 1, Lost)],
    ),
    ("what nobody claimed is nobody's", &[Complete("a", "1", 0, Lost), Release("a", Lost), C("b", "", 1, Granted)]),
    (
        "a result past its time does not count, removed or not",
        &[
            C("a", "", 0, Granted),
            Complete("a", "1", 10, Done),
            C("b", "", 109, Completed("1")),
            C("b", "", 110, Granted),
            Complete("b", "2", 111, Done),
            C("c", "", 112, Completed("2")),
        ],
    ),
    ("results are what they are", &[C("a", "", 0, Granted), Complete("a", "", 1, Done), C("b", "", 2, Completed(""))]),
    (
        "a dead attempt is taken over by the same payload only",
        &[C("a", "x", 0, Granted), C("b", "y", 61, HeldUntil(60)), C("b", "x", 62, Granted)],
    ),
    (
        "a dead attempt without a fingerprint is taken over by any payload",
        &[C("a", "", 0, Granted), C("b", "y", 61, Granted), C("c", "z", 122, HeldUntil(121))],
    ),
    (
        "a released key is free for another payload",
        &[C("a", "x", 0, Granted), Release("a", Done), C("b", "y", 1, Granted)],
    ),
    (
        "a claim without a fingerprint leaves none of before behind",
        &[C("a", "x", 0, Granted), C("b", "", 61, Granted), C("c", "z", 122, Granted)],
    ),
    (
        "fences grow though a clock stands still or goes back",
        &[
            C("a", "", 5, Granted),
            Release("a", Done),
            C("b", "", 5, Granted),
            Release("b", Done),
            C("c", "", 0, Granted),
        ],
    ),
    (
        "what was forgotten is free for another payload",
        &[C("a", "x", 0, Granted), C("b", "y", 999, HeldUntil(60)), C("b", "y", 1000, Granted)],
    ),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

async fn assert_case(claims: &dyn Claims, name: &str, steps: &[Step]) {
    let mut before = 0;
    for step in steps {
        let (then, wanted) = match step {
            C(token, print, second, wanted) => {
                let fingerprint = (!print.is_empty()).then_some(*print);
                let (until, expires) = (at(second + 60), at(second + 1000));
                let attempt = Attempt { key: name, token, fingerprint, now: at(*second), until, expires };
                let then = match claims.claim(&attempt).await.unwrap() {
                    Claim::Granted { fence } if fence == before => Again,
                    Claim::Granted { fence } => {
                        assert!(fence > before, "{name}: {step:?}: {fence} after {before}");
                        before = fence;
                        Granted
                    }
                    Claim::Held { until, .. } => HeldUntil(until.as_second() - at(0).as_second()),
                    Claim::Completed { result, .. } => Completed(result.leak()),
                };
                (then, wanted)
            }
            Complete(token, result, second, wanted) => {
                (settled(claims.complete(name, token, result, at(second + 100)).await), wanted)
            }
            Release(token, wanted) => (settled(claims.release(name, token).await), wanted),
        };
        assert_eq!(then, *wanted, "{name}: {step:?}");
    }
}

fn settled(answer: Result<(), ClaimError>) -> Then {
    match answer {
        Ok(()) => Done,
        Err(ClaimError::Lost { .. }) => Lost,
        Err(other) => panic!("{other}"),
    }
}

async fn assert_all(claims: &dyn Claims) {
    for (name, steps) in CASES {
        assert_case(claims, name, steps).await;
    }
    assert_fingerprints(claims).await;
    assert_milliseconds(claims).await;
}

/// A dead attempt's claim ends to the millisecond, in whatever unit it is kept.
async fn assert_milliseconds(claims: &dyn Claims) {
    let at = |millis: i64| Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap();
    let expires = at(1_000_000);
    let attempt =
        |token, now| Attempt { key: "millis", token, fingerprint: None, now: at(now), until: at(1_500), expires };
    claims.claim(&attempt("a", 999)).await.unwrap();
    let held = claims.claim(&attempt("b", 1_499)).await.unwrap();
    assert_eq!(held, Claim::Held { until: at(1_500), fingerprint: None });
    assert!(matches!(claims.claim(&attempt("b", 1_500)).await.unwrap(), Claim::Granted { .. }));
}

/// Fingerprints come back, so that a reused key is noticed.
async fn assert_fingerprints(claims: &dyn Claims) {
    let fingerprint = |print| Attempt {
        key: "print",
        token: print,
        fingerprint: Some(print),
        now: at(0),
        until: at(60),
        expires: at(1000),
    };
    claims.claim(&fingerprint("x")).await.unwrap();
    let print = Some("x".to_owned());
    let held = claims.claim(&fingerprint("y")).await.unwrap();
    assert_eq!(held, Claim::Held { until: at(60), fingerprint: print.clone() });
    claims.complete("print", "x", "1", at(100)).await.unwrap();
    let completed = claims.claim(&fingerprint("y")).await.unwrap();
    assert_eq!(completed, Claim::Completed { result: "1".to_owned(), fingerprint: print });
}

#[tokio::test]
async fn claims_in_memory() {
    assert_all(&MemoryClaims::default()).await;
}

#[tokio::test]
async fn claims_in_dynamodb() {
    with_table("claims", async |client, table| assert_all(&DynamoDbClaims::new(client, table)).await).await;
}

#[tokio::test]
async fn a_store_that_is_not_there_refuses_for_good() {
    with_table("others", async |client, _| {
        let claims = DynamoDbClaims::new(client, "no-such-table");
        let attempt = Attempt { key: "k", token: "a", fingerprint: None, now: at(0), until: at(60), expires: at(1000) };
        let error = claims.claim(&attempt).await.unwrap_err();
        assert!(matches!(&error, ClaimError::Store { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn the_largest_result_has_room() {
    with_table("large", async |client, table| {
        let claims = DynamoDbClaims::new(client, table);
        let (key, token, print) = ("k".repeat(2048), "t".repeat(36), "f".repeat(36));
        let attempt = Attempt {
            key: &key,
            token: &token,
            fingerprint: Some(&print),
            now: at(0),
            until: at(60),
            expires: at(1000),
        };
        claims.claim(&attempt).await.unwrap();
        claims.complete(&key, &token, &"r".repeat(claims.result_max()), at(100)).await.unwrap();
    })
    .await;
}
