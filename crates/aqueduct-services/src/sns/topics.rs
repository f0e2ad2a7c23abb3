//! The calls about topics and their tags.

use aqueduct_topology::Arn;

use super::answers::Response;
use super::api::{AddPermission, CreateTopic, Page, RemovePermission, SetTopicAttributes};
use super::refusals::{checked, invalid, invalid_state, no_resource, no_topic};
use super::topic::{MESSAGE_BYTES_DEFAULT, Topic};
use super::{LARGE_SUBSCRIPTIONS_MAX, Sns, permission};
use crate::{ApiError, Timestamp};

/// The most tags of a topic.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html>
const TAGS_MAX: usize = 50;

impl Sns {
    /// Recorded by LocalStack's AWS-validated tests `test_create_duplicate_topic_check_idempotency`,
    /// `test_create_duplicate_topic_with_more_tags`.
    pub(super) fn create_topic(&mut self, now: Timestamp, request: CreateTopic) -> Result<Arn, ApiError> {
        if let Some(topic) = self.topics.get(&self.site.arn("sns", &request.name)) {
            if request.tags.iter().any(|tag| !topic.tags.contains(tag)) {
                return Err(invalid("Tags Reason: Topic already exists with different tags"));
            }
            if !topic.agrees_with(now, &request.attributes) {
                return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
            }
            return Ok(topic.arn.clone());
        }
        check_tags(&request.tags)?;
        let topic = Topic::create(&self.site, now, &request.name, &request.attributes, request.tags)?;
        let arn = topic.arn.clone();
        self.topics.insert(arn.clone(), topic);
        Ok(arn)
    }

    /// Idempotent, and takes the subscriptions with it.
    ///
    /// The words on an archive are quoted in <https://github.com/aws/aws-cdk/pull/37113>.
    pub(super) fn delete_topic(&mut self, arn: &Arn) -> Result<Response, ApiError> {
        let arn = self.of_this_region("TopicArn", arn)?.clone();
        let Some(topic) = self.topics.get(&arn) else { return Ok(Response::DeleteTopic) };
        if topic.archive.is_some() {
            return Err(invalid_state("Cannot delete a topic with an ArchivePolicy"));
        }
        self.topics.remove(&arn);
        self.subscriptions.retain(|_, subscription| subscription.topic != arn);
        self.tokens.retain(|_, token| token.topic != arn);
        self.recent.clear(&arn);
        self.sequences.remove(&arn);
        Ok(Response::DeleteTopic)
    }

    pub(super) fn list_topics(&self, page: &Page) -> Result<Response, ApiError> {
        let after = super::page::read(page.next_token.as_deref())?;
        let mut topics: Vec<Arn> =
            self.topics.keys().filter(|arn| after.as_deref() < Some(arn.as_str())).cloned().collect();
        let next_token = super::page::cut(&mut topics, Arn::as_str);
        Ok(Response::ListTopics { topics, next_token })
    }

    pub(super) fn topic_attributes(&self, now: Timestamp, arn: &Arn) -> Result<Response, ApiError> {
        let topic = self.topic(arn)?;
        let (confirmed, pending): (Vec<_>, Vec<_>) = self.subscriptions_of(arn).partition(|it| it.standing.confirmed);
        Ok(Response::GetTopicAttributes(topic.attributes(now, confirmed.len(), pending.len())))
    }

