//! The AWS query protocol of SNS, and of SQS for older clients.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>, and the names of lists and maps in the services'
//! models: <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::xml::{self, Element};
use super::{Refusal, built, post};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A form under construction.
struct Form(String);

impl Form {
    fn new(action: &str, version: &str) -> Self {
        Self(format!("Action={action}&Version={version}"))
    }

    fn text(&mut self, name: &str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pieces = ["&", name, "=", &utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()].concat();
        self.0.push_str(&pieces);
    }

    fn request(self) -> Result<http::Request<Bytes>, String> {
        let body = self.0.into_bytes();
        built(post(FORM, &body), body)
    }
}

pub(super) fn sns_request(action: &str, input: &Value) -> Result<http::Request<Bytes>, String> {
    let mut form = Form::new(action, "2010-03-31");
    for (name, value) in input.as_object().into_iter().flatten() {
        put(&mut form, name, value);
    }
    form.request()
}

/// Maps and lists have a level of their own: `Attributes.entry.1.key`, `Tags.member.1.Key`.
fn put(form: &mut Form, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => form.text(name, &Value::String(String::new())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                put(form, &format!("{name}.member.{}", index + 1), item);
            }
        }
        Value::Object(members) => {
            let keys = match name.rsplit('.').next() {
                Some("MessageAttributes") => Some(("Name", "Value")),
                Some("Attributes") => Some(("key", "value")),
                _ => None,
            };
            for (index, (member, value)) in members.iter().enumerate() {
                let Some((key_name, value_name)) = keys else {
                    put(form, &format!("{name}.{member}"), value);
                    continue;
                };
                let entry = format!("{name}.entry.{}", index + 1);
                form.text(&format!("{entry}.{key_name}"), &Value::String(member.clone()));
                put(form, &format!("{entry}.{value_name}"), value);
            }
        }
        scalar => form.text(name, scalar),
    }
}

pub(super) fn sns_answer(action: &str, response: &http::Response<Bytes>) -> Result<Result<Value, Refusal>, String> {
    let root = document(response)?;
    if let Some(refusal) = refusal(&root, response) {
        return Ok(Err(refusal));
    }
    let result = root.child(&format!("{action}Result"));
    Ok(Ok(result.map_or_else(|| Value::Object(Map::new()), structure)))
}

/// Lists of SNS's model, which an empty element does not tell from an empty text.
const LISTS: [&str; 6] = ["Topics", "Subscriptions", "Successful", "Failed", "Tags", "DataProtectionPolicies"];

fn structure(element: &Element) -> Value {
    let member = |child: &Element| (child.name.clone(), value(child));
    Value::Object(element.children.iter().map(member).collect())
}

fn value(element: &Element) -> Value {
    let first = element.children.first().map(|child| child.name.as_str());
    match (element.name.as_str(), first) {
        (_, Some("member")) => Value::Array(element.children.iter().map(value).collect()),
        (_, Some("entry")) => Value::Object(element.children.iter().filter_map(entry).collect()),
        ("Attributes", None) => Value::Object(Map::new()),
        (name, None) if LISTS.contains(&name) => Value::Array(Vec::new()),
        ("SenderFault", None) => Value::Bool(element.text == "true"),
        (_, None) => Value::String(element.text.clone()),
        _ => structure(element),
    }
}

fn entry(element: &Element) -> Option<(String, Value)> {
    Some((element.text_of("key")?.to_owned(), value(element.child("value")?)))
}

