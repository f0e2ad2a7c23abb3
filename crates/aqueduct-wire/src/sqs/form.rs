//! Inputs out of forms: the names that the query protocol gives to lists and maps.

use std::collections::BTreeMap;

use aqueduct_services::sqs::{
    CancelMessageMoveTask, ChangeEntry, ChangeMessageVisibility, ChangeMessageVisibilityBatch, CreateQueue,
    DeleteEntry, DeleteMessage, DeleteMessageBatch, DeleteQueue, GetQueueAttributes, GetQueueUrl,
    ListDeadLetterSourceQueues, ListMessageMoveTasks, ListQueueTags, ListQueues, PurgeQueue, ReceiveMessage, Request,
    SendEntry, SendMessage, SendMessageBatch, SetQueueAttributes, StartMessageMoveTask, TagQueue, UntagQueue,
};
use aqueduct_services::{ApiError, MessageAttributeValue};

use crate::query::Form;

/// An action's input; `None` for an action that there is not. A queue is named by a parameter or by the path.
pub(super) fn read(action: &str, form: &Form, path: &str) -> Option<Result<Request, ApiError>> {
    let input = Input { form, path };
    // Recorded by LocalStack's AWS-validated tests `test_get_create_queue_fails` and `test_get_list_queues_fails`: a
    // queue is no endpoint for these.
    if matches!(action, "CreateQueue" | "ListQueues") && path.trim_matches('/').contains('/') {
        return None;
    }
    Some(match action {
        "SendMessage" => input.send_message(),
        "SendMessageBatch" => input.send_message_batch(),
        "ReceiveMessage" => input.receive_message(),
        "ChangeMessageVisibility" => input.change_message_visibility(),
        "ChangeMessageVisibilityBatch" => input.change_message_visibility_batch(),
        "ListQueues" => input.list_queues(),
        "ListDeadLetterSourceQueues" => input.list_dead_letter_source_queues(),
        "StartMessageMoveTask" => input.start_message_move_task(),
        "ListMessageMoveTasks" => input.list_message_move_tasks(),
        action => Ok(input.plain(action)?),
    })
}

/// A form that names a queue.
struct Input<'a> {
    form: &'a Form,
    path: &'a str,
}

impl Input<'_> {
    /// Inputs that cannot be malformed.
    fn plain(&self, action: &str) -> Option<Request> {
        let (form, queue_url) = (self.form, self.queue_url());
        Some(match action {
            "CreateQueue" => Request::CreateQueue(CreateQueue {
                queue_name: owned(form, "QueueName"),
                attributes: attributes(form),
                tags: tags(form),
            }),
            "DeleteQueue" => Request::DeleteQueue(DeleteQueue { queue_url }),
            "GetQueueUrl" => Request::GetQueueUrl(GetQueueUrl {
                queue_name: owned(form, "QueueName"),
                queue_owner_aws_account_id: optional(form, "QueueOwnerAWSAccountId"),
            }),
            "GetQueueAttributes" => Request::GetQueueAttributes(GetQueueAttributes {
                queue_url,
                attribute_names: names(form, "AttributeName"),
            }),
            "SetQueueAttributes" => {
                Request::SetQueueAttributes(SetQueueAttributes { queue_url, attributes: attributes(form) })
            }
            "DeleteMessage" => {
                Request::DeleteMessage(DeleteMessage { queue_url, receipt_handle: owned(form, "ReceiptHandle") })
            }
            "DeleteMessageBatch" => {
                let entry = |entry: Form| DeleteEntry {
                    id: owned(&entry, "Id"),
                    receipt_handle: owned(&entry, "ReceiptHandle"),
                };
                let entries = form.list("DeleteMessageBatchRequestEntry").into_iter().map(entry).collect();
                Request::DeleteMessageBatch(DeleteMessageBatch { queue_url, entries })
            }
            "PurgeQueue" => Request::PurgeQueue(PurgeQueue { queue_url }),
            "CancelMessageMoveTask" => {
                Request::CancelMessageMoveTask(CancelMessageMoveTask { task_handle: owned(form, "TaskHandle") })
            }
            "TagQueue" => Request::TagQueue(TagQueue { queue_url, tags: tags(form) }),
            "UntagQueue" => Request::UntagQueue(UntagQueue { queue_url, tag_keys: names(form, "TagKey") }),
            "ListQueueTags" => Request::ListQueueTags(ListQueueTags { queue_url }),
            _ => return None,
        })
    }

    fn queue_url(&self) -> String {
        self.form.text("QueueUrl").unwrap_or_else(|| self.path.trim_end_matches('/')).to_owned()
    }

    fn send_message(&self) -> Result<Request, ApiError> {
        let entry = send_entry(self.form)?;
        Ok(Request::SendMessage(SendMessage {
            queue_url: self.queue_url(),
            message_body: entry.message_body,
            delay_seconds: entry.delay_seconds,
            message_attributes: entry.message_attributes,
            message_system_attributes: entry.message_system_attributes,
            message_deduplication_id: entry.message_deduplication_id,
            message_group_id: entry.message_group_id,
        }))
    }

    fn send_message_batch(&self) -> Result<Request, ApiError> {
        let entries = self.form.list("SendMessageBatchRequestEntry");
        let entries = entries.iter().map(send_entry).collect::<Result<_, _>>()?;
        Ok(Request::SendMessageBatch(SendMessageBatch { queue_url: self.queue_url(), entries }))
    }

    fn receive_message(&self) -> Result<Request, ApiError> {
        let form = self.form;
        Ok(Request::ReceiveMessage(ReceiveMessage {
            queue_url: self.queue_url(),
            attribute_names: names(form, "AttributeName"),
            message_system_attribute_names: names(form, "MessageSystemAttributeName"),
            message_attribute_names: names(form, "MessageAttributeName"),
            max_number_of_messages: integer(form, "MaxNumberOfMessages")?,
            visibility_timeout: integer(form, "VisibilityTimeout")?,
            wait_time_seconds: integer(form, "WaitTimeSeconds")?,
            receive_request_attempt_id: optional(form, "ReceiveRequestAttemptId"),
        }))
    }

    fn change_message_visibility(&self) -> Result<Request, ApiError> {
        Ok(Request::ChangeMessageVisibility(ChangeMessageVisibility {
            queue_url: self.queue_url(),
            receipt_handle: owned(self.form, "ReceiptHandle"),
            visibility_timeout: integer(self.form, "VisibilityTimeout")?,
        }))
    }

    fn change_message_visibility_batch(&self) -> Result<Request, ApiError> {
        let entry = |entry: &Form| {
            Ok(ChangeEntry {
                id: owned(entry, "Id"),
                receipt_handle: owned(entry, "ReceiptHandle"),
                visibility_timeout: integer(entry, "VisibilityTimeout")?,
            })
        };
        let entries = self.form.list("ChangeMessageVisibilityBatchRequestEntry");
        let entries = entries.iter().map(entry).collect::<Result<_, ApiError>>()?;
        Ok(Request::ChangeMessageVisibilityBatch(ChangeMessageVisibilityBatch { queue_url: self.queue_url(), entries }))
    }

    fn list_queues(&self) -> Result<Request, ApiError> {
        Ok(Request::ListQueues(ListQueues {
            queue_name_prefix: optional(self.form, "QueueNamePrefix"),
            next_token: optional(self.form, "NextToken"),
            max_results: integer(self.form, "MaxResults")?,
        }))
    }

    fn start_message_move_task(&self) -> Result<Request, ApiError> {
        Ok(Request::StartMessageMoveTask(StartMessageMoveTask {
            source_arn: owned(self.form, "SourceArn"),
            destination_arn: optional(self.form, "DestinationArn"),
            max_number_of_messages_per_second: integer(self.form, "MaxNumberOfMessagesPerSecond")?,
        }))
    }

    fn list_message_move_tasks(&self) -> Result<Request, ApiError> {
        Ok(Request::ListMessageMoveTasks(ListMessageMoveTasks {
            source_arn: owned(self.form, "SourceArn"),
            max_results: integer(self.form, "MaxResults")?,
        }))
    }

    fn list_dead_letter_source_queues(&self) -> Result<Request, ApiError> {
        Ok(Request::ListDeadLetterSourceQueues(ListDeadLetterSourceQueues {
            queue_url: self.queue_url(),
            next_token: optional(self.form, "NextToken"),
            max_results: integer(self.form, "MaxResults")?,
        }))
    }
}

