//! What each trigger makes of each outcome: the table in the documentation of [`aqueduct::consume`], row by row.

use std::time::Duration;

use aqueduct::{Change, Consumer, Message};

use crate::support::{Desk, Work, body, bus, destination, kafka, kinesis, sns, sqs, table, work};

/// The triggers as the table's columns have them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Standard,
    Fifo,
    Stream,
    Asynchronous,
}

use Column::{Asynchronous, Fifo, Standard, Stream};

/// An event of one record that makes the handler do this, for every trigger of a column, and how the record is named in an
/// answer.
fn events(column: Column, does: &str) -> Vec<(String, &'static str)> {
    match column {
        Standard => vec![(sqs("Orders", &[("m", "g", does)]), "m")],
        Fifo => vec![(sqs("Orders.fifo", &[("m", "g", does)]), "m")],
        Stream => {
            vec![(kinesis(&[("m", does)]), "m"), (table(&[("m", does)]), "m"), (kafka(&[(0, 7, does)]), "work-0")]
        }
        Asynchronous => {
            let events = [sns(does).to_string(), bus(does).to_string(), destination(does).to_string(), body(does)];
            events.map(|event| (event, "")).to_vec()
        }
    }
}

/// What is to become of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Done with: not named, or the invocation succeeds.
    Done,
    /// Named in the answer, or the invocation fails.
    Back,
}

use End::{Back, Done};

/// What the handler does, whether there is a redelivery, where, how it ends, and how what the queue is asked begins.
type Row = (&'static str, bool, &'static [Column], End, &'static str);

const ROWS: &[Row] = &[
    ("nothing", true, &[Standard, Fifo, Stream, Asynchronous], Done, ""),
    ("fail", true, &[Standard, Fifo], Back, "hold m for 7s"),
    ("fail", true, &[Stream, Asynchronous], Back, ""),
    ("fail-soon", true, &[Standard, Fifo], Back, "hold m for 1."),
    ("fail", false, &[Standard, Fifo, Stream, Asynchronous], Back, ""),
    ("postpone", true, &[Standard], Done, "put back m for 30s"),
    ("postpone", true, &[Fifo], Back, "hold m for 30s"),
    ("postpone", true, &[Stream, Asynchronous], Back, ""),
    ("postpone", false, &[Standard, Fifo, Stream, Asynchronous], Back, ""),
    ("refuse", true, &[Standard, Fifo, Stream, Asynchronous], Done, "reject "),
    ("refuse", false, &[Standard, Fifo, Stream, Asynchronous], Back, ""),
    ("panic", true, &[Standard, Fifo], Back, "hold m for 1."),
    ("panic", true, &[Stream, Asynchronous], Back, ""),
    ("hang", true, &[Standard, Fifo], Back, "hold m for 1."),
    ("hang", true, &[Stream, Asynchronous], Back, ""),
];

fn consumer(desk: Option<&Desk>) -> Consumer {
    let changes =
        |change: Message<Change<Work>>| work(Message { header: change.header, data: change.data.new.unwrap() });
    let consumer = Consumer::new(work).on(changes);
    match desk {
        Some(desk) => consumer.redelivery(desk.clone()),
        None => consumer,
    }
}

/// One failure policy behind a queue and none behind a topic: the same outcome means another thing with each trigger, and
/// no one says which.
#[tokio::test(start_paused = true)]
async fn each_outcome_means_what_the_table_says_behind_every_trigger() {
    for (does, redelivery, columns, end, asked) in ROWS {
        for (event, name) in columns.iter().flat_map(|column| events(*column, does)) {
            let desk = Desk::default();
            let consumer = consumer(redelivery.then_some(&desk));
            let answer = consumer.handle_event(&event, Some(Duration::from_secs(5))).await;
            let row = format!("{does}, redelivery: {redelivery}, {event}");
            match (end, answer) {
                (Done, Ok(response)) => assert_eq!(response.failed().count(), 0, "{row}"),
                (Back, Ok(response)) => assert_eq!(response.failed().collect::<Vec<_>>(), [name], "{row}"),
                (Back, Err(_)) => assert_eq!(name, "", "only where there is no batch an invocation fails: {row}"),
                (Done, Err(error)) => panic!("{error}: {row}"),
            }
            let lines = desk.lines();
            match lines.first() {
                Some(line) => assert!(!asked.is_empty() && line.starts_with(asked), "{row}: {lines:?}"),
                None => assert_eq!(*asked, "", "{row}"),
            }
            assert!(lines.len() <= 1, "{row}: {lines:?}");
        }
    }
}

/// The last receive on a queue is a rejection; where there are no receives, attempts are Lambda's to count.
#[tokio::test]
async fn a_queues_last_receive_rejects_and_no_other_triggers_does() {
    for (column, end) in [(Standard, Done), (Fifo, Done), (Stream, Back), (Asynchronous, Back)] {
        for (event, _) in events(column, "fail") {
            let desk = Desk::giving_up_after(1);
            let answer = consumer(Some(&desk)).handle_event(&event, None).await;
            let came_back = answer.map_or(true, |response| response.failed().count() > 0);
            assert_eq!(came_back, end == Back, "{event}");
            assert_eq!(desk.lines().iter().any(|line| line.starts_with("reject m")), end == Done, "{event}");
        }
    }
}

/// What the deadline kept from being begun comes back at once; what waits behind a failure comes back with it.
#[tokio::test(start_paused = true)]
async fn what_was_not_begun_comes_back_as_the_table_says() {
    let none = Some(Duration::ZERO);
    for (column, asked) in [(Standard, "hold m for 0ns"), (Fifo, "hold m for 0ns"), (Stream, ""), (Asynchronous, "")] {
        for (event, _) in events(column, "nothing") {
            let desk = Desk::default();
            let answer = consumer(Some(&desk)).handle_event(&event, none).await;
            assert!(answer.map_or(true, |response| response.failed().count() == 1), "{event}");
            assert_eq!(desk.lines().first().map_or("", String::as_str), asked, "{event}");
        }
    }
    let desk = Desk::default();
    let fifo = sqs("Orders.fifo", &[("a1", "a", "fail"), ("a2", "a", "panic")]);
    let response = consumer(Some(&desk)).handle_event(&fifo, None).await.unwrap();
    assert_eq!(response.failed().collect::<Vec<_>>(), ["a1", "a2"]);
    assert_eq!(desk.lines(), ["hold a1 for 7s", "hold a2 for 7s"]);
    for event in [kinesis(&[("1", "fail"), ("2", "panic")]), table(&[("1", "fail"), ("2", "panic")])] {
        let response = consumer(Some(&desk)).handle_event(&event, None).await.unwrap();
        assert_eq!(response.failed().collect::<Vec<_>>(), ["1"], "the shard goes back to it");
    }
    let topic = kafka(&[(0, 7, "fail"), (0, 8, "panic"), (1, 3, "nothing")]);
    let response = consumer(Some(&desk)).handle_event(&topic, None).await.unwrap();
    assert_eq!(response.failed().collect::<Vec<_>>(), ["work-0"]);
}
