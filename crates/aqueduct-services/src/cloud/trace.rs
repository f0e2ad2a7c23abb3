//! The trace that calls carry on, so that chains of functions are recognised as such.

use std::collections::BTreeMap;

use super::Request;
use crate::{MessageAttributeValue, lambda, sns, sqs};

/// The system attribute of a message that holds it.
const SYSTEM_ATTRIBUTE: &str = "AWSTraceHeader";

impl Request {
    /// The header `X-Amzn-Trace-Id` of a call: SQS and SNS send it on with the message, Lambda with the event, unless the call
    /// says another one itself. SDKs set it to what their function was invoked with.
    ///
    /// Source: <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
    pub fn set_trace_header(&mut self, header: &str) {
        match self {
            Self::Sqs(sqs::Request::SendMessage(message)) => trace(&mut message.message_system_attributes, header),
            Self::Sqs(sqs::Request::SendMessageBatch(batch)) => {
                for entry in &mut batch.entries {
                    trace(&mut entry.message_system_attributes, header);
                }
            }
            Self::Sns(sns::Request::Publish(publish)) => fill(&mut publish.message.trace_header, header),
            Self::Sns(sns::Request::PublishBatch(batch)) => {
                for (_, message) in &mut batch.entries {
                    fill(&mut message.trace_header, header);
                }
            }
            Self::Lambda(lambda::Request::Invoke(invoke)) => fill(&mut invoke.trace_header, header),
            _ => {}
        }
    }
}

fn trace(attributes: &mut BTreeMap<String, MessageAttributeValue>, header: &str) {
    attributes.entry(SYSTEM_ATTRIBUTE.to_owned()).or_insert_with(|| MessageAttributeValue {
        data_type: "String".to_owned(),
        string_value: Some(header.to_owned()),
        binary_value: None,
    });
}

fn fill(trace_header: &mut Option<String>, header: &str) {
    trace_header.get_or_insert_with(|| header.to_owned());
}
