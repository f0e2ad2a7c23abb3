//! EventBridge and EventBridge Scheduler, as their clients see them.

use aqueduct_services::events::{EventBridge, PutResult, PutResults};
use aqueduct_services::{Ids, Site, Timestamp, cloud};
use serde_json::{Value, json};

use super::*;
use crate::{codec, route};

const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

fn read(service: Service, method: &str, uri: &str, target: &str, body: &str) -> Result<(Request, Codec), ApiErrorText> {
    let request = http::Request::builder().method(method).uri(uri).header("x-amz-target", target).body(()).unwrap();
    let (parts, ()) = request.into_parts();
    match codec::decode(service, &parts, &Bytes::copy_from_slice(body.as_bytes())) {
        Ok((cloud::Request::Events(request), codec)) => Ok((request, codec)),
        Ok((other, _)) => panic!("{other:?}"),
        Err(response) => Err((response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap())),
    }
}

type ApiErrorText = (u16, String);

struct Client(EventBridge);

impl Client {
    fn new() -> Self {
        let site = Site {
            account: "000000000000".to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: "http://127.0.0.1:4566".to_owned(),
        };
        Self(EventBridge::new(site, Ids::new(7)))
    }

    fn send(&mut self, service: Service, method: &str, uri: &str, target: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let (request, codec) = read(service, method, uri, target, &body).unwrap();
        let result = self.0.call(NOW, request).map(cloud::Response::Events);
        let response = codec::encode(&codec, result, "r-1");
        let status = response.status().as_u16();
        (status, serde_json::from_slice(response.body()).unwrap())
    }

    fn events(&mut self, action: &str, body: &Value) -> (u16, Value) {
        self.send(Service::Events, "POST", "/", &format!("AWSEvents.{action}"), body)
    }

    fn scheduler(&mut self, method: &str, uri: &str, body: &Value) -> (u16, Value) {
        self.send(Service::Scheduler, method, uri, "", body)
    }
}

