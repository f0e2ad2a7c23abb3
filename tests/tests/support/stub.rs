//! A stand-in for `order-intake`: it serves the page's files and answers as a test tells it to.
//!
//! Nothing happens here by itself. A test moves an order on, takes the server away or has it lose an answer, and
//! then looks at what the page makes of it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::stream::unfold;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions/order-intake/shop");
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The stand-in: it listens on a free port of the loopback interface until it is dropped.
pub(crate) struct Stub {
    url: String,
    state: Arc<Mutex<State>>,
    held: watch::Sender<bool>,
    /// Grows with everything that a stream of events must notice.
    changed: watch::Sender<u64>,
    listening: JoinHandle<()>,
}

type Body = UnsyncBoxBody<Bytes, Away>;

#[derive(Default)]
struct State {
    orders: Vec<Order>,
    posts: Vec<Post>,
    unchanged: usize,
    refusal: Option<Value>,
    away: bool,
    catalogue_away: bool,
    answers_to_lose: usize,
    buffers: bool,
    /// The `Last-Event-ID` of each stream of events that was asked for.
    streams: Vec<Option<String>>,
    /// Streams of an earlier number end.
    cuts: usize,
}

struct Order {
    key: String,
    status: Value,
    version: u64,
}

impl Order {
    fn is_open(&self) -> bool {
        self.status["state"] == "in_progress"
    }
}

/// A request to place an order, as it arrived.
#[derive(Clone)]
pub(crate) struct Post {
    /// Its idempotency key.
    pub(crate) key: String,
    /// Its body.
    pub(crate) order: Value,
}

impl Stub {
    /// Starts the stand-in with no orders.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let (held, gate) = watch::channel(false);
        let (changed, noticed) = watch::channel(0);
        let listening = tokio::spawn(listen(listener, Arc::clone(&state), gate, noticed));
        Self { url: format!("http://127.0.0.1:{port}/"), state, held, changed, listening }
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Every request to place an order, repetitions included.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.state().posts.clone()
    }

    /// How many orders there are.
    pub(crate) fn orders(&self) -> usize {
        self.state().orders.len()
    }

    /// How many reads of an order's status that were to wait for news were answered by "not modified".
    pub(crate) fn unchanged(&self) -> usize {
        self.state().unchanged
    }

    /// Moves the newest order on to `step`, with what `details` say over it.
    pub(crate) fn reach(&self, step: &str, details: &Value) {
        let mut state = self.state();
        let order = state.orders.last_mut().expect("an order was placed");
        move_on(&mut order.status, step, details);
        order.version += 1;
        drop(state);
        self.changed.send_modify(|count| *count += 1);
    }

    /// The `Last-Event-ID` of each stream of events that was asked for.
    pub(crate) fn streams(&self) -> Vec<Option<String>> {
        self.state().streams.clone()
    }

    /// Ends every stream of events, as a server does whose time is up.
    pub(crate) fn end_streams(&self) {
        self.state().cuts += 1;
        self.changed.send_modify(|count| *count += 1);
    }

    /// Keeps streams of events back, as a server does that cannot stream.
    pub(crate) fn buffer(&self) {
        self.state().buffers = true;
    }

    /// Records an order of somebody else's making.
    pub(crate) fn add_order(&self, id: &str, customer: &str, step: &str, details: &Value) {
        let mut status = new_status(id, customer);
        move_on(&mut status, step, details);
        self.state().orders.push(Order { key: id.to_owned(), status, version: 1 });
    }

    /// Refuses every further order with this problem, or none.
    pub(crate) fn refuse(&self, problem: Option<Value>) {
        self.state().refusal = problem;
    }

    /// Takes the server away, or brings it back: connections end without an answer.
    pub(crate) fn be_away(&self, away: bool) {
        self.state().away = away;
        if away {
            self.end_streams();
        }
    }

    /// Takes away what answers for the catalogue, or brings it back.
    pub(crate) fn lose_catalogue(&self, away: bool) {
        self.state().catalogue_away = away;
    }

    /// Accepts the next `count` requests to place an order and loses the answers.
    pub(crate) fn lose_answers(&self, count: usize) {
        self.state().answers_to_lose = count;
    }

    /// Keeps the answers to orders back, until told otherwise.
    pub(crate) fn hold_answers(&self, hold: bool) {
        self.held.send_replace(hold);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the state")
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn new_status(id: &str, customer: &str) -> Value {
    json!({
        "id": id, "owner": customer, "state": "in_progress", "step": "received", "delayed": false,
        "message": "We have your order.", "next_action": null, "help": null,
        "created": "2026-05-04T09:00:00Z", "updated": "2026-05-04T09:00:00Z", "total_cents": 5940,
        "steps": [{ "step": "received", "at": "2026-05-04T09:00:00Z", "message": "We have your order." }],
        "notifications": [],
    })
}

fn move_on(status: &mut Value, step: &str, details: &Value) {
    let steps = status["steps"].as_array_mut().expect("a status has steps");
    if steps.iter().all(|each| each["step"] != json!(step)) {
        let second = steps.len();
        steps.push(json!({ "step": step, "at": format!("2026-05-04T09:00:{second:02}Z"), "message": step }));
    }
    status["step"] = json!(step);
    for (name, value) in details.as_object().expect("the details are an object") {
        status[name] = value.clone();
    }
}

async fn listen(
    listener: TcpListener,
    state: Arc<Mutex<State>>,
    hold: watch::Receiver<bool>,
    changes: watch::Receiver<u64>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let (hold, changes) = (hold.clone(), changes.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&state), hold.clone(), changes.clone()));
            // A connection ends with an error when the server is away: that is the point.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the server is away")]
