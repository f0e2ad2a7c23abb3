//! `DeliveryPolicy` of topics and of subscriptions to HTTP endpoints.
//!
//! Sources: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>, and for what is kept, answered
//! and filled in, LocalStack's AWS-validated tests `test_topic_delivery_policy_crud` and
//! `test_subscribe_external_http_endpoint_content_type`.

use serde_json::{Map, Value, json};

use super::json_error;
use super::retry::{Backoff, RetryPolicy};

/// The content type of HTTP requests unless a policy says another.
pub(super) const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

/// The most retries.
const RETRIES_MAX: u32 = 100;

/// The longest delay, in seconds.
const DELAY_MAX: u32 = 3600;

/// The policy of a topic, for all its subscriptions to HTTP endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TopicPolicy {
    /// `defaultHealthyRetryPolicy` as it was given, and in full.
    retry: Option<(Map<String, Value>, RetryPolicy)>,
    /// `disableSubscriptionOverrides`.
    overrides: bool,
    /// `defaultThrottlePolicy.maxReceivesPerSecond`.
    per_second: Option<u32>,
    /// `defaultRequestPolicy.headerContentType`.
    content_type: Option<String>,
}

/// The policy of one subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SubscriptionPolicy {
    retry: Option<RetryPolicy>,
    per_second: Option<u32>,
    content_type: Option<String>,
}

/// What both policies together say about a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effective {
    pub(super) retry: RetryPolicy,
    /// `maxReceivesPerSecond`; no bound without it.
    pub(super) per_second: Option<u32>,
    pub(super) content_type: Option<String>,
}

impl TopicPolicy {
    /// Reads a policy; an error says what is wrong, without the parameter's name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let policy = object(text)?;
        let only = |name: &str| format!("unexpected JSON member: {name}");
        if let Some(name) = policy.keys().find(|name| *name != "http") {
            return Err(only(name));
        }
        let mut read = Self::default();
        let Some(http) = member(&policy, "http")? else { return Ok(read) };
        for (name, value) in http {
            match name.as_str() {
                "defaultHealthyRetryPolicy" => {
                    read.retry = given(value, "http.defaultHealthyRetryPolicy")?
                        .map(|members| retry("http.defaultHealthyRetryPolicy", members).map(|it| (members.clone(), it)))
                        .transpose()?;
                }
                "disableSubscriptionOverrides" => {
                    read.overrides = value.as_bool().ok_or("http.disableSubscriptionOverrides must be a boolean")?;
                }
                "defaultThrottlePolicy" => read.per_second = throttle(value, "http.defaultThrottlePolicy")?,
                "defaultRequestPolicy" => read.content_type = request(value, "http.defaultRequestPolicy")?,
                "defaultSicklyRetryPolicy" if value.is_null() => {}
                name => return Err(only(&format!("http.{name}"))),
            }
        }
        Ok(read)
    }

    /// As `GetTopicAttributes` answers it: what was given, and whether subscriptions may differ.
    pub(super) fn to_text(&self) -> String {
        let mut http = Map::new();
        if let Some((given, _)) = &self.retry {
            http.insert("defaultHealthyRetryPolicy".to_owned(), Value::Object(given.clone()));
        }
        self.fill(&mut http, self.content_type.as_deref())
    }

    /// As `EffectiveDeliveryPolicy` shows it: with AWS's defaults.
    pub(super) fn effective_text(&self) -> String {
        let retry = self.retry.as_ref().map(|(_, retry)| retry.clone()).unwrap_or_default();
        let mut http = Map::new();
        http.insert("defaultHealthyRetryPolicy".to_owned(), Value::Object(retry.to_json()));
        self.fill(&mut http, Some(self.content_type.as_deref().unwrap_or(CONTENT_TYPE)))
    }

    fn fill(&self, http: &mut Map<String, Value>, content_type: Option<&str>) -> String {
        http.insert("disableSubscriptionOverrides".to_owned(), json!(self.overrides));
        if let Some(per_second) = self.per_second {
            http.insert("defaultThrottlePolicy".to_owned(), json!({ "maxReceivesPerSecond": per_second }));
        }
        if let Some(content_type) = content_type {
            http.insert("defaultRequestPolicy".to_owned(), json!({ "headerContentType": content_type }));
        }
        json!({ "http": http }).to_string()
    }
}

