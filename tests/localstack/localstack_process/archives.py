"""`AWS::Events::Archive` for LocalStack's CloudFormation, which knows archives in its API and in no template."""

import json

from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

# Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html
PROPERTIES = ("ArchiveName", "Arn", "Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays", "SourceArn")
LONGEST_NAME = 48


class ArchiveProviderPlugin(CloudFormationResourceProviderPlugin):
    name = "AWS::Events::Archive"

    def __init__(self):
        self.factory: type[ResourceProvider] | None = None

    def load(self):
        self.factory = ArchiveProvider


class ArchiveProvider(ResourceProvider):
    """Creates and deletes archives; a change of one is refused."""

    TYPE = "AWS::Events::Archive"
    SCHEMA = {
        "typeName": TYPE,
        "additionalProperties": False,
        "properties": {name: {} for name in PROPERTIES},
        "required": ["SourceArn"],
        "createOnlyProperties": ["/properties/ArchiveName", "/properties/SourceArn"],
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/ArchiveName"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        model.setdefault("ArchiveName", generated(request.stack_name, request.logical_resource_id, request.stack_id))
        wanted = {"ArchiveName": model["ArchiveName"], "EventSourceArn": model["SourceArn"]}
        for name in ("Description", "RetentionDays"):
            if name in model:
                wanted[name] = int(model[name]) if name == "RetentionDays" else model[name]
        if pattern := model.get("EventPattern"):
            wanted["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
        model["Arn"] = request.aws_client_factory.events.create_archive(**wanted)["ArchiveArn"]
        return ProgressEvent(OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context)

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        request.aws_client_factory.events.delete_archive(ArchiveName=model["ArchiveName"])
        return ProgressEvent(OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        raise NotImplementedError("archives are not changed in place here; remove the stack and deploy it again")


def generated(stack: str, logical_id: str, stack_id: str) -> str:
    """A name as CloudFormation makes them, within what EventBridge takes."""
    end = stack_id.rsplit("/", 1)[-1][:8]
    return f"{stack}-{logical_id}"[: LONGEST_NAME - 1 - len(end)] + f"-{end}"
