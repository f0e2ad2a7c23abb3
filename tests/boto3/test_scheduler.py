from support import Endpoint, client, name

ROLE = "arn:aws:iam::000000000000:role/scheduler"


class Scheduler(Endpoint):
    def setUp(self):
        self.scheduler = client("scheduler")

    def schedule(self, expression, arn, **settings):
        once = name("schedule")
        self.scheduler.create_schedule(
            Name=once,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"on": "time"}'},
            **settings,
        )
        return once

    def test_schedules_are_made_changed_listed_and_deleted(self):
        scheduler = self.scheduler
        _, arn = self.queue("later")
        weekly = self.schedule("cron(0 9 ? * MON *)", arn, ScheduleExpressionTimezone="Europe/Berlin")
        got = scheduler.get_schedule(Name=weekly)
        self.assertEqual((got["State"], got["ScheduleExpressionTimezone"]), ("ENABLED", "Europe/Berlin"))
        with self.assertRaises(scheduler.exceptions.ConflictException):
            scheduler.create_schedule(
                Name=weekly,
                ScheduleExpression="rate(1 hour)",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": arn, "RoleArn": ROLE},
            )
        scheduler.update_schedule(
            Name=weekly,
            ScheduleExpression="rate(1 hour)",
            State="DISABLED",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": ROLE},
        )
        self.assertEqual(scheduler.get_schedule(Name=weekly)["State"], "DISABLED")
        pages = scheduler.get_paginator("list_schedules").paginate(NamePrefix=weekly)
        self.assertEqual([one["Name"] for page in pages for one in page["Schedules"]], [weekly])
        scheduler.delete_schedule(Name=weekly)
        self.assertEqual(self.code(scheduler.get_schedule, Name=weekly), "ResourceNotFoundException")

    def test_groups_are_made_tagged_listed_and_deleted(self):
        scheduler, group = self.scheduler, name("group")
        arn = scheduler.create_schedule_group(Name=group, Tags=[{"Key": "team", "Value": "shop"}])["ScheduleGroupArn"]
        self.assertEqual(scheduler.get_schedule_group(Name=group)["State"], "ACTIVE")
        pages = scheduler.get_paginator("list_schedule_groups").paginate(NamePrefix=group)
        self.assertEqual([one["Name"] for page in pages for one in page["ScheduleGroups"]], [group])
        scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
        scheduler.untag_resource(ResourceArn=arn, TagKeys=["team"])
        self.assertEqual(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "stage", "Value": "test"}])
        scheduler.delete_schedule_group(Name=group)

    def test_a_schedule_is_on_time(self):
        url, arn = self.queue("now")
        once = self.schedule("at(2020-01-01T00:00:00)", arn, ActionAfterCompletion="NONE")
        self.addCleanup(self.scheduler.delete_schedule, Name=once)
        every = self.schedule("rate(1 minute)", arn)
        self.addCleanup(self.scheduler.delete_schedule, Name=every)
        self.assertEqual(self.bodies(url)[:1], ['{"on": "time"}'])