impl SubscriptionPolicy {
    /// Reads a policy; an error says what is wrong, without the parameter's name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let policy = object(text)?;
        let mut read = Self::default();
        for (name, value) in &policy {
            match name.as_str() {
                "healthyRetryPolicy" => {
                    let members = given(value, "healthyRetryPolicy")?;
                    read.retry = members.map(|members| retry("healthyRetryPolicy", members)).transpose()?;
                }
                "throttlePolicy" => read.per_second = throttle(value, "throttlePolicy")?,
                "requestPolicy" => read.content_type = request(value, "requestPolicy")?,
                // An old member that AWS shows and does not use.
                "sicklyRetryPolicy" if value.is_null() => {}
                "guaranteed" if value.is_boolean() => {}
                name => return Err(format!("unexpected JSON member: {name}")),
            }
        }
        Ok(read)
    }

    /// As `GetSubscriptionAttributes` answers it: every member is there.
    pub(super) fn to_text(&self) -> String {
        shown(self.retry.as_ref(), self.per_second, self.content_type.as_deref())
    }
}

impl Effective {
    /// The subscription's policy goes before the topic's, member by member, unless the topic forbids it.
    pub(super) fn of(topic: &TopicPolicy, subscription: Option<&SubscriptionPolicy>) -> Self {
        let own = subscription.filter(|_| !topic.overrides);
        let retry = own.and_then(|own| own.retry.clone()).or_else(|| topic.retry.as_ref().map(|(_, it)| it.clone()));
        Self {
            retry: retry.unwrap_or_default(),
            per_second: own.and_then(|own| own.per_second).or(topic.per_second),
            content_type: own.and_then(|own| own.content_type.clone()).or_else(|| topic.content_type.clone()),
        }
    }

    /// As `EffectiveDeliveryPolicy` of a subscription shows it.
    pub(super) fn to_text(&self) -> String {
        shown(Some(&self.retry), self.per_second, self.content_type.as_deref())
    }
}

fn shown(retry: Option<&RetryPolicy>, per_second: Option<u32>, content_type: Option<&str>) -> String {
    json!({
        "healthyRetryPolicy": retry.map(RetryPolicy::to_json),
        "sicklyRetryPolicy": null,
        "throttlePolicy": per_second.map(|per_second| json!({ "maxReceivesPerSecond": per_second })),
        "requestPolicy": content_type.map(|content_type| json!({ "headerContentType": content_type })),
        "guaranteed": false,
    })
    .to_string()
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("must be a JSON object".to_owned()),
        Err(error) => Err(json_error::describe(text, &error)),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    object.get(name).map_or(Ok(None), |value| given(value, name))
}

/// An object, or nothing for `null`.
fn given<'a>(value: &'a Value, path: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Object(members) => Ok(Some(members)),
        _ => Err(format!("{path} must be an object")),
    }
}

/// The words are AWS's for `minDelayTarget` below 1, as
/// <https://github.com/awsdocs/amazon-sns-developer-guide/pull/5> quotes them, and formed alike for the rest.
fn retry(path: &str, members: &Map<String, Value>) -> Result<RetryPolicy, String> {
    const NAMES: [&str; 6] = [
        "minDelayTarget",
        "maxDelayTarget",
        "numRetries",
        "numMaxDelayRetries",
        "numNoDelayRetries",
        "numMinDelayRetries",
    ];
    let known = |name: &&String| NAMES.contains(&name.as_str()) || *name == "backoffFunction";
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(format!("unexpected JSON member: {path}.{name}"));
    }
    let required = |name: &str, min: u32, max: u32| {
        number(path, members, name, min, max)?.ok_or_else(|| format!("{path}.{name} must be specified"))
    };
    let optional = |name: &str| Ok::<_, String>(number(path, members, name, 0, u32::MAX)?.unwrap_or(0));
    let min_delay = required("minDelayTarget", 1, DELAY_MAX)?;
    let max_delay = required("maxDelayTarget", 1, DELAY_MAX)?;
    let retries = required("numRetries", 0, RETRIES_MAX)?;
    if min_delay > max_delay {
        return Err(format!("{path}.minDelayTarget must be less than or equal to {path}.maxDelayTarget"));
    }
    let policy = RetryPolicy {
        min_delay,
        max_delay,
        retries,
        max_delay_retries: optional("numMaxDelayRetries")?,
        no_delay_retries: optional("numNoDelayRetries")?,
        min_delay_retries: optional("numMinDelayRetries")?,
        backoff: backoff(path, members.get("backoffFunction"))?,
    };
    let phases = [policy.max_delay_retries, policy.no_delay_retries, policy.min_delay_retries];
    if phases.into_iter().fold(0_u32, u32::saturating_add) > retries {
        return Err(format!(
            "{path}.numRetries must be greater than or equal to numNoDelayRetries + numMinDelayRetries + \
             numMaxDelayRetries"
        ));
    }
    Ok(policy)
}

fn backoff(path: &str, value: Option<&Value>) -> Result<Backoff, String> {
    match value {
        None | Some(Value::Null) => Ok(Backoff::Linear),
        Some(value) => value.as_str().and_then(Backoff::named).ok_or_else(|| {
            format!("{path}.backoffFunction must be one of linear, arithmetic, geometric and exponential, not {value}")
        }),
    }
}

