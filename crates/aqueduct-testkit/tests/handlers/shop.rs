//! The order pipeline with its own functions.

use std::convert::Infallible;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::http::Streamed;
use aqueduct_testkit::fault::{Fault, Faults, Point, Strike, When};
use aqueduct_testkit::{Cloud, Function, Template};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use crate::support::shop::{order, order_lines, place, shop, status};

fn pipeline() -> Template {
    Template::open("infra/template.yaml").unwrap()
}

fn open(bank_away: Duration) -> Cloud {
    shop(&pipeline(), 1, bank_away, Faults::none())
}

#[test]
fn an_order_is_dispatched() {
    let cloud = open(Duration::ZERO);
    let id = order(&cloud, "k-1");
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
    assert!(cloud.elapsed() < Duration::from_secs(5), "{:?}", cloud.elapsed());
    for function in ["OrderProcessor", "OrderNotifier", "OrderFulfilment", "LedgerWriter", "StatusProjector"] {
        assert!(!cloud.invocations(function).is_empty(), "{function}");
    }
}

#[test]
fn an_order_is_followed_in_a_stream_of_events() {
    let cloud = open(Duration::from_secs(5));
    let id = order(&cloud, "k-1");
    let request = http::Request::get(format!("/orders/{id}/events")).body("").unwrap();
    let events = cloud.http("OrderIntake", request).unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let text = std::str::from_utf8(events.body()).unwrap();
    assert!(text.contains("\"received\"") && text.contains("\"dispatched\""), "{text}");
    assert!((5..30).contains(&cloud.elapsed().as_secs()), "{:?}", cloud.elapsed());
}

#[test]
fn a_stream_of_events_arrives_as_they_happen() {
    let cloud = open(Duration::from_secs(5));
    let id = order(&cloud, "k-1");
    let seen = cloud.run(async {
        let request = http::Request::get(format!("/orders/{id}/events")).body("").unwrap();
        let mut events = cloud.request_streaming("OrderIntake", request).await.unwrap();
        assert_eq!(events.headers()["content-type"], "text/event-stream");
        let mut seen = Vec::new();
        while let Some(piece) = events.body_mut().next().await {
            seen.push((cloud.elapsed().as_secs(), String::from_utf8(piece.unwrap().to_vec()).unwrap()));
        }
        seen
    });
    assert!(seen.iter().any(|(at, text)| *at < 5 && text.contains("\"received\"")), "{seen:?}");
    assert!(seen.iter().all(|(at, text)| *at >= 5 || !text.contains("\"dispatched\"")), "{seen:?}");
    assert!(seen.iter().any(|(_, text)| text.contains("\"dispatched\"")), "{seen:?}");
}

#[test]
fn a_stream_breaks_when_its_function_is_out_of_time() {
    let cloud = open(Duration::ZERO);
    let beginning = || Streamed::new("text/plain", stream::once(async { "a".to_owned() }).chain(stream::pending()));
    let endless = move |_: &Environment| Ok::<_, Infallible>(Function::http(move |_| std::future::ready(beginning())));
    cloud.on("OrderIntake", endless).unwrap();
    cloud.run(async {
        let request = http::Request::get("/").body("").unwrap();
        let mut answer = cloud.request_streaming("OrderIntake", request).await.unwrap();
        assert_eq!(answer.body_mut().next().await.unwrap().unwrap(), "a");
        assert_eq!(answer.body_mut().next().await.unwrap().unwrap_err().code, "ConnectionReset");
        assert!(answer.body_mut().next().await.is_none());
    });
}

#[test]
fn an_answer_in_one_piece_is_one_piece() {
    let cloud = open(Duration::ZERO);
    let (status, pieces) = cloud.run(async {
        let request = http::Request::get("/orders/none").body("").unwrap();
        let mut answer = cloud.request_streaming("OrderIntake", request).await.unwrap();
        let mut pieces = 0;
        while let Some(piece) = answer.body_mut().next().await {
            assert!(!piece.unwrap().is_empty());
            pieces += 1;
        }
        (answer.status().as_u16(), pieces)
    });
    assert_eq!((status, pieces), (404, 1));
}

#[test]
fn an_order_too_large_for_its_message_is_dispatched_by_way_of_s3() {
    let cloud = open(Duration::ZERO);
    let id = order_lines(&cloud, "k-1", 300);
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
    let (_, event) = &cloud.invocations("OrderProcessor")[0];
    assert!(event.contains("PayloadS3Pointer") && !event.contains("carafe"), "{event}");
}

