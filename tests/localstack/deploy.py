"""Deploys the SAM template into LocalStack through CloudFormation, and writes down what came of it.

`cargo xtask localstack deploy` calls it. It uploads the zips that `cargo lambda build` made, sends the template with
nothing but `CodeUri` changed, replaces a stack of the same name, and when the stack fails says which resource failed
and why.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import botocore
from botocore.config import Config

import template

# The bucket of the zips; LocalStack keeps it in memory, so it goes with LocalStack.
BUCKET = "aqueduct-deployments"
# Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LARGEST_BODY = 51_200
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class Failed(Exception):
    """The deployment did not succeed; the message says why."""


class Cloud:
    """Clients of one endpoint, with the credentials that local clouds take."""

    def __init__(self, endpoint: str, region: str):
        self.endpoint, self.region = endpoint.rstrip("/"), region

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            # Path-style: a bucket's name in front of 127.0.0.1 is no name that could be resolved.
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}, proxies={}),
        )


def upload(cloud: Cloud, text: str, zips: Path) -> str:
    """Uploads each function's zip and answers the template that leads to them."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def uri(function: template.Function) -> str:
        path = zips / function.binary / "bootstrap.zip"
        if not path.is_file():
            raise Failed(f"{function.id} has no {path}; `cargo lambda build --output-format zip` makes it")
        code = path.read_bytes()
        key = f"{function.binary}-{hashlib.sha256(code).hexdigest()[:16]}.zip"
        s3.put_object(Bucket=BUCKET, Key=key, Body=code)
        return f"s3://{BUCKET}/{key}"

    return template.with_code(text, uri)


def remove(cloud: Cloud, stack: str) -> None:
    """Removes a stack of this name, if one was left."""
    cloudformation = cloud.client("cloudformation")
    if not (left := status(cloudformation, stack)):
        return
    say(f"removing the stack {stack} that was left ({left})")
    cloudformation.delete_stack(StackName=stack)
    state = settled(cloudformation, stack)
    if state not in (None, "DELETE_COMPLETE"):
        raise Failed(f"the old stack {stack} cannot be removed ({state}); restarting LocalStack removes everything")


def create(cloud: Cloud, stack: str, text: str, parameters: dict[str, str]) -> str:
    """Creates the stack, waits until it stands, and answers its id, which no older stack of this name shares."""
    cloudformation = cloud.client("cloudformation")
    created = cloudformation.create_stack(
        StackName=stack,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=CAPABILITIES,
        # What failed stays, to be looked at; the next deployment replaces it.
        OnFailure="DO_NOTHING",
        **body(cloud, stack, text),
    )
    id = created["StackId"]
    state = settled(cloudformation, id)
    if state != "CREATE_COMPLETE":
        raise Failed(f"the stack {stack} is {state}\n" + "\n".join(failures(cloudformation, id)))
    return id


def body(cloud: Cloud, stack: str, text: str) -> dict[str, str]:
    if len(text.encode()) <= LARGEST_BODY:
        return {"TemplateBody": text}
    cloud.client("s3").put_object(Bucket=BUCKET, Key=f"{stack}.yaml", Body=text.encode())
    return {"TemplateURL": f"{cloud.endpoint}/{BUCKET}/{stack}.yaml"}


def status(cloudformation, stack: str) -> str | None:
    try:
        [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return described["StackStatus"]


def settled(cloudformation, stack: str, limit: float = 120.0) -> str | None:
    """The stack's state once nothing moves any more; none when the stack is gone."""
    end = time.monotonic() + limit
    while (state := status(cloudformation, stack)) and state.endswith("_IN_PROGRESS"):
        if time.monotonic() > end:
            raise Failed(f"the stack {stack} is still {state} after {limit:g} seconds")
        time.sleep(0.2)
    return state


def failures(cloudformation, stack_id: str) -> list[str]:
    """What failed, in the order in which it happened."""
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    reasons = {}
    for event in reversed(events):
        if event["ResourceStatus"].endswith("FAILED") and event["ResourceType"] != "AWS::CloudFormation::Stack":
            # LocalStack tells a failure twice, first in its plain form.
            resource = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            reasons.setdefault(resource, event.get("ResourceStatusReason") or "no reason is given")
    lines = [f"{resource}: {reason}" for resource, reason in reasons.items()]
    return lines or ["no resource says why; LocalStack's log may"]


def outcome(cloud: Cloud, stack_id: str) -> dict:
    """What tests need to find their way: physical ids, and how to reach the function URLs."""
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_id)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    functions = cloud.client("lambda")
    hosts = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::Lambda::Url":
            # SAM calls the URL of a function by the function's name and `Url`.
            function = resource["LogicalResourceId"].removesuffix("Url")
            url = functions.get_function_url_config(FunctionName=physical[function])["FunctionUrl"]
            hosts[function] = urlsplit(url).netloc
    return {
        "endpoint": cloud.endpoint,
        "region": cloud.region,
        "resources": dict(sorted(physical.items())),
        "urls": {function: f"{cloud.endpoint}/" for function in sorted(hosts)},
        "hosts": dict(sorted(hosts.items())),
    }


def deploy(options: argparse.Namespace) -> None:
    cloud = Cloud(options.endpoint, options.region)
    parameters = dict(parameter.split("=", 1) for parameter in options.parameter)
    text = upload(cloud, options.template.read_text(), options.zips)
    remove(cloud, options.stack)
    found = outcome(cloud, create(cloud, options.stack, text, parameters))
    # Put in place as a whole, so that nobody reads half of it.
    partial = options.output.with_suffix(".partial")
    partial.write_text(json.dumps(found, indent=2) + "\n")
    partial.replace(options.output)
    say(f"the stack {options.stack} stands, with {len(found['resources'])} resources")


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--endpoint", required=True, help="where LocalStack listens")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--template", required=True, type=Path)
    parser.add_argument("--zips", required=True, type=Path, help="the folder with <binary>/bootstrap.zip")
    parser.add_argument("--stack", default="aqueduct", help="the stack's name")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--output", required=True, type=Path, help="where the result is written, as JSON")
    return parser


def main() -> int:
    try:
        deploy(arguments().parse_args())
    except (Failed, ValueError, OSError) as error:
        say(f"error: {error}")
        return 1
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        say(f"error: LocalStack does not do as it was asked: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
