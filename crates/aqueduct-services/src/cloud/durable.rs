//! What the cloud keeps through the end of a process.

use super::Cloud;
use crate::keep::Durable;
use crate::{Change, Record, Timestamp, Unreadable};

impl Cloud {
    /// Records changes from now on, for [`Self::take_changes`]; what is there already counts as changed.
    pub fn keep(&mut self) {
        for (_, service) in self.services() {
            service.keep();
        }
    }

    /// The changes since the last call. Whoever keeps them writes them before the effects of the same time are carried
    /// out, so that whatever was acknowledged is kept.
    pub fn take_changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (_, service) in self.services() {
            service.take_changes(&mut changes);
        }
        changes
    }

    /// Takes a record of an earlier process back. Records come in any order, to a cloud that has nothing yet, and all
    /// before [`Self::resume`].
    pub fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        let owner = record.table.split('/').next().unwrap_or_default();
        let mut services = self.services().into_iter();
        match services.find(|(name, _)| *name == owner) {
            Some((_, service)) => service.restore(record),
            None => Err(Unreadable::new(&record.table, &"no service has such a table")),
        }
    }

    /// All records are back and it is `now`: what was under way is taken up again.
    pub fn resume(&mut self, now: Timestamp) {
        for (_, service) in self.services() {
            service.resume(now);
        }
        self.tick(now);
    }

    /// The services, by what the names of their tables start with.
    fn services(&mut self) -> Vec<(&'static str, &mut dyn Durable)> {
        vec![("sqs", &mut self.sqs), ("sns", &mut self.sns), ("events", &mut self.events), ("lambda", &mut self.lambda)]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cloud::fixture::{empty, topology};
    use crate::sqs::{self, SendMessage};
    use crate::{CallId, cloud};

    const AT: Timestamp = Timestamp::from_millis(1_000_000);

    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue }
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      VisibilityTimeout: 30
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 }
  Ordered: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  News: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref News
      Protocol: sqs
      Endpoint: !GetAtt Work.Arn
      RawMessageDelivery: true
      FilterPolicy: { kind: [good] }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: commerce } }
  Archive: { Type: AWS::Events::Archive, Properties: { SourceArn: !GetAtt Bus.Arn, RetentionDays: 3 } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [shop] }
      Targets: [{ Id: alpha, Arn: !GetAtt Work.Arn }]
  Tick:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: { Mode: 'OFF' }
      Target: { Arn: !GetAtt Dead.Arn, RoleArn: 'arn:aws:iam::000000000000:role/tick' }
";

    /// What is kept, by table and key.
    type Store = BTreeMap<(String, Vec<u8>), Vec<u8>>;

    fn write(cloud: &mut Cloud, store: &mut Store) {
        for change in cloud.take_changes() {
            let key = (change.table.to_owned(), change.key);
            match change.value {
                Some(value) => store.insert(key, value),
                None => store.remove(&key),
            };
        }
    }

    fn restored(store: &Store) -> Cloud {
        let mut cloud = empty();
        cloud.keep();
        for ((table, key), value) in store {
            cloud.restore(&Record { table: table.clone(), key: key.clone(), value: value.clone() }).unwrap();
        }
        cloud.resume(AT);
        cloud
    }

    fn attributes(cloud: &mut Cloud) -> BTreeMap<String, String> {
        let queue_url = cloud.queue_url(&cloud.site.arn("sqs", "work"));
        let request = sqs::GetQueueAttributes { queue_url, attribute_names: vec!["All".to_owned()] };
        let answer = cloud.sqs.call(AT, CallId(1), sqs::Request::GetQueueAttributes(request));
        let Some(Ok(sqs::Response::Attributes(answer))) = answer else { panic!("{answer:?}") };
        answer.attributes
    }

    #[test]
    fn a_template_is_provisioned_onto_what_is_there() {
        let (mut cloud, mut store) = (empty(), Store::new());
        cloud.keep();
        cloud.provision(AT, &topology(TEMPLATE)).unwrap();
        let queue_url = cloud.queue_url(&cloud.site.arn("sqs", "work"));
        let send = SendMessage { queue_url, message_body: "kept".into(), ..SendMessage::default() };
        cloud.call(AT, CallId(7), cloud::Request::Sqs(sqs::Request::SendMessage(send)));
        write(&mut cloud, &mut store);

        let mut cloud = restored(&store);
        assert_eq!(attributes(&mut cloud)["ApproximateNumberOfMessages"], "1");
        let changed = TEMPLATE
            .replace("VisibilityTimeout: 30", "VisibilityTimeout: 40")
            .replace("      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 }\n", "")
            .replace("      FilterPolicy: { kind: [good] }\n", "")
            .replace("alpha", "beta")
            .replace("RetentionDays: 3", "RetentionDays: 5")
            .replace("rate(1 hour)", "rate(2 hours)");
        cloud.provision(AT, &topology(&changed)).unwrap();
        let now = attributes(&mut cloud);
        assert_eq!((now["ApproximateNumberOfMessages"].as_str(), now["VisibilityTimeout"].as_str()), ("1", "40"));
        assert!(!now.contains_key("RedrivePolicy"), "{now:?}");
        write(&mut cloud, &mut store);
        let kept: Vec<_> = store.values().map(|value| String::from_utf8_lossy(value)).collect();
        let kept = kept.join("\n");
        for (word, stays) in
            [("rate(2 hours)", true), ("rate(1 hour)", false), ("beta", true), ("alpha", false), ("good", false)]
        {
            assert_eq!(kept.contains(word), stays, "{word} in {kept}");
        }
    }

    #[test]
    fn a_table_of_no_service_is_refused() {
        let record = Record { table: "kinesis/streams".to_owned(), key: Vec::new(), value: Vec::new() };
        let error = empty().restore(&record).unwrap_err().to_string();
        assert!(error.contains("kinesis/streams"), "{error}");
    }
}
