//! What takes away what a call made, so that an endpoint is left as it was found.

use serde_json::Value;

use super::client::Service;

/// A call to make at the end of a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Undo {
    pub(super) service: Service,
    pub(super) action: &'static str,
    pub(super) input: Value,
}

/// The call that takes away what a call made; `None` for one that makes nothing.
pub(super) fn undo(service: Service, action: &str, input: &Value, output: &Value) -> Option<Undo> {
    let of_input = |names: &[&str]| pick(input, names);
    let (action, input) = match (service, action) {
        (Service::Sqs, "CreateQueue") => ("DeleteQueue", pick(output, &["QueueUrl"])),
        (Service::Sns, "CreateTopic") => ("DeleteTopic", pick(output, &["TopicArn"])),
        (Service::Sns, "Subscribe") => ("Unsubscribe", pick(output, &["SubscriptionArn"])),
        (Service::Events, "CreateEventBus") => ("DeleteEventBus", of_input(&["Name"])),
        (Service::Events, "PutRule") => ("DeleteRule", of_input(&["Name", "EventBusName"])),
        (Service::Events, "PutTargets") => {
            let mut targets = of_input(&["Rule", "EventBusName"]);
            let ids = input["Targets"].as_array().into_iter().flatten();
            targets["Ids"] = ids.map(|target| target["Id"].clone()).collect();
            ("RemoveTargets", targets)
        }
        (Service::Events, "CreateArchive") => ("DeleteArchive", of_input(&["ArchiveName"])),
        (Service::Scheduler, "CreateSchedule") => ("DeleteSchedule", of_input(&["Name", "GroupName"])),
        (Service::Scheduler, "CreateScheduleGroup") => ("DeleteScheduleGroup", of_input(&["Name"])),
        (Service::Lambda, "CreateFunction") => ("DeleteFunction", of_input(&["FunctionName"])),
        (Service::Lambda, "CreateEventSourceMapping") => ("DeleteEventSourceMapping", pick(output, &["UUID"])),
        _ => return None,
    };
    Some(Undo { service, action, input })
}

fn pick(value: &Value, names: &[&str]) -> Value {
    let members = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    Value::Object(members.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_made_is_taken_away() {
        let targets = json!({ "Rule": "r", "EventBusName": "b", "Targets": [{ "Id": "1", "Arn": "a" }] });
        let expected = json!({ "Rule": "r", "EventBusName": "b", "Ids": ["1"] });
        assert_eq!(undo(Service::Events, "PutTargets", &targets, &json!({})).unwrap().input, expected);
        let queue = undo(Service::Sqs, "CreateQueue", &json!({}), &json!({ "QueueUrl": "q" })).unwrap();
        assert_eq!((queue.action, queue.input), ("DeleteQueue", json!({ "QueueUrl": "q" })));
        assert_eq!(undo(Service::Sqs, "SendMessage", &json!({}), &json!({})), None);
    }
}
