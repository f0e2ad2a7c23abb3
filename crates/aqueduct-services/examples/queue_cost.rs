//! What a queue costs: nanoseconds for each operation while the queue is empty and while it holds a million messages,
//! with and without a thousand other queues, and bytes of memory for each message beyond its body.
//!
//! `cargo run --release --example queue_cost -p aqueduct-services -- standard`, or `fifo`.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to say")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aqueduct_services::sqs::{DeleteMessage, ReceiveMessage, Request, Response, SendMessage, Sqs};
use aqueduct_services::{CallId, Ids, Site, Timestamp, Watch};

const BODY_BYTES: usize = 100;
const BACKLOG: usize = 1_000_000;
const ROUNDS: usize = 200;
const ROUND: u32 = 500;

struct Bench {
    sqs: Sqs,
    now: Timestamp,
    url: String,
    fifo: bool,
    sent: usize,
}

impl Bench {
    fn new(fifo: bool, others: usize) -> Self {
        let site = Site { account: "000000000000".into(), region: "r".into(), endpoint: String::new() };
        let mut sqs = Sqs::new(site, Ids::new(1));
        let now = Timestamp::from_millis(1_000);
        let name = if fifo { "q.fifo" } else { "q" };
        let attributes = if fifo { BTreeMap::from([("FifoQueue".into(), "true".into())]) } else { BTreeMap::new() };
        sqs.create(now, name, attributes).unwrap();
        for other in 0..others {
            let name = format!("other-{other}");
            sqs.create(now, &name, BTreeMap::new()).unwrap();
            let input = SendMessage {
                queue_url: format!("/000000000000/{name}"),
                message_body: "x".into(),
                ..SendMessage::default()
            };
            sqs.call(now, CallId(0), Request::SendMessage(input)).unwrap().unwrap();
        }
        Self { sqs, now, url: format!("/000000000000/{name}"), fifo, sent: 0 }
    }

    fn ask(&mut self, request: Request) -> Response {
        let answer = self.sqs.call(self.now, CallId(0), request).unwrap().unwrap();
        drop(self.sqs.take_notes());
        answer
    }

    fn send(&mut self) {
        self.sent += 1;
        let input = SendMessage {
            queue_url: self.url.clone(),
            message_body: "x".repeat(BODY_BYTES),
            message_group_id: self.fifo.then(|| format!("group-{}", self.sent % 100)),
            message_deduplication_id: self.fifo.then(|| self.sent.to_string()),
            ..SendMessage::default()
        };
        self.ask(Request::SendMessage(input));
    }

    fn receive(&mut self) -> String {
        let input = ReceiveMessage { queue_url: self.url.clone(), ..ReceiveMessage::default() };
        match self.ask(Request::ReceiveMessage(input)) {
            Response::Messages(mut messages) => messages.messages.remove(0).receipt_handle,
            other => panic!("{other:?}"),
        }
    }

    fn delete(&mut self, handle: String) {
        let input = DeleteMessage { queue_url: self.url.clone(), receipt_handle: handle };
        self.ask(Request::DeleteMessage(input));
    }

    /// Nanoseconds for a send, a receive and a delete: the median round of many.
    fn measure(&mut self) -> [u128; 3] {
        let mut times: [Vec<Duration>; 3] = Default::default();
        for _ in 0..ROUNDS {
            self.now = self.now + Duration::from_millis(1);
            let start = now();
            (0..ROUND).for_each(|_| self.send());
            let sent = now();
            // A FIFO group is closed while one of its messages is in flight.
            let round = if self.fifo { 100 } else { ROUND };
            let handles: Vec<String> = (0..round).map(|_| self.receive()).collect();
            let received = now();
            for handle in handles {
                self.delete(handle);
            }
            times[0].push((sent - start) / ROUND);
            times[1].push((received - sent) / round);
            times[2].push(received.elapsed() / round);
            for _ in round..ROUND {
                let handle = self.receive();
                self.delete(handle);
            }
        }
        times.map(|mut times| {
            times.sort();
            times[times.len() / 2].as_nanos()
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this program measures time")]
fn now() -> Instant {
    Instant::now()
}

/// The memory that the process holds, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn main() {
    let fifo = std::env::args().nth(1).is_some_and(|kind| kind == "fifo");
    let before = resident();
    let mut bench = Bench::new(fifo, 0);
    (0..BACKLOG).for_each(|_| bench.send());
    let bytes = (resident() - before) / BACKLOG - BODY_BYTES;
    println!("{bytes} bytes for each of {BACKLOG} messages beyond its body of {BODY_BYTES}");
    let full = bench.measure();
    let cases =
        [("empty", Bench::new(fifo, 0).measure()), ("full", full), ("1,000 others", Bench::new(fifo, 1_000).measure())];
    let mut unwatched = Bench::new(fifo, 0);
    unwatched.sqs.set_watch(Watch::Trouble);
    let cases = cases.into_iter().chain([("trouble alone", unwatched.measure())]);
    for (case, [send, receive, delete]) in cases {
        println!("{case:13} send {send:5} ns  receive {receive:5} ns  delete {delete:5} ns");
    }
}
