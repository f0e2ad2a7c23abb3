//! What a batch response says about the records of its batch.

use std::collections::BTreeSet;

use serde_json::Value;

/// Reads the answer of a function whose mapping has `ReportBatchItemFailures`: the message ids to keep, or why the
/// whole batch counts as failed.
///
/// An empty answer, `null`, `{}` and an absent, null or empty `batchItemFailures` are a complete success. Anything
/// malformed is a complete failure: invalid JSON, an empty, null or unknown `itemIdentifier`, another key name.
/// Other shapes than an object are not documented and count as malformed.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>, and LocalStack's
/// AWS-validated tests `test_report_batch_item_failures`, `…_on_lambda_error`, `…_invalid_result_json_batch_fails`
/// and `…_empty_json_batch_succeeds`
pub fn failed_records(answer: &str, batch: &BTreeSet<&str>) -> Result<Vec<String>, String> {
    if answer.trim().is_empty() {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_str(answer).map_err(|_| "the batch response is not JSON".to_owned())?;
    let object = match &value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(object) => object,
        _ => return Err("the batch response is not an object".to_owned()),
    };
    let items = match object.get("batchItemFailures") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err("`batchItemFailures` is not a list".to_owned()),
    };
    items.iter().map(|item| failed_record(item, batch)).collect()
}

fn failed_record(item: &Value, batch: &BTreeSet<&str>) -> Result<String, String> {
    let Some(identifier) = item.get("itemIdentifier") else {
        return Err("an item of `batchItemFailures` has no `itemIdentifier`".to_owned());
    };
    match identifier.as_str() {
        None => Err("an `itemIdentifier` is not a string".to_owned()),
        Some("") => Err("an `itemIdentifier` is empty".to_owned()),
        Some(id) if batch.contains(id) => Ok(id.to_owned()),
        Some(id) => Err(format!("`itemIdentifier` {id} is no message of the batch")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_case() {
        let ok: &[(&str, &[&str])] = &[
            ("", &[]),
            ("null", &[]),
            ("{}", &[]),
            (r#"{"batchItemFailures":null}"#, &[]),
            (r#"{"batchItemFailures":[]}"#, &[]),
            (r#"{"unknown":[{"itemIdentifier":"a"}]}"#, &[]),
            (r#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#, &["a"]),
            (r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}"#, &["b", "a"]),
        ];
        let batch = BTreeSet::from(["a", "b", "c"]);
        for (answer, expected) in ok {
            assert_eq!(failed_records(answer, &batch).as_deref(), Ok(&*expected.map_to_owned()), "{answer}");
        }
        let malformed = [
            "not json",
            "[]",
            "\"done\"",
            "7",
            r#"{"batchItemFailures":{}}"#,
            r#"{"batchItemFailures":["a"]}"#,
            r#"{"batchItemFailures":[{}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":7}]}"#,
            r#"{"batchItemFailures":[{"identifier":"a"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}"#,
        ];
        for answer in malformed {
            assert!(failed_records(answer, &batch).is_err(), "{answer}");
        }
    }

    trait MapToOwned {
        fn map_to_owned(&self) -> Vec<String>;
    }

    impl MapToOwned for [&str] {
        fn map_to_owned(&self) -> Vec<String> {
            self.iter().map(|id| (*id).to_owned()).collect()
        }
    }
}
