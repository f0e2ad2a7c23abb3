"""Archives as CloudFormation creates them."""

import types
import unittest

from localstack.services.cloudformation.resource_provider import OperationStatus

from localstack_process.archives import LONGEST_NAME, ArchiveProvider, generated


class Events:
    def __init__(self):
        self.created, self.deleted = [], []

    def create_archive(self, **wanted):
        self.created.append(wanted)
        return {"ArchiveArn": f"arn:archive/{wanted['ArchiveName']}"}

    def delete_archive(self, ArchiveName):
        self.deleted.append(ArchiveName)


class Archives(unittest.TestCase):
    def request(self, events, **model):
        return types.SimpleNamespace(
            desired_state=model,
            aws_client_factory=types.SimpleNamespace(events=events),
            stack_name="aqueduct",
            logical_resource_id="CommerceArchive",
            stack_id="arn:stack/aqueduct/0123456789abcdef",
            custom_context={},
        )

    def test_an_archive_is_made_with_what_the_template_says_and_goes_with_the_stack(self):
        events = Events()
        request = self.request(events, SourceArn="arn:bus", RetentionDays="30", EventPattern={"source": ["a"]})
        done = ArchiveProvider().create(request)
        name = "aqueduct-CommerceArchive-01234567"
        wanted = {"ArchiveName": name, "EventSourceArn": "arn:bus", "RetentionDays": 30, "EventPattern": '{"source": ["a"]}'}
        self.assertEqual((done.status, events.created), (OperationStatus.SUCCESS, [wanted]))
        self.assertEqual(done.resource_model["Arn"], f"arn:archive/{name}")
        ArchiveProvider().delete(self.request(events, **done.resource_model))
        self.assertEqual(events.deleted, [name])

    def test_a_generated_name_is_no_longer_than_eventbridge_takes(self):
        name = generated("a-stack-with-quite-a-long-name", "AnArchiveWithALongName", "x/0123456789")
        self.assertEqual(len(name), LONGEST_NAME)
        self.assertTrue(name.endswith("-01234567"))


if __name__ == "__main__":
    unittest.main()
