//! The engine in memory against the one with a database.

mod cases;
mod differential;
mod generate;
mod moving;
mod watch;

use aqueduct_topology::{Arn, Span, Table};
use dynoxide::Database;
use http::StatusCode;
use serde_json::Value;

use super::engine;
use super::memory::{Beyond, Memory};

/// A point in time, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

fn declared(create: Value, time_to_live: Option<&str>) -> Table {
    let name = create["TableName"].as_str().unwrap().to_owned();
    Table {
        id: name.clone(),
        arn: Arn::new(format!("arn:aws:dynamodb:us-east-1:000000000000:table/{name}")),
        name,
        create,
        time_to_live: time_to_live.map(str::to_owned),
        stream: None,
        span: Span::default(),
    }
}

/// The same tables in both engines.
struct Both {
    memory: Memory,
    database: Database,
}

/// What both engines made of a request.
#[derive(Debug)]
enum Compared {
    /// The same answer.
    Same(StatusCode, Value),
    /// The one in memory left it to the other one, which answered so.
    Left(StatusCode, Value),
}

impl Both {
    fn new(tables: Vec<(Value, Option<&str>)>) -> Self {
        let mut both = Self { memory: Memory::default(), database: Database::memory().unwrap() };
        for (create, time_to_live) in tables {
            let table = declared(create, time_to_live);
            both.memory.provision(&table).unwrap();
            engine::create(&both.database, &table.name, &table.create, time_to_live).unwrap();
        }
        both
    }

    fn ask(&mut self, operation: &str, request: &Value) -> Compared {
        let body = serde_json::to_vec(request).unwrap();
        let answer = self.memory.answer(operation, &body, NOW);
        let (status, expected) = engine::answer(&self.database, operation, &body, |token| token);
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        match answer {
            Err(Beyond) => Compared::Left(status, expected),
            Ok((answered, body)) => {
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!((answered, &body), (status, &expected), "{operation} {request:#}");
                Compared::Same(status, body)
            }
        }
    }
}

/// All items of a table in a database, in order.
fn items(database: &Database, table: &str) -> Value {
    let request = serde_json::json!({"TableName": table}).to_string();
    let (status, body) = engine::answer(database, "Scan", request.as_bytes(), |token| token);
    assert_eq!(status, StatusCode::OK);
    serde_json::from_slice::<Value>(&body).unwrap()["Items"].take()
}
