"""Launch templates: their own tags are not part of the launch template data."""

from __future__ import annotations

from typing import Any

from labs.sandbox.extend import Stock, operation


@operation("ec2", "CreateLaunchTemplate", "moto adds the tags of a template to the tags of what it launches")
def create_launch_template(response: Any, stock: Stock) -> Any:
    """Creates a template whose first version has only the tags of its data."""
    created = stock()
    template = response.ec2_backend.get_launch_template_by_name(response._get_param("LaunchTemplateName"))
    data = template.get_version(1).data
    kept = [each for each in data.get("TagSpecifications", ()) if each["ResourceType"] != "launch-template"]
    data.pop("TagSpecifications", None)
    if kept:
        data["TagSpecifications"] = kept
    return created
