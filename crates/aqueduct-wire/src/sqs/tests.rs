//! Bytes in, bytes out, in the shapes of the API reference's samples.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html> and the pages
//! of the other actions, section «Examples».

use aqueduct_services::cloud;
use aqueduct_services::sqs::{CreateQueue, ReceiveMessage, Request, SendMessageBatch, Sqs};
use aqueduct_services::{ApiError, CallId, Ids, Site, Timestamp};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{Codec, Service, route};

const QUEUE: &str = "http://127.0.0.1:4566/000000000000/MyQueue";

/// A driver in small: routes, decodes, asks, encodes.
struct Endpoint {
    sqs: Sqs,
    calls: u64,
}

impl Endpoint {
    fn new() -> Self {
        let site = Site {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            endpoint: "http://127.0.0.1:4566".into(),
        };
        let mut endpoint = Self { sqs: Sqs::new(site, Ids::new(1)), calls: 0 };
        endpoint.json("CreateQueue", &json!({"QueueName": "MyQueue", "tags": {"team": "shop"}}));
        endpoint
    }

    fn handle(&mut self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (parts, body) = request.into_parts();
        let service = route(&parts, &body).expect("routed");
        let (request, codec) = match crate::decode(service, &parts, &body) {
            Ok(decoded) => decoded,
            Err(response) => return *response,
        };
        let cloud::Request::Sqs(request) = request else { panic!("not SQS") };
        self.calls += 1;
        let result = self.sqs.call(Timestamp::from_millis(1_000), CallId(self.calls), request).expect("answered");
        crate::encode(&codec, result.map(cloud::Response::Sqs), "request-1")
    }

    fn json(&mut self, action: &str, body: &Value) -> (u16, Value) {
        let response = self.handle(json_request(action, body.to_string()));
        let body = response.body();
        let value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap() };
        (response.status().as_u16(), value)
    }

    fn form(&mut self, uri: &str, body: &str) -> (u16, String) {
        let response = self.handle(form_request(uri, body));
        (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
    }
}

fn json_request(action: &str, body: String) -> http::Request<Bytes> {
    http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AmazonSQS.{action}"))
        .body(body.into())
        .unwrap()
}

