//! Requests by chance.

use dynoxide::Database;
use fastrand::Rng;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::tokens::Tokens;
use super::generate::{request, tables};
use super::{Both, Compared, items};

const SEQUENCES: u64 = 200;
const REQUESTS: usize = 40;
const PAGES: usize = 3;

/// What became of requests.
#[derive(Debug, Default)]
struct Tally {
    answered: u32,
    /// Left to the other engine, which refused them as invalid.
    invalid: u32,
    /// Left to the other engine, which answered them.
    left: u32,
}

fn sequence(seed: u64, tally: &mut Tally) {
    let mut rng = Rng::with_seed(seed);
    let mut both = Both::new(tables());
    for _ in 0..REQUESTS {
        let (operation, mut request) = request(&mut rng);
        // A page is followed by the next ones, and a transaction with a token comes again.
        for _ in 0..PAGES {
            match both.ask(operation, &request) {
                Compared::Same(_, answer) => {
                    tally.answered += 1;
                    match answer.get("LastEvaluatedKey") {
                        Some(last) => request["ExclusiveStartKey"] = last.clone(),
                        None if request.get("ClientRequestToken").is_some() => {}
                        None => break,
                    }
                }
                Compared::Left(status, answer) if is_invalid(status, &answer) => {
                    tally.invalid += 1;
                    break;
                }
                Compared::Left(_, answer) => {
                    assert!(may_be_left(operation, &request, &answer), "{operation} {request:#} {answer:#}");
                    tally.left += 1;
                    // The database is a request ahead from here on.
                    return;
                }
            }
        }
    }
    let database = Database::memory().unwrap();
    both.memory.transfer(&database, &Tokens::default()).unwrap();
    for (create, _) in tables() {
        let table = create["TableName"].as_str().unwrap();
        assert_eq!(items(&database, table), items(&both.database, table), "{table}");
    }
}

/// Sets of numbers have an order in some answers that the other engine knows, and so has the spelling of numbers.
fn may_be_left(operation: &str, request: &Value, answer: &Value) -> bool {
    let has = |kind: &str| answer.to_string().contains(&format!(r#"{{"{kind}":"#));
    match operation {
        "Scan" | "TransactWriteItems" => has("NS"),
        "UpdateItem" => request["ReturnValues"] == "ALL_OLD" && has("N"),
        _ => false,
    }
}

/// Whether nothing was changed.
fn is_invalid(status: StatusCode, answer: &Value) -> bool {
    let kind = answer["__type"].as_str().unwrap_or_default();
    let unfit = answer["CancellationReasons"].as_array().into_iter().flatten();
    let unfit = unfit.filter(|reason| reason["Code"] == json!("ValidationError")).count() > 0;
    status == StatusCode::BAD_REQUEST && (kind.ends_with("#ValidationException") || unfit)
}

#[test]
fn both_engines_answer_the_same() {
    let mut tally = Tally::default();
    for seed in 0..SEQUENCES {
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut of_sequence = Tally::default();
            sequence(seed, &mut of_sequence);
            of_sequence
        }));
        match run {
            Ok(of_sequence) => {
                tally.answered += of_sequence.answered;
                tally.invalid += of_sequence.invalid;
                tally.left += of_sequence.left;
            }
            Err(panic) => {
                println!("the seed is {seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.answered > 5_000 && tally.left * 100 < tally.answered, "{tally:?}");
}
