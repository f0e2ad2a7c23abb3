"""SQS records reach the function as they were sent.

LocalStack parses each body as JSON and writes it anew: `{"b":1}` arrives as `{"b": 1}`, `"quoted"` as `quoted`, `1e3` as
`1000.0`. AWS hands the body over as it is.
"""


def apply() -> None:
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    install(SqsPoller)


def install(poller: type) -> None:
    """Keeps the bodies aside while LocalStack filters, and puts them back before it invokes."""
    handle_messages, add_source_metadata = poller.handle_messages, poller.add_source_metadata

    def handling(self, messages):
        # A poller is driven by one thread, so one set of bodies is on its way at a time.
        self.bodies = {message["MessageId"]: message["Body"] for message in messages}
        handle_messages(self, messages)

    def adding(self, events):
        for event in events:
            event["body"] = self.bodies[event["messageId"]]
        return add_source_metadata(self, events)

    poller.handle_messages, poller.add_source_metadata = handling, adding