/// The lists and maps of SQS's inputs, which are flat: `Attribute.1.Name`, `AttributeName.1`.
const FLAT: [(&str, &str); 10] = [
    ("Attributes", "Attribute"),
    ("MessageAttributes", "MessageAttribute"),
    ("MessageSystemAttributes", "MessageSystemAttribute"),
    ("AttributeNames", "AttributeName"),
    ("MessageAttributeNames", "MessageAttributeName"),
    ("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    ("TagKeys", "TagKey"),
    ("tags", "Tag"),
    ("Tags", "Tag"),
    ("Actions", "ActionName"),
];

pub(super) fn sqs_request(action: &str, input: &Value) -> Result<http::Request<Bytes>, String> {
    let mut form = Form::new(action, "2012-11-05");
    for (name, value) in input.as_object().into_iter().flatten() {
        let entries = format!("{action}RequestEntry");
        let name = if name == "Entries" { entries.as_str() } else { flat(name) };
        put_flat(&mut form, name, value);
    }
    form.request()
}

fn flat(name: &str) -> &str {
    FLAT.iter().find(|(member, _)| *member == name).map_or(name, |(_, wire)| *wire)
}

fn put_flat(form: &mut Form, name: &str, value: &Value) {
    let map = match name.rsplit('.').next() {
        Some("Attribute" | "MessageAttribute" | "MessageSystemAttribute") => Some("Name"),
        Some("Tag") => Some("Key"),
        _ => None,
    };
    match (value, map) {
        (Value::Null, _) => {}
        (Value::Array(items), _) => {
            for (index, item) in items.iter().enumerate() {
                put_flat(form, &format!("{name}.{}", index + 1), item);
            }
        }
        (Value::Object(members), Some(key)) => {
            for (index, (member, value)) in members.iter().enumerate() {
                form.text(&format!("{name}.{}.{key}", index + 1), &Value::String(member.clone()));
                put_flat(form, &format!("{name}.{}.Value", index + 1), value);
            }
        }
        (Value::Object(members), None) => {
            for (member, value) in members {
                put_flat(form, &format!("{name}.{}", flat(member)), value);
            }
        }
        (scalar, _) => form.text(name, scalar),
    }
}

pub(super) fn sqs_answer(action: &str, response: &http::Response<Bytes>) -> Result<Result<Value, Refusal>, String> {
    let root = document(response)?;
    if let Some(refusal) = refusal(&root, response) {
        return Ok(Err(refusal));
    }
    let mut output = Map::new();
    for child in root.child(&format!("{action}Result")).into_iter().flat_map(|result| &result.children) {
        take_flat(&mut output, action, child);
    }
    Ok(Ok(Value::Object(output)))
}

/// Adds a member of an answer, or a part of one: lists and maps are flat.
fn take_flat(output: &mut Map<String, Value>, action: &str, child: &Element) {
    let nested = |element: &Element| {
        let mut members = Map::new();
        for child in &element.children {
            take_flat(&mut members, "", child);
        }
        Value::Object(members)
    };
    let list = match (child.name.as_str(), action) {
        ("Message", "ReceiveMessage") => Some(("Messages", nested(child))),
        ("ListMessageMoveTasksResultEntry", _) => Some(("Results", nested(child))),
        ("BatchResultErrorEntry", _) => Some(("Failed", nested(child))),
        (name, _) if name.ends_with("ResultEntry") => Some(("Successful", nested(child))),
        ("QueueUrl", "ListQueues") => Some(("QueueUrls", Value::String(child.text.clone()))),
        ("QueueUrl", "ListDeadLetterSourceQueues") => Some(("queueUrls", Value::String(child.text.clone()))),
        _ => None,
    };
    if let Some((name, item)) = list {
        let items = output.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        items.as_array_mut().into_iter().for_each(|items| items.push(item.clone()));
        return;
    }
    let map = match child.name.as_str() {
        "Attribute" => Some(("Attributes", "Name")),
        "MessageAttribute" => Some(("MessageAttributes", "Name")),
        "Tag" => Some(("Tags", "Key")),
        _ => None,
    };
    if let Some((name, key)) = map {
        let entries = output.entry(name).or_insert_with(|| Value::Object(Map::new()));
        let value =
            child.child("Value").map(|value| if value.children.is_empty() { text(value) } else { nested(value) });
        if let (Some(entries), Some(key), Some(value)) = (entries.as_object_mut(), child.text_of(key), value) {
            entries.insert(key.to_owned(), value);
        }
        return;
    }
    output.insert(child.name.clone(), scalar(child));
}

fn text(element: &Element) -> Value {
    Value::String(element.text.clone())
}

/// Text, unless the model has another type for the member.
fn scalar(element: &Element) -> Value {
    match element.name.as_str() {
        "SenderFault" => Value::Bool(element.text == "true"),
        "ApproximateNumberOfMessagesMoved"
        | "ApproximateNumberOfMessagesToMove"
        | "MaxNumberOfMessagesPerSecond"
        | "StartedTimestamp" => element.text.parse::<i64>().map_or_else(|_| text(element), Value::from),
        _ => text(element),
    }
}

fn document(response: &http::Response<Bytes>) -> Result<Element, String> {
    let body = std::str::from_utf8(response.body()).map_err(|error| error.to_string())?;
    xml::read(body).map_err(|error| format!("{}: {error}", response.status()))
}

fn refusal(root: &Element, response: &http::Response<Bytes>) -> Option<Refusal> {
    let error = root.child("Error")?;
    let code = error.text_of("Code").unwrap_or_default().to_owned();
    Some(Refusal {
        shape: shape_of(&code).map(str::to_owned),
        code,
        message: error.text_of("Message").unwrap_or_default().to_owned(),
        status: response.status().as_u16(),
    })
}

/// The names that SQS's model has for errors with another code in the query protocol.
///
/// Source: the `awsQueryError` traits of <https://github.com/aws/api-models-aws/tree/main/models/sqs>
fn shape_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "AWS.SimpleQueueService.NonExistentQueue" => "QueueDoesNotExist",
        "AWS.SimpleQueueService.QueueDeletedRecently" => "QueueDeletedRecently",
        "AWS.SimpleQueueService.PurgeQueueInProgress" => "PurgeQueueInProgress",
        "AWS.SimpleQueueService.MessageNotInflight" => "MessageNotInflight",
        "AWS.SimpleQueueService.UnsupportedOperation" => "UnsupportedOperation",
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct" => "BatchEntryIdsNotDistinct",
        "AWS.SimpleQueueService.BatchRequestTooLong" => "BatchRequestTooLong",
        "AWS.SimpleQueueService.EmptyBatchRequest" => "EmptyBatchRequest",
        "AWS.SimpleQueueService.InvalidBatchEntryId" => "InvalidBatchEntryId",
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest" => "TooManyEntriesInBatchRequest",
        "QueueAlreadyExists" => "QueueNameExists",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(request: Result<http::Request<Bytes>, String>) -> String {
        let body = String::from_utf8(request.unwrap().into_body().to_vec()).unwrap();
        percent_encoding::percent_decode_str(&body).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn inputs_have_the_names_of_the_models() {
        let entries =
            json!([{ "Id": "a", "MessageBody": "x", "MessageAttributes": { "k": { "DataType": "String" } } }]);
        let batch = json!({ "QueueUrl": "q", "Entries": entries });
        assert_eq!(
            body(sqs_request("SendMessageBatch", &batch)),
            "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=q&SendMessageBatchRequestEntry.1.Id=a\
             &SendMessageBatchRequestEntry.1.MessageBody=x&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k\
             &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String"
        );
        let publish = json!({ "TopicArn": "t", "MessageAttributes": { "k": { "DataType": "String" } }, "Tags": [{ "Key": "a" }] });
        assert_eq!(
            body(sns_request("Publish", &publish)),
            "Action=Publish&Version=2010-03-31&TopicArn=t&MessageAttributes.entry.1.Name=k\
             &MessageAttributes.entry.1.Value.DataType=String&Tags.member.1.Key=a"
        );
    }

    #[test]
    fn answers_have_the_names_of_the_models() {
        let response = |xml: &str| http::Response::new(Bytes::from(xml.to_owned()));
        let xml = "<R><ReceiveMessageResult><Message><Body>b</Body><Attribute><Name>n</Name><Value>v</Value></Attribute>\
                   <MessageAttribute><Name>k</Name><Value><DataType>String</DataType></Value></MessageAttribute></Message>\
                   </ReceiveMessageResult></R>";
        let expected = json!({ "Messages": [
            { "Body": "b", "Attributes": { "n": "v" }, "MessageAttributes": { "k": { "DataType": "String" } } }
        ] });
        assert_eq!(sqs_answer("ReceiveMessage", &response(xml)), Ok(Ok(expected)));
        let xml = "<R><DeleteMessageBatchResult><DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>\
                   <BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Message>m</Message></BatchResultErrorEntry>\
                   </DeleteMessageBatchResult></R>";
        let expected = json!({
            "Successful": [{ "Id": "a" }], "Failed": [{ "Id": "b", "SenderFault": true, "Message": "m" }]
        });
        assert_eq!(sqs_answer("DeleteMessageBatch", &response(xml)), Ok(Ok(expected)));
        let xml = "<R><ListTopicsResult><Topics/><Attributes><entry><key>a</key><value>b</value></entry></Attributes>\
                   </ListTopicsResult></R>";
        let expected = json!({ "Topics": [], "Attributes": { "a": "b" } });
        assert_eq!(sns_answer("ListTopics", &response(xml)), Ok(Ok(expected)));
    }
}
