//! The calls of SQS that are measured, in AWS JSON 1.0, with the headers that SDKs send.

use std::fmt::Write;
use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};

use crate::http::Connection;

/// A client of one connection.
#[derive(Debug)]
pub(crate) struct Sqs {
    connection: Connection,
    host: String,
}

/// A request, rendered once and sent often.
#[derive(Clone, Debug)]
pub(crate) struct Call(Vec<u8>);

impl Sqs {
    /// Connects to an endpoint.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, host: address.to_string() })
    }

    /// Renders a call.
    pub(crate) fn render(&self, action: &str, input: &Value) -> Call {
        let body = input.to_string();
        let mut request = String::with_capacity(body.len() + 512);
        let _ = write!(
            request,
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-amz-json-1.0\r\nx-amz-target: AmazonSQS.{action}\r\n\
             x-amz-date: 20261125T000000Z\r\nuser-agent: aqueduct-bench\r\naccept: */*\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/sqs/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={:064}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.host,
            0,
            body.len()
        );
        Call(request.into_bytes())
    }

    /// Makes a call; its answer as it came.
    pub(crate) async fn send(&mut self, call: &Call) -> anyhow::Result<&[u8]> {
        self.connection.call(&call.0).await
    }

    async fn call(&mut self, action: &str, input: &Value) -> anyhow::Result<Value> {
        let call = self.render(action, input);
        let answer = self.connection.call(&call.0).await.with_context(|| action.to_owned())?;
        if answer.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(answer)?) }
    }

    /// Creates a queue; its URL.
    pub(crate) async fn create_queue(&mut self, name: &str) -> anyhow::Result<String> {
        let answer = self.call("CreateQueue", &json!({ "QueueName": name })).await?;
        Ok(answer["QueueUrl"].as_str().context("no QueueUrl")?.to_owned())
    }

    /// Any cheap call that the endpoint answers once it is ready.
    pub(crate) async fn list_queues(&mut self) -> anyhow::Result<()> {
        self.call("ListQueues", &json!({})).await.map(drop)
    }

    /// How many messages wait.
    pub(crate) async fn visible(&mut self, url: &str) -> anyhow::Result<u64> {
        let names = ["ApproximateNumberOfMessages"];
        let answer = self.call("GetQueueAttributes", &json!({ "QueueUrl": url, "AttributeNames": names })).await?;
        Ok(answer["Attributes"][names[0]].as_str().unwrap_or("0").parse()?)
    }

    /// Receives with a rendered call; the receipt handles.
    pub(crate) async fn receive(&mut self, call: &Call) -> anyhow::Result<Vec<String>> {
        let answer = std::str::from_utf8(self.connection.call(&call.0).await?)?;
        // A client that reads all of JSON would be measured more than the server.
        let handles = answer.split("\"ReceiptHandle\":\"").skip(1);
        Ok(handles.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect())
    }

    /// Deletes one message.
    pub(crate) async fn delete(&mut self, url: &str, handle: &str) -> anyhow::Result<()> {
        let call = self.render("DeleteMessage", &json!({ "QueueUrl": url, "ReceiptHandle": handle }));
        self.connection.call(&call.0).await.map(drop)
    }

    /// Deletes up to ten messages.
    pub(crate) async fn delete_batch(&mut self, url: &str, handles: &[String]) -> anyhow::Result<()> {
        let entries: Vec<Value> = handles
            .iter()
            .enumerate()
            .map(|(id, handle)| json!({ "Id": id.to_string(), "ReceiptHandle": handle }))
            .collect();
        let call = self.render("DeleteMessageBatch", &json!({ "QueueUrl": url, "Entries": entries }));
        self.connection.call(&call.0).await.map(drop)
    }

    /// A rendered `SendMessage` with a body of `bytes` bytes, which is a JSON object as messages mostly are.
    pub(crate) fn sending(&self, url: &str, bytes: usize) -> Call {
        let filler = "x".repeat(bytes.saturating_sub(r#"{"order":""}"#.len()));
        self.render("SendMessage", &json!({ "QueueUrl": url, "MessageBody": json!({ "order": filler }).to_string() }))
    }

    /// A rendered `ReceiveMessage` for up to `max` messages.
    pub(crate) fn receiving(&self, url: &str, max: usize) -> Call {
        let input =
            json!({ "QueueUrl": url, "MaxNumberOfMessages": max, "WaitTimeSeconds": 0, "VisibilityTimeout": 600 });
        self.render("ReceiveMessage", &input)
    }
}
