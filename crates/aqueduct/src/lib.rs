//! Handlers and publishers for SQS, SNS and EventBridge on AWS Lambda.
