//! Names of functions, as the parameter `FunctionName` takes them.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use super::refusals::{constraint, invalid, not_found};
use crate::{ApiError, Site};

/// The patterns that refusals quote: that of calls which make or change a function, and that of those which read one.
///
/// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_function_arns`
const CREATE_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const GET_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

/// How long a name may be, and how long a partial or full ARN, in characters.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
const NAME_CHARS_MAX: usize = 64;
const ARN_CHARS_MAX: usize = 140;

/// The parts of a `FunctionName` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut rest: Vec<&str> = text.split(':').collect();
        if let ["arn", partition, "lambda", ..] = rest.as_slice() {
            if !partition.starts_with("aws") {
                return None;
            }
            rest.drain(..3);
        }
        let mut take = |is: fn(&str) -> bool| (rest.len() > 1 && is(rest[0])).then(|| rest.remove(0));
        let region = take(is_region);
        let account = take(is_account);
        take(|text| text == "function");
        let (name, qualifier) = match rest.as_slice() {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| is_word(byte) || byte == b'.');
        let is_qualifier = qualifier.is_none_or(is_qualifier);
        (is_name && is_qualifier).then_some(Self { region, account, name, qualifier })
    }
}

/// The name in a `FunctionName` parameter: a name, `account:function:name` or an ARN, each with an optional `$LATEST`.
pub(super) fn name_of<'a>(text: &'a str, site: &Site) -> Result<&'a str, ApiError> {
    let parts = Parts::parse(text).ok_or_else(|| {
        constraint(text, "functionName", &format!("satisfy regular expression pattern: {GET_PATTERN}"))
    })?;
    check(&parts, site)?;
    Ok(parts.name)
}

/// The name of a function that is to be made. A name that is only too long is refused with a code of its own.
///
/// Source: LocalStack's AWS-validated test `TestLambdaFunction::test_function_arns`, and
/// <https://github.com/aws-samples/aws-cdk-examples/pull/88> for a name with spaces
pub(super) fn new_name<'a>(text: &'a str, site: &Site) -> Result<&'a str, ApiError> {
    let parts = Parts::parse(text).filter(|parts| !parts.name.contains('.'));
    let chars_max = match parts {
        Some(parts) if parts.name != text => ARN_CHARS_MAX,
        _ => NAME_CHARS_MAX,
    };
    let mut broken = Vec::new();
    if parts.is_none() {
        broken.push(format!("satisfy regular expression pattern: {CREATE_PATTERN}"));
    }
    if text.chars().count() > chars_max {
        broken.push(format!("have length less than or equal to {chars_max}"));
    }
    let Some(parts) = parts.filter(|_| broken.is_empty()) else {
        let plural = if broken.len() > 1 { "s" } else { "" };
        let broken: Vec<String> = broken
            .iter()
            .map(|rule| format!("Value '{text}' at 'functionName' failed to satisfy constraint: Member must {rule}"))
            .collect();
        let message = format!("{} validation error{plural} detected: {}", broken.len(), broken.join("; "));
        let too_long_alone = parts.is_some_and(|parts| parts.name == text);
        let code = if too_long_alone { "InvalidParameterValueException" } else { "ValidationException" };
        return Err(ApiError::sender(code, message));
    };
    check(&parts, site)?;
    Ok(parts.name)
}

fn check(parts: &Parts<'_>, site: &Site) -> Result<(), ApiError> {
    if let Some(region) = parts.region.filter(|region| *region != site.region) {
        return Err(not_found(format!(
            "Functions from '{region}' are not reachable in this region ('{}')",
            site.region
        )));
    }
    if parts.account.is_some_and(|account| account != site.account) {
        return Err(ApiError::not_modelled("functions of other accounts"));
    }
    match parts.qualifier {
        None | Some("$LATEST") => Ok(()),
        Some(_) => Err(ApiError::not_modelled("versions and aliases of functions")),
    }
}

/// Refuses a qualified name where Lambda takes only the function as a whole.
pub(super) fn unqualified(text: &str) -> Result<(), ApiError> {
    if Parts::parse(text).is_some_and(|parts| parts.qualifier.is_some()) {
        return Err(invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. \
             Please specify either a function name or an unqualified function ARN.",
        ));
    }
    Ok(())
}

/// Letters, digits, `-` and `_`.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_qualifier(text: &str) -> bool {
    matches!(text, "$LATEST" | "$LATEST.PUBLISHED") || (!text.is_empty() && text.bytes().all(is_word))
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `us-east-1` or `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [country, between @ .., number] => {
            matches!(between.len(), 1..=3)
                && (country.len() == 2 || *country == "eusc")
                && letters(country)
                && between.iter().all(|part| letters(part))
                && number.len() == 1
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: "http://127.0.0.1:4566".to_owned(),
        }
    }

    #[test]
    fn every_spelling_of_a_function_name() {
        for text in [
            "order-intake",
            "order-intake:$LATEST",
            "function:order-intake",
            "000000000000:function:order-intake",
            "us-east-1:000000000000:function:order-intake",
            "arn:aws:lambda:us-east-1:000000000000:function:order-intake",
            "arn:aws:lambda:us-east-1:000000000000:function:order-intake:$LATEST",
        ] {
            assert_eq!(name_of(text, &site()), Ok("order-intake"), "{text}");
        }
        assert_eq!(name_of("order-intake:live", &site()).unwrap_err().status, 501);
        assert_eq!(name_of("111111111111:function:order-intake", &site()).unwrap_err().status, 501);
        let error = name_of("arn:aws:lambda:eu-west-1:000000000000:function:f", &site()).unwrap_err();
        assert_eq!(error.message, "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "a b", "a:b:c:d", "arn:aws:sqs:us-east-1:000000000000:function:f", "f:ü", "a/b"] {
            assert_eq!(name_of(text, &site()).unwrap_err().code, "ValidationException", "{text}");
        }
        let error = new_name(&"n".repeat(65), &site()).unwrap_err();
        assert_eq!(error.code, "InvalidParameterValueException");
        assert!(error.message.ends_with("Member must have length less than or equal to 64"), "{}", error.message);
        let both = new_name(&"ä".repeat(65), &site()).unwrap_err();
        assert!(both.message.starts_with("2 validation errors detected: Value"), "{}", both.message);
        assert_eq!(new_name("my function", &site()).unwrap_err().code, "ValidationException");
        assert_eq!(new_name(&"n".repeat(64), &site()).unwrap().len(), 64);
    }
}
