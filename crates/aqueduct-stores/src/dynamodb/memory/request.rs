//! Requests as SDKs send them. What else may be in them is left to the other engine.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Beyond;
use super::expression::Bindings;
use super::value::{Item, Value};

/// Reads a request.
pub(super) fn read<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, Beyond> {
    serde_json::from_slice(body).map_err(|_| Beyond)
}

/// A write, alone or in a transaction: `PutItem`, `UpdateItem`, `DeleteItem` or `ConditionCheck`.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Write {
    pub(super) table_name: String,
    #[serde(default)]
    pub(super) item: Option<Item>,
    #[serde(default)]
    pub(super) key: Option<Item>,
    #[serde(default)]
    pub(super) update_expression: Option<String>,
    #[serde(default)]
    pub(super) condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: Option<BTreeMap<String, String>>,
    #[serde(default)]
    expression_attribute_values: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) return_values: Option<Returned>,
    #[serde(default)]
    return_values_on_condition_check_failure: Option<OnFailure>,
    #[serde(default)]
    return_consumed_capacity: Option<Nothing>,
    #[serde(default)]
    return_item_collection_metrics: Option<Nothing>,
}

impl Write {
    /// Whether it asks only for what a part of a transaction may ask for.
    pub(super) const fn is_part(&self) -> bool {
        self.return_values.is_none()
            && self.return_consumed_capacity.is_none()
            && self.return_item_collection_metrics.is_none()
    }

    pub(super) fn bindings(&self) -> Bindings<'_> {
        Bindings::new(self.expression_attribute_names.as_ref(), self.expression_attribute_values.as_ref())
    }

    /// Whether the item is wanted when the condition does not hold.
    pub(super) const fn wants_item(&self) -> bool {
        matches!(self.return_values_on_condition_check_failure, Some(OnFailure::AllOld))
    }
}

/// What an answer tells of an item that was written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Returned {
    None,
    AllOld,
    AllNew,
    UpdatedOld,
    UpdatedNew,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum OnFailure {
    None,
    AllOld,
}

/// Of figures that this engine does not count, none is wanted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Nothing {
    None,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetItem {
    pub(super) table_name: String,
    pub(super) key: Item,
    #[serde(default, rename = "ConsistentRead")]
    _consistent_read: Option<bool>,
    #[serde(default)]
    pub(super) projection_expression: Option<String>,
    #[serde(default)]
    pub(super) expression_attribute_names: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "ReturnConsumedCapacity")]
    _return_consumed_capacity: Option<Nothing>,
}

/// `Query` or `Scan`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Page {
    pub(super) table_name: String,
    #[serde(default)]
    pub(super) index_name: Option<String>,
    #[serde(default)]
    pub(super) key_condition_expression: Option<String>,
    #[serde(default)]
    pub(super) filter_expression: Option<String>,
    #[serde(default)]
    pub(super) projection_expression: Option<String>,
    #[serde(default)]
    pub(super) expression_attribute_names: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) expression_attribute_values: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) scan_index_forward: Option<bool>,
    #[serde(default)]
    pub(super) limit: Option<u32>,
    #[serde(default)]
    pub(super) exclusive_start_key: Option<Item>,
    #[serde(default)]
    pub(super) select: Option<Select>,
    #[serde(default)]
    pub(super) consistent_read: Option<bool>,
    #[serde(default, rename = "ReturnConsumedCapacity")]
    _return_consumed_capacity: Option<Nothing>,
}

impl Page {
    pub(super) fn bindings(&self) -> Bindings<'_> {
        Bindings::new(self.expression_attribute_names.as_ref(), self.expression_attribute_values.as_ref())
    }
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Select {
    Count,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TransactWriteItems {
    pub(super) transact_items: Vec<Action>,
    #[serde(default)]
    pub(super) client_request_token: Option<String>,
    #[serde(default, rename = "ReturnConsumedCapacity")]
    _return_consumed_capacity: Option<Nothing>,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _return_item_collection_metrics: Option<Nothing>,
}

/// A part of a transaction.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) enum Action {
    Put(Write),
    Update(Write),
    Delete(Write),
    ConditionCheck(Write),
}
