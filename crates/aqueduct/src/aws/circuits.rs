//! Circuits in a DynamoDB table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::client::reason;
use super::number;
use crate::consume::layers::{Circuit, CircuitError, Circuits};

/// Circuits in a DynamoDB table whose partition key is the string `id`, as the items `circuit/{name}`. The table of the
/// [claims](super::DynamoDbClaims) may be the same.
#[derive(Clone, Debug)]
pub struct DynamoDbCircuits {
    client: Client,
    table: String,
}

impl DynamoDbCircuits {
    /// The circuits in this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}

fn id(name: &str) -> AttributeValue {
    AttributeValue::S(format!("circuit/{name}"))
}

fn failed(name: &str, what: &'static str, error: impl std::error::Error + 'static) -> CircuitError {
    CircuitError { name: name.to_owned(), what, reason: reason(error) }
}

impl Circuits for DynamoDbCircuits {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Circuit, CircuitError>> {
        async move {
            let get = self.client.get_item().table_name(&self.table).key("id", id(name)).consistent_read(true);
            let answer = get.send().await.map_err(|error| failed(name, "read", error))?;
            let read = |attribute: &str| answer.item()?.get(attribute)?.as_n().ok()?.parse::<i64>().ok();
            Ok(Circuit {
                failures: read("failures").and_then(|failures| u32::try_from(failures).ok()).unwrap_or_default(),
                open_until: read("open_until").and_then(|millis| Timestamp::from_millisecond(millis).ok()),
                version: read("version").and_then(|version| u64::try_from(version).ok()).unwrap_or_default(),
            })
        }
        .boxed()
    }

    fn store<'a>(&'a self, name: &'a str, circuit: Circuit) -> BoxFuture<'a, Result<bool, CircuitError>> {
        async move {
            let mut put = self
                .client
                .put_item()
                .table_name(&self.table)
                .item("id", id(name))
                .item("failures", number(&circuit.failures))
                .item("version", number(&circuit.version));
            put = match circuit.version.checked_sub(1) {
                None | Some(0) => put.condition_expression("attribute_not_exists(id)"),
                Some(before) => put
                    .condition_expression("#version = :before")
                    .expression_attribute_names("#version", "version")
                    .expression_attribute_values(":before", number(&before)),
            };
            if let Some(until) = circuit.open_until {
                put = put.item("open_until", number(&until.as_millisecond()));
            }
            match put.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => Ok(true),
                Err(error) if error.is_conditional_check_failed_exception() => Ok(false),
                Err(error) => Err(failed(name, "kept", error)),
            }
        }
        .boxed()
    }
}
