//! `${…}` in the texts of a case.

use std::collections::BTreeMap;

use aqueduct_services::Timestamp;
use serde_json::{Map, Value};

/// What `${…}` stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, Value>);

impl Names {
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// A value in which every `${…}` is replaced. A text that is nothing but one keeps what it stands for as it is: what
    /// was saved as a number stays one.
    pub(super) fn fill(&self, value: &Value, now: Timestamp) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill_text(text, now)?,
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill(item, now)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (name, member) in members {
                    filled.insert(as_text(&self.fill_text(name, now)?), self.fill(member, now)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    fn fill_text(&self, text: &str, now: Timestamp) -> Result<Value, String> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').ok_or_else(|| format!("{text:?} has a ${{ without a }}"))?;
            let value = self.value(name, now)?;
            if before.is_empty() && tail.is_empty() && filled.is_empty() {
                return Ok(value);
            }
            filled.push_str(before);
            filled.push_str(&as_text(&value));
            rest = tail;
        }
        filled.push_str(rest);
        Ok(Value::String(filled))
    }

    fn value(&self, name: &str, now: Timestamp) -> Result<Value, String> {
        if let Some(value) = self.0.get(name) {
            return Ok(value.clone());
        }
        if let Some(seconds) = name.strip_prefix("now").and_then(|offset| moved(now, offset)) {
            let at = jiff::Timestamp::from_second(seconds).map_err(|error| format!("${{{name}}}: {error}"))?;
            return Ok(Value::String(at.to_string()));
        }
        if let Some(seconds) = name.strip_prefix("epoch").and_then(|offset| moved(now, offset)) {
            return Ok(seconds.into());
        }
        Err(format!("nothing was saved as ${{{name}}}"))
    }
}

/// Seconds since the epoch, `+60` or `-60` from now.
fn moved(now: Timestamp, offset: &str) -> Option<i64> {
    let offset: i64 = if offset.is_empty() { 0 } else { offset.parse().ok()? };
    i64::try_from(now.as_secs()).ok()?.checked_add(offset)
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_500);

    fn filled(value: &Value) -> Result<Value, String> {
        let mut names = Names::default();
        names.set("run", "r1");
        names.set("count", 3);
        names.fill(value, NOW)
    }

    #[test]
    fn names_stand_for_what_was_saved() {
        let value = json!({ "QueueName": "letters-${run}.fifo", "${run}": ["${count}", "${count}+${count}", 5] });
        assert_eq!(filled(&value), Ok(json!({ "QueueName": "letters-r1.fifo", "r1": [3, "3+3", 5] })));
    }

    #[test]
    fn the_time_can_be_moved() {
        let value = json!(["${now}", "at(${now+60})", "${epoch-1}", "${epoch}"]);
        let expected = json!(["2027-01-15T08:00:00Z", "at(2027-01-15T08:01:00Z)", 1_799_999_999, 1_800_000_000]);
        assert_eq!(filled(&value), Ok(expected));
    }

    #[test]
    fn an_unknown_name_is_told() {
        assert_eq!(filled(&json!("${handle}")), Err("nothing was saved as ${handle}".to_owned()));
        assert_eq!(filled(&json!("${now+x}")), Err("nothing was saved as ${now+x}".to_owned()));
        assert!(filled(&json!("${run")).is_err());
    }
}
