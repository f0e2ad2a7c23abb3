import json
from datetime import datetime, timedelta, timezone

from support import Endpoint, allowing, client, name


class EventBridge(Endpoint):
    def setUp(self):
        self.events = client("events")

    def bus(self):
        bus = name("history")
        arn = self.events.create_event_bus(Name=bus)["EventBusArn"]
        self.addCleanup(self.events.delete_event_bus, Name=bus)
        return bus, arn

    def rule(self, bus, **settings):
        settings = settings or {"EventPattern": json.dumps({"source": ["shop"]})}
        rule = name("rule")
        arn = self.events.put_rule(Name=rule, EventBusName=bus, **settings)["RuleArn"]
        self.addCleanup(self.events.delete_rule, Name=rule, EventBusName=bus)
        return rule, arn

    def target(self, bus, rule, arn):
        """A queue that a rule sends to, by its URL and its ARN."""
        url, queue = self.queue("target")
        policy = allowing("events", "sqs:SendMessage", queue, arn)
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        targets = [{"Id": "queue", "Arn": queue}]
        self.assertEqual(self.events.put_targets(Rule=rule, EventBusName=bus, Targets=targets)["FailedEntryCount"], 0)
        self.addCleanup(self.events.remove_targets, Rule=rule, EventBusName=bus, Ids=["queue"])
        return url, queue

    def test_buses_are_made_changed_permitted_and_deleted(self):
        events = self.events
        bus = name("commerce")
        arn = events.create_event_bus(Name=bus, Tags=[{"Key": "team", "Value": "shop"}])["EventBusArn"]
        events.update_event_bus(Name=bus, Description="orders")
        self.assertEqual(events.describe_event_bus(Name=bus)["Description"], "orders")
        self.assertEqual([one["Arn"] for one in events.list_event_buses(NamePrefix=bus)["EventBuses"]], [arn])
        account = arn.split(":")[4]
        events.put_permission(
            EventBusName=bus, Action="events:PutEvents", Principal=account, StatementId="them"
        )
        self.assertIn("them", events.describe_event_bus(Name=bus)["Policy"])
        events.remove_permission(EventBusName=bus, StatementId="them")
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "test"}])
        events.untag_resource(ResourceARN=arn, TagKeys=["team"])
        self.assertEqual(events.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "stage", "Value": "test"}])
        events.delete_event_bus(Name=bus)
        with self.assertRaises(events.exceptions.ResourceNotFoundException):
            events.describe_event_bus(Name=bus)

    def test_rules_and_targets_come_back_as_they_were_put(self):
        events = self.events
        bus, _ = self.bus()
        rule, arn = self.rule(bus)
        url, queue = self.target(bus, rule, arn)
        named = {"Name": rule, "EventBusName": bus}
        events.disable_rule(**named)
        self.assertEqual(events.describe_rule(**named)["State"], "DISABLED")
        events.enable_rule(**named)
        [listed] = events.list_rules(EventBusName=bus)["Rules"]
        self.assertEqual((listed["Arn"], listed["State"]), (arn, "ENABLED"))
        self.assertEqual(events.list_rule_names_by_target(TargetArn=queue, EventBusName=bus)["RuleNames"], [rule])
        [target] = events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        self.assertEqual(target, {"Id": "queue", "Arn": queue})
        entries = [
            {"Source": "shop", "DetailType": "x", "Detail": "{}", "EventBusName": bus},
            {"Source": "shop", "DetailType": "x", "Detail": "{", "EventBusName": bus},
        ]
        answer = events.put_events(Entries=entries)
        self.assertEqual((answer["FailedEntryCount"], answer["Entries"][1]["ErrorCode"]), (1, "MalformedDetail"))
        [body] = self.bodies(url)
        self.assertEqual(json.loads(body)["id"], answer["Entries"][0]["EventId"])

    def test_patterns_are_tested(self):
        event = {
            "id": "1",
            "account": "000000000000",
            "source": "shop.cart",
            "time": "2026-11-22T00:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail-type": "x",
            "detail": {},
        }
        pattern = json.dumps({"source": [{"prefix": "shop"}]})
        self.assertTrue(self.events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"])
        code = self.code(self.events.test_event_pattern, EventPattern="{", Event=json.dumps(event))
        self.assertEqual(code, "InvalidEventPatternException")

    def test_what_an_archive_keeps_is_replayed(self):
        events = self.events
        bus, bus_arn = self.bus()
        rule, rule_arn = self.rule(bus)
        url, _ = self.target(bus, rule, rule_arn)
        kept = name("kept")
        archive = events.create_archive(ArchiveName=kept, EventSourceArn=bus_arn)["ArchiveArn"]
        self.addCleanup(events.delete_archive, ArchiveName=kept)
        events.update_archive(ArchiveName=kept, RetentionDays=2)
        self.assertEqual(events.describe_archive(ArchiveName=kept)["RetentionDays"], 2)
        self.assertEqual([one["ArchiveName"] for one in events.list_archives(NamePrefix=kept)["Archives"]], [kept])

        entry = {"EventBusName": bus, "Source": "shop", "DetailType": "x", "Detail": "{}"}
        start = datetime.now(timezone.utc)
        [put] = events.put_events(Entries=[entry])["Entries"]
        [live] = self.bodies(url)
        self.assertNotIn("replay-name", json.loads(live))
        again, stopped = name("again"), name("stopped")
        replay = {
            "EventSourceArn": archive,
            "EventStartTime": start,
            "EventEndTime": start + timedelta(minutes=1),
            "Destination": {"Arn": bus_arn, "FilterArns": [rule_arn]},
        }
        started = events.start_replay(ReplayName=again, **replay)
        self.assertEqual(started["State"], "STARTING")
        self.assertLess(abs(started["ReplayStartTime"] - start), timedelta(seconds=30))
        code = self.code(events.start_replay, ReplayName=again, **replay)
        self.assertEqual(code, "ResourceAlreadyExistsException")
        [message] = self.bodies(url)
        event = json.loads(message)
        self.assertEqual((event["id"], event["replay-name"]), (put["EventId"], again))
        self.until("COMPLETED", lambda: events.describe_replay(ReplayName=again)["State"])
        replays = events.list_replays(EventSourceArn=archive)["Replays"]
        self.assertEqual([listed["ReplayName"] for listed in replays], [again])
        self.assertEqual(self.code(events.cancel_replay, ReplayName=again), "IllegalStatusException")
        events.start_replay(ReplayName=stopped, **replay)
        self.assertEqual(events.cancel_replay(ReplayName=stopped)["State"], "CANCELLING")
        self.until("CANCELLED", lambda: events.describe_replay(ReplayName=stopped)["State"])
