//! Placing an order: accepted at once, confirmed later.

use aqueduct::http::{Answer, FieldError, Follow, Problem, Request, Response};
use aqueduct::status::{Opened, Status};
use orders::{Cart, PlaceOrder};
use serde_json::json;

use crate::Intake;
use crate::intake::{try_again, unavailable};

/// Far above any order that [`Cart::errors`] lets through.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longer keys than any client makes are refused rather than cut.
const KEY_CHARS_MAX: usize = 200;

impl Intake {
    /// `POST /orders`. With an `Idempotency-Key`, the same request again is the same order.
    pub(crate) async fn place(&self, request: &Request) -> Result<Answer, Response> {
        let named = |problem: Problem| problem.instance(&request.path);
        let cart = read_cart(request).map_err(named)?;
        let status = self.new_status(&cart, idempotency_key(request).map_err(named)?);
        let opened = self.statuses.open(status.clone()).await.map_err(|error| unavailable(request, &error))?;
        let mut status = match opened {
            Opened::New => status,
            Opened::Existing(existing) => same_order(*existing, &status).map_err(named)?,
        };
        if status.unsent {
            status = self.pass_on(status, cart, request).await?;
        }
        tracing::info!(subject = status.id, items = status.details["items"].as_array().map(Vec::len), "order accepted");
        Ok(Follow::accepted(&status, format!("/orders/{}", status.id)).into())
    }

    fn new_status(&self, cart: &Cart, key: Option<&str>) -> Status {
        let id = match key {
            Some(key) => order_id(&cart.customer, key),
            None => format!("ord_{}", self.clock.id().replace('-', "")),
        };
        let received = Status::new(id, &cart.customer, &orders::received(), self.clock.now());
        let mut status = Status { unsent: true, ..received };
        status.fingerprint = json!(cart).to_string();
        status.details.insert("total_cents".to_owned(), json!(cart.total()));
        status.details.insert("items".to_owned(), json!(cart.items));
        status
    }

    /// Sends an order that was recorded, once more if need be: it has one key, however often it travels. That it was sent is noted
    /// afterwards, so that the sweep of stalled orders speaks for one that nobody sent.
    async fn pass_on(&self, mut status: Status, cart: Cart, request: &Request) -> Result<Status, Response> {
        let id = status.id.clone();
        if status.step == orders::unsent().name {
            let away = |error| unavailable(request, &error);
            // Before it is sent: afterwards whoever works on it may have come to an end that this must not hide.
            self.statuses.advance(&id, orders::received_again()).await.map_err(away)?;
            status = self.statuses.find(&id).await.map_err(away)?.unwrap_or(status);
        }
        self.send(&status, cart).await.map_err(|detail| try_again(request, detail))?;
        if let Err(error) = self.statuses.sent(&id).await {
            tracing::warn!(%error, subject = id, "the status does not show that the order was sent");
        }
        Ok(status)
    }

    /// Sends the order; an error says what that means to the customer.
    async fn send(&self, status: &Status, cart: Cart) -> Result<(), &'static str> {
        let total_cents = cart.total();
        let Cart { customer, items, card } = cart;
        let order = PlaceOrder { order: status.id.clone(), customer, items, card, total_cents };
        self.orders.publish(order).await.map(drop).map_err(|error| {
            tracing::error!(%error, subject = status.id, "an order was recorded and could not be sent");
            "We noted your order and could not pass it on yet. Nothing was charged; please send it again."
        })
    }
}

fn read_cart(request: &Request) -> Result<Cart, Problem> {
    if request.body.len() > BODY_BYTES_MAX {
        let detail = format!("An order is at most {BODY_BYTES_MAX} bytes of JSON; this is {}.", request.body.len());
        return Err(Problem::new(413, "too-large", "Too large", detail));
    }
    let cart: Cart = serde_json::from_slice(&request.body).map_err(|error| {
        let detail = format!("The body is not an order in JSON: {error}.");
        Problem::new(400, "malformed-order", "Malformed order", detail)
    })?;
    let errors: Vec<_> =
        cart.errors().into_iter().map(|error| FieldError { pointer: error.pointer, detail: error.detail }).collect();
    if errors.is_empty() {
        return Ok(cart);
    }
    let detail = "Please correct what is marked, and order again.";
    Err(Problem::new(422, "invalid-order", "The order cannot be taken", detail).errors(errors))
}

fn idempotency_key(request: &Request) -> Result<Option<&str>, Problem> {
    let key = request.header("idempotency-key").map(str::trim).filter(|key| !key.is_empty());
    if key.is_some_and(|key| key.chars().count() > KEY_CHARS_MAX) {
        let detail = format!("The Idempotency-Key has more than {KEY_CHARS_MAX} characters; a UUID is enough.");
        return Err(Problem::new(400, "invalid-idempotency-key", "Invalid Idempotency-Key", detail));
    }
    Ok(key)
}

/// The id that a customer's key always gives, so that no other customer can meet it.
fn order_id(customer: &str, key: &str) -> String {
    let name = format!("{customer}\n{key}");
    format!("ord_{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple())
}

fn same_order(existing: Status, wanted: &Status) -> Result<Status, Problem> {
    if existing.fingerprint == wanted.fingerprint {
        return Ok(existing);
    }
    let detail = "This Idempotency-Key belongs to an order with other contents; use a new key for a new order.";
    Err(Problem::new(422, "idempotency-key-reused", "Idempotency-Key was used before", detail))
}