fn number(path: &str, members: &Map<String, Value>, name: &str, min: u32, max: u32) -> Result<Option<u32>, String> {
    let Some(value) = members.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_i64().ok_or_else(|| format!("{path}.{name} must be an integer"))?;
    if number < i64::from(min) {
        return Err(format!("{path}.{name} must be greater than or equal to {min}"));
    }
    if number > i64::from(max) {
        return Err(format!("{path}.{name} must be less than or equal to {max}"));
    }
    Ok(u32::try_from(number).ok())
}

fn throttle(value: &Value, path: &str) -> Result<Option<u32>, String> {
    let Some(members) = given(value, path)? else { return Ok(None) };
    if let Some(name) = members.keys().find(|name| *name != "maxReceivesPerSecond") {
        return Err(format!("unexpected JSON member: {path}.{name}"));
    }
    number(path, members, "maxReceivesPerSecond", 1, u32::MAX)
}

fn request(value: &Value, path: &str) -> Result<Option<String>, String> {
    let Some(members) = given(value, path)? else { return Ok(None) };
    if let Some(name) = members.keys().find(|name| *name != "headerContentType") {
        return Err(format!("unexpected JSON member: {path}.{name}"));
    }
    let Some(value) = members.get("headerContentType").filter(|value| !value.is_null()) else { return Ok(None) };
    let is_media_type = |text: &&str| text.contains('/') && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let text = value.as_str().filter(is_media_type);
    text.map(|text| Some(text.to_owned())).ok_or_else(|| format!("{path}.headerContentType is invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_may_not_say() {
        let retry = |members: &str| {
            format!(r#"{{"healthyRetryPolicy":{{"minDelayTarget":1,"maxDelayTarget":2,"numRetries":3{members}}}}}"#)
        };
        let cases = [
            (
                r#"{"healthyRetryPolicy":{"numRetries":1}}"#.to_owned(),
                "healthyRetryPolicy.minDelayTarget must be specified",
            ),
            (retry(r#","minDelayTarget":0"#), "healthyRetryPolicy.minDelayTarget must be greater than or equal to 1"),
            (retry(r#","minDelayTarget":3"#), "must be less than or equal to healthyRetryPolicy.maxDelayTarget"),
            (retry(r#","maxDelayTarget":3601"#), "maxDelayTarget must be less than or equal to 3600"),
            (retry(r#","numRetries":101"#), "numRetries must be less than or equal to 100"),
            (retry(r#","numRetries":1.5"#), "numRetries must be an integer"),
            (
                retry(r#","numNoDelayRetries":2,"numMinDelayRetries":2"#),
                "numRetries must be greater than or equal to num",
            ),
            (retry(r#","backoffFunction":"wild""#), "backoffFunction must be one of"),
            (retry(r#","more":1"#), "unexpected JSON member: healthyRetryPolicy.more"),
            (r#"{"throttlePolicy":{"maxReceivesPerSecond":0}}"#.to_owned(), "maxReceivesPerSecond must be greater"),
            (r#"{"requestPolicy":{"headerContentType":"a\nb/c"}}"#.to_owned(), "headerContentType is invalid"),
            (r#"{"http":{}}"#.to_owned(), "unexpected JSON member: http"),
            ("[]".to_owned(), "must be a JSON object"),
        ];
        for (text, words) in cases {
            let error = SubscriptionPolicy::parse(&text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_subscription_goes_before_its_topic_unless_forbidden() {
        let topic = |overrides: bool| {
            let text = json!({ "http": {
                "defaultHealthyRetryPolicy": { "minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1 },
                "disableSubscriptionOverrides": overrides,
                "defaultRequestPolicy": { "headerContentType": "application/json" },
            }});
            TopicPolicy::parse(&text.to_string()).unwrap()
        };
        let own = r#"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0},"throttlePolicy":{"maxReceivesPerSecond":9}}"#;
        let own = SubscriptionPolicy::parse(own).unwrap();
        let free = Effective::of(&topic(false), Some(&own));
        assert_eq!(
            (free.retry.retries, free.per_second, free.content_type.as_deref()),
            (0, Some(9), Some("application/json"))
        );
        let bound = Effective::of(&topic(true), Some(&own));
        assert_eq!((bound.retry.retries, bound.per_second), (1, None));
        // What is shown is read as what it shows.
        assert_eq!(SubscriptionPolicy::parse(&own.to_text()).unwrap(), own);
        assert_eq!(TopicPolicy::parse(&topic(true).to_text()).unwrap(), topic(true));
    }
}
