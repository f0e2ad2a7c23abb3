//! Functions of this cloud behind queues of another one.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{Arn, Topology};

use super::Cloud;
use super::provision::named;
use crate::sqs::Received;
use crate::{ApiError, Timestamp};

impl Cloud {
    /// Deploys the topology's functions and event source mappings, and nothing else: the queues, by ARN with their
    /// visibility timeouts, are another cloud's. The driver brings their messages ([`Self::wanted`], [`Self::arrived`])
    /// and deletes there what was handled ([`Self::take_deletions`], [`Self::deletion_ended`]).
    pub fn provision_functions(
        &mut self,
        now: Timestamp,
        topology: &Topology,
        queues: &BTreeMap<Arn, Duration>,
    ) -> Result<(), ApiError> {
        for (queue, visibility) in queues {
            self.sqs.borrow_queue(queue, *visibility);
        }
        for function in &topology.functions {
            self.lambda.deploy(now, function);
        }
        for mapping in &topology.mappings {
            self.lambda.map(now, mapping, &self.sqs).map_err(named(&mapping.id))?;
        }
        self.settle(now);
        Ok(())
    }

    /// How many messages of each queue event source mappings could take now.
    pub fn wanted(&self, now: Timestamp) -> BTreeMap<Arn, usize> {
        self.lambda.wanted(now)
    }

    /// The driver received messages from a borrowed queue.
    pub fn arrived(&mut self, now: Timestamp, queue: &Arn, messages: Vec<Received>) {
        self.sqs.arrived(now, queue, messages);
        self.settle(now);
    }

    /// Receipt handles to delete from borrowed queues, each told once.
    pub fn take_deletions(&mut self) -> Vec<(Arn, Vec<String>)> {
        self.sqs.take_deletions()
    }

    /// A deletion that [`Self::take_deletions`] asked for was carried out, or refused by its queue.
    pub fn deletion_ended(&mut self, now: Timestamp, queue: &Arn, receipt_handle: &str, deleted: bool) {
        self.sqs.deletion_ended(now, queue, receipt_handle, deleted);
        self.settle(now);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::What;
    use crate::cloud::fixture::{bodies, empty, topology};
    use crate::cloud::{Effect, Invocation};
    use crate::lambda::Ended;

    const AT: Timestamp = Timestamp::from_millis(1_000_000);
    const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: { Type: AWS::SQS::Queue }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 2
            ScalingConfig: { MaximumConcurrency: 2 }
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: { Filters: [{ Pattern: '{\"body\": [{\"anything-but\": \"unwanted\"}]}' }] }
";

    /// A message as `ReceiveMessage` of any cloud answers it.
    fn message(body: &str) -> Received {
        let answer = json!({
            "MessageId": body, "ReceiptHandle": format!("handle of {body}"), "MD5OfBody": "0", "Body": body,
            "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1"},
        });
        serde_json::from_value(answer).unwrap()
    }

    fn invocations(cloud: &mut Cloud) -> Vec<Invocation> {
        let effects = cloud.take_effects().into_iter();
        effects.filter_map(|effect| if let Effect::Invoke(run) = effect { Some(run) } else { None }).collect()
    }

    fn start() -> (Cloud, Arn) {
        let (mut cloud, topology) = (empty(), topology(TEMPLATE));
        let queue = topology.queues[0].arn.clone();
        let queues = BTreeMap::from([(queue.clone(), Duration::from_secs(30))]);
        cloud.provision_functions(AT, &topology, &queues).unwrap();
        (cloud, queue)
    }

    #[test]
    fn what_succeeded_or_is_filtered_is_deleted_and_what_failed_stays() {
        let (mut cloud, queue) = start();
        assert_eq!(cloud.wanted(AT)[&queue], 2);
        cloud.arrived(AT, &queue, ["unwanted", "good", "bad"].map(message).into());
        let runs = invocations(&mut cloud);
        assert_eq!(bodies(&runs[0].payload), ["good", "bad"]);
        assert_eq!(cloud.take_deletions(), [(queue.clone(), vec!["handle of unwanted".to_owned()])]);
        let answer = r#"{"batchItemFailures":[{"itemIdentifier":"bad"}]}"#.to_owned();
        cloud.ended(AT, &runs[0].request_id, Ended::Answered(answer), Duration::ZERO);
        assert_eq!(cloud.take_deletions(), [(queue.clone(), vec!["handle of good".to_owned()])]);
        assert!(!cloud.is_idle(), "deletions are under way");
        cloud.deletion_ended(AT, &queue, "handle of good", true);
        cloud.deletion_ended(AT, &queue, "handle of unwanted", false);
        assert!(cloud.is_idle());
        let effects = cloud.take_effects();
        let deleted = |effect: &&Effect| matches!(effect, Effect::Note(note) if note.what == What::Deleted);
        assert_eq!(effects.iter().filter(deleted).count(), 1);
    }

    #[test]
    fn nothing_is_wanted_while_every_place_is_taken() {
        let (mut cloud, queue) = start();
        cloud.arrived(AT, &queue, ["a", "b", "c"].map(message).into());
        assert_eq!(invocations(&mut cloud).len(), 2);
        assert_eq!(cloud.wanted(AT)[&queue], 0);
    }
}