struct Away;

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    mut hold: watch::Receiver<bool>,
    changes: watch::Receiver<u64>,
) -> Result<Response<Body>, Away> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Away)?.to_bytes();
    let placing = parts.method == Method::POST && parts.uri.path() == "/orders";
    let events = parts.uri.path().strip_prefix("/orders/").and_then(|path| path.strip_suffix("/events"));
    if let Some(id) = events {
        return stream(id, &parts.headers, state, changes).await;
    }
    let answer = {
        let mut state = state.lock().map_err(|_| Away)?;
        if state.away || (state.catalogue_away && parts.uri.path() == "/catalogue") {
            return Err(Away);
        }
        if placing {
            let answer = place(&mut state, &parts.headers, &body);
            if state.answers_to_lose > 0 {
                state.answers_to_lose -= 1;
                return Err(Away);
            }
            answer
        } else {
            read(&mut state, parts.uri.path(), parts.uri.query().unwrap_or_default(), &parts.headers)
        }
    };
    if placing {
        hold.wait_for(|held| !held).await.map_err(|_| Away)?;
    }
    Ok(answer)
}

/// The changes of an order, from what its reader has on.
async fn stream(
    id: &str,
    headers: &HeaderMap,
    state: Arc<Mutex<State>>,
    changes: watch::Receiver<u64>,
) -> Result<Response<Body>, Away> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let (buffers, cuts) = {
        let mut state = state.lock().map_err(|_| Away)?;
        if state.away {
            return Err(Away);
        }
        state.streams.push(last.clone());
        (state.buffers, state.cuts)
    };
    if buffers {
        std::future::pending::<()>().await;
    }
    let seen: u64 = last.and_then(|last| last.parse().ok()).unwrap_or_default();
    let pieces = unfold((id.to_owned(), seen, changes), move |(id, seen, mut changes)| {
        let state = Arc::clone(&state);
        async move {
            loop {
                changes.borrow_and_update();
                let (text, version, open) = {
                    let state = state.lock().ok()?;
                    let order = state.orders.iter().find(|order| order.status["id"] == json!(id))?;
                    if state.cuts != cuts || (seen == order.version && !order.is_open()) {
                        return None;
                    }
                    (order.status.to_string(), order.version, order.is_open())
                };
                if version != seen || !open {
                    let event = format!("retry: 50\nid: {version}\ndata: {text}\n\n");
                    return Some((Ok(Frame::data(Bytes::from(event))), (id, version, changes)));
                }
                changes.changed().await.ok()?;
            }
        }
    });
    let mut answer = respond(200, "text/event-stream", Bytes::new());
    *answer.body_mut() = StreamBody::new(pieces).boxed_unsync();
    Ok(answer)
}

