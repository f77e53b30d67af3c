"""How resources of a type are made, changed and deleted: by operations of the API, as botocore's model names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.sandbox.cloudformation.errors import ResourceFailed
from labs.sandbox.cloudformation.requests import Api, ApiRefused, Doc


@dataclass
class Made:
    """A resource of a stack: its physical id, what the API answered of it, and the properties it was made of."""

    id: str
    document: Doc
    properties: Doc


def _same(properties: Doc) -> Doc:
    return properties


def _no_answer(answer: Doc) -> Doc:
    return {}


def _nothing(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Nothing is left to do after the operation."""


def _ready(api: Api, made: Made) -> None:
    """A resource that is there as soon as the API has answered, and can go without preparation."""


@dataclass(frozen=True)
class ResourceType:
    """One type of resource. Names of operations and members are those of botocore's model of the service."""

    name: str
    service: str
    create: str
    """The operation that makes it; empty where `after` does it all."""
    answer: Callable[[Doc], Doc] = _same
    """The part of the answer that describes the resource."""
    id: str = ""
    """The member that is the physical id, or a text with members in braces."""
    name_property: str = ""
    """The property that names the resource; where a template leaves it out, CloudFormation makes a name."""
    max_name: int = 128
    lower_name: bool = False
    attributes: Mapping[str, str | Callable[[Made], Any]] = field(default_factory=dict)
    """Attributes for Fn::GetAtt: the member of the description, or a function of the resource."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    handled: frozenset[str] = frozenset()
    """Properties that no member of the create operation takes: `after` carries them out."""
    request: Callable[[Doc], Doc] = _same
    """Makes the properties those of the request, where they differ in more than their names."""
    after: Callable[[Api, Made, Doc, Doc], None] = _nothing
    """Carries out the rest after each creation and update: api, resource, new and old properties."""
    changed_after: frozenset[str] = frozenset()
    """Properties of the create operation that `after` carries out at an update."""
    update: str = ""
    """The operation that changes it in place; empty where every change makes a new one (or `after` does it all)."""
    answer_of_update: Callable[[Doc], Doc] = _no_answer
    """The part of an update's answer that the description takes over."""
    id_member: str = ""
    """The member of update and delete that takes the physical id."""
    replacing: frozenset[str] = frozenset()
    """Properties whose change makes a new resource."""
    delete: str = ""
    delete_member: str = ""
    delete_more: Mapping[str, Any] = field(default_factory=dict)
    before_delete: Callable[[Api, Made], None] = _ready
    scope: tuple[str, ...] = ()
    """Properties that update and delete need beside the id."""
    ready: Callable[[Api, Made], None] = _ready
    """Raises NotReady until the resource is stable, ResourceFailed where it never will be."""
    tags: str = ""
    """`ec2` where CreateTags makes them, `Key` where the create operation takes them; empty where there are none."""
    capability: bool = False
    """Whether a stack that makes one needs CAPABILITY_IAM, or CAPABILITY_NAMED_IAM where it is named."""

    def make(self, api: Api, properties: Doc) -> Made:
        """Creates a resource of its properties."""
        request = self.request({key: value for key, value in properties.items() if key not in self.handled})
        answered = api(self.service, self.create, request, self.renamed) if self.create else {}
        document = {**properties, **request, **self.answer(answered)}
        made = Made(self._id(document), document, properties)
        self._tag(api, made, properties)
        self.after(api, made, properties, {})
        return made

    def change(self, api: Api, made: Made, new: Doc) -> bool:
        """Changes a resource in place; False where only a new one can have these properties."""
        old = made.properties
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
        if changed & self.replacing or not all(self._takes(api, key) for key in changed):
            return False
        by_operation = changed - self.handled - self.changed_after - {"Tags"}
        if self.update and by_operation:
            request = self.request({key: value for key, value in new.items() if key not in self.handled})
            known = {self.id_member: made.id} if self.id_member else {}
            answered = api(self.service, self.update, {**request, **known}, self.renamed, strict=False)
            made.document.update({**new, **self.answer_of_update(answered)})
        self._tag(api, made, new)
        self.after(api, made, new, old)
        made.properties = new
        return True

    def remove(self, api: Api, made: Made) -> None:
        """Deletes a resource; one that is gone already is no fault."""
        try:
            self.before_delete(api, made)
            if self.delete:
                known = (
                    {self.delete_member or self.id_member: made.id}
                    if self.delete_member or self.id_member
                    else {}
                )
                scope = {key: made.document[key] for key in self.scope if key in made.document}
                api(
                    self.service,
                    self.delete,
                    {**scope, **known, **self.delete_more},
                    self.renamed,
                    strict=False,
                )
        except ApiRefused as error:
            if not is_gone(error):
                raise

    def attribute(self, made: Made, name: str) -> Any:
        """An attribute for Fn::GetAtt. Raises ResourceFailed for one that the type does not have."""
        source = self.attributes.get(name)
        if source is None:
            raise ResourceFailed(
                f"Resource type {self.name} does not support attribute {{{name}}} in Fn::GetAtt"
            )
        return source(made) if callable(source) else made.document[source]

    def _takes(self, api: Api, key: str) -> bool:
        if key in self.handled | self.changed_after or (key == "Tags" and self.tags == "ec2"):
            return True
        return bool(self.update) and api.accepts(self.service, self.update, key, self.renamed)

    def _id(self, document: Doc) -> str:
        return str(document[self.id]) if self.id in document else self.id.format(**document)

    def _tag(self, api: Api, made: Made, properties: Doc) -> None:
        if self.tags == "ec2" and properties.get("Tags"):
            tagged = made.document.get("AllocationId", made.id)
            api("ec2", "CreateTags", {"Resources": [tagged], "Tags": properties["Tags"]})


_GONE = ("NotFound", "NoSuch", "DoesNotExist", "NotExist", "ValidationError: not found")


def is_gone(error: ApiRefused) -> bool:
    """Whether a refusal says that the thing is not there."""
    return any(word in error.code for word in _GONE) or error.code in {"InactiveServiceException"}


def without(properties: Doc, *names: str) -> Doc:
    """The properties but for these."""
    return {key: value for key, value in properties.items() if key not in names}


def items(properties: Doc, name: str) -> list[Any]:
    """A list property, empty where it is left out."""
    value = properties.get(name) or []
    return value if isinstance(value, list) else [value]
