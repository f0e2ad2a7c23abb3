//! The status of orders.

use std::sync::Arc;

use aqueduct::http::{FieldError, Follow, Problem, Request, Response};
use serde_json::json;

use crate::Intake;
use crate::intake::{not_found, unavailable};

/// How many orders the report shows.
const REPORT_MAX: u32 = 100;

impl Intake {
    /// `GET /orders/{id}`, also with `?wait=`.
    pub(crate) async fn status(&self, id: &str, request: &Request) -> Result<Response, Response> {
        let follow = Follow::new(Arc::clone(&self.statuses));
        let found = follow.answer(id, request).await.map_err(|error| unavailable(&error))?;
        let detail = || format!("There is no order {id}; check the link you followed.");
        Ok(found.ok_or_else(|| not_found(request, detail()))?)
    }

    /// `GET /orders?customer=`.
    pub(crate) async fn report(&self, request: &Request) -> Result<Response, Response> {
        let customer = request.query.get("customer").filter(|customer| !customer.is_empty()).ok_or_else(|| {
            let errors = vec![FieldError { pointer: "/customer".to_owned(), detail: "Say whose.".to_owned() }];
            let detail = "Add whose orders you want: /orders?customer=ada@example.com.";
            Problem::new(400, "customer-missing", "Whose orders?", detail).instance(&request.path).errors(errors)
        })?;
        let orders = self.statuses.of_owner(customer, REPORT_MAX).await.map_err(|error| unavailable(&error))?;
        Ok(Response::json(200, &json!({ "orders": orders })).header("cache-control", "no-store"))
    }
}