fn place(state: &mut State, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let order: Value = serde_json::from_slice(body).unwrap_or_default();
    state.posts.push(Post { key: key.clone(), order: order.clone() });
    if let Some(problem) = &state.refusal {
        let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(400);
        return respond(status, "application/problem+json", problem.to_string());
    }
    if state.orders.iter().all(|known| known.key != key) {
        let id = format!("order-{:04}", state.orders.len() + 1);
        let customer = order["customer"].as_str().unwrap_or_default();
        state.orders.push(Order { key: key.clone(), status: new_status(&id, customer), version: 1 });
    }
    let known = state.orders.iter().find(|known| known.key == key).expect("the order was just placed");
    let mut answer = respond(202, "application/json", known.status.to_string());
    let location = format!("/orders/{}", known.status["id"].as_str().unwrap_or_default());
    answer.headers_mut().insert(LOCATION, location.parse().expect("an id fits into a header"));
    answer.headers_mut().insert(RETRY_AFTER, "1".parse().expect("a number fits into a header"));
    answer
}

fn read(state: &mut State, path: &str, query: &str, headers: &HeaderMap) -> Response<Body> {
    if path == "/catalogue" {
        return respond(200, "application/json", catalogue().to_string());
    }
    if path == "/orders" {
        let customer = query.strip_prefix("customer=").unwrap_or_default();
        let customer = percent_decode_str(customer).decode_utf8_lossy();
        let theirs: Vec<&Value> = state
            .orders
            .iter()
            .map(|order| &order.status)
            .filter(|status| status["owner"] == json!(customer))
            .collect();
        return respond(200, "application/json", json!({ "orders": theirs }).to_string());
    }
    if let Some(id) = path.strip_prefix("/orders/") {
        let Some(order) = state.orders.iter().find(|order| order.status["id"] == json!(id)) else {
            let problem =
                json!({ "title": "Not found", "status": 404, "detail": "There is no order with this number." });
            return respond(404, "application/problem+json", problem.to_string());
        };
        let text = order.status.to_string();
        let etag = format!("\"{}-{}\"", text.len(), order.status["step"].as_str().unwrap_or_default());
        let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known == &etag);
        state.unchanged += usize::from(known && query.starts_with("wait="));
        let mut answer = if known {
            respond(304, "application/json", String::new())
        } else {
            respond(200, "application/json", text)
        };
        answer.headers_mut().insert(ETAG, etag.parse().expect("an entity tag fits into a header"));
        return answer;
    }
    file(path)
}

fn file(path: &str) -> Response<Body> {
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match std::fs::read(PathBuf::from(PAGE).join(name)) {
        Ok(content) if !name.contains('/') => respond(200, kind, content),
        _ => respond(404, "text/plain", "nothing here"),
    }
}

fn respond(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).expect("a known status"))
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "no-store")
        .header(CONTENT_SECURITY_POLICY, POLICY)
        .body(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync())
        .expect("a well-formed answer")
}

fn catalogue() -> Value {
    json!({ "currency": "EUR", "products": [
        { "sku": "kettle", "name": "Copper kettle", "description": "Holds a litre.", "price_cents": 4500 },
        { "sku": "cups", "name": "Two stoneware cups", "description": "They stack.", "price_cents": 1440 },
        { "sku": "long name/ü", "name": "Extraordinarily long-named travelling water-filter-and-thermometer combination of Segovia",
          "description": "Donaudampfschifffahrtsgesellschaftskapitänskajütenwasserfilter.", "price_cents": 12_999_900 },
    ] })
}
