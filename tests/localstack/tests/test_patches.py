"""Each repair, on a small model of the part of LocalStack that it repairs."""

import datetime
import json
import unittest

from localstack_process.patches import dead_letters, poll_interval, record_bodies, replays


class RecordBodies(unittest.TestCase):
    def test_a_body_arrives_as_it_was_sent(self):
        class Poller:
            def handle_messages(self, messages):
                events = [{"messageId": message["MessageId"], "body": json.dumps(json.loads(message["Body"]))} for message in messages]
                self.handled = self.add_source_metadata(events[1:])

            def add_source_metadata(self, events):
                return [{**event, "eventSource": "aws:sqs"} for event in events]

        record_bodies.install(Poller)
        bodies = ['{"filtered":"away"}', '{"b":1}', '"quoted"', "1e3"]
        poller = Poller()
        poller.handle_messages([{"MessageId": str(index), "Body": body} for index, body in enumerate(bodies)])
        self.assertEqual([event["body"] for event in poller.handled], bodies[1:])
        self.assertEqual({event["eventSource"] for event in poller.handled}, {"aws:sqs"})


class PollInterval(unittest.TestCase):
    def test_the_first_wait_is_no_longer_than_the_longest(self):
        backoff = poll_interval.capped(lambda **arguments: arguments)
        for first, longest, wanted in [(1, 0.2, 0.2), (1, 10, 1), (2, 60, 2)]:
            made = backoff(initial_interval=first, max_interval=longest)
            self.assertEqual(made, {"initial_interval": wanted, "max_interval": longest})


class Refusal(Exception):
    response = {"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}}


class DeadLetters(unittest.TestCase):
    def sender(self, target, failure):
        class Sender:
            rule_arn = "arn:rule"

            def process_event(self, event, trace_header):
                del event["event-bus-name"], event["detail"]
                if failure:
                    raise failure

        sent = []
        dead_letters.install(Sender, lambda arn, message: sent.append((arn, message)))
        sender = Sender()
        sender.target = {"Id": "one", "Arn": "arn:target", **target}
        return sender, sent

    def test_what_the_target_refuses_goes_to_its_queue_whole(self):
        sender, sent = self.sender({"DeadLetterConfig": {"Arn": "arn:queue"}}, Refusal())
        sender.process_event({"id": "7", "detail": {"a": 1}, "event-bus-name": "bus"}, None)
        [(arn, message)] = sent
        self.assertEqual((arn, message["MessageBody"]), ("arn:queue", '{"id":"7","detail":{"a":1}}'))
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        wanted = {
            "RULE_ARN": "arn:rule",
            "TARGET_ARN": "arn:target",
            "ERROR_CODE": "NO_RESOURCE",
            "ERROR_MESSAGE": "Function not found",
            "RETRY_ATTEMPTS": "0",
        }
        self.assertEqual(attributes, wanted)

    def test_without_a_queue_the_failure_stays_a_failure(self):
        sender, sent = self.sender({}, Refusal())
        with self.assertRaises(Refusal):
            sender.process_event({"id": "7", "detail": {}, "event-bus-name": "bus"}, None)
        self.assertEqual(sent, [])

    def test_what_arrives_is_not_sent_again(self):
        sender, sent = self.sender({"DeadLetterConfig": {"Arn": "arn:queue"}}, None)
        sender.process_event({"id": "7", "detail": {}, "event-bus-name": "bus"}, None)
        self.assertEqual(sent, [])


class Replays(unittest.TestCase):
    def test_archived_times_are_times(self):
        class Archive:
            def __init__(self):
                self.archive = self
                self.events = {"7": {"time": "2026-02-26T12:00:30Z"}, "8": {"time": "2026-02-26T13:00:00Z"}}

            def _filter_events_start_end_time(self, start, end):
                return [event for event in self.events.values() if start <= event["time"].replace(second=0) <= end]

        replays.install(Archive)
        noon = datetime.datetime(2026, 2, 26, 12, tzinfo=datetime.UTC)
        for _ in range(2):
            found = Archive()._filter_events_start_end_time(noon, noon)
            self.assertEqual(found, [{"time": noon.replace(second=30)}])


if __name__ == "__main__":
    unittest.main()
