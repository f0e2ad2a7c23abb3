//! What a function is given on AWS.

use std::collections::BTreeMap;

use super::{SdkConfig, load_config};
use crate::lambda::{self, MissingSetting};

/// What a function is given on AWS: a role and a Region, and, under the names of environment variables, the queues, topics,
/// buses, tables and buckets that the template leads it to. It is meant for `main`; everything below takes what it needs as arguments.
///
/// A client is made when it is first needed, and then shared. A variable that is not set is an error that names it.
///
/// ```no_run
/// # #[cfg(all(feature = "sns", feature = "dynamodb"))]
/// # async fn example() -> Result<(), aqueduct::lambda::Error> {
/// use aqueduct::Publisher;
/// use aqueduct::aws::Environment;
/// use aqueduct::idempotency::Idempotency;
///
/// let aws = Environment::load().await;
/// let events = Publisher::new("till", aws.topic("EVENTS_TOPIC_ARN")?);
/// let once = Idempotency::new(aws.claims("IDEMPOTENCY_TABLE")?).to("events", events);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Environment {
    config: SdkConfig,
    /// Settings that are not the process's own.
    settings: Option<BTreeMap<String, String>>,
    #[cfg(feature = "dynamodb")]
    dynamodb: std::sync::OnceLock<aws_sdk_dynamodb::Client>,
    #[cfg(feature = "eventbridge")]
    eventbridge: std::sync::OnceLock<aws_sdk_eventbridge::Client>,
    #[cfg(feature = "s3")]
    s3: std::sync::OnceLock<aws_sdk_s3::Client>,
    #[cfg(feature = "scheduler")]
    scheduler: std::sync::OnceLock<aws_sdk_scheduler::Client>,
    #[cfg(feature = "sns")]
    sns: std::sync::OnceLock<aws_sdk_sns::Client>,
    #[cfg(feature = "sqs")]
    sqs: std::sync::OnceLock<aws_sdk_sqs::Client>,
}

impl Environment {
    /// The environment that Lambda gives the process, or a local tool with `AWS_ENDPOINT_URL`.
    pub async fn load() -> Self {
        Self::new(load_config().await)
    }

    /// The same with a configuration of its own.
    pub const fn new(config: SdkConfig) -> Self {
        Self {
            config,
            settings: None,
            #[cfg(feature = "dynamodb")]
            dynamodb: std::sync::OnceLock::new(),
            #[cfg(feature = "eventbridge")]
            eventbridge: std::sync::OnceLock::new(),
            #[cfg(feature = "s3")]
            s3: std::sync::OnceLock::new(),
            #[cfg(feature = "scheduler")]
            scheduler: std::sync::OnceLock::new(),
            #[cfg(feature = "sns")]
            sns: std::sync::OnceLock::new(),
            #[cfg(feature = "sqs")]
            sqs: std::sync::OnceLock::new(),
        }
    }

    /// The same with settings of its own, by the names of environment variables: those of the process are not read.
    #[must_use]
    pub fn with_settings(config: SdkConfig, settings: BTreeMap<String, String>) -> Self {
        Self { settings: Some(settings), ..Self::new(config) }
    }

    /// The configuration, for clients of other services.
    pub const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The setting that this variable holds.
    pub fn setting(&self, variable: &str) -> Result<String, MissingSetting> {
        match &self.settings {
            None => lambda::setting(variable),
            Some(settings) => {
                let value = settings.get(variable).filter(|value| !value.is_empty());
                value.cloned().ok_or_else(|| MissingSetting(variable.to_owned()))
            }
        }
    }
}

#[cfg(feature = "sqs")]
impl Environment {
    /// The client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        client!(self, sqs, aws_sdk_sqs)
    }

    /// The queue whose URL this variable holds.
    pub fn queue(&self, variable: &str) -> Result<super::Queue, MissingSetting> {
        Ok(super::Queue::new(self.sqs(), self.setting(variable)?))
    }

    /// Holds messages back, and takes rejected ones to the dead-letter queue whose URL this variable holds.
    pub fn redelivery(&self, variable: &str) -> Result<super::SqsRedelivery, MissingSetting> {
        Ok(super::SqsRedelivery::new(self.sqs(), self.setting(variable)?))
    }
}

#[cfg(feature = "sns")]
impl Environment {
    /// The client of SNS.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        client!(self, sns, aws_sdk_sns)
    }

    /// The topic whose ARN this variable holds.
    pub fn topic(&self, variable: &str) -> Result<super::Topic, MissingSetting> {
        Ok(super::Topic::new(self.sns(), self.setting(variable)?))
    }
}

#[cfg(feature = "eventbridge")]
impl Environment {
    /// The client of EventBridge.
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(self, eventbridge, aws_sdk_eventbridge)
    }

    /// The bus whose name or ARN this variable holds.
    pub fn bus(&self, variable: &str) -> Result<super::Bus, MissingSetting> {
        Ok(super::Bus::new(self.eventbridge(), self.setting(variable)?))
    }
}

#[cfg(feature = "scheduler")]
impl Environment {
    /// The client of EventBridge Scheduler.
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        client!(self, scheduler, aws_sdk_scheduler)
    }
}

#[cfg(feature = "s3")]
impl Environment {
    /// The client of S3.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        // A local cloud has one address, and the names of buckets below it lead nowhere.
        let is_local = self.config.endpoint_url().is_some();
        client!(self, s3, aws_sdk_s3, |config| config.force_path_style(is_local))
    }

    /// Stores large bodies in the bucket that this variable names.
    #[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
    pub fn large_bodies(&self, variable: &str) -> Result<crate::claim_check::LargeBodies, MissingSetting> {
        Ok(crate::claim_check::LargeBodies::new(super::S3Objects::new(self.s3()), self.setting(variable)?))
    }

    /// Fetches bodies that lie in the bucket that this variable names, and in no other.
    pub fn claim_check(&self, variable: &str) -> Result<crate::claim_check::ClaimCheck, MissingSetting> {
        Ok(crate::claim_check::ClaimCheck::new(super::S3Objects::new(self.s3())).bucket(self.setting(variable)?))
    }
}

#[cfg(feature = "dynamodb")]
impl Environment {
    /// The client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, dynamodb, aws_sdk_dynamodb)
    }

    /// The claims in the table that this variable names.
    pub fn claims(&self, variable: &str) -> Result<super::DynamoDbClaims, MissingSetting> {
        Ok(super::DynamoDbClaims::new(self.dynamodb(), self.setting(variable)?))
    }

    /// The circuits in the table that this variable names.
    pub fn circuits(&self, variable: &str) -> Result<super::DynamoDbCircuits, MissingSetting> {
        Ok(super::DynamoDbCircuits::new(self.dynamodb(), self.setting(variable)?))
    }

    /// The outbox in the table that this variable names.
    pub fn outbox(&self, variable: &str) -> Result<super::DynamoDbOutbox, MissingSetting> {
        Ok(super::DynamoDbOutbox::new(self.dynamodb(), self.setting(variable)?))
    }

    /// The statuses in the table that this variable names.
    pub fn statuses(&self, variable: &str) -> Result<super::DynamoDbStatuses, MissingSetting> {
        Ok(super::DynamoDbStatuses::new(self.dynamodb(), self.setting(variable)?))
    }
}
