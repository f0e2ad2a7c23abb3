//! The constraints of the services' models, and AWS's sentence about those that a call violates.
//!
//! The form of the sentence was recorded by LocalStack's AWS-validated tests `test_put_target_id_validation`,
//! `test_create_connection_validations` and `test_put_events_exceed_limit_ten_entries`.

use std::fmt::Display;

use super::refusals::invalid;
use crate::ApiError;

/// The characters of names of buses, rules, targets, archives and replays.
pub(super) const NAME: (&str, fn(u8) -> bool) = (r"[\.\-_A-Za-z0-9]+", is_name);

/// The characters of names of schedules and their groups.
pub(super) const SCHEDULE_NAME: (&str, fn(u8) -> bool) = ("[0-9a-zA-Z-_.]+", is_name);

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// Collects what a call violates.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    violations: Vec<String>,
}

impl Constraints {
    /// A text of so many characters.
    pub(super) fn length(&mut self, at: &str, value: &str, least: usize, most: usize) {
        self.count(at, &value, value.chars().count(), least, most);
    }

    /// A text of these characters alone, one at least.
    pub(super) fn characters(&mut self, at: &str, value: &str, (pattern, is_allowed): (&str, fn(u8) -> bool)) {
        if value.is_empty() || !value.bytes().all(is_allowed) {
            self.violate(at, &value, &format!("satisfy regular expression pattern: {pattern}"));
        }
    }

    /// One of these texts.
    pub(super) fn one_of(&mut self, at: &str, value: Option<&str>, known: &[&str]) {
        if let Some(value) = value.filter(|value| !known.contains(value)) {
            self.violate(at, &value, &format!("satisfy enum value set: [{}]", known.join(", ")));
        }
    }

    /// A list, shown as `value`, of so many elements.
    pub(super) fn count(&mut self, at: &str, value: &impl Display, count: usize, least: usize, most: usize) {
        if count < least {
            self.violate(at, value, &format!("have length greater than or equal to {least}"));
        } else if count > most {
            self.violate(at, value, &format!("have length less than or equal to {most}"));
        }
    }

    /// A number within bounds.
    pub(super) fn range(&mut self, at: &str, value: Option<u32>, least: u32, most: u32) {
        match value {
            Some(value) if value < least => {
                self.violate(at, &value, &format!("have value greater than or equal to {least}"));
            }
            Some(value) if value > most => {
                self.violate(at, &value, &format!("have value less than or equal to {most}"));
            }
            _ => {}
        }
    }

    /// A value that must be there.
    pub(super) fn present<T>(&mut self, at: &str, value: Option<&T>) {
        if value.is_none() {
            self.violations.push(format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"));
        }
    }

    fn violate(&mut self, at: &str, value: &impl Display, constraint: &str) {
        self.violations
            .push(format!("Value '{value}' at '{at}' failed to satisfy constraint: Member must {constraint}"));
    }

    /// The refusal, if anything was violated.
    pub(super) fn check(self) -> Result<(), ApiError> {
        let errors = match self.violations.len() {
            0 => return Ok(()),
            1 => "error",
            _ => "errors",
        };
        let count = self.violations.len();
        Err(invalid(format!("{count} validation {errors} detected: {}", self.violations.join("; "))))
    }
}

/// A name of 1 to `longest` characters.
pub(super) fn check_name(at: &str, name: &str, longest: usize) -> Result<(), ApiError> {
    let mut constraints = Constraints::default();
    constraints.length(at, name, 1, longest);
    constraints.characters(at, name, NAME);
    constraints.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_violated_is_said_as_aws_says_it() {
        let long = "This should fail with two errors 123467890123412341234123412341234";
        let mut constraints = Constraints::default();
        constraints.length("name", long, 1, 64);
        constraints.characters("name", long, NAME);
        constraints.one_of("authorizationType", Some("INVALID"), &["BASIC", "API_KEY"]);
        let expected = format!(
            "3 validation errors detected: Value '{long}' at 'name' failed to satisfy constraint: Member must have length \
             less than or equal to 64; Value '{long}' at 'name' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\.\\-_A-Za-z0-9]+; Value 'INVALID' at 'authorizationType' failed to satisfy \
             constraint: Member must satisfy enum value set: [BASIC, API_KEY]"
        );
        assert_eq!(constraints.check().unwrap_err().message, expected);
        assert_eq!(Constraints::default().check(), Ok(()));
        let mut constraints = Constraints::default();
        constraints.range("limit", Some(0), 1, 100);
        constraints.present::<u8>("target", None);
        let message = constraints.check().unwrap_err().message;
        assert!(message.contains("greater than or equal to 1") && message.contains("must not be null"), "{message}");
    }
}
