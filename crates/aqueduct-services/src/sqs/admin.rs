//! The actions on queues: create, describe, change, purge, delete, tag.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Arn;

use super::Sqs;
use super::api::{
    Attributes, CreateQueue, DeadLetterSources, DeleteQueue, GetQueueAttributes, GetQueueUrl,
    ListDeadLetterSourceQueues, ListQueueTags, ListQueues, PurgeQueue, QueueUrl, Queues, Response, SetQueueAttributes,
    TagQueue, Tags, UntagQueue,
};
use super::durable::table;
use super::queue::Queue;
use super::refusal::{batch as coded, invalid, invalid_value, missing, no_queue, unknown_attribute};
use super::settings::Settings;
use crate::{ApiError, Change, Timestamp};

/// How long a deleted queue's name is taken, and how long one purge excludes the next.
///
/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html>
const PAUSE: Duration = Duration::from_mins(1);

/// The most tags of a queue.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
const TAGS_MAX: usize = 50;

/// Attributes that `GetQueueAttributes` adds to the settings.
const COUNTED: [&str; 6] = [
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
];

/// The settings that a queue has or may have.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
const SETTINGS: [&str; 15] = [
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
    "SqsManagedSseEnabled",
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

/// Whether there is a queue attribute of this name.
pub(super) fn is_queue_attribute(name: &str) -> bool {
    COUNTED.contains(&name) || SETTINGS.contains(&name)
}

impl Sqs {
    /// Creates a queue, or answers the one that has this name and does not contradict the given attributes.
    pub(super) fn create_queue(&mut self, now: Timestamp, input: CreateQueue) -> Result<Response, ApiError> {
        let fifo = check_name(&input.queue_name, &input.attributes)?;
        let settings = Settings::new(fifo).with(&input.attributes)?;
        let name = input.queue_name;
        let url = Response::QueueUrl(QueueUrl { queue_url: self.url_of(&name) });
        if let Some(existing) = self.queues.get(&name) {
            return match existing.settings.first_difference(&settings, &input.attributes) {
                None => Ok(url),
                // Recorded by LocalStack's AWS-validated test
                // `test_create_queue_with_different_attributes_raises_exception`.
                Some(attribute) => Err(coded(
                    "QueueNameExists",
                    "QueueAlreadyExists",
                    format!(
                        "A queue already exists with the same name and a different value for attribute {attribute}"
                    ),
                )),
            };
        }
        if self.deleted.get(&name).is_some_and(|deleted| now.since(*deleted) < PAUSE) {
            return Err(coded(
                "QueueDeletedRecently",
                "AWS.SimpleQueueService.QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            ));
        }
        let arn = self.site.arn("sqs", &name);
        self.check_redrive(&arn, &settings)?;
        check_tags(&input.tags)?;
        let mut queue = Queue::new(now, arn, settings, self.ids.next_u64());
        queue.liberties.clone_from(&self.liberties);
        queue.tags = input.tags;
        self.deleted.remove(&name);
        self.queues.insert(queue);
        Ok(url)
    }

    /// A redrive policy must name a queue of the same type and account that permits it.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
    fn check_redrive(&self, source: &Arn, settings: &Settings) -> Result<(), ApiError> {
        let Some(redrive) = &settings.redrive else { return Ok(()) };
        let target = &redrive.value.target;
        let refused = |reason: &str| Err(invalid(&redrive.text, "RedrivePolicy", reason));
        if target.account() != source.account() || target.region() != source.region() {
            return refused("Dead-letter target owner and Region should be same as the source.");
        }
        let Some(queue) = self.by_arn(target) else { return refused("Dead letter target does not exist.") };
        if queue.settings.fifo != settings.fifo {
            return refused("Dead-letter queue must be same type of queue as the source.");
        }
        let permitted = queue.settings.redrive_allow.as_ref().is_none_or(|allow| allow.value.permits(source));
        if permitted { Ok(()) } else { refused("The RedriveAllowPolicy of the dead-letter queue does not allow it.") }
    }

    pub(super) fn delete_queue(&mut self, now: Timestamp, input: &DeleteQueue) -> Result<Response, ApiError> {
        let name = self.name_in(&input.queue_url)?;
        let (mut queue, polls) = self.queues.remove(name).ok_or_else(no_queue)?;
        queue.mark();
        queue.clear(now, "the queue was deleted", &mut self.notes);
        self.answers.extend(polls.into_iter().map(|call| (call, Err(no_queue()))));
        self.moves.retain(|_, task| task.source != *queue.arn);
        if queue.has_changed() {
            queue.take_changes(&mut self.gone);
            self.gone.push(Change { table: table::QUEUES, key: name.as_bytes().to_vec(), value: None });
        }
        self.deleted.retain(|_, deleted| now.since(*deleted) < PAUSE);
        self.deleted.insert(name.to_owned(), now);
        Ok(Response::Done)
    }

    pub(super) fn purge_queue(&mut self, now: Timestamp, input: &PurgeQueue) -> Result<Response, ApiError> {
        let name = self.name_in(&input.queue_url)?;
        let mut queue = self.queues.get_mut(name).ok_or_else(no_queue)?;
        if queue.purged.is_some_and(|purged| now.since(purged) < PAUSE) {
            // Recorded by LocalStack's AWS-validated test `test_successive_purge_calls_fail`.
            let message = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
            let query_code = "AWS.SimpleQueueService.PurgeQueueInProgress";
            return Err(coded("PurgeQueueInProgress", query_code, message).with_status(403));
        }
        queue.purged = Some(now);
        queue.mark();
        queue.clear(now, "the queue was purged", &mut self.notes);
        Ok(Response::Done)
    }

    pub(super) fn list_queues(&self, input: &ListQueues) -> Result<Response, ApiError> {
        let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
        let queues = self.queues.after(input.next_token.as_deref());
        let names = queues.map(|queue| &*queue.name).filter(|name| name.starts_with(prefix));
        let (queue_urls, next_token) = self.page(names, input.max_results)?;
        Ok(Response::Queues(Queues { queue_urls, next_token }))
    }

    pub(super) fn list_dead_letter_sources(&self, input: &ListDeadLetterSourceQueues) -> Result<Response, ApiError> {
        let target = &*self.at_url(&input.queue_url)?.arn;
        let names_us = |queue: &&Queue| queue.settings.redrive.as_ref().is_some_and(|it| it.value.target == *target);
        let queues = self.queues.after(input.next_token.as_deref());
        let names = queues.filter(names_us).map(|queue| &*queue.name);
        let (queue_urls, next_token) = self.page(names, input.max_results)?;
        Ok(Response::DeadLetterSources(DeadLetterSources { queue_urls, next_token }))
    }

    /// A page of queue URLs. The token is the last name of the page before.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html>
    fn page<'a>(
        &self,
        mut names: impl Iterator<Item = &'a str>,
        max: Option<i64>,
    ) -> Result<(Vec<String>, Option<String>), ApiError> {
        if max.is_some_and(|max| !(1..=1000).contains(&max)) {
            let reason = "MaxResults must be an integer between 1 and 1000.";
            return Err(invalid(&max.unwrap_or_default().to_string(), "MaxResults", reason));
        }
        let limit = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(1000);
        let page: Vec<&str> = names.by_ref().take(limit).collect();
        let has_more = names.next().is_some();
        let token = page.last().filter(|_| has_more && max.is_some()).map(|name| (*name).to_owned());
        Ok((page.into_iter().map(|name| self.url_of(name)).collect(), token))
    }

    pub(super) fn queue_url(&self, input: &GetQueueUrl) -> Result<Response, ApiError> {
        if input.queue_name.is_empty() {
            return Err(missing("QueueName"));
        }
        let is_ours = input.queue_owner_aws_account_id.as_ref().is_none_or(|owner| *owner == self.site.account);
        if !is_ours || self.queues.get(&input.queue_name).is_none() {
            return Err(no_queue());
        }
        Ok(Response::QueueUrl(QueueUrl { queue_url: self.url_of(&input.queue_name) }))
    }

    pub(super) fn queue_attributes(&self, input: &GetQueueAttributes) -> Result<Response, ApiError> {
        let queue = self.at_url(&input.queue_url)?;
        if let Some(name) = input.attribute_names.iter().find(|name| !is_queue_attribute(name) && *name != "All") {
            return Err(unknown_attribute(name));
        }
        let all = attributes_of(queue);
        let is_asked = |name: &str| input.attribute_names.iter().any(|asked| asked == "All" || asked == name);
        let asked = all.into_iter().filter(|(name, _)| is_asked(name));
        let attributes = asked.map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Response::Attributes(Attributes { attributes }))
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        now: Timestamp,
        input: &SetQueueAttributes,
    ) -> Result<Response, ApiError> {
        if input.attributes.is_empty() {
            return Err(missing("Attributes"));
        }
        let queue = self.at_url(&input.queue_url)?;
        let (name, arn) = (Arc::clone(&queue.name), Arc::clone(&queue.arn));
        let settings = queue.settings.with(&input.attributes)?;
        if input.attributes.contains_key("RedrivePolicy") {
            self.check_redrive(&arn, &settings)?;
        }
        if let Some(mut queue) = self.queues.get_mut(&name) {
            queue.set(now, settings);
        }
        Ok(Response::Done)
    }

    pub(super) fn tag_queue(&mut self, input: TagQueue) -> Result<Response, ApiError> {
        if input.tags.is_empty() {
            return Err(missing("Tags"));
        }
        let name = self.name_in(&input.queue_url)?;
        let mut queue = self.queues.get_mut(name).ok_or_else(no_queue)?;
        let mut tags = queue.tags.clone();
        tags.extend(input.tags);
        check_tags(&tags)?;
        queue.tags = tags;
        queue.mark();
        Ok(Response::Done)
    }

    pub(super) fn list_queue_tags(&self, input: &ListQueueTags) -> Result<Response, ApiError> {
        Ok(Response::Tags(Tags { tags: self.at_url(&input.queue_url)?.tags.clone() }))
    }

    pub(super) fn untag_queue(&mut self, input: &UntagQueue) -> Result<Response, ApiError> {
        if input.tag_keys.is_empty() {
            return Err(missing("TagKeys"));
        }
        let name = self.name_in(&input.queue_url)?;
        let mut queue = self.queues.get_mut(name).ok_or_else(no_queue)?;
        queue.tags.retain(|key, _| !input.tag_keys.contains(key));
        queue.mark();
        Ok(Response::Done)
    }

    fn url_of(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.site.endpoint, self.site.account)
    }
}

