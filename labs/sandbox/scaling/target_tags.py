"""Tags of scalable targets, which Terraform's provider reads."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

from labs.sandbox.extend import Stock, operation


@operation("application-autoscaling", "TagResource", "moto has no tags of scalable targets")
def tag_resource(response: Any, _stock: Stock) -> str:
    """Adds or changes tags of a target."""
    _target(response).tags.update(response._get_param("Tags"))
    return "{}"


@operation("application-autoscaling", "UntagResource", "moto has no tags of scalable targets")
def untag_resource(response: Any, _stock: Stock) -> str:
    """Removes tags of a target; missing ones are not an error."""
    tags = _target(response).tags
    for key in response._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


@operation("application-autoscaling", "ListTagsForResource", "moto has no tags of scalable targets")
def list_tags_for_resource(response: Any, _stock: Stock) -> str:
    """The tags of a target."""
    return json.dumps({"Tags": _target(response).tags})


def _target(response: Any) -> Any:
    """The scalable target whose ARN a request gives."""
    arn = response._get_param("ResourceARN")
    for targets in response.applicationautoscaling_backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise JsonRESTError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")
