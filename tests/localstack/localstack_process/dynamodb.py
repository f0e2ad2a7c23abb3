"""DynamoDB by moto: chosen by `PROVIDER_OVERRIDE_DYNAMODB=moto`.

LocalStack's own provider downloads a Java runtime and DynamoDB Local, which comes under a licence of its own.
"""

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, aws_provider


class MotoDynamoDb(DynamodbApi):
    """Implements nothing, so that every operation falls through to moto."""


@aws_provider(api="dynamodb", name="moto")
def dynamodb():
    return Service.for_provider(MotoDynamoDb(), dispatch_table_factory=MotoFallbackDispatcher)