fn form_request(uri: &str, body: &str) -> http::Request<Bytes> {
    http::Request::post(uri)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn decoded(request: http::Request<Bytes>) -> Request {
    let (parts, body) = request.into_parts();
    match crate::decode(Service::Sqs, &parts, &body) {
        Ok((cloud::Request::Sqs(request), _)) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_sends_and_receives() {
    let mut endpoint = Endpoint::new();
    let input = json!({
        "QueueUrl": QUEUE, "MessageBody": "This is a test message",
        "MessageAttributes": {"Colour": {"DataType": "String", "StringValue": "red"},
                              "Raw": {"DataType": "Binary", "BinaryValue": "AAEC"}},
    });
    let (status, sent) = endpoint.json("SendMessage", &input);
    assert_eq!((status, &sent["MD5OfMessageBody"]), (200, &json!("fafb00f5732ab283681e124bf8747ed1")));
    let (_, received) = endpoint.json(
        "ReceiveMessage",
        &json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
                "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}),
    );
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], "This is a test message");
    assert_eq!(message["Attributes"], json!({"ApproximateReceiveCount": "1"}));
    assert_eq!(message["MessageAttributes"]["Raw"], json!({"DataType": "Binary", "BinaryValue": "AAEC"}));
    assert_eq!(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    let delete = json!({"QueueUrl": QUEUE, "ReceiptHandle": message["ReceiptHandle"]});
    assert_eq!(endpoint.json("DeleteMessage", &delete), (200, Value::Null));
    assert_eq!(endpoint.json("ReceiveMessage", &json!({ "QueueUrl": QUEUE })), (200, json!({})));
}

#[test]
fn json_errors_carry_both_codes() {
    let mut endpoint = Endpoint::new();
    let missing = json!({"QueueUrl": "http://127.0.0.1:4566/000000000000/Missing", "MessageBody": "a"});
    let response = endpoint.handle(json_request("SendMessage", missing.to_string()));
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(response.headers()["x-amzn-requestid"], "request-1");
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let expected =
        json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."});
    assert_eq!(body, expected);
}

#[test]
fn json_that_is_none_is_a_serialization_error() {
    let mut endpoint = Endpoint::new();
    for body in ["{", "[]", "null", r#"{"QueueUrl": 5}"#, r#"{"Entries": "none"}"#, "\u{0}"] {
        let response = endpoint.handle(json_request("SendMessageBatch", body.into()));
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(answer["__type"], "com.amazon.coral.service#SerializationException", "{body}");
        assert_eq!(response.status(), 400);
    }
}

#[test]
fn json_null_is_no_value() {
    let body = json!({"QueueName": "q", "Attributes": null, "tags": null});
    let expected = CreateQueue { queue_name: "q".into(), ..CreateQueue::default() };
    assert!(
        matches!(decoded(json_request("CreateQueue", body.to_string())), Request::CreateQueue(it) if it == expected)
    );
}

#[test]
fn json_batches_name_their_failures() {
    let mut endpoint = Endpoint::new();
    let entries = json!([{"Id": "test_msg_001", "MessageBody": "test message body 1"},
                         {"Id": "test_msg_002", "MessageBody": "", "DelaySeconds": 60}]);
    let (status, answer) = endpoint.json("SendMessageBatch", &json!({"QueueUrl": QUEUE, "Entries": entries}));
    assert_eq!(status, 200);
    assert_eq!(answer["Successful"][0]["Id"], "test_msg_001");
    assert_eq!(answer["Successful"][0]["MD5OfMessageBody"], "0e024d309850c78cba5eabbeff7cae71");
    let failed = json!({"Id": "test_msg_002", "SenderFault": true, "Code": "MissingParameter",
                        "Message": "The request must contain the parameter MessageBody."});
    assert_eq!(answer["Failed"], json!([failed]));
}

#[test]
fn forms_send_and_receive() {
    let mut endpoint = Endpoint::new();
    let body = "Action=SendMessage&Version=2012-11-05&MessageBody=This+is+a+test+message\
                &MessageAttribute.1.Name=Colour&MessageAttribute.1.Value.DataType=String\
                &MessageAttribute.1.Value.StringValue=r%3Ce%3Ed";
    let (status, answer) = endpoint.form("/000000000000/MyQueue", body);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.starts_with(
        "<?xml version=\"1.0\"?><SendMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
         <SendMessageResult><MessageId>"
    ));
    assert!(answer.contains("<MD5OfMessageBody>fafb00f5732ab283681e124bf8747ed1</MD5OfMessageBody>"));
    assert!(
        answer.ends_with("<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></SendMessageResponse>")
    );
    let uri =
        "/000000000000/MyQueue?Action=ReceiveMessage&Version=2012-11-05&AttributeName.1=All&MessageAttributeName.1=All";
    let (_, answer) = endpoint.form(uri, "");
    assert!(answer.contains("<Body>This is a test message</Body>"), "{answer}");
    assert!(answer.contains("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>"));
    assert!(answer.contains(
        "<MessageAttribute><Name>Colour</Name><Value><DataType>String</DataType>\
         <StringValue>r&lt;e&gt;d</StringValue></Value></MessageAttribute>"
    ));
    let handle = answer.split("<ReceiptHandle>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let handle = percent_encoding::utf8_percent_encode(handle, percent_encoding::NON_ALPHANUMERIC);
    let delete = format!("Action=DeleteMessage&QueueUrl={QUEUE}&ReceiptHandle={handle}&Version=2012-11-05");
    let (status, answer) = endpoint.form("/", &delete);
    assert_eq!(
        (status, answer.as_str()),
        (
            200,
            "<?xml version=\"1.0\"?><DeleteMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
             <ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></DeleteMessageResponse>"
        )
    );
}

#[test]
fn form_errors_carry_the_query_code() {
    let mut endpoint = Endpoint::new();
    let (status, answer) = endpoint.form("/000000000000/Missing", "Action=PurgeQueue&Version=2012-11-05");
    assert_eq!(status, 400);
    assert!(answer.contains("<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"), "{answer}");
    assert!(answer.contains("The specified queue does not exist for this wsdl version."), "{answer}");
    let (_, answer) = endpoint.form("/000000000000/MyQueue", "Action=ReceiveMessage&WaitTimeSeconds=soon");
    assert!(answer.contains("<Code>InvalidParameterValue</Code>"), "{answer}");
    let (_, answer) = endpoint.form("/000000000000/MyQueue", "Action=Dance&Version=2012-11-05");
    assert!(answer.contains("<Code>InvalidAction</Code>"), "{answer}");
    assert!(answer.contains("<Message>The action Dance is not valid for this endpoint.</Message>"), "{answer}");
    for action in ["CreateQueue&QueueName=x", "ListQueues"] {
        let (status, answer) = endpoint.form("/000000000000/MyQueue", &format!("Action={action}"));
        assert!(status == 400 && answer.contains("<Code>InvalidAction</Code>"), "{answer}");
    }
}

#[test]
fn forms_and_json_mean_the_same() {
    let form = "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=u&SendMessageBatchRequestEntry.1.Id=a\
                &SendMessageBatchRequestEntry.1.MessageBody=x&SendMessageBatchRequestEntry.1.DelaySeconds=5\
                &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k\
                &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number\
                &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=1\
                &SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=y\
                &SendMessageBatchRequestEntry.2.MessageGroupId=g";
    let json = json!({"QueueUrl": "u", "Entries": [
        {"Id": "a", "MessageBody": "x", "DelaySeconds": 5,
         "MessageAttributes": {"k": {"DataType": "Number", "StringValue": "1"}}},
        {"Id": "b", "MessageBody": "y", "MessageGroupId": "g"}]});
    let batch = |request| match decoded(request) {
        Request::SendMessageBatch(input) => input,
        other => panic!("{other:?}"),
    };
    let from_json: SendMessageBatch = batch(json_request("SendMessageBatch", json.to_string()));
    assert_eq!(batch(form_request("/", form)), from_json);

    let form = "Action=ReceiveMessage&QueueUrl=u&AttributeName=All&MaxNumberOfMessages=5&VisibilityTimeout=15";
    let expected = ReceiveMessage {
        queue_url: "u".into(),
        attribute_names: vec!["All".into()],
        max_number_of_messages: Some(5),
        visibility_timeout: Some(15),
        ..ReceiveMessage::default()
    };
    assert!(matches!(decoded(form_request("/", form)), Request::ReceiveMessage(it) if it == expected));
}

#[test]
fn form_answers_name_their_lists() {
    let mut endpoint = Endpoint::new();
    let cases = [
        ("Action=ListQueues", format!("<ListQueuesResult><QueueUrl>{QUEUE}</QueueUrl></ListQueuesResult>")),
        ("Action=GetQueueUrl&QueueName=MyQueue", format!("<QueueUrl>{QUEUE}</QueueUrl>")),
        ("Action=ListQueueTags", "<Tag><Key>team</Key><Value>shop</Value></Tag>".into()),
        (
            "Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout",
            "<Attribute><Name>VisibilityTimeout</Name><Value>30</Value></Attribute>".into(),
        ),
        (
            "Action=DeleteMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=x",
            "<BatchResultErrorEntry><Id>a</Id><SenderFault>true</SenderFault><Code>ReceiptHandleIsInvalid</Code>"
                .into(),
        ),
    ];
    for (body, expected) in cases {
        let path = if body == "Action=ListQueues" { "/" } else { "/000000000000/MyQueue" };
        let (status, answer) = endpoint.form(path, &format!("{body}&Version=2012-11-05"));
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains(&expected), "{answer}");
    }
}

/// An endpoint whose `MyQueue` is the dead-letter queue of `Work`, with one message of its own.
fn with_dead_letters() -> (Endpoint, &'static str, String) {
    let mut endpoint = Endpoint::new();
    let dead = "arn:aws:sqs:us-east-1:000000000000:MyQueue";
    let redrive = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 1 }).to_string();
    endpoint.json("CreateQueue", &json!({"QueueName": "Work", "Attributes": {"RedrivePolicy": redrive}}));
    endpoint.json("SendMessage", &json!({"QueueUrl": QUEUE, "MessageBody": "poison"}));
    (endpoint, dead, dead.replace("MyQueue", "Work"))
}

