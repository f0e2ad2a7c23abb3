"""The SAM template as it is deployed: the same text, with `CodeUri` leading to uploaded zips.

The text is cut by the positions of the parsed values, so that everything else, comments and short forms included, stays as it was
written, and nothing here needs to know CloudFormation's tags.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class Function:
    """A function of the template, and where its `CodeUri` stands in the text."""

    id: str
    binary: str
    start: int
    end: int


def functions(text: str) -> list[Function]:
    """All functions that are built by cargo-lambda."""
    found = []
    for id, resource in _members(_member(yaml.compose(text, yaml.SafeLoader), "Resources")):
        if _scalar(_member(resource, "Type")) != "AWS::Serverless::Function":
            continue
        code = _member(_member(resource, "Properties"), "CodeUri")
        binary = _scalar(_member(_member(_member(resource, "Metadata"), "BuildProperties"), "Binary"))
        if not isinstance(code, yaml.ScalarNode) or not binary:
            raise ValueError(f"{id} needs a CodeUri and Metadata.BuildProperties.Binary, by which its zip is found")
        found.append(Function(id, binary, code.start_mark.index, code.end_mark.index))
    if not found:
        raise ValueError("the template has no AWS::Serverless::Function")
    return found


def with_code(text: str, uri: Callable[[Function], str]) -> str:
    """The text with another `CodeUri` for each function."""
    for function in sorted(functions(text), key=lambda function: function.start, reverse=True):
        text = text[: function.start] + json.dumps(uri(function)) + text[function.end :]
    return text


def _members(node) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key.value, value) for key, value in node.value]


def _member(node, name: str) -> yaml.Node | None:
    return dict(_members(node)).get(name)


def _scalar(node) -> str | None:
    return node.value if isinstance(node, yaml.ScalarNode) else None