    pub(super) fn set_topic_attributes(
        &mut self,
        now: Timestamp,
        request: &SetTopicAttributes,
    ) -> Result<Response, ApiError> {
        let mut topic = self.topic(&request.topic_arn)?.clone();
        topic.set(now, &request.name, &request.value)?;
        if topic.message_bytes_max > MESSAGE_BYTES_DEFAULT {
            self.check_large(&topic)?;
        }
        if topic.archive.is_none() {
            self.archives.clear(&topic.arn);
        }
        self.topics.insert(topic.arn.clone(), topic);
        Ok(Response::SetTopicAttributes)
    }

    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>
    fn check_large(&self, topic: &Topic) -> Result<(), ApiError> {
        let mut count = 0;
        for subscription in self.subscriptions_of(&topic.arn) {
            count += 1;
            if count > LARGE_SUBSCRIPTIONS_MAX {
                return Err(invalid(format_args!(
                    "MaximumMessageSize: above {MESSAGE_BYTES_DEFAULT} bytes a topic takes {LARGE_SUBSCRIPTIONS_MAX} \
                     subscriptions"
                )));
            }
            if subscription.protocol.is_http() {
                return Err(invalid(format_args!(
                    "MaximumMessageSize: above {MESSAGE_BYTES_DEFAULT} bytes a topic takes no {} subscriptions",
                    subscription.protocol.name()
                )));
            }
        }
        Ok(())
    }

    pub(super) fn add_permission(&mut self, request: &AddPermission) -> Result<Response, ApiError> {
        let statement = permission::statement(request)?;
        self.topic(&request.topic_arn)?;
        let Some(topic) = self.topics.get_mut(&request.topic_arn) else { return Err(no_topic()) };
        let mut exists = false;
        topic.edit_policy(|statements| {
            exists = statements.iter().any(|it| it["Sid"] == request.label);
            if !exists {
                statements.push(statement);
            }
        });
        if exists { Err(invalid("Statement already exists")) } else { Ok(Response::AddPermission) }
    }

    pub(super) fn remove_permission(&mut self, request: &RemovePermission) -> Result<Response, ApiError> {
        self.topic(&request.topic_arn)?;
        let Some(topic) = self.topics.get_mut(&request.topic_arn) else { return Err(no_topic()) };
        topic.edit_policy(|statements| statements.retain(|it| it["Sid"] != request.label));
        Ok(Response::RemovePermission)
    }

    pub(super) fn tag(&mut self, arn: &Arn, tags: Vec<(String, String)>) -> Result<Response, ApiError> {
        check_tags(&tags)?;
        let topic = self.tagged(arn)?;
        let mut all = topic.tags.clone();
        for (key, value) in tags {
            match all.iter_mut().find(|(existing, _)| *existing == key) {
                Some((_, existing)) => *existing = value,
                None => all.push((key, value)),
            }
        }
        check_tag_count(&all)?;
        topic.tags = all;
        Ok(Response::TagResource)
    }

    pub(super) fn untag(&mut self, arn: &Arn, keys: &[String]) -> Result<Response, ApiError> {
        self.tagged(arn)?.tags.retain(|(key, _)| !keys.contains(key));
        Ok(Response::UntagResource)
    }

    pub(super) fn tags(&self, arn: &Arn) -> Result<Response, ApiError> {
        let topic = self.topics.get(checked("ResourceArn", arn)?).ok_or_else(no_resource)?;
        Ok(Response::ListTagsForResource(topic.tags.clone()))
    }

    fn tagged(&mut self, arn: &Arn) -> Result<&mut Topic, ApiError> {
        self.topics.get_mut(checked("ResourceArn", arn)?).ok_or_else(no_resource)
    }
}

/// Recorded by LocalStack's AWS-validated test `test_tags`.
fn check_tags(tags: &[(String, String)]) -> Result<(), ApiError> {
    let is_repeated = |(at, (key, _)): (usize, &(String, String))| tags[..at].iter().any(|(other, _)| other == key);
    if tags.iter().enumerate().any(is_repeated) {
        return Err(invalid("Duplicated keys are not allowed."));
    }
    check_tag_count(tags)
}

fn check_tag_count(tags: &[(String, String)]) -> Result<(), ApiError> {
    if tags.len() <= TAGS_MAX {
        return Ok(());
    }
    let message = "Could not complete request: tag quota of per resource exceeded";
    Err(ApiError::sender("TagLimitExceededException", message).with_query_code("TagLimitExceeded"))
}
