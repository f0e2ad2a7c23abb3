//! The wire of EventBridge, JSON 1.1, and of EventBridge Scheduler, REST.
//!
//! Lists come in one page, however many items a caller asks for at once.
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>,
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>

use aqueduct_services::ApiError;
use aqueduct_services::events::{CreateSchedule, ListSchedules, NamedSchedule, Request, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::codec::Codec;
use crate::json;
use crate::query::Form;
use crate::route::Service;

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    if codec.service == Service::Scheduler {
        return scheduler_request(parts, body);
    }
    Ok(match codec.action.as_str() {
        "CreateEventBus" => Request::CreateEventBus(json::read(body)?),
        "DeleteEventBus" => Request::DeleteEventBus(json::read(body)?),
        "DescribeEventBus" => Request::DescribeEventBus(json::read(body)?),
        "ListEventBuses" => Request::ListEventBuses(json::read(body)?),
        "PutRule" => Request::PutRule(json::read(body)?),
        "DeleteRule" => Request::DeleteRule(json::read(body)?),
        "DescribeRule" => Request::DescribeRule(json::read(body)?),
        "ListRules" => Request::ListRules(json::read(body)?),
        "EnableRule" => Request::EnableRule(json::read(body)?),
        "DisableRule" => Request::DisableRule(json::read(body)?),
        "PutTargets" => Request::PutTargets(json::read(body)?),
        "RemoveTargets" => Request::RemoveTargets(json::read(body)?),
        "ListTargetsByRule" => Request::ListTargetsByRule(json::read(body)?),
        "PutEvents" => Request::PutEvents(json::read(body)?),
        "TestEventPattern" => Request::TestEventPattern(json::read(body)?),
        "CreateArchive" => Request::CreateArchive(json::read(body)?),
        "DeleteArchive" => Request::DeleteArchive(json::read(body)?),
        "DescribeArchive" => Request::DescribeArchive(json::read(body)?),
        "UpdateArchive" => Request::UpdateArchive(json::read(body)?),
        "StartReplay" => Request::StartReplay(json::read(body)?),
        "CancelReplay" => Request::CancelReplay(json::read(body)?),
        "DescribeReplay" => Request::DescribeReplay(json::read(body)?),
        "ListReplays" => Request::ListReplays(json::read(body)?),
        "ListArchives" => Request::ListArchives(json::read(body)?),
        action => return Err(ApiError::not_modelled(&format!("the EventBridge action {action:?}"))),
    })
}

fn scheduler_request(parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let query = Form::of(parts, b"");
    let optional = |name: &str| query.text(name).map(str::to_owned);
    let named = |name: &str| NamedSchedule { name: name.to_owned(), group_name: optional("groupName") };
    let whole = |name: &str| -> Result<Box<CreateSchedule>, ApiError> {
        Ok(Box::new(CreateSchedule { name: name.to_owned(), ..json::read(body)? }))
    };
    match (&parts.method, segments.as_slice()) {
        (&Method::GET, ["schedules"]) if query.text("State").is_some() => {
            Err(ApiError::not_modelled("listing schedules by their state"))
        }
        (&Method::GET, ["schedules"]) if query.text("ScheduleGroup").is_some_and(|group| group != "default") => {
            Err(ApiError::not_modelled("schedule groups other than default"))
        }
        (&Method::GET, ["schedules"]) => {
            Ok(Request::ListSchedules(ListSchedules { name_prefix: optional("NamePrefix") }))
        }
        (&Method::GET, ["schedules", name]) => Ok(Request::GetSchedule(named(name))),
        (&Method::DELETE, ["schedules", name]) => Ok(Request::DeleteSchedule(named(name))),
        (&Method::POST, ["schedules", name]) => Ok(Request::CreateSchedule(whole(name)?)),
        (&Method::PUT, ["schedules", name]) => Ok(Request::UpdateSchedule(whole(name)?)),
        (method, _) => Err(ApiError::not_modelled(&format!("the EventBridge Scheduler call {method} {path}"))),
    }
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: &Response, request_id: &str) -> http::Response<Bytes> {
    codec.answer(StatusCode::OK, request_id, json::write(response))
}

#[cfg(test)]
mod tests {
    use aqueduct_services::events::{EventBridge, PutResult, PutResults};
    use aqueduct_services::{Ids, Site, Timestamp, cloud};
    use serde_json::{Value, json};

    use super::*;
    use crate::codec;

    const NOW: Timestamp = Timestamp::from_millis(1_795_372_812_345);

    fn read(
        service: Service,
        method: &str,
        uri: &str,
        target: &str,
        body: &str,
    ) -> Result<(Request, Codec), ApiErrorText> {
        let request = http::Request::builder().method(method).uri(uri).header("x-amz-target", target).body(()).unwrap();
        let (parts, ()) = request.into_parts();
        match codec::decode(service, &parts, &Bytes::copy_from_slice(body.as_bytes())) {
            Ok((cloud::Request::Events(request), codec)) => Ok((request, codec)),
            Ok((other, _)) => panic!("{other:?}"),
            Err(response) => {
                Err((response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap()))
            }
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
        let rule =
            json!({ "Name": "OnDispatch", "EventBusName": "CommerceBus", "EventPattern": r#"{"source":["shop"]}"# });
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
        assert_eq!(
            answer["Entries"][1],
            json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." })
        );
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
            bytes(&mut client, "ListReplays", &json!({ "NamePrefix": "ag", "State": "CANCELLING" })),
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
                    "message": "Replay again is CANCELLING: only a replay that is STARTING or RUNNING can be cancelled."
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
        let (status, _) = read(Service::Scheduler, "GET", "/schedule-groups", "", "").unwrap_err();
        assert_eq!(status, 501);
        let (status, body) = read(Service::Events, "POST", "/", "AWSEvents.PutRule", "[1").unwrap_err();
        assert_eq!(status, 400);
        assert!(body.contains("SerializationException"), "{body}");
    }
}
