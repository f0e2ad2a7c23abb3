//! The AWS SDK's clients.

use std::collections::BTreeMap;

use aqueduct::aws::SdkConfig;
use aqueduct::aws::aws_config::{self, BehaviorVersion, Region};
use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::aws::sqs::config::Credentials;
use aqueduct::aws::{dynamodb, eventbridge, s3, sns, sqs};

use super::{Stack, eventually};

impl Stack {
    pub(crate) async fn config(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .endpoint_url(&self.place.endpoint)
            .region(Region::new(self.place.region.clone()))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await
    }

    pub(crate) async fn sqs(&self) -> sqs::Client {
        sqs::Client::new(&self.config().await)
    }

    pub(crate) async fn sns(&self) -> sns::Client {
        sns::Client::new(&self.config().await)
    }

    pub(crate) async fn eventbridge(&self) -> eventbridge::Client {
        eventbridge::Client::new(&self.config().await)
    }

    pub(crate) async fn s3(&self) -> s3::Client {
        let config = s3::config::Builder::from(&self.config().await).force_path_style(true);
        s3::Client::from_conf(config.build())
    }

    pub(crate) async fn dynamodb(&self) -> dynamodb::Client {
        dynamodb::Client::new(&self.config().await)
    }

    /// The keys and sizes of all objects in a bucket that begin with `prefix`.
    pub(crate) async fn objects(&self, bucket: &str, prefix: &str) -> BTreeMap<String, i64> {
        let list = self.s3().await.list_objects_v2().bucket(self.resource(bucket)).prefix(prefix);
        let listed = list.send().await.unwrap();
        listed.contents().iter().map(|object| (object.key().unwrap().to_owned(), object.size().unwrap())).collect()
    }

    /// Switches an event source mapping on or off and waits until it is.
    pub(crate) async fn set_mapping_enabled(&self, function: &str, enabled: bool) {
        let lambda = aws_sdk_lambda::Client::new(&self.config().await);
        let listed = lambda.list_event_source_mappings().function_name(self.resource(function)).send().await.unwrap();
        let id = listed.event_source_mappings()[0].uuid().unwrap().to_owned();
        lambda.update_event_source_mapping().uuid(&id).enabled(enabled).send().await.unwrap();
        let wanted = if enabled { "Enabled" } else { "Disabled" };
        eventually(&format!("the mapping of {function} to be {wanted}"), async || {
            let mapping = lambda.get_event_source_mapping().uuid(&id).send().await.unwrap();
            (mapping.state() == Some(wanted)).then_some(())
        })
        .await;
    }

    /// The entries of an account in the order in which they were written.
    pub(crate) async fn ledger(&self, account: &str) -> Vec<String> {
        let query = self.dynamodb().await.query().table_name(self.resource("LedgerTable")).consistent_read(true);
        let query = query
            .key_condition_expression("account = :account")
            .expression_attribute_values(":account", AttributeValue::S(account.to_owned()));
        let items = query.send().await.unwrap().items.unwrap();
        let mut entries: Vec<_> = items
            .iter()
            .map(|item| (item["written"].as_s().unwrap().clone(), item["entry"].as_s().unwrap().clone()))
            .collect();
        entries.sort();
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Waits until an account has as many entries as wanted; they must be these, in this order.
    pub(crate) async fn has_ledger(&self, account: &str, wanted: &[String]) {
        let entries = eventually(&format!("{} entries of {account}", wanted.len()), async || {
            let entries = self.ledger(account).await;
            (entries.len() >= wanted.len()).then_some(entries)
        })
        .await;
        assert_eq!(entries, wanted);
    }
}
