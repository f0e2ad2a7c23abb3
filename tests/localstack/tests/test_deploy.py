"""How the template is changed for the deployment, and how a failed stack is told."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import deploy  # noqa: E402
import template  # noqa: E402

TEXT = """\
Resources:
  # The first.
  One:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: first}}
    Properties:
      CodeUri: ../functions/one   # its crate
      Environment: {Variables: {QUEUE: !GetAtt Queue.Arn}}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-queue"
  Two:
    Type: AWS::Serverless::Function
    Metadata:
      BuildProperties:
        Binary: second
    Properties: {CodeUri: "../functions/two", Timeout: 3}
"""


class Template(unittest.TestCase):
    def test_nothing_but_the_code_changes(self):
        wanted = TEXT.replace("../functions/one ", '"s3://bucket/One-first" ')
        wanted = wanted.replace('"../functions/two"', '"s3://bucket/Two-second"')
        found = template.with_code(TEXT, lambda function: f"s3://bucket/{function.id}-{function.binary}")
        self.assertEqual(found, wanted)

    def test_the_pipelines_own_template_can_be_deployed(self):
        text = (ROOT.parent.parent / "infra/template.yaml").read_text()
        functions = template.functions(text)
        self.assertEqual(len(functions), text.count("Type: AWS::Serverless::Function\n"))
        for function in functions:
            self.assertEqual(text[function.start : function.end], f"../functions/{function.binary}")

    def test_what_cannot_be_deployed_is_told(self):
        for text, wanted in [
            (TEXT.replace("Binary: second", "Bin: second"), "Two needs a CodeUri"),
            (TEXT.replace("CodeUri: ../functions/one", "InlineCode: x"), "One needs a CodeUri"),
            ("Resources: {}\n", "no AWS::Serverless::Function"),
        ]:
            with self.subTest(wanted), self.assertRaisesRegex(ValueError, wanted):
                template.functions(text)


class Stack:
    """CloudFormation's part in a failure."""

    def __init__(self, *events):
        self.events = [
            {"LogicalResourceId": id, "ResourceType": kind, "ResourceStatus": status, "ResourceStatusReason": reason}
            for id, kind, status, reason in events
        ]

    def describe_stack_events(self, StackName):
        return {"StackEvents": self.events}


class Failures(unittest.TestCase):
    def test_each_resource_is_told_once_in_its_first_words(self):
        stack = Stack(
            ("aqueduct", "AWS::CloudFormation::Stack", "CREATE_FAILED", "something failed"),
            ("One", "AWS::Lambda::Function", "CREATE_FAILED", 'Resource handler returned message: "no start"'),
            ("One", "AWS::Lambda::Function", "CREATE_FAILED", "no start"),
            ("Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", None),
        )
        self.assertEqual(deploy.failures(stack, "id"), ["One (AWS::Lambda::Function): no start"])

    def test_a_failure_without_a_reason_leads_to_the_log(self):
        self.assertEqual(deploy.failures(Stack(), "id"), ["no resource says why; LocalStack's log may"])


if __name__ == "__main__":
    unittest.main()
