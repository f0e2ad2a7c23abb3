"""Runs `provided.*` Lambda functions as processes under LocalStack, without Docker.

`runtime_api`, `capture`, `bootstrap` and `environment` know nothing of LocalStack; `executor`, `gateway`, `dynamodb` and
`patches` fit them to LocalStack 4.14.0.
"""
