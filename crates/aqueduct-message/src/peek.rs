//! A glance into a message body, for whoever watches messages go by.

use serde_json::Value;

/// What a message is about: the CloudEvents `subject` of a body, also inside an SNS notification or an
/// EventBridge event. `None` when the body carries none, whatever it is.
pub fn subject_of(body: &str) -> Option<String> {
    let value: Value = serde_json::from_str(body).ok()?;
    subject(&value, 0)
}

/// What a body is about that is read already, as [`subject_of`] says it.
pub fn subject_in(body: &Value) -> Option<String> {
    subject(body, 0)
}

/// Envelopes nest at most three deep: an EventBridge event in an SNS notification in an SQS record.
const NESTING_MAX: u8 = 3;

fn subject(value: &Value, nesting: u8) -> Option<String> {
    if let Some(subject) = value.get("subject").and_then(Value::as_str) {
        return Some(subject.to_owned());
    }
    if let Some(subject) = value.pointer("/detail/metadata/subject").and_then(Value::as_str) {
        return Some(subject.to_owned());
    }
    let inner = value.get("Message").and_then(Value::as_str).filter(|_| nesting < NESTING_MAX)?;
    subject(&serde_json::from_str(inner).ok()?, nesting + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_subject_through_envelopes() {
        assert_eq!(subject_of(r#"{"specversion":"1.0","subject":"ord_1"}"#).as_deref(), Some("ord_1"));
        assert_eq!(
            subject_of(r#"{"Type":"Notification","Message":"{\"subject\":\"ord_2\"}"}"#).as_deref(),
            Some("ord_2")
        );
        assert_eq!(subject_of(r#"{"detail":{"metadata":{"subject":"ord_3"}}}"#).as_deref(), Some("ord_3"));
        assert_eq!(subject_of("not json"), None);
    }
}