#[test]
fn an_order_outlasts_a_payment_provider_that_is_away() {
    let cloud = open(Duration::from_secs(20));
    let id = order(&cloud, "k-1");
    cloud.run_for(Duration::from_secs(10));
    assert_eq!(status(&cloud, &id)["delayed"], true);
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
    assert!(cloud.elapsed() > Duration::from_secs(20));
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 0);
}

/// What functions promise in `Needs::outage_tolerance`, whatever the messages' ids, which say how long they wait.
#[test]
fn an_outage_of_four_minutes_leaves_nothing_in_a_dead_letter_queue() {
    const OUTAGE: Duration = Duration::from_mins(4);
    // What is away, and whose messages wait for it.
    let cases = [
        ("", "OrdersQueue"),
        ("SNS", "OrdersQueue"),
        ("DynamoDB", "OrdersQueue"),
        ("EventBridge", "FulfilmentQueue"),
        ("DynamoDB", "FulfilmentQueue"),
        ("DynamoDB.PutItem", "LedgerQueue"),
    ];
    for (seed, (away, waits)) in (0..3).flat_map(|seed| cases.map(|case| (seed, case))) {
        let bank_away = if away.is_empty() { OUTAGE } else { Duration::ZERO };
        let cloud = shop(&pipeline(), seed, bank_away, Faults::none());
        let id = order(&cloud, "k-1");
        while cloud.queue(waits).unwrap().total() == 0 {
            cloud.run_for(Duration::from_millis(5));
        }
        let now = cloud.elapsed();
        if !away.is_empty() {
            cloud.outage(away, now..now + OUTAGE).unwrap();
        }
        cloud.run_until_idle().unwrap();
        assert!(cloud.elapsed() > OUTAGE, "{away} was away for {waits}");
        let dead = ["OrdersDlq", "FulfilmentDlq", "LedgerDlq"].map(|dead| cloud.queue(dead).unwrap().total());
        assert_eq!(
            (dead, &status(&cloud, &id)["step"]),
            ([0; 3], &"dispatched".into()),
            "{waits} without {away}, seed {seed}"
        );
    }
}

#[test]
fn an_order_that_was_given_up_in_an_outage_of_ten_minutes_is_dispatched_once_it_is_moved_back() {
    let away = Duration::from_mins(10);
    let cloud = open(away);
    let id = order(&cloud, "k-1");
    cloud.run_for(away);
    assert_eq!(
        (status(&cloud, &id)["step"].as_str(), cloud.queue("OrdersDlq").unwrap().total()),
        (Some("rejected"), 1)
    );
    cloud.redrive("OrdersDlq", Some("OrdersQueue")).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 0);
    assert_eq!(cloud.invocations("OrderFulfilment").len(), 1);
    let status = status(&cloud, &id);
    assert_eq!((&status["state"], &status["step"]), (&"done".into(), &"dispatched".into()), "{status}");
}

#[test]
fn an_order_that_nobody_speaks_for_is_told_of_after_an_hour() {
    let cloud = open(Duration::ZERO);
    cloud.outage("OrderFulfilment", Duration::ZERO..Duration::from_hours(24)).unwrap();
    let id = order(&cloud, "k-1");
    cloud.run_for(Duration::from_mins(50));
    assert_eq!(cloud.queue("FulfilmentDlq").unwrap().total(), 1);
    assert_eq!(status(&cloud, &id)["message"], orders::delayed());
    cloud.run_for(Duration::from_mins(15));
    let status = status(&cloud, &id);
    assert_eq!((&status["state"], &status["message"]), (&"in_progress".into(), &orders::stuck().into()), "{status}");
}

/// A customer's only order, as its customer sees it.
fn only_order(cloud: &Cloud) -> Value {
    let request = http::Request::get("/orders?customer=ada@example.com").body("").unwrap();
    let listed: Value = serde_json::from_slice(cloud.http("OrderIntake", request).unwrap().body()).unwrap();
    assert_eq!(listed["orders"].as_array().map(Vec::len), Some(1), "{listed}");
    listed["orders"][0].clone()
}