/// A queue's settings, its counts and times. Times are Unix seconds.
fn attributes_of(queue: &Queue) -> BTreeMap<&'static str, String> {
    let values = [
        queue.arn.to_string(),
        queue.visible().to_string(),
        queue.in_flight().to_string(),
        queue.delayed().to_string(),
        queue.created.as_secs().to_string(),
        queue.modified.as_secs().to_string(),
    ];
    let mut attributes = queue.settings.attributes();
    attributes.extend(COUNTED.into_iter().zip(values));
    attributes
}

/// Checks a queue's name against its type, and answers whether it is a FIFO queue.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
fn check_name(name: &str, attributes: &BTreeMap<String, String>) -> Result<bool, ApiError> {
    let fifo = attributes.get("FifoQueue").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let stem = if fifo { name.strip_suffix(".fifo").unwrap_or_default() } else { name };
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if name.is_empty() {
        return Err(missing("QueueName"));
    }
    if name.len() <= 80 && !stem.is_empty() && stem.chars().all(is_allowed) {
        return Ok(fifo);
    }
    Err(invalid_value(if fifo {
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with \
         .fifo suffix and be 1 to 80 in length"
    } else {
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    }))
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html>
fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(invalid_value(format!("Too many tags: a queue has up to {TAGS_MAX}.")));
    }
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) || key.to_ascii_lowercase().starts_with("aws:") {
            let rule = "has 1 to 128 characters and does not start with aws:";
            return Err(invalid_value(format!("The tag key {key:?} is invalid: a key {rule}.")));
        }
        if value.chars().count() > 256 {
            return Err(invalid_value(format!("The value of the tag {key:?} has more than 256 characters.")));
        }
    }
    Ok(())
}
