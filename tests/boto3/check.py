"""boto3 against an endpoint: every action that it models, through botocore's own response parsers."""

import sys
import unittest
from pathlib import Path

from botocore.exceptions import ClientError

import support

SERVICES = ("sqs", "sns", "events", "scheduler", "lambda")

# How the endpoint refuses what it does not model.
NOT_MODELLED = {"NotImplemented"}


class Coverage(unittest.TestCase):
    """Runs after all others."""

    def test_every_action_that_the_endpoint_models_was_called(self):
        missing = []
        for service in SERVICES if support.makes_functions() else SERVICES[:-1]:
            actions = set(support.session.client(service).meta.service_model.operation_names)
            for action in sorted(actions - {action for of, action in support.called if of == service}):
                code = self.refusal(service, action)
                if code not in NOT_MODELLED:
                    missing.append(f"{service}:{action}, which answers with {code}")
        self.assertEqual(missing, [], "actions that no test calls")

    def refusal(self, service, action):
        """What a call is refused with that has as little in it as can be."""
        client = support.session.client(service, config=support.once(parameter_validation=False))
        model = client.meta.service_model.operation_model(action)
        required = model.input_shape.required_members if model.input_shape else []
        located = [name for name in required if model.input_shape.members[name].serialization.get("location")]
        try:
            client._make_api_call(action, {name: "none" for name in located})
            return "success"
        except ClientError as error:
            return error.response["Error"]["Code"]

    def test_no_answer_made_botocore_try_again(self):
        self.assertEqual(support.retried, [])


def main():
    loader, folder = unittest.TestLoader(), str(Path(__file__).parent)
    suite = unittest.TestSuite([loader.discover(folder), loader.loadTestsFromTestCase(Coverage)])
    result = unittest.TextTestRunner().run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)


if __name__ == "__main__":
    main()
