//! The status of orders.

use std::sync::Arc;

use aqueduct::http::{Answer, FieldError, Follow, Problem, Request, Response};
use serde_json::json;

use crate::Intake;
use crate::intake::{not_found, unavailable};

/// How many orders the report shows.
const REPORT_MAX: u32 = 100;

impl Intake {
    /// `GET /orders/{id}`, also with `?wait=`.
    pub(crate) async fn status(&self, id: &str, request: &Request) -> Result<Answer, Response> {
        let follow = Follow::new(Arc::clone(&self.statuses));
        let found = follow.answer(id, request).await.map_err(|error| unavailable(request, &error))?;
        // The same path answers with events to those who want them.
        Ok(found.ok_or_else(|| no_order(id, request))?.header("vary", "accept").into())
    }

    /// `GET /orders/{id}/events`: the same as it changes.
    pub(crate) async fn events(&self, id: &str, request: &Request) -> Result<Answer, Response> {
        let follow = Follow::new(Arc::clone(&self.statuses));
        let found = follow.events(id, request).await.map_err(|error| unavailable(request, &error))?;
        Ok(found.ok_or_else(|| no_order(id, request))?)
    }

    /// `GET /orders?customer=`.
    pub(crate) async fn report(&self, request: &Request) -> Result<Answer, Response> {
        let customer = request.query.get("customer").filter(|customer| !customer.is_empty()).ok_or_else(|| {
            let errors = vec![FieldError { pointer: "/customer".to_owned(), detail: "Say whose.".to_owned() }];
            let detail = "Add whose orders you want: /orders?customer=ada@example.com.";
            Problem::new(400, "customer-missing", "Whose orders?", detail).instance(&request.path).errors(errors)
        })?;
        let orders =
            self.statuses.of_owner(customer, REPORT_MAX).await.map_err(|error| unavailable(request, &error))?;
        Ok(Response::json(200, &json!({ "orders": orders })).header("cache-control", "no-store").into())
    }
}

fn no_order(id: &str, request: &Request) -> Problem {
    not_found(request, format!("There is no order {id}; check the link you followed."))
}
