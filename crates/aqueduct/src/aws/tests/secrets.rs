//! A secret in a payload, through every trigger to every end: nobody reads it but the handler and the dead-letter queue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::consume::layers::Timeout;
use crate::consume::{Untold, Watch};
use crate::observe::Metrics;
use crate::observe::logs::{Controls, subscriber};
use crate::{Change, Consumer, Failure, Message};

const SECRET: &str = "4111-1111-canary";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Card {
    does: String,
    card: String,
}

impl Payload for Card {
    const TYPE: &'static str = "Card";
}

async fn charge(card: Card) -> Result<(), Failure> {
    assert_eq!(card.card, SECRET);
    match card.does.as_str() {
        "done" => Ok(()),
        "retry" => Err(Failure::retry("the bank is closed")),
        "reject" => Err(Failure::reject("the bank refuses")),
        "postpone" => Err(Failure::postpone(Duration::from_secs(5), "the bank asks for patience")),
        "panic" => panic!("the teller fainted"),
        _ => std::future::pending().await,
    }
}

/// What everybody but the handler and the dead-letter queue was told.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn is_told_of(&self, words: &str) -> bool {
        self.0.lock().unwrap().iter().any(|text| text.contains(words))
    }
}

impl Watch for Told {
    fn retried<'a>(&'a self, header: &'a Header, reason: &'a str, _: Option<Duration>) -> BoxFuture<'a, ()> {
        self.note(format!("{header:?} {reason}"));
        ready(()).boxed()
    }

    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, Result<(), Untold>> {
        self.note(format!("{header:?} {reason}"));
        ready(Ok(())).boxed()
    }
}

/// The events that carry a body, by trigger. A change in a table has the members themselves.
fn events(body: &str) -> Vec<(&'static str, String)> {
    let value: Value = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
    let sns = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-central-1:1:Events", "Message": body}}]});
    let bus = json!({"version": "0", "id": "m-1", "detail-type": "Card", "source": "shop",
        "time": "2026-11-22T10:00:00Z", "resources": [], "detail": value.get("data").unwrap_or(&value)});
    let destination = json!({"version": "1.0", "requestContext": {"requestId": "r", "functionArn": "f",
        "condition": "RetriesExhausted"}, "requestPayload": sns, "responsePayload": null});
    let sqs = json!({"Records": [{"messageId": "m-1", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:1:Orders", "attributes": {"ApproximateReceiveCount": "2"}}]});
    let kinesis = json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {
        "sequenceNumber": "1", "partitionKey": "p", "data": STANDARD.encode(body)}}]});
    let kafka = json!({"eventSource": "aws:kafka", "records": {"work-0": [
        {"topic": "work", "partition": 0, "offset": 1, "value": STANDARD.encode(body)}]}});
    let member = |name: &str| json!({"S": value.pointer(&format!("/data/{name}")).unwrap_or(&json!(SECRET))});
    let table = json!({"Records": [{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {
        "SequenceNumber": "1", "Keys": {}, "NewImage": {"does": member("does"), "card": member("card")}}}]});
    let direct = if value.is_object() { value } else { json!({ "card": SECRET }) };
    [
        ("sqs", sqs),
        ("sns", sns),
        ("bus", bus),
        ("destination", destination),
        ("kinesis", kinesis),
        ("dynamodb", table),
        ("kafka", kafka),
        ("direct", direct),
    ]
    .map(|(trigger, event)| (trigger, event.to_string()))
    .to_vec()
}

/// Bodies, and for each what somebody must have been told of it.
fn bodies() -> Vec<(String, &'static str)> {
    let envelope = |data: Value| {
        json!({"specversion": "1.0", "id": "e-1", "type": "Card", "source": "shop", "subject": "s-1", "data": data})
            .to_string()
    };
    let card = |does: &str| envelope(json!({"does": does, "card": SECRET}));
    vec![
        (card("done"), "\"Done\":1"),
        (card("retry"), "the bank is closed"),
        (card("reject"), "the bank refuses"),
        (card("postpone"), "the bank asks for patience"),
        (card("panic"), "the teller fainted"),
        (card("timeout"), "Timeout"),
        (card("deadline"), "the function's time is up"),
        (envelope(json!({"does": "done", "card": {"number": SECRET}})), "does not fit"),
        (envelope(json!({"does": [SECRET]})), "does not fit"),
        (card("done").replace("Card", "Purse"), "no handler for messages of type"),
        (format!("{{\"card\": \"{SECRET}\""), ""),
        (json!(SECRET).to_string(), ""),
        (SECRET.to_owned(), ""),
    ]
}

/// A consumer that tells what it does, and whose rejected messages go to a queue in `cloud`.
fn consumer(told: &Told, cloud: &Cloud, trigger: &str) -> Consumer {
    let clock = Clock::new(|| Timestamp::from_second(1_800_000_000).unwrap(), String::new);
    let lines = told.clone();
    let metrics = Metrics::new("Shop").unwrap().to(move |line| lines.note(line));
    let consumer = if trigger == "dynamodb" {
        Consumer::new(|change: Message<Change<Card>>| charge(change.data.new.unwrap()))
    } else {
        Consumer::new(|card: Message<Card>| charge(card.data))
    };
    let queue = SqsRedelivery::new(cloud.sqs(), "https://sqs.eu-central-1.amazonaws.com/1/OrdersDlq");
    consumer.clock(clock).metrics(metrics).watch(Arc::new(told.clone())).redelivery(queue).name("till")
}

