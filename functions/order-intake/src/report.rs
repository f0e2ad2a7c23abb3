//! The status of orders.

use aqueduct::http::{FieldError, Problem, Request, Response};
use aqueduct::status::State;
use serde_json::json;

use crate::Intake;
use crate::intake::{not_found, unavailable};

/// How many orders the report shows.
const REPORT_MAX: u32 = 100;

impl Intake {
    /// `GET /orders/{id}`.
    pub(crate) async fn status(&self, id: &str, request: &Request) -> Result<Response, Response> {
        let found = self.statuses.find(id).await.map_err(|error| unavailable(&error))?;
        let status = found.ok_or_else(|| not_found(format!("There is no order {id}; check the link you followed.")))?;
        let response = if request.header("if-none-match") == Some(status.etag().as_str()) {
            Response::empty(304)
        } else {
            Response::json(200, &status)
        };
        let response = response.header("etag", status.etag()).header("cache-control", "no-cache");
        Ok(if status.state == State::InProgress { response.header("retry-after", "1") } else { response })
    }

    /// `GET /orders?customer=`.
    pub(crate) async fn report(&self, request: &Request) -> Result<Response, Response> {
        let customer = request.query.get("customer").filter(|customer| !customer.is_empty()).ok_or_else(|| {
            let errors = vec![FieldError { pointer: "/customer".to_owned(), detail: "Say whose.".to_owned() }];
            let detail = "Add whose orders you want: /orders?customer=ada@example.com.";
            Problem::new(400, "customer-missing", "Whose orders?", detail).errors(errors)
        })?;
        let orders = self.statuses.of_owner(customer, REPORT_MAX).await.map_err(|error| unavailable(&error))?;
        Ok(Response::json(200, &json!({ "orders": orders })).header("cache-control", "no-store"))
    }
}
