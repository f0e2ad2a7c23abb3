"""Effects that happen once with Powertools for AWS Lambda (Python), kept in DynamoDB, for as many keys as it is told."""

import sys

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

config = IdempotencyConfig(event_key_jmespath="order", expires_after_seconds=3600)
claims = DynamoDBPersistenceLayer(table_name="claims")


@idempotent_function(data_keyword_argument="payment", config=config, persistence_store=claims)
def charge(payment):
    return 3400


for n in range(int(sys.argv[1])):
    if charge(payment={"order": f"ord_{n:08}"}) != 3400:
        sys.exit("it was not charged")
