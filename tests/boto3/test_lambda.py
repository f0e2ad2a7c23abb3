import json

from support import Endpoint, archive, client, makes_functions, name

ROLE = "arn:aws:iam::000000000000:role/functions"


class Lambda(Endpoint):
    def setUp(self):
        self.functions = client("lambda")

    def function(self, **settings):
        """A function that nobody runs, by its name and its ARN."""
        function = name("function")
        if not makes_functions():
            self.skipTest("the endpoint makes no functions")
        created = self.functions.create_function(
            FunctionName=function,
            Role=ROLE,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Code={"ZipFile": archive()},
            **settings,
        )
        self.addCleanup(self.gone, function)
        self.functions.get_waiter("function_active_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
        return function, created["FunctionArn"]

    def gone(self, function):
        try:
            self.functions.delete_function(FunctionName=function)
        except self.functions.exceptions.ResourceNotFoundException:
            pass

    def test_the_functions_of_the_template_are_listed_and_invoked(self):
        pages = self.functions.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        [notifier] = [name for name in names if name.endswith("OrderNotifier")]
        answer = self.functions.invoke(FunctionName=notifier, Payload=json.dumps({"Records": []}))
        self.assertNotIn("FunctionError", answer)
        self.assertEqual(json.loads(answer["Payload"].read()), {"batchItemFailures": []})
        self.assertEqual(self.functions.invoke(FunctionName=notifier, InvocationType="DryRun")["StatusCode"], 204)
        event = {"InvocationType": "Event", "Payload": json.dumps({"Records": []})}
        self.assertEqual(self.functions.invoke(FunctionName=notifier, **event)["StatusCode"], 202)
        if makes_functions():
            streamed = self.functions.invoke_with_response_stream(
                FunctionName=notifier, Payload=json.dumps({"Records": []})
            )
            chunks = [event["PayloadChunk"]["Payload"] for event in streamed["EventStream"] if "PayloadChunk" in event]
            self.assertEqual(json.loads(b"".join(chunks)), {"batchItemFailures": []})
        self.assertEqual(self.code(self.functions.invoke, FunctionName=name("none")), "ResourceNotFoundException")

    def test_functions_are_made_changed_tagged_and_deleted(self):
        functions = self.functions
        function, arn = self.function(Timeout=5, Tags={"team": "shop"})
        got = functions.get_function(FunctionName=function)
        self.assertEqual((got["Configuration"]["Timeout"], got["Tags"]), (5, {"team": "shop"}))
        functions.update_function_configuration(FunctionName=function, Timeout=7)
        functions.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
        self.assertEqual(functions.get_function_configuration(FunctionName=function)["Timeout"], 7)
        updated = functions.update_function_code(FunctionName=function, ZipFile=archive("#!/bin/sh\nexit 1\n"))
        self.assertNotEqual(updated["CodeSha256"], got["Configuration"]["CodeSha256"])
        functions.tag_resource(Resource=arn, Tags={"stage": "test"})
        functions.untag_resource(Resource=arn, TagKeys=["team"])
        self.assertEqual(functions.list_tags(Resource=arn)["Tags"], {"stage": "test"})
        versions = functions.list_versions_by_function(FunctionName=function)["Versions"]
        self.assertEqual([version["Version"] for version in versions], ["$LATEST"])
        functions.get_function_code_signing_config(FunctionName=function)
        self.assertIn("AccountLimit", functions.get_account_settings())
        functions.delete_function(FunctionName=function)
        self.assertEqual(self.code(functions.get_function, FunctionName=function), "ResourceNotFoundException")

    def test_concurrency_and_recursion_are_set(self):
        functions = self.functions
        function, _ = self.function()
        functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=3)
        got = functions.get_function_concurrency(FunctionName=function)
        self.assertEqual(got["ReservedConcurrentExecutions"], 3)
        functions.delete_function_concurrency(FunctionName=function)
        self.assertNotIn("ReservedConcurrentExecutions", functions.get_function_concurrency(FunctionName=function))
        functions.put_function_recursion_config(FunctionName=function, RecursiveLoop="Allow")
        self.assertEqual(functions.get_function_recursion_config(FunctionName=function)["RecursiveLoop"], "Allow")

    def test_permissions_are_given_and_taken(self):
        functions = self.functions
        function, _ = self.function()
        functions.add_permission(
            FunctionName=function, StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
        )
        [statement] = json.loads(functions.get_policy(FunctionName=function)["Policy"])["Statement"]
        self.assertEqual(statement["Sid"], "sns")
        functions.remove_permission(FunctionName=function, StatementId="sns")
        self.assertEqual(self.code(functions.get_policy, FunctionName=function), "ResourceNotFoundException")

    def test_asynchronous_invocation_is_set(self):
        functions = self.functions
        function, _ = self.function()
        _, queue = self.queue("failures")
        functions.put_function_event_invoke_config(
            FunctionName=function, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}}
        )
        functions.update_function_event_invoke_config(FunctionName=function, MaximumEventAgeInSeconds=90)
        got = functions.get_function_event_invoke_config(FunctionName=function)
        self.assertEqual((got["MaximumRetryAttempts"], got["MaximumEventAgeInSeconds"]), (1, 90))
        pages = functions.get_paginator("list_function_event_invoke_configs").paginate(FunctionName=function)
        self.assertEqual(len([one for page in pages for one in page["FunctionEventInvokeConfigs"]]), 1)
        functions.delete_function_event_invoke_config(FunctionName=function)
        code = self.code(functions.get_function_event_invoke_config, FunctionName=function)
        self.assertEqual(code, "ResourceNotFoundException")

    def test_function_urls_are_made_and_deleted(self):
        functions = self.functions
        function, _ = self.function()
        url = functions.create_function_url_config(FunctionName=function, AuthType="NONE")["FunctionUrl"]
        functions.update_function_url_config(FunctionName=function, InvokeMode="BUFFERED")
        self.assertEqual(functions.get_function_url_config(FunctionName=function)["FunctionUrl"], url)
        pages = functions.get_paginator("list_function_url_configs").paginate(FunctionName=function)
        urls = [one["FunctionUrl"] for page in pages for one in page["FunctionUrlConfigs"]]
        self.assertEqual(urls, [url])
        functions.delete_function_url_config(FunctionName=function)
        code = self.code(functions.get_function_url_config, FunctionName=function)
        self.assertEqual(code, "ResourceNotFoundException")

    def test_mappings_are_made_changed_and_deleted(self):
        functions = self.functions
        function, arn = self.function(Timeout=3)
        _, queue = self.queue("work")
        mapping = functions.create_event_source_mapping(
            FunctionName=function, EventSourceArn=queue, BatchSize=5, Enabled=False
        )["UUID"]
        got = functions.get_event_source_mapping(UUID=mapping)
        self.assertEqual((got["BatchSize"], got["FunctionArn"]), (5, arn))
        functions.update_event_source_mapping(UUID=mapping, BatchSize=7)
        pages = functions.get_paginator("list_event_source_mappings").paginate(EventSourceArn=queue)
        listed = [(one["UUID"], one["BatchSize"]) for page in pages for one in page["EventSourceMappings"]]
        self.assertEqual(listed, [(mapping, 7)])
        self.until("Disabled", lambda: functions.get_event_source_mapping(UUID=mapping)["State"])
        self.assertEqual(functions.delete_event_source_mapping(UUID=mapping)["State"], "Deleting")