fn send_entry(form: &Form) -> Result<SendEntry, ApiError> {
    Ok(SendEntry {
        id: owned(form, "Id"),
        message_body: owned(form, "MessageBody"),
        delay_seconds: integer(form, "DelaySeconds")?,
        message_attributes: message_attributes(form, "MessageAttribute"),
        message_system_attributes: message_attributes(form, "MessageSystemAttribute"),
        message_deduplication_id: optional(form, "MessageDeduplicationId"),
        message_group_id: optional(form, "MessageGroupId"),
    })
}

/// `MessageAttribute.1.Name=…&MessageAttribute.1.Value.DataType=…`
fn message_attributes(form: &Form, prefix: &str) -> BTreeMap<String, MessageAttributeValue> {
    let attribute = |member: Form| {
        let value = MessageAttributeValue {
            data_type: owned(&member, "Value.DataType"),
            string_value: optional(&member, "Value.StringValue"),
            binary_value: optional(&member, "Value.BinaryValue"),
        };
        (owned(&member, "Name"), value)
    };
    form.list(prefix).into_iter().map(attribute).collect()
}

/// `Attribute.1.Name=…&Attribute.1.Value=…`; a single attribute may come without its number.
fn attributes(form: &Form) -> BTreeMap<String, String> {
    let mut attributes = form.map("Attribute", "Name", "Value");
    if let (Some(name), Some(value)) = (form.text("Attribute.Name"), form.text("Attribute.Value")) {
        attributes.insert(name.to_owned(), value.to_owned());
    }
    attributes
}

fn tags(form: &Form) -> BTreeMap<String, String> {
    form.map("Tag", "Key", "Value")
}

/// `AttributeName.1=…`; a single name may come without its number.
fn names(form: &Form, prefix: &str) -> Vec<String> {
    form.text(prefix).map(str::to_owned).into_iter().chain(form.texts(prefix)).collect()
}

fn owned(form: &Form, name: &str) -> String {
    form.text(name).unwrap_or_default().to_owned()
}

fn optional(form: &Form, name: &str) -> Option<String> {
    form.text(name).map(str::to_owned)
}

fn integer(form: &Form, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = form.text(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let message = format!("Value {text} for parameter {name} is invalid. Reason: Must be an integer.");
        ApiError::sender("InvalidParameterValueException", message).with_query_code("InvalidParameterValue")
    })
}