#[test]
fn an_order_that_was_recorded_and_never_sent_is_not_said_to_be_on_its_way() {
    let cloud = open(Duration::ZERO);
    cloud.outage("SQS.SendMessageBatch", Duration::ZERO..Duration::from_mins(1)).unwrap();
    let refused = place(&cloud, "k-1", 1);
    assert_eq!(refused.status(), 503, "{refused:?}");
    cloud.run_for(Duration::from_hours(2));
    let told = only_order(&cloud);
    assert_eq!((&told["state"], &told["step"]), (&"in_progress".into(), &"unsent".into()), "{told}");
    assert!(!told.to_string().contains("safe"), "{told}");
    assert!(cloud.invocations("OrderProcessor").is_empty());
    let id = order(&cloud, "k-1");
    cloud.run_until_idle().unwrap();
    assert_eq!((told["id"].as_str(), &status(&cloud, &id)["step"]), (Some(&*id), &"dispatched".into()));
}

#[test]
fn a_large_order_whose_body_is_gone_is_told_so_at_once() {
    let cloud = open(Duration::ZERO);
    cloud.outage("OrderProcessor", Duration::ZERO..Duration::from_secs(5)).unwrap();
    let id = order_lines(&cloud, "k-1", 400);
    let s3 = cloud.environment().s3();
    cloud.run(async {
        let bucket = s3.list_buckets().send().await.unwrap().buckets()[0].name().unwrap().to_owned();
        for object in s3.list_objects_v2().bucket(&bucket).send().await.unwrap().contents() {
            s3.delete_object().bucket(&bucket).key(object.key().unwrap()).send().await.unwrap();
        }
    });
    cloud.run_for(Duration::from_mins(3));
    let status = status(&cloud, &id);
    assert_eq!((&status["state"], &status["step"]), (&"failed".into(), &"rejected".into()), "{status}");
}

#[test]
fn an_order_whose_function_is_away_for_too_long_is_kept_and_can_be_moved_back() {
    let cloud = open(Duration::ZERO);
    cloud.outage("OrderProcessor", Duration::ZERO..Duration::from_mins(30)).unwrap();
    let id = order(&cloud, "k-1");
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 1);
    cloud.run_for(Duration::from_mins(30));
    cloud.redrive("OrdersDlq", Some("OrdersQueue")).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
}

#[test]
fn an_order_that_cannot_be_read_ends_in_the_dead_letter_queue() {
    let cloud = open(Duration::ZERO);
    cloud.send("OrdersQueue", r#"{"order":"ord_1"}"#).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(cloud.queue("OrdersDlq").unwrap().total(), 1);
    assert_eq!(cloud.invocations("OrderProcessor").len(), 1);
}

#[test]
fn an_order_waits_for_dynamodb() {
    let cloud = open(Duration::ZERO);
    let id = order(&cloud, "k-1");
    let now = cloud.elapsed();
    cloud.outage("DynamoDB", now..now + Duration::from_secs(10)).unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!(status(&cloud, &id)["step"], "dispatched");
}

/// Everything that happened in a run with two orders and some faults.
fn story(seed: u64) -> String {
    let call = |operation: &str, nth, when| Point::Call { operation: operation.to_owned(), nth, when };
    let faults = [
        Strike { at: call("SQS.SendMessage", 0, When::Before), fault: Fault::Error { status: 503 } },
        Strike { at: call("DynamoDB.UpdateItem", 2, When::After), fault: Fault::LoseAnswer },
        Strike { at: Point::Poll { function: "OrderProcessor".to_owned(), nth: 0, k: 3 }, fault: Fault::CrashAfter },
    ];
    let cloud = shop(&pipeline(), seed, Duration::from_secs(5), Faults::from_list(faults));
    let ids = [order(&cloud, "k-1"), order(&cloud, "k-2")];
    cloud.run_until_idle().unwrap();
    let mut story: Vec<String> = cloud.take_notes().iter().map(|note| serde_json::to_string(note).unwrap()).collect();
    for function in ["OrderProcessor", "OrderNotifier", "OrderFulfilment", "LedgerWriter", "StatusProjector"] {
        story.extend(cloud.invocations(function).into_iter().map(|(at, event)| format!("{at:?} {function} {event}")));
    }
    story.extend(ids.map(|id| status(&cloud, &id).to_string()));
    story.join("\n")
}

#[test]
fn a_seed_tells_the_same_story_to_the_byte() {
    let (one, two) = (story(7), story(7));
    let difference = one.lines().zip(two.lines()).find(|(one, two)| one != two);
    assert_eq!((difference, one.len()), (None, two.len()));
    assert!(one.contains("\"step\":\"dispatched\""), "{one}");
    assert_ne!(story(8), one);
}