#[test]
fn json_moves_messages_and_lists_the_task() {
    let (mut endpoint, dead, work) = with_dead_letters();
    let input = json!({"SourceArn": dead, "DestinationArn": work, "MaxNumberOfMessagesPerSecond": 5});
    let (status, started) = endpoint.json("StartMessageMoveTask", &input);
    let handle = started["TaskHandle"].as_str().unwrap();
    assert_eq!((status, started.as_object().unwrap().len()), (200, 1));
    let listed = endpoint.handle(json_request("ListMessageMoveTasks", json!({ "SourceArn": dead }).to_string()));
    assert_eq!(
        std::str::from_utf8(listed.body()).unwrap(),
        format!(
            r#"{{"Results":[{{"Status":"COMPLETED","SourceArn":"{dead}","DestinationArn":"{work}","MaxNumberOfMessagesPerSecond":5,"ApproximateNumberOfMessagesMoved":1,"ApproximateNumberOfMessagesToMove":1,"StartedTimestamp":1000}}]}}"#
        )
    );
    let response = endpoint.handle(json_request("CancelMessageMoveTask", json!({ "TaskHandle": handle }).to_string()));
    assert_eq!(response.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.UnsupportedOperation;Sender");
    let response =
        endpoint.handle(json_request("CancelMessageMoveTask", json!({"TaskHandle": "foobared"}).to_string()));
    assert_eq!(response.headers()["x-amzn-query-error"], "InvalidParameterValue;Sender");
    let missing = json!({"SourceArn": "arn:aws:sqs:us-east-1:000000000000:None"});
    let (status, answer) = endpoint.json("ListMessageMoveTasks", &missing);
    assert_eq!((status, &answer["__type"]), (404, &json!("com.amazonaws.sqs#ResourceNotFoundException")));
}

#[test]
fn forms_move_messages_and_cancel() {
    let (mut endpoint, dead, work) = with_dead_letters();
    endpoint.json("SendMessage", &json!({"QueueUrl": QUEUE, "MessageBody": "venom"}));
    let start = format!(
        "Action=StartMessageMoveTask&Version=2012-11-05&SourceArn={dead}&DestinationArn={work}\
         &MaxNumberOfMessagesPerSecond=1"
    );
    let (status, answer) = endpoint.form("/", &start);
    assert_eq!(status, 200, "{answer}");
    let handle = answer.split("<TaskHandle>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    let list = format!("Action=ListMessageMoveTasks&Version=2012-11-05&SourceArn={dead}&MaxResults=10");
    assert_eq!(
        endpoint.form("/", &list).1,
        format!(
            "<?xml version=\"1.0\"?><ListMessageMoveTasksResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
             <ListMessageMoveTasksResult><ListMessageMoveTasksResultEntry><TaskHandle>{handle}</TaskHandle>\
             <Status>RUNNING</Status><SourceArn>{dead}</SourceArn><DestinationArn>{work}</DestinationArn>\
             <MaxNumberOfMessagesPerSecond>1</MaxNumberOfMessagesPerSecond>\
             <ApproximateNumberOfMessagesMoved>1</ApproximateNumberOfMessagesMoved>\
             <ApproximateNumberOfMessagesToMove>2</ApproximateNumberOfMessagesToMove>\
             <StartedTimestamp>1000</StartedTimestamp></ListMessageMoveTasksResultEntry></ListMessageMoveTasksResult>\
             <ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></ListMessageMoveTasksResponse>"
        )
    );
    let escaped = percent_encoding::utf8_percent_encode(&handle, percent_encoding::NON_ALPHANUMERIC);
    let cancel = format!("Action=CancelMessageMoveTask&Version=2012-11-05&TaskHandle={escaped}");
    let (status, answer) = endpoint.form("/", &cancel);
    let result = "<CancelMessageMoveTaskResult><ApproximateNumberOfMessagesMoved>1</ApproximateNumberOfMessagesMoved>\
                  </CancelMessageMoveTaskResult>";
    assert!(status == 200 && answer.contains(result), "{answer}");
    let (_, answer) = endpoint.form("/", &list);
    assert!(answer.contains("<Status>CANCELLING</Status>") && !answer.contains("TaskHandle"), "{answer}");
    let (status, answer) = endpoint.form("/", &start.replace(dead, &work));
    assert!(status == 400 && answer.contains("<Code>InvalidParameterValue</Code>"), "{answer}");
    let (_, answer) = endpoint.form("/", &start.replace("Second=1", "Second=soon"));
    assert!(answer.contains("MaxNumberOfMessagesPerSecond"), "{answer}");
}

#[test]
fn what_is_not_modelled_is_refused_by_name() {
    let mut endpoint = Endpoint::new();
    let (status, answer) = endpoint.json("AddPermission", &json!({}));
    assert_eq!(status, 501);
    assert!(answer["message"].as_str().unwrap().contains("AddPermission"));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let (parts, ()) = json_request("SendMessage", String::new()).map(|_| ()).into_parts();
    let body = Bytes::from(vec![b' '; crate::BODY_MAX + 1]);
    assert_eq!(crate::decode(Service::Sqs, &parts, &body).unwrap_err().status(), 413);
}

#[test]
fn errors_are_written_in_the_protocol_of_their_request() {
    let (parts, body) = form_request("/", "Action=SendMessage&Version=2012-11-05").into_parts();
    let (_, codec): (_, Codec) = crate::decode(Service::Sqs, &parts, &body).unwrap();
    let response = crate::encode(&codec, Err(ApiError::sender("OverLimit", "full").with_status(403)), "r");
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].as_bytes()), (403, &b"text/xml"[..]));
}