#[test]
fn rules_and_targets_come_back_as_they_were_put() {
    let mut client = Client::new();
    let (status, answer) = client.events("CreateEventBus", &json!({ "Name": "CommerceBus" }));
    assert_eq!(
        (status, &answer["EventBusArn"]),
        (200, &json!("arn:aws:events:eu-central-1:000000000000:event-bus/CommerceBus"))
    );
    let rule = json!({ "Name": "OnDispatch", "EventBusName": "CommerceBus", "EventPattern": r#"{"source":["shop"]}"# });
    let (_, answer) = client.events("PutRule", &rule);
    assert_eq!(answer["RuleArn"], "arn:aws:events:eu-central-1:000000000000:rule/CommerceBus/OnDispatch");
    let target = json!({
        "Id": "one",
        "Arn": "arn:aws:lambda:eu-central-1:000000000000:function:projector",
        "InputTransformer": { "InputPathsMap": { "id": "$.detail.id" }, "InputTemplate": "{\"id\": <id>}" },
        "DeadLetterConfig": { "Arn": "arn:aws:sqs:eu-central-1:000000000000:Dead" },
        "RetryPolicy": { "MaximumRetryAttempts": 3 }
    });
    let named = |field: &str| json!({ field: "OnDispatch", "EventBusName": "CommerceBus" });
    let (status, answer) = client
        .events("PutTargets", &json!({ "Rule": "OnDispatch", "EventBusName": "CommerceBus", "Targets": [target] }));
    assert_eq!((status, answer), (200, json!({ "FailedEntryCount": 0, "FailedEntries": [] })));
    let (_, answer) = client.events("ListTargetsByRule", &named("Rule"));
    assert_eq!(answer, json!({ "Targets": [target] }));
    let (_, answer) = client.events("DescribeRule", &named("Name"));
    assert_eq!(answer["State"], "ENABLED");
    assert_eq!(client.events("DisableRule", &named("Name")), (200, json!({})));
    let (status, answer) = client.events("DeleteRule", &named("Name"));
    assert_eq!(status, 400);
    assert_eq!(
        answer,
        json!({ "__type": "ValidationException", "message": "Rule can't be deleted since it has targets." })
    );
}

#[test]
fn put_events_answers_each_entry() {
    let mut client = Client::new();
    let (status, answer) = client.events(
        "PutEvents",
        &json!({ "Entries": [
            { "Source": "shop", "DetailType": "OrderPlaced", "Detail": "{\"id\":1}", "Time": 1_795_372_812.5 },
            { "Source": "shop", "DetailType": "OrderPlaced", "Detail": "oops" },
            { "DetailType": "OrderPlaced", "Detail": "{}" }
        ] }),
    );
    assert_eq!((status, &answer["FailedEntryCount"]), (200, &json!(2)));
    assert!(answer["Entries"][0]["EventId"].is_string());
    assert_eq!(answer["Entries"][1], json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." }));
    assert_eq!(answer["Entries"][2]["ErrorCode"], "InvalidArgument");
}

#[test]
fn answers_byte_by_byte() {
    let (_, codec) = read(Service::Events, "POST", "/", "AWSEvents.PutEvents", "{}").unwrap();
    let entries = vec![PutResult::Accepted { event_id: "e-1".to_owned() }];
    let answer = Response::PutEvents(PutResults { failed_entry_count: 0, entries });
    let response = codec::encode(&codec, Ok(cloud::Response::Events(answer)), "r-1");
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.1");
    assert_eq!(response.headers()["x-amzn-requestid"], "r-1");
    assert_eq!(&response.body()[..], br#"{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"}]}"#);
}

#[test]
fn a_replay_byte_by_byte() {
    let mut client = Client::new();
    let bus = "arn:aws:events:eu-central-1:000000000000:event-bus/default";
    let archive = "arn:aws:events:eu-central-1:000000000000:archive/Kept";
    let create = json!({ "ArchiveName": "Kept", "EventSourceArn": bus });
    assert_eq!(client.events("CreateArchive", &create).1["ArchiveArn"], archive);
    let update = json!({ "ArchiveName": "Kept", "Description": "all", "RetentionDays": 3 });
    assert_eq!(client.events("UpdateArchive", &update).1["State"], "ENABLED");
    let (_, described) = client.events("DescribeArchive", &json!({ "ArchiveName": "Kept" }));
    assert_eq!((&described["Description"], &described["RetentionDays"]), (&json!("all"), &json!(3)));
    let start = json!({
        "ReplayName": "again", "EventSourceArn": archive, "EventStartTime": 1_795_372_800,
        "EventEndTime": 1_795_372_860.5, "Destination": { "Arn": bus, "FilterArns": ["arn:r"] }
    });
    let bytes = |client: &mut Client, action: &str, body: &Value| {
        let target = format!("AWSEvents.{action}");
        let (request, codec) = read(Service::Events, "POST", "/", &target, &body.to_string()).unwrap();
        let response = codec::encode(&codec, client.0.call(NOW, request).map(cloud::Response::Events), "r-1");
        String::from_utf8(response.body().to_vec()).unwrap()
    };
    let replay = "arn:aws:events:eu-central-1:000000000000:replay/again";
    assert_eq!(
        bytes(&mut client, "StartReplay", &start),
        format!(r#"{{"ReplayArn":"{replay}","State":"STARTING","ReplayStartTime":1795372812.345}}"#)
    );
    let named = json!({ "ReplayName": "again" });
    assert_eq!(
        bytes(&mut client, "DescribeReplay", &named),
        format!(
            r#"{{"ReplayName":"again","ReplayArn":"{replay}","State":"STARTING","EventSourceArn":"{archive}","Destination":{{"Arn":"{bus}","FilterArns":["arn:r"]}},"EventStartTime":1795372800.0,"EventEndTime":1795372860.5,"ReplayStartTime":1795372812.345}}"#
        )
    );
    assert_eq!(
        bytes(&mut client, "CancelReplay", &named),
        format!(r#"{{"ReplayArn":"{replay}","State":"CANCELLING"}}"#)
    );
    assert_eq!(
        bytes(&mut client, "ListReplays", &json!({ "NamePrefix": "ag" })),
        format!(
            r#"{{"Replays":[{{"ReplayName":"again","State":"CANCELLING","EventSourceArn":"{archive}","EventStartTime":1795372800.0,"EventEndTime":1795372860.5,"ReplayStartTime":1795372812.345}}]}}"#
        )
    );
    assert_eq!(
        client.events("CancelReplay", &named),
        (
            400,
            json!({
                "__type": "IllegalStatusException",
                "message": "Replay again is not in a valid state for this operation."
            })
        )
    );
    assert_eq!(client.events("StartReplay", &start).1["__type"], "ResourceAlreadyExistsException");
    assert_eq!(
        client.events("DescribeReplay", &json!({ "ReplayName": "none" })),
        (400, json!({ "__type": "ResourceNotFoundException", "message": "Replay none does not exist." }))
    );
}

#[test]
fn a_schedule_over_rest() {
    let mut client = Client::new();
    let schedule = json!({
        "ScheduleExpression": "cron(0 9 ? * MON *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": { "Arn": "arn:aws:sqs:eu-central-1:000000000000:Q", "RoleArn": "arn:aws:iam::000000000000:role/r" }
    });
    let (status, answer) = client.scheduler("POST", "/schedules/weekly", &schedule.clone());
    assert_eq!(status, 200);
    assert_eq!(answer["ScheduleArn"], "arn:aws:scheduler:eu-central-1:000000000000:schedule/default/weekly");
    let (_, answer) = client.scheduler("GET", "/schedules/weekly?groupName=default", &json!({}));
    assert_eq!(answer["ScheduleExpressionTimezone"], "Europe/Berlin");
    assert_eq!(answer["CreationDate"], json!(1_795_372_812.345));
    let (status, answer) = client.scheduler("POST", "/schedules/weekly", &schedule);
    assert_eq!((status, &answer["Message"]), (409, &json!("Schedule weekly already exists.")));
    let (_, answer) = client.scheduler("GET", "/schedules?NamePrefix=week", &json!({}));
    assert_eq!(answer["Schedules"][0]["Name"], "weekly");
    assert_eq!(client.scheduler("DELETE", "/schedules/weekly", &json!({})), (200, json!({})));
    assert_eq!(client.scheduler("GET", "/schedules/weekly", &json!({})).0, 404);
}

#[test]
fn what_is_not_modelled_is_named() {
    let (status, body) = read(Service::Events, "POST", "/", "AWSEvents.CreateConnection", "{}").unwrap_err();
    assert_eq!(status, 501);
    assert!(body.contains("CreateConnection"), "{body}");
    let (status, _) = read(Service::Scheduler, "PATCH", "/schedules/s", "", "").unwrap_err();
    assert_eq!(status, 501);
    let (status, body) = read(Service::Events, "POST", "/", "AWSEvents.PutRule", "[1").unwrap_err();
    assert_eq!(status, 400);
    assert!(body.contains("SerializationException"), "{body}");
}

#[test]
fn groups_and_their_tags_over_rest() {
    let mut client = Client::new();
    let tags = json!({ "Tags": [{ "Key": "team", "Value": "shop" }] });
    let (_, answer) = client.scheduler("POST", "/schedule-groups/nightly", &tags);
    let arn = "arn:aws:scheduler:eu-central-1:000000000000:schedule-group/nightly";
    assert_eq!(answer, json!({ "ScheduleGroupArn": arn }));
    // Clients escape the slashes of an ARN in a path, or do not.
    for path in [arn.replace('/', "%2F"), arn.to_owned()] {
        assert_eq!(client.scheduler("GET", &format!("/tags/{path}"), &json!({})).1, tags);
    }
    let more = json!({ "Tags": [{ "Key": "a b", "Value": "c" }] });
    assert_eq!(client.scheduler("POST", &format!("/tags/{arn}"), &more), (200, json!({})));
    assert_eq!(client.scheduler("DELETE", &format!("/tags/{arn}?TagKeys=team&TagKeys=a%20b"), &json!({})).0, 200);
    assert_eq!(client.scheduler("GET", &format!("/tags/{arn}"), &json!({})).1, json!({ "Tags": [] }));
    let (_, answer) = client.scheduler("GET", "/schedule-groups?NamePrefix=night&MaxResults=1", &json!({}));
    assert_eq!(answer["ScheduleGroups"][0]["Arn"], arn);
    let error = read(Service::Scheduler, "GET", "/schedule-groups?MaxResults=many", "", "").unwrap_err();
    assert_eq!(error.0, 400);
}

#[test]
fn the_new_custom_event_buses_are_refused_by_name() {
    let signed = "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-central-1/eventsv2/aws4_request, Signature=0";
    for header in [("x-amz-target", "EventBridgeV2.PutEvents"), ("authorization", signed)] {
        let (parts, ()) = http::Request::post("/").header(header.0, header.1).body(()).unwrap().into_parts();
        let body = Bytes::from_static(b"{}");
        assert_eq!(route::route(&parts, &body), Some(Service::Events), "{header:?}");
        let refusal = codec::decode(Service::Events, &parts, &body).unwrap_err();
        let text = String::from_utf8_lossy(refusal.body());
        assert!(refusal.status() == 501 && text.contains("eventsv2"), "{header:?}: {text}");
    }
}
