//! Answers as XML: the names that the query protocol gives to lists and maps.

use std::collections::BTreeMap;
use std::fmt::Display;

use aqueduct_services::sqs::{FailedEntry, MoveTaskEntry, Received, Response, Sent};
use aqueduct_services::{Arn, MessageAttributeValue};

use crate::xml::Xml;

/// Whether an answer has a `…Result` element.
pub(super) fn has_result(response: &Response) -> bool {
    !matches!(response, Response::Done)
}

/// Writes what is inside the `…Result` element of an action.
pub(super) fn write(xml: &mut Xml, action: &str, response: &Response) {
    let entry_name = format!("{action}ResultEntry");
    match response {
        Response::QueueUrl(output) => xml.text("QueueUrl", &output.queue_url),
        Response::Queues(output) => queue_urls(xml, &output.queue_urls, output.next_token.as_deref()),
        Response::DeadLetterSources(output) => queue_urls(xml, &output.queue_urls, output.next_token.as_deref()),
        Response::Attributes(output) => pairs(xml, "Attribute", "Name", &output.attributes),
        Response::Tags(output) => pairs(xml, "Tag", "Key", &output.tags),
        Response::Sent(output) => sent(xml, output),
        Response::SentBatch(output) => {
            for entry in &output.successful {
                xml.element(&entry_name, |xml| {
                    xml.text("Id", &entry.id);
                    sent(xml, &entry.sent);
                });
            }
            failures(xml, &output.failed);
        }
        Response::Batch(output) => {
            for entry in &output.successful {
                xml.element(&entry_name, |xml| xml.text("Id", &entry.id));
            }
            failures(xml, &output.failed);
        }
        Response::Messages(output) => {
            for message in &output.messages {
                xml.element("Message", |xml| received(xml, message));
            }
        }
        Response::MoveStarted(output) => xml.text("TaskHandle", &output.task_handle),
        Response::MoveCancelled(output) => {
            number(xml, "ApproximateNumberOfMessagesMoved", output.approximate_number_of_messages_moved);
        }
        Response::MoveTasks(output) => {
            for entry in &output.results {
                xml.element("ListMessageMoveTasksResultEntry", |xml| move_task(xml, entry));
            }
        }
        _ => {}
    }
}

fn move_task(xml: &mut Xml, entry: &MoveTaskEntry) {
    xml.optional("TaskHandle", entry.task_handle.as_deref());
    xml.text("Status", entry.status);
    xml.text("SourceArn", entry.source_arn.as_str());
    xml.optional("DestinationArn", entry.destination_arn.as_ref().map(Arn::as_str));
    if let Some(rate) = entry.max_number_of_messages_per_second {
        number(xml, "MaxNumberOfMessagesPerSecond", rate);
    }
    number(xml, "ApproximateNumberOfMessagesMoved", entry.approximate_number_of_messages_moved);
    number(xml, "ApproximateNumberOfMessagesToMove", entry.approximate_number_of_messages_to_move);
    xml.optional("FailureReason", entry.failure_reason.as_deref());
    number(xml, "StartedTimestamp", entry.started_timestamp.as_millis());
}

fn number(xml: &mut Xml, element: &str, number: impl Display) {
    xml.text(element, &number.to_string());
}

fn queue_urls(xml: &mut Xml, urls: &[String], next_token: Option<&str>) {
    for url in urls {
        xml.text("QueueUrl", url);
    }
    xml.optional("NextToken", next_token);
}

fn pairs(xml: &mut Xml, element: &str, key: &str, pairs: &BTreeMap<String, String>) {
    for (name, value) in pairs {
        xml.element(element, |xml| {
            xml.text(key, name);
            xml.text("Value", value);
        });
    }
}

fn sent(xml: &mut Xml, sent: &Sent) {
    xml.text("MessageId", &sent.message_id);
    xml.text("MD5OfMessageBody", &sent.md5_of_message_body);
    xml.optional("MD5OfMessageAttributes", sent.md5_of_message_attributes.as_deref());
    xml.optional("MD5OfMessageSystemAttributes", sent.md5_of_message_system_attributes.as_deref());
    xml.optional("SequenceNumber", sent.sequence_number.as_deref());
}

fn failures(xml: &mut Xml, failed: &[FailedEntry]) {
    for entry in failed {
        xml.element("BatchResultErrorEntry", |xml| {
            xml.text("Id", &entry.id);
            xml.text("SenderFault", if entry.sender_fault { "true" } else { "false" });
            xml.text("Code", &entry.code);
            xml.optional("Message", entry.message.as_deref());
        });
    }
}

fn received(xml: &mut Xml, message: &Received) {
    xml.text("MessageId", &message.message_id);
    xml.text("ReceiptHandle", &message.receipt_handle);
    xml.text("MD5OfBody", &message.md5_of_body);
    xml.text("Body", &message.body);
    pairs(xml, "Attribute", "Name", &message.attributes);
    xml.optional("MD5OfMessageAttributes", message.md5_of_message_attributes.as_deref());
    for (name, value) in &message.message_attributes {
        xml.element("MessageAttribute", |xml| {
            xml.text("Name", name);
            xml.element("Value", |xml| attribute_value(xml, value));
        });
    }
}

fn attribute_value(xml: &mut Xml, value: &MessageAttributeValue) {
    xml.text("DataType", &value.data_type);
    xml.optional("StringValue", value.string_value.as_deref());
    xml.optional("BinaryValue", value.binary_value.as_deref());
}
