"""Custom attributes of container instances, for the cluster query language."""

from __future__ import annotations

import re
from collections.abc import Callable

from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.model.documents import check_choice, paged, picked
from labs.sandbox.ecs.model.errors import invalid, refusal
from labs.sandbox.ecs.model.records import Cluster, Doc, Instance
from labs.sandbox.ecs.model.state import Ecs

_NAME = re.compile(r"[a-zA-Z0-9_./\\-]{1,128}")
_VALUE = re.compile(r"[a-zA-Z0-9_./@:\\ -]{1,128}")
MAX_ATTRIBUTES = 10


@answers("PutAttributes", "moto's container instances are not the sandbox's")
def put_attributes(ecs: Ecs, request: Doc) -> Doc:
    """Sets all attributes, or none if one is refused."""
    return _each(
        ecs, request, lambda instance, each: instance.attributes.update({each["name"]: each.get("value")})
    )


@answers("DeleteAttributes", "moto's container instances are not the sandbox's")
def delete_attributes(ecs: Ecs, request: Doc) -> Doc:
    """Removes attributes by name."""
    return _each(ecs, request, lambda instance, each: instance.attributes.pop(each["name"], None))


@answers("ListAttributes", "moto's container instances are not the sandbox's")
def list_attributes(ecs: Ecs, request: Doc) -> Doc:
    """The attributes of all container instances, with the given name and value."""
    cluster = ecs.cluster(request.get("cluster"))
    check_choice("targetType", request["targetType"], ("container-instance",))
    name, value = request.get("attributeName"), request.get("attributeValue")
    if value is not None and name is None:
        raise invalid("attributeName must be specified when attributeValue is.")
    found = [
        (instance.arn, key)
        for instance in cluster.instances.values()
        for key, held in instance.attributes.items()
        if name in (None, key) and value in (None, held)
    ]
    page = paged([f"{arn} {key}" for arn, key in found], request, "attributes")
    page["attributes"] = [_target(ecs, cluster, *each.split(" ", 1)) for each in page["attributes"]]
    return page


def _target(ecs: Ecs, cluster: Cluster, arn: str, name: str) -> Doc:
    value = ecs.instance(cluster, arn).attributes[name]
    document: Doc = {"name": name, "targetType": "container-instance", "targetId": arn}
    return document if value is None else {**document, "value": value}


def _each(ecs: Ecs, request: Doc, change: Callable[[Instance, Doc], object]) -> Doc:
    cluster = ecs.cluster(request.get("cluster"))
    attributes = request.get("attributes") or []
    if len(attributes) > MAX_ATTRIBUTES:
        raise invalid(f"You can specify up to {MAX_ATTRIBUTES} attributes for a resource.")
    targets = [(_instance(ecs, cluster, each), each) for each in attributes]
    for each in attributes:
        _check(each)
    for instance, each in targets:
        change(instance, each)
        instance.version += 1
    names = ("name", "value", "targetType")
    return {"attributes": [{**picked(each, names), "targetId": instance.arn} for instance, each in targets]}


def _instance(ecs: Ecs, cluster: Cluster, attribute: Doc) -> Instance:
    check_choice("targetType", attribute.get("targetType"), ("container-instance",))
    instance = ecs.find_instance(cluster, attribute.get("targetId") or "")
    if instance is None:
        raise refusal("TargetNotFoundException", "The referenced container instance was not found.")
    return instance


def _check(attribute: Doc) -> None:
    if not _NAME.fullmatch(attribute["name"]):
        raise invalid(f"Attribute name '{attribute['name']}' contains invalid characters.")
    if attribute["name"].startswith(("ecs.", "com.amazonaws.")):
        raise invalid(f"Attribute name '{attribute['name']}' has a prefix that is reserved for Amazon ECS.")
    value = attribute.get("value")
    if value is not None and (not _VALUE.fullmatch(value) or value != value.strip()):
        raise invalid(f"Attribute value '{value}' contains invalid characters.")
