"""Stacks in the embedded AWS of this process, made of templates in YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


class Cloud:
    """CloudFormation, and what its stacks have come to."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.api = client("cloudformation")

    def create(self, template: str, name: str = "web", **options: Any) -> str:
        """Makes a stack; the status that it ends in."""
        body = textwrap.dedent(template)
        self.api.create_stack(StackName=name, TemplateBody=body, Capabilities=CAPABILITIES, **options)
        return self.status(name)

    def update(self, template: str, name: str = "web", **options: Any) -> str:
        """Changes a stack; the status that it ends in."""
        body = textwrap.dedent(template)
        self.api.update_stack(StackName=name, TemplateBody=body, Capabilities=CAPABILITIES, **options)
        return self.status(name)

    def delete(self, name: str = "web") -> str:
        """Deletes a stack; the status that it ends in."""
        stack = self.stack(name)["StackId"]
        self.api.delete_stack(StackName=name)
        return self.status(stack)

    def stack(self, name: str = "web") -> Any:
        return self.api.describe_stacks(StackName=name)["Stacks"][0]

    def status(self, name: str = "web") -> str:
        return str(self.stack(name)["StackStatus"])

    def outputs(self, name: str = "web") -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack(name).get("Outputs", ())}

    def failures(self, name: str = "web") -> dict[str, str]:
        """The reason of each resource that could not be made or changed."""
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return {
            each["LogicalResourceId"]: each["ResourceStatusReason"]
            for each in events
            if each["ResourceStatus"] in {"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"}
        }

    def id_of(self, logical: str, name: str = "web") -> str:
        found = self.api.describe_stack_resource(StackName=name, LogicalResourceId=logical)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])
