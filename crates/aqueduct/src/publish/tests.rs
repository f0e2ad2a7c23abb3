//! Requests, fates, order, delays, and the outbox.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct_message::{Draft, Payload, Tick};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Ack, Channel, Entry, Fate, Later, Limits, MemoryOutbox, OutboxStore as _, Outgoing, PublishError, Publisher,
    Refusal, Relay,
};
use crate::{Clock, Handler as _};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Note {
    group: Option<String>,
    text: String,
}

impl Payload for Note {
    const TYPE: &'static str = "Note";

    fn subject(&self) -> Option<String> {
        Some(self.text.chars().take(20).collect())
    }

    fn group(&self) -> Option<String> {
        self.group.clone()
    }
}

fn note(group: &str, text: &str) -> Draft<Note> {
    let group = (!group.is_empty()).then(|| group.to_owned());
    Draft::from(Note { group, text: text.to_owned() })
}

/// A text, how often it is refused, and how.
type Script = (&'static str, u32, Refusal);

/// A channel that refuses messages by script: (text, how often, refusal).
#[derive(Clone, Debug)]
struct Scripted {
    limits: Limits,
    ordered: bool,
    refusals: Arc<Mutex<Vec<Script>>>,
    requests: Arc<Mutex<Vec<Vec<String>>>>,
    missing: bool,
}

fn scripted(refusals: Vec<Script>) -> Scripted {
    Scripted {
        limits: Limits { entries: 10, bytes: 100_000, delay: Duration::from_mins(15) },
        ordered: false,
        refusals: Arc::new(Mutex::new(refusals)),
        requests: Arc::default(),
        missing: false,
    }
}

impl Scripted {
    fn requests(&self) -> Vec<Vec<String>> {
        self.requests.lock().unwrap().clone()
    }
}

impl Channel for Scripted {
    fn name(&self) -> String {
        "channel test".to_owned()
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn is_ordered(&self) -> bool {
        self.ordered
    }

    fn verify(&self) -> BoxFuture<'_, Result<(), Refusal>> {
        ready(if self.missing { Err(Refusal::last("NotFound", "there is no such bus")) } else { Ok(()) }).boxed()
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        let name = |message: &Outgoing| message.header.subject.clone().unwrap_or_default();
        self.requests.lock().unwrap().push(messages.iter().map(|message| name(message)).collect());
        let mut refusals = self.refusals.lock().unwrap();
        let fates = messages.iter().map(|message| {
            let name = name(message);
            let refusal = refusals.iter_mut().find(|(text, left, _)| *text == name && *left > 0);
            match refusal {
                Some((_, left, refusal)) => {
                    *left -= 1;
                    Err(refusal.clone())
                }
                None => Ok(Ack(message.header.id.clone())),
            }
        });
        ready(fates.collect()).boxed()
    }
}

fn passing() -> Refusal {
    Refusal::passing("ThrottlingException", "slow down")
}

fn last() -> Refusal {
    Refusal::last("InvalidParameterValue", "no")
}

fn fates(error: PublishError) -> Vec<Fate> {
    match error {
        PublishError::Refused { fates, .. } => fates,
        PublishError::Encode { .. } | PublishError::Undeclared { .. } => panic!("{error}"),
    }
}

#[tokio::test]
async fn requests_are_cut_by_number_and_by_bytes() {
    let channel = scripted(Vec::new());
    let publisher = Publisher::new("test", channel.clone());
    publisher.publish_all((0..23).map(|n| note("", &n.to_string()))).await.unwrap();
    assert_eq!(channel.requests().iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);

    let channel = scripted(Vec::new());
    let big = "x".repeat(40_000);
    Publisher::new("test", channel.clone()).publish_all((0..5).map(|n| note("", &format!("{n}{big}")))).await.unwrap();
    assert_eq!(channel.requests().iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test(start_paused = true)]
async fn trap_no_refused_entry_is_reported_as_sent_and_each_has_its_fate() {
    let channel = scripted(vec![("1", 9, last()), ("2", 1, passing())]);
    let publisher = Publisher::new("test", channel.clone());
    let error = publisher.publish_all(["0", "1", "2", "3"].map(|text| note("", text))).await.unwrap_err();
    assert_eq!(error.to_string(), "1 of 4 messages were not accepted by channel test: InvalidParameterValue: no");
    let fates = fates(error);
    assert_eq!(fates.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
    assert_eq!(channel.requests(), [vec!["0", "1", "2", "3"], vec!["2"]], "only what can be sent again is");
}

#[tokio::test(start_paused = true)]
async fn a_passing_refusal_that_does_not_pass_is_reported() {
    let channel = scripted(vec![("0", 99, passing())]);
    let error = Publisher::new("test", channel.clone()).publish(note("", "0")).await.unwrap_err();
    assert!(matches!(&fates(error)[..], [Err(refusal)] if refusal.code == "ThrottlingException"));
    assert_eq!(channel.requests().len(), 4);
}

#[tokio::test]
async fn a_service_that_says_nothing_of_a_message_has_not_taken_it() {
    #[derive(Debug)]
    struct Silent;
    impl Channel for Silent {
        fn name(&self) -> String {
            "silent".to_owned()
        }
        fn limits(&self) -> Limits {
            scripted(Vec::new()).limits
        }
        fn send<'a>(&'a self, _: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
            ready(Vec::new()).boxed()
        }
    }
    let publisher = Publisher::new("test", Silent).tries(1, crate::Backoff::default());
    assert!(publisher.publish(note("", "0")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn fifo_order_is_kept_through_retries() {
    let channel = Scripted { ordered: true, ..scripted(vec![("a1", 2, passing())]) };
    let publisher = Publisher::new("test", channel.clone());
    let drafts =
        [("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2"), ("a", "a3")].map(|(group, text)| note(group, text));
    publisher.publish_all(drafts).await.unwrap();
    let sent: Vec<String> = channel.requests().concat();
    let of_a: Vec<_> = sent.iter().filter(|text| text.starts_with('a')).collect();
    assert_eq!(of_a, ["a1", "a1", "a1", "a2", "a3"], "nothing overtakes what was refused");
    assert!(channel.requests().iter().all(|request| request.len() <= 2), "one of each group in a request");
    assert_eq!(channel.requests()[1], ["b2"], "another group goes on");
}

#[tokio::test]
async fn what_is_refused_for_good_stops_its_group_and_no_other() {
    let channel = Scripted { ordered: true, ..scripted(vec![("a2", 9, last())]) };
    let publisher = Publisher::new("test", channel.clone());
    let drafts = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")].map(|(group, text)| note(group, text));
    let fates = fates(publisher.publish_all(drafts).await.unwrap_err());
    assert_eq!(fates.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    assert_eq!(fates[2].as_ref().unwrap_err().code, "Order");
}

#[tokio::test]
async fn what_no_request_can_hold_is_refused_and_the_rest_is_sent() {
    let channel = scripted(Vec::new());
    let drafts = [note("", &"x".repeat(100_001)), note("", "small")];
    let fates = fates(Publisher::new("test", channel.clone()).publish_all(drafts).await.unwrap_err());
    assert_eq!(fates[0].as_ref().unwrap_err().code, "TooLarge");
    assert!(fates[1].is_ok());
    assert_eq!(channel.requests(), [vec!["small"]]);
}

#[tokio::test]
async fn trap_a_bus_that_does_not_exist_takes_nothing() {
    let channel = Scripted { missing: true, ..scripted(Vec::new()) };
    let error = Publisher::new("test", channel.clone()).publish(note("", "0")).await.unwrap_err();
    assert!(error.to_string().contains("there is no such bus"), "{error}");
    assert!(channel.requests().is_empty());
}

#[derive(Clone, Debug, Default)]
struct Calendar(Arc<Mutex<Vec<(String, Timestamp)>>>);

impl Later for Calendar {
    fn schedule<'a>(&'a self, message: &'a Outgoing, at: Timestamp) -> BoxFuture<'a, Fate> {
        self.0.lock().unwrap().push((message.header.subject.clone().unwrap(), at));
        ready(Ok(Ack("schedule".to_owned()))).boxed()
    }
}

#[tokio::test]
async fn trap_a_delay_that_is_too_long_is_never_cut_short_in_silence() {
    let channel = scripted(Vec::new());
    let publisher = Publisher::new("test", channel.clone()).clock(Clock::new(|| Timestamp::UNIX_EPOCH, String::new));
    let hour = || note("", "later").after(Duration::from_hours(1));
    let error = publisher.publish(hour()).await.unwrap_err();
    assert!(error.to_string().contains("holds nothing back for 3600s"), "{error}");
    let calendar = Calendar::default();
    let publisher = publisher.later(calendar.clone());
    publisher.publish(hour()).await.unwrap();
    publisher.publish(note("", "soon").after(Duration::from_mins(15))).await.unwrap();
    assert_eq!(*calendar.0.lock().unwrap(), [("later".to_owned(), Timestamp::from_second(3600).unwrap())]);
    assert_eq!(channel.requests(), [vec!["soon"]]);
}

#[tokio::test]
async fn an_outbox_publishes_what_was_written_with_its_id_and_keeps_what_was_refused() {
    let (outbox, channel) = (MemoryOutbox::default(), scripted(vec![("b", 1, last())]));
    let publisher = Publisher::new("test", channel.clone());
    for (text, second) in [("b", 2), ("a", 1), ("young", 100)] {
        let mut message = publisher.prepare(&note("", text)).unwrap();
        message.header.time = Timestamp::from_second(second).ok();
        outbox.write("events", &message);
    }
    let clock = Clock::new(|| Timestamp::from_second(60).unwrap(), String::new);
    let relay = Relay::new(outbox.clone()).to("events", publisher).clock(clock);
    let failure = relay.sweep().await.unwrap_err();
    assert!(format!("{failure:?}").contains("1 of 2 messages stay in the outbox"), "{failure:?}");
    assert_eq!(channel.requests(), [vec!["a", "b"]], "the oldest first, and what is young is left to the stream");
    let subjects =
        |entries: Vec<Entry>| entries.into_iter().filter_map(|entry| entry.header.subject).collect::<Vec<_>>();
    assert_eq!(subjects(outbox.pending(Timestamp::MAX, 10).await.unwrap()), ["b", "young"]);
    let draft = Draft::from(Tick {});
    let tick = aqueduct_message::Message {
        header: draft.header("t".to_owned(), "test".to_owned(), Timestamp::UNIX_EPOCH),
        data: draft.data,
    };
    relay.handle(tick).await.unwrap();
    assert_eq!(channel.requests()[1..], [vec!["b"]], "what was refused goes out with the next sweep");
    assert_eq!(subjects(outbox.pending(Timestamp::MAX, 10).await.unwrap()), ["young"]);
}

#[test]
fn an_entry_is_the_same_after_a_table() {
    let (publisher, _) = Publisher::memory("test");
    let message = publisher.prepare(&note("g", "text").after(Duration::from_secs(5))).unwrap();
    let entry = Entry::new("events", &message, Timestamp::UNIX_EPOCH);
    let item = serde_json::to_value(&entry).unwrap();
    assert!(item["header"].is_string());
    assert_eq!(serde_json::from_value::<Entry>(item).unwrap(), entry);
}