/// Everything that is said of an event, but what is sent to the dead-letter queue as the message itself.
async fn told_of(trigger: &str, event: &str, ending: &str) -> Told {
    let told = Told::default();
    let (json, text) = (told.clone(), told.clone());
    let clock = Clock::new(|| Timestamp::UNIX_EPOCH, String::new);
    // The SDK's own words, too, but for what it says of requests byte by byte.
    let controls = |form: &str| Controls::new(form, "TRACE", "debug,aqueduct=trace");
    let subscribers = [
        subscriber(&controls("JSON"), clock.clone(), Arc::new(move |line| json.note(line)), vec![]),
        subscriber(&controls("Text"), clock, Arc::new(move |line| text.note(line)), vec![]),
    ];
    for subscriber in subscribers {
        let _logged = tracing::dispatcher::set_default(&subscriber);
        let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "d-1", "MD5OfMessageBody": ""}).to_string()));
        let consumer = consumer(&told, &cloud, trigger);
        let consumer =
            if ending == "Timeout" { consumer.layer(Timeout::new(Duration::from_secs(1))) } else { consumer };
        match consumer.handle_event(event, Some(Duration::from_secs(10))).await {
            Ok(response) => told.note(format!("{response:?} {}", serde_json::to_string(&response).unwrap())),
            Err(error) => {
                let diagnostic = lambda_runtime::Diagnostic::from(error);
                told.note(format!("{} {}", diagnostic.error_type, diagnostic.error_message));
            }
        }
        for (operation, request) in cloud.requests.lock().unwrap().iter() {
            let mut request: Value = serde_json::from_str(request).unwrap_or_default();
            // The message itself is what the queue is for.
            request.as_object_mut().map(|request| request.remove("MessageBody"));
            told.note(format!("{operation} {request}"));
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_a_payload_stays_there_whatever_becomes_of_it() {
    for (body, ending) in bodies() {
        for (trigger, event) in events(&body) {
            let told = told_of(trigger, &event, ending).await;
            assert!(!told.is_told_of(SECRET), "{trigger} {ending}: {told:?}");
            assert!(told.is_told_of("\"Received\":1") || told.is_told_of("cannot be read"), "{trigger}: {told:?}");
            // Data that a table cannot hold in this shape is another ending there, and a bus has its own type.
            let is_other = ["dynamodb", "bus"].contains(&trigger);
            assert!(is_other || told.is_told_of(ending), "{trigger} {ending}: {told:?}");
        }
    }
}

#[test]
fn a_request_that_cannot_be_read_is_not_quoted() {
    let event = |body: Value, is_base64: bool| {
        json!({"version": "2.0", "rawPath": "/orders", "rawQueryString": "", "headers": {}, "body": body,
            "isBase64Encoded": is_base64, "requestContext": {"http": {"method": "POST"}}})
        .to_string()
    };
    for event in [event(json!(SECRET), true), event(json!({ "card": SECRET }), false), event(json!([SECRET]), false)] {
        let error = crate::http::Request::read(&event).expect_err("no request");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

/// Words that quote a payload are the handler's, and the hook reads all of them first.
#[tokio::test]
async fn the_words_of_failures_can_be_redacted() {
    let quoting = |card: Message<Card>| async move {
        Err::<(), _>(match card.data.does.as_str() {
            "panic" => panic!("cannot charge {}", card.data.card),
            "error" => std::io::Error::other(format!("refused: {}", card.data.card)).into(),
            _ => Failure::reject(format!("no such card: {}", card.data.card)),
        })
    };
    for does in ["panic", "error", "reject"] {
        let body = json!({"does": does, "card": SECRET}).to_string();
        let told = Told::default();
        let lines = told.clone();
        let sink: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(move |line: &str| lines.note(line));
        let subscriber = tracing_subscriber::registry()
            .with(vec![crate::observe::logs::lines_of(Clock::new(|| Timestamp::UNIX_EPOCH, String::new), sink)]);
        let _logged = tracing::subscriber::set_default(subscriber);
        let cloud = Cloud::new(|_, _| (200, json!({"MessageId": "d-1", "MD5OfMessageBody": ""}).to_string()));
        let queue = SqsRedelivery::new(cloud.sqs(), "https://sqs.eu-central-1.amazonaws.com/1/OrdersDlq");
        let consumer = Consumer::new(quoting)
            .redact(|words| words.replace(SECRET, "****"))
            .watch(Arc::new(told.clone()))
            .redelivery(queue)
            .attempts(1);
        let (_, event) = events(&body).swap_remove(0);
        consumer.handle_event(&event, None).await.unwrap();
        let sent = cloud.operations().iter().position(|operation| operation.ends_with("SendMessage")).unwrap();
        let attributes = cloud.body(sent)["MessageAttributes"].to_string();
        assert!(attributes.contains("****") && !attributes.contains(SECRET), "{attributes}");
        assert!(told.is_told_of("****") && !told.is_told_of(SECRET), "{told:?}");
    }
}
