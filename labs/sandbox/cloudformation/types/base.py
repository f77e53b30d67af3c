"""How resources of a type are created, updated and deleted: the API operations, as botocore's model names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from labs.errors import ApiRefused, ResourceFailed, Unsupported
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.tagging import tag


@dataclass
class Made:
    """A resource of a stack: its physical id, its description in the API's response, and its properties."""

    id: str
    document: Doc
    properties: Doc


def is_update(made: Made, new: Doc) -> bool:
    """Whether `after` runs for an update: the old properties say so only if the resource had any."""
    return made.properties is not new


def _same(properties: Doc) -> Doc:
    return properties


def _no_answer(answer: Doc) -> Doc:
    return {}


def _nothing(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Does nothing after the operation."""


def _ready(api: Api, made: Made) -> None:
    """Does nothing: the resource is ready immediately, and can be deleted without preparation."""


@dataclass(frozen=True)
class ResourceType:
    """One type of resource. Names of operations and members are those of botocore's model of the service."""

    name: str
    service: str
    create: str
    """The operation that creates it; empty if `after` does everything."""
    answer: Callable[[Doc], Doc] = _same
    """The part of the response that describes the resource."""
    id: str = ""
    """The member with the physical id, or a format with members in braces."""
    name_property: str = ""
    """The property that names the resource; if a template omits it, CloudFormation generates a name."""
    max_name: int = 128
    lower_name: bool = False
    attributes: Mapping[str, str | Callable[[Made], Any]] = field(default_factory=dict)
    """Attributes for Fn::GetAtt: the member of the description, or a function of the resource."""
    refresh: Callable[[Api, Made], None] = _ready
    """Updates the description, if other resources change it."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    handled: frozenset[str] = frozenset()
    """Properties that the create operation does not take: `after` applies them."""
    request: Callable[[Doc], Doc] = _same
    """Converts the properties to those of the request, if they differ in more than their names."""
    filled_in: Callable[[Doc], Doc] = _same
    """Adds the defaults that CloudFormation gives a new resource."""
    after: Callable[[Api, Made, Doc, Doc], None] = _nothing
    """Applies the other properties after each creation and update: takes api, resource, new and old properties."""
    changed_after: frozenset[str] = frozenset()
    """Properties of the create operation that `after` applies in an update."""
    update: str = ""
    """The operation that updates it in place; empty if every change replaces it (or `after` does everything)."""
    answer_of_update: Callable[[Doc], Doc] = _no_answer
    """The part of an update's response that is merged into the description."""
    id_member: str = ""
    """The member of update and delete that takes the physical id."""
    replacing: frozenset[str] = frozenset()
    """Properties whose change requires a replacement."""
    delete: str = ""
    delete_member: str = ""
    delete_more: Mapping[str, Any] = field(default_factory=dict)
    before_delete: Callable[[Api, Made], None] = _ready
    scope: tuple[str, ...] = ()
    """Properties that update and delete need in addition to the id."""
    ready: Callable[[Api, Made], None] = _ready
    """Raises NotReady until the resource is stable, and ResourceFailed if it never will be."""
    tags: str = ""
    """`ec2` if CreateTags sets them, `Key` if the create operation takes them; empty if there are none."""
    tagged: str = ""
    """The member of the description that identifies the resource for TagResource or the like."""
    capability: bool = False
    """Whether a stack with this type needs CAPABILITY_IAM, or CAPABILITY_NAMED_IAM if the resource has a name."""

    @property
    def waits(self) -> bool:
        """Whether a resource may take time to become stable."""
        return self.ready is not _ready

    def make(self, api: Api, properties: Doc) -> Made:
        """Creates a resource from its properties."""
        request = self._request(self.filled_in(properties))
        answered = api(self.service, self.create, request, self.renamed) if self.create else {}
        document = {**properties, **request, **self.answer(answered)}
        made = Made(self._id(document), document, properties)
        try:
            self._carry_out_rest(api, made, properties, {}, tagging=self.tags == "ec2")
        except ResourceFailed:
            if self.create:
                self.remove(api, made)  # nobody knows of it yet: no rollback would delete it
            raise
        return made

    def change(self, api: Api, made: Made, new: Doc) -> bool:
        """Updates a resource in place. Returns False if it has to be replaced."""
        old = made.properties
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
        emptied: Doc = {key: [] for key in changed - set(new) if isinstance(old[key], list)}
        if changed & self.replacing or not all(
            self.takes(api, key, {**old, **new, **emptied}) for key in changed
        ):
            return False
        by_operation = changed - self.handled - self.changed_after
        if self._tags_in_place:
            by_operation -= {"Tags"}
        made.document.update(new)
        if self.update and by_operation:
            request = self._request({**new, **emptied})
            known = {self.id_member: made.id} if self.id_member else {}
            answered = api(self.service, self.update, {**request, **known}, self.renamed, strict=False)
            made.document.update(self.answer_of_update(answered))
        self._carry_out_rest(api, made, new, old, tagging=self._tags_in_place)
        made.properties = new
        return True

    def remove(self, api: Api, made: Made) -> None:
        """Deletes a resource; a missing one is not an error."""
        try:
            self.before_delete(api, made)
            if self.delete:
                member = self.delete_member or self.id_member
                known = {member: made.id} if member else {}
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

    def attribute(self, api: Api, made: Made, name: str) -> Any:
        """An attribute for Fn::GetAtt. Raises ResourceFailed for one that the type does not have."""
        source = self.attributes.get(name)
        if source is None:
            raise ResourceFailed(
                f"Resource type {self.name} does not support attribute {{{name}}} in Fn::GetAtt"
            )
        self.refresh(api, made)
        return source(made) if callable(source) else made.document[source]

    def _request(self, properties: Doc) -> Doc:
        """The parameters of the create operation. Raises Unsupported for properties that no operation takes."""
        rest = without(properties, *self.handled)
        if rest and not self.create:
            raise Unsupported(f"The sandbox does not support the property {', '.join(sorted(rest))}")
        try:
            return self.request(rest)
        except KeyError as error:
            raise ResourceFailed(
                f"Properties validation failed for resource: [required key {error} not found]"
            ) from error

    def takes(self, api: Api, key: str, properties: Doc) -> bool:
        """Whether a property can be changed in place, with everything in it. `properties` include those left out."""
        if key in self.handled | self.changed_after or (key == "Tags" and self._tags_in_place):
            return True
        if not self.update:
            return False
        given = without(self._request(properties), *(set(properties) - {key}))
        return api.accepts(self.service, self.update, given, self.renamed)

    def _id(self, document: Doc) -> str:
        return str(document[self.id]) if self.id in document else self.id.format(**document)

    @property
    def _tags_in_place(self) -> bool:
        return self.tags == "ec2" or bool(self.tagged)

    def _carry_out_rest(self, api: Api, made: Made, new: Doc, old: Doc, *, tagging: bool) -> None:
        try:
            if tagging:
                named = made.document.get(self.tagged or "AllocationId", made.id)
                tag(api, self.service, named, items(new, "Tags"), items(old, "Tags"))
            self.after(api, made, new, old)
        except KeyError as error:
            raise ResourceFailed(
                f"Properties validation failed for resource: [required key {error} not found]"
            ) from error


_GONE = ("NotFound", "NoSuch", "DoesNotExist", "NotExist", "ValidationError: not found")


def ec2_resource(name: str, **settings: Any) -> ResourceType:
    """An EC2 resource with the usual names: CreateNAME, which returns NAME with NAMEId, and DeleteNAME. It has tags."""
    return ResourceType(
        f"AWS::EC2::{name}",
        "ec2",
        f"Create{name}",
        answer=itemgetter(name),
        id=f"{name}Id",
        delete=f"Delete{name}",
        id_member=f"{name}Id",
        tags="ec2",
        **{"handled": frozenset({"Tags"}), **settings},
    )


def is_gone(error: ApiRefused) -> bool:
    """Whether an error means that the resource does not exist."""
    return any(word in error.code for word in _GONE) or error.code in {"InactiveServiceException"}


def without(properties: Doc, *names: str) -> Doc:
    """The properties without these."""
    return {key: value for key, value in properties.items() if key not in names}


def items(properties: Doc, name: str) -> list[Any]:
    """A list property; empty if it is missing."""
    value = properties.get(name) or []
    return value if isinstance(value, list) else [value]


def known_only(path: str, value: Any, names: Iterable[str]) -> Doc:
    """A property that is applied member by member. Raises Unsupported for other members than these."""
    if not isinstance(value, dict):
        raise ResourceFailed(f"Value of property {path} must be an object")
    unknown = sorted(set(value) - set(names))
    if unknown:
        raise Unsupported(f"The sandbox does not support the property {path}/{unknown[0]}")
    return value


def removed_and_added(name: str, new: Doc, old: Doc) -> tuple[list[Any], list[Any]]:
    """The items of a list property that the new properties remove, and those that they add."""
    before, now = items(old, name), items(new, name)
    return [each for each in before if each not in now], [each for each in now if each not in before]


def modify_attributes(operation: str, member: str, *names: str) -> Callable[[Api, Made, Doc, Doc], None]:
    """A step that applies settings that EC2 takes one by one, each as `{"Value": ...}`."""

    def after(api: Api, made: Made, new: Doc, old: Doc) -> None:
        for name in names:
            if name in new and new[name] != old.get(name):
                api("ec2", operation, {member: made.id, name: {"Value": new[name]}})

    return after


def tag_map(properties: Doc) -> Doc:
    """Tags as a mapping, for operations that take them in this form."""
    tags = properties.get("Tags")
    if not isinstance(tags, list):
        return properties
    known = [known_only("Tags", each, ("Key", "Value")) for each in tags]
    return {**properties, "Tags": {each["Key"]: each["Value"] for each in known}}
